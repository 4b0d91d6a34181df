"""What a crawler hands over: visits to article URLs and readings of feeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.records import Outcome, Validators

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.budgets import DayLimits
    from storage.records import BackfillStep, Capture, FeedKind, Listing, SourceRecord, Target


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a visit gave no usable response: ``kind`` is ``FAILED`` or ``REFUSED``, ``reason`` one short sentence."""

    kind: Outcome
    reason: str

    def __post_init__(self) -> None:
        if self.kind not in (Outcome.FAILED, Outcome.REFUSED):
            raise ValueError(f"a failure is failed or refused, not {self.kind}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One attempt to learn the state of one article URL.

    ``captures`` stand in order of exchange, redirect hops first and the final one last; there are none where nothing
    came. ``failure`` is set where the last exchange gave no usable response.
    """

    visit_id: str
    source: SourceRecord
    crawl_id: int | None
    requested_url: str
    visited_at: datetime
    captures: tuple[Capture, ...] = ()
    failure: Failure | None = None
    listing: Listing | None = None

    @property
    def final_url(self) -> str:
        """The URL that gave the last response, or the requested one where nothing came."""
        return self.captures[-1].url if self.captures else self.requested_url


@dataclass(frozen=True, slots=True)
class FeedReading:
    """One reading of one feed.

    Attributes:
        problem: Why it could not be read.
        parent_url: The sitemap index that names it.
        parent_modified_raw: When that index says it changed.
        limits: How many new URLs a day may bring; None for as many as there are.
        step: Where it is a backfill's reading, the page read and those it leads to. It is no feed then.
    """

    source: SourceRecord
    crawl_id: int | None
    url: str
    kind: FeedKind | None
    read_at: datetime
    captures: tuple[Capture, ...] = ()
    listings: tuple[Listing, ...] = ()
    validators: Validators = field(default_factory=Validators)
    not_modified: bool = False
    problem: str | None = None
    parent_url: str | None = None
    parent_modified_raw: str = ""
    limits: DayLimits | None = None
    step: BackfillStep | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What a reading brought.

    Attributes:
        targets: The URLs that are still to be visited.
        new: How many of the listed URLs no feed had listed before.
        left_out: How many of those were not taken, by the limit that left them out.
    """

    targets: tuple[Target, ...] = ()
    new: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
