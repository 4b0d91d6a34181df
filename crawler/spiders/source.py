"""The spider of one crawl: feeds first, then the articles they and the archive still want visited.

It decides what to request next and hands on what came. It extracts nothing, asks no database, and makes nothing of a
status: every answer goes to the archive.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from scrapy import Request, Spider, signals

from crawler.backfill import BackfillPlan, BackfillReader
from crawler.failures import failure_of
from crawler.feed_reader import FeedReader, Following
from crawler.fetching import conditional
from crawler.run import Run, StoppedError
from crawler.trail import Trail, start_trail, trail_of
from pipeline.batches import MOST_IN_A_BATCH
from pipeline.visits import Failure, Visit
from storage.records import Outcome, Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure as TwistedFailure

    from storage.records import Capture, Target

_REDIRECTS = range(300, 400)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")  # RFC 3986 section 3.1
# Each costs 40 kB and more, and what is refused at once piles up before the archive: one batch there, one on its way.
_IN_HAND = 2 * MOST_IN_A_BATCH
_ENDS = (signals.item_scraped, signals.item_dropped, signals.item_error, signals.spider_error)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a crawl sets out to do.

    Attributes:
        following: The feeds to read.
        backfill: The pages of lists to read instead, where the archive is to be filled back in time.
        targets: Articles to visit after those that the feeds bring up.
        limit: How many articles to visit at most.
        leaves_feeds: Whether what the feeds bring up is left for a later plan.
    """

    following: Following = field(default_factory=Following)
    backfill: BackfillPlan | None = None
    targets: tuple[Target, ...] = ()
    limit: int | None = None
    leaves_feeds: bool = False


class SourceSpider(Spider):
    """Carries out one plan."""

    name = "source"

    def __init__(self, run: Run, plan: Plan) -> None:
        super().__init__()
        self.run = run
        self.plan = plan
        self._room = asyncio.Semaphore(_IN_HAND)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Called by Scrapy."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for signal in (signals.spider_error, signals.item_error):
            crawler.signals.connect(spider._note_error, signal=signal)  # noqa: SLF001 - its own class
        for signal in _ENDS:
            crawler.signals.connect(spider._make_room, signal=signal)  # noqa: SLF001 - its own class
        return spider

    async def start(self) -> AsyncIterator[Request | Visit]:
        """The articles to request, each URL once, as many as the plan allows, and as the earlier ones are settled."""
        asked: set[str] = set()
        async for target in self._targets(asked):
            if self.run.stopped.is_set() or (self.plan.limit is not None and len(asked) >= self.plan.limit):
                return
            if target.url not in asked:
                asked.add(target.url)
                await self._room.acquire()
                yield self._request(target)

    async def _targets(self, asked: Collection[str]) -> AsyncIterator[Target]:
        if self.plan.backfill:
            reader: FeedReader | BackfillReader = BackfillReader(self.crawler, self.run, self.plan.backfill)
        else:
            reader = FeedReader(self.crawler, self.run, self.plan.following)
        async for targets in reader.read_all():
            for target in () if self.plan.leaves_feeds else targets:
                yield target
        others = [target for target in self.plan.targets if target.url not in asked]
        self.run.progress.feed(self.run.source.key, self.run.source.home_url, len(others))
        for target in others:
            yield target

    def _request(self, target: Target) -> Request | Visit:
        trail = Trail(Role.ARTICLE, target.url, uuid4().hex)
        try:
            request = Request(
                target.url,
                headers=conditional(target.validators),
                callback=self._visited,
                errback=self._failed,
                cb_kwargs={"target": target},
            )
        except ValueError as error:
            return self._visit(trail, target, failure_of(error, target.url, self.run.settings))
        return start_trail(request, trail)

    def _visited(self, response: Response, target: Target) -> Visit:
        assert response.request is not None  # noqa: S101 - Scrapy sets it before a callback
        trail = trail_of(response.request)
        return self._visit(trail, target, _dead_end(trail.captures[-1]))

    def _failed(self, failure: TwistedFailure) -> Visit | None:
        error: Any = failure.value
        request: Request = getattr(failure, "request")  # noqa: B009 - Scrapy adds it, untyped
        if isinstance(error, StoppedError):
            return None
        trail = trail_of(request)
        dead_end = _dead_end(trail.captures[-1]) if trail.captures and isinstance(error, ValueError) else None
        reason = dead_end or failure_of(error, request.url, self.run.settings)
        error.__traceback__ = None  # its frames hold the error in turn: 40 kB that only the collector would free
        return self._visit(trail, request.cb_kwargs["target"], reason)

    def _visit(self, trail: Trail, target: Target, failure: Failure | None) -> Visit:
        if failure:
            trail.go_on()
        return Visit(
            trail.visit_id or "",
            self.run.source,
            self.run.crawl_id,
            target.url,
            self.run.clock(),
            tuple(trail.captures),
            failure,
            target.listing,
        )

    def _make_room(self) -> None:
        self._room.release()

    def _note_error(self, failure: TwistedFailure) -> None:
        """A fault in our own code: Scrapy has logged its traceback, and the URL stays open."""
        problem = f"an error inside Warraq ({type(failure.value).__name__}); the log has it"
        if problem not in self.run.problems:
            self.run.problems.append(problem)


def _dead_end(last: Capture) -> Failure | None:
    """Why a redirect was not followed, where it leads out of the web."""
    location = last.header("Location")
    if last.status not in _REDIRECTS or not location:
        return None
    scheme = location.strip().partition(":")[0].lower()
    if scheme in ("http", "https") or not _SCHEME.fullmatch(scheme):
        return None
    return Failure(Outcome.REFUSED, f"refused: redirected to {scheme}:, which is neither http nor https")
