"""The options that choose articles, wherever a command reads a part of the archive by the same rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from commands.times import Moment
from storage.records import ArticleStatus

if TYPE_CHECKING:
    from collections.abc import Callable

_Command = TypeVar("_Command", bound="Callable[..., object]")
_STATUSES = [status.value for status in ArticleStatus if status is not ArticleStatus.WITHHELD]


def article_options(command: _Command) -> _Command:
    """Adds ``source``, ``language``, ``since``, ``until`` and ``status``, each None where it is not given.

    ``since`` and ``until`` are aware and bound the moment of publication; ``language`` comes in lower case, ``status``
    as :class:`ArticleStatus`.
    """
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _lower(_context: click.Context, _option: click.Parameter, code: str | None) -> str | None:
    return code.lower() if code else None


def _status(_context: click.Context, _option: click.Parameter, value: str | None) -> ArticleStatus | None:
    return ArticleStatus(value) if value else None


_OPTIONS = (
    click.option("--source", metavar="KEY", help="Only articles of this source."),
    click.option("--language", metavar="CODE", callback=_lower, help="Only texts in this language: ar, en, ckb."),
    click.option("--since", type=Moment(), metavar="TIME", help="Only published since: 2026-07-01, 36h, 7d."),
    click.option("--until", type=Moment(), metavar="TIME", help="Only published before: 2026-07-01, 36h, 7d."),
    click.option(
        "--status",
        type=click.Choice(_STATUSES),
        callback=_status,
        help="Only articles that stand so with their publisher.",
    ),
)
