"""Several processes on one archive and one host: never too close together, never too many at once."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import signal
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from crawler.politeness import Answer, HostHeldError, Hosts
from crawler.shared_hosts import HostsInArchive
from crawler.turns import LEASE, Pace
from storage.archive import Archive
from tests.cli_process import Program
from tests.loopback import Handler, Reply, Site, now, serving
from tests.storage_fixtures import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

# Children are forked, so that they need not import everything again.
_fork = multiprocessing.get_context("fork")


@dataclass
class Watch:
    """When requests came, and how many were under way at once."""

    seconds: float = 0.0
    came_at: list[float] = field(default_factory=list)
    most: int = 0
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, _: Handler) -> Reply:
        with self.lock:
            self.came_at.append(time.monotonic())
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(self.seconds)
        with self.lock:
            self.under_way -= 1
        return Reply(b"<p>page</p>")

    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in itertools.pairwise(sorted(self.came_at))]


@pytest.fixture
def watched() -> Iterator[tuple[Site, Watch]]:
    with serving() as site:
        watch = Watch()
        for number in range(40):
            site.pages[f"/{number}"] = watch.answer
        yield site, watch


@pytest.fixture
def made(database: str, tmp_path: Path) -> tuple[str, Path]:
    """An empty archive of each kind, closed."""
    Archive.open(database, tmp_path / "warc", clock=now).close()
    return database, tmp_path / "warc"


def started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    process = _fork.Process(target=target, args=arguments)
    process.start()
    return process


def ask_all(place: tuple[str, Path], site: str, count: int, pace: Pace) -> None:
    asyncio.run(_ask_all(place, site, count, pace))


async def _ask_all(place: tuple[str, Path], site: str, count: int, pace: Pace) -> None:
    archive = Archive.open(*place, clock=now)
    hosts = Hosts(HostsInArchive(archive))

    async def one(number: int) -> None:
        async with hosts.turn("paper.test", pace):
            await asyncio.to_thread(urllib.request.urlopen, f"{site}/{number}")
            hosts.heed("paper.test", Answer(200), now())

    await asyncio.gather(*(one(number) for number in range(count)))
    await hosts.close()
    archive.close()


@pytest.mark.parametrize("pace", [Pace(0.15, 2), Pace(0.0, 2)], ids=["delay", "none"])
def test_two_processes_keep_the_delay_and_the_connections_of_one(
    made: tuple[str, Path], watched: tuple[Site, Watch], pace: Pace
) -> None:
    site, watch = watched
    watch.seconds = 0.05
    processes = [started(ask_all, made, site.url, 8, pace) for _ in range(2)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(watch.came_at) == 16
    assert watch.most <= pace.connections
    if pace.delay_seconds:
        # The requests are the clients' to send and the server's to notice: some jitter is nobody's fault. Two that knew
        # nothing of each other would come within half the delay of each other's every time.
        assert sum(gap < pace.delay_seconds * 0.5 for gap in watch.gaps()) <= 4
        assert max(watch.came_at) - min(watch.came_at) > 15 * pace.delay_seconds * 0.95


def test_two_processes_share_one_connection_by_turns(made: tuple[str, Path], watched: tuple[Site, Watch]) -> None:
    site, watch = watched
    watch.seconds = 0.02
    processes = [started(ask_all, made, site.url, 5, Pace(0.0, 1)) for _ in range(2)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert (len(watch.came_at), watch.most) == (10, 1)


def hold_on(place: tuple[str, Path]) -> None:
    async def main() -> None:
        archive = Archive.open(*place, clock=now)
        async with Hosts(HostsInArchive(archive)).turn("paper.test", Pace(0.0, 1)):
            await asyncio.sleep(60)

    asyncio.run(main())


@pytest.mark.slow
def test_connection_of_a_killed_process_is_free_when_its_lease_ends(made: tuple[str, Path]) -> None:
    process = started(hold_on, made)
    archive = Archive.open(*made, clock=now)
    while not any(row.connections for row in rows(archive, "SELECT connections FROM hosts")):
        time.sleep(0.05)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()

    async def wait() -> float:
        began = time.monotonic()
        hosts = Hosts(HostsInArchive(archive))
        async with hosts.turn("paper.test", Pace(0.0, 1)):
            waited = time.monotonic() - began
        await hosts.close()
        return waited

    assert 1 < asyncio.run(wait()) < LEASE.total_seconds() + 5
    assert [row.connections for row in rows(archive, "SELECT connections FROM hosts")] == [0]
    archive.close()


def test_hold_and_slowness_are_known_to_the_next_process(made: tuple[str, Path]) -> None:
    archive = Archive.open(*made, clock=now)

    async def told() -> None:
        hosts = Hosts(HostsInArchive(archive))
        async with hosts.turn("paper.test", Pace(0.0, 2)):
            hosts.heed("paper.test", Answer(503, "3600"), now())
        await hosts.close()

    async def heeded() -> None:
        hosts = Hosts(HostsInArchive(archive))
        try:
            async with hosts.turn("paper.test", Pace(0.0, 2)):
                pass
        finally:
            await hosts.close()

    asyncio.run(told())
    with pytest.raises(HostHeldError, match="left alone until"):
        asyncio.run(heeded())
    (row,) = rows(archive, "SELECT delay_seconds, connections FROM hosts")
    assert (row.delay_seconds, row.connections) == (1.0, 0)
    archive.close()


def test_asks_of_a_host_without_delay_are_few(made: tuple[str, Path]) -> None:
    """A table that every request had to pass would be slower than the crawl."""
    archive, asks = Archive.open(*made, clock=now), 0

    class Counting(HostsInArchive):
        async def settle(self, ask):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            nonlocal asks
            asks += 1
            return await super().settle(ask)

    async def main() -> None:
        hosts = Hosts(Counting(archive))

        async def one() -> None:
            async with hosts.turn("paper.test", Pace(0.0, 4)):
                await asyncio.sleep(0)

        await asyncio.gather(*(one() for _ in range(2000)))
        await hosts.close()

    asyncio.run(main())
    archive.close()
    assert asks < 20


_TOML = """
[archive]
database = "{database}"
[crawler]
contact = "test@newsroom.example"
delay = "300ms"
[guard]
allow_networks = ["127.0.0.0/8"]
[workers]
count = 1
"""


@pytest.mark.slow
def test_two_crawls_beside_each_other_are_one_guest(database: str, tmp_path: Path, watched: tuple[Site, Watch]) -> None:
    site, watch = watched
    site.pages["/robots.txt"] = watch.answer
    (tmp_path / "warraq.toml").write_text(_TOML.format(database=database.replace("\\", "/")), encoding="utf-8")
    (tmp_path / "warc").mkdir()
    program = Program(tmp_path)
    program.apart("articles")  # the tables are made by one
    halves = [[f"{site.url}/{number}" for number in range(start, start + 8)] for start in (0, 8)]
    crawls = [program.start("crawl", *half) for half in halves]
    for crawl in crawls:
        _, told = crawl.communicate(timeout=90)
        assert "left alone" not in told
    assert len(watch.came_at) >= 17
    assert watch.most <= 2
    assert sum(gap < 0.15 for gap in watch.gaps()) <= 4
