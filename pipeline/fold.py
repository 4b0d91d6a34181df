"""Text folded for search and for finding copies: spellings that one writer uses for another's are levelled out.

Never to be used to find out whether an article was edited: folding makes 'was killed' (قُتل) and 'killed' (قَتل), Ali
(علي) and on (على) the same word. Edits are found by ``pipeline.normalize.compare_form``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.normalize import WRITING, level

if TYPE_CHECKING:
    from collections.abc import Sequence

# Harakat, Quranic marks and the superscript alef; Latin, Greek and Cyrillic accents once they are decomposed. The
# voiced marks of kana (U+3099, U+309A) are letters' identity and stay.
_MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]")
_LETTERS = (
    dict.fromkeys("أإآٱ", "ا")
    | dict.fromkeys("ىیئ", "ي")
    | {"ؤ": "و", "ة": "ه", "ک": "ك", "ء": "", "ı": "i"}
    | {"\u200c": "", "\u200d": ""}  # the joiners of Persian spelling, which many writers leave out
)
_LEVELLED = WRITING | _LETTERS
_BETWEEN_SPACES = re.compile(r"\s+|\S+")
# A letter, and what is written on it or does not show: what a reader sees as one.
_LETTER_WITH_MARKS = re.compile(
    "(?s:.)[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u200b-\u200f\u2060\u3099\u309a]*"
)


def fold(text: str) -> str:
    """The text with letter forms, marks, accents, digit shapes and case levelled out; paragraphs stay lines.

    Arabic alef with hamza or madda, ya and alef maqsura, ta marbuta and ha, Persian and Arabic kaf and ya become one
    letter each; tashkeel and tatweel go. Idempotent.
    """
    if text.isascii():
        return text.lower()
    levelled = level(unicodedata.normalize("NFKC", text).casefold(), _LEVELLED)
    bare = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", levelled)))
    # Without its marks a letter may be one that is levelled out; most texts have none.
    return levelled if bare == levelled else level(bare, _LETTERS)


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text as it is sought, and where each of its characters stands in the publisher's own text.

    ``starts[i]`` and ``ends[i]`` bound what the folded character ``i`` was made of: a letter with its marks.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def fold_with_offsets(text: str) -> FoldedText:
    """What ``fold`` makes of the text, with an offset map back into it."""
    if text.isascii():
        return FoldedText(text.lower(), range(len(text)), range(1, len(text) + 1))
    pieces = _LETTER_WITH_MARKS.findall(text)
    folded = [_fold_letter(piece) for piece in pieces]
    if "".join(folded) != fold(text):
        # Some letters fold otherwise beside each other (Korean ones in parts): their words then go in one piece.
        pieces = [piece for word in _BETWEEN_SPACES.findall(text) for piece in _unmistakable_pieces(word)]
        folded = [fold(piece) for piece in pieces]
    starts: list[int] = []
    ends: list[int] = []
    start = 0
    for piece, letters in zip(pieces, folded, strict=True):
        end = start + len(piece)
        starts += [start] * len(letters)
        ends += [end] * len(letters)
        start = end
    return FoldedText("".join(folded), starts, ends)


def _unmistakable_pieces(word: str) -> list[str]:
    pieces: list[str] = _LETTER_WITH_MARKS.findall(word)
    return pieces if "".join(map(_fold_letter, pieces)) == fold(word) else [word]


_fold_letter = lru_cache(maxsize=4096)(fold)
