"""Days told from the moment of reading: "3 hours ago", "منذ يومين", "دیروز".

Such a phrase counts only where it is the whole string: within a sentence "منذ عام 2011" or "five years before the
war" tell of something else. It gives a day and never an instant, for it is rounded; where its rounding leaves the day
open (an hour ago, read shortly after midnight) it gives none.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.date_words import Amount

_EXACT_DAYS = {"day": 1, "week": 7}
_COARSE = frozenset({"week", "month", "year"})
_FINE = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_SOME = {"second": (1, 60), "minute": (1, 45), "hour": (1, 12)}
_MOMENTS = timedelta(minutes=45)
_MONTHS_IN_YEAR = 12
_MAX_COUNT = 999


@dataclass(frozen=True, slots=True)
class Reading:
    """The moment a string was read (aware, any zone) and the zone of its source."""

    seen_at: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """The source's calendar day at that moment."""
        return self.seen_at.astimezone(self.zone).date()

    def day_of(self, back: timedelta) -> date:
        """The source's calendar day that long before; elapsed time, so counted in UTC."""
        return (self.seen_at.astimezone(UTC) - back).astimezone(self.zone).date()


def is_exact(first: Amount, second: Amount | None = None) -> bool:
    """Whether amounts tell a day and not some day of a week, month or year: "1 month ago" holds a month long."""
    return (second or first).unit not in _COARSE


def days_back(reading: Reading, days: int) -> date:
    """The calendar day that many days before the day of reading."""
    return reading.today - timedelta(days=days)


def units_back(reading: Reading, unit: str, count: int | None) -> date | None:
    """The day that many seconds, minutes, hours, days, weeks, months or years before.

    Seconds to hours are rounded by those who print them, down or to the nearest: the day is given only where all
    that the phrase may mean fall on it. ``count`` None is "some": known for minutes and hours within one day, else
    unknown. Months and years before a day that the earlier month lacks (31 March less a month) are unknown.
    """
    if count is None and unit in _FINE:
        return _one_day(reading, *(number * _FINE[unit] for number in _SOME[unit]))
    if count is None or count > _MAX_COUNT:
        return None
    if unit in _FINE:
        step = _FINE[unit]
        return _one_day(reading, count * step - step / 2, count * step + step)
    if unit in _EXACT_DAYS:
        return days_back(reading, count * _EXACT_DAYS[unit])
    return _months_back(reading.today, count * (_MONTHS_IN_YEAR if unit == "year" else 1))


def elapsed_back(reading: Reading, first: Amount, second: Amount) -> date | None:
    """The day two amounts before ("1 day 3 hours"), rounded in the smaller; None where they do not add up."""
    units = {first.unit, second.unit}
    if first.count is None or second.count is None or max(first.count, second.count) > _MAX_COUNT:
        return None
    if units == {"year", "month"}:
        years, months = (first, second) if first.unit == "year" else (second, first)
        return _months_back(reading.today, (years.count or 0) * _MONTHS_IN_YEAR + (months.count or 0))
    lengths = _FINE | {unit: timedelta(days=days) for unit, days in _EXACT_DAYS.items()}
    if not units <= lengths.keys():
        return None
    total = first.count * lengths[first.unit] + second.count * lengths[second.unit]
    step = min(lengths[unit] for unit in units)
    if step >= lengths["day"]:
        return days_back(reading, total.days)
    return _one_day(reading, total - step / 2, total + step)


def moments_back(reading: Reading) -> date | None:
    """The day of "just now"; None where its moments reach back into yesterday."""
    return _one_day(reading, timedelta(), _MOMENTS)


def _one_day(reading: Reading, least: timedelta, most: timedelta) -> date | None:
    day = reading.day_of(least)
    return day if reading.day_of(most) == day else None


def _months_back(today: date, months: int) -> date | None:
    year, month = divmod(today.year * _MONTHS_IN_YEAR + today.month - 1 - months, _MONTHS_IN_YEAR)
    if year < 1 or today.day > monthrange(year, month + 1)[1]:
        return None
    return today.replace(year=year, month=month + 1)
