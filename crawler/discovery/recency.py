"""Which entries of a list are recent enough: by their dates, the dates in their URLs, or their place in the list."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.discovery.listing import earliest_possible, latest_of
from crawler.discovery.url_shapes import path_date
from pipeline.branches import segments_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Listing

MOST_UNDATED = 1_000
"""Entries without any date that are taken of one sitemap: of a small site all, of a large one the newest."""
_NUMBER = re.compile(r"\d{3,}")
_MONTH = timedelta(days=31)


def recent(listings: Sequence[Listing], since: datetime) -> list[Listing]:
    """The entries that were published or changed since, in their order.

    Of those without a date so many are taken at most: those with the highest numbers in their URLs, or, where these
    have none, those at both ends of the list. The same list always gives the same ones.
    """
    dated: list[Listing] = []
    undated: list[Listing] = []
    for listing in listings:
        moment = latest_of(listing) or _end_of_month(listing.url)
        if moment is None:
            undated.append(listing)
        elif moment >= since:
            dated.append(listing)
    if len(undated) > MOST_UNDATED:
        undated = _newest(undated)
    taken = {listing.url for listing in (*dated, *undated)}
    return [listing for listing in listings if listing.url in taken]


def within(listing: Listing, since: datetime, until: datetime) -> bool:
    """Whether an entry may be of that time; one that tells nothing of its age may."""
    latest = latest_of(listing) or _end_of_month(listing.url)
    if latest is not None and latest <= since:
        return False
    earliest = listing.published_at or earliest_possible(listing.published_raw) or _start_of_month(listing.url)
    return earliest is None or earliest < until


def _newest(listings: Sequence[Listing]) -> list[Listing]:
    numbers = [_number(listing.url) for listing in listings]
    if sum(1 for number in numbers if number) * 2 > len(listings):
        order = sorted(range(len(listings)), key=lambda place: numbers[place] or 0, reverse=True)
        return [listings[place] for place in order[:MOST_UNDATED]]
    half = MOST_UNDATED // 2
    return [*listings[:half], *listings[-half:]]


def _number(url: str) -> int | None:
    segments = segments_of(url)
    found = _NUMBER.findall(f"{segments[-1] if segments else ''}?{url.partition('?')[2]}")
    return int(max(found, key=len)[:18]) if found else None


def _start_of_month(url: str) -> datetime | None:
    month = path_date(url)
    return datetime(month[0], month[1], 1, tzinfo=UTC) if month else None


def _end_of_month(url: str) -> datetime | None:
    start = _start_of_month(url)
    return start + _MONTH if start else None
