"""Where the turns of a host are kept: in the archive, for every process on it, or in memory where there is no archive.

It carries out ``crawler.turns.settle`` and decides nothing.
"""

from __future__ import annotations

import os
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from crawler.turns import settle
from pipeline.batches import Batcher
from storage.errors import ArchiveConflictError
from storage.queries import Queries
from storage.records_hosts import HostState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.turns import Ask, Grant
    from storage.archive import Archive
    from storage.records_hosts import RobotsText

_CONFLICT_RETRIES = 5


class SharedHosts(Protocol):
    """Grants turns, and remembers what robots.txt said."""

    async def settle(self, ask: Ask) -> Grant:
        """What the process may do with the host.

        Raises:
            ArchiveError: The archive cannot be used.
        """

    async def robots_text(self, origin: str) -> RobotsText | None:
        """What is known of the origin's robots.txt, expired or not."""

    async def keep_robots_text(self, robots: RobotsText) -> None:
        """Remembers it."""

    def close(self) -> None:
        """Nothing is asked any more."""


def new_holder() -> str:
    """A name for this process that no other one has: the machine, the process number, and a word drawn by lot."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


@dataclass(slots=True)
class HostsInMemory:
    """For a process without an archive, such as one that only looks a site over."""

    _states: dict[str, HostState] = field(default_factory=dict)
    _robots: dict[str, RobotsText] = field(default_factory=dict)

    async def settle(self, ask: Ask) -> Grant:
        """What the process may do with the host."""
        state, grant = settle(self._states.get(ask.host) or HostState(ask.host), ask, datetime.now(UTC))
        self._states[ask.host] = state
        return grant

    async def robots_text(self, origin: str) -> RobotsText | None:
        """What is known of the origin's robots.txt, expired or not."""
        return self._robots.get(origin)

    async def keep_robots_text(self, robots: RobotsText) -> None:
        """Remembers it."""
        self._robots[robots.origin] = robots

    def close(self) -> None:
        """Nothing to be done."""


class HostsInArchive:
    """The archive's ``hosts`` and ``robots_files``, written in a thread of its own; asks that meet share a transaction.

    Args:
        archive: Open; stays the caller's to close.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._queries = Queries(archive)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hosts")
        self._asks: Batcher[Ask, Grant] = Batcher(self._settle_all, self._thread, linger_seconds=0)
        self._kept: Batcher[RobotsText, None] = Batcher(self._keep_all, self._thread, linger_seconds=0)
        self._looked_up: Batcher[str, RobotsText | None] = Batcher(self._look_up_all, self._thread, linger_seconds=0)

    async def settle(self, ask: Ask) -> Grant:
        """What the process may do with the host.

        Raises:
            ArchiveError: The archive cannot be used.
        """
        return await self._asks.add(ask)

    async def robots_text(self, origin: str) -> RobotsText | None:
        """What is known of the origin's robots.txt, expired or not.

        Raises:
            ArchiveError: The archive cannot be used.
        """
        return await self._looked_up.add(origin)

    async def keep_robots_text(self, robots: RobotsText) -> None:
        """Remembers it.

        Raises:
            ArchiveError: The archive cannot be used.
        """
        await self._kept.add(robots)

    def close(self) -> None:
        """Waits for the transaction under way; what was still to be asked is dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _settle_all(self, asks: Sequence[Ask]) -> list[Grant]:
        for _ in range(_CONFLICT_RETRIES):
            try:
                return self._settle_once(asks)
            except ArchiveConflictError:
                continue
        return self._settle_once(asks)

    def _settle_once(self, asks: Sequence[Ask]) -> list[Grant]:
        grants = []
        with self._archive.writing(durable=False) as writer:
            now, states = writer.lock_hosts([ask.host for ask in asks])
            for ask in asks:
                states[ask.host], grant = settle(states[ask.host], ask, now)
                grants.append(grant)
            writer.save_hosts(list(states.values()))
        return grants

    def _keep_all(self, kept: Sequence[RobotsText]) -> list[None]:
        with self._archive.writing(durable=False) as writer:
            for robots in sorted(kept, key=lambda robots: robots.origin):
                writer.save_robots_text(robots)
        return [None] * len(kept)

    def _look_up_all(self, origins: Sequence[str]) -> list[RobotsText | None]:
        return [self._queries.robots_text(origin) for origin in origins]
