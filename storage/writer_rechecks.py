"""Writing what rechecks teach: counts of edits by age, and how a source's budget stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.records_rechecks import Exposure, RecheckState
from storage.statements import Transaction, captures, edit_hazards, insert_into, recheck_states

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Insert

_SECTION_LETTERS = 80
_COUNTED = select(edit_hazards).where(edit_hazards.c.source_key == bindparam("key"))
_STATE = select(recheck_states).where(recheck_states.c.source_key == bindparam("key"))
_VALIDATORS = (
    select(captures.c.etag, captures.c.last_modified)
    .where(captures.c.version_id == bindparam("version"), captures.c.status.between(200, 299))
    .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
    .limit(1)
)


@cache
def _count(dialect: str) -> Insert:
    insert = insert_into(dialect, edit_hazards)
    return insert.on_conflict_do_update(
        index_elements=["source_key", "section", "age_bin"],
        set_={
            "edits": edit_hazards.c.edits + insert.excluded.edits,
            "hours": edit_hazards.c.hours + insert.excluded.hours,
        },
    )


@cache
def _save_state(dialect: str) -> Insert:
    insert = insert_into(dialect, recheck_states)
    names = ("threshold", "credit", "credited_at")
    return insert.on_conflict_do_update(
        index_elements=["source_key"], set_={name: insert.excluded[name] for name in names}
    )


@cache
def _save_lie(dialect: str) -> Insert:
    insert = insert_into(dialect, recheck_states)
    return insert.on_conflict_do_update(index_elements=["source_key"], set_={"lied_at": insert.excluded.lied_at})


class RecheckWrites(Transaction):
    """The part of the writer that keeps what rechecks are planned by."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._exposures: defaultdict[tuple[str, str, int], list[float]] = defaultdict(lambda: [0.0, 0.0])

    def _forget(self) -> None:
        super()._forget()
        self._exposures.clear()

    def count_exposures(self, source_key: str, section: str, exposures: Sequence[Exposure]) -> None:
        """Adds to what is counted of a section, at the end of the transaction: one row a bin, however many visits."""
        for each in exposures:
            total = self._exposures[source_key, section[:_SECTION_LETTERS], each.age_bin]
            total[0] += each.edits
            total[1] += each.hours

    def write_exposures(self) -> None:
        """Writes what was counted; called before the commit."""
        # In order, so that two processes that count for one source cannot deadlock.
        for (key, section, age_bin), (edits, hours) in sorted(self._exposures.items()):
            values = {"source_key": key, "section": section, "age_bin": age_bin, "edits": edits, "hours": hours}
            self._rows(_count(self._dialect), **values)
        self._exposures.clear()

    def counted_edits(self, source_key: str) -> dict[str, list[Exposure]]:
        """What earlier transactions counted of a source, by section."""
        counted: dict[str, list[Exposure]] = {}
        for row in self._rows(_COUNTED, key=source_key):
            counted.setdefault(row.section, []).append(Exposure(row.age_bin, row.edits, row.hours))
        return counted

    def recheck_state(self, source_key: str) -> RecheckState:
        """How the source's rechecks stand."""
        row = self._first(_STATE, key=source_key)
        return RecheckState(row.threshold, row.credit, row.credited_at, row.lied_at) if row else RecheckState()

    def save_recheck_state(self, source_key: str, state: RecheckState) -> None:
        """Keeps threshold and budget; when the publisher lied is kept by ``note_lie``."""
        self._rows(_save_state(self._dialect), source_key=source_key, **asdict(state))

    def note_lie(self, source_key: str, at: datetime) -> None:
        """Remembers that an edit stood behind validators that told of none."""
        self._rows(_save_lie(self._dialect), source_key=source_key, credit=0.0, lied_at=at)

    def validators_of(self, version_id: int) -> tuple[str, str]:
        """ETag and Last-Modified of the version's latest page, '' where it had none."""
        row = self._first(_VALIDATORS, version=version_id)
        return (row.etag or "", row.last_modified or "") if row else ("", "")
