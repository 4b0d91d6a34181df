"""Exported versions as CSV (RFC 4180, UTF-8) that a spreadsheet opens without running anything.

A cell whose first letter, past white space, quotes and invisible letters, would make a formula of it gets an apostrophe
in front; and so that this can be undone, a cell that begins with an apostrophe gets another one. Undone it is by taking
one apostrophe from the front of every cell that begins with one. Why these letters: OWASP, 'CSV Injection'
(https://owasp.org/www-community/attacks/CSV_Injection); spreadsheets for East Asia read full-width signs too.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TextIO

from storage.export_table import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORMULA = frozenset("=+-@＝＋－＠−")
_AT_ONCE = frozenset("\t\r\n")  # a spreadsheet may take what follows for a cell of its own
_QUOTES = frozenset("\"'`´‘’‚“”„«»‹›＂＇")


def write_csv(
    rows: Iterable[Mapping[str, Any]], stream: TextIO, *, delimiter: str = ",", has_head: bool = True
) -> None:
    """Writes a head, where it is wanted, and the rows as they come.

    None is an empty cell, a list a JSON array, a time ISO 8601 with Z.

    Raises:
        OSError: the stream cannot be written.
    """
    writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    if has_head:
        writer.writerow(COLUMNS)
    writer.writerows([guarded(_cell(row[name])) for name in COLUMNS] for row in rows)


def guarded(cell: str) -> str:
    """The cell, with an apostrophe in front where it begins with one or might be taken for a formula."""
    return f"'{cell}" if cell.startswith("'") or _is_risky(cell) else cell


def _is_risky(cell: str) -> bool:
    for letter in cell:
        if letter in _FORMULA or letter in _AT_ONCE:
            return True
        if not (letter in _QUOTES or letter.isspace() or unicodedata.category(letter) in {"Cc", "Cf"}):
            return False
    return False


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return json.dumps(value, ensure_ascii=False) if value else ""
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
    return str(value)
