"""Whether two texts are tellings of one article. Pure; knows nothing of databases."""

from __future__ import annotations

import re

from pipeline.normalize import compare_form

_WORD = re.compile(r"\w+")
_SHINGLE_WORDS = 3
_SAME_ARTICLE = 0.5  # containment of word 3-shingles; the measured cut for copies (design.md, 'Copies')


def containment(one: str, other: str) -> float:
    """The share (0 to 1) of the smaller text's word 3-shingles that the other text holds too."""
    smaller, larger = sorted((_shingles(one), _shingles(other)), key=len)
    return len(smaller & larger) / len(smaller) if smaller else 0.0


def is_same_article(one: str, other: str) -> bool:
    """Whether two texts are one article, edited or not: at least half of the smaller one stands in the other."""
    return compare_form(one) == compare_form(other) or containment(one, other) >= _SAME_ARTICLE


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(compare_form(text).lower())
    width = min(_SHINGLE_WORDS, len(words))
    return frozenset(tuple(words[i : i + width]) for i in range(len(words) - width + 1)) if width else frozenset()
