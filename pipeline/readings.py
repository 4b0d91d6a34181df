"""Writes down what one reading of a feed means, inside one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.budgets import Allotment, allot
from pipeline.urls import address_key
from pipeline.visits import FeedReading, Listed
from storage.records import Validators
from storage.records_stored import FeedState

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.archive import Writer
    from storage.records import Listing

_DAY = timedelta(days=1)


def write_reading(writer: Writer, reading: FeedReading, withheld: Collection[str] = ()) -> Listed:
    """What the reading brought, once its feed's state and what it listed are written.

    Of the URLs that are ``withheld`` no title is kept. The validators of a list that was not taken whole are not kept:
    a 304 would hide the rest for ever.
    """
    key, at = reading.source.key, reading.read_at
    unknown = writer.unknown_urls(key, [listing.url for listing in reading.listings])
    new = [listing for listing in reading.listings if listing.url in unknown]
    allotment = _allot(writer, reading, new)
    kept = _without_words(_kept(reading, allotment, unknown), withheld)
    if reading.step is not None:
        writer.add_discoveries(key, None, kept, at, from_backfill=True)
        writer.note_backfill_step(key, reading.step, at, new=len(new), problem=reading.problem)
    else:
        feed_id = writer.save_feed(key, _state(reading, is_whole=not allotment.left_out))
        writer.add_discoveries(key, feed_id, kept, at)
    targets = writer.open_targets(key, [listing.url for listing in kept], now=at)
    return Listed(tuple(targets), len(allotment.granted), dict(allotment.left_out))


def _allot(writer: Writer, reading: FeedReading, new: list[Listing]) -> Allotment:
    if reading.limits is None or not new:
        return Allotment(granted=new)
    today = writer.listed_since(reading.source.key, reading.read_at - _DAY)
    return allot(new, reading.url, today, reading.limits)


def _kept(reading: FeedReading, allotment: Allotment, unknown: set[str]) -> tuple[Listing, ...]:
    if not allotment.left_out:
        return reading.listings
    granted = {listing.url for listing in allotment.granted}
    return tuple(each for each in reading.listings if each.url in granted or each.url not in unknown)


def withheld_among(writer: Writer, reading: FeedReading) -> dict[str, int]:
    """The URLs of those listings that are articles which were taken down, with the articles' row ids."""
    addresses = {listing.url: (listing.url, address_key(listing.url)) for listing in reading.listings}
    withheld = writer.withheld_among([each for pair in addresses.values() for each in pair])
    return {url: withheld[each] for url, pair in addresses.items() for each in pair if each in withheld}


def _without_words(kept: tuple[Listing, ...], withheld: Collection[str]) -> tuple[Listing, ...]:
    return tuple(replace(each, title="", categories=()) if each.url in withheld else each for each in kept)


def _state(reading: FeedReading, *, is_whole: bool) -> FeedState:
    return FeedState(
        reading.url,
        reading.kind,
        reading.validators if is_whole else Validators(),
        reading.read_at,
        reading.not_modified and is_whole,
        reading.problem,
        reading.parent_url,
        reading.parent_modified_raw if is_whole else "",
    )
