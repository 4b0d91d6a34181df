"""Two versions beside each other on a terminal, changed words coloured or marked.

Columns go with the article's direction: the older version stands where its reader begins. Each line of a cell is
isolated for itself, so that right-to-left words reorder neither the other column nor the gap between them.
"""

from __future__ import annotations

from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from commands.bidi import isolated
from commands.render_diff import has_colour, marked, unchanged
from pipeline.diff import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from pipeline.diff import ParagraphDiff, TextDiff

NARROWEST = 100
"""Columns of a terminal below which two texts beside each other are harder to read than one."""
_GAP = " │ "


def print_beside(console: Console, headings: tuple[str, str], rows: Sequence[ParagraphDiff], *, is_rtl: bool) -> None:
    """Prints changed paragraphs in two columns under their headings; of the others only how many lie between.

    Args:
        console: Where to; its width is filled.
        headings: Over the older and over the newer text.
        rows: The headline's diff first, then the paragraphs'.
        is_rtl: Whether the article is read from right to left.
    """
    page = _Page(console, is_rtl=is_rtl)
    page.print_row(Text(headings[0], style="bold"), Text(headings[1], style="bold"))
    for is_equal, group in groupby(rows, key=lambda row: row.is_equal):
        paragraphs = list(group)
        if is_equal:
            console.print(unchanged(len(paragraphs)), style="dim", markup=False)
            continue
        for paragraph in paragraphs:
            page.print_row(marked(console, paragraph, {Change.REMOVED}), marked(console, paragraph, {Change.ADDED}))


def rows_of(title: ParagraphDiff, text: TextDiff) -> list[ParagraphDiff]:
    """The rows of a diff: its headline where that changed, then its paragraphs."""
    return [*([] if title.is_equal else [title]), *text.paragraphs]


class _Page:
    """Two columns on a console."""

    def __init__(self, console: Console, *, is_rtl: bool) -> None:
        self._console = console
        self._is_rtl = is_rtl
        self._width = max(20, (console.width - len(_GAP)) // 2)

    def print_row(self, older: Text, newer: Text) -> None:
        columns = (newer, older) if self._is_rtl else (older, newer)
        for left, right in zip_longest(*map(self._lines, columns), fillvalue=Text("")):
            line = self._padded(left) + Text(_GAP, style="dim") + self._padded(right)
            if not has_colour(self._console):
                line.rstrip()
            self._console.print(line, soft_wrap=True)

    def _lines(self, cell: Text) -> Iterator[Text]:
        for line in cell.wrap(self._console, self._width):
            line.rstrip()
            yield line

    def _padded(self, line: Text) -> Text:
        room = Text(" " * max(0, self._width - cell_len(line.plain)))
        # The marks that isolate take no room, and are put on after measuring.
        opening, closing = isolated(line.plain)[:1], isolated(line.plain)[-1:]
        whole = Text(opening) + line + Text(closing) if isolated(line.plain) != line.plain else line
        return room + whole if self._is_rtl else whole + room
