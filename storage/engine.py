"""Opens a database: SQLite, the embedded default, or PostgreSQL 15 and later through psycopg 3."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from storage.errors import ArchiveError, ArchiveUnavailableError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30
"""How long a writer waits for another one's transaction."""
_CONNECT_SECONDS = 10
_RETRY_SECONDS = 0.02
_dumps = partial(json.dumps, ensure_ascii=False)  # so that Arabic in a JSON column can be read and searched


def database_url(database: str) -> URL:
    """The database that a setting names: a URL, or the path of an SQLite file.

    Raises:
        ArchiveError: it is neither, or a database that Warraq does not know.
    """
    if "://" not in database:
        return URL.create("sqlite", database=database)
    try:
        url = make_url(database)
    except ArgumentError as error:
        raise _unknown(database) from error
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        raise _unknown(url.render_as_string(hide_password=True))
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ArchiveError(
            "an archive needs a database file", remedy="write sqlite:///warraq.db, for example", subject=database
        )
    return url


def _unknown(database: str) -> ArchiveError:
    return ArchiveError(
        f"{database} is not a database that Warraq knows",
        remedy="use sqlite:///warraq.db or postgresql+psycopg://user@host/name",
        subject=database,
    )


def database_name(url: URL) -> str:
    """The database as messages name it: the path of a file, or a URL without its password."""
    return str(url.database) if url.drivername == "sqlite" else url.render_as_string(hide_password=True)


def connect(database: str) -> Engine:
    """An engine for the database; nothing is opened or created yet.

    Raises:
        ArchiveError: the database is of no known kind, or its driver is not installed.
        ArchiveUnavailableError: the directory of an SQLite file is missing.
    """
    url = database_url(database)
    return _sqlite(url) if url.drivername == "sqlite" else _postgresql(url)


def _sqlite(url: URL) -> Engine:
    directory = Path(str(url.database)).absolute().parent
    if not directory.is_dir():
        raise ArchiveUnavailableError(
            f"{url.database}: there is no directory {directory}",
            remedy="create it or correct the path",
            subject=str(url.database),
        )
    engine = create_engine(url, json_serializer=_dumps, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it would do so late, and never IMMEDIATE.
    connection.isolation_level = None
    _switch_to_wal(connection)
    for pragma in (
        # A commit is synced to disk. With NORMAL a power cut could undo commits whose WARC file was already closed
        # as complete, and rows that were reported would be gone. One sync a batch is cheap.
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: Any) -> None:
    """Switches the file to WAL. Where two do so with a new file, SQLite refuses one of them at once and waits for none.

    Raises:
        sqlite3.OperationalError: the file stayed locked for BUSY_SECONDS, or cannot be used.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            sleep(_RETRY_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that became a writer halfway could not wait, and would fail."""
    is_writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _postgresql(url: URL) -> Engine:
    arguments = {
        "application_name": f"warraq {socket.gethostname()} {os.getpid()}",
        "connect_timeout": _CONNECT_SECONDS,
    }
    try:
        # A server that was restarted is noticed when a connection is taken, not in the middle of a batch.
        return create_engine(
            url,
            json_serializer=_dumps,
            pool_pre_ping=True,
            connect_args={name: value for name, value in arguments.items() if name not in url.query},
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ArchiveError(
            "the PostgreSQL driver is not installed",
            remedy="install it with: pip install 'warraq[postgres]'",
            subject=database_name(url),
        ) from error
