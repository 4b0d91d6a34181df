"""The article's blocks, as trafilatura finds them in a tree that has been pruned of furniture.

The one place that calls trafilatura's extraction. Its process-wide caches are never used (``dedup=False``): the same
tree always gives the same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element
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
class Block:
    """One line of the article's text; white space not yet folded."""

    kind: Kind
    text: str


_KINDS = {"head": Kind.HEADING, "quote": Kind.QUOTE, "item": Kind.ITEM, "row": Kind.ROW, "code": Kind.CODE}
_BREAKS = frozenset({"p", "head", "quote", "list", "item", "table", "row", "div", "lb", "code", "fw", "ab"})


def find_blocks(tree: HtmlElement, **mode: bool) -> list[Block]:
    """The blocks of the article in a tree, in order; none where trafilatura finds no article. The tree stays as it is."""
    found = bare_extraction(tree, options=Extractor(output_format="python", comments=False, dedup=False, **mode))
    return list(_blocks(found.body)) if isinstance(found, Document) and found.body is not None else []


def _blocks(body: _Element) -> Iterator[Block]:
    for kind, text in _runs(body, Kind.PARAGRAPH):
        for line in text.splitlines() if kind is not Kind.ROW else [" ".join(text.split())]:
            if line.strip():
                yield Block(kind, line)


def _runs(element: _Element, kind: Kind) -> Iterator[tuple[Kind, str]]:
    """Runs of text between block boundaries, each with the kind of the innermost block that has one."""
    kind = _KINDS.get(str(element.tag), kind)
    if element.tag == "row":
        yield kind, " | ".join(filter(None, (" ".join(" ".join(cell.itertext()).split()) for cell in element)))
        return
    buffer = [element.text or ""]
    for child in element:
        if child.tag in _BREAKS:
            yield kind, "".join(buffer)
            buffer = []
            yield from _runs(child, kind)
        else:
            for _, text in _runs(child, kind):
                buffer.append(text)
        buffer.append(child.tail or "")
    yield kind, "".join(buffer)
