"""One extraction pool for all tests of a process that do not look at the pool itself: each costs a second to start."""

from __future__ import annotations

import atexit
from functools import cache

from pipeline.workers import ExtractionPool


class _LastingPool(ExtractionPool):
    """Stays open when a crawl that was lent it ends."""

    def close(self) -> None:
        pass


@cache
def lasting_pool() -> ExtractionPool:
    """A pool of one worker, closed when the process ends."""
    pool = _LastingPool(1, page_timeout_seconds=20, memory_bytes=1 << 30)
    atexit.register(ExtractionPool.close, pool)
    return pool
