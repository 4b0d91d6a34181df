"""The phrases that page furniture is made of, from ``lexicon/furniture.toml``, compiled once.

All languages are matched at once: furniture often speaks the theme's language, not the article's. Everything compares
in one form, :func:`key`. Knows words only; where a line stands on its page is the caller's business.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEXICON = Path(__file__).parent / "lexicon" / "furniture.toml"
_DATES = _LEXICON.with_name("dates.toml")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_DIGITS = re.compile(r"\d+(?:[.,\u066b\u066c]\d+)*")
_SPACES = re.compile(r"[\s_]+")
_EDGES = re.compile(r"^[^\w©(]+|[^\w)]+$")
_LETTERS = str.maketrans({"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"})
_IDEOGRAPHS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SEGMENTS = re.compile(r"\s*(?:[|·•●▪/»>]|\s[–—-]\s|,\s)\s*")
_CLOCK = re.compile(r"0(?:h|:|\.)0(?:(?:min|:|\.)?0?)(?!\w)")
_ORDINALS = re.compile(r"0(?:st|nd|rd|th|er|am|pm|h|º|ª)(?!\w)|0(?=[^\W\d])")
_NAME_WORDS = 5
_STOPS = frozenset(".!?؟。۔")
_SETS_OFF = frozenset({"", *":：/|>–—-"})
_LEAST_HEADLINE = 14
_HEADLINE_SHARE = 0.6
_LETTER = re.compile(r"[^\W\d]")


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """The form in which phrases compare: no case, diacritics or edge punctuation, one space, digits as one ``0``."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LETTERS)
    return _EDGES.sub("", _SPACES.sub(" ", _DIGITS.sub("0", _MARKS.sub("", text))).strip())


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    with _LEXICON.open("rb") as lexicon:
        return tomllib.load(lexicon)


@cache
def _keys(*kinds: str) -> frozenset[str]:
    return frozenset(key(phrase) for kind in kinds for phrase in _phrases(kind))


def _phrases(kind: str) -> Iterator[str]:
    yield from chain.from_iterable(_lists()[kind].values()) if kind != "calendar" else _calendar()


def _calendar() -> Iterator[str]:
    """Months and weekdays, from the date module's lexicon: here they only tell a line that is nothing but a date."""
    with _DATES.open("rb") as lexicon:
        languages = tomllib.load(lexicon).values()
    for language in languages:
        for table in ("months", "hijri_months", "jalali_months", "weekdays"):
            yield from chain.from_iterable(language.get(table, ()))


@cache
def _pattern(shape: str, *kinds: str) -> re.Pattern[str]:
    """An alternation of every phrase of some kinds, longest first, put into ``shape``.

    Scripts without spaces have no word boundary, so theirs stand without one.
    """
    phrases = sorted(_keys(*kinds) - {""}, key=len, reverse=True)
    spaced = "|".join(re.escape(phrase) for phrase in phrases if not _IDEOGRAPHS.search(phrase))
    unspaced = "|".join(re.escape(phrase) for phrase in phrases if _IDEOGRAPHS.search(phrase))
    either = rf"(?:(?<!\w)(?:{spaced})(?!\w)" + (f"|{unspaced})" if unspaced else ")")
    return re.compile(shape.format(either))


def markup_words(kind: str) -> list[str]:
    """Class and id names of a kind: ``strong``, ``weak``, ``caption`` or ``keep``."""
    return [str(word) for word in _lists()["markup"][kind]]


def is_heading(line: str) -> bool:
    """Whether a line opens a list of other pages, comments or tags."""
    return key(line) in _keys("headings")


def is_control(line: str) -> bool:
    """Whether a line is a button, an advertisement's slot, a share link or a counter."""
    form = key(line)
    return form in _keys("lines") or is_counter(line)


def is_counter(line: str) -> bool:
    """Whether a line only says how long a page is, how often it was read or answered."""
    form = key(line)
    return bool(form) and _pattern(r"(?:0 ?)*{}(?:[\s:]*0(?: \w{{1,8}})?)?", "counters").fullmatch(form) is not None


def starts_lead(line: str) -> bool:
    """Whether a line begins as one that points to another article."""
    return _pattern(r"[\W]*{}", "leads").match(key(line)) is not None


def has_lead_mark(line: str) -> bool:
    """Whether a pointing phrase is set off by a colon or dash, as in ``Related: …``."""
    return _pattern(r"[\W]*{}\s*[:：>»|–—-]", "leads", "headings").match(_loose(line)) is not None


def has_call(line: str) -> bool:
    """Whether a line asks its reader to subscribe, follow, install or comment."""
    return _pattern(r"{}", "calls").search(key(line)) is not None


def has_donation(line: str) -> bool:
    """Whether a line holds a word of a request for money (an article may hold it too)."""
    return _pattern(r"{}", "donations").search(key(line)) is not None


def is_byline(line: str) -> bool:
    """Whether a line begins as one that only names its writers."""
    return _pattern(r"{}(?=[\s:]|$)", "bylines").match(key(line)) is not None


def is_photo_credit(line: str) -> bool:
    """Whether a line begins as one that names a picture's maker: the phrase, then a colon, slash or nothing."""
    form = _loose(line)
    return _pattern(r"[\W]*{}\s*(?:[:：/|©.]|$)", "photo_credits").match(form) is not None


def is_agency_credit(line: str) -> bool:
    """Whether a line begins as one that names the agency, reporters or source behind an article.

    A single word must be set off from what follows: ``Source: Reuters`` is a credit, ``Source after source`` is not.
    """
    form = _loose(line)
    found = _pattern(r"[\W]*{}", "agency_credits").match(form)
    if found is None:
        return False
    return " " in found[0].strip() or form[found.end() :].lstrip()[:1] in _SETS_OFF


def is_legal(line: str) -> bool:
    """Whether a line begins as a copyright or liability notice."""
    return _pattern(r"[\W]*{}", "legal").match(_loose(line)) is not None or line.lstrip().startswith("©")


def is_stamp(line: str) -> bool:
    """Whether a line holds nothing but a date, a clock time and the words that go with them."""
    form = key(line)
    if "0" not in form and (form not in _keys("stamps") or line.rstrip()[-1:] in _STOPS):
        return False
    form = _ORDINALS.sub("0 ", _CLOCK.sub("0", form))
    return not _LETTER.search(_pattern(r"{}\.?", "stamps", "calendar").sub("", form))


def is_about_page(line: str) -> bool:
    """Whether each part of a line is a date, a counter, a byline or (beside one of these) a name."""
    parts = [part for part in _SEGMENTS.split(line) if part.strip()]
    known = [is_stamp(part) or is_control(part) for part in parts]
    named = [is_byline(part) or len(part.split()) <= _NAME_WORDS for part in parts]
    return any(known) and all(known[n] or named[n] for n in range(len(parts)))


def is_headline(line: str, titles: Iterable[str]) -> bool:
    """Whether a line is one of some headlines, or the greater part of one (titles carry sections and site names)."""
    form = key(line)
    return any(_is_same(form, key(title)) for title in titles if title)


def _is_same(form: str, title: str) -> bool:
    if not form or form == title:
        return form == title
    short, long = sorted((form, title), key=len)
    return len(short) >= _LEAST_HEADLINE and len(short) >= _HEADLINE_SHARE * len(long) and long.startswith(short)


def says(kind: str, text: str) -> bool:
    """Whether a text holds a phrase of ``not_found``, ``challenges`` or ``consent``."""
    return _pattern(r"{}", kind).search(_loose(text)) is not None


def is_exactly(kind: str, text: str) -> bool:
    """Whether a text is a phrase of that kind and nothing else."""
    return key(text) in _keys(kind)


@lru_cache(maxsize=4096)
def _loose(line: str) -> str:
    """The compared form with its edge punctuation kept: a colon after a phrase says more than the phrase."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", line)).casefold().translate(_LETTERS)
    return _SPACES.sub(" ", _DIGITS.sub("0", _MARKS.sub("", text))).strip()


def warm() -> None:
    """Compile every pattern."""
    for check in (is_heading, is_control, starts_lead, has_lead_mark, has_call, has_donation, is_byline):
        check("0 x")
    for check in (is_photo_credit, is_agency_credit, is_legal, is_stamp, is_about_page):
        check("0 x")
    for kind in ("not_found", "challenges", "consent"):
        says(kind, "0 x")
