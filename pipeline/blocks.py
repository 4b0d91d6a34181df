"""What an article's text is made of: blocks in order, each a line of the stored text, with its links and its place.

Every way of reading a page (trafilatura's, our own plain one, a site profile's) gives these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement


class Kind(StrEnum):
    """What a block of text is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    ITEM = "item"
    NUMBERED = "numbered"
    ROW = "row"
    CODE = "code"


CELLS = " | "
"""What stands between the cells of a table's row, which is one line of the text."""
LONGEST_CELL = 160
"""Characters past which a table's cell holds paragraphs: then the table lays out the page and is no table of data."""
ITEMS = frozenset({Kind.ITEM, Kind.NUMBERED})
"""Items of a list, with and without numbers."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link within a block: its address as the page wrote it, and its text, white space folded."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """One line of the article's text; white space not yet folded.

    ``level`` is a heading's, 1 to 6, and 0 for other kinds. ``element`` is the innermost block element of the page
    that shows the line, None where it is not known; it says where the line stands and takes no part in comparisons.
    """

    kind: Kind
    text: str
    level: int = 0
    links: tuple[Anchor, ...] = ()
    element: HtmlElement | None = field(default=None, compare=False, repr=False)

    @property
    def is_table_row(self) -> bool:
        """Whether it is a row of several cells: its figures are a table's, never a clock or a counter."""
        return self.kind is Kind.ROW and CELLS in self.text

    @property
    def letter(self) -> str:
        """What it is in one letter, as ``versions.structure`` keeps it; of a heading its level, where known."""
        return str(self.level) if self.kind is Kind.HEADING and self.level else _LETTERS[self.kind]


_LETTERS = {
    Kind.PARAGRAPH: "p",
    Kind.HEADING: "h",
    Kind.QUOTE: "q",
    Kind.ITEM: "i",
    Kind.NUMBERED: "n",
    Kind.ROW: "r",
    Kind.CODE: "c",
}


def alike_beside(blocks: Sequence[Block], at: int) -> list[int]:
    """Where the neighbours of a block's own kind stand: rows of a table, items of a list."""
    return [n for n in (at - 1, at + 1) if 0 <= n < len(blocks) and blocks[n].kind is blocks[at].kind]
