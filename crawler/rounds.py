"""Small work that goes on beside the crawls of a process: now, every ten minutes, and once more at the end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_ROUND_SECONDS = 600.0


@asynccontextmanager
async def in_rounds(work: Callable[[], None]) -> AsyncIterator[None]:
    """Does the work, in a thread, in rounds; the last one where the block comes to its own end.

    A block that is cut short by an exception is not held up: the next process does what is left.

    Args:
        work: Must not raise, and take no longer than a process has to end.
    """
    done = asyncio.Event()
    rounds = asyncio.create_task(_rounds(work, done))
    try:
        yield
    except BaseException:
        rounds.cancel()
        raise
    done.set()
    await rounds


async def _rounds(work: Callable[[], None], done: asyncio.Event) -> None:
    is_last = False
    while True:
        await asyncio.to_thread(work)
        if is_last:
            return
        try:
            await asyncio.wait_for(done.wait(), _ROUND_SECONDS)
            is_last = True
        except TimeoutError:
            continue
