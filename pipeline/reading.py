"""The lines of a tree as a reader sees them, in order: our own plain reading, beside which trafilatura's is checked.

One walk without recursion, so that the depth of a page does not matter. Knows nothing of articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lxml import etree

from pipeline.outline import INLINE, PROSE_CHARACTERS, leads_away, tags, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement


class Kind(StrEnum):
    """What a block of text is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its folded text, what it is, the block it stands in and how many of its characters are links'."""

    text: str
    kind: Kind
    element: HtmlElement
    link_characters: int

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
        unlinked_item = self.kind is Kind.ITEM and not self.link_characters
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


class _Reader:
    """Collects text into lines; a block's start and end, and a line break, end the line before them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._blocks: list[tuple[HtmlElement, Kind]] = []
        self._links = 0
        self._skipped: HtmlElement | None = None
        self._parts: list[str] = []
        self._linked = 0

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
            above = self._blocks[-1][1] if self._blocks else Kind.PARAGRAPH
            self._blocks.append((element, _KINDS.get(str(element.tag), above)))
        elif element.tag == "a" and leads_away(element):
            self._links += 1
        self._add(element.text)

    def leave(self, element: HtmlElement) -> None:
        """End an element; its tail belongs to what is around it."""
        if element is self._skipped:
            self._skipped = None
        elif element.tag == "a" and leads_away(element):
            self._links -= 1
        elif element.tag not in INLINE:
            self._flush()
            self._blocks.pop()
        self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if text:
            self._parts.append(text)
            if self._links:
                self._linked += weigh(text)

    def _flush(self) -> None:
        text = " ".join("".join(self._parts).split())
        if text and self._blocks:
            element, kind = self._blocks[-1]
            self.lines.append(Line(text, kind, element, self._linked))
        self._parts, self._linked = [], 0


def chain(element: HtmlElement) -> Iterator[HtmlElement]:
    """An element and all above it."""
    yield element
    yield from element.iterancestors()
