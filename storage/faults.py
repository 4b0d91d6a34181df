"""Foreign errors into ours: what a database or a disk reports becomes one sentence with its remedy.

SQLite's result codes are those of https://sqlite.org/rescode.html, PostgreSQL's SQLSTATEs those of its appendix A.
"""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.errors import (
    ArchiveConflictError,
    ArchiveCorruptError,
    ArchiveError,
    ArchiveUnavailableError,
    RecordRefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_DISK_FULL = "free some space, then run again: nothing that was reported is lost"
_RESTORE = "restore it from a backup, or rebuild it from the WARC files"
_SQLITE_FAULTS: dict[int, tuple[type[ArchiveError], str, str]] = {
    sqlite3.SQLITE_CORRUPT: (ArchiveCorruptError, "the database file is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: (ArchiveCorruptError, "the file is not a database", _RESTORE),
    sqlite3.SQLITE_FULL: (ArchiveUnavailableError, "the disk that holds the database is full", _DISK_FULL),
    sqlite3.SQLITE_READONLY: (
        ArchiveUnavailableError,
        "the database cannot be written",
        "give this user the right to write the file and its directory",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        ArchiveUnavailableError,
        "the database cannot be opened",
        "check that its directory exists and that this user may write it",
    ),
    sqlite3.SQLITE_PERM: (ArchiveUnavailableError, "the database cannot be opened", "check the rights on the file"),
    sqlite3.SQLITE_IOERR: (ArchiveUnavailableError, "the disk that holds the database fails", "check the disk"),
    sqlite3.SQLITE_BUSY: (
        ArchiveUnavailableError,
        "another program has kept the database locked for more than 30 s",
        "end that program, then run again",
    ),
}
_SQLSTATE_FAULTS: tuple[tuple[str, type[ArchiveError], str, str], ...] = (
    ("40", ArchiveConflictError, "another process wrote the same rows", "run again"),
    ("55P03", ArchiveConflictError, "another process keeps the rows locked", "run again"),
    ("28", ArchiveUnavailableError, "the database server refused the login", "check user and password in the URL"),
    ("3D000", ArchiveUnavailableError, "there is no such database on the server", "create it with createdb"),
    ("3F000", ArchiveUnavailableError, "there is no such schema in the database", "create it or check search_path"),
    ("42501", ArchiveUnavailableError, "the database user lacks a right", "grant it, or use the owner of the tables"),
    ("25006", ArchiveUnavailableError, "the database is read-only", "connect to the primary server"),
    ("53100", ArchiveUnavailableError, "the disk of the database server is full", _DISK_FULL),
    ("53", ArchiveUnavailableError, "the database server is out of resources", "wait or raise its limits"),
    ("XX", ArchiveCorruptError, "the database server reports damaged data", "restore it from a backup"),
)
_REFUSALS = ("22", "23", "54")
"""SQLSTATE classes that speak of one row: data exception, constraint violation, program limit (an index entry)."""


@contextmanager
def translating(database: str) -> Iterator[None]:
    """Raises ours for whatever SQLAlchemy raises inside; ``database`` names the culprit.

    Raises:
        ArchiveError: the database cannot be used.
        RecordRefusedError: the database took no offence but at one row.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise translated(error, database) from error


def translated(error: Exception, database: str) -> ArchiveError | RecordRefusedError:
    """Our error for one of SQLAlchemy's, or of the driver below it."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _from_sqlite(original, database)
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate is None:
        return _unreachable(original, database)
    if sqlstate.startswith(_REFUSALS):
        return RecordRefusedError(f"the database refused a row: {_first_line(original)}", subject=database)
    for prefix, kind, problem, remedy in _SQLSTATE_FAULTS:
        if sqlstate.startswith(prefix):
            return kind(f"{database}: {problem}", remedy=remedy, subject=database)
    return _unreachable(original, database)


def _from_sqlite(error: sqlite3.Error, database: str) -> ArchiveError | RecordRefusedError:
    if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
        return RecordRefusedError(f"the database refused a row: {error}", subject=database)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary result code
    fault = _SQLITE_FAULTS.get(code)
    if fault is None:
        return ArchiveError(f"{database}: {_first_line(error)}", subject=database)
    kind, problem, remedy = fault
    return kind(f"{database}: {problem}", remedy=remedy, subject=database)


def _unreachable(error: BaseException | None, database: str) -> ArchiveError:
    """Psycopg gives no SQLSTATE where the connection itself failed, but its message may hold the server's answer."""
    said = str(error)
    for words, remedy in (
        ("does not exist", "create the database, for example with createdb"),
        ("password", "check user and password in the URL"),
        ("authentication", "check user and password in the URL"),
    ):
        if words in said:
            return ArchiveUnavailableError(f"{database}: {_last_words(said)}", remedy=remedy, subject=database)
    return ArchiveUnavailableError(
        f"{database}: the database server cannot be reached ({_last_words(said)})",
        remedy="check that it runs and that host and port in the URL are right",
        subject=database,
    )


def _first_line(error: BaseException | None) -> str:
    return str(error).partition("\n")[0]


def _last_words(said: str) -> str:
    """The end of libpq's message, which names the cause after host and port."""
    line = said.strip().partition("\n")[0]
    return line.rpartition("failed: ")[2].removeprefix("FATAL:  ").removeprefix("ERROR:  ").strip() or "no answer"


def unwritable(error: OSError, path: str) -> ArchiveUnavailableError:
    """Our error for a file or directory of the archive that the system will not let us use."""
    problem, remedy = {
        errno.ENOSPC: ("the disk is full", _DISK_FULL),
        errno.EDQUOT: ("the quota is used up", _DISK_FULL),
        errno.EROFS: ("the disk is read-only", "mount it for writing or choose another directory"),
        errno.EACCES: ("access is denied", "give this user the right to write there"),
        errno.EPERM: ("access is denied", "give this user the right to write there"),
        errno.ENOENT: ("there is no such directory", "create it or correct the path"),
        errno.ENOTDIR: ("a part of the path is not a directory", "correct the path"),
    }.get(error.errno or 0, (error.strerror or str(error), "check the disk"))
    return ArchiveUnavailableError(f"{path}: {problem}", remedy=remedy, subject=path)
