"""Extraction in worker processes, so that a page that kills or hangs its worker costs that page only.

pebble keeps the processes: it stops a task at its time limit and replaces workers that die, which neither
multiprocessing.Pool nor concurrent.futures does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import threading
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool

if TYPE_CHECKING:
    from concurrent.futures import Future

    from pipeline.page import Page
    from storage.records import Extraction

_TASKS_A_WORKER = 5_000  # then it is replaced: lxml and trafilatura leave some memory behind
_LIBRARIES_BYTES = 1 << 30  # address space that the imports and the shared libraries take before any page


@dataclass(frozen=True, slots=True)
class ExtractionFailure:
    """Why a page could not be extracted, in words; the capture itself is safe."""

    reason: str


class ExtractionPool:
    """Worker processes that extract pages; started at the first page.

    Args:
        count: How many processes.
        page_timeout_seconds: After that a page is given up and its worker replaced.
        memory_bytes: What one page may cost a worker beyond its libraries.
    """

    def __init__(self, count: int, *, page_timeout_seconds: float, memory_bytes: int) -> None:
        self._count = count
        self._page_timeout_seconds = page_timeout_seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        # forkserver: a fork of this process would inherit its threads' locks and the reactor's sockets.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipeline.extract"])
        return ProcessPool(
            max_workers=self._count,
            max_tasks=_TASKS_A_WORKER,
            initializer=_start_worker,
            initargs=(self._memory_bytes,),
            context=context,
        )

    async def extract(self, page: Page) -> Extraction | ExtractionFailure:
        """The extraction of a page, or why there is none; never raises for what the page does."""
        future = self._schedule(page)
        try:
            return await asyncio.wrap_future(future)
        except (FutureTimeoutError, ProcessExpired, BrokenProcessPool, MemoryError, RecursionError) as error:
            return self._failure(error)

    def extract_now(self, page: Page) -> Extraction | ExtractionFailure:
        """The same, for a thread that waits for it."""
        future = self._schedule(page)
        try:
            return future.result()
        except (FutureTimeoutError, ProcessExpired, BrokenProcessPool, MemoryError, RecursionError) as error:
            return self._failure(error)

    def _schedule(self, page: Page) -> Future[Extraction]:
        with self._lock:
            try:
                return self._submit(page)
            except RuntimeError:
                # The pool calls itself broken when a worker died between two pages (the kernel's out-of-memory
                # killer): what it was doing is lost, the next page gets a new pool.
                self._pool = self._new_pool()
                return self._submit(page)

    def _submit(self, page: Page) -> Future[Extraction]:
        future: Future[Extraction] = self._pool.schedule(_extract, args=(page,), timeout=self._page_timeout_seconds)
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
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves its return type out
        self._pool.join()


def _start_worker(memory_bytes: int) -> None:
    limit = memory_bytes + _LIBRARIES_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from pipeline.extract import warm  # noqa: PLC0415 - as in _extract

    warm()


def _extract(page: Page) -> Extraction:
    # In a worker only: the extractor's libraries and models would cost the crawling process a second and 100 MB.
    from pipeline.extract import extract  # noqa: PLC0415 - see above

    return extract(page)
