"""One daemon an archive: a lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from storage.errors import ArchiveBusyError
from storage.faults import translating, unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from storage.archive import Archive

_ADVISORY_KEY = 0x77617264  # "ward": the daemon's lock in a PostgreSQL database
_HOLDER = text(
    "SELECT a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :key "
    "AND l.objid = (hashtext(current_schema())::bigint & 4294967295)::oid"
)
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'warraq %' AND application_name <> current_setting('application_name')"
)


@contextmanager
def daemon_lock(archive: Archive) -> Iterator[None]:
    """Held while the daemon serves the archive; a second one is refused.

    Raises:
        ArchiveBusyError: another daemon holds it; the message names its process.
        ArchiveUnavailableError: the lock cannot be taken for another reason.
    """
    if archive.engine.dialect.name == "postgresql":
        with translating(archive.name), _locked_in_database(archive):
            yield
    else:
        with locked_file(Path(archive.name + ".lock"), f"a daemon already serves {archive.name}"):
            yield


@contextmanager
def locked_file(path: Path, busy: str) -> Iterator[None]:
    """Holds the lock on a file, which names its holder.

    Args:
        path: The file; made if there is none, and left there: removing it could take the name from under somebody who
            has just opened it.
        busy: What to say where another process holds it.

    Raises:
        ArchiveBusyError: another process holds it.
        ArchiveUnavailableError: the file cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise unwritable(error, str(path)) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(busy, os.pread(descriptor, 100, 0).decode(errors="replace").strip()) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_written(archive: Archive) -> bool:
    """Whether another process writes the archive, or may: one that has a WARC file open here, or is connected.

    Raises:
        ArchiveError: the database cannot be used.
    """
    if any(_is_locked(path) for path in archive.warc_dir.glob("*.warc.gz.open")):
        return True
    if archive.engine.dialect.name != "postgresql":
        return False
    with archive.reading() as connection:
        return bool(connection.execute(_OTHERS).scalar())


def _is_locked(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def _locked_in_database(archive: Archive) -> Iterator[None]:
    with archive.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = connection.execute(
            text("SELECT pg_try_advisory_lock(:key, hashtext(current_schema()))"), {"key": _ADVISORY_KEY}
        ).scalar()
        if not taken:
            raise _busy(f"a daemon already serves {archive.name}", _holder(connection))
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.execute(
                    text("SELECT pg_advisory_unlock(:key, hashtext(current_schema()))"), {"key": _ADVISORY_KEY}
                )


def _holder(connection: Connection) -> str:
    """The process that holds the lock, from the name under which our connections announce themselves."""
    name = connection.execute(_HOLDER, {"key": _ADVISORY_KEY}).scalar() or ""
    words = name.split()
    return f"process {words[2]} on {words[1]}" if len(words) == 3 else "another process"  # noqa: PLR2004 - see engine


def _busy(problem: str, holder: str) -> ArchiveBusyError:
    return ArchiveBusyError(f"{problem}: {holder or 'another process'}", remedy="wait for it to end, or stop it")
