"""When a string says it was: the publisher's calendar day, and the instant where a time of day is given.

One grammar for all languages over the words of ``lexicon/dates.toml``; no part of it guesses. What it holds to:

- A day is given as the publisher wrote it and never travels through an instant, so it never slips.
- None where the string does not settle one day: no year ("8 ديسمبر"), no day ("ديسمبر 2024"), no such day (31 June),
  a weekday that contradicts the date, a span of days, several days of which no word says which is the publication's,
  words beside the date that make it another one (a birth, a deadline) or that are unknown and not set apart by
  punctuation.
- Figures with the year behind have the day first: everywhere but in the United States people write so. ``day_first``
  overrules that; beside English words, where neither order can be presumed, an ambiguous string is None without it.
- A date in several calendars counts as the Gregorian one if they agree. A Hijri year needs a Hijri month or a marker;
  so does a solar one, unless Persian digits or words stand beside it and no other reading is possible.
- Two-digit years count where only one order of the figures gives a past day, after an apostrophe, or in a machine's
  full date with a time.
- Relative forms (:mod:`pipeline.relative_dates`) count as whole strings only and give a day, never an instant.

Whether a day is plausible for an article is for the caller to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

from pipeline.calendars import Calendar, civil_day
from pipeline.clocks import Clock, offset_zone, place_in_time, read_clock, read_offset
from pipeline.date_reader import Reader
from pipeline.date_text import MAX_CHARACTERS, fold, has_persian_digits
from pipeline.date_words import Label
from pipeline.relative_dates import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Label", "ParsedDate", "parse_date", "parse_epoch"]

_OFFSET = r"(?P<offset>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?"
_ISO = re.compile(
    rf"(\d{{4}})-(\d\d)-(\d\d)(?:[Tt ](?P<clock>\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?)\s?{_OFFSET})?", re.ASCII
)
_ISO_BASIC = re.compile(rf"(\d{{4}})(\d\d)(\d\d)T(?P<clock>\d\d\d\d(?:\d\d)?){_OFFSET}", re.ASCII)
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d\d)-?([1-7])", re.ASCII)
_EPOCH = re.compile(r"\d{10}|\d{13}", re.ASCII)
_MILLISECONDS_LENGTH = 13


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date as a string gave it.

    ``on`` is the publisher's calendar day; ``at`` the instant in UTC, only where a time of day was given; ``raw`` the
    string; ``label`` what a word in the string says the date stands for, None where none does. ``offset`` is the zone
    that the string itself gives beside its time, as ``+03:00``; None where the source's zone was taken. ``is_exact``
    is false where the string says how many weeks, months or years ago, and so means any day of one.
    """

    on: date
    at: datetime | None
    raw: str
    label: Label | None = None
    offset: str | None = None
    is_exact: bool = True


def parse_date(text: str, *, seen_at: datetime, zone: tzinfo, day_first: bool | None = None) -> ParsedDate | None:
    """The date that a string gives, or None where it settles none. Never raises, whatever the text.

    Args:
        text: A date string, perhaps with the words that publishers put around it ("نشر في", "Updated"). A machine's
            form, a written date in any language of the lexicon or a relative form.
        seen_at: The moment it was read; aware.
        zone: The source's own zone, for times without one and for what "today" means.
        day_first: Whether the source writes the day before the month in figures; None where the caller cannot tell.
    """
    raw = text.strip()
    if not raw or len(raw) > MAX_CHARACTERS:
        return None
    for form, read in _MACHINE:
        if (found := form.fullmatch(raw)) and (parsed := read(found, raw, zone)):
            return parsed
    dated = Reader(fold(raw), Reading(seen_at, zone), day_first, has_persian_digits(raw)).read()
    if dated is None:
        return None
    on, at = place_in_time(dated.day, dated.clock, zone) if dated.clock else (dated.day, None)
    offset = _offset(dated.clock.zone if dated.clock else None, at)
    return ParsedDate(on, at, raw, dated.label, offset, dated.is_exact)


def _offset(stated: tzinfo | None, at: datetime | None) -> str | None:
    return at.astimezone(stated).isoformat()[-6:] if stated and at else None


def parse_epoch(text: str, *, seen_at: datetime, zone: tzinfo) -> ParsedDate | None:
    """The date of a count of seconds (ten digits) or milliseconds (thirteen) since 1970, or None.

    Only for places where nothing but a time can stand, such as ``data-timestamp``: a telephone number looks the same.
    Times after ``seen_at`` are not believed.
    """
    raw = text.strip()
    if not _EPOCH.fullmatch(raw):
        return None
    seconds = int(raw) // 1000 if len(raw) == _MILLISECONDS_LENGTH else int(raw)
    at = datetime.fromtimestamp(seconds, UTC)
    return ParsedDate(at.astimezone(zone).date(), at, raw) if at <= seen_at else None


def _read_iso(found: re.Match[str], raw: str, zone: tzinfo) -> ParsedDate | None:
    day = civil_day(Calendar.GREGORIAN, int(found[1]), int(found[2]), int(found[3]))
    if day is None:
        return None
    written = found["clock"]
    if written and ":" not in written:
        written = ":".join(written[start : start + 2] for start in range(0, len(written), 2))
    at = read_clock(written) if written else None
    if at is None:
        return ParsedDate(day, None, raw)
    offset = found["offset"]
    clock_zone = None if not offset else offset_zone(0) if offset[0] not in "+-" else read_offset(offset)
    universal = clock_zone is not None and not clock_zone.utcoffset(None)
    on, instant = place_in_time(day, Clock(at, clock_zone, bool(offset), universal), zone)
    return ParsedDate(on, instant, raw, offset=_offset(clock_zone, instant))


def _read_iso_week(found: re.Match[str], raw: str, zone: tzinfo) -> ParsedDate | None:
    del zone
    try:
        return ParsedDate(date.fromisocalendar(int(found[1]), int(found[2]), int(found[3])), None, raw)
    except ValueError:
        return None


_MACHINE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str, tzinfo], ParsedDate | None]], ...] = (
    (_ISO, _read_iso),
    (_ISO_BASIC, _read_iso),
    (_ISO_WEEK, _read_iso_week),
)
