"""How often and how many at a time we ask a host: delays, connections, and the time a host asked us to stay away.

One ``Hosts`` serves every crawl of a process, so that two sources on one host share its patience. It knows no Scrapy.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = timedelta(seconds=30)
"""How long a request waits for a host that asked to be left alone; past it the request is given up for this crawl."""
_LONGEST_HOLD = timedelta(days=1)
_LONGEST_CRAWL_DELAY_SECONDS = 60.0  # a robots.txt that asks for hours would stop a crawl without saying so
_UNSAID_HOLD = timedelta(seconds=5)  # for a 429 that does not say how long
_REMEMBERED = 4096
_SLOW_DOWN = 429
_OVERLOADED = frozenset({429, 503})


class HostHeldError(Exception):
    """A host asked to be left alone for longer than a request waits; the text says until when."""


def host_key(url: str) -> str:
    """What a URL's politeness is counted by: its host and port."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many requests to a host at once, and so many seconds from the start of one to that of the next."""

    delay_seconds: float
    connections: int


@dataclass(slots=True)
class _Host:
    free: asyncio.Semaphore | None = None
    next_at: float = 0.0  # in the loop's time
    crawl_delay_seconds: float = 0.0
    held_until: float = 0.0  # in the loop's time

    async def wait(self, pace: Pace) -> None:
        loop = asyncio.get_running_loop()
        self._check_hold(loop.time())
        start = max(loop.time(), self.next_at, self.held_until)
        # The moment is taken before the wait, so that the next one in line counts from it.
        self.next_at = start + max(pace.delay_seconds, self.crawl_delay_seconds)
        await asyncio.sleep(start - loop.time())
        self._check_hold(loop.time())

    def is_idle(self, now: float) -> bool:
        """Whether nothing would be lost by forgetting the host."""
        return (self.free is None or not self.free.locked()) and max(self.next_at, self.held_until) < now

    def _check_hold(self, now: float) -> None:
        left = timedelta(seconds=self.held_until - now)
        if left > PATIENCE:
            until = datetime.now(UTC) + left
            raise HostHeldError(f"the host asked to be left alone until {until:%Y-%m-%d %H:%M} UTC")


@dataclass(slots=True)
class Hosts:
    """The turns of every host that this process talks to. All of it belongs to one asyncio loop."""

    _hosts: dict[str, _Host] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, host: str, pace: Pace) -> AsyncIterator[None]:
        """Waits until a request to the host may start; the turn ends with the block.

        Raises:
            HostHeldError: The host asked to be left alone for longer than ``PATIENCE``.
        """
        state = self._of(host)
        state.free = state.free or asyncio.Semaphore(pace.connections)
        async with state.free:
            await state.wait(pace)
            yield

    def hold(self, host: str, duration: timedelta) -> None:
        """Leaves the host alone for so long from now, a day at most; a longer hold stays."""
        until = asyncio.get_running_loop().time() + min(duration, _LONGEST_HOLD).total_seconds()
        state = self._of(host)
        state.held_until = max(state.held_until, until)

    def heed(self, host: str, status: int, wait_asked: str | None, now: datetime) -> bool:
        """Takes a host at its word when it answers 429 or 503; whether it may be tried again in this crawl.

        Args:
            host: The host.
            status: What it answered.
            wait_asked: Its ``Retry-After`` field.
            now: The present, from which a date in it counts.
        """
        if status not in _OVERLOADED:
            return True
        wait = retry_after(wait_asked, now) if wait_asked else None
        if wait is None and status == _SLOW_DOWN:
            wait = _UNSAID_HOLD
        if wait:
            self.hold(host, wait)
        return wait is None or wait <= PATIENCE

    def slow_down(self, host: str, crawl_delay_seconds: float) -> None:
        """Takes the delay that the host's robots.txt asks for, a minute at most."""
        self._of(host).crawl_delay_seconds = min(crawl_delay_seconds, _LONGEST_CRAWL_DELAY_SECONDS)

    def _of(self, host: str) -> _Host:
        if host not in self._hosts:
            if len(self._hosts) >= _REMEMBERED:
                now = asyncio.get_running_loop().time()
                self._hosts = {name: state for name, state in self._hosts.items() if not state.is_idle(now)}
            self._hosts[host] = _Host()
        return self._hosts[host]


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long a ``Retry-After`` field asks to wait, a day at most; None where it cannot be read.

    It holds seconds or a date (RFC 9110 section 10.2.3).
    """
    if value.isascii() and value.strip().isdigit():
        return min(timedelta(seconds=min(int(value), 10**9)), _LONGEST_HOLD)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(timedelta(0), moment.replace(tzinfo=moment.tzinfo or UTC) - now)
