"""Takes out what stands behind an article in other boxes than its own: lists of other stories, menus, imprints.

Such lines carry no name and no heading that tells them; what tells them is where they stand and that they are links.
Measured on 1,445 pages, each alone: 52 change, precision of those from Daniel rises by .010, recall falls by .0001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.blocks import Kind
from pipeline.outline import weigh
from pipeline.reading import SENTENCE_END, chain, smallest_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from pipeline.blocks import Block

_OWN_SHARE = 0.8
"""Share of the sentences that the article's own box holds; a last paragraph elsewhere must not widen it to the page."""
_SENTENCE = 80
_LINKED_LINE = 0.8
_TEASER_LABEL = 40
"""Characters of a date or a section's name that may stand between a linked headline and its teaser."""
_LINKS = 0.15
_MOST_SENTENCES = 0.6
_LEAST_LINES = 2


def without_end(blocks: list[Block]) -> list[Block]:
    """The blocks without an end of links and labels that stands behind the article's own box; all if there is none.

    Sentences that follow right behind it, and quotations, are kept: a story may go on in another box.
    """
    if not any(block.links for block in blocks[-len(blocks) // 2 :]):
        return blocks
    own = _own_box(blocks)
    if own is None:
        return blocks
    start = 1 + max((n for n, block in enumerate(blocks) if _stands_in(block, own)), default=len(blocks))
    while start < len(blocks) and (_is_sentence(blocks[start]) or blocks[start].kind is Kind.QUOTE):
        start += 1
    return blocks[:start] if _is_made_of_links(blocks[start:]) else blocks


def _is_made_of_links(end: Sequence[Block]) -> bool:
    size = sum(weigh(block.text) for block in end)
    sentences = sum(weigh(block.text) for block in end if _is_sentence(block) or block.kind is Kind.QUOTE)
    links = sum(map(_linked, end))
    return len(end) >= _LEAST_LINES and links >= _LINKS * size and sentences <= _MOST_SENTENCES * size


def _own_box(blocks: Sequence[Block]) -> HtmlElement | None:
    """The smallest element that holds nearly all of the sentences, the teasers under linked headlines aside."""
    return smallest_around(_own_sentences(blocks), _OWN_SHARE)


def _own_sentences(blocks: Sequence[Block]) -> Iterator[tuple[HtmlElement, int]]:
    is_teased = False
    for block in blocks:
        if _is_sentence(block):
            if block.element is not None and not is_teased:
                yield block.element, weigh(block.text)
            is_teased = False
        elif _linked(block) >= _LINKED_LINE * weigh(block.text):
            is_teased = True
        elif len(block.text) >= _TEASER_LABEL:
            is_teased = False


def _stands_in(block: Block, box: HtmlElement) -> bool:
    return block.element is None or any(element is box for element in chain(block.element))


def _linked(block: Block) -> int:
    return sum(weigh(link.text) for link in block.links)


def _is_sentence(block: Block) -> bool:
    size = weigh(block.text)
    if size < _SENTENCE or block.kind is Kind.CODE or 2 * _linked(block) >= size:
        return False
    return SENTENCE_END.search(block.text.rstrip()) is not None
