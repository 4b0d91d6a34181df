"""What a crawler hands over: visits to article URLs and readings of feeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.records import Outcome, Validators

if TYPE_CHECKING:
    from datetime import datetime

    from storage.records import Capture, FeedKind, Listing, SourceRecord


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
    """One reading of one feed; ``problem`` says why it could not be read."""

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
