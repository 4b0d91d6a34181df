"""What ``verify`` finds wrong, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class What(StrEnum):
    """What was done to something that the ledger vouches for, or to the ledger."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was: what it is (``version v…``, ``ledger leaf 7``), and what is wrong with it."""

    what: What
    subject: str
    problem: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A subject whose nonce a takedown has deleted, and when."""

    subject: str
    at: datetime


@dataclass(slots=True)
class Tally:
    """What was looked at. ``restated`` leaves answer to records that were kept when Warraq changed their rows."""

    leaves: int = 0
    waiting: int = 0
    restated: int = 0
    captures: int = 0
    warc_bytes: int = 0
    heads: int = 0
    stamps: int = 0
    unchecked_stamps: int = 0
    withheld: list[Withheld] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
