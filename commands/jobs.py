"""From the words of a ``warraq crawl`` line to crawls: keys name sources, URLs name articles."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.runner import CrawlJob, Recheck
from storage.errors import CrawlError, UnknownSourceError
from storage.records import SourceRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import Settings, SourceSettings


def plan(settings: Settings, wanted: Sequence[str], *, limit: int | None, recheck: Recheck) -> list[CrawlJob]:
    """One crawl a source, in the order they were named; every source when nothing is named.

    Raises:
        UnknownSourceError: A word is neither a URL nor the key of a source.
        CrawlError: A URL is not one that can be crawled.
    """
    words = list(dict.fromkeys(wanted)) or [source.key for source in settings.sources]
    sources = [_source(settings, word) for word in words if not _is_url(word)]
    articles: dict[SourceSettings | SourceRecord, list[str]] = {}
    for url in filter(_is_url, words):
        articles.setdefault(_home_of(settings, url), []).append(url)
    return [
        *(CrawlJob(source=source, limit=limit, recheck=recheck) for source in sources),
        *(CrawlJob(source=source, urls=tuple(urls), limit=limit) for source, urls in articles.items()),
    ]


def _is_url(word: str) -> bool:
    return "://" in word


def _source(settings: Settings, key: str) -> SourceSettings:
    keys = {source.key: source for source in settings.sources}
    if key not in keys:
        near = get_close_matches(key, keys, n=1)
        remedy = f"did you mean {near[0]}?" if near else "`warraq sources` lists them; a URL begins with https://"
        raise UnknownSourceError(f"no source has the key {key!r}", remedy=remedy, subject=key)
    return keys[key]


def _home_of(settings: Settings, url: str) -> SourceSettings | SourceRecord:
    """The source whose home has the URL's host (``www.`` aside), else an ad-hoc source named by the host."""
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise CrawlError(
            f"{url} cannot be crawled", remedy="give a URL that begins with http:// or https://", subject=url
        )
    host = _site(url)
    for source in settings.sources:
        if _site(source.url) == host:
            return source
    return SourceRecord(key=host, name=host, home_url=f"{parts.scheme}://{parts.netloc}/", ad_hoc=True)


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
