"""From the words of a ``warraq crawl`` line to crawls: keys name sources, URLs name articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.runner import CrawlJob, Period, Recheck
from crawler.sources import find_source, source_of_url
from pipeline.urls import normalize_url
from storage.errors import CrawlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import Settings, SourceSettings
    from storage.records import SourceRecord


def plan(
    settings: Settings,
    wanted: Sequence[str],
    *,
    limit: int | None,
    recheck: Recheck,
    backfill: Period | None = None,
) -> list[CrawlJob]:
    """One crawl a source, in the order they were named; every source when nothing is named.

    Raises:
        UnknownSourceError: A word is neither a URL nor the key of a source.
        CrawlError: A URL is not one that can be crawled.
    """
    words = list(dict.fromkeys(wanted)) or [source.key for source in settings.sources]
    sources = [find_source(settings, word) for word in words if not _is_url(word)]
    articles: dict[SourceSettings | SourceRecord, list[str]] = {}
    for url in map(_checked, filter(_is_url, words)):
        articles.setdefault(source_of_url(settings, url), []).append(url)
    return [
        *(
            CrawlJob(source=source, limit=limit, recheck=recheck, every_open=True, backfill=backfill)
            for source in sources
        ),
        *(CrawlJob(source=source, urls=tuple(urls), limit=limit) for source, urls in articles.items()),
    ]


def _is_url(word: str) -> bool:
    return "://" in word


def _checked(url: str) -> str:
    try:
        return normalize_url(url)
    except ValueError:
        remedy = "give a URL that begins with http:// or https:// and names a host"
        raise CrawlError(f"{url} cannot be crawled", remedy=remedy, subject=url) from None
