"""Finds what a page that was read in full teaches about its site: where its text stood, and what stood beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from pipeline.completion import match_lines
from pipeline.lesson import PathCount, Place
from pipeline.outline import PROSE_CHARACTERS, weigh
from pipeline.reading import chain
from pipeline.selectors import Directory, signature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from pipeline.blocks import Block
    from pipeline.reading import Line

_LEAST_SHARE = 0.8
"""Share of the text that an element must hold to be a candidate for the root."""
_MOST_PLACES = 8
_IMPURITY = 0.25
"""What a character of other lines within an element costs, beside one of text lost outside it."""
_LEAST_TEXT = 250
_MOST_PATHS = 120


def path_of(element: HtmlElement) -> str:
    """The path of an element from the body, by tag, id and classes."""
    links = [signature(step) for step in chain(element) if step.tag not in {"body", "html"}]
    return ">".join(reversed(links))


def find_places(
    lines: Sequence[Line], blocks: Sequence[Block], directory: Directory, prose: int
) -> tuple[tuple[Place, ...], tuple[PathCount, ...]]:
    """Where the text of a page stood in its pruned tree, and what was made of the lines there.

    Args:
        lines: Those of the tree that was read, furniture taken out.
        blocks: The text that was read from it.
        directory: What selectors led to in the tree as parsed.
        prose: Characters of prose in the paragraphs of the tree as parsed.
    """
    kept = [match is not None for match in match_lines(blocks, lines)]
    text, other = _weights(lines, kept)
    total = sum(weigh(block.text) for block in blocks)
    if total < _LEAST_TEXT:
        return (), ()
    holding = [e for e, weight in text.items() if weight >= _LEAST_SHARE * total and e.tag not in {"html", "body"}]
    holding.sort(key=lambda element: (text[element] + other[element], -_depth(element)))
    places = tuple(
        _place(element, directory, total, text[element], other[element], prose - prose_of(element))
        for element in holding[:_MOST_PLACES]
    )
    outermost = holding[:_MOST_PLACES][-1] if holding else None
    return places, _paths(lines, kept, outermost) if outermost is not None else ()


def _weights(lines: Sequence[Line], kept: Sequence[bool]) -> tuple[Counter[HtmlElement], Counter[HtmlElement]]:
    text: Counter[HtmlElement] = Counter()
    other: Counter[HtmlElement] = Counter()
    for line, is_text in zip(lines, kept, strict=True):
        weight = line.weight
        for element in chain(line.element):
            (text if is_text else other)[element] += weight
    return text, other


def _depth(element: HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def prose_of(element: HtmlElement) -> int:
    """Characters of an element's paragraphs that are long enough to be prose: little work, for a rough comparison."""
    lengths = (len(paragraph.text or "") for paragraph in element.iter("p"))
    return sum(length for length in lengths if length >= PROSE_CHARACTERS)


def _place(element: HtmlElement, directory: Directory, total: int, text: int, other: int, beside: int) -> Place:
    share, purity = min(1.0, text / total), text / (text + other)
    score = share - _IMPURITY * (1 - purity)
    return Place(tuple(directory.leading_to(element)), path_of(element), round(score, 3), round(beside / total, 2))


def _paths(lines: Sequence[Line], kept: Sequence[bool], outermost: HtmlElement) -> tuple[PathCount, ...]:
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line, is_text in zip(lines, kept, strict=True):
        if any(step is outermost for step in chain(line.element)):
            counts[path_of(line.element)][0 if is_text else 1] += line.weight
    found = sorted(counts.items(), key=lambda item: -sum(item[1]))[:_MOST_PATHS]
    return tuple(PathCount(path, *sums) for path, sums in found)
