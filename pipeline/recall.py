"""How many articles a source published, estimated from how the ways of finding them overlap. Pure.

Capture-recapture: each way of finding is an occasion on which an article is caught or not. What is assumed, and what
follows where it does not hold, stands in ``docs/recall.md``. With two ways the estimate is Chapman's (1951), with an
interval that is log-normal in the number of articles missed (Chao 1987, Biometrics 43); with more it is the maximum
likelihood under independence of the ways (Darroch 1958, Biometrika 45), which is the log-linear model without
interactions, with an interval by profile likelihood (Cormack 1992, Biometrics 48).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import ceil, exp, floor, lgamma, log, sqrt
from typing import TYPE_CHECKING

from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_QUANTILE = 1.959964
"""Of the normal distribution, for intervals of 95 %."""
_HALF_DROP = 1.920729
"""Half the 95 % quantile of chi-square with one degree of freedom."""
FEWEST_SHARED = 7
"""Articles that two ways must share for an estimate nearly free of bias (Robson and Regier 1964, in Seber 1982)."""
_MOST = 1e9


class Way(StrEnum):
    """A way of finding that does not depend on the others.

    Feeds and the WordPress interface list one table of one publishing system in one order: what one misses the other
    misses. Sitemaps are written by another part of it, front pages by editors.
    """

    FEED = "feed"
    SITEMAP = "sitemap"
    FRONT_PAGE = "front page"


_WAYS = {
    FeedKind.RSS: Way.FEED,
    FeedKind.ATOM: Way.FEED,
    FeedKind.JSON: Way.FEED,
    FeedKind.WORDPRESS: Way.FEED,
    FeedKind.SITEMAP: Way.SITEMAP,
    FeedKind.NEWS_SITEMAP: Way.SITEMAP,
    FeedKind.FRONT_PAGE: Way.FRONT_PAGE,
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many articles there are, with an interval of 95 %; the bounds are whole articles, ``low`` those found."""

    articles: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Recall:
    """How complete the archive of a source is.

    Attributes:
        found: Articles that at least one way listed.
        by_way: How many articles each way listed.
        only_by: How many only that way listed.
        estimate: How many there are; None where there is nothing to estimate it from.
        note: Why there is no estimate, or why it is to be read with care; else empty.
    """

    found: int
    by_way: dict[Way, int]
    only_by: dict[Way, int]
    estimate: Estimate | None = None
    note: str = ""

    @property
    def share(self) -> float | None:
        """The share of the articles that was found, from 0 to 1."""
        if self.estimate is None:
            return None
        return self.found / self.estimate.articles if self.estimate.articles else 1.0


def ways_of(kinds: Iterable[FeedKind]) -> frozenset[Way]:
    """The independent ways behind some kinds of feeds."""
    return frozenset(_WAYS[kind] for kind in kinds)


def estimate_recall(histories: Mapping[frozenset[Way], int]) -> Recall:
    """The recall of a source.

    Args:
        histories: How many articles were listed by exactly these ways.
    """
    counted = {ways: count for ways, count in histories.items() if ways and count}
    found = sum(counted.values())
    by_way = {way: sum(count for ways, count in counted.items() if way in ways) for way in Way}
    by_way = {way: count for way, count in by_way.items() if count}
    only_by = {way: counted.get(frozenset({way}), 0) for way in by_way}
    if len(by_way) < 2:  # noqa: PLR2004 - nothing overlaps with itself
        note = "only one independent way lists its articles" if by_way else "no way listed an article"
        return Recall(found, by_way, only_by, None, note)
    shared = min(_shared(counted, pair) for pair in combinations(by_way, 2))
    note = f"two ways share only {shared} articles: a rough guess" if shared < FEWEST_SHARED else ""
    if sum(count for ways, count in counted.items() if len(ways) > 1) == 0:
        return Recall(found, by_way, only_by, None, "no two ways list the same article")
    return Recall(found, by_way, only_by, estimate(found, tuple(by_way.values())), note)


def _shared(counted: Mapping[frozenset[Way], int], pair: tuple[Way, Way]) -> int:
    return sum(count for ways, count in counted.items() if ways.issuperset(pair))


def estimate(found: int, caught: tuple[int, ...]) -> Estimate:
    """How many there are where ``found`` different ones were caught, so many on each of two or more occasions."""
    if len(caught) == 2:  # noqa: PLR2004 - the case that Chapman's estimator is for
        return _chapman(found, *caught)
    articles = _most_likely(found, caught)
    return Estimate(articles, found, _highest(found, caught, articles))


def _chapman(found: int, first: int, second: int) -> Estimate:
    both = first + second - found
    articles = (first + 1) * (second + 1) / (both + 1) - 1
    missed = articles - found
    if missed <= 0:
        # No article escaped one way that the other caught: the variance is nought, the likelihood is not.
        return Estimate(articles, found, _highest(found, (first, second), float(found)))
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    factor = exp(_QUANTILE * sqrt(log(1 + variance / missed**2)))
    return Estimate(articles, found + floor(missed / factor), found + ceil(missed * factor))


def _most_likely(found: int, caught: tuple[int, ...]) -> float:
    """The root of 1 - found/N = Π (1 - caught/N), by halving: the left side grows faster above it."""

    def excess(articles: float) -> float:
        missed = 1.0
        for count in caught:
            missed *= 1 - count / articles
        return 1 - found / articles - missed

    low = float(found)
    return low if excess(low) >= 0 else _crossing(excess, low)


def _highest(found: int, caught: tuple[int, ...], articles: float) -> int:
    """The largest number that the likelihood does not rule out."""
    best = _likelihood(found, caught, articles)
    return ceil(_crossing(lambda number: best - _HALF_DROP - _likelihood(found, caught, number), articles))


def _likelihood(found: int, caught: tuple[int, ...], articles: float) -> float:
    """The log-likelihood of a number of articles, each occasion's chance being what it would be then."""
    value = lgamma(articles + 1) - lgamma(articles - found + 1)
    for count in caught:
        value += count * log(count / articles) if count else 0.0
        value += (articles - count) * log(1 - count / articles) if articles > count else 0.0
    return value


def _crossing(function: Callable[[float], float], low: float) -> float:
    """Where a function that is negative at ``low`` comes to be positive above it, to a hundredth."""
    high = low + 1
    while function(high) < 0 and high < _MOST:
        high = low + 2 * (high - low)
    while high - low > 0.01:  # noqa: PLR2004 - a hundredth of an article
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return high
