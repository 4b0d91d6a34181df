"""How likely an article is to be edited, by its age, its source and section, and its own past. Pure.

The hazard of an edit (edits an hour) is a step function of age. It is counted per source and section as edits seen by
hours watched between two visits, and drawn to what is known of publishers at large as long as little was counted. An
article's own past multiplies it: one that was edited is likely to be again (a gamma-distributed frailty, J. Vaupel et
al., Demography 16, 1979). Between two visits only that something changed is seen, not how often: an edit counts for
as many as are expected where there was one at least (one step of expectation-maximisation for censored counts).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from storage.records_rechecks import EditRecord, Exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

AGE_BINS = (0.0, 1.0, 3.0, 12.0, 48.0, 168.0, 720.0)
"""Where each bin of age begins, in hours: the last one never ends."""
PRIOR_RATES = (0.15, 0.06, 0.02, 0.004, 1e-3, 2e-4, 3e-5)
"""Edits an hour before anything was counted: 0.8 in a month. With ``_SHAPE`` four articles in ten change at all in it;
publishers were measured at 20 to 60 in a hundred."""
_SHAPE = 0.4
_MEMORY = 6.0
_LEVEL_WEIGHT = 3.0
_BIN_WEIGHT = 4.0
_SECTION_WEIGHT = 8.0
_LEAST_SHARE = 0.05
_NONE = 1e-9


@dataclass(frozen=True, slots=True)
class Hazard:
    """Edits an hour in each bin of age, for a usual article."""

    rates: tuple[float, ...] = PRIOR_RATES

    def expected(self, begin_hours: float, end_hours: float) -> float:
        """How many edits a usual article has between two ages."""
        return sum(self.rates[age_bin] * hours for age_bin, hours in hours_by_bin(begin_hours, end_hours))

    def hours_until(self, edits: float, begin_hours: float) -> float:
        """How long it takes from an age on until so many edits are expected; infinite where that never comes."""
        left, age = edits, max(begin_hours, 0.0)
        for age_bin in range(_bin_of(age), len(AGE_BINS)):
            end = AGE_BINS[age_bin + 1] if age_bin + 1 < len(AGE_BINS) else math.inf
            rate = self.rates[age_bin]
            if rate > 0 and left <= rate * (end - age):
                return age + left / rate - begin_hours
            left -= rate * (end - age)
            age = end
        return math.inf


def hours_by_bin(begin_hours: float, end_hours: float) -> Iterator[tuple[int, float]]:
    """The bins that a span of ages reaches into, and the hours in each."""
    begin, end = max(begin_hours, 0.0), max(end_hours, 0.0)
    if end <= begin:
        return
    first = _bin_of(begin)
    edges = [begin, *(edge for edge in AGE_BINS[first + 1 :] if edge < end), end]
    for place, (low, high) in enumerate(pairwise(edges)):
        yield first + place, high - low


def _bin_of(age_hours: float) -> int:
    return max(0, bisect_right(AGE_BINS, age_hours) - 1)


def multiplier(record: EditRecord) -> float:
    """How many times as often as a usual one this article is edited: its own past, drawn to 1."""
    return (_SHAPE + record.edits) / (_SHAPE + record.expected)


def after_look(
    record: EditRecord, hazard: Hazard, ages: tuple[float, float], *, is_edited: bool, is_announced: bool = False
) -> tuple[EditRecord, tuple[Exposure, ...]]:
    """What a look teaches: the article's record from now on, and what its source is to count.

    Args:
        record: The article's record before.
        hazard: That of its source and section.
        ages: Its age in hours at the look before and at this one.
        is_edited: Whether this look found an edit.
        is_announced: Whether its feed had told of it. Such edits are found without any plan, so that the source's
            hazard is of the others alone; the time was watched all the same.
    """
    usual = hazard.expected(*ages)
    own = usual * multiplier(record)
    # Where something changed, own / (1 - exp(-own)) edits are expected to have been made: one at least.
    edits = (own / -math.expm1(-own) if own > _NONE else 1.0) if is_edited else 0.0
    counted = 0.0 if is_announced else edits
    fading = math.exp(-own / _MEMORY)
    learned = EditRecord(record.edits * fading + edits, record.expected * fading + usual)
    spans = tuple(hours_by_bin(*ages))
    exposures = tuple(
        Exposure(age_bin, counted * hazard.rates[age_bin] * hours / usual if usual > 0 else 0.0, hours)
        for age_bin, hours in spans
    )
    return learned, exposures


def fit(counted: Mapping[str, Sequence[Exposure]], section: str) -> Hazard:
    """The hazard of a section, from what its source counted by section.

    Three steps, each drawn to the one before by a few imagined edits: how much the publisher edits at all, when in an
    article's life, and how the section differs.
    """
    everything = _totals(exposure for exposures in counted.values() for exposure in exposures)
    usual = _drawn(_levelled(PRIOR_RATES, everything, _LEVEL_WEIGHT), everything)
    return Hazard(_levelled(usual, _totals(counted.get(section, ())), _SECTION_WEIGHT))


def _levelled(rates: Sequence[float], totals: Sequence[tuple[float, float]], weight: float) -> tuple[float, ...]:
    """The rates times the one factor that fits the counts."""
    edits = sum(found for found, _ in totals)
    expected = sum(rate * hours for rate, (_, hours) in zip(rates, totals, strict=True))
    return tuple(rate * max((weight + edits) / (weight + expected), _LEAST_SHARE) for rate in rates)


def _drawn(rates: Sequence[float], totals: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(
        max(rate * (_BIN_WEIGHT + edits) / (_BIN_WEIGHT + rate * hours), rate * _LEAST_SHARE)
        for rate, (edits, hours) in zip(rates, totals, strict=True)
    )


def _totals(exposures: Iterable[Exposure]) -> list[tuple[float, float]]:
    totals = [(0.0, 0.0)] * len(AGE_BINS)
    for exposure in exposures:
        edits, hours = totals[exposure.age_bin]
        totals[exposure.age_bin] = edits + exposure.edits, hours + exposure.hours
    return totals
