"""The feed's categories for an article whose page names neither section nor tags: the last resort, and marked so."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from pipeline.fold import fold
from pipeline.listed_dates import FROM_FEED
from pipeline.page_signs import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.visits import Visit
    from storage.records import Extraction

_LONGEST_SECTION = 60  # as of a page's own section


def with_listed_topics(extraction: Extraction, visit: Visit) -> Extraction:
    """The extraction, with section or tags of the feed where the page itself gave neither.

    The one category of an entry is its section. Of several none is known to be it, so they are tags.
    """
    if visit.listing is None or extraction.section or extraction.tags or extraction.not_article is not None:
        return extraction
    names = _telling(visit.listing.categories)
    if len(names) == 1 and len(names[0]) <= _LONGEST_SECTION:
        return replace(extraction, section=names[0], topics_from=FROM_FEED)
    if len(names) > 1:
        return replace(extraction, tags=tuple(names), topics_from=FROM_FEED)
    return extraction


def _telling(categories: Sequence[str]) -> list[str]:
    """The categories that say something, each once, in whatever spelling it came first."""
    found = {fold(name): name for name in reversed(categories)}
    return [name for name in categories if found[fold(name)] == name and fold(name) not in _unfiled()]


@cache
def _unfiled() -> frozenset[str]:
    return frozenset(fold(name) for name in words("topics", "unfiled"))
