"""Who wrote an article: people as a list, organisations apart.

JSON-LD and meta elements name authors most surely; where they are silent, or name nobody but the site, the page's own
byline is read. Names are taken out of "By A and B", stripped of addresses, handles and titles of office that follow
a comma in a byline of one, and left as written otherwise.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.json_ld import node_types, text_of
from pipeline.page_signs import Signs, element_parts, fold_space, is_hidden, marks, text_content, words
from pipeline.surroundings import Line, is_within_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.html import HtmlElement


_ADDRESS = re.compile(
    r"(?i)(?:https?:)?//\S+|\bwww\.\S+|\S+@\S+\.\w+|(?<!\w)@\w+|\b[\w-]+\.(?:com|org|net|info|io)/\S*"
)
_MARKS = re.compile("[\u064b-\u065f\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_ALEFS = str.maketrans("أإآ", "ااا")
_HARD = re.compile(r"\s*[;|•·●⋅∙]\s*|\s+[–—/]\s+|\s+-\s+")
_COMMA = re.compile(r"\s*[,،]\s*")
_EDGES = " \t.,،:;|•·●–—-/\"'«»“”"
_LETTER = re.compile(r"[^\W\d_]")
_DATED = re.compile(r"\s+(?:on|at|in|am|le|el|il|em|في|يوم)\s+\S.*\d.*$")
_DIGITS = re.compile(r"\d{2,}")
_LONGEST = 80
_MOST_WORDS = 7
_MOST_AUTHORS = 12
_PERSON_WORDS = 5
_PARTICLE = 4
_ORGANISATION_TYPES = frozenset({"organization", "newsmediaorganization", "corporation", "educationalorganization"})
# Degrees and ranks behind a name are written in capitals: MD, PhD, RDN, CFP®.
_POSTNOMINAL = re.compile(
    r"^(?:Jr|Sr|Esq|[A-Z](?:[A-Za-z]{0,3}[.-]?)*[A-Z][A-Za-z]{0,2}|[IVX]+)[.®™]?(?:\s*\([^)]*\))?$"
)


class Bearer(StrEnum):
    """Who bears an author's name, as far as the page says."""

    PERSON = "person"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Byline:
    """Those whom a page names as its authors: people, and organisations (agencies, the staff, the site itself)."""

    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The people, or where none is named the organisations."""
        return self.people or self.organisations


def read_byline(signs: Signs, site_names: list[str], lines: Callable[[], list[Line]]) -> Byline:
    """The authors of a page.

    Args:
        signs: What the page says of itself.
        site_names: The names of the site: an author of that name is an organisation.
        lines: Gives the lines around the headline, nearest first; asked for only where markup is silent.
    """
    known = {_key(name) for name in site_names}
    best = Byline()
    for found in _sources(signs, lines):
        byline = _sorted(found, known)
        if byline.people:
            return byline
        best = best if best.organisations else byline
    return best


def _sources(signs: Signs, lines: Callable[[], list[Line]]) -> Iterator[list[tuple[str, Bearer]]]:
    """Names with their bearers, from each source in order of trust."""
    yield _from_json_ld(signs)
    yield _plain(map(_in_order, signs.metas.get("citation_author", ())))
    yield _plain(text for name in _METAS for text in signs.metas.get(name, ())[:_MOST_AUTHORS])
    yield _plain(_from_card(signs))
    yield _plain(map(_property_text, signs.properties.get("author", ())[:1]))
    for named in _from_markup(signs, lines()):
        yield [(name, Bearer.UNKNOWN) for name in named]


_METAS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "authors",
)


def _from_json_ld(signs: Signs) -> list[tuple[str, Bearer]]:
    for node in signs.articles + signs.pages:
        for key in ("author", "creator"):
            listed = [signs.json_ld.resolve(value) for value in _as_list(node.get(key))]
            names = [(name, _bearer(value)) for value in listed for name in split_names(text_of(value))]
            if names:
                return names
    return []


def _bearer(value: Any) -> Bearer:
    types = set(node_types(value)) if isinstance(value, dict) else set[str]()
    if types & _ORGANISATION_TYPES:
        return Bearer.ORGANISATION
    return Bearer.PERSON if "person" in types else Bearer.UNKNOWN


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(texts: Iterable[str]) -> list[tuple[str, Bearer]]:
    return [(name, Bearer.UNKNOWN) for text in texts for name in split_names(text)]


def _in_order(name: str) -> str:
    """A name of a bibliography ("Roy, Aniruddha") as it is spoken."""
    last, _, first = name.partition(", ")
    return f"{first} {last}" if first else name


def _from_card(signs: Signs) -> Iterator[str]:
    """What a card for social networks says under "Written by" (twitter:label1, twitter:data1)."""
    for number in ("1", "2"):
        if _is_label(signs.meta(f"twitter:label{number}")):
            yield signs.meta(f"twitter:data{number}")


def _property_text(element: HtmlElement) -> str:
    name = next((child for child in element.iter() if child.get("itemprop") == "name"), element)
    return fold_space(name.get("content") or "") or text_content(name)


def _from_markup(signs: Signs, lines: list[Line]) -> Iterator[list[str]]:
    """Bylines that markup names, then those that words do, both beside the headline first."""
    places = {line.block: place for place, line in enumerate(reversed(lines))}
    candidates = [element for element in signs.bylines if not _is_elsewhere(element)]
    candidates = [element for element in candidates if not any(_holds(element, other) for other in candidates)]
    near = [element for element in candidates if _place(element, places) >= 0]
    for element in sorted(near, key=lambda element: -_place(element, places)):
        yield split_names(_byline_text(element))
    yield from _from_words(lines)
    for element in candidates:
        yield split_names(_byline_text(element))


def _from_words(lines: list[Line]) -> Iterator[list[str]]:
    """Bylines that begin with a word such as "By", whether the name follows in the same line or in the next."""
    for place, line in enumerate(lines):
        following = lines[place + 1].text if place + 1 < len(lines) else ""
        texts = [*line.pieces, following] if _is_label("".join(line.pieces[-1:])) else [*line.pieces]
        for first, second in pairwise([*texts, ""]):
            if _is_label(first):
                yield _people(f"{first} {second}")
            elif len(first) <= _LONGEST and _is_byline(first, line):
                yield _people(first)
        if line.author and line.is_near:
            yield _people(line.author)


def _is_byline(text: str, line: Line) -> bool:
    """Whether a text begins as bylines do. Behind the story one word ("by", "from") is not enough for that."""
    found = _patterns()[0].match(_plain_form(text))
    return found is not None and (line.is_near or len(found[0].split()) > 1)


def _plain_form(text: str) -> str:
    return text.translate(_ALEFS).lower()


def _is_label(text: str) -> bool:
    """Whether a text is only what stands before a name."""
    return _patterns()[0].sub("", f"{_plain_form(text).rstrip(' :')} x") == "x"


def _people(text: str) -> list[str]:
    """The names that a line of the page gives, if all of them look like names of people."""
    names = split_names(text)
    return names if all(_looks_like_person(name) for name in names) else []


def _looks_like_person(name: str) -> bool:
    """Two to five words; capitals where the script has them, but for particles ("van", "de", "bin")."""
    pieces = name.partition(",")[0].split()
    capital = all(not piece[0].islower() or len(piece) <= _PARTICLE for piece in pieces)
    return 1 < len(pieces) <= _PERSON_WORDS and capital and not pieces[0][0].islower()


def _place(element: HtmlElement, places: dict[HtmlElement, int]) -> int:
    """Where an element stands among the lines (higher is nearer); -1 where it holds none of them."""
    return max((places[part] for part in element.iter() if part in places), default=-1)


def _byline_text(element: HtmlElement) -> str:
    """The name within a byline: its own element or link if it has one, else what follows "By"."""
    wanted = marks("byline_name")
    for child in element.iter("a", "span", "strong", "b"):
        is_link = "author" in (child.get("rel") or "") or "/author" in (child.get("href") or "")
        if is_link or not wanted.isdisjoint((child.get("class") or "").lower().split()):
            text = text_content(child)
            if split_names(text):
                return text
    return text_content(element)


def _holds(element: HtmlElement, other: HtmlElement) -> bool:
    return any(parent is element for parent in other.iterancestors()) and bool(split_names(text_content(other)))


def _is_elsewhere(element: HtmlElement) -> bool:
    unwanted = marks("not_byline")
    if is_hidden(element) or not unwanted.isdisjoint(element_parts(element)):
        return True
    boxes = unwanted - {"bio", "card", "image", "archive"}
    return any(
        (parent.tag in {"footer", "nav", "aside"} and not (parent.tag == "footer" and is_within_article(parent)))
        or not boxes.isdisjoint(element_parts(parent))
        for parent in element.iterancestors()
        if parent.tag not in {"body", "html", "main", "article"}
    )


def _sorted(found: list[tuple[str, Bearer]], site_names: set[str]) -> Byline:
    people: dict[str, str] = {}
    organisations: dict[str, str] = {}
    for name, kind in found[:_MOST_AUTHORS]:
        is_organisation = kind is Bearer.ORGANISATION or _key(name) in site_names
        kept = organisations if is_organisation else people
        kept.setdefault(_key(name), name)
    return Byline(tuple(people.values()), tuple(organisations.values()))


def _key(text: str) -> str:
    text = _MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(_ALEFS).casefold()
    return fold_space(text).strip(_EDGES)


@cache
def _phrases(key: str) -> str:
    return "|".join(re.escape(word) for word in sorted(map(_key, words("byline", key)), key=len, reverse=True))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What stands before a name, after it, and between two."""
    return (
        re.compile(rf"^(?:{_phrases('before')})(?:\s*[:/-]\s*|\s+)(?=\S)"),
        re.compile(rf"(?:^|[\s(|,•·-]+)(?:{_phrases('after')})(?![^\W\d_]).*$"),
        re.compile(rf"(?i)\s+(?:{_phrases('and')}|&|\+)\s+"),
    )


@cache
def _nobody() -> frozenset[str]:
    return frozenset(map(_key, words("byline", "nobody")))


def split_names(text: str) -> list[str]:
    """The names that a byline gives, in order; addresses, handles and words around them left out."""
    text = fold_space(_ADDRESS.sub(" ", _MARKS.sub("", html.unescape(text))))
    names: list[str] = []
    for part in _HARD.split(_bare(text)):
        names.extend(name for name in _of_one_part(_bare(part)) if _is_name(name))
    return list(dict.fromkeys(names))


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
    joined = _patterns()[2]
    parts = [part for piece in _COMMA.split(text) for part in joined.split(piece)]
    parts = [bare for part in parts if (bare := part.strip(_EDGES))]
    if len(parts) > 1 and all(_could_be_whole_name(part) for part in parts):
        return parts
    return [_without_office(text)]


def _could_be_whole_name(part: str) -> bool:
    pieces = part.split()
    return 1 < len(pieces) <= _MOST_WORDS and not any(piece[0].islower() and len(piece) > _PARTICLE for piece in pieces)


def _without_office(text: str) -> str:
    """A name without what its bearer is ("…, editor of …"); degrees stay, they are written as part of the name."""
    name, *rest = _COMMA.split(text)
    kept = [name]
    for part in rest:
        if not _POSTNOMINAL.match(part):
            break
        kept.append(part)
    return ", ".join(kept)


def _is_name(name: str) -> bool:
    return (
        bool(_LETTER.search(name))
        and len(name) <= _LONGEST
        and len(name.split()) <= _MOST_WORDS + name.count(",")
        and not _DIGITS.search(name)
        and _key(name) not in _nobody()
        and not _is_label(name)
    )
