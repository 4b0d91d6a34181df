"""A text as the words by which an edit is measured. Pure.

Words are compared in the form in which captures are (``normalize.compare_form``), without the punctuation at their
edges; where a script writes no spaces, every sign is a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.alignment import Block, common_blocks
from pipeline.normalize import compare_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BETWEEN = re.compile(r'[\s"()\[\]{}<>|]+')
_EDGES = ".,;:!?…'،؛؟۔。、！？*_-/~·•"
_UNSPACED = re.compile("([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])")
_SENTENCE_END = re.compile(r"[.!?…؟۔。！？:]['\"]*$")
_QUOTED = re.compile(r"“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]|»([^«»]+)«|(?<![\w\"])\"([^\"\n]+)\"")


@dataclass(frozen=True, slots=True)
class Token:
    """One word; ``is_first`` says that a sentence begins with it."""

    word: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Region:
    """Neighbouring words that were replaced, removed or added, and where they begin in either text."""

    removed: tuple[Token, ...]
    added: tuple[Token, ...]
    before: int
    after: int


def tokens_of(text: str) -> list[Token]:
    """The words of a text, in order."""
    return [token for block in compare_blocks(text) for token in _tokens(block)]


def _tokens(block: str) -> Iterator[Token]:
    is_first = True
    for chunk in _BETWEEN.split(_UNSPACED.sub(r" \1 ", block)):
        if word := chunk.strip(_EDGES):
            yield Token(word, is_first)
            is_first = False
        is_first = is_first or _SENTENCE_END.search(chunk) is not None


def regions_between(before: Sequence[Token], after: Sequence[Token]) -> list[Region]:
    """Where two texts differ, word by word."""
    old, new = [token.word for token in before], [token.word for token in after]
    regions: list[Region] = []
    at_old = at_new = 0
    for block in [*common_blocks(old, new), Block(len(old), len(new), 0)]:
        if block.before > at_old or block.after > at_new:
            removed, added = tuple(before[at_old : block.before]), tuple(after[at_new : block.after])
            regions.append(Region(removed, added, at_old, at_new))
        at_old, at_new = block.before + block.size, block.after + block.size
    return regions


def quotes_in(text: str) -> list[tuple[str, ...]]:
    """What stands between quotation marks of any language, as words."""
    found = (next(filter(None, match.groups())) for match in _QUOTED.finditer(text))
    return [words for quote in found if (words := tuple(token.word for token in tokens_of(quote)))]
