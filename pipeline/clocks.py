"""Times of day: what a clock, the half of the day and the zone beside it make of a calendar day.

An instant is given only where all three are certain. Local times that a change of the clocks skips or repeats are
read with the offset that held before the change (PEP 495, ``fold=0``): the same string gives the same instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from pipeline.date_words import Half

_NOON = 12
_LAST_HOUR = 23
_LAST_MINUTE = 59
_EARLY_AFTERNOON = 4
_EVENING = 6


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as written.

    ``zone`` is the zone that stands beside it, None for the source's own. ``is_universal`` marks an offset of zero
    that a machine wrote. ``has_zone`` without ``zone`` means a zone whose name has no single meaning.
    """

    at: time
    zone: tzinfo | None = None
    has_zone: bool = False
    is_universal: bool = False


def read_clock(text: str, half: Half | None = None) -> time | None:
    """The time of day that ``10:30``, ``10:30:45.5`` or ``10`` means; None where there is none or two."""
    hour, _, rest = text.replace(",", ".").partition(":")
    minute, _, seconds = rest.partition(":")
    second, _, fraction = seconds.partition(".")
    parts = int(hour), int(minute or 0), int(second or 0)
    if parts[0] > _LAST_HOUR or parts[1] > _LAST_MINUTE or parts[2] > _LAST_MINUTE:
        return None
    hours = hour_of_day(parts[0], half)
    return None if hours is None else time(hours, parts[1], parts[2], int((fraction + "000000")[:6]))


def hour_of_day(hour: int, half: Half | None) -> int | None:
    """The hour from 0 to 23 that a clock's hour means with a word for the half of the day; None where they clash."""
    if half is None:
        return hour
    if half in {Half.AM, Half.DAWN}:
        return hour % _NOON if hour <= _NOON else None
    if hour > _NOON:
        return hour  # "22:30 مساءً": the word adds nothing to a clock of 24 hours
    if half is Half.PM:
        return hour % _NOON + _NOON if hour else None
    if half is Half.NOON:
        return hour + _NOON if 1 <= hour <= _EARLY_AFTERNOON else hour if hour >= _NOON - 1 else None
    # At night: before midnight by a high hour, after it by a low one; twelve may belong to either day.
    return hour + _NOON if _EVENING <= hour < _NOON else hour if hour < _EVENING else None


def offset_zone(minutes: int) -> tzinfo:
    """A zone that many minutes ahead of UTC."""
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def read_offset(text: str) -> tzinfo | None:
    """The zone of ``+03:00``, ``-0530`` or ``+3``; None past fourteen hours."""
    text = text.strip()
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    total = hours * 60 + minutes
    return offset_zone(-total if text[0] == "-" else total) if total <= 14 * 60 else None


def named_zone(name: str) -> tzinfo:
    """The IANA zone of that name."""
    return UTC if name == "UTC" else ZoneInfo(name)


def place_in_time(day: date, clock: Clock, source_zone: tzinfo) -> tuple[date, datetime | None]:
    """The publisher's calendar day and the instant in UTC.

    A day written by hand, or with the publisher's own offset, stays as written. A machine's UTC is nobody's
    calendar: the day is that of the source's zone, except for midnight sharp, which is how a machine writes a day
    without a time.
    """
    if clock.has_zone and clock.zone is None:
        return day, None
    try:
        at = datetime.combine(day, clock.at, clock.zone or source_zone).astimezone(UTC)
        local = at.astimezone(source_zone).date()
    except OverflowError:
        return day, None
    if not clock.is_universal or local == day:
        return day, at
    return (day, None) if clock.at == time() else (local, at)
