"""Rewrites the database's own files, so that nothing of deleted rows is left in them.

A database that deletes a row only marks its place as free. SQLite: ``secure_delete`` blanks what is deleted from then
on, 'optimize' merges the full-text index (SQLite 3.40 keeps deleted words in it without), VACUUM writes every page
anew, and the write-ahead log is cut to nothing. PostgreSQL: VACUUM FULL writes the tables anew, ANALYZE their
statistics, which hold samples of values. What lies outside of these files is told in ``docs/takedown.md``.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.errors import ArchiveBusyError
from storage.faults import translated, translating
from storage.lock import daemon_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from storage.archive import Archive

_WRITTEN_BESIDE_A_DAEMON = 1 << 30
"""Bytes of an SQLite file up to which it is written anew while a daemon runs: its writers wait 30 s for that."""
_PATIENCE_SECONDS = 30
_TABLES = (
    *("articles", "capture_assets", "captures", "copies", "discoveries", "edit_measures", "extractions"),
    *("former_ids", "ledger", "search_entries", "shingles", "site_profiles", "versions", "visits"),
)
"""The tables that takedowns delete from or change."""
_HOLDERS = text(
    "SELECT holder FROM ("
    "SELECT 'process ' || pid || ' of the database server (' || coalesce(nullif(application_name, ''), backend_type) "
    "|| ')' AS holder, greatest("
    "age(CASE WHEN datname = current_database() OR datname IS NULL THEN backend_xmin END), age(backend_xid)) AS held "
    "FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    "UNION ALL SELECT 'the prepared transaction ' || gid, age(transaction) FROM pg_prepared_xacts "
    "UNION ALL SELECT 'the replication slot ' || slot_name, age(xmin) FROM pg_replication_slots"
    ") AS holders WHERE held >= age(CAST(:now AS xid)) ORDER BY held DESC LIMIT 1"
)
"""Whoever holds the server's horizon back, the furthest first."""
_LOOK_AGAIN_SECONDS = 0.1
_LOCK_REFUSED = "55P03"
_RIGHT_LACKING = "42501"
_AGAIN = "then run: warraq forget --finish"
_HELD = f"{{}} keeps the server from removing deleted rows: end its transaction, {_AGAIN}"


def scrub(archive: Archive) -> tuple[str, ...]:
    """Rewrites the files; returns what could not be done, each in a sentence that says how to finish. () is done.

    Blocks writers meanwhile, for about ten seconds a gigabyte.

    Raises:
        ArchiveError: the database cannot be used.
    """
    if archive.engine.dialect.name == "sqlite":
        return tuple(_scrub_sqlite(archive))
    with translating(archive.name):
        return tuple(_scrub_postgresql(archive))


def _scrub_sqlite(archive: Archive) -> Iterator[str]:
    with archive.writing() as writer:
        writer.optimize_terms()
    with _sole_or_small(archive) as may_vacuum:
        if not may_vacuum:
            yield f"a daemon writes {archive.name}, which is large: stop it, {_AGAIN}"
            return
        yield from _vacuum_sqlite(archive)


@contextmanager
def _sole_or_small(archive: Archive) -> Iterator[bool]:
    try:
        with daemon_lock(archive):
            yield True
    except ArchiveBusyError:
        yield Path(archive.name).stat().st_size <= _WRITTEN_BESIDE_A_DAEMON


def _vacuum_sqlite(archive: Archive) -> Iterator[str]:
    pooled = archive.engine.raw_connection()
    try:
        connection: Any = pooled.driver_connection
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            yield f"somebody reads {archive.name}, so that {archive.name}-wal could not be cut: end it, {_AGAIN}"
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise translated(error, archive.name) from error
        yield f"another program keeps {archive.name} locked: end it, {_AGAIN}"
    finally:
        pooled.close()


def _scrub_postgresql(archive: Archive) -> Iterator[str]:
    options = {"isolation_level": "AUTOCOMMIT"}
    with archive.engine.connect().execution_options(**options) as connection:
        if (holder := _who_still_sees(connection)) is not None:
            yield _HELD.format(holder)
            return
        connection.execute(text(f"SET lock_timeout = '{_PATIENCE_SECONDS}s'"))
        try:
            for table in _TABLES:
                yield from _vacuum_full(connection, table)
            # ANALYZE has only now replaced the samples: whoever began since the first look may still see the old ones.
            if (holder := _who_still_sees(connection)) is not None:
                yield _HELD.format(holder)
            else:
                yield from _vacuum_full(connection, "pg_catalog.pg_statistic", analyze=False)
        finally:
            connection.execute(text("RESET lock_timeout"))


def _vacuum_full(connection: Connection, table: str, *, analyze: bool = True) -> Iterator[str]:
    try:
        connection.execute(text(f"VACUUM (FULL{', ANALYZE' if analyze else ''}) {table}"))
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == _LOCK_REFUSED:
            yield f"somebody reads the table {table}, so that it could not be rewritten: end it, {_AGAIN}"
        elif state == _RIGHT_LACKING:
            yield f"the table {table} could not be rewritten: let its owner run VACUUM FULL {table}"
        else:
            raise


def _who_still_sees(connection: Connection) -> str | None:
    """Who keeps VACUUM from removing what is deleted by now, after waiting for it; None where nobody does.

    That is a transaction here, a standby that feeds back or a slot that reads from before now; or one that writes in
    any database of the server: VACUUM FULL counts its own snapshot, which goes back to the oldest of those.
    """
    now = connection.execute(text("SELECT CAST(CAST(pg_current_xact_id() AS xid) AS text)")).scalar()
    until = time.monotonic() + _PATIENCE_SECONDS
    while (holder := connection.execute(_HOLDERS, {"now": now}).scalar()) is not None:
        if time.monotonic() >= until:
            return str(holder)
        time.sleep(_LOOK_AGAIN_SECONDS)
    return None
