"""What one page teaches about its site, and how a page is to be read: what passes between a worker and its crawl."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.repeats import Mark
    from pipeline.site_profile import Shown
    from storage.records import Extraction


@dataclass(frozen=True, slots=True)
class Place:
    """An element that held the text: ways to find it, its path from the body, how well it holds text and nothing else.

    ``score`` is the share of the text inside, less a quarter of the share of what is inside and is none; at most 1.
    ``beside`` is the prose in paragraphs outside for each character of text.
    """

    selectors: tuple[str, ...]
    path: str
    score: float
    beside: float


@dataclass(frozen=True, slots=True)
class PathCount:
    """How many characters of lines at one path were text, and how many were not."""

    path: str
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a page shows one thing, or may show it: several of one page stand for one of them.

    ``selectors`` lead to elements that alone give what was found; ``is_found`` is false where the page shows no
    such thing, ``is_near`` where it stood far from the headline. ``forms`` are what stood there, as numbers that only
    tell equal from other; for a headline a second one is the title that the page has beside it.
    """

    what: Shown
    selectors: tuple[str, ...]
    is_found: bool
    is_near: bool
    forms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one page teaches.

    ``places`` and ``paths`` are empty where the page was read through a profile; then ``agreement`` is the share (0 to
    1) of the text on which a full run agreed, if one was made. ``has_misfitted`` says that a profile was known and
    did not fit the page.
    """

    url: str
    title: str
    language: str | None = None
    characters: int = 0
    marks: tuple[Mark, ...] = ()
    places: tuple[Place, ...] = ()
    paths: tuple[PathCount, ...] = ()
    has_misfitted: bool = False
    agreement: float | None = None
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a page is to be read.

    ``in_full`` leaves the places that a profile knows alone; ``teaches`` asks what the page says of its site;
    ``is_audited`` reads it in both ways where a profile fits, to compare them.
    """

    in_full: bool = False
    teaches: bool = False
    is_audited: bool = False


PLAINLY = Manner()


@dataclass(frozen=True, slots=True)
class PageReading:
    """What came of one page; ``is_full`` is false where its text was found through its site's profile."""

    extraction: Extraction
    lesson: Lesson | None = None
    is_full: bool = True
