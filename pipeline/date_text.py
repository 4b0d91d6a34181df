"""The form in which the words of dates are compared, and the pieces a date string is made of.

The folding is coarser than any other in Warraq and serves dates only: a month's name is known whatever hamza, ta
marbuta, accent or case it is written with.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipeline.normalize import level

MAX_CHARACTERS = 250
"""Longer strings are prose, where a date is part of the story and not the story's own."""

_DROPPED = dict.fromkeys(
    # Tatweel, the bare hamza, ZWJ, soft hyphen, bidi marks, embeddings and isolates, word joiner, BOM, and the
    # variation selectors: none of them tells two words of dates apart.
    [
        *(0x0640, 0x0621, 0x200D, 0x00AD, 0x061C, 0x200E, 0x200F),
        *range(0x202A, 0x202F),
        *(0x2060, 0xFEFF, 0xFE0E, 0xFE0F),
        *range(0x2066, 0x206A),
    ]
)
_LETTERS: dict[int, str] = str.maketrans(
    {
        **dict.fromkeys("ىیېۍےێئ", "ي"),
        **dict.fromkeys("کګڪ", "ك"),
        **dict.fromkeys("ةەہھۃۀۂ", "ه"),
        **dict.fromkeys("ۆۇۈۋ", "و"),
        **dict.fromkeys("أإآٱ", "ا"),
        "ڕ": "ر",
        "ړ": "ر",
        "ڵ": "ل",
        "ı": "i",
        "ł": "l",
        "\u200b": " ",
        "\u200c": " ",
    }
)
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-")
_MARKS = dict.fromkeys(map(ord, "’‘‛′´`ʼ"), "'") | {
    ord("؍"): "/",  # the Arabic date separator
    ord("\\"): "/",
    ord("⁄"): "/",
    ord("،"): ",",
    ord("؛"): ";",
    ord("·"): "•",
    ord("٫"): ".",
}
_BREAKS = dict.fromkeys(map(ord, "\n\r\u2028\u2029\v\f"), "|")
_TABLE = {chr(code): to or "" for code, to in {**_LETTERS, **_DASHES, **_MARKS, **_DROPPED, **_BREAKS}.items()}
_DROPPED_LETTERS = {chr(code): "" for code in _DROPPED}
_PERSIAN_DIGIT = re.compile("[\u06f0-\u06f9]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_CJK_DAY = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]")
_CJK_CLOCK = re.compile(r"(\d{1,2})\s*[时時点點시]\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?")


@lru_cache(maxsize=1024)  # a page's line is read for its date and for a label, a site's lines stand on all its pages
def fold(text: str) -> str:
    """The text with spelling, case and digit shapes levelled; a line break becomes a bar.

    Persian and Arabic kaf, ya and ha are one letter each; hamza, madda, diacritics, accents and tatweel go; ZWNJ
    becomes a space. Chinese, Japanese and Korean dates are rewritten with hyphens.
    """
    if _PLAIN.fullmatch(text):
        return text.lower().replace("\\", "/").replace("`", "'")
    text = _without_marks(unicodedata.normalize("NFKD", level(text, _DROPPED_LETTERS)))
    text = _ascii_digits(level(text.casefold(), _TABLE))
    text = _CJK_DAY.sub(r" \1-\2-\3 ", unicodedata.normalize("NFC", text))
    return _CJK_CLOCK.sub(lambda found: ":".join(part for part in found.groups() if part), text)


def _without_marks(text: str) -> str:
    for mark in filter(unicodedata.combining, set(text)):
        text = text.replace(mark, "")
    return text


def _ascii_digits(text: str) -> str:
    for letter in set(text):
        if letter.isdecimal() and not letter.isascii():
            text = text.replace(letter, str(unicodedata.decimal(letter)))
    return text


def has_persian_digits(text: str) -> bool:
    """Whether the text holds digits of the Persian shape (U+06F0 to U+06F9)."""
    return _PERSIAN_DIGIT.search(text) is not None
