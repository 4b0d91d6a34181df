"""What a site offers to be followed, for ``warraq add``: looked over politely, and kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.guard import with_remedy
from crawler.politeness import Hosts
from crawler.robots import RobotsCache
from crawler.run import Run
from crawler.runner import carry_out
from crawler.sources import ad_hoc_source
from crawler.spiders.site import SiteSpider
from pipeline.urls import normalize_url
from pipeline.visits import Listed
from storage.errors import CrawlError
from storage.records import Outcome

if TYPE_CHECKING:
    from crawler.config import Settings
    from crawler.discovery.autodiscovery import Findings
    from pipeline.visits import FeedReading, Visit
    from storage.records import Capture, Clock
    from storage.records_assets import FetchedAsset


class _Nowhere:
    """Takes what a crawl hands over and keeps none of it."""

    async def visit(self, visit: Visit) -> Outcome:
        del visit
        return Outcome.NOT_AN_ARTICLE

    async def feed(self, reading: FeedReading) -> Listed:
        del reading
        return Listed()

    async def asset(self, fetched: FetchedAsset) -> None:
        del fetched

    async def exchange(self, capture: Capture) -> None:
        del capture


class _Unwatched:
    """Progress that nobody watches."""

    def feed(self, source_key: str, url: str, listed: int) -> None:
        del source_key, url, listed

    def visited(self, source_key: str, url: str, outcome: Outcome) -> None:
        del source_key, url, outcome

    def backfill(self, source_key: str, pages_read: int, pages_left: int) -> None:
        del source_key, pages_read, pages_left


async def look_over(url: str, settings: Settings, clock: Clock) -> Findings:
    """The feeds and sitemaps of the site with that home page (or the feed, where the URL is one). Needs ``run_loop``.

    Raises:
        CrawlError: The URL is no http(s) URL, or the page behind it cannot be had.
    """
    try:
        home_url = normalize_url(url)
    except ValueError:
        raise CrawlError(f"{url} is not an http or https URL", remedy="begin it with https://", subject=url) from None
    found: list[Findings] = []
    source = ad_hoc_source(home_url)
    run = Run(source, None, settings.crawler, _Nowhere(), clock, _Unwatched(), Hosts(), RobotsCache())
    await carry_out(run, SiteSpider, home_url=home_url, found=found)
    if not found:
        raise CrawlError(f"{url} could not be looked over", remedy="; ".join(run.problems), subject=url)
    if found[0].problem:
        raise CrawlError(with_remedy(f"{url}: {found[0].problem}"), subject=url)
    return found[0]
