"""The article's blocks in a tree that has been pruned of furniture: trafilatura's reading, completed by our own.

trafilatura rarely takes other text for the article, but it loses paragraphs inside it (names it distrusts, unusual
markup) and now and then reads another part of the page. Our plain reading of the same tree knows every line and
where it stands: paragraphs inside the article's container, between lines that trafilatura found, are put back; and
where whole paragraphs stand between the headline and what it found, it was not the article.

The one place that calls trafilatura's extraction. Its process-wide caches are never used (``dedup=False``): the same
tree always gives the same blocks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from pipeline import wording
from pipeline.blocks import CELLS, LONGEST_CELL, Block, Kind
from pipeline.completion import compact_form, completed, container_of, has_lost_words, match_lines, rejoined
from pipeline.outline import measure, weigh
from pipeline.reading import Line, blocks_of, chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element
    from lxml.html import HtmlElement

_COMPARED = 80
"""Characters of a shown sentence that are sought in a declared text."""
_SKIPPED_PROSE = 400
_SKIPPED_LINES = 3
_LEAST = 250
_FEW = 500
_RESCUE_GAIN = 2.5
_LINK_COST = 3
_LABEL_COST = 2
_LINKS_IN_LINE = 0.6
_LABEL = 150
_DECLARED_GAIN = 2
_STUB = 1200
_MOST_ELEMENTS = 10_000
"""The largest of 1,449 articles of the development sets has 4,529. trafilatura joins the texts of neighbouring elements
once for each of them, in quadratic time: 40,000 take it 13 s."""
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>")


_KINDS = {"head": Kind.HEADING, "quote": Kind.QUOTE, "item": Kind.ITEM, "row": Kind.ROW, "code": Kind.CODE}
_BREAKS = frozenset({"p", "head", "quote", "list", "item", "table", "row", "div", "lb", "code", "fw", "ab"})


def find_blocks(tree: HtmlElement, lines: Sequence[Line], titles: Sequence[str] = ()) -> list[Block]:
    """The blocks of the article in a tree, in order; none where there is no text. The tree stays as it is.

    Without its fallbacks trafilatura costs a third less and is right on all but a few pages; those show, and are read
    again in full. What is too large for it is read by ourselves alone, from the tree's ``lines``.
    """
    if next(islice(tree.iter(), _MOST_ELEMENTS, None), None) is not None:
        return read_container(tree, lines)
    found: list[Block] = []
    for fast in (True, False):
        found = read_trafilatura(tree, precision=True, fast=fast)
        found = rejoined(found, lines)
        kept = match_lines(found, lines)
        container = container_of(lines, kept)
        if _size(found) >= _LEAST and not _is_elsewhere(lines, kept, titles) and not (fast and _is_torn(lines, kept)):
            return _rescued(tree, completed(_placed(found, lines, kept), lines, kept, container), lines)
    own = read_container(tree, lines)
    return (
        own if _size(own) > _size(found) or _size(found) >= _LEAST else _placed(found, lines, match_lines(found, lines))
    )


def _rescued(tree: HtmlElement, found: list[Block], lines: Sequence[Line]) -> list[Block]:
    """The blocks, or for a few lines what trafilatura finds when it looks harder, if that is far more.

    Its precise mode has no rescue for pages whose text stands in no paragraphs; short news has little more to find.
    """
    if _size(found) >= _FEW:
        return found
    more = read_trafilatura(tree, precision=False, fast=False)
    if _size(more) <= _RESCUE_GAIN * _size(found):
        return found
    more = rejoined(more, lines)
    return _placed(more, lines, match_lines(more, lines))


def _placed(found: Sequence[Block], lines: Sequence[Line], kept: Sequence[int | None]) -> list[Block]:
    """The found blocks with what only our own reading knows: where they stand, links, levels, numbered lists."""
    shown: dict[int, list[Line]] = {}
    for line, match in zip(lines, kept, strict=True):
        if match is not None:
            shown.setdefault(match, []).append(line)
    return [_with_lines(block, shown[n]) if n in shown else block for n, block in enumerate(found)]


def _with_lines(block: Block, lines: Sequence[Line]) -> Block:
    first = lines[0]
    links = tuple(link for line in lines for link in line.links)
    kind = Kind.NUMBERED if block.kind is Kind.ITEM and first.kind is Kind.NUMBERED else block.kind
    level = first.level if kind is Kind.HEADING else 0
    text = first.text if len(lines) == 1 and has_lost_words(block, first) else block.text
    return replace(block, text=text, kind=kind, level=level, links=links, element=first.element)


def read_trafilatura(tree: HtmlElement, *, precision: bool, fast: bool) -> list[Block]:
    """What trafilatura alone takes for the article; ``fast`` leaves its comparison with other algorithms out."""
    options = Extractor(output_format="python", precision=precision, fast=fast, comments=False, dedup=False)
    found = bare_extraction(tree, options=options)
    return list(_blocks(found.body)) if isinstance(found, Document) and found.body is not None else []


def _size(blocks: Sequence[Block]) -> int:
    return sum(weigh(block.text) for block in blocks)


def _blocks(body: _Element) -> Iterator[Block]:
    for kind, text in _runs(body, Kind.PARAGRAPH):
        for line in text.splitlines() if kind is not Kind.ROW else [" ".join(text.split())]:
            if line.strip():
                yield Block(kind, line)


def _runs(element: _Element, kind: Kind) -> Iterator[tuple[Kind, str]]:
    """Runs of text between block boundaries, each with the kind of the innermost block that has one."""
    kind = _KINDS.get(str(element.tag), kind)
    if element.tag == "row":
        yield from _cells(element)
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


def _cells(row: _Element) -> Iterator[tuple[Kind, str]]:
    """A row as one line, its cells set apart; a cell of a layout table, which holds paragraphs, as its own runs."""
    texts = [" ".join(" ".join(cell.itertext()).split()) for cell in row]
    if max(map(len, texts), default=0) <= LONGEST_CELL:
        yield Kind.ROW, CELLS.join(filter(None, texts))
        return
    for cell in row:
        yield from _runs(cell, Kind.PARAGRAPH)


def _is_elsewhere(lines: Sequence[Line], kept: Sequence[int | None], titles: Sequence[str]) -> bool:
    """Whether whole paragraphs stand between the headline and the first line that was found."""
    first = next((n for n, match in enumerate(kept) if match is not None and lines[n].is_prose), None)
    if first is None:
        return True
    headline = _headline(lines[:first], titles)
    if headline is None:
        return False
    skipped = [line for line in lines[headline + 1 : first] if line.is_sentence]
    return len(skipped) >= _SKIPPED_LINES and sum(line.weight for line in skipped) >= _SKIPPED_PROSE


def _headline(lines: Sequence[Line], titles: Sequence[str]) -> int | None:
    longest = 2 * max(map(len, titles), default=0)
    at = [n for n, line in enumerate(lines) if len(line.text) <= longest and wording.is_headline(line.text, titles)]
    return at[-1] if at else None


def _is_torn(lines: Sequence[Line], kept: Sequence[int | None]) -> bool:
    """Whether more sentences were left than found: the article may stand in several pieces, or the rest be comments."""
    sentences = [(line.weight, match) for line, match in zip(lines, kept, strict=True) if line.is_sentence]
    found = sum(weight for weight, match in sentences if match is not None)
    return sum(weight for weight, _ in sentences) > 2 * found


def with_declared(blocks: list[Block], declared: str | None) -> list[Block]:
    """The blocks, or the text that the page declares of itself (JSON-LD ``articleBody``) where the page shows less.

    Preferred blindly it loses on some sets (measured: -.016 to +.030 of F1): it is often cut, stale or stripped of its
    paragraphs. It is taken only where it is much longer than what can be seen and begins with it, as on pages that
    scripts fill in or that show a first paragraph.
    """
    if not declared or _size(blocks) > _STUB or len(declared) < _DECLARED_GAIN * max(_LEAST, _size(blocks)):
        return blocks
    plain = _MARKUP.sub("\n", unescape(declared)) if "<" in declared or "&" in declared else declared
    compact = compact_form(plain)
    sentences = [compact_form(block.text)[:_COMPARED] for block in blocks if len(block.text) >= _COMPARED]
    if sum(sentence in compact for sentence in sentences) * 2 < len(sentences):
        return blocks
    return [Block(Kind.PARAGRAPH, line) for line in plain.splitlines() if line.strip()]


def read_container(tree: HtmlElement, lines: Sequence[Line]) -> list[Block]:
    """Our own reading of the element that holds the most prose for its links and labels."""
    outline = measure(tree)

    def worth(position: int) -> int:
        labels = outline.text[position] - outline.prose[position] - outline.links[position]
        return outline.prose[position] - _LINK_COST * outline.links[position] - _LABEL_COST * max(0, labels)

    blocks = [n for n, block in enumerate(outline.block) if block == n and outline.prose[n]]
    if not blocks:
        return []
    best = outline.elements[max(reversed(blocks), key=worth)]
    inside = [line for line in lines if best in chain(line.element)]
    return blocks_of(
        [line for line in inside if len(line.text) > _LABEL or line.link_characters <= _LINKS_IN_LINE * len(line.text)]
    )


def warm(tree: HtmlElement) -> None:
    """Load the word lists of trafilatura's fallbacks, which it reads on first use (0.4 s of CPU time)."""
    for fast in (True, False):
        read_trafilatura(tree, precision=True, fast=fast)
