"""The names that a string gives, as bylines write them in any language of ``lexicon/metadata.toml``.

Takes names out of "By A and B", leaves out addresses, handles, offices and places, and keeps degrees. Knows nothing of
pages.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache

from pipeline.alternation import alternation
from pipeline.page_signs import fold_space, words
from pipeline.wording import is_stamp

_ADDRESS = re.compile(
    r"(?i)(?:https?:)?//\S+|\bwww\.\S+|\S+@\S+\.\w+|(?<!\w)@\w+|\b[\w-]+\.(?:com|org|net|info|io)/\S*"
)
_MARKS = re.compile("[\u064b-\u065f\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_ALEFS = str.maketrans("أإآ", "ااا")
_HARD = re.compile(r"\s*[;|•·●⋅∙]\s*|\s+[–—/]\s+|\s+-\s+")
COMMA = re.compile(r"\s*[,،]\s*")
_EDGES = " \t.,،:;|•·●–—-/\"'«»“”"
_LETTER = re.compile(r"[^\W\d_]")
_DATED = re.compile(r"\s+(?:on|at|in|am|le|el|il|em|في|يوم)\s+\S.*\d.*$")
_SENTENCE_MARK = re.compile("[。！？：]")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d{2,}")
_LONGEST = 80
_MOST_WORDS = 7
PARTICLE = 4
_LEAST_WITH_WAW = 3
_PHRASE_WORDS = 4
# Degrees and ranks behind a name are written in capitals: MD, PhD, RDN, CFP®.
_POSTNOMINAL = re.compile(
    r"^(?:Jr|Sr|Esq|[A-Z](?:[A-Za-z]{0,3}[.-]?)*[A-Z][A-Za-z]{0,2}|[IVX]+)[.®™]?(?:\s*\([^)]*\))?$"
)


def is_agency(name: str) -> bool:
    """Whether a name is that of a news agency, or says that it is one."""
    key = key_of(name)
    return key in _agencies() or _says_agency().search(key) is not None


@cache
def _agencies() -> frozenset[str]:
    return frozenset(map(key_of, words("byline", "agencies")))


@cache
def _says_agency() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_phrases('agency_words')})(?!\w)")


def key_of(text: str) -> str:
    """The form in which names compare: NFKC, no marks, one case, edge punctuation off."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(_ALEFS).casefold()
    return fold_space(text).strip(_EDGES)


@cache
def _phrases(key: str) -> str:
    return alternation(map(key_of, words("byline", key)))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What stands before a name, after it, and between two."""
    return (
        re.compile(rf"^(?:{_phrases('before')})(?:\s*[:：/-]\s*|\s+)(?=\S)"),
        re.compile(rf"(?:^|[\s(|,•·-]+)(?:{_phrases('after')})(?![^\W\d_]).*$"),
        re.compile(rf"(?i)\s+(?:{_phrases('and')}|&|\+)\s+"),
    )


@cache
def _nobody() -> frozenset[str]:
    return frozenset(map(key_of, words("byline", "nobody")))


def split_names(text: str) -> list[str]:
    """The names that a byline gives, in order; addresses, handles and words around them left out."""
    text = _helpers().sub(r", \1", fold_space(_ADDRESS.sub(" ", _MARKS.sub("", html.unescape(text)))))
    names: list[str] = []
    for part in _HARD.split(_bare(text)):
        if names and " " in names[0] and _is_place(part):
            continue
        names.extend(name for name in _of_one_part(_bare(part)) if _is_name(name))
    return list(dict.fromkeys(names))


@cache
def _helpers() -> re.Pattern[str]:
    return re.compile(rf"(?i)\s*\((?:{_phrases('with')})\s+([^()]+)\)")


def _bare(text: str) -> str:
    """A byline without "By" before the name and "updated …" behind it."""
    before, after, _ = _patterns()
    text = text.strip(_EDGES)
    for _ in range(2):
        # Matched on a form of the same length, so that the name keeps its own letters.
        lowered = text.translate(_ALEFS).lower()
        if len(lowered) != len(text):
            break
        if found := before.match(lowered):
            text = text[found.end() :].strip(_EDGES)
            continue
        found = after.search(lowered) or _DATED.search(lowered)
        if found and found.start():
            text = text[: found.start()].strip(_EDGES)
    return text


def _of_one_part(text: str) -> list[str]:
    first, *others = COMMA.split(text)
    parts = _joined_names(first)
    kept = [first]
    for piece in others:
        if _is_degree(piece):
            parts[-1:] = [f"{part}, {piece}" for part in parts[-1:]]
        elif _starts_office(piece) or (" " in first and _is_place(piece)):
            continue
        else:
            parts += _without_first_office(_joined_names(piece))
        kept.append(piece)
    if len(parts) > 1 and all(_could_be_whole_name(part.partition(",")[0]) or is_agency(part) for part in parts):
        return parts
    return [_without_place(_without_office(", ".join(kept)))]


def _is_degree(piece: str) -> bool:
    return _POSTNOMINAL.match(piece) is not None and not is_agency(piece)


def _joined_names(piece: str) -> list[str]:
    """What "and" joins between two commas, without the places that stand behind names."""
    parts = (part.strip(_EDGES) for part in _patterns()[2].split(f" {piece}"))
    return [name for part in parts if part for name in _apart_at_waw(_without_place(part))]


def _apart_at_waw(part: str) -> list[str]:
    """Two whole names that Arabic's "and" joins, which is written as a part of the word behind it."""
    pieces = part.split()
    for n in range(2, len(pieces) - 1):
        if pieces[n][0] == "و" and len(pieces[n]) > _LEAST_WITH_WAW and key_of(pieces[n]) not in _names_in_waw():
            return [" ".join(pieces[:n]), *_apart_at_waw(" ".join([pieces[n][1:], *pieces[n + 1 :]]))]
    return [part]


@cache
def _names_in_waw() -> frozenset[str]:
    return frozenset(map(key_of, words("byline", "begin_with_and")))


def _without_first_office(parts: list[str]) -> list[str]:
    """What stands behind a comma without the office of the one before it ("Senior Reporter")."""
    return parts[1:] if parts and _offices()[1].search(key_of(parts[0])) else parts


def _is_place(part: str) -> bool:
    """Whether what stands behind a whole name may be where it was written: one word, no agency and no degree."""
    part = part.strip(_EDGES)
    return " " not in part and not is_agency(part) and not _is_degree(part)


def _without_place(name: str) -> str:
    """A whole name without "in Cairo" behind it."""
    found = _places().match(name)
    return found[1] if found else name


@cache
def _places() -> re.Pattern[str]:
    words_of_place = "|".join(map(re.escape, words("byline", "in")))
    return re.compile(rf"(\S+(?:\s+\S+){{1,4}}?)\s+(?:{words_of_place})\s+\S+(?:\s+\S+){{0,3}}$")


def _starts_office(piece: str) -> bool:
    """Whether what follows a comma is an office and all that belongs to it ("Head of Sports and Culture")."""
    return _offices()[0].match(key_of(piece)) is not None


@cache
def _offices() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(rf"(?:{_phrases('office_starts')})(?!\w)"), re.compile(rf"(?<!\w)(?:{_phrases('offices')})s?$")


def _could_be_whole_name(part: str) -> bool:
    pieces = part.split()
    return 1 < len(pieces) <= _MOST_WORDS and not any(piece[0].islower() and len(piece) > PARTICLE for piece in pieces)


def _without_office(text: str) -> str:
    """A name without what its bearer is ("…, editor of …"); degrees stay, they are written as part of the name."""
    name, *rest = COMMA.split(text)
    kept = [name]
    for part in rest:
        if not _is_degree(part):
            break
        kept.append(part)
    return ", ".join(kept)


def _is_name(name: str) -> bool:
    return (
        bool(_LETTER.search(name))
        and len(name) <= _LONGEST
        and len(name.split()) <= _MOST_WORDS + name.count(",")
        and not _DIGITS.search(name)
        and key_of(name) not in _nobody()
        and not is_label(name)
        and not _SENTENCE_MARK.search(name)
        and not _is_phrase(name)
    )


def _is_phrase(name: str) -> bool:
    """Whether of four words and more, the first with a capital, a long one has none: "Learn more about our writers"."""
    pieces = name.split()
    return (
        len(pieces) >= _PHRASE_WORDS
        and name[0].isupper()
        and any(piece[0].islower() and len(piece) > PARTICLE for piece in pieces)
    )


def plain_form(text: str) -> str:
    """A text in the form in which phrases compare, letter for letter."""
    return text.translate(_ALEFS).lower()


def begins_as_byline(text: str) -> re.Match[str] | None:
    """The words before a name ("By", "بقلم") with which a text begins, if it does."""
    return _patterns()[0].match(plain_form(text))


def dated_byline(text: str) -> str:
    """The byline behind a date in one line, as in "Posted on May 5, 2026 by Anna Petrov"; empty where there is none."""
    if len(text) > 2 * _LONGEST or not _DIGIT.search(text):
        return ""
    starts = (found.start() for found in _within().finditer(plain_form(text)))
    return next((text[start:] for start in starts if is_stamp(text[:start].strip(" ,|"))), "")


@cache
def _within() -> re.Pattern[str]:
    return re.compile(rf"(?<=[\s,|])(?:{_phrases('before')})(?:\s*[:：/-]\s*|\s+)(?=\S)")


def is_label(text: str) -> bool:
    """Whether a text is only what stands before a name."""
    return _patterns()[0].sub("", f"{plain_form(text).rstrip(' :')} x") == "x"
