"""Tables for people: columns that align by display width, whatever the script of their cells.

On a terminal the columns shrink to its width and long cells wrap; elsewhere each row is one line of full length, for
``grep`` and the like.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from commands.bidi import isolated, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_GAP = "  "
_NARROWEST = 14  # an id of an article stays in one piece


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, console: Console | None = None) -> None:
    """Prints the rows under their titles; nothing when there are none."""
    console = console or Console(highlight=False)
    cells = [[printable(cell) for cell in row] for row in rows]
    if not cells:
        return
    widths = [max(map(cell_len, column)) for column in zip(titles, *cells, strict=True)]
    if console.is_terminal:
        widths = _fitted(widths, console.width - len(_GAP) * (len(widths) - 1))
    _print_row(console, titles, widths, style="bold")
    for row in cells:
        _print_row(console, row, widths)


def _print_row(console: Console, row: Sequence[str], widths: Sequence[int], style: str = "") -> None:
    for line in _lines(console, row, widths):
        if console.is_terminal:
            console.print(Text(line, style=style), soft_wrap=True)
        else:
            console.file.write(f"{line}\n")  # ten times as fast, for lists of a hundred thousand rows


def _fitted(widths: list[int], room: int) -> list[int]:
    """The widths, the widest made narrower until all fit."""
    fitted = list(widths)
    while sum(fitted) > room and max(fitted) > _NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def _lines(console: Console, row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    columns = [_wrapped(console, cell, width) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        # Each line of a cell is isolated for itself: an isolate that a line break cuts open would not close.
        cells = (isolated(part) + " " * (width - cell_len(part)) for part, width in zip(parts, widths, strict=True))
        yield _GAP.join(cells).rstrip(" ")


def _wrapped(console: Console, cell: str, width: int) -> list[str]:
    if cell_len(cell) <= width:
        return [cell]
    return [line.plain.rstrip(" ") for line in Text(cell).wrap(console, width)]
