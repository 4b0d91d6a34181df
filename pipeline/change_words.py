"""The words by which a change in an article is told, from ``lexicon/changes.toml``, compiled once.

Knows words only: what a change amounts to is for ``pipeline.measure``. A language without a list of its own is read
with that of its script: a negation must not go unseen because a short text was taken for Ukrainian.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEXICON = Path(__file__).parent / "lexicon" / "changes.toml"
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u2060-\u2069]")
_APOSTROPHES = str.maketrans("’‘ʼ´`", "'''''")
_KEPT_MARKS = frozenset("йё")
_PROCLITICS = ("و", "ف")
_SENTENCE_END = re.compile(r"[.!?…؟۔。！？:]['\"»”’)\]]*$")
_WORD = re.compile(r"[\w']+")
_LONGEST_POINTER = 120
_LEAST_STEM = 3


@lru_cache(maxsize=8192)
def key(word: str) -> str:
    """The form in which words compare here: no case, no diacritics, one apostrophe; a hamza stays with its alef."""
    text = unicodedata.normalize("NFC", word).casefold().translate(_APOSTROPHES)
    # A dot above an i is all that is left of a Turkish capital; й and ё are letters of their own.
    bare = "".join(letter if letter in _KEPT_MARKS else _bare(letter) for letter in text)
    return " ".join(_MARKS.sub("", bare).split())


def _bare(letter: str) -> str:
    return letter if letter <= "\u024f" or _ARABIC.match(letter) else unicodedata.normalize("NFKD", letter)


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    with _LEXICON.open("rb") as lexicon:
        return tomllib.load(lexicon)


@cache
def _words(kind: str, language: str | None) -> frozenset[str]:
    lists = _lists()[kind]
    chosen = lists.values() if language is None else [lists.get(language, [])]
    return frozenset(key(word) for words in chosen for word in words)


def language_of(language: str | None, text: str) -> str:
    """The language whose lists serve a text: its own, else the one that its script suggests."""
    if language in _lists()["negations"]:
        return str(language)
    if _ARABIC.search(text):
        return "ar"
    return "ru" if _CYRILLIC.search(text) else "en"


def is_negation(word: str, language: str) -> bool:
    """Whether a word is a negation, or ends in one as English ``doesn't`` does."""
    form = key(word)
    words = _words("negations", language)
    if form in words or (language == "en" and form.endswith("n't")):
        return True
    return language == "ar" and form[:1] in _PROCLITICS and form[1:] in words and len(form) > 2  # noqa: PLR2004


def is_negated(one: str, other: str, language: str) -> bool:
    """Whether one of two words is the other with a negative prefix, or with the negative infix of Turkish."""
    short, long = sorted((key(one), key(other)), key=len)
    if len(short) < _LEAST_STEM or short == long:
        return False
    if any(long == prefix + short for prefix in _words("negative_prefixes", language)):
        return True
    infixes = _words("negative_infixes", language)
    return any(_has_infix(short, long, infix) for infix in infixes)


def _has_infix(short: str, long: str, infix: str) -> bool:
    return any(long == short[:place] + infix + short[place:] for place in range(_LEAST_STEM - 1, len(short) + 1))


def is_number(word: str, language: str) -> bool:
    """Whether a word is a number in digits or in letters."""
    form = key(word)
    if any(letter.isdigit() for letter in form):
        return True
    words = _words("numbers", language)
    if language == "ar":
        return form in words or (form[:1] in (*_PROCLITICS, "ل", "ب") and len(form) > 3 and form[1:] in words)  # noqa: PLR2004
    return form in words or any(part in words for part in form.split("-"))


def announces_name(word: str, language: str) -> bool:
    """Whether what follows a word is a name, in a script that has no capitals."""
    return key(word) in _words("before_names", language) or is_given_name(word, language)


def is_given_name(word: str, language: str) -> bool:
    """Whether a word is one of the commonest given names, in a script that has no capitals."""
    return key(word) in _words("given_names", language)


def is_function_word(word: str, language: str) -> bool:
    """Whether a word is too common to be a name, wherever it stands, in a script that has no capitals."""
    return key(word) in _words("function_words", language)


def is_correction(line: str) -> bool:
    """Whether a line begins as a correction notice does, in any language."""
    return _starts("corrections").match(key(line)) is not None


def is_retraction(line: str) -> bool:
    """Whether a line says that its own article is withdrawn, in any language: troops are withdrawn as well."""
    if _starts("retractions").match(key(line)):
        return True
    return _pattern("retractions").search(key(line)) is not None and _speaks_of_itself(line)


def is_removal(text: str) -> bool:
    """Whether a text says that the article it stands for was taken down, in any language."""
    return _pattern("removals").search(key(text)) is not None and _speaks_of_itself(text)


def _speaks_of_itself(text: str) -> bool:
    return not _words("self", None).isdisjoint(_WORD.findall(key(text)))


def is_live(title: str) -> bool:
    """Whether a headline says that its article grows while things happen, in any language."""
    return _pattern("live").search(key(title)) is not None


def is_pointer(line: str) -> bool:
    """Whether a line only points to something else to read, see or hear: what, it says right away or at its end."""
    if len(line) > _LONGEST_POINTER or _SENTENCE_END.search(line.rstrip()):
        return False
    words = [key(word) for word in _WORD.findall(line)]
    if not words or words[0] not in _words("pointers", None):
        return False
    return not _words("media", None).isdisjoint((*words[1:3], *words[1:][-1:]))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_either(_words(kind, None))})(?!\w)")


@cache
def _starts(kind: str) -> re.Pattern[str]:
    """A phrase at the start of a line; one of a single word must be set off: correction officers correct nothing."""
    words = _words(kind, None)
    phrases, single = [word for word in words if " " in word], [word for word in words if " " not in word]
    set_off = r"(?=\s*(?:[:.,(\])–—-]|$))"
    return re.compile(rf"\W{{0,3}}(?:(?:{_either(phrases)})(?!\w)|(?:{_either(single)}){set_off})")


def _either(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
