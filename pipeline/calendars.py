"""Days of the Gregorian, Hijri and solar Hijri (Jalali) calendars, and what a day written in figures may mean.

Hijri days follow the Umm al-Qura calendar (hijridate), the civil calendar of Saudi Arabia: countries that sight the
moon may be a day off, which a weekday beside the date corrects (:func:`agree_with_weekday`). Jalali days follow the
official calendar of Iran (jdatetime). Nothing here ever returns a day that was not written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import hijridate
import jdatetime

from pipeline.date_tokens import GREGORIAN_YEARS, OTHER_YEARS

_FIRST_WEB_DAY = date(1990, 1, 1)
_SHORT_YEAR_PIVOT = 50
_MONTHS = 12
_DAY = timedelta(days=1)


class Calendar(StrEnum):
    """The calendars that news is dated in, the most trusted first where a date is given in several."""

    GREGORIAN = "gregorian"
    JALALI = "jalali"
    HIJRI = "hijri"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one reading of a day in figures.

    Args:
        today: The day it was read, in the source's zone.
        calendar: What a marker beside it says (``هـ``, ``م``, ``ش``), or None.
        day_first: Whether the source writes the day before the month; None where nobody said.
        english: English words stand beside it, so that neither order can be presumed.
        persian: Persian digits or words stand beside it.
        weekdays: The weekdays named beside it (Monday is 0), any of which may be meant; empty for none.
    """

    today: date
    calendar: Calendar | None = None
    day_first: bool | None = None
    english: bool = False
    persian: bool = False
    weekdays: frozenset[int] = frozenset()


def civil_day(calendar: Calendar, year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a day in any calendar; None where there is no such day or the year is out of range."""
    try:
        if calendar is Calendar.GREGORIAN:
            return date(year, month, day) if year in GREGORIAN_YEARS else None
        if year not in OTHER_YEARS:
            return None
        if calendar is Calendar.HIJRI:
            return date(*hijridate.Hijri(year, month, day).to_gregorian().datetuple())
        converted = jdatetime.date(year, month, day).togregorian()
    except (ValueError, OverflowError):
        return None
    return date(converted.year, converted.month, converted.day)


def agree_with_weekday(day: date, calendar: Calendar, weekdays: frozenset[int]) -> date | None:
    """The day, given the weekdays that may stand beside it; None where they contradict each other.

    A Hijri day moves to the named weekday when that is one day off: where the month begins by sighting, the local
    calendar and Umm al-Qura differ by that much.
    """
    if not weekdays or day.weekday() in weekdays:
        return day
    if calendar is Calendar.HIJRI:
        near = [other for other in (day - _DAY, day + _DAY) if other.weekday() in weekdays]
        return near[0] if len(near) == 1 else None
    return None


def read_figures(mark: str, parts: tuple[str, str, str], evidence: Evidence) -> tuple[Calendar, date] | None:
    """The day that three numbers mean, or None where they mean none or more than one.

    A year of four digits in front is year, month, day. Behind, the day comes first, unless only the month can or
    the source is known to write the month first. Years from 1300 to 1500 need a marker or Persian surroundings.
    Years of two digits count only where a single order gives a day that is past.
    """
    first, second, third = parts
    if mark == "compact" or len(first) == len("2024"):
        return _with_year(int(first), int(second), int(third), evidence) if len(third) <= len("31") else None
    if len(first) > len("31"):
        return None
    if len(third) == len("2024"):
        return _year_last(int(first), int(second), int(third), evidence)
    if len(third) == len("24") and evidence.calendar in {None, Calendar.GREGORIAN}:
        return _short_year((int(first), int(second), int(third)), evidence, year_in_front=len(first) == len("24"))
    return None


def _year_last(first: int, second: int, year: int, evidence: Evidence) -> tuple[Calendar, date] | None:
    if year in OTHER_YEARS:
        return _with_year(year, second, first, evidence)
    by_day, by_month = _with_year(year, second, first, evidence), _with_year(year, first, second, evidence)
    if evidence.day_first is not None and first <= _MONTHS and second <= _MONTHS:
        return by_day if evidence.day_first else by_month
    if by_day is None or by_month is None or by_day == by_month:
        return by_day or by_month
    return None if evidence.english else by_day


def _with_year(year: int, month: int, day: int, evidence: Evidence) -> tuple[Calendar, date] | None:
    calendar = _calendar_of(year, month, day, evidence)
    read = civil_day(calendar, year, month, day) if calendar else None
    agreed = agree_with_weekday(read, calendar, evidence.weekdays) if read and calendar else None
    return (calendar, agreed) if agreed and calendar else None


def _calendar_of(year: int, month: int, day: int, evidence: Evidence) -> Calendar | None:
    if year in GREGORIAN_YEARS:
        return Calendar.GREGORIAN if evidence.calendar in {None, Calendar.GREGORIAN} else None
    if evidence.calendar is not None or not evidence.persian:
        return evidence.calendar
    # Persian surroundings and no marker: Jalali where the day is one of the web's past and the Hijri one cannot be.
    jalali, hijri = civil_day(Calendar.JALALI, year, month, day), civil_day(Calendar.HIJRI, year, month, day)
    is_past = jalali is not None and _FIRST_WEB_DAY <= jalali <= evidence.today + _DAY
    return Calendar.JALALI if is_past and (hijri is None or hijri < _FIRST_WEB_DAY) else None


def _short_year(
    parts: tuple[int, int, int], evidence: Evidence, *, year_in_front: bool
) -> tuple[Calendar, date] | None:
    first, second, third = parts
    orders = [(third, second, first), (third, first, second)]
    if year_in_front:
        orders.append((first, second, third))
    days = {civil_day(Calendar.GREGORIAN, full_year(year), month, day) for year, month, day in orders}
    past = {day for day in days if day and day <= evidence.today + _DAY}
    past = {day for day in past if not evidence.weekdays or day.weekday() in evidence.weekdays}
    return (Calendar.GREGORIAN, past.pop()) if len(past) == 1 else None


def full_year(short: int) -> int:
    """The year that two digits mean: below 50 this century, else the last (RFC 5322 section 4.3)."""
    return short + (2000 if short < _SHORT_YEAR_PIVOT else 1900)
