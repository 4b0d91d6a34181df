"""A folded date string taken apart: each piece with all it may mean, and the shape that patterns are matched on.

Every combination of meanings has one character of its own; a string of them, one a piece, is the *shape*. A pattern
over kinds becomes an ordinary regular expression over shapes, so that grammar is written once for all languages.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.date_words import Kind, lexicon

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT = 2048
"""Strings kept taken apart: a line is read in two orders of day and month, and a site's labels are on all its pages."""
_NUMERIC_DAY = r"(?<!\d)(?<!\d[:./-])\d{1,4}\s?(?P<mark>[./-])\s?\d{1,2}\s?(?P=mark)\s?\d{1,4}(?!\d|[./-]\d)"
_PIECE = re.compile(
    rf"(?P<numeric>{_NUMERIC_DAY})"
    r"|(?P<clock>(?<![\d:.])\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?![\d:]))"
    r"|(?P<quantity>\d{1,3}(?:[.,٬']\d{3})+(?!\d)|\d+(?:[.,]\d+){2,}|(?<![^\W\d_])\d+/\d+(?!\d))"
    r"|(?P<decimal>\d{1,2}\.\d{2}(?!\d))"
    r"|(?P<offset>(?<=[\d\sa-z(])[+-](?:0\d|1[0-4]):?[0-5]\d(?!\d)|(?<=gmt|utc)\s?[+-]\d{1,2}(?!\d)|(?<=غرينتش)\s?[+-]\d{1,2}(?!\d))"
    r"|(?P<digits>\d+)"
    r"|(?P<letters>[^\W\d_](?:\.[^\W\d_])+(?![^\W\d_])\.?)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<other>\S)"
)
_MARKS = {
    ",": Kind.COMMA,
    ";": Kind.BAR,
    "-": Kind.DASH,
    "/": Kind.SLASH,
    ".": Kind.DOT,
    ":": Kind.COLON,
    "|": Kind.BAR,
    "•": Kind.BAR,
    "●": Kind.BAR,
    "»": Kind.BAR,
    "«": Kind.BAR,
    "(": Kind.PAREN,
    ")": Kind.PAREN,
    "[": Kind.PAREN,
    "]": Kind.PAREN,
    "'": Kind.APOSTROPHE,
}
_JOINTS = frozenset(".-'")  # may stand between the words of one phrase: ذو-القعدة, a. m., Sha'ban
LAST_DAY = 31
GREGORIAN_YEARS = range(1900, 2101)
OTHER_YEARS = range(1300, 1501)  # Hijri and solar Hijri years of dates that print and web archives hold
_COMPACT_DAY_LENGTH = 8
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: its text, and its value by the kinds it may be."""

    text: str
    values: dict[Kind, Any]
    languages: frozenset[str] = frozenset()

    def __contains__(self, kind: Kind) -> bool:
        return kind in self.values


def _words(text: str) -> list[tuple[str, str]]:
    return [(str(found.lastgroup), found[0]) for found in _PIECE.finditer(text)]


@lru_cache(maxsize=_KEPT)
def split_pieces(folded: str) -> tuple[Piece, ...]:
    """The pieces of a folded string, the longest known phrase first."""
    raw = _words(folded)
    pieces, place = [], 0
    while place < len(raw):
        group, text = raw[place]
        if group in {"word", "letters", "digits"}:
            piece, used = _phrase(raw, place)
        else:
            piece, used = _plain(group, text), 1
        pieces.append(piece)
        place += used
    return tuple(pieces)


@lru_cache(maxsize=_KEPT)
def kinds_of(folded: str) -> frozenset[Kind]:
    """All that the pieces of a folded string may be."""
    return frozenset().union(*(piece.values for piece in split_pieces(folded)))


def _phrase(raw: list[tuple[str, str]], place: int) -> tuple[Piece, int]:
    """The longest phrase of the lexicon that begins here, and how many raw pieces it takes."""
    known = lexicon()
    group, text = raw[place]
    text = text.replace(".", "") if group == "letters" else text
    if group == "digits":
        return _number(text), 1
    words, ends = [text], [place + 1]
    following = place + 1
    while len(words) < known.longest.get(text, 0) and following < len(raw):
        group, word = raw[following]
        following += 1
        if group in {"word", "letters", "digits"}:
            words.append(word.replace(".", ""))
            ends.append(following)
        elif word not in _JOINTS:
            break
    for length in range(len(words), 0, -1):
        sense = known.senses.get(tuple(words[:length]))
        if sense:
            return Piece(" ".join(words[:length]), sense.values, sense.languages), ends[length - 1] - place
    joined = known.senses.get((text[1:],)) if text.startswith("و") else None
    if joined and Kind.UNIT in joined.values:  # "and" is written as part of the word: سنة وشهرين
        return Piece(text, joined.values, joined.languages), 1
    return Piece(text, {Kind.WORD: text}), 1


def _number(text: str) -> Piece:
    value, length = int(text), len(text)
    values: dict[Kind, Any] = {}
    if length <= _SHORT:
        values[Kind.NUMBER] = value
        if 1 <= value <= LAST_DAY:
            values[Kind.DAY] = value
        if length == _SHORT:
            values[Kind.SHORT_YEAR] = value
    elif length == len("999"):
        values[Kind.NUMBER] = value
    elif length == len("2024") and (value in GREGORIAN_YEARS or value in OTHER_YEARS):
        values[Kind.YEAR] = value
    elif length == _COMPACT_DAY_LENGTH and int(text[:4]) in GREGORIAN_YEARS:
        values[Kind.NUMERIC] = ("compact", text[:4], text[4:6], text[6:])
    return Piece(text, values or {Kind.QUANTITY: value})


def _plain(group: str, text: str) -> Piece:
    if group == "numeric":
        mark = next(letter for letter in text if letter in "./-")
        return Piece(text, {Kind.NUMERIC: (mark, *(part.strip() for part in text.split(mark)))})
    if group == "other":
        # A sign of money or arithmetic belongs to what it stands by; any other sign only divides.
        unknown = Kind.WORD if unicodedata.category(text) in {"Sc", "Sm"} or text in "%#@&" else Kind.BAR
        return Piece(text, {_MARKS.get(text, unknown): text})
    return Piece(text, {Kind(group): text})


class Shapes:
    """Gives every combination of kinds its own character, and turns patterns over kinds into expressions."""

    def __init__(self) -> None:
        self._letters: dict[frozenset[Kind], str] = {}
        for combination in {sense.kinds for sense in lexicon().senses.values()} | _number_combinations():
            self.letter(combination)
        for kind in Kind:
            self.letter(frozenset({kind}))

    def letter(self, kinds: frozenset[Kind]) -> str:
        """The character of a combination."""
        # The private use area: no character there means anything to a regular expression.
        return self._letters.setdefault(kinds, chr(0xE000 + len(self._letters)))

    def shape(self, pieces: Sequence[Piece]) -> str:
        """One character a piece."""
        return "".join([self._letters[frozenset(piece.values)] for piece in pieces])

    def compile(self, pattern: str) -> re.Pattern[str]:
        """An expression over shapes: ``<month>`` stands for any piece that may be a month, spaces do not count."""

        def of_kind(found: re.Match[str]) -> str:
            wanted = {Kind(name) for name in found[1].split("|")}
            letters = "".join(letter for kinds, letter in self._letters.items() if kinds & wanted)
            return f"[{letters}]"

        # A group's name also sits in angle brackets: (?P<name>…) is left alone.
        return re.compile(re.sub(r"(?<!\?P)<([a-z_|]+)>", of_kind, "".join(pattern.split())))


def _number_combinations() -> set[frozenset[Kind]]:
    return {
        frozenset(_number(text).values) for text in ("0", "1", "00", "01", "99", "999", "2024", "20241208", "99999")
    }
