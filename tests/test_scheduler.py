from __future__ import annotations

import re
import signal
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crawler.timetable import Every
from scheduler import TimetableTrigger
from storage.archive import Archive
from storage.records import SourceRecord
from tests.cli_process import Program, complaint
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

ARABIC, ENGLISH = "water-pumps-idlib", "ferry-strike-averted"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Daemon:
    """The daemon as a process, and what it has logged so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip())

    def wait_for(self, pattern: str, times: int = 1, seconds: float = 60) -> list[str]:
        """The log lines that match, once there are so many."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [line for line in list(self.lines) if re.search(pattern, line)]
            if len(found) >= times:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in {self.lines}")

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Ends the daemon by a signal; how many seconds it took. It must be at once and in order."""
        started = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(30) == 0, self.lines
        self._reader.join()
        said = [line for line in self.lines if "tree head made" not in line]  # the ledger's last word comes after
        assert said[-1].endswith("daemon stopped")
        return time.monotonic() - started


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as newsroom:
        newsroom.keep_only(ARABIC, ENGLISH)
        yield newsroom


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def configure(program: Program, newsroom: Newsroom, **timetables: str) -> None:
    lines = [
        '[archive]\ndatabase = "sqlite:///warraq.db"\n[crawler]\ndelay = "0s"\ntimeout = "60s"',
        '[guard]\nallow_networks = ["127.0.0.0/8"]\n[workers]\ncount = 1',
    ]
    for key, timetable in timetables.items():
        site = newsroom.site(key)
        lines.append(f'[[sources]]\nkey = "{key}"\nurl = "{site.base_url}/"\nfeeds = ["{site.feed_url}"]\n{timetable}')
    (program.directory / "warraq.toml").write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def running(program: Program) -> Iterator[Daemon]:
    with program.start("run") as process:
        daemon = Daemon(process)
        try:
            daemon.wait_for("daemon started")
            yield daemon
        finally:
            if process.poll() is None:
                process.kill()


def query(program: Program, statement: str) -> list[Any]:
    with closing(sqlite3.connect(program.directory / "warraq.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute(statement).fetchall()


def set_due(program: Program, key: str, due: datetime) -> None:
    archive = Archive.open(f"sqlite:///{program.directory / 'warraq.db'}", program.directory, clock=lambda: NOON)
    with archive.writing() as writer:
        writer.upsert_source(SourceRecord(key, key, "https://naba.example/"))
        writer.set_due(key, due)
    archive.close()


@pytest.mark.parametrize("last", [None, NOON - timedelta(days=30), NOON - timedelta(seconds=1), NOON])
def test_trigger_after_any_missed_time_is_due_once_and_later(last: datetime | None) -> None:
    trigger = TimetableTrigger(Every(timedelta(minutes=15)))
    assert trigger.get_next_fire_time(last, NOON) == NOON + timedelta(minutes=15)


def test_daemon_crawls_by_the_timetable_and_keeps_the_next_run(program: Program, newsroom: Newsroom) -> None:
    configure(program, newsroom, marsad='every = "1s"', courier='every = "1h"')
    with running(program) as daemon:
        daemon.wait_for("crawl finished source=courier.* new=1")
        daemon.wait_for("crawl finished source=marsad", times=3)
        assert daemon.stop() < 10
    (due,) = query(program, "SELECT next_due_at FROM sources WHERE key = 'courier'")[0]
    assert timedelta(minutes=30) < datetime.fromisoformat(due).replace(tzinfo=UTC) - datetime.now(UTC)
    assert query(program, "SELECT count(*) FROM articles") == [(2,)]


def test_daemon_makes_up_for_a_missed_run_and_waits_for_one_to_come(program: Program, newsroom: Newsroom) -> None:
    configure(program, newsroom, marsad='cron = "0 0 1 1 *"', courier='cron = "0 0 1 1 *"')
    set_due(program, "marsad", datetime.now(UTC) - timedelta(days=3))
    set_due(program, "courier", datetime.now(UTC) + timedelta(hours=3))
    with running(program) as daemon:
        daemon.wait_for("crawl finished source=marsad")
        daemon.stop()
    assert newsroom.hits(site="marsad")
    assert not newsroom.hits(site="courier")


@pytest.mark.slow
def test_second_daemon_on_an_archive_is_refused(program: Program, newsroom: Newsroom) -> None:
    configure(program, newsroom, marsad='every = "1h"')
    with running(program) as daemon:
        refusal = complaint(program.apart("run", code=1))
        assert f"process {daemon.process.pid}" in refusal
        daemon.stop()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_daemon_stopped_in_a_crawl_leaves_the_archive_whole(
    program: Program, newsroom: Newsroom, number: signal.Signals
) -> None:
    configure(program, newsroom, marsad='every = "1h"')
    newsroom.hang(newsroom.url(ARABIC), times=1)
    with running(program) as daemon:
        while not newsroom.hits(url=newsroom.url(ARABIC)) and daemon.process.poll() is None:
            time.sleep(0.05)
        assert daemon.stop(number) < 10
    assert query(program, "SELECT count(*), count(settled_at) FROM discoveries") == [(1, 0)]
    assert not list((program.directory / "warc").glob("*.open"))
    with running(program) as daemon:
        daemon.wait_for("crawl finished source=marsad.* new=1")
        daemon.stop()


@pytest.mark.slow
def test_source_that_fails_stops_neither_the_daemon_nor_the_others(program: Program, newsroom: Newsroom) -> None:
    configure(program, newsroom, marsad='every = "1s"', courier='every = "1s"')
    newsroom.fail(newsroom.site("marsad").feed_url, 500)
    with running(program) as daemon:
        daemon.wait_for("crawl problem.*500.* source=marsad", times=2)
        daemon.wait_for("crawl finished source=courier", times=2)
        daemon.stop()


def test_daemon_without_a_source_is_one_line(program: Program, newsroom: Newsroom) -> None:
    configure(program, newsroom)
    assert "names no source" in complaint(program.apart("run", code=1))
