"""The phrases that page furniture and other pages are made of, from the lexicon, compiled once.

All languages are matched at once: furniture often speaks the theme's language, not the article's. Everything compares
in one form, :func:`key`. Knows words only; where a line stands on its page is the caller's business.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.alternation import alternation
from pipeline.outline import weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEXICON = Path(__file__).parent / "lexicon" / "furniture.toml"
_PAGES = _LEXICON.with_name("pages.toml")
_DATES = _LEXICON.with_name("dates.toml")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_DIGITS = re.compile(r"\d+(?:[.,\u066b\u066c]\d+)*")
_BEGINNING = re.compile(r"[^\w©(]*")
_LETTERS = {"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'"}
_IDEOGRAPHS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SEGMENTS = re.compile(r"\s*(?:[|·•●▪/»>]|\s[–—-]\s|,\s)\s*")
_UNSPACED_SEGMENTS = re.compile(r"\s*(?:[|｜·•●▪/»>,，【】()（）\[\]]|\s)\s*")
_LAST_BRACKETS = re.compile(r"[(（]([^()（）]{2,60})[)）][.。]?\s*$")
_BARS = re.compile(r"[|｜]")
_LEAST_MENU = 4
_LABEL = 20
_CLOCK = re.compile(r"0(?:h|:|\.)0(?:(?:min|:|\.)?0?)(?!\w)")
_ORDINALS = re.compile(r"0(?:st|nd|rd|th|er|am|pm|h|º|ª)(?!\w)|0(?=[^\W\d])")
_NAME_WORDS = 5
_SMALL = re.compile(r"\d{1,3}")
_NAME_IDEOGRAPHS = 8
_STOPS = frozenset(".!?؟。۔")
_SETS_OFF = frozenset({"", *":：/|>–—-"})
_LEAST_HEADLINE = 14
_HEADLINE_SHARE = 0.6
_HEADLINE_GROWTH = 4
"""So many times as long as the longest title no line is a headline: paragraphs need not be folded to be compared."""
_LONGEST_STAMP = 200
_COUNT_ENDS = frozenset("0)]")
_COUNT = re.compile(r"\s*(?:[(\[]0[)\]]?|:? 0)$")
_IN_BRACKETS = re.compile(r"^\s*\(([^()]{1,80})\)\s*$")
_GROUPED = re.compile(r"(?<!\S)0(?: 0)+(?!\S)")
"""Thousands set apart by a space, as French and Russian have them."""
_LETTER = re.compile(r"[^\W\d]")
_LONGEST_HEADING = 160
"""Characters, marks and white space among them, that no heading reaches: paragraphs need not be folded to be compared.
"""


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """The form in which phrases compare: no case, diacritics or edge punctuation, one space, digits as one ``0``."""
    form = _loose(text)
    start = _beginning(form)
    end = len(form)
    # Step by step from the end: an expression for it would be tried at each space and stop of a paragraph.
    while end > start and not (form[end - 1].isalnum() or form[end - 1] in "_)"):
        end -= 1
    return form[start:end]


def _beginning(form: str) -> int:
    found = _BEGINNING.match(form)
    return found.end() if found else 0


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    with _LEXICON.open("rb") as furniture, _PAGES.open("rb") as pages:
        return tomllib.load(furniture) | tomllib.load(pages)


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
            for name in chain.from_iterable(language.get(table, ())):
                yield name
                yield from (name + suffix for suffix in language.get("suffixes", ()))


@cache
def _pattern(shape: str, *kinds: str) -> re.Pattern[str]:
    """An alternation of every phrase of some kinds, put into ``shape``.

    Scripts without spaces have no word boundary, so theirs stand without one.
    """
    phrases = _keys(*kinds) - {""}
    spaced = alternation(phrase for phrase in phrases if not _IDEOGRAPHS.search(phrase))
    unspaced = alternation(phrase for phrase in phrases if _IDEOGRAPHS.search(phrase))
    either = rf"(?:(?<!\w)(?:{spaced})(?!\w)|{unspaced})"
    return re.compile(shape.format(either))


def markup_words(kind: str) -> list[str]:
    """Class and id names of a kind: ``strong``, ``unseen``, ``weak``, ``caption`` or ``keep``."""
    return [str(word) for word in _lists()["markup"][kind]]


def is_heading(line: str) -> bool:
    """Whether a line opens a list of other pages, comments or tags; a count may stand behind: "Comments (12)"."""
    return _is_counted(line, _keys("headings", "comments"))


def opens_comments(line: str) -> bool:
    """Whether a line opens what readers wrote, or the form in which they do."""
    return _is_counted(line, _keys("comments"))


def _is_counted(line: str, phrases: frozenset[str]) -> bool:
    if len(line) > _LONGEST_HEADING:
        return False
    form = key(line)
    return form in phrases or (form[-1:] in _COUNT_ENDS and _COUNT.sub("", form) in phrases)


def is_control(line: str) -> bool:
    """Whether a line is a button, an advertisement's slot, a share link or a counter."""
    form = key(line)
    return form in _keys("lines") or is_counter(line)


def is_counter(line: str) -> bool:
    """Whether a line only says how long a page is, how often it was read or answered."""
    form = _GROUPED.sub("0", key(_IN_BRACKETS.sub(r"\1", line)))
    return bool(form) and _pattern(r"(?:0 ?)*{}(?:[\s:]*0(?: \w{{1,8}})?)?", "counters").fullmatch(form) is not None


def starts_lead(line: str) -> bool:
    """Whether a line begins as one that points to another article."""
    return _pattern(r"[\W]*{}", "leads").match(key(line)) is not None


def has_lead_mark(line: str) -> bool:
    """Whether a pointing phrase is set off by a colon or dash, as in ``Related: …``."""
    return _pattern(r"[\W]*{}\s*[:：>»|–—-]", "leads", "headings", "comments").match(_loose(line)) is not None


def is_path(line: str) -> bool:
    """Whether a line says where in its site a page stands, as in ``You are here: Home > News``."""
    return _pattern(r"[\W]*{}\s*[:：|｜/»›>→]", "paths").match(_loose(line)) is not None


def has_call(line: str) -> bool:
    """Whether a line asks its reader to subscribe, follow, install or comment."""
    return _pattern(r"{}", "calls").search(key(line)) is not None


def has_donation(line: str) -> bool:
    """Whether a line holds a word of a request for money (an article may hold it too)."""
    return _pattern(r"{}", "donations").search(key(line)) is not None


def speaks_of_publication(line: str) -> bool:
    """Whether a line holds a word in which a publication speaks of itself, or to its reader."""
    return _pattern(r"{}", "own").search(key(line)) is not None


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


def is_contribution(line: str) -> bool:
    """Whether a line says who else worked on the article."""
    return _pattern(r"{}", "contributions").search(key(line)) is not None


def credits_in(line: str) -> list[str]:
    """The parts of a line that name an agency or a source; the whole line where it begins as one."""
    if is_agency_credit(line):
        return [line.strip().strip("()（）")]
    parts = _parts(line)
    # A space may stand between the label and the name, where spaces set apart.
    return [
        part + after if part.rstrip().endswith((":", "：")) else part
        for part, after in zip_longest(parts, parts[1:], fillvalue="")
        if is_agency_credit(part)
    ]


def is_notice(line: str) -> bool:
    """Whether a line holds the words of a legal or technical notice, which no reporting uses."""
    return _pattern(r"{}", "notices").search(key(line)) is not None


def asks_to_follow(line: str) -> bool:
    """Whether a line holds a word of asking to follow and the name of a network; a report may hold both."""
    form = key(line)
    return bool(_pattern(r"{}", "networks").search(form) and _pattern(r"{}", "follows").search(form))


def is_control_row(line: str) -> bool:
    """Whether a table's row is a menu: labels, among them two that menus have."""
    return is_menu(line) and sum(map(is_control, _BARS.split(line))) > 1


def ends_in_photo_credit(line: str) -> bool:
    """Whether a line ends, in brackets, with who took the picture that it describes."""
    found = _LAST_BRACKETS.search(line)
    if not found:
        return False
    form = key(found[1])
    return is_photo_credit(found[1]) or _pattern(r".*{}", "photo_credit_ends").fullmatch(form) is not None


def is_menu(line: str) -> bool:
    """Whether a line is a row of labels between bars. Figures among them make it a table."""
    parts = [part for part in _BARS.split(line) if part.strip()]
    if len(parts) < _LEAST_MENU or _DIGITS.search(line):
        return False
    return all(weigh(part) <= _LABEL and part.rstrip()[-1:] not in _STOPS for part in parts)


def is_legal(line: str) -> bool:
    """Whether a line begins as a copyright or liability notice."""
    return _pattern(r"[\W]*{}", "legal").match(_loose(line)) is not None or line.lstrip().startswith("©")


def is_stamp(line: str) -> bool:
    """Whether a line holds nothing but a date, a clock time and the words that go with them."""
    if len(line) > _LONGEST_STAMP:
        return False
    form = key(line)
    if "0" not in form and (form not in _keys("stamps") or line.rstrip()[-1:] in _STOPS):
        return False
    form = _ORDINALS.sub("0 ", _CLOCK.sub("0", form))
    return not _LETTER.search(_pattern(r"{}\.?", "stamps", "calendar").sub("", form))


def is_about_page(line: str) -> bool:
    """Whether each part of a line is a date, a counter, a source, a byline or (beside one of these) a name.

    One small number alone says nothing: "Omar Said, 24" stands in a list of the dead.
    """
    parts = _parts(line)
    known = [is_stamp(part) or is_control(part) or is_agency_credit(part) for part in parts]
    if sum(known) == 1 and len(parts) > 1 and _SMALL.fullmatch(parts[known.index(True)].strip()):
        return False
    named = [is_byline(part) or _is_brief(part) for part in parts]
    if _IDEOGRAPHS.search(line) and 2 * sum(known) <= len(parts):
        return False  # a headline has as many spaces there as such a line has
    return any(known) and all(known[n] or named[n] for n in range(len(parts)))


def _parts(line: str) -> list[str]:
    """What separators set apart in a line; scripts without spaces between words use those to set apart as well."""
    pattern = _UNSPACED_SEGMENTS if _IDEOGRAPHS.search(line) else _SEGMENTS
    return [part for part in pattern.split(line) if part.strip()]


def _is_brief(part: str) -> bool:
    return len(part.split()) <= _NAME_WORDS and len(_IDEOGRAPHS.findall(part)) <= _NAME_IDEOGRAPHS


def is_headline(line: str, titles: Iterable[str]) -> bool:
    """Whether a line is one of some headlines, or the greater part of one (titles carry sections and site names)."""
    titles = [title for title in titles if title]
    if len(line) > _HEADLINE_GROWTH * max(map(len, titles), default=0):
        return False
    form = key(line)
    return any(_is_same(form, key(title)) for title in titles)


def _is_same(form: str, title: str) -> bool:
    if not form or form == title:
        return form == title
    short, long = sorted((form, title), key=len)
    return len(short) >= _LEAST_HEADLINE and len(short) >= _HEADLINE_SHARE * len(long) and long.startswith(short)


def says(kind: str, text: str) -> bool:
    """Whether a text holds a phrase of one of the kinds of ``lexicon/pages.toml``."""
    return _pattern(r"{}", kind).search(_loose(text)) is not None


def is_exactly(kind: str, text: str) -> bool:
    """Whether a text is a phrase of that kind and nothing else."""
    return key(text) in _keys(kind)


@lru_cache(maxsize=4096)
def _loose(line: str) -> str:
    """The compared form with its edge punctuation kept: a colon after a phrase says more than the phrase."""
    if line.isascii():
        text = line.lower().replace("`", "'")
    else:
        text = _MARKS.sub("", unicodedata.normalize("NFKD", line)).casefold()
        for letter, common in _LETTERS.items():
            text = text.replace(letter, common)  # ten searches cost less than a table asked for every letter
    return " ".join(_DIGITS.sub("0", text).replace("_", " ").split())


def warm() -> None:
    """Compile every pattern."""
    for check in (is_heading, is_control, is_path, starts_lead, has_lead_mark, has_call, has_donation):
        check("0 x")
    for check in (
        is_byline,
        is_photo_credit,
        is_agency_credit,
        is_legal,
        is_stamp,
        is_about_page,
        is_contribution,
        is_notice,
        speaks_of_publication,
    ):
        check("0 x")
    asks_to_follow("twitter")
    for kind in ("challenges", "consent", "locked", "login", "paywall", "parked"):
        says(kind, "0 x")
    for kind in ("not_found_sentences", "maintenance_sentences"):
        says(kind, "0 x")
