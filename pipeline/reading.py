"""The lines of a tree as a reader sees them, in order: our own plain reading, beside which trafilatura's is checked.

One walk without recursion, so that the depth of a page does not matter. Knows nothing of articles.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from lxml import etree

from pipeline.blocks import CELLS, ITEMS, LONGEST_CELL, Anchor, Block, Kind
from pipeline.outline import INLINE, PROSE_CHARACTERS, leads_away, tags, weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.html import HtmlElement


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its folded text, what it is, the block it stands in and how many of its characters are links'.

    ``level`` is a heading's, 1 to 6, and 0 for other kinds.
    """

    text: str
    kind: Kind
    element: HtmlElement
    link_characters: int
    level: int = 0
    links: tuple[Anchor, ...] = ()

    @property
    def block(self) -> Block:
        """The line as a block of the article."""
        return Block(self.kind, self.text, self.level, self.links, self.element)

    @property
    def is_prose(self) -> bool:
        """Whether it is long enough to be a sentence and is not made of links or code."""
        return self.weight >= PROSE_CHARACTERS and 2 * self.link_characters < self.weight and self.kind is not Kind.CODE

    @property
    def weight(self) -> int:
        """Its length as the outline counts it."""
        return weigh(self.text)

    @property
    def is_sentence(self) -> bool:
        """Whether it is prose that ends as sentences do: headlines and labels of other pages do not."""
        unlinked_item = self.kind in ITEMS and not self.link_characters
        return self.is_prose and (unlinked_item or SENTENCE_END.search(self.text) is not None)


_KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Kind.HEADING),
    **dict.fromkeys(("li", "dt", "dd"), Kind.ITEM),
    **dict.fromkeys(("td", "th"), Kind.ROW),
    **dict.fromkeys(("pre", "code"), Kind.CODE),
    "blockquote": Kind.QUOTE,
}
_UNREAD = tags(
    "script style noscript template svg head iframe button form nav footer figure aside video audio select "
    "textarea menu object dialog input"
)
SENTENCE_END = re.compile(r"[.!?…。！？؟۔:;；：][\"'”’»«）)\]*\d]{0,4}$")


def read_lines(tree: HtmlElement) -> list[Line]:
    """Every line of a tree that a reader of the article could be shown, in document order."""
    reader = _Reader()
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element)
        elif element.tag in _UNREAD:
            walk.skip_subtree()
            reader.skip(element)
        else:
            reader.enter(element)
    return reader.lines


@dataclass(slots=True)
class _OpenAnchor:
    """A link that has begun: its address, and the part of the current line at which its text does."""

    href: str
    start: int


class _Reader:
    """Collects text into lines; a block's start and end, and a line break, end the line before them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._blocks: list[tuple[HtmlElement, Kind, int]] = []
        self._open: list[_OpenAnchor] = []
        self._skipped: HtmlElement | None = None
        self._parts: list[str] = []
        self._linked = 0
        self._links: list[Anchor] = []

    def skip(self, element: HtmlElement) -> None:
        """Leave an element's own text out; what follows it is read."""
        self._flush()
        self._skipped = element

    def enter(self, element: HtmlElement) -> None:
        """Begin an element."""
        if element.tag == "br":
            self._flush()
        elif element.tag not in INLINE:
            self._flush()
            self._blocks.append((element, *self._kind_of(element)))
        elif element.tag == "a" and leads_away(element):
            self._open.append(_OpenAnchor(element.get("href") or "", len(self._parts)))
        self._add(element.text)

    def _kind_of(self, element: HtmlElement) -> tuple[Kind, int]:
        """What a block is: by its own tag, else what the block around it is; and a heading's level."""
        tag = str(element.tag)
        kind = _KINDS.get(tag)
        if kind is None:
            return self._blocks[-1][1:] if self._blocks else (Kind.PARAGRAPH, 0)
        if kind is Kind.HEADING:
            return kind, int(tag[1])
        if tag == "li" and (above := element.getparent()) is not None and above.tag == "ol":
            return Kind.NUMBERED, 0
        return kind, 0

    def leave(self, element: HtmlElement) -> None:
        """End an element; its tail belongs to what is around it."""
        if element is self._skipped:
            self._skipped = None
        elif element.tag == "a" and leads_away(element):
            self._note(self._open.pop())
        elif element.tag not in INLINE:
            self._flush()
            self._blocks.pop()
        self._add(element.tail)

    def _note(self, anchor: _OpenAnchor) -> None:
        """Keep a link of the current line, if it has any text there."""
        if text := " ".join("".join(self._parts[anchor.start :]).split()):
            self._links.append(Anchor(anchor.href, text))

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            if self._open:
                self._linked += weigh(text)

    def _flush(self) -> None:
        for anchor in self._open:
            self._note(anchor)
            anchor.start = 0
        text = " ".join("".join(self._parts).split())
        if text and self._blocks:
            element, kind, level = self._blocks[-1]
            self.lines.append(Line(text, kind, element, self._linked, level, tuple(self._links)))
        self._parts, self._linked, self._links = [], 0, []


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """The lines as blocks of the article, the cells of a row in one, as in trafilatura's reading."""
    if not lines or next(lines[0].element.getroottree().iter("tr"), None) is None:  # most pages have no table
        return [line.block for line in lines]
    blocks: list[Block] = []
    for row, group in groupby(lines, _row_of):
        cells = list(group)
        joined = _joined(cells) if row is not None else None
        blocks += [joined] if joined else [line.block for line in cells]
    return blocks


def _row_of(line: Line) -> HtmlElement | None:
    return next((above for above in chain(line.element) if above.tag == "tr"), None)


def _joined(lines: Sequence[Line]) -> Block | None:
    """A row's lines as one block; None where it has one cell, or one that holds paragraphs."""
    cells = [[line.text for line in cell] for _, cell in groupby(lines, _cell_of)]
    texts = [" ".join(cell) for cell in cells]
    if len(texts) < 2 or max(map(len, texts)) > LONGEST_CELL:  # noqa: PLR2004 -- cells, to set apart
        return None
    links = tuple(link for line in lines for link in line.links)
    return Block(Kind.ROW, CELLS.join(texts), 0, links, lines[0].element)


def _cell_of(line: Line) -> HtmlElement:
    return next((above for above in chain(line.element) if above.tag in {"td", "th"}), line.element)


def smallest_around(weighed: Iterable[tuple[HtmlElement, int]], share: float) -> HtmlElement | None:
    """The smallest element that holds this share of some elements' weight; None where none of them weighs anything."""
    weights: Counter[HtmlElement] = Counter()
    total = 0
    for inner, weight in weighed:
        total += weight
        for element in chain(inner):
            weights[element] += weight
    holding = [element for element, weight in weights.items() if weight >= share * total]
    # Ancestors were counted after their descendants, so among equals the first is the smallest.
    return min(holding, key=lambda element: weights[element]) if holding else None


def chain(element: HtmlElement) -> Iterator[HtmlElement]:
    """An element and all above it."""
    yield element
    yield from element.iterancestors()
