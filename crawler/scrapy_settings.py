"""How Scrapy is set up: what a news archive needs switched on, and all else off.

Measured with 150 kB pages on loopback (benchmarks of the project): Scrapy's defaults fetch 217 pages a second, without
the middlewares left out here and with two tasks an item 397.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter
from scrapy.utils.misc import load_object

from storage.errors import CrawlError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.config import CrawlerSettings
    from storage.records import SourceRecord

_DOWNLOADER = "scrapy.downloadermiddlewares"
_SPIDER = "scrapy.spidermiddlewares"
_EXTENSIONS = "scrapy.extensions"
_MOST_REQUESTS = 16  # waiting for their host's turn or under way, in one crawl
_RETRIED_STATUS = [408, 429, 502, 503, 504]
# A connection that broke may hold next time. What timed out or was not found is left to the next crawl.
_RETRIED_ERRORS = [
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.ResponseDataLossError",
    "twisted.internet.error.ConnectionDone",
    "twisted.internet.error.ConnectionLost",
]


class TerseLogFormatter(LogFormatter):
    """Says nothing of items: they hold whole pages."""

    def scraped(self, *_: Any, **__: Any) -> None:  # type: ignore[override] # Scrapy reads None as silence
        """Nothing."""

    def dropped(self, *_: Any, **__: Any) -> None:  # type: ignore[override] # as above
        """Nothing."""

    def item_error(self, item: Any, *_: Any, **__: Any) -> Any:
        """The visit's URL instead of the whole visit."""
        return {"level": 40, "msg": "Error processing %(url)s", "args": {"url": getattr(item, "requested_url", item)}}


def scrapy_settings(crawler: CrawlerSettings, source: SourceRecord) -> dict[str, Any]:
    """Scrapy's settings for one crawl of one source."""
    return {
        "TWISTED_REACTOR": "crawler.reactor.Reactor",
        "USER_AGENT": crawler.user_agent,
        "DEFAULT_REQUEST_HEADERS": _request_headers(source),
        "DOWNLOAD_HANDLERS": {
            "http": "crawler.handler.GuardedHandler",
            "https": "crawler.handler.GuardedHandler",
            **dict.fromkeys(("data", "file", "ftp", "s3")),
        },
        "DOWNLOAD_MAXSIZE": crawler.max_body,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": crawler.verify_certificates,
        # Delays and connections are counted by ``crawler.politeness``, for all crawls of the process together.
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS": max(_MOST_REQUESTS, crawler.connections_per_host),
        "CONCURRENT_REQUESTS_PER_DOMAIN": max(_MOST_REQUESTS, crawler.connections_per_host),
        "CONCURRENT_ITEMS": 2,
        "REDIRECT_MAX_TIMES": crawler.max_redirects,
        "RETRY_TIMES": 1,
        "RETRY_HTTP_CODES": _RETRIED_STATUS,
        "RETRY_EXCEPTIONS": _RETRIED_ERRORS,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # two articles may redirect to one URL
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",  # in the order of the feed
        "REFERRER_POLICY": "no-referrer",
        "STATS_DUMP": False,
        "LOG_FORMATTER": "crawler.scrapy_settings.TerseLogFormatter",
        "DOWNLOADER_MIDDLEWARES": _downloader_middlewares(),
        "SPIDER_MIDDLEWARES": dict.fromkeys(f"{_SPIDER}.{name}" for name in _UNUSED_SPIDER_MIDDLEWARES),
        "EXTENSIONS": dict.fromkeys(f"{_EXTENSIONS}.{name}" for name in _UNUSED_EXTENSIONS),
        "ITEM_PIPELINES": {"crawler.handover.HandoverPipeline": 100},
    }


def check_handlers(handlers: Mapping[str, Any]) -> None:
    """Returns when every request goes through our handler, or one derived from it, and so past the guard.

    Raises:
        CrawlError: A spider's or an extension's settings name another one.
    """
    from crawler.handler import GuardedHandler  # noqa: PLC0415 - it needs the reactor, which is installed by now

    for scheme, handler in handlers.items():
        if handler is not None and not issubclass(load_object(handler), GuardedHandler):
            raise CrawlError(
                f"the download handler {handler} for {scheme}: goes round the guard", remedy="leave it out"
            )


def _request_headers(source: SourceRecord) -> dict[str, str]:
    headers = {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Encoding": "gzip, deflate, br, zstd",
    }
    # Sites in several languages choose by it; without the source's own they would choose for our server's country.
    return headers | ({"Accept-Language": f"{source.language}, *;q=0.5"} if source.language else {})


_UNUSED_DOWNLOADER_MIDDLEWARES = (
    "offsite.OffsiteMiddleware",
    "robotstxt.RobotsTxtMiddleware",
    "httpauth.HttpAuthMiddleware",
    "downloadtimeout.DownloadTimeoutMiddleware",
    "redirect.MetaRefreshMiddleware",
    "redirect.RedirectMiddleware",
    "httpcompression.HttpCompressionMiddleware",
    "cookies.CookiesMiddleware",
    "httpproxy.HttpProxyMiddleware",
    "stats.DownloaderStats",
    "httpcache.HttpCacheMiddleware",
)
_UNUSED_SPIDER_MIDDLEWARES = (
    "start.StartSpiderMiddleware",
    "httperror.HttpErrorMiddleware",  # every status goes to the archive
    "urllength.UrlLengthMiddleware",
    "depth.DepthMiddleware",
    "metacopy.MetaCopyDetectionMiddleware",
)
_UNUSED_EXTENSIONS = (
    "corestats.CoreStats",
    "logcount.LogCount",
    "telnet.TelnetConsole",
    "memusage.MemoryUsage",
    "memdebug.MemoryDebugger",
    "closespider.CloseSpider",
    "feedexport.FeedExporter",
    "logstats.LogStats",
    "spiderstate.SpiderState",
    "throttle.AutoThrottle",
    "remote_control.RemoteControl",
)


def _downloader_middlewares() -> dict[str, int | None]:
    unused: dict[str, int | None] = dict.fromkeys(f"{_DOWNLOADER}.{name}" for name in _UNUSED_DOWNLOADER_MIDDLEWARES)
    return unused | {
        "crawler.rendering.middleware.RenderMiddleware": 50,
        "crawler.withheld.WithheldMiddleware": 90,
        "crawler.robots.RobotsMiddleware": 100,
        "crawler.redirects.RefreshMiddleware": 580,
        "crawler.redirects.StatusRedirectMiddleware": 600,
        "crawler.access.AccessMiddleware": 890,
        "crawler.capture.CaptureMiddleware": 895,
    }
