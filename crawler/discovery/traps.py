"""URLs that no publisher meant: paths that grow by themselves. Calendars and facets are told by their branch's count.

See ``pipeline.budgets`` for what one source, one feed and one branch of a site may bring a day.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.branches import segments_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import Listing

TOO_DEEP = "path_depth"
REPEATED = "repeated_segments"


@dataclass(frozen=True, slots=True)
class PathLimits:
    """How deep a path may be, and how often a name may stand in it; numbers may repeat, as in /2011/11/11/."""

    path_depth: int = 12
    repeated_segments: int = 2

    def fault_of(self, url: str) -> str | None:
        """The limit that the URL is over, by its name; None where it is over none."""
        segments = segments_of(url)
        if len(segments) > self.path_depth:
            return TOO_DEEP
        named = Counter(each for each in segments if not each.isdecimal())
        return REPEATED if any(count > self.repeated_segments for count in named.values()) else None


@dataclass(slots=True)
class Sifted:
    """Listings within the limits, and how many were left out by each limit."""

    kept: list[Listing] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def sift(listings: Iterable[Listing], limits: PathLimits) -> Sifted:
    """The listings less those whose URLs are over a limit."""
    sifted = Sifted()
    for listing in listings:
        fault = limits.fault_of(listing.url)
        if fault:
            sifted.left_out[fault] += 1
        else:
            sifted.kept.append(listing)
    return sifted
