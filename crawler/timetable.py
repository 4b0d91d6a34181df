"""When a source is due: every so often, or by a cron line in the source's own time zone.

Knows nothing of the scheduler that keeps it, so that the configuration can be checked without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Protocol

from cronsim import CronSim, CronSimError

_FIELDS = 5
_CLOCK = re.compile(r"(\d\d?):(\d\d)")
_HOURS = re.compile(r"\d\d?:\d\d *[-–] *\d\d?:\d\d", re.ASCII)
_SHORTEST = timedelta(seconds=1)
_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


class Timetable(Protocol):
    """The moments at which a source is due."""

    def next_after(self, moment: datetime) -> datetime:
        """The first due moment later than ``moment``; aware, in UTC."""


@dataclass(frozen=True, slots=True)
class Every:
    """Due again a fixed time after the last run."""

    interval: timedelta

    def __post_init__(self) -> None:
        if self.interval < _SHORTEST:
            raise ValueError(f"{self.interval} is too short: a source is read at most once a second")

    def next_after(self, moment: datetime) -> datetime:
        """The moment plus the interval, in UTC."""
        return moment.astimezone(UTC) + self.interval

    def __str__(self) -> str:
        unit, size = next(((name, size) for name, size in _UNITS if not self.interval % size), _UNITS[-1])
        return f"every {self.interval / size:g}{unit}"


@dataclass(frozen=True, slots=True)
class Cron:
    """Due by a five-field cron line, read as Debian's cron reads it.

    Sunday is 0 and 7; a day of the month and a day of the week that are both given are either-or; a time that the
    change to summer time skips is due right after the change, one that the change back doubles is due once
    (`man 8 cron`, Debian).
    """

    line: str
    zone: tzinfo

    def __post_init__(self) -> None:
        """Checks the line.

        Raises:
            ValueError: The line is no cron line, or never comes due; the message says which part is at fault.
        """
        check_cron(self.line)

    def next_after(self, moment: datetime) -> datetime:
        """The first moment of the line later than ``moment``, in UTC."""
        return next(CronSim(self.line, moment.astimezone(self.zone))).astimezone(UTC)

    def __str__(self) -> str:
        return f"cron {self.line}"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day, in one time zone, in which a source is left alone; they may run over midnight."""

    begin: time
    end: time
    zone: tzinfo

    def ends_at(self, moment: datetime) -> datetime | None:
        """When the quiet hours that the moment lies in end, in UTC; None where it lies in none."""
        local = moment.astimezone(self.zone)
        clock = local.time()
        is_quiet = self.begin <= clock < self.end
        if self.begin > self.end:
            is_quiet = clock >= self.begin or clock < self.end
        return self._next(local, self.end) if is_quiet else None

    def begins_after(self, moment: datetime) -> datetime:
        """When quiet hours begin next after the moment, in UTC."""
        return self._next(moment.astimezone(self.zone), self.begin)

    def _next(self, local: datetime, clock: time) -> datetime:
        day = local.date() if clock > local.time() else local.date() + timedelta(days=1)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Outside:
    """A timetable without its moments in quiet hours: what falls due in them is due when they end."""

    timetable: Timetable
    quiet: QuietHours

    def next_after(self, moment: datetime) -> datetime:
        """The first due moment later than ``moment`` that is not in quiet hours, in UTC."""
        due = self.timetable.next_after(moment)
        return self.quiet.ends_at(due) or due

    def __str__(self) -> str:
        return f"{self.timetable}, not {self.quiet.begin:%H:%M}-{self.quiet.end:%H:%M}"


def parse_hours(text: str) -> tuple[time, time]:
    """Begin and end of hours written as in ``23:00-06:00``.

    Raises:
        ValueError: They are written otherwise, or end when they begin.
    """
    match = _HOURS.fullmatch(text)
    try:
        begin, end = (time(int(hour), int(minute)) for hour, minute in _CLOCK.findall(text)) if match else (None, None)
    except ValueError:
        begin, end = None, None
    if begin is None or end is None or begin == end:
        raise ValueError(f'"{text}" are not hours: write them as in "23:00-06:00"')
    return begin, end


def check_cron(line: str) -> None:
    """Returns when the line is a five-field cron line that comes due some day.

    Raises:
        ValueError: It is not; the message says which part is at fault.
    """
    if len(line.split()) != _FIELDS:
        raise ValueError(f"{line!r} is not a cron line: it takes {_FIELDS} fields, minute hour day month weekday")
    try:
        # 2096 to 2104 is the longest time without a 29 February; cronsim itself gives up after 50 years.
        next(CronSim(line, datetime(2024, 1, 1, tzinfo=UTC)))
    except StopIteration:
        raise ValueError(f"{line!r} is not a cron line: it never comes due") from None
    except CronSimError as error:
        fault = str(error).removeprefix("Bad ")
        raise ValueError(f"{line!r} is not a cron line: bad {fault} field") from None
