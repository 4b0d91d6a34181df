"""Extraction in worker processes: a page that hangs or kills its worker costs that page only."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.page import Page
from pipeline.workers import ExtractionFailure, ExtractionPool
from storage.records import Extraction
from tests.cli_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTENCE = "The council voted on Tuesday to close the old bridge until spring, after engineers found cracks in it. "


def page(paragraphs: int = 6, name: str = "a") -> Page:
    body = "".join(f"<p>{SENTENCE} Paragraph {n} of {name}.</p>" for n in range(paragraphs))
    head = f"<head><title>Bridge {name}</title></head>"
    html = f"<html>{head}<body><article><h1>Bridge</h1>{body}</article></body></html>"
    return Page(
        url=f"http://news.example.org/{name}",
        body=html.encode(),
        content_type="text/html; charset=utf-8",
        content_encoding=None,
        seen_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def slow_page() -> Page:
    """A page that its parser needs minutes for: it compares every attribute of an element with all others."""
    attributes = " ".join(f"x{n:x}" for n in range(200_000))
    return replace(page(), body=f"<html><body><div {attributes}>words</div></body></html>".encode())


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    workers = ExtractionPool(1, page_timeout_seconds=2, memory_bytes=2 << 30)
    yield workers
    workers.close()


def processes_below(parent: int) -> list[int]:
    """The processes that this one started, and those that they did, by /proc."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            if entry.name.isdigit() and int(fields_of(int(entry.name))[1]) == parent:
                found += [int(entry.name), *processes_below(int(entry.name))]
    return found


def fields_of(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def ticks(process: int) -> int:
    """The CPU time that a process has taken, in hundredths of a second."""
    fields = fields_of(process)
    return int(fields[11]) + int(fields[12])


def await_busy(below: list[int]) -> int:
    """Which of these processes is the first to be busy."""
    began = {process: ticks(process) for process in below}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for process, before in began.items():
            if ticks(process) >= before + 30:
                return process
        time.sleep(0.05)
    raise AssertionError("no worker is busy")


def test_extract_page_gives_its_text(pool: ExtractionPool) -> None:
    extraction = asyncio.run(pool.extract(page()))
    assert isinstance(extraction, Extraction)
    assert extraction.text.count("The council voted") == 6


def test_extract_page_that_hangs_costs_that_page_only(pool: ExtractionPool) -> None:
    async def both() -> list[Extraction | ExtractionFailure]:
        return [await pool.extract(slow_page()), await pool.extract(page(name="next"))]

    slow, following = asyncio.run(both())
    assert slow == ExtractionFailure("extraction took more than 2 s")
    assert isinstance(following, Extraction)


def test_extract_worker_killed_costs_that_page_only() -> None:
    pool = ExtractionPool(1, page_timeout_seconds=30, memory_bytes=2 << 30)  # the kill comes first, however busy it is

    async def both() -> list[Extraction | ExtractionFailure]:
        await pool.extract(page())
        doomed = asyncio.create_task(pool.extract(slow_page()))
        os.kill(await asyncio.to_thread(await_busy, processes_below(os.getpid())), signal.SIGKILL)
        return [await doomed, await pool.extract(page(name="next"))]

    try:
        killed, following = asyncio.run(both())
    finally:
        pool.close()
    assert killed == ExtractionFailure("the page ended its extraction worker")
    assert isinstance(following, Extraction)


def test_extract_worker_killed_between_two_pages_takes_the_others_of_its_pool_along() -> None:
    before = set(processes_below(os.getpid()))
    pool = ExtractionPool(2, page_timeout_seconds=30, memory_bytes=2 << 30)
    try:
        assert isinstance(asyncio.run(pool.extract(page())), Extraction)
        workers = [each for each in processes_below(os.getpid()) if each not in before and is_worker(each)]
        os.kill(workers[0], signal.SIGKILL)
        while pool._pool.active:
            time.sleep(0.05)
        assert isinstance(asyncio.run(pool.extract(page(name="next"))), Extraction)
        assert not set(workers) & set(processes_below(os.getpid()))
    finally:
        pool.close()


def test_read_page_that_hangs_in_a_batch_costs_that_page_only() -> None:
    pool = ExtractionPool(1, page_timeout_seconds=2, memory_bytes=2 << 30)
    try:
        before, during = asyncio.run(read_among(pool, slow_page()))
    finally:
        pool.close()
    assert before == ["Extraction"] * 8
    assert during == ["ExtractionFailure", *["Extraction"] * 8]


def test_read_page_that_nobody_waits_for_any_more_leaves_its_worker_to_others() -> None:
    pool = ExtractionPool(1, page_timeout_seconds=300, memory_bytes=2 << 30)

    async def give_up_and_read_on() -> Extraction | ExtractionFailure:
        await pool.extract(page())
        given_up = [asyncio.create_task(pool.extract(slow_page(), f"{n}")) for n in range(4)]
        await asyncio.to_thread(await_busy, processes_below(os.getpid()))
        for task in given_up:
            task.cancel()
        async with asyncio.timeout(30):
            return await pool.extract(page(name="next"))

    try:
        assert isinstance(asyncio.run(give_up_and_read_on()), Extraction)
    finally:
        pool.close()


def test_read_pages_whose_loop_ends_before_they_begin_leave_their_places(pool: ExtractionPool) -> None:
    async def begin_and_end() -> None:
        pages = [asyncio.create_task(pool.extract(page(name=f"{n}"), f"{n}")) for n in range(4)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in pages)

    async def read_on() -> Extraction | ExtractionFailure:
        async with asyncio.timeout(60):
            return await pool.extract(page(name="next"))

    for _ in range(2):
        asyncio.run(begin_and_end())
    assert isinstance(asyncio.run(read_on()), Extraction)


def test_read_page_that_fails_in_a_batch_raises_for_its_caller_only(pool: ExtractionPool) -> None:
    before, during = asyncio.run(read_among(pool, replace(page(), url=None)))  # type: ignore[arg-type]
    assert before == ["Extraction"] * 8
    assert during == ["TypeError", *["Extraction"] * 8]


async def read_among(pool: ExtractionPool, odd: Page) -> tuple[list[str], list[str]]:
    """What came of an odd page and eight others that went to one worker with it, and of eight pages before them."""
    before = [await pool.extract(page(name=f"before {n}"), "a") for n in range(8)]
    # Two are on their way to the worker, each alone; what waits behind them goes together.
    first = [asyncio.create_task(pool.extract(page(name=f"first {n}"), "a")) for n in range(2)]
    await asyncio.sleep(0)
    pages = [odd, *(page(name=f"beside {n}") for n in range(8))]
    during = await asyncio.gather(*(pool.extract(each, "a") for each in pages), return_exceptions=True)
    await asyncio.gather(*first)
    return [type(each).__name__ for each in before], [type(each).__name__ for each in during]


def test_read_worker_killed_in_a_batch_costs_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pages that long go alone on a busy machine, where each takes more than its part of a batch's time.
    monkeypatch.setattr("pipeline.worker_turns._SECONDS_A_BATCH", 600)
    pool = ExtractionPool(1, page_timeout_seconds=30, memory_bytes=2 << 30)

    async def all_of_them() -> list[Extraction | ExtractionFailure]:
        for n in range(8):
            await pool.extract(page(name=f"before {n}"), "a")
        reading = [asyncio.create_task(pool.extract(page(2_000, name=f"{n}"), "a")) for n in range(10)]
        await asyncio.gather(*reading[:2])  # these went alone, the others go together
        os.kill(await asyncio.to_thread(await_busy, processes_below(os.getpid())), signal.SIGKILL)
        return await asyncio.gather(*reading)

    try:
        found = asyncio.run(all_of_them())
    finally:
        pool.close()
    assert [type(each).__name__ for each in found] == ["Extraction"] * 10


def is_worker(process: int) -> bool:
    """Whether the fork server started it."""
    return int(fields_of(process)[1]) != os.getpid()


# Its number keeps a starting worker busy for half a second, in which the signal to end does not reach it.
_CLOSED_AT_ONCE = """
import asyncio, signal, time

def late(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    time.sleep(0.5)
    return number

class Late(int):
    def __reduce__(self):
        return late, (int(self),)

async def close_while_workers_start():
    pool = ExtractionPool(2, page_timeout_seconds=30, memory_bytes=Late(2 << 30))
    reading = asyncio.create_task(pool.extract(page()))
    await asyncio.sleep(0.2)
    reading.cancel()
    pool.close()

if __name__ == "__main__":
    from tests.test_workers import ExtractionPool, page
    asyncio.run(close_while_workers_start())
"""


@pytest.mark.slow
def test_extract_pool_closed_while_workers_start_says_nothing(tmp_path: Path) -> None:
    scene = tmp_path / "scene.py"
    scene.write_text(_CLOSED_AT_ONCE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(scene)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
