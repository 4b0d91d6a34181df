"""How much a way of finding lists, and how far back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.discovery import wordpress
from crawler.discovery.listing import Reading, earliest_possible, latest_of
from crawler.discovery.sitemaps import newest_first
from crawler.discovery.url_shapes import path_date
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crawler.discovery.autodiscovery import Site
    from crawler.discovery.reading import Reader
    from storage.records import Listing


@dataclass(frozen=True, slots=True)
class Extent:
    """How many articles are listed, and the newest and oldest dates among them; None where nobody says.

    ``of_sitemaps`` is how many sitemaps an index names; ``articles`` counts those of the newest then.
    """

    articles: int
    newest: datetime | None = None
    oldest: datetime | None = None
    of_sitemaps: int | None = None


async def extent_of(url: str, reading: Reading, site: Site, reader: Reader) -> Extent:
    """The extent of a way that was read; asks the site for the newest sitemap of an index, and for the first post."""
    if reading.kind is FeedKind.WORDPRESS:
        first = await _read(wordpress.oldest_first(url), site, reader)
        known = _extent(reading.listings)
        oldest = _extent(first.listings).oldest or known.oldest
        return Extent(reading.total or known.articles, known.newest, oldest)
    if reading.children:
        held = newest_first(reading.children)
        newest = await _read(held[0].url, site, reader) if held else Reading(None)
        inner = _extent(newest.listings)
        dates = [moment for child in held if (moment := earliest_possible(child.modified_raw))]
        return Extent(inner.articles, inner.newest, min([*dates, *_given(inner.oldest)], default=None), len(held))
    return _extent(reading.listings)


def _given(moment: datetime | None) -> list[datetime]:
    return [moment] if moment else []


async def _read(url: str, site: Site, reader: Reader) -> Reading:
    document = (await site.fetch(url)).document
    return await asyncio.to_thread(reader.read, document) if document else Reading(None)


def _extent(listings: Iterable[Listing]) -> Extent:
    found = list(listings)
    dates = [moment for listing in found if (moment := _date_of(listing))]
    return Extent(len(found), max(dates, default=None), min(dates, default=None))


def _date_of(listing: Listing) -> datetime | None:
    raw = listing.published_raw or listing.modified_raw
    in_path = path_date(listing.url)
    if raw or not in_path:
        return listing.published_at or earliest_possible(raw) or latest_of(listing)
    year, month, *day = (f"{number:02}" for number in in_path)
    # A third number that is no day of that month is something else, an article's perhaps.
    return earliest_possible("-".join([year, month, *day])) or earliest_possible(f"{year}-{month}")
