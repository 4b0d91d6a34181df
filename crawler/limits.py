"""``[limits]`` of the configuration: what of a site's lists is read, and how much of it is taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crawler.discovery.front_pages import MOST_LINKS
from crawler.discovery.listing import MOST_ENTRIES
from crawler.discovery.traps import PathLimits
from crawler.durations import parse_duration
from pipeline.budgets import DayLimits

_Count = Annotated[int, Field(ge=1)]
_DAY, _PATH = DayLimits(), PathLimits()


class LimitSettings(BaseModel):
    """What of a site's lists is read and taken. What is over a limit is told in the crawl report.

    Attributes:
        feed_entries: Entries of one feed or sitemap.
        page_links: Links of one front or section page.
        feed_pages: Pages of one feed, a crawl; a backfill reads them all.
        sitemaps: Sitemaps of one index, a crawl; a backfill reads them all.
        sitemap_age: How far back a crawl takes what sitemaps list; a backfill goes further.
        source_urls: New URLs of a source, a day.
        feed_urls: New URLs by one of its feeds, a day.
        branch_urls: New URLs on one branch of its site, such as /mirror/N/*, a day.
        path_depth: Parts of a URL's path.
        repeated_segments: How often one name may stand in a URL's path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed_entries: _Count = MOST_ENTRIES
    page_links: _Count = MOST_LINKS
    feed_pages: _Count = 10
    sitemaps: _Count = 50
    sitemap_age: Annotated[timedelta, BeforeValidator(parse_duration)] = timedelta(days=7)
    source_urls: _Count = _DAY.source_urls
    feed_urls: _Count = _DAY.feed_urls
    branch_urls: _Count = _DAY.branch_urls
    path_depth: _Count = _PATH.path_depth
    repeated_segments: _Count = _PATH.repeated_segments

    def laid_over(self, general: LimitSettings) -> LimitSettings:
        """These limits where they were given, the general ones elsewhere."""
        return general.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})

    def a_day(self) -> DayLimits:
        """What a day may bring."""
        return DayLimits(self.source_urls, self.feed_urls, self.branch_urls)

    def of_paths(self) -> PathLimits:
        """What a URL's path may be."""
        return PathLimits(self.path_depth, self.repeated_segments)
