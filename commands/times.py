"""Times as people read and write them; always UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_TYPED = "warraq.typed."
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def now() -> datetime:
    """The present moment: the one clock of a process that a command starts."""
    return datetime.now(UTC)


def shown(moment: datetime | None) -> str:
    """The moment to the minute, in UTC; a dash when there is none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ") if moment else "-"


def shown_exactly(moment: datetime) -> str:
    """The moment to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


class Moment(click.ParamType[datetime]):
    """A day, a time (UTC unless it says otherwise) or how long ago: 2026-07-01, 2026-07-01T12:00+03:00, 36h, 7d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment meant; a usage error when none is."""
        if isinstance(value, datetime):
            return value
        if ctx and param and param.name:
            ctx.meta[_TYPED + param.name] = value
        ago = _AGO.fullmatch(value)
        try:
            if ago:
                return now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: give a day such as 2026-07-01, or an age such as 7d", param, ctx)


def typed(name: str) -> str | None:
    """The words of the running command's option of that name whose value is a :class:`Moment`; None if not given."""
    said: str | None = click.get_current_context().meta.get(_TYPED + name)
    return said
