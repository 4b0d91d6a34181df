from __future__ import annotations

import asyncio
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.worker_turns import PAGES_A_BATCH, Turn, WorkerTurns


class Desk:
    """Workers that read a page in the time that it says, and take their turns as the pool's do."""

    def __init__(self, workers: int) -> None:
        self.batches: list[list[str]] = []
        self._turns: WorkerTurns[Place] = WorkerTurns(workers)
        self._workers = asyncio.Semaphore(workers)
        self._tasks: set[asyncio.Task[None]] = set()

    async def took(self, source: str, seconds: float, size_bytes: int = 0, *, is_alone: bool = False) -> float:
        """How long a page of that cost waited for its turn and a worker, and was read."""
        began, place = time.monotonic(), Place(seconds)
        turn = Turn(source, place, size_bytes, is_alone)
        self._turns.put(turn)
        self._send()
        try:
            await place.read.wait()
        finally:
            self._turns.remove(turn)
        return time.monotonic() - began

    def _send(self) -> None:
        while batch := self._turns.take():
            self.batches.append([turn.source_key for turn in batch])
            task = asyncio.create_task(self._read(batch))
            self._tasks.add(task)

    async def _read(self, batch: list[Turn[Place]]) -> None:
        async with self._workers:
            await asyncio.sleep(sum(turn.item.seconds for turn in batch))
        for turn in batch:
            turn.item.read.set()
        self._turns.end(batch, [turn.item.seconds for turn in batch])
        self._send()


class Place:
    """A page's place in the queue."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.read = asyncio.Event()


def test_turns_source_with_slow_pages_never_has_all_workers() -> None:
    async def main() -> float:
        desk = Desk(2)
        hostile = [asyncio.create_task(desk.took("hostile", 60.0)) for _ in range(50)]
        await asyncio.sleep(0.05)
        waits = [await desk.took("good", 0.01) for _ in range(20)]
        for task in hostile:
            task.cancel()
        await asyncio.wait(hostile)
        return max(waits)

    assert asyncio.run(main()) < 30


def test_turns_time_is_shared_and_not_pages() -> None:
    async def main() -> dict[str, int]:
        desk, done = Desk(1), {"slow": 0, "quick": 0}

        async def read_on(source: str, seconds: float) -> None:
            while True:
                await desk.took(source, seconds)
                done[source] += 1

        tasks = [asyncio.create_task(read_on("slow", 0.2)) for _ in range(5)]
        tasks += [asyncio.create_task(read_on("quick", 0.02)) for _ in range(5)]
        await asyncio.sleep(2.0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return done

    done = asyncio.run(main())
    assert done["quick"] > 1.5 * done["slow"] > 0


def test_turns_page_that_is_given_up_while_it_waits_goes_to_no_worker() -> None:
    turns: WorkerTurns[str] = WorkerTurns(1)
    first, second, third = Turn("a", "first"), Turn("b", "second"), Turn("b", "third")
    for turn in (first, second, third):
        turns.put(turn)
    assert turns.take() == [first]
    turns.remove(second)
    turns.end([first], [0.01])
    assert turns.take() == [third]


def test_turns_page_goes_alone_while_a_worker_is_free() -> None:
    async def main() -> list[list[str]]:
        desk = Desk(2)
        await desk.took("a", 0.001)
        desk.batches.clear()
        await asyncio.gather(*(desk.took("a", 0.001) for _ in range(4)))
        return desk.batches

    assert asyncio.run(main()) == [["a"]] * 4


def test_turns_waiting_pages_of_a_source_go_together_and_are_shared_out() -> None:
    async def main() -> list[int]:
        desk = Desk(2)
        await desk.took("a", 0.001)
        desk.batches.clear()
        await asyncio.gather(*(desk.took("a", 0.001) for _ in range(44)))
        return [len(batch) for batch in desk.batches]

    sizes = asyncio.run(main())
    assert sum(sizes) == 44
    assert max(sizes) == PAGES_A_BATCH
    assert sizes[-1] == 1


@settings(max_examples=60, deadline=None)
@given(
    pages=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0.001, 0.05, 3.0]), st.integers(0, 1 << 20), st.booleans())
    ),
    workers=st.integers(1, 3),
)
def test_turns_batch_is_of_one_source_and_bounded(pages: list[tuple[str, float, int, bool]], workers: int) -> None:
    turns: WorkerTurns[float] = WorkerTurns(workers)
    for source, seconds, size_bytes, is_alone in pages:
        turns.put(Turn(source, seconds, size_bytes, is_alone))
    under_way: list[list[Turn[float]]] = []
    given_out = 0
    while given_out < len(pages) or under_way:
        while batch := turns.take():
            given_out += len(batch)
            under_way.append(batch)
            assert len({turn.source_key for turn in batch}) == 1
            assert len(batch) <= PAGES_A_BATCH
            if len(batch) > 1:
                assert sum(turn.size_bytes for turn in batch) <= 1 << 20
                assert not any(turn.is_alone for turn in batch)
        done = under_way.pop(0)
        turns.end(done, [turn.item for turn in done])
    assert turns.take() == []
    assert given_out == len(pages)
