"""The frozen records of our manners: what is owed to a host, and what a robots.txt said. Times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """The connections to one host that one process may have until ``expires_at``.

    ``wanted`` is how many it could use. ``since`` is when it got the first of them, or began to wait for one.
    """

    connections: int
    wanted: int
    expires_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class HostState:
    """What every process shares about one host; ``leases`` by process. The columns of ``hosts`` tell the rest."""

    host: str
    next_allowed_at: datetime | None = None
    delay_seconds: float | None = None
    retry_after_at: datetime | None = None
    crawl_delay_seconds: float | None = None
    strained_at: datetime | None = None
    silences: int = 0
    leases: Mapping[str, Lease] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RobotsText:
    """What one origin's robots.txt said when it could last be read; ``text`` is None where there is none."""

    origin: str
    read_at: datetime
    expires_at: datetime
    text: str | None
