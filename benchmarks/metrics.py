"""The measures of an extraction: shingle precision and recall of a text, and exact matches of its metadata.

The text measure is that of scrapinghub's article-extraction-benchmark (``evaluate.py`` there, MIT): multisets of
4-grams of word tokens; a page without a predicted shingle has no precision, one without a true shingle no recall;
precision and recall are means over the pages that have them and F1 is their harmonic mean. A text of fewer than
four tokens is one shingle. Beyond the original, each CJK or Thai character is a token of its own, because a run of word
characters takes a whole clause of an unspaced script for one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_NAMES = re.compile(r"\s*(?:[;,،&|]|\band\b)\s*")
_SHINGLE = 4


@dataclass(frozen=True, slots=True)
class TextScore:
    """One page's shingles: shared with the gold, only predicted, only in the gold."""

    shared: int
    surplus: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Share of the predicted shingles that are true; None where nothing was predicted."""
        predicted = self.shared + self.surplus
        return self.shared / predicted if predicted else None

    @property
    def recall(self) -> float | None:
        """Share of the true shingles that were predicted; None where the gold is empty."""
        true = self.shared + self.missed
        return self.shared / true if true else None


def tokens(text: str) -> list[str]:
    """The words of a text, a CJK or Thai character counting as one."""
    return _TOKEN.findall(text)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The multiset of a text's 4-grams; a shorter text is one shingle, an empty one none."""
    words = tokens(text)
    if not words:
        return Counter()
    return Counter(tuple(words[start : start + _SHINGLE]) for start in range(max(1, len(words) - _SHINGLE + 1)))


def score_text(gold: str, predicted: str) -> TextScore:
    """How the predicted text agrees with the gold one."""
    true, found = shingles(gold), shingles(predicted)
    shared = (true & found).total()
    return TextScore(shared, found.total() - shared, true.total() - shared)


def kept_text(gold: str, text: str, apart: Iterable[str]) -> str:
    """A text with those lines that a tool keeps in fields of their own and the gold holds within its text.

    Some golds hold headline and captions, others do not; what a tool keeps apart is neither lost nor in the way.
    """
    true = shingles(gold)
    held = [line for line in apart if 2 * (true & shingles(line)).total() >= shingles(line).total() > 0]
    return "\n".join([*held, text])


def exact_paragraphs(gold: str, text: str) -> float | None:
    """Share of the gold's lines that a text has as lines of its own, white space, case and quotes aside.

    None for a gold of one line, which was never divided.
    """
    true = [line for line in map(normalise, gold.splitlines()) if line]
    found = set(map(normalise, text.splitlines()))
    return sum(line in found for line in true) / len(true) if len(true) > 1 else None


def summarise(scores: Sequence[TextScore]) -> tuple[float, float, float]:
    """F1, precision and recall over pages."""
    precision = _mean(score.precision for score in scores)
    recall = _mean(score.recall for score in scores)
    return (2 * precision * recall / (precision + recall) if precision + recall else 0.0), precision, recall


def _mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return mean(known) if known else 0.0


def normalise(text: str) -> str:
    """A title or name as it compares: NFKC, one case, white space folded, typographic quotes and dashes levelled."""
    text = unicodedata.normalize("NFKC", text).translate(_LEVEL)
    return " ".join(text.casefold().split())


_LEVEL = str.maketrans("“”„«»‘’‚′`–—‑−", "\"\"\"\"\"'''''----")


def names(authors: Iterable[str]) -> frozenset[str]:
    """Authors as a set of normalised names; strings that list several are taken apart."""
    return frozenset(name for entry in authors for name in _NAMES.split(normalise(entry)) if name)
