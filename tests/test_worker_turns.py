from __future__ import annotations

import asyncio
import time

from pipeline.worker_turns import WorkerTurns


async def took(turns: WorkerTurns, workers: asyncio.Semaphore, source: str, seconds: float) -> float:
    """How long a page of that cost waited for its turn and a worker, and was read."""
    began = time.monotonic()
    async with turns.turn(source) as cost, workers:
        await asyncio.sleep(seconds)
        cost.seconds = seconds
    return time.monotonic() - began


def test_turns_source_with_slow_pages_never_has_all_workers() -> None:
    async def main() -> float:
        turns, workers = WorkerTurns(2), asyncio.Semaphore(2)
        hostile = [asyncio.create_task(took(turns, workers, "hostile", 60.0)) for _ in range(50)]
        await asyncio.sleep(0.05)
        waits = [await took(turns, workers, "good", 0.01) for _ in range(20)]
        for task in hostile:
            task.cancel()
        await asyncio.wait(hostile)
        return max(waits)

    assert asyncio.run(main()) < 30


def test_turns_time_is_shared_and_not_pages() -> None:
    async def main() -> dict[str, int]:
        turns, workers, done = WorkerTurns(1), asyncio.Semaphore(1), {"slow": 0, "quick": 0}

        async def read_on(source: str, seconds: float) -> None:
            while True:
                await took(turns, workers, source, seconds)
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


def test_turns_page_that_is_given_up_leaves_its_place_to_others() -> None:
    async def main() -> None:
        turns, workers = WorkerTurns(1), asyncio.Semaphore(1)
        first = [asyncio.create_task(took(turns, workers, "a", 30)) for _ in range(4)]
        await asyncio.sleep(0.01)
        for task in first:
            task.cancel()
        await asyncio.wait(first)
        async with asyncio.timeout(20):
            await took(turns, workers, "b", 0)

    asyncio.run(main())
