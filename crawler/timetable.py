"""When a source is due: every so often, or by a cron line in the source's own time zone.

Knows nothing of the scheduler that keeps it, so that the configuration can be checked without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from cronsim import CronSim, CronSimError

_FIELDS = 5
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
