"""How often and how many at a time we ask a host: delays, connections, and the time a host asked us to stay away.

One ``Hosts`` serves every crawl of a process, and all processes share what it may do through the archive
(``crawler.shared_hosts``; the rule is ``crawler.turns``). A process leases connections for some seconds and, where
there is a delay, moments at which requests may start, so that a host without a delay costs a transaction every few
seconds and not one a request. It knows no Scrapy. A request made outside Scrapy takes its turn the same way::

    async with run.hosts.turn(host_key(url), pace_of(run.settings), run.source.key):
        ...  # one request; then tell what came of it, before the turn ends:
        run.hosts.heed(host_key(url), Answer(status, retry_after_field, seconds_to_first_byte), run.clock())

Robots are checked with ``crawler.robots.RobotsReader.check``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.shared_hosts import HostsInMemory, SharedHosts, new_holder
from crawler.turns import LEASE, SLOW_SECONDS, Ask, Grant, News, Pace
from pipeline.fairness import FairQueue
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from crawler.config import CrawlerSettings

PATIENCE = timedelta(seconds=30)
"""How long a request waits for a host that asked to be left alone; past it the request is given up for this crawl."""
_LONGEST_HOLD = timedelta(days=1)
_UNSAID_HOLD = timedelta(seconds=5)  # for a 429 that does not say how long
_REMEMBERED = 4096
_SLOW_DOWN = 429
_OVERLOADED = frozenset({429, 503})
_USUAL_PORTS = {"http": ":80", "https": ":443"}

_RENEW_SECONDS = LEASE.total_seconds() / 3
_ASK_AGAIN_SECONDS = 0.25  # where another process has the connections that we want
_LATE_SECONDS = 0.1  # a moment to start at that is missed by more is let go
_LINGER_SECONDS = 0.5  # before connections that nobody here uses are given back: the next request is often near


class HostHeldError(Exception):
    """A host is to be left alone for longer than a request waits; the text says until when."""


def host_key(url: str) -> str:
    """What a URL's politeness is counted by: its host, and its port where that is not the usual one."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2].lower().removesuffix(_USUAL_PORTS.get(parts.scheme.lower(), ":"))


def pace_of(settings: CrawlerSettings) -> Pace:
    """The pace that the configuration sets for every host."""
    return Pace(settings.delay.total_seconds(), settings.connections_per_host)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request.

    ``status`` is None where no answer began in time. ``wait_asked`` is its ``Retry-After`` field, ``seconds`` how long
    it took to begin.
    """

    status: int | None
    wait_asked: str | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class _Host:
    """What this process has of one host, and who waits for it here. Times are the loop's."""

    name: str
    shared: SharedHosts
    holder: str
    waiting: FairQueue[asyncio.Future[None]] = field(default_factory=FairQueue)
    pace: Pace = field(default_factory=lambda: Pace(0.0, 1))
    in_use: int = 0
    grant: Grant = field(default_factory=lambda: Grant(0, 0.0))
    turns: deque[float] = field(default_factory=deque)
    free_at: float = 0.0
    held_until: float = 0.0
    valid_until: float = 0.0
    renew_at: float = 0.0
    ask_again_at: float = 0.0
    news: News = field(default_factory=News)
    is_urgent: bool = False
    is_leased: bool = False
    started_at: float = float("-inf")
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    pump: asyncio.Task[None] | None = None

    def join(self, share: str, pace: Pace) -> asyncio.Future[None]:
        """A place in the line; done when the request may start."""
        self.check_hold()
        self.pace = pace
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.put(share, turn)
        self._work()
        return turn

    def leave(self) -> None:
        """A request has ended."""
        self.in_use -= 1
        self.changed.set()

    def hear(self, news: News) -> None:
        """Keeps what an answer told until the next ask; at once where the host is strained."""
        if news.hold:
            self.held_until = max(self.held_until, _now() + news.hold.total_seconds())
        self.news = _merged(self.news, news)
        if news.strains or news.hold or news.crawl_delay_seconds is not None or news.slowest_seconds:
            self.is_urgent = True
            self.turns.clear()
            self._work()

    def _work(self) -> None:
        if self.pump is None:
            self.pump = asyncio.create_task(self._pump())
        self.changed.set()

    def check_hold(self) -> None:
        """Returns unless the host is left alone for long.

        Raises:
            HostHeldError: It is.
        """
        left = timedelta(seconds=self.held_until - _now())
        if left > PATIENCE:
            until = datetime.now(UTC) + left
            raise HostHeldError(f"the host is left alone until {until:%Y-%m-%d %H:%M} UTC")

    def is_idle(self) -> bool:
        """Whether nothing would be lost by forgetting the host."""
        return self.pump is None and self.held_until < _now()

    async def _pump(self) -> None:
        """Gives out turns for as long as somebody waits or works, then gives the connections back."""
        try:
            while True:
                if self._is_busy() or await self._lingers():
                    await self._serve()
                elif self.is_leased or self.news != News():
                    await self._ask()
                else:
                    return
        except Exception as error:  # noqa: BLE001 - whoever waits gets it: an archive that cannot be used, mostly
            self._fail(error)
        finally:
            self.pump = None

    async def _serve(self) -> None:
        self.changed.clear()
        if self._must_ask():
            await self._ask()
        self._start()
        await self._sleep()

    def _is_busy(self) -> bool:
        return bool(len(self.waiting) or self.in_use)

    async def _lingers(self) -> bool:
        """Whether a request came while the connections were still ours."""
        if self.grant.connections and not self.grant.contended and not isinstance(self.shared, HostsInMemory):
            self.changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), _LINGER_SECONDS)
        return self._is_busy()

    def _must_ask(self) -> bool:
        now = _now()
        if self.is_urgent or now >= self.renew_at:
            return True
        if not len(self.waiting) or now < max(self.ask_again_at, self.free_at):
            return False
        if self.in_use >= self.grant.connections:
            return self.grant.connections < self.pace.connections
        return bool(self.grant.delay_seconds and not self.turns)

    async def _ask(self) -> None:
        news, self.news, self.is_urgent = self.news, News(), False
        asked_at = _now()
        self.is_leased = self._is_busy()
        ask = Ask(self.name, self.holder, self.pace, self.in_use, len(self.waiting), news)
        try:
            grant = await self.shared.settle(ask)
        except BaseException:
            self.news = _merged(news, self.news)
            raise
        self.grant = grant
        # The lease is counted from before it was given: here it never lasts longer than others believe.
        self.valid_until, self.renew_at = asked_at + LEASE.total_seconds(), asked_at + _RENEW_SECONDS
        granted_at = _now()
        self.free_at = granted_at + grant.wait_seconds
        self.turns = deque(granted_at + seconds for seconds in grant.turns)
        is_short = grant.connections < min(self.pace.connections, ask.in_use + ask.waiting)
        self.ask_again_at = granted_at + _ASK_AGAIN_SECONDS if is_short else 0.0
        if grant.is_held:
            self.held_until = max(self.held_until, self.free_at)

    def _start(self) -> None:
        now = _now()
        self._give_up_where_held()
        if self.turns and now - self._next_turn() > max(_LATE_SECONDS, self.grant.delay_seconds / 4):
            # The loop was busy: now the moment may be close to another process's.
            self.turns.clear()
            return
        while len(self.waiting) and self._may_start(now):
            turn = self._next_waiting()
            if turn is None:
                return
            if self.turns:
                self.turns.popleft()
            self.started_at = now
            self.in_use += 1
            turn.set_result(None)

    def _may_start(self, now: float) -> bool:
        if self.in_use >= self.grant.connections or now >= self.valid_until or now < self.held_until:
            return False
        if self.grant.delay_seconds:
            return self._next_turn() <= now
        return now >= self.free_at

    def _next_turn(self) -> float:
        """The next moment given to us; a start that came late puts off the one after it."""
        if not self.turns:
            return float("inf")
        return max(self.turns[0], self.started_at + self.grant.delay_seconds)

    def _next_waiting(self) -> asyncio.Future[None] | None:
        while taken := self.waiting.take():
            if not taken[1].done():
                return taken[1]
        return None

    def _give_up_where_held(self) -> None:
        try:
            self.check_hold()
        except HostHeldError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        while (turn := self._next_waiting()) is not None:
            turn.set_exception(error)

    async def _sleep(self) -> None:
        """Until something changes, or the next moment at which something can be done."""
        if self.changed.is_set():
            return
        until = self.renew_at
        if self.turns:
            until = min(until, self._next_turn())
        elif len(self.waiting) and self.in_use < self.pace.connections:
            until = min(until, max(self.free_at, self.ask_again_at, self.held_until))
        with suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), max(0.0, until - _now()))


@dataclass(slots=True)
class Hosts:
    """The turns of every host that this process talks to. All of it belongs to one asyncio loop.

    Args:
        shared: Where the turns are kept; in memory where left out.
    """

    shared: SharedHosts = field(default_factory=HostsInMemory)
    holder: str = field(default_factory=new_holder)
    _hosts: dict[str, _Host] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, host: str, pace: Pace, share: str = "") -> AsyncIterator[None]:
        """Waits until a request to the host may start; the turn ends with the block.

        Args:
            host: The ``host_key`` of what is requested.
            pace: What we allow ourselves; other processes and the host's own wishes can only slow it down.
            share: Whose request it is; those of different shares that wait for one host take turns.

        Raises:
            HostHeldError: The host is to be left alone for longer than ``PATIENCE``.
            ArchiveError: The archive cannot be used.
        """
        state = self._of(host)
        turn = state.join(share, pace)
        try:
            await turn
        except asyncio.CancelledError:
            state.waiting.remove(share, turn)
            if not turn.cancelled() and turn.exception() is None:
                state.leave()
            raise
        try:
            yield
        finally:
            state.leave()

    def hold(self, host: str, duration: timedelta) -> None:
        """Leaves the host alone for so long from now, a day at most; a longer hold stays. For every process."""
        self._of(host).hear(News(hold=min(duration, _LONGEST_HOLD)))

    def heed(self, host: str, answer: Answer, now: datetime) -> bool:
        """Learns from an answer, or from none; whether the request may be tried again in this crawl.

        Answers of 429 and 503 and requests that nothing answers slow the host down for everybody; a ``Retry-After``
        is kept to. Told before the turn ends, so that no other request starts in between.

        Args:
            host: Who answered.
            answer: What came.
            now: The present, from which a date in its ``Retry-After`` counts.
        """
        state = self._of(host)
        if answer.status is None:
            state.hear(News(strains=1, silences=1))
            return False
        if answer.status not in _OVERLOADED:
            is_slow = answer.seconds > SLOW_SECONDS
            state.hear(News(answered=True, eased=int(not is_slow), slowest_seconds=answer.seconds if is_slow else 0.0))
            return True
        wait = retry_after(answer.wait_asked, now) if answer.wait_asked else None
        if wait is None and answer.status == _SLOW_DOWN:
            wait = _UNSAID_HOLD
        hold = min(wait or timedelta(0), _LONGEST_HOLD)
        state.hear(News(answered=True, strains=1, hold=hold))
        return wait is None or wait <= PATIENCE

    def slow_down(self, host: str, crawl_delay_seconds: float) -> None:
        """Takes the delay that the host's robots.txt asks for, a minute at most; 0 takes it back."""
        self._of(host).hear(News(crawl_delay_seconds=crawl_delay_seconds))

    async def close(self) -> None:
        """Gives every connection back; nobody may be waiting any more."""
        pumps = [state.pump for state in self._hosts.values() if state.pump is not None]
        for pump in pumps:
            pump.cancel()
        if pumps:
            await asyncio.wait(pumps)
        with suppress(ArchiveError):  # what cannot be given back is free when the lease ends
            for state in self._hosts.values():
                if state.is_leased or state.news != News():
                    await self.shared.settle(Ask(state.name, self.holder, state.pace, 0, 0, state.news))
        self.shared.close()

    def _of(self, host: str) -> _Host:
        if host not in self._hosts:
            if len(self._hosts) >= _REMEMBERED:
                self._hosts = {name: state for name, state in self._hosts.items() if not state.is_idle()}
            self._hosts[host] = _Host(host, self.shared, self.holder)
        return self._hosts[host]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _merged(earlier: News, later: News) -> News:
    crawl_delay = later.crawl_delay_seconds
    return replace(
        later,
        strains=earlier.strains + later.strains,
        silences=later.silences if later.answered else earlier.silences + later.silences,
        answered=earlier.answered or later.answered,
        eased=earlier.eased + later.eased,
        slowest_seconds=max(earlier.slowest_seconds, later.slowest_seconds),
        hold=max(earlier.hold, later.hold),
        crawl_delay_seconds=earlier.crawl_delay_seconds if crawl_delay is None else crawl_delay,
    )


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
