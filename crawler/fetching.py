"""One request outside the queue of articles, through all of Scrapy's middlewares: feeds and what leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http.request import NO_CALLBACK

from crawler.bodies import decoded, header
from crawler.discovery.autodiscovery import Fetched
from crawler.discovery.listing import Document
from crawler.durations import format_size
from crawler.failures import failure_of
from crawler.politeness import host_key
from crawler.run import Run, StoppedError
from crawler.trail import Trail, start_trail
from pipeline.page import Refusal
from storage.records import Role, Validators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from storage.records import Headers

NOT_MODIFIED = 304
_OK = 200
# Some servers answer 406 to a reader of feeds that does not name their types.
_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml, text/xml;q=0.9, */*;q=0.8"


def conditional(validators: Validators) -> dict[str, str]:
    """The header fields of a conditional request (RFC 9110 section 13.1); none where nothing is known."""
    fields = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in fields.items() if value}


class Fetcher:
    """Fetches for a crawl under way; it is the ``Site`` of autodiscovery."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run

    async def fetch(self, url: str, validators: Validators | None = None) -> Fetched:
        """What the URL answers, after redirects; never raises for one that does not.

        Raises:
            StoppedError: The crawl was stopped.
        """
        sent = validators or Validators()
        trail = Trail(Role.FEED, url)
        headers = {"Accept": _ACCEPT, **conditional(sent)}
        try:
            request = Request(url, headers=headers, callback=NO_CALLBACK)
            response = await self._crawler.engine.download_async(start_trail(request, trail))
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - one fetch is the unit of isolation; failure_of logs the unforeseen
            problem = failure_of(error, url, self._run.settings).reason
            return Fetched(url, None, tuple(trail.captures), sent, problem)
        return self._answer(url, response, trail, sent)

    async def named_sitemaps(self, url: str) -> Sequence[str]:
        """The ``Sitemap:`` lines of the robots.txt that was read before the URL was fetched."""
        rules = self._run.robots.get(f"{urlsplit(url).scheme}://{host_key(url)}")
        parser = rules.result().parser if rules and rules.done() and not rules.cancelled() else None
        return list(parser.sitemaps) if parser else []

    def _answer(self, url: str, response: Response, trail: Trail, sent: Validators) -> Fetched:
        captures = tuple(trail.captures)
        if response.status == NOT_MODIFIED and conditional(sent):
            return Fetched(url, None, captures, _validators(response, sent), not_modified=True)
        if response.status != _OK:
            return Fetched(url, None, captures, sent, f"answered {response.status}")
        body = decoded(response, self._run.settings.max_body)
        if isinstance(body, Refusal):
            limit = format_size(self._run.settings.max_body)
            problem = f"larger than {limit}" if body is Refusal.TOO_LARGE else "cannot be decompressed"
            return Fetched(url, None, captures, sent, problem)
        document = Document(response.url, body, header(response, "Content-Type"), _fields(response))
        return Fetched(url, document, captures, _validators(response, Validators()))


def _fields(response: Response) -> Headers:
    """The header fields that may say something of a list."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        if name.lower().startswith((b"link", b"x-wp-"))
        for value in values
    )


def _validators(response: Response, known: Validators) -> Validators:
    etag, modified = header(response, "ETag"), header(response, "Last-Modified")
    return Validators(etag or known.etag, modified or known.last_modified)
