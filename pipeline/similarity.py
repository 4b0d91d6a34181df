"""Whether two texts are tellings of one article. Pure; knows nothing of databases."""

from __future__ import annotations

import re

from pipeline.normalize import compare_form

_WORD = re.compile(r"\w+")
_SHINGLE_WORDS = 3
_SAME_ARTICLE = 0.5  # containment of word 3-shingles; the measured cut for copies (design.md, 'Copies')
_MOST_OF_IT = 0.8  # what is more or less of one page by another reading of it is a line or two of furniture


def containment(one: str, other: str) -> float:
    """The share (0 to 1) of the smaller text's word 3-shingles that the other text holds too."""
    smaller, larger = sorted((_shingles(one), _shingles(other)), key=len)
    return len(smaller & larger) / len(smaller) if smaller else 0.0


def agreed_share(one: str, other: str) -> float:
    """How far two texts agree, 0 to 1: the harmonic mean of the shares of each one's word 3-shingles in the other."""
    first, second = _shingles(one), _shingles(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1.0


def is_same_article(one: str, other: str) -> bool:
    """Whether two texts are one article, edited or not: at least half of the smaller one stands in the other."""
    return compare_form(one) == compare_form(other) or containment(one, other) >= _SAME_ARTICLE


def is_nested(one: str, other: str) -> bool:
    """Whether all lines of one text stand in the other, in their order, and are most of it."""
    fewer, more = sorted(([compare_form(line) for line in text.splitlines()] for text in (one, other)), key=len)
    rest = iter(more)
    return all(line in rest for line in fewer) and len("".join(fewer)) >= _MOST_OF_IT * len("".join(more))


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(compare_form(text).lower())
    width = min(_SHINGLE_WORDS, len(words))
    return frozenset(tuple(words[i : i + width]) for i in range(len(words) - width + 1)) if width else frozenset()
