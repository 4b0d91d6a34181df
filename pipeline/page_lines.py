"""The lines that stand on stored pages, whatever is taken for the article there: kept as hashes, for a few hundred."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.page import Refusal, parse_page
from pipeline.page_limits import PageLimits
from pipeline.reading import read_lines
from pipeline.repeats import whole_form
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.page import Page
    from storage.records import WarcLocation

_KEPT = 300
_LIMITS = PageLimits(decoded_bytes=2**20, elements=10_000, depth=500)
"""This is read in the writer's thread: larger pages have no lines here, and nothing is concluded from them."""


@dataclass(slots=True)
class PageLines:
    """Remembers of the pages asked for last what their lines are; for one thread."""

    _kept: OrderedDict[WarcLocation, frozenset[int]] = field(default_factory=OrderedDict)

    def of(
        self, place: WarcLocation, read: Callable[[WarcLocation], Page], form: Callable[[str], str]
    ) -> frozenset[int]:
        """The hashes of a page's lines in a form; none of a page that cannot be read.

        Args:
            place: Where the page is stored.
            read: Gives it back.
            form: In which lines compare, the same at every call.
        """
        if place not in self._kept:
            self._kept[place] = _lines(place, read, form)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[place]


def _lines(place: WarcLocation, read: Callable[[WarcLocation], Page], form: Callable[[str], str]) -> frozenset[int]:
    try:
        tree = parse_page(replace(read(place), limits=_LIMITS))
    except ArchiveError:
        return frozenset()
    return (
        frozenset()
        if isinstance(tree, Refusal)
        else frozenset(whole_form(form(line.text)) for line in read_lines(tree))
    )
