"""What two texts have to do with each other: one carries the other, shares text with it, or neither. Pure.

Measured on the development sets of near-duplicates by ``benchmarks/copies.py``. Knows no database and no articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

from storage.records import CopyKind

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pipeline.shingles import Shingled

_COPY = 0.5
"""Containment from which a text is a copy (design.md, 'Copies')."""
_SHARES = 0.3
"""Containment from which two texts share text."""
_SAME_WORDS = 0.55
"""A changed word spoils three runs of words: where half the runs are gone, so many words in the same order still show
one text. Unrelated texts of one subject share a quarter."""
_FEWEST_NUMBERS = 3
_SHARED_NUMBERS = 0.5
_MOST_OF_IT = 0.5
_OPENING_RUNS = 40
_SHARED_OPENING = 0.2


@dataclass(frozen=True, slots=True)
class Kinship:
    """How two texts are related; ``share`` (0 to 1) is that of the shorter one's runs which the other has too."""

    kind: CopyKind
    share: float


def kinship(one: Shingled, other: Shingled, furniture: AbstractSet[int] = frozenset()) -> Kinship | None:
    """How two texts are related, or None; runs that are furniture do not count.

    Price and weather bulletins have the same words and other numbers: where the shorter text has three numbers and
    more, half of them must be shared. And a text that opens with news of its own and carries another one further down
    tells that one as background: it shares text, and is no copy. News puts what it is about first.
    """
    smaller, larger = sorted((one, other), key=lambda text: len(text.hashes - furniture))
    own, others = smaller.hashes - furniture, larger.hashes - furniture
    if not own:
        return None
    shared = own & others
    share = len(shared) / len(own)
    if share < _SHARES or _differ_in_numbers(smaller, larger):
        return None
    part = len(shared) / len(others)
    if share < _COPY:
        words, more_words = _words_of(smaller, furniture), _words_of(larger, furniture)
        common = LCSseq.similarity(words, more_words)
        if common < _SAME_WORDS * len(words):
            return Kinship(CopyKind.SHARES_TEXT, share)
        part = common / len(more_words)
    is_background = part < _MOST_OF_IT and not _opens_with(larger, shared, furniture)
    return Kinship(CopyKind.SHARES_TEXT if is_background else CopyKind.COPY, share)


def _differ_in_numbers(smaller: Shingled, larger: Shingled) -> bool:
    numbers = smaller.numbers
    return len(numbers) >= _FEWEST_NUMBERS and len(numbers & larger.numbers) < _SHARED_NUMBERS * len(numbers)


def _opens_with(text: Shingled, shared: AbstractSet[int], furniture: AbstractSet[int]) -> bool:
    opening = [run for run in text.ordered if run not in furniture][:_OPENING_RUNS]
    return sum(run in shared for run in opening) >= _SHARED_OPENING * len(opening)


def _words_of(text: Shingled, furniture: AbstractSet[int]) -> tuple[str, ...]:
    """Its words, less those that stand in furniture only."""
    if not furniture:
        return text.words
    width = len(text.words) - len(text.ordered) + 1
    kept = [False] * len(text.words)
    for place, run in enumerate(text.ordered):
        if run not in furniture:
            kept[place : place + width] = [True] * width
    return tuple(word for word, is_kept in zip(text.words, kept, strict=True) if is_kept)
