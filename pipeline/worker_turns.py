"""Whose pages are extracted next, so that a source with many or slow pages leaves others their share of the workers.

It knows neither pages nor processes, and does nothing itself: it says what goes to a worker in one message.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.fairness import FairQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

PAGES_A_BATCH = 4
"""In one message to a worker. By benchmarks/workers.py twice as many spare hardly more, and on a busy machine one
worker is waited for that has the last of them."""
_BYTES_A_BATCH = 1 << 20  # as sent, so that a message costs a worker little beside the page that it reads
_SECONDS_A_BATCH = 0.25  # as expected: the first page of a batch is answered with its last
_WAITING_A_WORKER = 2  # batches on their way for each worker: one being read, one at hand when it is done
_SLOW_SECONDS = 1.0  # a page of a large newspaper takes a tenth of it
_WEIGHT_OF_LAST = 0.3  # in the running mean of a source's seconds a page
_REMEMBERED = 4096


@dataclass(slots=True, eq=False)
class Turn(Generic[T]):
    """A page that waits for a worker; one that is to go alone shares its message with no other."""

    source_key: str
    item: T
    size_bytes: int = 0
    is_alone: bool = False


class WorkerTurns(Generic[T]):
    """Gives out the workers' time by source, in seconds of extraction and not in pages.

    A source whose pages are slow, or that nothing is known of yet, has half of the workers at most: however it ends,
    there is one left that reads the others' pages. While a worker is free a page goes to it at once and alone; pages
    that wait meanwhile go several at a time, those of one source only, so that a page that breaks its batch costs no
    other source anything.

    Args:
        workers: How many there are.
        pages_a_batch: How many pages may share a message.
    """

    def __init__(self, workers: int, pages_a_batch: int = PAGES_A_BATCH) -> None:
        self._workers = workers
        self._pages_a_batch = pages_a_batch
        self._most_slow = max(1, workers // 2)
        self._queue: FairQueue[Turn[T]] = FairQueue()
        self._batches = 0
        self._under_way: Counter[str] = Counter()
        self._seconds_a_page: dict[str, float] = {}

    def put(self, turn: Turn[T]) -> None:
        """Adds a page to those that wait."""
        self._queue.put(turn.source_key, turn)

    def remove(self, turn: Turn[T]) -> None:
        """Takes a page out that is no longer wanted; nothing happens where it went to a worker already."""
        self._queue.remove(turn.source_key, turn)

    def take(self) -> list[Turn[T]]:
        """The pages that go to the workers now in one message; none where none waits or may go."""
        if self._batches >= self._workers * _WAITING_A_WORKER:
            return []
        # A worker's share of those that wait, so that at the end one is not left with all of them.
        most = min(self._pages_a_batch, -(-len(self._queue) // self._workers))
        taken = self._queue.take(0.0, may_serve=self._may_serve)
        if taken is None:
            return []
        source_key, first = taken
        batch = [first]
        while len(batch) < most and (following := self._following(batch)):
            batch.append(following)
        self._batches += 1
        self._under_way[source_key] += len(batch)
        # What it will cost is charged now, as far as it can be known: many may be under way at once.
        self._queue.charge(source_key, len(batch) * self._expected(source_key))
        return batch

    def end(self, batch: Sequence[Turn[T]], seconds: Sequence[float]) -> None:
        """Tells that a batch is done, and what each page of it has cost."""
        self._batches -= 1
        for turn, cost in zip(batch, seconds, strict=True):
            self._end(turn.source_key, cost)

    def _following(self, batch: Sequence[Turn[T]]) -> Turn[T] | None:
        """The next page of the batch's source where it may join, taken from those that wait."""
        source_key = batch[0].source_key
        following = self._queue.first(source_key)
        if following is None or following.is_alone or batch[0].is_alone:
            return None
        joined = [*batch, following]
        if len(joined) * self._expected(source_key) > _SECONDS_A_BATCH:
            return None
        if sum(turn.size_bytes for turn in joined) > _BYTES_A_BATCH:
            return None
        self._queue.take(0.0, may_serve=source_key.__eq__)
        return following

    def _expected(self, source_key: str) -> float:
        """The seconds that a page of the source takes, as far as that is known."""
        return self._seconds_a_page.get(source_key, _SLOW_SECONDS)

    def _may_serve(self, source_key: str) -> bool:
        return self._expected(source_key) < _SLOW_SECONDS or self._under_way[source_key] < self._most_slow

    def _end(self, source_key: str, seconds: float) -> None:
        self._under_way[source_key] -= 1
        if not self._under_way[source_key]:
            del self._under_way[source_key]
        known = self._seconds_a_page.get(source_key)
        self._queue.charge(source_key, seconds - self._expected(source_key))
        if len(self._seconds_a_page) >= _REMEMBERED:
            self._seconds_a_page.clear()
        self._seconds_a_page[source_key] = seconds if known is None else known + _WEIGHT_OF_LAST * (seconds - known)
