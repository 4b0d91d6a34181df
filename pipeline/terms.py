"""The terms by which a text is found: its words as ``fold`` leaves them, and the words inside Arabic ones.

Arabic writes the article ال and the particles و ف ب ل ك on to the word that follows. Nothing tells them for certain
from a word's own first letter, so they are never taken off: a word stays what it is (فلسطين), and what is left without
them comes beside it as a *variant*, a term that finds the text but stands in no phrase. Scripts that write no spaces
between words give a term a letter; such a word is then sought as a phrase of its letters.

Terms hold letters, digits and their marks only, so both databases can be given them ready cut. A change of the rules
here asks for ``warraq db reindex``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipeline.fold import fold
from storage.records_search import SearchTerms, fact

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_TERM = 64
"""Letters of a term that count: what is longer is no word, and PostgreSQL takes 2,046 bytes of it."""
_ASCII_WORD = re.compile("[a-z0-9]+")
# Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, Hangul (whose words carry their particles), kana,
# bopomofo and Han (Unicode 15, Scripts.txt).
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff々〆"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_ARABIC_LETTERS = re.compile("[\u0620-\u064a\u066e-\u06d3]+")
_JOINING, _BEFORE_ALL = "بلك", "وف"
_HOLDING = frozenset(_JOINING + _BEFORE_ALL + "ا")  # what a word begins with that may hold another
_SHORTEST_REST = 3
# Blocks of letters and signs that fold alike whatever stands beside them, but for marks that stay: Latin, Greek,
# Cyrillic, Arabic, punctuation and currencies. What composes with these letters are marks that go: é is e either way.
_FOLDS_ALONE = re.compile("[\0-\u02ff\u0300-\u036f\u0370-\u052f\u0600-\u06ff\u2000-\u206f\u20a0-\u20bf]")
_FIRST_MARK, _AFTER_MARKS = 0x300, 0x12000  # the marks of every living script


def terms_of(title: str, text: str, *, source: str | None = None, language: str | None = None) -> SearchTerms:
    """The terms of an article, in the order of its words.

    Args:
        title: The headline, as it is stored.
        text: The text, as it is stored.
        source: The key of its source.
        language: The code of the text's language.
    """
    headline, words = _words(title), _words(text)
    variants = {variant for word in {*headline, *words} if word[0] in _HOLDING for variant in variants_of(word)}
    facts = [fact(name, value) for name, value in (("source", source), ("language", language)) if value is not None]
    return SearchTerms(headline, words, sorted(variants), facts)


def _words(text: str) -> list[str]:
    """``words_of`` the folded text, without folding it where that can be helped."""
    levelled = text.translate(_LEVELLED)
    return shortened((levelled_pieces(text) if _BESIDE_OTHERS in levelled else levelled).split())


def levelled_pieces(text: str) -> str:
    """The terms of the text, a line for each piece between white space; in a row they are ``words_of`` it folded.

    No rule of folding reaches over white space, and in most pieces none reaches from one character to the next: those
    are levelled by a table of characters, several times as fast. Terms longer than ``LONGEST_TERM`` are whole.
    """
    pieces = text.split()
    levelled = "\n".join(pieces).translate(_LEVELLED)
    if _BESIDE_OTHERS not in levelled:
        return levelled
    return "\n".join(
        " ".join(words_of(fold(piece))) if _BESIDE_OTHERS in letters else letters
        for piece, letters in zip(pieces, levelled.split("\n"), strict=True)
    )


class _Levelled(dict[int, str]):
    """What each character is among the letters of terms; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        is_mark = unicodedata.category(chr(code))[0] == "M"
        if (is_mark and folded) or not _FOLDS_ALONE.fullmatch(chr(code)):
            self[code] = _BESIDE_OTHERS
        else:
            self[code] = "".join(letter if letter.isalnum() else " " for letter in folded)
        return self[code]


_BESIDE_OTHERS = "\0"
_LEVELLED = _Levelled({ord("\n"): "\n", ord(_BESIDE_OTHERS): " "})


def words_of(folded: str) -> list[str]:
    """The terms of a folded text, in order."""
    if folded.isascii():
        found = _ASCII_WORD.findall(folded)
    else:
        word, piece = _patterns()
        found = word.findall(folded)
        if _HAS_UNSPACED.search(folded):
            found = [part for one in found for part in piece.findall(one)]
    return shortened(found)


def shortened(terms: list[str]) -> list[str]:
    """The terms, none longer than ``LONGEST_TERM``."""
    return [term[:LONGEST_TERM] for term in terms] if max(map(len, terms), default=0) > LONGEST_TERM else terms


def is_unspaced(term: str) -> bool:
    """Whether the term is a letter of a script that writes no spaces between words."""
    return _HAS_UNSPACED.match(term) is not None


def placed_words(folded: str) -> Iterator[tuple[str, int, int]]:
    """The terms of ``words_of``, each with where it begins and ends in the folded text."""
    word, piece = _patterns()
    for found in word.finditer(folded):
        for part in piece.finditer(found[0]) if _HAS_UNSPACED.search(found[0]) else (found,):
            offset = 0 if part is found else found.start()
            yield part[0][:LONGEST_TERM], offset + part.start(), offset + part.end()


@lru_cache(maxsize=32_768)
def variants_of(word: str) -> tuple[str, ...]:
    """The words that a folded Arabic word may hold: without و or ف, then without ب, ل or ك, then without ال.

    What would be left with less than three letters is not taken for a word, except after و and ال.
    """
    if word[0] not in _HOLDING or not _ARABIC_LETTERS.fullmatch(word):
        return ()
    found: list[str] = []
    rest = word
    if rest[0] in _BEFORE_ALL and len(rest) > (2 if rest[0] == "و" else _SHORTEST_REST):
        rest = rest[1:]
        found.append(rest)
    if rest.startswith("لل") and len(rest) > _SHORTEST_REST:
        # ل and ال are written لل; where the word itself begins with ل, its third is left out (للجنة for ل + اللجنة).
        found += [rest[2:], "ال" + rest[2:], rest[1:], "ال" + rest[1:]]
    elif rest[0] in _JOINING and len(rest) > _SHORTEST_REST:
        rest = rest[1:]
        found.append(rest)
    if rest.startswith("ال") and len(rest) > _SHORTEST_REST:
        found.append(rest[2:])
    return tuple(dict.fromkeys(found))


def with_particles(word: str) -> tuple[str, ...]:
    """The folded word, and an Arabic one also with the particles that a text may write on to it."""
    if len(word) < _SHORTEST_REST or not _ARABIC_LETTERS.fullmatch(word):
        return (word,)
    joined = tuple(particle + word for particle in _BEFORE_ALL + _JOINING)
    return (word, *joined, "لل" + word[2:]) if word.startswith("ال") else (word, *joined)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A word of a folded text, and a part of one: a letter of an unspaced script with its marks, or the rest."""
    marks = "".join(chr(code) for code in range(_FIRST_MARK, _AFTER_MARKS) if unicodedata.category(chr(code))[0] == "M")
    word = re.compile(rf"[^\W_](?:[^\W_]|[{marks}])*")
    return word, re.compile(rf"[{_UNSPACED}][{marks}]*|[^{_UNSPACED}]+")
