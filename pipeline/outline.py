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
    it, itself included.
    """

    elements: list[HtmlElement] = field(default_factory=list)
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
    position_of: dict[HtmlElement, int] = {}
    linked: list[bool] = []
    silent: list[bool] = []
    own: list[int] = []
    for position, element in enumerate(tree.iter()):
        tag = element.tag
        position_of[element] = position
        above = element.getparent()
        up = position_of.get(above, -1) if above is not None else -1
        outline.elements.append(element)
        outline.parent.append(up)
        outline.block.append(position if up < 0 or tag not in INLINE else outline.block[up])
        outline.has_blocks.append(False)
        linked.append((tag == "a" and leads_away(element)) or (up >= 0 and linked[up]))
        silent.append(tag in _SILENT or (up >= 0 and silent[up]))
        head = 0 if silent[position] or not element.text else weigh(element.text)
        own.append(head)
        outline.text.append(head)
        outline.links.append(head if linked[position] else 0)
        if up >= 0 and element.tail and not silent[up]:
            tail = weigh(element.tail)
            outline.text[up] += tail
            outline.links[up] += tail if linked[up] else 0
    outline.end = list(range(1, len(outline.elements) + 1))
    outline.prose = [0] * len(outline.elements)


def leads_away(anchor: HtmlElement) -> bool:
    """Whether an anchor leads to another page."""
    # A heading wrapped in a link to its own place, a footnote mark or a button made of a link leads nowhere.
    return not (anchor.get("href") or "#").lstrip().startswith("#") or anchor.get("href") == "#"


def _sum_up(outline: Outline) -> None:
    """Own lengths to subtree lengths, and blocks to prose, from the last element to the first."""
    lines, line_links = [0] * len(outline.elements), [0] * len(outline.elements)
    for position, block in enumerate(outline.block):
        lines[block] += outline.text[position]
        line_links[block] += outline.links[position]
    for position in range(len(outline.elements) - 1, 0, -1):
        if outline.block[position] == position:
            _count_prose(outline, position, lines[position], line_links[position])
        up = outline.parent[position]
        outline.text[up] += outline.text[position]
        outline.links[up] += outline.links[position]
        outline.prose[up] += outline.prose[position]
        outline.end[up] = max(outline.end[up], outline.end[position])
        if outline.block[position] == position or outline.has_blocks[position]:
            outline.has_blocks[up] = True


def _count_prose(outline: Outline, position: int, line: int, links: int) -> None:
    if line >= PROSE_CHARACTERS and links <= _PROSE_LINK_SHARE * line:
        outline.prose[position] += line - links
