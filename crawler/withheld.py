"""Refuses to fetch what was taken down, whatever led there: a feed, a recheck, a backfill, a person or a redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.failures import refused
from crawler.run import run_of
from crawler.trail import trail_of
from pipeline.decide import TAKEN_DOWN
from pipeline.urls import address_key, identity_url
from storage.records import Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from scrapy import Request
    from scrapy.crawler import Crawler


def is_withheld(url: str, withheld: Collection[str]) -> bool:
    """Whether a URL is, in any spelling, that of an article that was taken down."""
    return bool(withheld) and any(form in withheld for form in (url, identity_url(url), address_key(url)))


class WithheldMiddleware:
    """Stands before every request of a visit, redirected ones too (order 90)."""

    def __init__(self, crawler: Crawler) -> None:
        self._withheld = run_of(crawler).withheld

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WithheldMiddleware:
        """Called by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Called by Scrapy before every request.

        Raises:
            GivenUpError: the article was taken down.
        """
        if trail_of(request).role in (Role.ARTICLE, Role.HOP) and is_withheld(request.url, self._withheld):
            raise refused(TAKEN_DOWN)
