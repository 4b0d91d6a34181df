"""Work of many tasks, done in batches by one thread: what a disk or a database does best."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.fairness import FairQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

T = TypeVar("T")
R = TypeVar("R")

MOST_IN_A_BATCH = 50
"""From the design: one transaction a batch of at most 50."""
LINGER_SECONDS = 0.05
"""How long the first of a batch waits for company. A tenth of the 0.5 s that the design allows: what waits longer has
already piled up behind the batch before."""


class Batcher(Generic[T, R]):
    """Hands items to ``commit`` in batches, one batch at a time; those of each share in the order in which they came.

    Args:
        commit: Takes a batch in ``executor``'s thread and gives one result an item, in order.
        executor: Runs ``commit``; shared executors keep batches of several kinds in one thread.
        linger_seconds: How long the first of a batch waits for company.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], Sequence[R]],
        executor: Executor,
        *,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        self._commit = commit
        self._executor = executor
        self._linger_seconds = linger_seconds
        self._waiting: FairQueue[tuple[T, asyncio.Future[R]]] = FairQueue()
        self._running: asyncio.Task[None] | None = None

    async def add(self, item: T, share: str = "") -> R:
        """The item's result, once its batch is committed; raises what the batch raised.

        A share, such as a source, with many items waiting leaves others their place in the next batch.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.put(share, (item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        await asyncio.sleep(self._linger_seconds)
        while batch := self._next():
            await self._run(batch)
        self._running = None

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        while len(batch) < MOST_IN_A_BATCH and (taken := self._waiting.take()):
            batch.append(taken[1])
        return batch

    async def _run(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._executor, self._commit, [item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - the batch is the unit of isolation: each waiter gets its error
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
