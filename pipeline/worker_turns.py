"""Whose page is extracted next, so that a source with many or slow pages leaves the others their share of the workers.

It knows neither pages nor processes.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.fairness import FairQueue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_WAITING_A_WORKER = 2  # pages on their way for each worker: one being read, one at hand when it is done
_SLOW_SECONDS = 1.0  # a page of a large newspaper takes a tenth of it
_WEIGHT_OF_LAST = 0.3  # in the running mean of a source's seconds a page
_REMEMBERED = 4096


@dataclass(slots=True)
class Cost:
    """What a page cost a worker; None where that is not known, and the whole turn is taken for it."""

    seconds: float | None = None


class WorkerTurns:
    """Gives out the workers' time by source, in seconds of extraction and not in pages.

    A source whose pages are slow, or that nothing is known of yet, has half of the workers at most: however it ends,
    there is one left that reads the others' pages.

    Args:
        workers: How many there are.
    """

    def __init__(self, workers: int) -> None:
        self._most = workers * _WAITING_A_WORKER
        self._most_slow = max(1, workers // 2)
        self._queue: FairQueue[asyncio.Future[None]] = FairQueue()
        self._under_way: Counter[str] = Counter()
        self._seconds_a_page: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, source_key: str) -> AsyncIterator[Cost]:
        """Waits until a page of the source may go to the workers; it ends with the block, which tells its cost."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put(source_key, place)
        self._give()
        try:
            await place
        except asyncio.CancelledError:
            self._queue.remove(source_key, place)
            if not place.cancelled():
                self._end(source_key, 0.0)
            raise
        began, cost = time.monotonic(), Cost()
        try:
            yield cost
        finally:
            self._end(source_key, time.monotonic() - began if cost.seconds is None else cost.seconds)

    def _give(self) -> None:
        while self._under_way.total() < self._most and (taken := self._queue.take(0.0, may_serve=self._may_serve)):
            source_key, place = taken
            if not place.done():
                self._under_way[source_key] += 1
                # What it will cost is charged now, as far as it can be known: many may be under way at once.
                self._queue.charge(source_key, self._seconds_a_page.get(source_key, _SLOW_SECONDS))
                place.set_result(None)

    def _may_serve(self, source_key: str) -> bool:
        is_slow = self._seconds_a_page.get(source_key, _SLOW_SECONDS) >= _SLOW_SECONDS
        return not is_slow or self._under_way[source_key] < self._most_slow

    def _end(self, source_key: str, seconds: float) -> None:
        self._under_way[source_key] -= 1
        if not self._under_way[source_key]:
            del self._under_way[source_key]
        known = self._seconds_a_page.get(source_key)
        self._queue.charge(source_key, seconds - (_SLOW_SECONDS if known is None else known))
        if len(self._seconds_a_page) >= _REMEMBERED:
            self._seconds_a_page.clear()
        self._seconds_a_page[source_key] = seconds if known is None else known + _WEIGHT_OF_LAST * (seconds - known)
        self._give()
