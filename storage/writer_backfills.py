"""Writing where a backfill stands: which pages of lists it has read, and which are left."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, delete, func, select, true, update

from storage.records import BackfillPage, BackfillState, Way
from storage.statements import Transaction, backfill_pages, backfills, discoveries, insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Insert

    from storage.records import BackfillStep

_MOST_ATTEMPTS = 5
_SAME = timedelta(days=1)
_BACKFILL = select(backfills.c.since, backfills.c.until, backfills.c.ended_at).where(
    backfills.c.source_key == bindparam("key")
)
_FORGET_PAGES = delete(backfill_pages).where(backfill_pages.c.source_key == bindparam("key"))
_LEFT = (
    select(backfill_pages.c.url, backfill_pages.c.way)
    .where(backfill_pages.c.source_key == bindparam("key"), backfill_pages.c.read_at.is_(None))
    .order_by(backfill_pages.c.attempts, backfill_pages.c.id)
)
_COUNTS = select(func.count(backfill_pages.c.read_at).label("read"), func.count().label("pages")).where(
    backfill_pages.c.source_key == bindparam("key")
)
_THIS_PAGE = (backfill_pages.c.source_key == bindparam("key")) & (backfill_pages.c.url == bindparam("page_url"))
_NOTE_READ = (
    update(backfill_pages)
    .where(_THIS_PAGE)
    .values(read_at=bindparam("at"), listed=backfill_pages.c.listed + bindparam("new"), problem=None)
)
_NOTE_FAILED = (
    update(backfill_pages)
    .where(_THIS_PAGE)
    .values(
        attempts=backfill_pages.c.attempts + 1,
        problem=bindparam("why"),
        read_at=case((backfill_pages.c.attempts + 1 >= _MOST_ATTEMPTS, bindparam("at")), else_=None),
    )
)
_EARLIEST = select(func.min(discoveries.c.listed_published_at), func.min(discoveries.c.listed_modified_at)).where(
    discoveries.c.source_key == bindparam("key"), discoveries.c.from_backfill == true()
)
_END = update(backfills).where(backfills.c.source_key == bindparam("key")).values(ended_at=bindparam("at"))


@cache
def _begin(dialect: str) -> Insert:
    insert = insert_into(dialect, backfills)
    changes = {name: insert.excluded[name] for name in ("since", "until", "begun_at", "ended_at")}
    return insert.on_conflict_do_update(index_elements=["source_key"], set_=changes)


@cache
def _add_page(dialect: str) -> Insert:
    insert = insert_into(dialect, backfill_pages)
    return insert.on_conflict_do_nothing(index_elements=["source_key", "url"])


class BackfillWrites(Transaction):
    """The part of the writer that keeps backfills."""

    def begin_backfill(
        self, source_key: str, since: datetime, until: datetime | None, at: datetime
    ) -> BackfillState | None:
        """Begins a backfill and returns None, or returns the state of the one under way with the same time.

        Args:
            source_key: The source.
            since: From when; what differs by less than a day is the same, since an age is counted from now.
            until: To when; None for now, or for as far as the one under way goes.
            at: The present.
        """
        row = self._first(_BACKFILL, key=source_key)
        if row and row.ended_at is None and abs(row.since - since) < _SAME and until in (None, row.until):
            return self.backfill_state(source_key)
        self._rows(_FORGET_PAGES, key=source_key)
        values = {"source_key": source_key, "since": since, "until": until or at, "begun_at": at, "ended_at": None}
        self._run(_begin(self._dialect), values)
        return None

    def backfill_state(self, source_key: str) -> BackfillState | None:
        """Where the source's backfill stands; None where there never was one."""
        row = self._first(_BACKFILL, key=source_key)
        if row is None:
            return None
        counts = self._run(_COUNTS, {"key": source_key}).one()
        return BackfillState(row.since, row.until, counts.read, counts.pages - counts.read)

    def add_backfill_pages(self, source_key: str, pages: Sequence[BackfillPage], at: datetime) -> None:
        """Adds pages to be read; those that were added before stay as they are, read or not."""
        rows = [{"source_key": source_key, "url": page.url, "way": page.way, "added_at": at} for page in pages]
        if rows:
            self._run(_add_page(self._dialect), rows)

    def backfill_pages_left(self, source_key: str) -> list[BackfillPage]:
        """The pages still to be read, in the order they were added; those that failed come last."""
        return [BackfillPage(row.url, Way(row.way)) for row in self._rows(_LEFT, key=source_key)]

    def earliest_backfilled(self, source_key: str) -> datetime | None:
        """The oldest date that a backfill's page gave for anything so far."""
        dates = self._first(_EARLIEST, key=source_key)
        return min((moment for moment in dates if moment), default=None)

    def note_backfill_step(
        self, source_key: str, step: BackfillStep, at: datetime, *, new: int, problem: str | None
    ) -> None:
        """Notes that a page was read and brought so many new URLs, or why it could not be; and where it leads.

        A page that fails too often is given up.
        """
        if problem is None:
            self._rows(_NOTE_READ, key=source_key, page_url=step.page.url, at=at, new=new)
        else:
            self._rows(_NOTE_FAILED, key=source_key, page_url=step.page.url, at=at, why=problem)
        self.add_backfill_pages(source_key, step.further, at)

    def end_backfill(self, source_key: str, at: datetime) -> None:
        """Notes that nothing is left to be read."""
        self._rows(_END, key=source_key, at=at)
