"""What all writing to the database shares: one transaction's connection, upserts for both databases, savepoints."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import ArchiveError
from storage.faults import translated, translating
from storage.models import Base
from storage.prepared import Prepared
from storage.records import WarcLocation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Executable, Table

    from storage.records import Clock

_tables = Base.metadata.tables
articles = _tables["articles"]
article_urls = _tables["article_urls"]
backfill_pages = _tables["backfill_pages"]
backfills = _tables["backfills"]
capture_assets = _tables["capture_assets"]
captures = _tables["captures"]
copies = _tables["copies"]
crawls = _tables["crawls"]
discoveries = _tables["discoveries"]
edit_hazards = _tables["edit_hazards"]
edit_measures = _tables["edit_measures"]
erasures = _tables["erasures"]
extractions = _tables["extractions"]
feeds = _tables["feeds"]
former_ids = _tables["former_ids"]
shingles = _tables["shingles"]
site_profiles = _tables["site_profiles"]
hosts = _tables["hosts"]
ledger = _tables["ledger"]
ledger_nodes = _tables["ledger_nodes"]
ledger_waiting = _tables["ledger_waiting"]
listings = _tables["listings"]
recheck_states = _tables["recheck_states"]
robots_files = _tables["robots_files"]
search_entries = _tables["search_entries"]
sources = _tables["sources"]
takedowns = _tables["takedowns"]
versions = _tables["versions"]
visits = _tables["visits"]

_prepared: defaultdict[str, dict[int, Prepared]] = defaultdict(dict)
"""By database and statement: the statements are constants of the modules that run them."""


PLACE = (captures.c.warc_file, captures.c.warc_offset, captures.c.warc_length, captures.c.refers_to)
"""What :func:`location_of` reads of a capture."""


def location_of(row: Any) -> WarcLocation:
    """Where the records of a row of ``captures`` are."""
    return WarcLocation(row.warc_file, row.warc_offset, row.warc_length, row.refers_to)


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT; both databases take the same clauses."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Transaction:
    """One open transaction; what the parts of the writer are made of."""

    def __init__(self, connection: Connection, database: str, clock: Clock) -> None:
        self._connection = connection
        self._database = database
        self._clock = clock
        self._dialect = connection.dialect.name
        self._cursor = connection.connection.cursor()
        self._prepared = _prepared[self._dialect]
        self._driver_error = connection.dialect.loaded_dbapi.Error

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes what is written inside it, and nothing else, where an exception leaves it.

        Raises:
            ArchiveError: the database cannot be used.
        """
        self._execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._forget()
            # Where the connection is gone there is nothing to go back to; the whole transaction is undone then.
            with suppress(ArchiveError):
                self._execute("ROLLBACK TO SAVEPOINT part")
            raise
        self._execute("RELEASE SAVEPOINT part")

    def _forget(self) -> None:
        """Lets go of what was learned in this transaction, since a part of it was undone."""

    def _run(self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Runs a statement by SQLAlchemy's own way: with many rows of values, or with a list for an IN."""
        with translating(self._database):
            return self._connection.execute(statement, values)

    def _rows(self, statement: Executable, **values: Any) -> list[Any]:
        """What a statement that never changes gives, as named tuples."""
        prepared = self._prepared.get(id(statement))
        if prepared is None:
            prepared = self._prepared[id(statement)] = Prepared(statement, self._connection.dialect, values)
        with self._translating_driver():
            prepared.execute(self._cursor, values)
            return prepared.rows(self._cursor)

    def _execute(self, sql: str) -> None:
        with self._translating_driver():
            self._cursor.execute(sql)

    @contextmanager
    def _translating_driver(self) -> Iterator[None]:
        try:
            yield
        except self._driver_error as error:
            connection = self._connection
            if connection.dialect.is_disconnect(error, connection.connection, self._cursor):
                connection.invalidate(error)
            raise translated(error, self._database) from error

    def _first(self, statement: Executable, **values: Any) -> Any:
        """The first row, or None."""
        rows = self._rows(statement, **values)
        return rows[0] if rows else None

    def _one(self, statement: Executable, **values: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self._rows(statement, **values)
        return rows[0][0] if rows else None
