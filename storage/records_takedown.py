"""What storage and pipeline tell each other of takedowns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.records import PayloadDigest, WarcLocation


@dataclass(frozen=True, slots=True)
class Takedown:
    """An article that was taken down; the times say which steps are done (UTC, None for those that are not).

    ``emptied_at`` is when its rows were deleted, ``erased_at`` when its last WARC record was overwritten and
    ``scrubbed_at`` when the database's own files were rewritten.
    """

    article_id: int
    public_id: str
    source_key: str
    reason: str
    asked_by: str
    asked_at: datetime
    emptied_at: datetime | None = None
    erased_at: datetime | None = None
    scrubbed_at: datetime | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be done."""
        return None not in (self.emptied_at, self.erased_at, self.scrubbed_at)


@dataclass(frozen=True, slots=True)
class Grave:
    """A capture whose records are to be overwritten: its row, its record id, and where the records are."""

    capture_id: int
    record_id: str
    location: WarcLocation


@dataclass(frozen=True, slots=True)
class FeedCapture:
    """A stored reading of a feed, which may tell of an article."""

    capture_id: int
    payload_digest: PayloadDigest
    location: WarcLocation


@dataclass(frozen=True, slots=True)
class ArticleWords:
    """What an article says, in the words that must not be found any more.

    ``urls`` are its addresses; ``titles`` every headline of it, those that feeds gave included; ``texts`` every text,
    caption and summary.
    """

    urls: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakedownCounts:
    """How much goes with an article: versions, extractions, captures of its pages, of pictures, and of feeds."""

    versions: int
    extractions: int
    pages: int
    assets: int
    feeds: int
    warc_files: int
