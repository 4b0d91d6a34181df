"""The feed's date for an article whose page gives none: the last resort, and marked so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.dates import parse_date

if TYPE_CHECKING:
    from pipeline.visits import Visit
    from storage.records import Extraction

FROM_FEED = "feed"
"""What ``published_from`` says of such a date."""
_EARLIEST = date(1990, 1, 1)  # before the first news on the web; the metadata reader draws the same line


def with_listed_date(extraction: Extraction, visit: Visit) -> Extraction:
    """The extraction, with the publication date that the feed listed where the page itself gave none.

    A listed date before 1990, or more than a day after the visit, is not believed.
    """
    listing = visit.listing
    if listing is None or extraction.published_on is not None or extraction.not_article is not None:
        return extraction
    zone = ZoneInfo(visit.source.timezone)
    listed = parse_date(listing.published_raw, seen_at=visit.visited_at, zone=zone) if listing.published_raw else None
    if (
        listed is None
        or not listed.is_exact
        or not _EARLIEST <= listed.on <= (visit.visited_at + timedelta(days=1)).astimezone(zone).date()
    ):
        return extraction
    return replace(
        extraction,
        published_on=listed.on,
        published_at=listed.at,
        published_raw=listed.raw,
        published_from=FROM_FEED,
    )
