"""How many new URLs a source may bring a day: in all, by one feed, and on one branch of its site. Pure.

An endless sitemap, a page of a hundred thousand links or a copy of the whole site under another path then costs no
more than its share. What is left out is no discovery; a feed that still lists it tomorrow is read in full then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.branches import branch_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.records import Listing


@dataclass(frozen=True, slots=True)
class DayLimits:
    """New URLs a day: of a source, by one of its feeds, and on one branch of its site."""

    source_urls: int = 20_000
    feed_urls: int = 10_000
    branch_urls: int = 5_000


@dataclass(slots=True)
class Allotment:
    """What of a reading may be remembered, and how many were left out by each limit, by the limit's name."""

    granted: list[Listing] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def allot(
    new: Sequence[Listing], feed_url: str, listed_today: Iterable[tuple[str, str | None]], limits: DayLimits
) -> Allotment:
    """Which of a feed's new URLs may be remembered today, in the feed's order.

    Args:
        new: URLs that no feed has listed before.
        feed_url: The feed that lists them now.
        listed_today: The URLs that were first listed today, each with its feed's.
        limits: What a day may bring.
    """
    today = list(listed_today)
    by_feed = sum(1 for _, feed in today if feed == feed_url)
    allotment = Allotment()
    if len(today) + len(new) <= min(limits.source_urls, limits.branch_urls) and by_feed + len(new) <= limits.feed_urls:
        allotment.granted.extend(new)  # the usual day; no branch need be counted
        return allotment
    branches = Counter(branch_of(url) for url, _ in today)
    for listing in new:
        branch = branch_of(listing.url)
        granted = len(allotment.granted)
        if len(today) + granted >= limits.source_urls:
            allotment.left_out["source_urls"] += 1
        elif by_feed + granted >= limits.feed_urls:
            allotment.left_out["feed_urls"] += 1
        elif branches[branch] >= limits.branch_urls:
            allotment.left_out["branch_urls"] += 1
        else:
            branches[branch] += 1
            allotment.granted.append(listing)
    return allotment
