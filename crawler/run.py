"""What the parts of one crawl share while it runs: who it is for, where captures go, and what has come of it so far."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from crawler.guard import with_remedy
from crawler.limits import LimitSettings
from storage.errors import ArchiveError
from storage.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy.crawler import Crawler

    from crawler.access import Access
    from crawler.config import CrawlerSettings
    from crawler.politeness import Hosts
    from crawler.rendering.renderer import Renderer
    from crawler.robots import RobotsCache
    from pipeline.visits import FeedReading, Listed, Visit
    from storage.records import Capture, Clock, SourceRecord
    from storage.records_assets import FetchedAsset

T = TypeVar("T")
_READABLE = range(200, 300)


class StoppedError(Exception):
    """The crawl is being stopped; what was under way is dropped, and stays open for the next crawl."""


class Progress(Protocol):
    """Is told what a crawl does, as it does it."""

    def feed(self, source_key: str, url: str, listed: int) -> None:
        """A feed was read that leaves so many articles to visit."""

    def visited(self, source_key: str, url: str, outcome: Outcome) -> None:
        """An article was visited, and that is what it came to."""

    def backfill(self, source_key: str, pages_read: int, pages_left: int) -> None:
        """A backfill has read so many pages of lists, and knows of so many more."""


class Receiver(Protocol):
    """Where captures go: ``pipeline.ingest.Ingest``, or nowhere while a site is only looked over."""

    async def visit(self, visit: Visit) -> Outcome:
        """What the visit came to, once it is committed."""

    async def feed(self, reading: FeedReading) -> Listed:
        """What the reading brought, once it is committed."""

    async def asset(self, fetched: FetchedAsset) -> None:
        """Keeps a picture or style sheet, and which pages show it."""

    async def exchange(self, capture: Capture) -> None:
        """Keeps an exchange from which nothing is concluded."""


@dataclass(slots=True)
class Run:
    """One crawl under way. ``problems`` are sentences for a person.

    ``withheld`` holds the addresses of articles that were taken down, in every form by which one is known.
    ``renderer`` is given where the source's pages are rendered; ``rendering`` is held by the page that is, so that one
    source never keeps the browsers from the others.
    """

    source: SourceRecord
    crawl_id: int | None
    settings: CrawlerSettings
    receiver: Receiver
    clock: Clock
    progress: Progress
    hosts: Hosts
    robots: RobotsCache
    limits: LimitSettings = field(default_factory=LimitSettings)
    withheld: frozenset[str] = frozenset()
    renderer: Renderer | None = None
    rendering: asyncio.Lock = field(default_factory=asyncio.Lock)
    access: Access | None = None
    requests: int = 0
    received_bytes: int = 0
    assets: int = 0
    assets_failed: int = 0
    feeds_read: int = 0
    feeds_failed: int = 0
    has_backfilled: bool = False
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: dict[str, list[str]] = field(default_factory=dict)
    _under_way: set[asyncio.Task[object]] = field(default_factory=set)

    async def until_stopped(self, work: Coroutine[object, object, T]) -> T:
        """The work's result, unless the crawl is stopped first.

        Raises:
            StoppedError: The crawl was stopped; the work was cancelled.
        """
        if self.stopped.is_set():
            work.close()
            raise StoppedError
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await task
        except asyncio.CancelledError:
            task.cancel()
            if self.stopped.is_set():
                raise StoppedError from None
            raise

    async def hand_over(self, work: Coroutine[object, object, T]) -> T:
        """What the receiver made of something, unless the crawl is stopped first.

        Raises:
            StoppedError: The crawl was stopped, or the archive cannot be written, which stops it.
        """
        try:
            return await self.until_stopped(work)
        except ArchiveError as error:
            self.fail(str(error))
            raise StoppedError from error

    def note_visit(self, visit: Visit, outcome: Outcome) -> None:
        """Counts the visit, and remembers why it failed."""
        self.outcomes[outcome] += 1
        if outcome in (Outcome.FAILED, Outcome.REFUSED):
            self._failures.setdefault(_reason(visit), []).append(visit.requested_url)
        self.progress.visited(self.source.key, visit.requested_url, outcome)

    def all_problems(self) -> tuple[str, ...]:
        """What went wrong, in sentences; visits that failed for one reason share one."""
        failed = (_sentence(with_remedy(reason), urls) for reason, urls in self._failures.items())
        return (*map(with_remedy, self.problems), *failed)

    def stop(self) -> None:
        """Cancels what is under way; nothing new is begun."""
        self.stopped.set()
        for task in self._under_way:
            task.cancel()

    def fail(self, problem: str) -> None:
        """Ends the crawl for a reason that makes going on useless, such as a full disk."""
        if problem not in self.problems:
            self.problems.append(problem)
        self.stop()


def _reason(visit: Visit) -> str:
    if visit.failure:
        return visit.failure.reason
    status = visit.captures[-1].status
    return "the page cannot be read" if status in _READABLE else f"answered {status}"


def _sentence(reason: str, urls: list[str]) -> str:
    return f"{urls[0]}: {reason}" if len(urls) == 1 else f"{len(urls)} articles: {reason}; the first: {urls[0]}"


def run_of(crawler: Crawler) -> Run:
    """The run that a Scrapy crawler carries out.

    Raises:
        TypeError: It was started without one.
    """
    run = getattr(crawler.spider, "run", None)
    if not isinstance(run, Run):
        raise TypeError(f"the spider {crawler.spider!r} carries no run")
    return run
