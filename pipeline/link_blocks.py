"""What of a page is made of links: paragraphs, cells beside the text, and other stories told of in a few words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.pruning import FRAME, GROUP_LINKS, MOST_PROSE

if TYPE_CHECKING:
    from pipeline.outline import Outline
    from pipeline.pruning import Pruning

_SENTENCE = 100
_LINK_LINE = 0.85
_TEASER = 600
_TITLE = 15
_LEAST_TEASERS = 3
_ENDS = re.compile(r"[.!?…。！？؟۔»”\"')]$")
_LINK_LINES = frozenset({"p", "h2", "h3", "h4", "h5", "h6", "div", "section"})


def mark_links(pruning: Pruning) -> None:
    """Lists whose every item is a link, and paragraphs that are one link and no sentence."""
    outline = pruning.outline
    for position in pruning.read:
        if pruning.gone[position] or not outline.links[position]:
            continue
        if outline.elements[position].tag == "td" and _is_beside_text(pruning, position):
            pruning.mark(position)
        if pruning.gone[position] or outline.link_share(position) < _LINK_LINE:
            continue
        named = outline.elements[position].tag in _LINK_LINES and not pruning.has_headline(position)
        if named and pruning.is_light(position):
            # A whole sentence in a link is a paragraph that somebody linked.
            if outline.text[position] >= _SENTENCE and _ENDS.search(pruning.line(position)):
                continue
            pruning.mark(position)


def _is_beside_text(pruning: Pruning, cell: int) -> bool:
    """Whether a table's cell is made of links, and another of its row holds the page's text: the table is a layout."""
    outline = pruning.outline
    if outline.prose[cell] or outline.link_share(cell) < GROUP_LINKS:
        return False
    return any(2 * outline.prose[other] > pruning.prose for other in outline.children(outline.parent[cell]))


def mark_teasers(pruning: Pruning) -> None:
    """Other stories told of in a few words: three or more boxes alike, each a linked title with a summary below it.

    Lists of products or places that are the article look the same, and hold more of the page's prose than these may
    where no heading of other stories opens them.
    """
    outline = pruning.outline
    alike: dict[tuple[int, str, str], list[int]] = {}
    for position in pruning.read:
        if not outline.links[position] or outline.text[position] > _TEASER:
            continue
        if not outline.has_blocks[position] or pruning.gone[position]:
            continue
        if outline.block[position] == position:
            element = outline.elements[position]
            group = outline.parent[position], str(element.tag), element.get("class") or ""
            alike.setdefault(group, []).append(position)
    for boxes in alike.values():
        is_much = sum(outline.prose[box] for box in boxes) > MOST_PROSE * pruning.prose
        if len(boxes) < _LEAST_TEASERS or (is_much and not _is_opened(pruning, boxes[0])):
            continue
        if all(_begins_with_link(outline, box) and not pruning.has_headline(box) for box in boxes):
            for box in boxes:
                pruning.mark(box)


def _is_opened(pruning: Pruning, box: int) -> bool:
    """Whether a heading of other stories stands near before a box; sentences between show a list of contents."""
    outline = pruning.outline
    for heading in pruning.openings:
        up = outline.parent[heading]
        around = up if outline.elements[up].tag in FRAME else outline.parent[up]
        between = range(outline.end[heading], box)
        if heading < box < outline.end[max(around, 0)] and not any(
            outline.prose[n] and outline.is_leaf_block(n) for n in between
        ):
            return True
    return False


def _begins_with_link(outline: Outline, box: int) -> bool:
    """Whether the first line with any text in a box is a link, and long enough to be a headline."""
    for position in range(box + 1, outline.end[box]):
        element = outline.elements[position]
        if not outline.text[position]:
            continue
        is_line = outline.is_leaf_block(position)
        # A link may stand in the box itself, before the block of the summary; one to nowhere unfolds an answer.
        if is_line or (element.tag == "a" and outline.block[position] == box and element.get("href") != "#"):
            return outline.link_share(position) >= _LINK_LINE and outline.text[position] >= _TITLE
    return False
