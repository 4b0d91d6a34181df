"""Whether a change of words is one of spelling alone. Pure.

What cannot be told from another word is no typo: in short words, and in Arabic script, where one letter more or less
makes another root, only what leaves no doubt counts. So قُتل and قَتل, علي and على, form and farm are not typos.
"""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import OSA

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]")
_SEATS = str.maketrans("أإآٱؤئ", "ااااوي")
_LEAST_LATIN = 5
_LEAST_ARABIC = 6
_LONG = 8
_TURNED = 4


def is_respelled(removed: list[str], added: list[str]) -> bool:
    """Whether words gave way to the same words spelled otherwise: other case, joined, doubled, a slip of the pen."""
    old, new = " ".join(removed), " ".join(added)
    if _packed(old) == _packed(new):
        return True
    if len(removed) == len(added):
        return all(_is_slip(one, other) for one, other in zip(removed, added, strict=True))
    return False


def is_doubled(words: list[str], neighbours: list[str]) -> bool:
    """Whether words that were removed (or added) only say again what stands right beside them."""
    return words in (neighbours[: len(words)], neighbours[-len(words) :]) if words else False


def _packed(text: str) -> str:
    return re.sub(r"[\s'.,\-‌]+", "", text).casefold()


def _is_slip(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    if one == other:
        return True
    if any(letter.isdigit() for letter in one + other):
        return False
    if _ARABIC.search(one + other):
        return _is_arabic_slip(one, other)
    if _bare(one) == _bare(other):
        return True
    shorter = min(len(one), len(other))
    distance = OSA.distance(one, other)
    if sorted(one) == sorted(other):
        return shorter >= _TURNED and distance == 1
    return (distance == 1 and shorter >= _LEAST_LATIN) or (distance == 2 and shorter >= _LONG)  # noqa: PLR2004 - letters


def _is_arabic_slip(one: str, other: str) -> bool:
    """A hamza's seat is a matter of spelling; in a long word a single wrong letter is; a diacritic never is."""
    if one.translate(_SEATS) == other.translate(_SEATS):
        return True
    has_marks = any(unicodedata.combining(letter) for letter in one + other)
    return not has_marks and min(len(one), len(other)) >= _LEAST_ARABIC and OSA.distance(one, other) == 1


def _bare(word: str) -> str:
    """A word without its accents: a forgotten accent is a slip."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
