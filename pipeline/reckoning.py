"""What visits teach about edits, and when each article is looked at next: the effects around the pure rule.

What a source has counted is read once in ten minutes of visits: a few edits more change little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.hazard import Hazard, after_look, fit
from pipeline.rechecks import FIRST_THRESHOLD, Watch, next_check
from storage.records import Outcome
from storage.records_rechecks import EditRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pipeline.decide import Decision
    from pipeline.visits import Visit
    from storage.records import Extraction
    from storage.records_rechecks import Exposure
    from storage.records_stored import StoredArticle
    from storage.writer import Writer

_GOOD_FOR = timedelta(minutes=10)
_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Source:
    read_at: datetime
    threshold: float
    counted: Mapping[str, Sequence[Exposure]]
    hazards: dict[str, Hazard]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """When an article is looked at next, and its record from now on."""

    next_check_at: datetime
    record: EditRecord


class Reckoning:
    """Learns from the visits of one process and plans the next ones."""

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}

    def reckon(
        self,
        writer: Writer,
        visit: Visit,
        told: tuple[StoredArticle, Extraction | None],
        decision: Decision,
        confirm_after: timedelta,
    ) -> Reckoned:
        """Counts what the visit taught, and says when the article is next due.

        Args:
            writer: The visit's transaction.
            visit: The visit.
            told: The article as it was before, and what was read of it, if anything was.
            decision: What the visit came to.
            confirm_after: How long after the first sighting of its absence an article may be called gone.

        Raises:
            ArchiveError: the database cannot be used.
        """
        stored, read = told
        at, record = visit.visited_at, EditRecord(stored.edits_weighed, stored.edits_expected)
        section, born_at = _section(stored, read), _born_at(stored, read, at)
        source = self._source(writer, visit.source.key, at)
        hazard = source.hazards.setdefault(section, fit(source.counted, section))
        if stored.runs and decision.was_seen and not decision.is_elsewhere and at > stored.last_seen_at:
            is_edited = decision.outcome is Outcome.EDITED
            ages = (stored.last_seen_at - born_at) / _HOUR, (at - born_at) / _HOUR
            is_announced = stored.hinted_at is not None
            record, seen = after_look(record, hazard, ages, is_edited=is_edited, is_announced=is_announced)
            writer.count_exposures(visit.source.key, section, seen)
            if is_edited and _is_lie(writer, visit, stored):
                writer.note_lie(visit.source.key, at)
        watch = Watch(hazard, record, born_at, source.threshold)
        return Reckoned(next_check(decision, watch, at=at, confirm_after=confirm_after), record)

    def _source(self, writer: Writer, key: str, at: datetime) -> _Source:
        known = self._sources.get(key)
        if known is None or abs(at - known.read_at) >= _GOOD_FOR:
            threshold = writer.recheck_state(key).threshold or FIRST_THRESHOLD
            known = self._sources[key] = _Source(at, threshold, writer.counted_edits(key), {})
        return known


def _section(stored: StoredArticle, read: Extraction | None) -> str:
    last = stored.runs[-1].section if stored.runs else None
    return (read.section if read and read.section else last) or ""


def _born_at(stored: StoredArticle, read: Extraction | None, at: datetime) -> datetime:
    """When it was published, as far as is known, and at the latest when it was first seen."""
    told = [run.published_at for run in stored.runs[-1:]] + [read.published_at if read else None]
    return min([stored.first_seen_at, at, *(moment for moment in told if moment is not None)])


def _is_lie(writer: Writer, visit: Visit, stored: StoredArticle) -> bool:
    """Whether the text changed behind validators that did not: a conditional request would have had a 304.

    RFC 9110 section 13.1.3: where there is an ETag, it alone decides.
    """
    latest = visit.captures[-1]
    etag, modified = latest.header("ETag"), latest.header("Last-Modified")
    before_etag, before_modified = writer.validators_of(stored.runs[-1].version_id)
    if etag or before_etag:
        return etag == before_etag
    return bool(modified) and modified == before_modified
