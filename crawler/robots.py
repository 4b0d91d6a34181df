"""robots.txt, by RFC 9309: read once a day for each origin, and obeyed before every request.

An answer of 4xx allows everything, one of 5xx or none at all refuses everything for now (sections 2.3.1.3 and 2.3.1.4).
What it said is kept in the archive, so that neither another process nor the next one asks again within the day. The
rules themselves are read by Protego. It knows nothing of sources and articles.
"""

from __future__ import annotations

import asyncio
import codecs
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from crawler.bodies import decoded
from crawler.failures import GivenUpError, failure_of, refused
from crawler.politeness import host_key
from crawler.run import StoppedError, run_of
from crawler.trail import Trail, start_trail, trail_of
from pipeline.visits import Failure
from storage.records import Outcome, Role
from storage.records_hosts import RobotsText

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.run import Run

_KEPT = timedelta(days=1)  # RFC 9309 section 2.4: not longer than 24 hours
_KEPT_UNREADABLE = timedelta(minutes=5)
_READ_BYTES = 1_000_000  # RFC 9309 section 2.5 asks for 500 KiB at least
_REMEMBERED = 256  # origins whose rules stay parsed; the others are read from the archive again
_PARSED_AT_ONCE = 50_000  # characters; longer ones take a while, and are parsed beside the loop
_UNREADABLE_STATUS = 500
_TOO_MANY_REQUESTS = 429
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt allows. ``failure`` stands for one that could not be read: then nothing is."""

    parser: Protego | None = None
    failure: Failure | None = None

    def check(self, url: str, agent: str) -> None:
        """Returns when the URL may be requested.

        Raises:
            GivenUpError: robots.txt forbids it, could not be read, or its host cannot be reached at all.
        """
        if self.failure:
            raise GivenUpError(self.failure)
        if self.parser and not self.parser.can_fetch(url, agent):
            raise refused("refused by robots.txt")


@dataclass(slots=True)
class RobotsCache:
    """The rules of the origins that this process asked last, until they expire. All of it belongs to one loop."""

    _rules: dict[str, tuple[float, asyncio.Future[Rules]]] = field(default_factory=dict)

    def get(self, origin: str) -> asyncio.Future[Rules] | None:
        """The rules, known or being fetched by another crawl; None when they must be fetched now."""
        expires_at, rules = self._rules.get(origin, (0.0, None))
        return rules if expires_at > asyncio.get_running_loop().time() else None

    def begin(self, origin: str) -> asyncio.Future[Rules]:
        """Marks the origin's rules as being fetched; whoever asks meanwhile waits for them."""
        loop = asyncio.get_running_loop()
        if len(self._rules) >= _REMEMBERED:
            self._rules = {name: known for name, known in self._rules.items() if not known[1].done()}
        rules: asyncio.Future[Rules] = loop.create_future()
        self._rules[origin] = (loop.time() + _KEPT.total_seconds(), rules)
        return rules

    def end(self, origin: str, rules: Rules, kept: timedelta) -> None:
        """Gives the rules to all who wait for them, and keeps them for so long."""
        _, waiting = self._rules[origin]
        self._rules[origin] = (asyncio.get_running_loop().time() + kept.total_seconds(), waiting)
        waiting.set_result(rules)

    def give_up(self, origin: str) -> None:
        """Lets another crawl fetch them: this one was stopped."""
        _, waiting = self._rules.pop(origin)
        waiting.cancel()


class RobotsReader:
    """Knows the robots.txt of every origin for one crawl, fetching and archiving it first where it must.

    Also for requests that do not go through Scrapy.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = run_of(crawler)
        # RFC 9309 section 2.2.1: groups are matched by the product token, which is what comes before the slash.
        self._agent = self._run.settings.user_agent.partition("/")[0]

    async def check(self, url: str) -> None:
        """Returns when the URL may be requested; asks its origin for its robots.txt where that is not known.

        Raises:
            GivenUpError: robots.txt forbids it, cannot be read for now, or its host cannot be reached.
            StoppedError: The crawl was stopped.
        """
        rules = await self._run.hand_over(self._rules(url))
        rules.check(url, self._agent)

    async def _rules(self, url: str) -> Rules:
        parts = urlsplit(url)
        origin = f"{parts.scheme.lower()}://{host_key(url)}"
        while True:
            known = self._run.robots.get(origin)
            if known is None:
                return await self._learn(origin)
            await asyncio.wait({known})
            if not known.cancelled():
                return known.result()

    async def _learn(self, origin: str) -> Rules:
        self._run.robots.begin(origin)
        try:
            known = await self._run.hosts.shared.robots_text(origin)
            is_current = known and known.read_at <= self._run.clock() < known.expires_at
            rules, kept = await self._read(known if known and is_current else await self._fetch(origin))
        except BaseException:
            self._run.robots.give_up(origin)
            raise
        self._run.robots.end(origin, rules, kept)
        return rules

    async def _fetch(self, origin: str) -> RobotsText | Failure:
        """What it says, kept for a day; or why it could not be read, which is kept for nobody but this process."""
        url = f"{origin}/robots.txt"
        trail = Trail(Role.ROBOTS, url)
        request = start_trail(Request(url, callback=NO_CALLBACK), trail)
        said: str | Failure | None
        try:
            said = _said(await self._crawler.engine.download_async(request))
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - one fetch is the unit of isolation; failure_of logs the unforeseen
            said = _unreachable(error, url, self._run)
        for capture in trail.captures:
            await self._run.receiver.exchange(capture)
        if isinstance(said, Failure):
            return said
        now = self._run.clock()
        robots = RobotsText(origin, now, now + _KEPT, said)
        await self._run.hosts.shared.keep_robots_text(robots)
        return robots

    async def _read(self, robots: RobotsText | Failure) -> tuple[Rules, timedelta]:
        if isinstance(robots, Failure):
            return Rules(failure=robots), _KEPT_UNREADABLE
        kept = robots.expires_at - self._run.clock()
        if robots.text is None:
            return Rules(), kept
        is_long = len(robots.text) > _PARSED_AT_ONCE
        parser = await asyncio.to_thread(Protego.parse, robots.text) if is_long else Protego.parse(robots.text)
        self._run.hosts.slow_down(host_key(robots.origin), _delay(parser, self._agent))
        return Rules(parser), kept


class RobotsMiddleware:
    """Refuses what robots.txt forbids, for every request that Scrapy makes (order 100)."""

    def __init__(self, crawler: Crawler) -> None:
        self._reader = RobotsReader(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Called by Scrapy before every request, redirected ones too.

        Raises:
            GivenUpError: robots.txt forbids it, cannot be read for now, or its host cannot be reached.
        """
        if trail_of(request).role is not Role.ROBOTS:
            await self._reader.check(request.url)


def _said(response: Response) -> str | Failure | None:
    """The text of a robots.txt, None where there is none, or why nothing may be requested for now."""
    status = response.status
    if status >= _UNREADABLE_STATUS or status == _TOO_MANY_REQUESTS:
        return Failure(Outcome.REFUSED, f"refused for now: robots.txt answers {status}")
    if not 200 <= status < 300:  # noqa: PLR2004 - the success class of HTTP
        return None
    body = decoded(response, _READ_BYTES * 20)
    return _text(body if isinstance(body, bytes) else b"")


def _text(body: bytes) -> str:
    """UTF-8, as section 2.3 has it, unless a byte order mark says otherwise; the megabyte ends with a whole line."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if body.startswith(mark)), "utf-8")
    if len(body) > _READ_BYTES:
        body = body[:_READ_BYTES].rpartition(b"\n")[0] or body[:_READ_BYTES]
    return body.decode(encoding, "replace").replace("\x00", "")


def _delay(parser: Protego, agent: str) -> float:
    """Seconds between requests by ``Crawl-delay`` or ``Request-rate``; neither is in the RFC, and both are meant."""
    rate = parser.request_rate(agent)
    by_rate = rate.seconds / rate.requests if rate and rate.start_time is None else 0.0
    return max(parser.crawl_delay(agent) or 0.0, by_rate)


def _unreachable(error: Exception, url: str, run: Run) -> Failure | None:
    if isinstance(error, IgnoreRequest) and not isinstance(error, GivenUpError):
        # More than five redirects: as if there were none (RFC 9309 section 2.3.1.2).
        return None
    failure = failure_of(error, url, run.settings)
    if isinstance(error, DownloadTimeoutError):
        return Failure(Outcome.REFUSED, f"refused for now: robots.txt {failure.reason}")
    return failure
