"""Who wrote an article: people as a list, organisations apart.

JSON-LD and meta elements name authors most surely; where they are silent, or name nobody but the site, the page's own
byline is read. Names are taken out of "By A and B", stripped of addresses, handles and titles of office that follow
a comma in a byline of one, and left as written otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from pipeline.json_ld import node_types, text_of
from pipeline.names import COMMA, PARTICLE, begins_as_byline, dated_byline, is_agency, is_label, key_of, split_names
from pipeline.page_signs import (
    Signs,
    element_parts,
    fold_space,
    is_hidden,
    marks,
    split_address,
    text_content,
    text_lines,
)
from pipeline.site_profile import Shown
from pipeline.spots import Sought
from pipeline.surroundings import Line, is_within_article

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from pipeline.spots import Surroundings

_LONGEST = 80
_MOST_AUTHORS = 12
_MOST_NAMED = 6
_PERSON_WORDS = 5
_ORGANISATION_TYPES = frozenset({"organization", "newsmediaorganization", "corporation", "educationalorganization"})


class Bearer(StrEnum):
    """Who bears an author's name, as far as the page says."""

    PERSON = "person"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Byline:
    """Those whom a page names as its authors: people, and organisations (agencies, the staff, the site itself).

    ``agencies`` are the organisations that are not the site.
    """

    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The people, or where none is named the organisations."""
        return self.people or self.organisations


def read_byline(signs: Signs, site_names: list[str], around: Surroundings) -> tuple[Byline, Sought | None]:
    """The authors of a page, and where its lines gave them; None where metadata named people and they were not asked.

    Args:
        signs: What the page says of itself.
        site_names: The names of the site: an author of that name is an organisation.
        around: The lines that are searched.
    """
    known = {key_of(name) for name in site_names} | _names_in_address(signs.url)
    best = Byline()
    for found in _from_metadata(signs):
        byline = _sorted(found, known)
        if byline.people:
            return _completed(byline, signs), None
        best = best if best.organisations else byline
    shown, sought = _shown(signs, known, around)
    if shown.people:
        return _completed(shown, signs), sought
    return (best if best.organisations else shown), sought


def _names_in_address(url: str) -> set[str]:
    """What an address calls its site: the host, and its longest part: "usatoday" of www.usatoday.com."""
    host = (split_address(url).hostname or "").removeprefix("www.")
    return {host, max(host.split(".")[:-1], key=len, default="")}


def _shown(signs: Signs, known: set[str], around: Surroundings) -> tuple[Byline, Sought]:
    """The byline that readers see: where the site shows it, else wherever it stands."""
    marked = _marked(signs)

    def beside(lines: list[Line]) -> tuple[Byline, HtmlElement | None]:
        return _first_named(_from_lines(marked, lines), known)

    byline, element = beside(around.at_spot(Shown.BYLINE))
    if not byline.named:
        anywhere = ((_names_within(element), element) for element in marked)
        byline, element = _first_named(chain(_from_lines(marked, around.lines()), anywhere), known)
    near = around.near_blocks
    is_near = element is None or any(part in near for part in element.iter())
    return byline, Sought(Shown.BYLINE, element, lambda spot: beside(around.lines_at(spot))[0] == byline, is_near)


def _first_named(found: Iterable[tuple[list[str], HtmlElement]], known: set[str]) -> tuple[Byline, HtmlElement | None]:
    """The first names that are of people, else the first of organisations, and the element that gave them."""
    best: tuple[Byline, HtmlElement | None] = Byline(), None
    for names, element in found:
        byline = _sorted([(name, Bearer.UNKNOWN) for name in names], known)
        if byline.people:
            return byline, element
        if byline.organisations and not best[0].organisations:
            best = byline, element
    return best


def _from_metadata(signs: Signs) -> Iterator[list[tuple[str, Bearer]]]:
    """Names with their bearers, from each source but the page's lines, in order of trust."""
    yield _from_json_ld(signs)
    yield _plain(map(_in_order, signs.metas.get("citation_author", ())))
    yield _plain(text for name in _METAS for text in signs.metas.get(name, ())[:_MOST_AUTHORS])
    yield _plain(_from_card(signs))
    yield _plain(map(_property_text, signs.properties.get("author", ())[:1]))


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
        if is_label(signs.meta(f"twitter:label{number}")):
            yield signs.meta(f"twitter:data{number}")


def _property_text(element: HtmlElement) -> str:
    name = next((child for child in element.iter() if child.get("itemprop") == "name"), element)
    return fold_space(name.get("content") or "") or text_content(name)


def _from_lines(marked: list[HtmlElement], lines: list[Line]) -> Iterator[tuple[list[str], HtmlElement]]:
    """Bylines among lines: those that markup names, then those that words do."""
    places = {line.block: place for place, line in enumerate(reversed(lines))}
    placed = [(_place(element, places), element) for element in marked] if lines else []
    for place, element in sorted(placed, key=lambda found: -found[0]):
        if place >= 0:
            yield _names_within(element), element
    yield from _from_words(lines)


def _marked(signs: Signs) -> list[HtmlElement]:
    """The innermost elements that markup calls bylines."""
    candidates = [element for element in signs.bylines if not _is_elsewhere(element)]
    return [element for element in candidates if not any(_holds(element, other) for other in candidates)]


def _from_words(lines: list[Line]) -> Iterator[tuple[list[str], HtmlElement]]:
    """Bylines that begin with a word such as "By", whether the name follows in the same line or in the next."""
    for place, line in enumerate(lines):
        following = lines[place + 1].text if place + 1 < len(lines) else ""
        texts = [*line.pieces, following] if is_label("".join(line.pieces[-1:])) else [*line.pieces]
        for first, second in pairwise([*texts, ""]):
            if is_label(first):
                yield _people(f"{first} {second}"), line.block
            elif len(COMMA.split(first)[0]) <= _LONGEST and _is_byline(first, line):
                yield _people(first), line.block
            elif line.is_near and (behind := dated_byline(first)):
                yield _people(behind), line.block
        if line.author and line.is_near:
            yield _people(line.author), line.block


def _is_byline(text: str, line: Line) -> bool:
    """Whether a text begins as bylines do. Behind the story one word ("by", "from") is not enough for that."""
    found = begins_as_byline(text)
    return found is not None and (line.is_near or len(found[0].split()) > 1)


def _people(text: str) -> list[str]:
    """The names that a line of the page gives, if all of them look like names of people."""
    names = split_names(text)
    return names if all(_looks_like_person(name) for name in names) else []


def _looks_like_person(name: str) -> bool:
    """Two to five words; capitals where the script has them, but for particles ("van", "de", "bin")."""
    pieces = name.partition(",")[0].split()
    capital = all(not piece[0].islower() or len(piece) <= PARTICLE for piece in pieces)
    return 1 < len(pieces) <= _PERSON_WORDS and capital and not pieces[0][0].islower()


def _place(element: HtmlElement, places: dict[HtmlElement, int]) -> int:
    """Where an element stands among the lines (higher is nearer); -1 where it holds none of them."""
    return max((places[part] for part in element.iter() if part in places), default=-1)


def _names_within(element: HtmlElement) -> list[str]:
    """The names in a byline's box: of the elements or links that are marked as names, else of the line that gives them.

    A box often tells more below the name, each thing in a line of its own: an office, a date, a word about the author.
    """
    named = list(dict.fromkeys(name for text in _marked_names(element) for name in split_names(text)))
    if named:
        return named[:1] + [name for name in named[1:] if _looks_like_person(name)]
    lines = text_lines(element)
    texts = [f"{line} {after}" if is_label(line) else line for line, after in pairwise([*lines, ""])]
    labelled = [text for text in texts if begins_as_byline(text)]
    return next(filter(None, map(split_names, labelled + texts)), [])


def _marked_names(element: HtmlElement) -> Iterator[str]:
    wanted = marks("byline_name")
    for child in element.iter("a", "span", "strong", "b"):
        is_link = "author" in (child.get("rel") or "") or "/author" in (child.get("href") or "")
        if is_link or not wanted.isdisjoint((child.get("class") or "").lower().split()):
            yield next(filter(split_names, text_lines(child)), "")


def _holds(element: HtmlElement, other: HtmlElement) -> bool:
    return any(parent is element for parent in other.iterancestors()) and bool(split_names(text_content(other)))


def _is_elsewhere(element: HtmlElement) -> bool:
    unwanted = marks("not_byline")
    if is_hidden(element) or not unwanted.isdisjoint(element_parts(element)):
        return True
    boxes = unwanted - {"bio", "card", "image", "archive"}
    return any(
        (parent.tag in {"footer", "nav", "aside"} and not (parent.tag == "footer" and is_within_article(parent)))
        or not boxes.isdisjoint(_without_own_foot(element_parts(parent)))
        for parent in element.iterancestors()
        if parent.tag not in {"body", "html", "main", "article"}
    )


def _without_own_foot(parts: frozenset[str]) -> frozenset[str]:
    """The words of a class or id; the foot of an article (``post-footer``) is no foot of the page."""
    return parts - {"footer"} if parts & {"post", "entry", "article"} else parts


def _completed(byline: Byline, signs: Signs) -> Byline:
    """A byline of one person with those whom the page names beside them.

    Plugins that write metadata know only the account that posted an article; what readers see names all its authors.
    """
    if len(byline.people) != 1:
        return byline
    (known,) = byline.people
    for element in signs.bylines[:_MOST_AUTHORS]:
        shown = text_content(element)
        if len(shown) > 2 * _LONGEST or known.split()[-1] not in shown or _is_elsewhere(element):
            continue
        names = split_names(shown)
        told = [name for name in names if name.endswith(known) or known.endswith(name)]
        if len(told) == 1 and 1 < len(names) <= _MOST_NAMED and all(map(_looks_like_person, names)):
            return replace(byline, people=tuple(names))
    return byline


def _is_of_site(name: str, site_names: set[str]) -> bool:
    """Whether a name is one of the site's, also as its address writes it: "USA Today" and usatoday."""
    key = key_of(name)
    return key in site_names or key.replace(" ", "") in site_names


def _sorted(found: list[tuple[str, Bearer]], site_names: set[str]) -> Byline:
    people: dict[str, str] = {}
    organisations: dict[str, str] = {}
    for text, kind in found[:_MOST_AUTHORS]:
        first, *others = COMMA.split(text)
        name = first if others and all(_is_of_site(other, site_names) for other in others) else text
        # Newsrooms call themselves a person in their metadata, and persons their sites after themselves.
        is_site = key_of(name) in site_names or (_is_of_site(name, site_names) and kind is not Bearer.PERSON)
        kept = organisations if kind is Bearer.ORGANISATION or is_site or is_agency(name) else people
        kept.setdefault(key_of(name), name)
    agencies = tuple(name for name in organisations.values() if not _is_of_site(name, site_names))
    return Byline(tuple(people.values()), tuple(organisations.values()), agencies)
