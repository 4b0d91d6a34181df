"""How much text, link text and prose each element of a tree holds: measured in one walk, read by every rule.

Lengths are in characters as :func:`weigh` counts them. **Prose** is text outside links in blocks long
enough to be sentences: it tells an article's paragraphs from menus, lists of headlines and labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

PROSE_CHARACTERS = 60
"""A block shorter than this is a label as often as a sentence."""
_PROSE_LINK_SHARE = 0.5
_IDEOGRAPHS = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def tags(names: str) -> frozenset[str]:
    """Element names, written as words."""
    return frozenset(names.split())


_SILENT = tags(
    "script style noscript template svg head title meta link iframe embed audio video canvas option textarea math input"
)
INLINE = tags(
    "a abbr acronym b bdi bdo big br cite code data dfn em font i img ins kbd label mark nobr q s samp small "
    "span strike strong sub sup time tt u var wbr del path picture source ruby rb rt"
)


@dataclass(slots=True)
class Outline:
    """The elements of a tree in document order and their measures, by position.

    ``end[n]`` is the position after the last descendant of element ``n``; ``block[n]`` the nearest block that holds
    it, itself included. ``position`` finds an element's place.
    """

    elements: list[HtmlElement] = field(default_factory=list)
    position: dict[HtmlElement, int] = field(default_factory=dict)
    parent: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    text: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    prose: list[int] = field(default_factory=list)
    has_blocks: list[bool] = field(default_factory=list)

    def link_share(self, position: int) -> float:
        """Share of an element's text that is link text; 0 for an empty one."""
        return self.links[position] / self.text[position] if self.text[position] else 0.0

    def children(self, position: int) -> Iterator[int]:
        """Positions of an element's children."""
        child = position + 1
        while child < self.end[position]:
            yield child
            child = self.end[child]

    def is_leaf_block(self, position: int) -> bool:
        """Whether an element is a block that holds no other block: a line or paragraph of the page."""
        return self.block[position] == position and not self.has_blocks[position]


def weigh(text: str) -> int:
    """The length of a text without white space at its edges; an ideograph counts as two letters."""
    text = text.strip()
    return len(text) if text.isascii() else len(text) + len(_IDEOGRAPHS.findall(text))


def measure(tree: HtmlElement) -> Outline:
    """The outline of a tree. It stays true for what is not removed from it."""
    outline = Outline()
    _walk(tree, outline)
    _sum_up(outline)
    return outline


def _walk(tree: HtmlElement, outline: Outline) -> None:
    """Parents, blocks, and each element's own text, in one loop that every page pays for: hence its local names."""
    elements = list(tree.iter())
    count = len(elements)
    position_of = dict(zip(elements, range(count), strict=True))
    find = position_of.get
    parents = [-1, *(find(element.getparent(), -1) for element in elements[1:])]  # type: ignore[arg-type]
    blocks, texts, links = list(range(count)), [0] * count, [0] * count
    linked, silent = [False] * count, [False] * count
    for position, element in enumerate(elements):
        tag, up = element.tag, parents[position]
        if up >= 0:
            linked[position], silent[position] = linked[up], silent[up]
            if tag in INLINE:
                blocks[position] = blocks[up]
            # Most tails are the line breaks between tags.
            if not silent[up] and (tail := element.tail) and not tail.isspace():
                weight = weigh(tail)
                texts[up] += weight
                if linked[up]:
                    links[up] += weight
        if tag == "a" and leads_away(element):
            linked[position] = True
        if tag in _SILENT:
            silent[position] = True
        if not silent[position] and (text := element.text) and not text.isspace():
            texts[position] += weigh(text)
            if linked[position]:
                links[position] += weigh(text)
    outline.elements, outline.position, outline.parent = elements, position_of, parents
    outline.block, outline.text, outline.links = blocks, texts, links


def leads_away(anchor: HtmlElement) -> bool:
    """Whether an anchor leads to another page."""
    # A heading wrapped in a link to its own place, a footnote mark or a button made of a link leads nowhere.
    return not (anchor.get("href") or "#").lstrip().startswith("#") or anchor.get("href") == "#"


def _sum_up(outline: Outline) -> None:
    """Own lengths to subtree lengths, and blocks to prose, from the last element to the first."""
    parents, blocks, text, links = outline.parent, outline.block, outline.text, outline.links
    count = len(parents)
    end, prose, has_blocks = list(range(1, count + 1)), [0] * count, [False] * count
    lines, line_links = [0] * count, [0] * count
    for position, block in enumerate(blocks):
        if text[position]:
            lines[block] += text[position]
            line_links[block] += links[position]
    for position in range(count - 1, 0, -1):
        up, line = parents[position], lines[position]
        is_block = blocks[position] == position
        if is_block and line >= PROSE_CHARACTERS and line_links[position] <= _PROSE_LINK_SHARE * line:
            prose[position] += line - line_links[position]
        if text[position]:
            text[up] += text[position]
            links[up] += links[position]
            prose[up] += prose[position]
        if end[up] <= position:  # the last child, which comes first here
            end[up] = end[position]
        if is_block or has_blocks[position]:
            has_blocks[up] = True
    outline.end, outline.prose, outline.has_blocks = end, prose, has_blocks
