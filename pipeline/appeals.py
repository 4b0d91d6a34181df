"""Requests for money among an article's lines: found by a link that leads to giving, and by what stands beside it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.pruning import GROUP_LINKS

if TYPE_CHECKING:
    from pipeline.pruning import Pruning

_LABEL = 80
_LINE = 250
_BETWEEN = 2
"""Short lines that may stand between two lines of an appeal."""
_STOPS = re.compile(r"(?<!\.)[.。۔][\"'”’»)]*$")
_QUOTE = re.compile(r"[\"“”„«»]")
_APPEAL = 320
_GIVING = re.compile(
    r"(?i)(?:^|[/.?=&_-])(?:donat(?:e|ion|ions)|donar|donaciones|donativos|don|dons|faire-un-don|spenden?|bagis|tabarr?u[a3]|"
    r"support-?us|support-our-\w+|contribute|sostienici|doacao|doar|apoie|patreon|liberapay|ko-?fi|buymeacoffee|gofundme|"
    r"podderzhat|wesprzyj|support\.theguardian)(?:[/.?=&_-]|$)"
)


def mark_appeals(pruning: Pruning) -> None:
    """Requests for money: a line whose link leads to giving, and its short neighbours that ask as well.

    A neighbour goes when it speaks of giving, repeats the text of a giving link elsewhere on the page, or stands
    between two lines already known; an article about donations has none of these next to a link to give.
    """
    outline = pruning.outline
    labels: set[str] = set()
    known: list[int] = []
    for element in outline.elements[pruning.read.start - 1].iter("a"):
        if _leads_to_giving(element.get("href") or ""):
            position = outline.position[element]
            labels.add(wording.key(pruning.line(position)))
            block = outline.block[position]
            is_label = outline.link_share(block) > GROUP_LINKS and outline.text[block] <= _LINE
            if is_label or _is_spoken_appeal(pruning, block):
                known.append(block)
    for block in known:
        pruning.mark(block)
        for step in (-1, 1):
            _mark_appeal_run(pruning, block, step, labels)


@lru_cache(maxsize=4096)  # a site's menus lead to the same addresses from all its pages
def _leads_to_giving(address: str) -> bool:
    return _GIVING.search(address) is not None


def _is_spoken_appeal(pruning: Pruning, block: int) -> bool:
    """Sentences in which the publication itself asks, around a link to give; others' words are quoted."""
    if not pruning.outline.is_leaf_block(block) or pruning.outline.text[block] > _APPEAL:
        return False
    line = pruning.line(block)
    return wording.has_donation(line) and wording.speaks_of_publication(line) and _QUOTE.search(line) is None


def _mark_appeal_run(pruning: Pruning, block: int, step: int, labels: set[str]) -> None:
    """Walk from a known line of an appeal over its short neighbours, as long as more of them are found to ask."""
    outline = pruning.outline
    siblings = [child for child in outline.children(outline.parent[block]) if outline.text[child]]
    if block not in siblings:
        return
    waiting: list[int] = []
    for sibling in siblings[siblings.index(block) :][1:] if step > 0 else siblings[: siblings.index(block)][::-1]:
        line = pruning.line(sibling) if outline.text[sibling] <= _LABEL else ""
        if line and _asks(line, labels):
            for position in (*waiting, sibling):
                pruning.mark(position)
            waiting = []
        elif not line or len(waiting) == _BETWEEN or pruning.gone[sibling] or _STOPS.search(line):
            return
        else:
            waiting.append(sibling)


def _asks(line: str, labels: set[str]) -> bool:
    """A slogan about giving, or a giving link's own words; a sentence with a full stop may be the article's."""
    return wording.key(line) in labels or (wording.has_donation(line) and not _STOPS.search(line))
