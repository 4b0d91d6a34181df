"""The publisher's own day of a moment that a machine wrote in universal time.

A story of one in the morning in Beirut is of the day before in UTC, which is what most publishing systems write into
their metadata. The page tells its own day elsewhere: in a ``time`` element with an offset, in its address, or in the
words beside the headline. Where the source's zone is configured, the day is that zone's already.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.publication import Moment

_UNIVERSAL = re.compile(r"(?i)(?:Z|GMT|UTC|[+-]00:?00)$")
_FURTHEST_WEST, _FURTHEST_EAST = timedelta(hours=-12), timedelta(hours=14)
"""Offsets of the zones that people live in (IANA time zone database)."""
_QUARTER = 15
"""Every one of these zones is a multiple of so many minutes away from UTC."""


def with_own_day(
    moment: Moment, zone: tzinfo, told: Iterable[Moment | None], shown: Callable[[], Moment | None]
) -> Moment:
    """A moment with the publisher's own day, where it was written in universal time.

    Args:
        moment: As metadata gave it.
        zone: The source's; UTC where none is configured.
        told: What else the page tells to machines: ``time`` elements of the same instant with an offset of their own,
            the day in the address.
        shown: The date that the page shows to readers; asked last, for it has to be looked for.
    """
    if moment.at is None or not _UNIVERSAL.search(moment.raw):
        return moment
    for other in told:
        if other and abs((other.on - moment.on).days) <= 1:
            return replace(moment, on=other.on)
    if not _is_universal(zone, moment.at) or moment.at.time() == time():
        return moment
    other = shown()
    return replace(moment, on=other.on) if other and _is_same(moment.at, other) else moment


def _is_universal(zone: tzinfo, at: datetime) -> bool:
    return not at.astimezone(zone).utcoffset()


def _is_same(at: datetime, shown: Moment) -> bool:
    """Whether a date that a page shows can be that of an instant, somewhere on earth."""
    begin = datetime.combine(shown.on, time(), UTC)
    if not begin - _FURTHEST_EAST <= at < begin + timedelta(days=1) - _FURTHEST_WEST:
        return False
    # A clock time without a zone was taken for UTC: what is left of the difference tells whether it is the same.
    return shown.at is None or shown.offset is not None or abs(shown.at - at).seconds // 60 % _QUARTER == 0
