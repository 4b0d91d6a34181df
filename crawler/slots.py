"""How many crawls of a process run at once, so that sources that are slow or down keep nobody else from its crawl."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_log = logging.getLogger(__name__)

# A crawl holds a downloader, a few connections and its queue: after a night offline every source is due at once.
_FRESH_AT_ONCE = 16
_FRESH_SECONDS = 60.0  # most crawls are over by then; one that is not waits for its host most of the time
_MOST_AT_ONCE = 64
_LONG_SECONDS = 600.0


@dataclass(slots=True, eq=False)
class _Holder:
    task: asyncio.Task[object] | None
    began_at: float


@dataclass(slots=True)
class CrawlSlots:
    """Gives out the slots of crawls. All of it belongs to one asyncio loop.

    So many crawls may be in their first minute; one that goes on longer makes room for another to begin, up to a
    number at which memory would begin to count. Then the one that has run longest is stopped, where that is
    allowed: what it leaves stays open, and is visited by its source's next crawl.

    Args:
        may_interrupt: Whether crawls that took more than ten minutes may be stopped to make room.
        fresh: How many crawls may be in their first time.
        fresh_seconds: How long that is.
        most: How many crawls may run in all.
        long_seconds: After what time one may be stopped.
    """

    may_interrupt: bool
    fresh: int = _FRESH_AT_ONCE
    fresh_seconds: float = _FRESH_SECONDS
    most: int = _MOST_AT_ONCE
    long_seconds: float = _LONG_SECONDS
    _holders: list[_Holder] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits until a crawl may begin; the slot is given back with the block.

        Where crawls may be interrupted, the task that holds a slot is cancelled to make room.
        """
        async with self._changed:
            while not self._has_room():
                try:
                    await asyncio.wait_for(self._changed.wait(), self._seconds_to_room())
                except TimeoutError:
                    self._interrupt()
            holder = _Holder(asyncio.current_task(), self._now())
            self._holders.append(holder)
        try:
            yield
        finally:
            self._holders.remove(holder)
            await asyncio.shield(self._tell())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _has_room(self) -> bool:
        fresh = sum(self._now() - holder.began_at < self.fresh_seconds for holder in self._holders)
        return fresh < self.fresh and len(self._holders) < self.most

    def _seconds_to_room(self) -> float:
        """Until a crawl is no longer in its first time, or the oldest may be stopped."""
        limit = self.long_seconds if len(self._holders) >= self.most else self.fresh_seconds
        ages = [self._now() - holder.began_at for holder in self._holders]
        return min((limit - age for age in ages if age < limit), default=1.0)

    def _interrupt(self) -> None:
        """Stops the crawl that has run longest, where all slots are taken and it has had its time."""
        if not self.may_interrupt or len(self._holders) < self.most:
            return
        oldest = self._holders[0]
        if oldest.task is not None and self._now() - oldest.began_at >= self.long_seconds:
            _log.info("crawl stopped to make room for another", extra={"seconds": round(self._now() - oldest.began_at)})
            oldest.task.cancel()
            oldest.task = None  # once

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
