"""A queue that serves its sources by what they have cost so far, so that one with much to do never starves another.

It knows neither pages nor requests; what a turn costs is told by whoever uses it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items of several shares; the share that has cost least is served next, its own items in order.

    This is start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996): a share that comes back after a pause begins
    where the others stand, so that nobody saves up for a burst, and nobody pays for the past.
    """

    def __init__(self) -> None:
        self._items: dict[str, deque[T]] = {}
        self._cost: dict[str, float] = {}
        self._level = 0.0  # what the share served last had cost
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, share: str, item: T) -> None:
        """Adds an item at the end of its share."""
        if share not in self._items:
            self._items[share] = deque()
            self._cost[share] = max(self._cost.get(share, 0.0), self._level)
        self._items[share].append(item)
        self._count += 1

    def take(self, cost: float = 1.0, *, may_serve: Callable[[str], bool] | None = None) -> tuple[str, T] | None:
        """The next item with its share, which is charged the cost; None where there is none.

        Args:
            cost: What serving it costs, as far as that is known now; more can be charged later.
            may_serve: Whether a share may be served at present; any may where None.
        """
        ready = self._items if may_serve is None else [share for share in self._items if may_serve(share)]
        share = min(ready, key=self._cost.__getitem__, default=None)
        if share is None:
            return None
        self._level = max(self._level, self._cost[share])
        self._cost[share] += cost
        item = self._items[share].popleft()
        self._count -= 1
        if not self._items[share]:
            del self._items[share]
        self._forget()
        return share, item

    def first(self, share: str) -> T | None:
        """The share's next item, left where it is; None where it has none."""
        items = self._items.get(share)
        return items[0] if items else None

    def remove(self, share: str, item: T) -> None:
        """Takes an item out that is no longer wanted; nothing happens where it was served already."""
        items = self._items.get(share)
        if items is None or item not in items:
            return
        items.remove(item)
        self._count -= 1
        if not items:
            del self._items[share]

    def charge(self, share: str, cost: float) -> None:
        """Adds to what the share has cost, once that is known."""
        self._cost[share] = self._cost.get(share, self._level) + cost

    def _forget(self) -> None:
        """Shares without items that stand where a new one would begin."""
        if len(self._cost) > 2 * len(self._items) + 64:
            level = self._level
            self._cost = {share: cost for share, cost in self._cost.items() if share in self._items or cost > level}
