"""The spider that looks a site over for its feeds and sitemaps, and visits no article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import Spider

from crawler.discovery.autodiscovery import find_feeds
from crawler.discovery.reading import Reader
from crawler.fetching import Fetcher
from crawler.run import Run, StoppedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request

    from crawler.discovery.autodiscovery import Findings


class SiteSpider(Spider):
    """Puts what it finds into ``found``."""

    name = "site"

    def __init__(self, run: Run, home_url: str, found: list[Findings]) -> None:
        super().__init__()
        self.run = run
        self._home_url = home_url
        self._found = found

    async def start(self) -> AsyncIterator[Request]:
        """Nothing to be queued: the search makes its own requests."""
        try:
            fetcher = Fetcher(self.crawler, self.run)
            self._found.append(await find_feeds(self._home_url, fetcher, Reader(), with_extent=True))
        except StoppedError:
            return
        queued: tuple[Request, ...] = ()
        for request in queued:
            yield request
