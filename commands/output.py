"""What a command answers, on standard output: a table for people, JSON for programs. Talk goes to standard error."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from textwrap import indent
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Record = dict[str, Any]
T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


_LISTS = (Format.TABLE, Format.JSON, Format.JSONL)


def format_option(default: Format = Format.TABLE, *, choices: tuple[Format, ...] = _LISTS) -> Callable[[F], F]:
    """The ``--format`` option of a reading command."""
    return click.option(
        "--format",
        "answer_format",
        type=click.Choice([choice.value for choice in choices]),
        callback=lambda _context, _option, value: Format(value),
        default=default.value,
        show_default=True,
        help="How the answer is written.",
    )


def say(message: str) -> None:
    """Tells the person at the terminal something that is not part of the answer."""
    click.echo(message, err=True)


def as_json(value: object) -> object:
    """What JSON holds of a value that it has no type for: times as ISO 8601 in UTC with Z, dates as ISO 8601."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def write_record(record: Record, answer_format: Format) -> None:
    """Writes one JSON object: on several lines for ``json``, on one for ``jsonl``."""
    click.echo(_encoded(record, spaces=None if answer_format is Format.JSONL else 2))


def write_records(records: Iterable[Record], answer_format: Format) -> None:
    """Writes JSON objects as they come: a list for ``json``, one a line for ``jsonl``."""
    if answer_format is Format.JSONL:
        write_lines(records, sys.stdout)
        return
    opening = "["
    for record in records:
        click.echo(f"{opening}\n{indent(_encoded(record, spaces=2), '  ')}", nl=False)
        opening = ","
    click.echo("[]" if opening == "[" else "\n]")


def write_lines(records: Iterable[Record], stream: TextIO) -> None:
    """Writes JSON objects to a stream as they come, one a line."""
    # Not click.echo, which flushes every line: an export is a million of them.
    stream.writelines(f"{_encoded(record)}\n" for record in records)


def answer(
    rows: Iterable[T], answer_format: Format, *, record: Callable[[T], Record], table: Callable[[Iterable[T]], None]
) -> None:
    """Writes the answer in the form asked for: all rows as one table, or each as a JSON object."""
    if answer_format is Format.TABLE:
        table(rows)
    else:
        write_records(map(record, rows), answer_format)


def _encoded(record: Record, spaces: int | None = None) -> str:
    return json.dumps(record, ensure_ascii=False, default=as_json, indent=spaces)
