"""Records of rechecks: what is counted of a source, of an article, and how a source's budget stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.records import Target


@dataclass(frozen=True, slots=True)
class Exposure:
    """Edits seen in hours watched, both summed over articles, in one bin of age."""

    age_bin: int
    edits: float
    hours: float


@dataclass(frozen=True, slots=True)
class EditRecord:
    """An article's own past: edits seen, and how many a usual one would have had meanwhile. Both fade alike."""

    edits: float = 0.0
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class RecheckState:
    """How the rechecks of one source stand.

    Attributes:
        threshold: Expected unseen edits at which an article is due.
        credit: Rechecks left of the budget.
        credited_at: Up to when the budget was credited; None where it never was.
        lied_at: When an edit last stood behind validators that told of none; None where it never did.
    """

    threshold: float | None = None
    credit: float = 0.0
    credited_at: datetime | None = None
    lied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueArticle:
    """A known article that is due for a look.

    ``is_first`` says that it waits for no budget: its feed says that it changed, or its absence is to be confirmed.
    """

    id: int
    section: str
    born_at: datetime
    last_seen_at: datetime | None
    record: EditRecord = field(default_factory=EditRecord)
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class KnownTarget:
    """A known article, and how to ask for it."""

    article_id: int
    last_seen_at: datetime | None
    target: Target
