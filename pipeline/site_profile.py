"""What is known of one site's pages: where the text stands, what inside is furniture, what repeats over its articles.

A profile never changes: what is learned later is another profile with another number, so that the number stored
with an extraction says exactly how the page was read. It is data (JSON in the table ``site_profiles``) that a person
can read; what a person pins or excludes is part of it and comes before everything learned.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Root:
    """One way of finding the element that holds the body: a CSS selector, and on how many pages it was right."""

    selector: str
    votes: int


class Shown(StrEnum):
    """What pages show around their text, each in its own place."""

    HEADLINE = "headline"
    BYLINE = "byline"
    DATE = "date"
    CAPTION = "caption"
    SECTION = "section"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Spots:
    """Where pages show what :class:`Shown` names: selectors, the surest first, and whether all else stood near.

    ``is_near`` says that on the pages learned from byline and date were found in the lines near the headline alone, so
    that only these are searched where a spot gives nothing. ``site_titles`` are what most pages call themselves though
    the headlines they show differ, the site's name: a number each, as in :func:`pipeline.repeats.whole_form`.
    """

    byline: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    is_near: bool = False
    headline: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    site_titles: tuple[int, ...] = ()

    def of(self, what: Shown) -> tuple[str, ...]:
        """The selectors of one thing."""
        found: tuple[str, ...] = getattr(self, what)
        return found


NO_SPOTS = Spots()


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of page of a site.

    ``roots`` are ways of finding the body, the surest first; they must agree. Paths lead from the root to a block by
    tag, id and classes: ``text`` are those of lines that were text, ``mixed`` those of lines that seldom were, and
    what stands under a path of ``furniture`` never was. ``pages`` were learned from; ``least_characters`` is the
    shortest text among them, ``most_beside`` the largest amount of prose outside the root for one character inside.
    ``least_beside`` are the characters of prose outside that no page had less of: the site's own words.
    ``spots`` are where headline, byline, date, captions, section and tags are shown.
    """

    roots: tuple[Root, ...]
    pages: int
    text: frozenset[str]
    mixed: frozenset[str]
    furniture: frozenset[str]
    least_characters: int
    most_beside: float
    spots: Spots = NO_SPOTS
    least_beside: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """A block that repeats over different articles: on how many of those remembered, and its words on one."""

    articles: int
    example: str


@dataclass(frozen=True, slots=True)
class Pins:
    """What a person decided: selectors that hold the body, and selectors of what is never text."""

    roots: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.roots or self.excluded)


NO_PINS = Pins()


@dataclass(frozen=True, slots=True)
class SiteProfile:
    """How the pages of one host of a source are read. ``number`` counts from 1 within the source."""

    number: int
    host: str
    pages: int
    templates: tuple[Template, ...] = ()
    repeats: Mapping[int, Repeat] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    pins: Pins = NO_PINS

    @property
    def reads(self) -> bool:
        """Whether pages can be read through it; without a template it only knows what repeats."""
        return bool(self.templates or self.pins.roots)

    def says_the_same(self, other: SiteProfile) -> bool:
        """Whether two profiles read every page alike, how often it was seen aside."""
        return _rules(self) == _rules(other)


def _rules(profile: SiteProfile) -> tuple[object, ...]:
    roots = tuple(tuple(root.selector for root in template.roots) for template in profile.templates)
    furniture = tuple(template.furniture for template in profile.templates)
    mixed = tuple(template.mixed for template in profile.templates)
    spots = tuple(template.spots for template in profile.templates)
    return profile.pins, roots, furniture, mixed, spots, frozenset(profile.repeats)


def to_json(profile: SiteProfile) -> dict[str, Any]:
    """The profile as JSON; its number and host are columns of their own."""
    return {
        "pages": profile.pages,
        "templates": [
            {
                "roots": [[root.selector, root.votes] for root in template.roots],
                "pages": template.pages,
                "text": sorted(template.text),
                "mixed": sorted(template.mixed),
                "furniture": sorted(template.furniture),
                "least_characters": template.least_characters,
                "most_beside": template.most_beside,
                "spots": asdict(template.spots),
                "least_beside": template.least_beside,
            }
            for template in profile.templates
        ],
        "repeats": [[form, repeat.articles, repeat.example] for form, repeat in sorted(profile.repeats.items())],
        "languages": sorted(profile.languages),
        "pins": {"roots": list(profile.pins.roots), "excluded": list(profile.pins.excluded)},
    }


def from_json(number: int, host: str, held: Mapping[str, Any]) -> SiteProfile:
    """The profile that JSON holds.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return SiteProfile(
        number=number,
        host=host,
        pages=int(held["pages"]),
        templates=tuple(map(_template, held["templates"])),
        repeats={int(form): Repeat(int(articles), str(example)) for form, articles, example in held["repeats"]},
        languages=frozenset(held["languages"]),
        pins=Pins(tuple(held["pins"]["roots"]), tuple(held["pins"]["excluded"])),
    )


def _template(held: Mapping[str, Any]) -> Template:
    return Template(
        roots=tuple(Root(str(selector), int(votes)) for selector, votes in held["roots"]),
        pages=int(held["pages"]),
        text=frozenset(held["text"]),
        mixed=frozenset(held["mixed"]),
        furniture=frozenset(held["furniture"]),
        least_characters=int(held["least_characters"]),
        most_beside=float(held["most_beside"]),
        spots=_spots(held.get("spots", {})),
        least_beside=int(held.get("least_beside", 0)),
    )


def _spots(held: Mapping[str, Any]) -> Spots:
    """The spots of a template; profiles stored before one of these was learned have none of it."""
    selectors = {str(what): tuple(held.get(what, ())) for what in Shown}
    site_titles = tuple(map(int, held.get("site_titles", ())))
    return Spots(is_near=bool(held.get("is_near")), site_titles=site_titles, **selectors)
