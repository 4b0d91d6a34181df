"""Extraction in worker processes, so that a page that kills or hangs its worker costs that page only.

While a worker is free each page goes to it alone; pages that wait meanwhile go several in a message, and alone again
where one of them breaks it.

pebble keeps the processes: it stops a task at its time limit and replaces workers that die, which neither
multiprocessing.Pool nor concurrent.futures does.
"""

from __future__ import annotations

import asyncio
import json
import resource
import threading
import time
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool
from xxhash import xxh3_64_hexdigest

from pipeline.lesson import PLAINLY, Manner
from pipeline.site_profile import from_json, to_json
from pipeline.worker_turns import PAGES_A_BATCH, Turn, WorkerTurns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from multiprocessing.synchronize import RLock

    from pipeline.lesson import PageReading
    from pipeline.page import Page
    from pipeline.page_limits import PageLimits
    from pipeline.site_profile import SiteProfile
    from storage.records import Extraction

_BATCHES_A_WORKER = 2_000  # then it is replaced: lxml and trafilatura leave some memory behind
_KEPT_PROFILES = 256  # a worker keeps; each is some ten kilobytes
_LIBRARIES_BYTES = 1 << 30  # address space that the imports and the shared libraries take before any page

_Timed = tuple["PageReading", float]
_GIVEN_UP = (FutureTimeoutError, ProcessExpired, BrokenProcessPool, MemoryError, RecursionError)


@dataclass(frozen=True, slots=True)
class ExtractionFailure:
    """Why a page could not be extracted, in words; the capture itself is safe."""

    reason: str


@dataclass(frozen=True, slots=True)
class How:
    """How a worker is to read a page: in what manner, and by the profile in which file."""

    profile: Path | None = None
    manner: Manner = PLAINLY


AS_FIRST = How()
"""As the first page of its site."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A page whose caller waits for what comes of it."""

    page: Page
    how: How
    answer: asyncio.Future[PageReading | ExtractionFailure]


class _KeepingContext(ForkServerContext):
    """Keeps the locks that it makes for as long as it lives itself.

    A stopped pool lets go of its locks before it ends its workers. One that is just starting would not find them any
    more, and write a traceback to the user's terminal.
    """

    def __init__(self) -> None:
        super().__init__()
        self._locks: list[RLock] = []

    def RLock(self) -> RLock:  # noqa: N802 - multiprocessing's name
        lock = super().RLock()
        self._locks.append(lock)
        return lock


class ExtractionPool:
    """Worker processes that extract pages; started at the first page.

    Args:
        count: How many processes.
        page_timeout_seconds: After that a page is given up and its worker replaced.
        memory_bytes: What one page may cost a worker beyond its libraries.
        limits: How large a page may be.
        pages_a_batch: How many waiting pages of a source may go to a worker in one message.
    """

    def __init__(
        self,
        count: int,
        *,
        page_timeout_seconds: float,
        memory_bytes: int,
        limits: PageLimits | None = None,
        pages_a_batch: int = PAGES_A_BATCH,
    ) -> None:
        self._count = count
        self._page_timeout_seconds = page_timeout_seconds
        self._memory_bytes = memory_bytes
        self._turns: WorkerTurns[_Waiting] = WorkerTurns(count, pages_a_batch)
        self._under_way: set[asyncio.Task[list[float] | None]] = set()
        self._limits = limits
        self._folder = TemporaryDirectory(prefix="warraq-profiles-")
        self._lock = threading.Lock()
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        # forkserver: a fork of this process would inherit its threads' locks and the reactor's sockets.
        context = _KeepingContext()
        context.set_forkserver_preload(["pipeline.extract"])
        return ProcessPool(
            max_workers=self._count,
            max_tasks=_BATCHES_A_WORKER,
            initializer=_start_worker,
            initargs=(self._memory_bytes,),
            context=context,
        )

    async def extract(self, page: Page, source_key: str = "", how: How = AS_FIRST) -> Extraction | ExtractionFailure:
        """The extraction of a page, or why there is none; never raises for what the page does."""
        reading = await self.read(page, source_key, how)
        return reading if isinstance(reading, ExtractionFailure) else reading.extraction

    async def read(self, page: Page, source_key: str = "", how: How = AS_FIRST) -> PageReading | ExtractionFailure:
        """The extraction of a page and what it teaches, or why there is none; never raises for what the page does.

        Sources share the workers by the time that their pages take.
        """
        answer: asyncio.Future[PageReading | ExtractionFailure] = asyncio.get_running_loop().create_future()
        turn = Turn(source_key, _Waiting(page, how, answer), len(page.body))
        self._turns.put(turn)
        self._send()
        try:
            return await answer
        finally:
            self._turns.remove(turn)

    def _send(self) -> None:
        """Sends the workers what they may have now."""
        while batch := self._turns.take():
            task = asyncio.create_task(self._run(batch))
            self._under_way.add(task)
            task.add_done_callback(partial(self._ended, batch, time.monotonic()))
            for turn in batch:
                turn.item.answer.add_done_callback(partial(_stop_unwanted, batch, task))

    def _ended(self, batch: Sequence[Turn[_Waiting]], began: float, task: asyncio.Task[list[float] | None]) -> None:
        # Not within the task: one that is cancelled before it has begun would not come to it.
        self._under_way.discard(task)
        seconds = None if task.cancelled() else task.result()
        self._turns.end(batch, seconds or [(time.monotonic() - began) / len(batch)] * len(batch))
        self._send()

    async def _run(self, batch: Sequence[Turn[_Waiting]]) -> list[float] | None:
        """Has a batch read and answers for each of its pages; the seconds that each took, where all were read.

        A batch that broke is read again page by page.
        """
        try:
            read = await asyncio.wrap_future(self._schedule([(turn.item.page, turn.item.how) for turn in batch]))
        except Exception as error:  # noqa: BLE001 - the unit of isolation: whoever waits for the page gets it
            if len(batch) > 1:
                for turn in batch:
                    self._again_alone(turn)
            else:
                _answer(batch, [self._failure(error) if isinstance(error, _GIVEN_UP) else error])
            return None
        _answer(batch, [reading for reading, _ in read])
        return [seconds for _, seconds in read]

    def _again_alone(self, turn: Turn[_Waiting]) -> None:
        turn.is_alone = True
        if not turn.item.answer.done():  # else its caller was cancelled meanwhile
            self._turns.put(turn)

    def extract_now(self, page: Page) -> Extraction | ExtractionFailure:
        """The extraction of a page as the first of its site, for a thread that waits for it."""
        reading = self.read_now(page)
        return reading if isinstance(reading, ExtractionFailure) else reading.extraction

    def read_now(self, page: Page, how: How = AS_FIRST) -> PageReading | ExtractionFailure:
        """What came of a page, for a thread that waits for it."""
        future = self._schedule([(page, how)])
        try:
            return future.result()[0][0]
        except _GIVEN_UP as error:
            return self._failure(error)

    def hand_over(self, profile: SiteProfile) -> Path:
        """Lays a profile down where the workers find it, once for each; its file stands for it in a task."""
        # Pages are read by the hashes of what repeats. Its words would be in a file that no takedown knows of.
        wordless = {form: replace(repeat, example="") for form, repeat in profile.repeats.items()}
        rules = to_json(replace(profile, repeats=wordless))
        held = json.dumps({"number": profile.number, "host": profile.host, "profile": rules}).encode()
        path = Path(self._folder.name) / f"{xxh3_64_hexdigest(held)}.json"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(held)
            unfinished.replace(path)
        return path

    def _schedule(self, pages: Sequence[tuple[Page, How]]) -> Future[list[_Timed]]:
        with self._lock:
            try:
                return self._submit(pages)
            except RuntimeError:
                # The pool calls itself broken when a worker died between two pages (the kernel's out-of-memory
                # killer): what it was doing is lost, the next page gets a new pool.
                self._stop()
                self._pool = self._new_pool()
                return self._submit(pages)

    def _submit(self, pages: Sequence[tuple[Page, How]]) -> Future[list[_Timed]]:
        if self._limits:
            pages = [(replace(page, limits=self._limits), how) for page, how in pages]
        # A batch has the time of one page: it is expected to take a fraction of it, or its pages go alone.
        timeout = self._page_timeout_seconds
        future: Future[list[_Timed]] = self._pool.schedule(_extract_all, args=(pages,), timeout=timeout)
        return future

    def _failure(self, error: BaseException) -> ExtractionFailure:
        if isinstance(error, FutureTimeoutError):
            return ExtractionFailure(f"extraction took more than {self._page_timeout_seconds:g} s")
        if isinstance(error, MemoryError):
            return ExtractionFailure("extraction took more memory than a page may")
        if isinstance(error, RecursionError):
            return ExtractionFailure("the page is nested too deeply to be extracted")
        return ExtractionFailure("the page ended its extraction worker")

    def close(self) -> None:
        """Stops the workers at once; what they were doing is dropped."""
        self._stop()
        self._folder.cleanup()

    def _stop(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves its return type out
        self._pool.join()


def _stop_unwanted(batch: Sequence[Turn[_Waiting]], task: asyncio.Task[list[float] | None], _: object) -> None:
    """Stops the worker of a batch that nobody waits for any more."""
    if all(turn.item.answer.cancelled() for turn in batch):
        task.cancel()


def _answer(batch: Sequence[Turn[_Waiting]], readings: Sequence[PageReading | ExtractionFailure | Exception]) -> None:
    for turn, reading in zip(batch, readings, strict=True):
        answer = turn.item.answer
        if answer.done():  # as above
            continue
        if isinstance(reading, Exception):
            answer.set_exception(reading)
        else:
            answer.set_result(reading)


def _start_worker(memory_bytes: int) -> None:
    limit = memory_bytes + _LIBRARIES_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from pipeline.extract import warm  # noqa: PLC0415 - as in _extract

    warm()


def _extract_all(pages: Sequence[tuple[Page, How]]) -> list[_Timed]:
    return [_extract(page, how) for page, how in pages]


def _extract(page: Page, how: How) -> _Timed:
    """What came of a page, and the seconds it took."""
    # In a worker only: the extractor's libraries and models would cost the crawling process a second and 100 MB.
    from pipeline.extract import read_page  # noqa: PLC0415 - see above

    began = time.monotonic()
    profile = _load_profile(how.profile) if how.profile else None
    return read_page(page, profile, how.manner), time.monotonic() - began


@lru_cache(maxsize=_KEPT_PROFILES)
def _load_profile(path: Path) -> SiteProfile | None:
    """The profile in a file; None where the pool is being closed and has taken it away."""
    try:
        held = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return from_json(held["number"], held["host"], held["profile"])
