"""Who may ask a host next, and how soon: the rule by which every process on the archive shares it. Pure.

A process *asks* for connections and for moments to start requests at; the rule answers with a *grant* and the host's
new state, which the caller keeps before anybody else asks. It knows no clock, no database and no network.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.records_hosts import HostState, Lease

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LEASE = timedelta(seconds=10)
"""How long a process has connections without asking again; those of one that was killed are free after it."""
_ROTATION = timedelta(seconds=5)  # after it, a process that has connections lets one that has none go before it
_BATCH_SECONDS = 1.0  # moments are given for so long ahead at most: what is not used of them is lost to the others
_MARGIN_SECONDS = 0.05  # from the decision to the request: committing, and waking whoever waits
_LONGEST_CRAWL_DELAY_SECONDS = 60.0  # a robots.txt that asks for hours would stop a crawl without saying so

# How a host that shows strain is slowed down, and recovers. A sign of overload doubles the delay and each answer in
# time takes three tenths off what was added: multiplicative decrease and slow recovery of the rate, as TCP's congestion
# control has it (Chiu and Jain 1989; RFC 5681). A slow answer sets the delay that Scrapy's AutoThrottle would, latency
# divided by the connections (docs.scrapy.org, "AutoThrottle extension"), but here only past two seconds: below that a
# site is not strained, and the configured delay stands.
SLOW_SECONDS = 2.0
_LEAST_STRAINED_DELAY_SECONDS = 1.0
# A few pages that answer 503 for ever among many good ones must not take a crawl longer than its interval; a host that
# means more says so by Retry-After.
_LONGEST_LEARNED_DELAY_SECONDS = 10.0
_RECOVERY = 0.7
_NEGLIGIBLE_SECONDS = 0.05
_FORGOTTEN = timedelta(hours=6)

# A host that never answers is left alone for longer and longer, so that a site that is down costs no crawl its time.
_SILENCES = 6
_FIRST_SILENCE = timedelta(minutes=5)
_LONGEST_SILENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many requests to a host at once, and so many seconds from the start of one to that of the next."""

    delay_seconds: float
    connections: int


@dataclass(frozen=True, slots=True)
class News:
    """What the answers of a host told since the last ask.

    Attributes:
        strains: Answers of 429 and 503, and requests that no answer came to in time.
        silences: Requests without an answer since the last one that had one.
        answered: Whether there was an answer at all.
        eased: Answers in time.
        slowest_seconds: How long the slowest answer took to begin, where it was slow.
        hold: How long the host asked to be left alone.
        crawl_delay_seconds: What its robots.txt asks for, where it was read just now.
    """

    strains: int = 0
    silences: int = 0
    answered: bool = False
    eased: int = 0
    slowest_seconds: float = 0.0
    hold: timedelta = timedelta(0)
    crawl_delay_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What one process wants of one host: ``in_use`` of its connections are busy, ``waiting`` requests want one."""

    host: str
    holder: str
    pace: Pace
    in_use: int
    waiting: int
    news: News = field(default_factory=News)


@dataclass(frozen=True, slots=True)
class Grant:
    """What it may do until its lease ends.

    Attributes:
        connections: How many requests it may have under way, those that are included.
        delay_seconds: From one start to the next; where it is not 0, only ``turns`` may be used.
        turns: When requests may start, in seconds from now.
        wait_seconds: How long nothing may be started.
        is_held: Whether that is because the host is to be left alone.
        contended: Whether another process waits for connections.
    """

    connections: int
    delay_seconds: float
    turns: tuple[float, ...] = ()
    wait_seconds: float = 0.0
    is_held: bool = False
    contended: bool = False


def settle(state: HostState, ask: Ask, now: datetime) -> tuple[HostState, Grant]:
    """What the process is granted, and the host's state after it."""
    heard = _heard(state, ask, now)
    delay = delay_of(heard, ask.pace)
    living = {holder: lease for holder, lease in heard.leases.items() if lease.expires_at > now}
    others = {holder: lease for holder, lease in living.items() if holder != ask.holder}
    connections = _connections(heard, ask, others, now)
    contended = any(lease.wanted > lease.connections for lease in others.values())
    free_at = max((at for at in (heard.next_allowed_at, heard.retry_after_at) if at), default=now)
    wait_seconds = max(0.0, (free_at - now) / timedelta(seconds=1))
    is_held = bool(heard.retry_after_at and heard.retry_after_at > now)
    turns: tuple[float, ...] = ()
    if delay and not is_held:
        turns = _turns(ask, connections, delay, wait_seconds)
    if turns:
        heard = replace(heard, next_allowed_at=now + timedelta(seconds=turns[-1] + delay))
    leases = {**others, **_own_lease(heard, ask, connections, now)}
    grant = Grant(connections, delay, turns, wait_seconds, is_held=is_held, contended=contended)
    return replace(heard, leases=leases), grant


def delay_of(state: HostState, pace: Pace) -> float:
    """Seconds from one request to the next: ours, that of robots.txt, or the learned one, whichever is longest."""
    return max(pace.delay_seconds, state.crawl_delay_seconds or 0.0, state.delay_seconds or 0.0)


def _heard(state: HostState, ask: Ask, now: datetime) -> HostState:
    news = ask.news
    if news.crawl_delay_seconds is not None:
        asked = min(news.crawl_delay_seconds, _LONGEST_CRAWL_DELAY_SECONDS)
        state = replace(state, crawl_delay_seconds=asked or None)
    silences = news.silences if news.answered else state.silences + news.silences
    hold = max(news.hold, _silence(silences) if news.silences else timedelta(0))
    until = max((at for at in (state.retry_after_at, now + hold) if at), default=now)
    is_strained = bool(news.strains or news.slowest_seconds)
    return replace(
        state,
        delay_seconds=_learned(state, ask, now),
        strained_at=now if is_strained else state.strained_at,
        silences=silences,
        retry_after_at=until if until > now else None,
    )


def _silence(silences: int) -> timedelta:
    if silences < _SILENCES:
        return timedelta(0)
    doublings = min(silences - _SILENCES, 10)
    return min(_FIRST_SILENCE * (1 << doublings), _LONGEST_SILENCE)


def _learned(state: HostState, ask: Ask, now: datetime) -> float | None:
    """The learned delay after the news; None where it is no longer than the one kept anyway."""
    base = max(ask.pace.delay_seconds, state.crawl_delay_seconds or 0.0)
    age = now - state.strained_at if state.strained_at else _FORGOTTEN
    delay = base if age >= _FORGOTTEN else max(base, state.delay_seconds or 0.0)
    # What was under way when the host was slowed down last says nothing of the new delay.
    if ask.news.strains and (state.delay_seconds is None or age >= timedelta(seconds=delay)):
        delay = max(2 * delay, _LEAST_STRAINED_DELAY_SECONDS)
    elif ask.news.slowest_seconds:
        delay = max(delay, ask.news.slowest_seconds / ask.pace.connections)
    elif not ask.news.strains:
        delay = base + (delay - base) * _RECOVERY**ask.news.eased
    delay = min(delay, max(base, _LONGEST_LEARNED_DELAY_SECONDS))
    return delay if delay - base > _NEGLIGIBLE_SECONDS else None


def _connections(state: HostState, ask: Ask, others: Mapping[str, Lease], now: datetime) -> int:
    """How many of the host's connections the process may have: as many as it wants, or a fair part of them."""
    wants = {holder: lease.wanted for holder, lease in others.items() if lease.wanted}
    wants[ask.holder] = ask.in_use + ask.waiting
    limit = ask.pace.connections
    shares = dict.fromkeys(wants, 0)
    order = sorted(wants, key=lambda holder: _precedence(state.leases.get(holder), now))
    left = limit
    while left and any(shares[holder] < wants[holder] for holder in order):
        for holder in order:
            if left and shares[holder] < wants[holder]:
                shares[holder] += 1
                left -= 1
    free = max(0, limit - sum(lease.connections for lease in others.values()))
    # What is under way cannot be taken back.
    return max(ask.in_use, min(shares[ask.holder], free))


def _precedence(lease: Lease | None, now: datetime) -> tuple[int, float]:
    """Whose turn comes first: who has had a connection for a short time, who has none, who has had one for long."""
    if lease is None:
        return 1, now.timestamp()
    if not lease.connections:
        return 1, lease.since.timestamp()
    return (0 if now - lease.since < _ROTATION else 2), lease.since.timestamp()


def _own_lease(state: HostState, ask: Ask, connections: int, now: datetime) -> dict[str, Lease]:
    wanted = ask.in_use + ask.waiting
    if not wanted:
        return {}
    known = state.leases.get(ask.holder)
    is_same = known is not None and known.expires_at > now and bool(known.connections) == bool(connections)
    since = known.since if known and is_same else now
    return {ask.holder: Lease(connections, wanted, now + LEASE, since)}


def _turns(ask: Ask, connections: int, delay: float, wait_seconds: float) -> tuple[float, ...]:
    """The moments of the next requests, no more than can start at once: a moment that is not used is lost."""
    count = min(ask.waiting, connections - ask.in_use, max(1, int(_BATCH_SECONDS / delay)))
    first = max(wait_seconds, min(_MARGIN_SECONDS, delay / 2))
    return tuple(first + number * delay for number in range(count))
