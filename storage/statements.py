"""What all writing to the database shares: one transaction's connection, upserts for both databases, savepoints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

from storage.faults import translating
from storage.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, CursorResult, Executable, Table

    from storage.records import Clock

_tables = Base.metadata.tables
articles = _tables["articles"]
article_urls = _tables["article_urls"]
captures = _tables["captures"]
crawls = _tables["crawls"]
discoveries = _tables["discoveries"]
extractions = _tables["extractions"]
feeds = _tables["feeds"]
sources = _tables["sources"]
versions = _tables["versions"]
visits = _tables["visits"]


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

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes what is written inside it, and nothing else, where an exception leaves it.

        Raises:
            ArchiveError: the database cannot be used.
        """
        try:
            with translating(self._database), self._connection.begin_nested():
                yield
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        """Lets go of what was learned in this transaction, since a part of it was undone."""

    def _run(self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        with translating(self._database):
            return self._connection.execute(statement, values)

    def _one(self, statement: Executable, **values: Any) -> Any:
        """The first column of the first row, or None."""
        with translating(self._database):
            return self._connection.execute(statement, values).scalar()
