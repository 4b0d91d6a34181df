"""robots.txt, by RFC 9309: read once a day for each origin, and obeyed before every request.

An answer of 4xx allows everything, one of 5xx or none at all refuses everything for now (sections 2.3.1.3 and 2.3.1.4).
The rules themselves are read by Protego. It knows nothing of sources and articles.
"""

from __future__ import annotations

import asyncio
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

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.run import Run

_KEPT = timedelta(days=1)  # RFC 9309 section 2.4: not longer than 24 hours
_KEPT_UNREADABLE = timedelta(minutes=5)
_READ_BYTES = 1_000_000  # RFC 9309 section 2.5 asks for 500 KiB at least
_REMEMBERED = 4096
_UNREADABLE_STATUS = 500
_TOO_MANY_REQUESTS = 429


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


_ALLOW_ALL = Rules()


@dataclass(slots=True)
class RobotsCache:
    """The rules of every origin that this process asked, for a day. All of it belongs to one asyncio loop."""

    _rules: dict[str, tuple[float, asyncio.Future[Rules]]] = field(default_factory=dict)

    def get(self, origin: str) -> asyncio.Future[Rules] | None:
        """The rules, known or being fetched by another crawl; None when they must be fetched now."""
        expires_at, rules = self._rules.get(origin, (0.0, None))
        return rules if expires_at > asyncio.get_running_loop().time() else None

    def begin(self, origin: str) -> asyncio.Future[Rules]:
        """Marks the origin's rules as being fetched; whoever asks meanwhile waits for them."""
        loop = asyncio.get_running_loop()
        if len(self._rules) >= _REMEMBERED:
            self._rules = {name: known for name, known in self._rules.items() if known[0] > loop.time()}
        rules: asyncio.Future[Rules] = loop.create_future()
        self._rules[origin] = (loop.time() + _KEPT.total_seconds(), rules)
        return rules

    def end(self, origin: str, rules: Rules) -> None:
        """Gives the rules to all who wait for them, and keeps them."""
        kept = _KEPT_UNREADABLE if rules.failure else _KEPT
        _, waiting = self._rules[origin]
        self._rules[origin] = (asyncio.get_running_loop().time() + kept.total_seconds(), waiting)
        waiting.set_result(rules)

    def give_up(self, origin: str) -> None:
        """Lets another crawl fetch them: this one was stopped."""
        _, waiting = self._rules.pop(origin)
        waiting.cancel()


class RobotsMiddleware:
    """Refuses what robots.txt forbids, fetching and archiving it first where it is not known (order 100)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = run_of(crawler)
        # RFC 9309 section 2.2.1: groups are matched by the product token, which is what comes before the slash.
        self._agent = self._run.settings.user_agent.partition("/")[0]

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
            rules = await self._run.until_stopped(self._rules(request.url))
            rules.check(request.url, self._agent)

    async def _rules(self, url: str) -> Rules:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{host_key(url)}"
        while True:
            known = self._run.robots.get(origin)
            if known is None:
                return await self._fetch(origin)
            await asyncio.wait({known})
            if not known.cancelled():
                return known.result()

    async def _fetch(self, origin: str) -> Rules:
        self._run.robots.begin(origin)
        try:
            rules = await self._read(f"{origin}/robots.txt")
        except BaseException:
            self._run.robots.give_up(origin)
            raise
        self._run.robots.end(origin, rules)
        return rules

    async def _read(self, url: str) -> Rules:
        trail = Trail(Role.ROBOTS, url)
        request = start_trail(Request(url, callback=NO_CALLBACK), trail)
        try:
            response = await self._crawler.engine.download_async(request)
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - one fetch is the unit of isolation; failure_of logs the unforeseen
            rules = _unreadable(error, url, self._run)
        else:
            rules = self._parse(url, response)
        for capture in trail.captures:
            await self._run.hand_over(self._run.receiver.exchange(capture))
        return rules

    def _parse(self, url: str, response: Response) -> Rules:
        status = response.status
        if status >= _UNREADABLE_STATUS or status == _TOO_MANY_REQUESTS:
            return Rules(failure=Failure(Outcome.REFUSED, f"refused for now: robots.txt answers {status}"))
        if not 200 <= status < 300:  # noqa: PLR2004 - the success class of HTTP
            return _ALLOW_ALL
        parser = Protego.parse(_text(response))
        delay = parser.crawl_delay(self._agent)
        if delay:
            self._run.hosts.slow_down(host_key(url), delay)
        return Rules(parser)


def _text(response: Response) -> str:
    body = decoded(response, _READ_BYTES * 20)
    plain = body if isinstance(body, bytes) else b""
    return plain[:_READ_BYTES].decode("utf-8-sig", "replace")


def _unreadable(error: Exception, url: str, run: Run) -> Rules:
    if isinstance(error, IgnoreRequest) and not isinstance(error, GivenUpError):
        # More than five redirects: as if there were none (RFC 9309 section 2.3.1.2).
        return _ALLOW_ALL
    failure = failure_of(error, url, run.settings)
    if isinstance(error, DownloadTimeoutError):
        return Rules(failure=Failure(Outcome.REFUSED, f"refused for now: robots.txt {failure.reason}"))
    return Rules(failure=failure)
