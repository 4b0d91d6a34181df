"""Every way in which an archive cannot be used ends in one sentence with its remedy."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from storage.archive import Archive
from storage.engine import connect, database_url
from storage.errors import (
    ArchiveBusyError,
    ArchiveCorruptError,
    ArchiveError,
    ArchiveTooNewError,
    ArchiveUnavailableError,
)
from storage.faults import unwritable
from storage.lock import daemon_lock
from tests.storage_fixtures import SOURCE, START, Desk, ManualClock

if TYPE_CHECKING:
    from pathlib import Path


def opened(database: str, tmp_path: Path) -> Archive:
    return Archive.open(database, tmp_path / "warc", clock=ManualClock())


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ("sqlite:///a/b.db", "sqlite:///a/b.db"),
        ("a/b.db", "sqlite:///a/b.db"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_database_setting_becomes_its_url(setting: str, url: str) -> None:
    assert database_url(setting).render_as_string(hide_password=False) == url


@pytest.mark.parametrize(
    "setting", ["mysql://h/d", "sqlite://", "sqlite:///:memory:", "http://x", "postgresql+pg8000://h/d"]
)
def test_database_of_another_kind_is_refused(setting: str) -> None:
    with pytest.raises(ArchiveError):
        database_url(setting)


def test_password_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnavailableError) as caught:
        opened("postgresql://root:secret@127.0.0.1:1/test", tmp_path)
    assert "secret" not in str(caught.value)
    assert "cannot be reached" in str(caught.value)


def test_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnavailableError, match="there is no directory"):
        opened(f"sqlite:///{tmp_path}/no/warraq.db", tmp_path)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "warraq.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ArchiveCorruptError, match="not a database"):
        opened(str(tmp_path / "warraq.db"), tmp_path)


def test_damaged_database_is_refused(tmp_path: Path) -> None:
    opened(str(tmp_path / "warraq.db"), tmp_path).close()
    data = bytearray((tmp_path / "warraq.db").read_bytes())
    data[100:3000] = b"\xff" * 2900
    (tmp_path / "warraq.db").write_bytes(data)
    with pytest.raises(ArchiveCorruptError):
        opened(str(tmp_path / "warraq.db"), tmp_path)


def test_directory_in_place_of_a_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnavailableError, match="cannot be opened"):
        opened(str(tmp_path), tmp_path)


def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(ArchiveError, match="is not a Warraq archive"):
        opened(str(tmp_path / "other.db"), tmp_path)


@pytest.mark.parametrize("revision", ["9999", "later"])
def test_database_of_a_later_release_is_refused(archive: Archive, database: str, tmp_path: Path, revision: str) -> None:
    with archive.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    with pytest.raises(ArchiveTooNewError, match="later release"):
        opened(database, tmp_path)


def test_database_error_while_writing_is_ours(archive: Archive) -> None:
    with archive.engine.begin() as connection:
        connection.execute(text("ALTER TABLE discoveries RENAME TO elsewhere"))
    with pytest.raises(ArchiveError), archive.writing() as writer:
        writer.discovery_attempts("any", "http://gazette.example/")


def test_full_disk_while_writing_keeps_what_was_committed(tmp_path: Path) -> None:
    archive = opened(str(tmp_path / "warraq.db"), tmp_path)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)

    def fill() -> None:
        with archive.writing() as writer:
            # SQLite's own limit on the file's size reports what a full disk would.
            writer._connection.exec_driver_sql("PRAGMA max_page_count = 1")
            for _ in range(10_000):
                writer.begin_crawl(SOURCE.key, START)

    with pytest.raises(ArchiveUnavailableError, match="full"):
        fill()
    archive.close()
    again = opened(str(tmp_path / "warraq.db"), tmp_path)
    with again.writing() as writer:
        assert writer.source(SOURCE.key) == SOURCE
    again.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read-only"), (errno.EACCES, "denied"), (errno.EIO, "disk")],
)
def test_file_error_says_what_to_do(code: int, words: str) -> None:
    assert words in str(unwritable(OSError(code, "said"), "/archive"))


def test_second_daemon_is_refused_by_name(desk: Desk, database: str, tmp_path: Path) -> None:
    second = opened(database, tmp_path)
    with daemon_lock(desk.archive), pytest.raises(ArchiveBusyError, match=r"process \d+ on"), daemon_lock(second):
        pass
    with daemon_lock(second):
        pass
    second.close()


_HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.archive import Archive
from storage.lock import daemon_lock
with daemon_lock(Archive.open(sys.argv[1], Path(sys.argv[2]), clock=lambda: datetime.now(UTC))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_lock_ends_with_its_process(archive: Archive, database: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, database, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(ArchiveBusyError, match=f"process {process.pid} on"), daemon_lock(archive):
            pass
        process.kill()
        process.wait()
    # PostgreSQL frees the lock when it notices that its client is gone, a moment later.
    until = time.monotonic() + 10
    while not is_free(archive):
        assert time.monotonic() < until
        time.sleep(0.05)


def is_free(archive: Archive) -> bool:
    try:
        with daemon_lock(archive):
            return True
    except ArchiveBusyError:
        return False


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "words"), [({"database": "no_such"}, "does not exist"), ({"port": 1}, "be reached")]
)
def test_postgres_that_does_not_answer_is_named(
    postgres: str, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    with pytest.raises(ArchiveUnavailableError, match=words):
        opened(make_url(postgres).set(**change).render_as_string(hide_password=False), tmp_path)  # type: ignore[arg-type]  # one field of several types


@pytest.mark.postgres
def test_postgres_that_went_away_between_batches_is_found_again(postgres: str, tmp_path: Path) -> None:
    archive = opened(postgres, tmp_path)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
    hang_up(postgres, archive)
    with archive.writing() as writer:
        assert writer.source(SOURCE.key) == SOURCE
    archive.close()


@pytest.mark.postgres
def test_postgres_that_goes_away_within_a_batch_keeps_nothing_of_it(postgres: str, tmp_path: Path) -> None:
    archive = opened(postgres, tmp_path)

    def interrupted() -> None:
        with archive.writing() as writer:
            writer.upsert_source(SOURCE)
            hang_up(postgres, archive)
            writer.set_due(SOURCE.key, START)

    with pytest.raises(ArchiveUnavailableError):
        interrupted()
    with archive.writing() as writer:
        assert writer.source(SOURCE.key) is None
    archive.close()


def hang_up(postgres: str, archive: Archive) -> None:
    """The server ends the archive's connections, as in a restart."""
    name = text("SELECT pid FROM pg_stat_activity WHERE application_name = current_setting('application_name')")
    with archive.engine.connect() as probe:
        pids = list(probe.execute(name).scalars())
    engine = create_engine(make_url(postgres), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for pid in pids:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})
    engine.dispose()


def test_new_file_that_another_process_writes_to_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE theirs (id)")
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    engine = connect(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    other.close()
