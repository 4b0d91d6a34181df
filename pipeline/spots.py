"""Where the pages of a site show headline, byline, date, section and tags: found on pages read in full, read later.

A spot is an element that selectors name and that alone gives what the general search gives. It is an order of search:
what the page states for machines comes first as always, what stands at a spot is read by the very rules that read all
else, and where that gives nothing all else is searched. Where a page says nothing of its headline, section or tags,
what may be such is sighted too (``words`` tell what stood there): that it stands in one place and differs from article
to article then tells (:mod:`pipeline.learning`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipeline.lesson import Sighting
from pipeline.reading import chain
from pipeline.repeats import whole_form
from pipeline.selectors import find_first, own_selectors, path_selector
from pipeline.site_profile import NO_SPOTS
from pipeline.surroundings import lines_near, lines_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.html import HtmlElement

    from pipeline.site_profile import Shown, Spots
    from pipeline.surroundings import Line

_CLIMBED = 3
"""A line's own element often has no name where the box around it has."""
_LONGEST = 400
"""Characters of the largest box that still is about byline and date alone."""
_MOST_SELECTORS = 8
_length: Any = etree.XPath("string-length()")


@dataclass(frozen=True, slots=True)
class Sought:
    """One thing that was searched for on a page: where it was found, and whether near the headline.

    ``element`` is None where nothing was found; ``gives`` tells whether another element leads to the same. ``words``
    are what stands there.
    """

    what: Shown
    element: HtmlElement | None
    gives: Callable[[HtmlElement], bool]
    is_near: bool = True
    words: tuple[str, ...] = ()


class Surroundings:
    """The lines of a page that are searched: those at a spot, and those around the headline, each read once."""

    def __init__(self, tree: HtmlElement, headline: HtmlElement | None, spots: Spots = NO_SPOTS) -> None:
        self._tree = tree
        self._headline = headline
        self._spots = spots
        self._lines: list[Line] | None = None

    @property
    def near_blocks(self) -> frozenset[HtmlElement]:
        """The blocks of the lines near the headline, where those around it were read."""
        return frozenset(line.block for line in self._lines or () if line.is_near)

    def spot(self, what: Shown) -> HtmlElement | None:
        """The element where the site shows a thing; None where nobody knows, or the page has no such element."""
        return find_spot(self._tree, self._spots.of(what))

    def at_spot(self, what: Shown) -> list[Line]:
        """The lines where the site shows a thing; none where it has no spot."""
        spot = self.spot(what)
        return self.lines_at(spot) if spot is not None else []

    def lines_at(self, spot: HtmlElement) -> list[Line]:
        """The lines of a spot, and of short elements right before and behind it, where the date of a change stands."""
        about = set(chain(self._headline)) if self._headline is not None else set()
        beside = [
            element
            for element in (spot.getprevious(), spot, spot.getnext())
            if element is not None and element not in about and (element is spot or _length(element) <= _LONGEST)
        ]
        return [line for element in beside for line in lines_within(element)]

    def lines(self) -> list[Line]:
        """The lines around the headline, the near ones first."""
        if self._lines is None:
            self._lines = lines_near(self._tree, self._headline, only_near=self._spots.is_near)
        return self._lines


def find_spot(tree: HtmlElement, selectors: Iterable[str]) -> HtmlElement | None:
    """The first element that any of the selectors names, in their order."""
    return next((found for selector in selectors if (found := find_first(tree, selector)) is not None), None)


def sight(tree: HtmlElement, sought: Sought) -> Sighting:
    """What a page teaches of a spot. The tree must be as it was searched."""
    selectors = tuple(islice(_leading_to(tree, sought), _MOST_SELECTORS)) if sought.element is not None else ()
    forms = tuple(map(whole_form, sought.words))
    return Sighting(sought.what, selectors, sought.element is not None, sought.is_near, forms)


def _leading_to(tree: HtmlElement, sought: Sought) -> Iterator[str]:
    step = sought.element
    for _ in range(_CLIMBED):
        if step is None or step.tag in {"body", "html"} or _length(step) > _LONGEST:
            return
        path = path_selector(step)
        names = [*own_selectors(step), *([path] if path else [])]
        found = [name for name in names if find_first(tree, name) is step]
        if found and sought.gives(step):
            yield from found
        step = step.getparent()
