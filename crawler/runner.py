"""One crawl of one source: from what the archive says is to be done, through Scrapy, to a crawl report."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerRunner

from crawler.config import SourceSettings
from crawler.politeness import Hosts
from crawler.reactor import installed_guard, run_loop
from crawler.robots import RobotsCache
from crawler.run import Progress, Run
from crawler.scrapy_settings import scrapy_settings
from crawler.sources import source_record
from crawler.spiders.source import Plan, SourceSpider
from pipeline.urls import normalize_url
from storage.errors import ArchiveError, CrawlError
from storage.records import CrawlReport, FeedTarget, Target

if TYPE_CHECKING:
    from datetime import datetime

    from scrapy import Spider
    from scrapy.crawler import Crawler

    from crawler.config import Settings
    from pipeline.ingest import Ingest
    from storage.archive import Archive
    from storage.queries import Queries
    from storage.records import Clock, SourceRecord

__all__ = ["CrawlContext", "CrawlJob", "Progress", "Recheck", "crawl", "run_loop"]

_log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 0.02
_STOPPING_SECONDS = 6.0  # of the 10 s that a process has to end; the archive needs the rest


class Recheck(StrEnum):
    """Which known articles a crawl visits besides new ones."""

    NONE = "none"
    DUE = "due"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One crawl to be done.

    Attributes:
        source: What to crawl.
        urls: Articles to visit; then no feed is read.
        limit: How many articles to visit at most.
        recheck: Which known articles to visit too.
        every_open: Whether discoveries that failed and wait for their next try are tried now: a person asked.
    """

    source: SourceSettings | SourceRecord
    urls: tuple[str, ...] = ()
    limit: int | None = None
    recheck: Recheck = Recheck.NONE
    every_open: bool = False


@dataclass(frozen=True, slots=True)
class CrawlContext:
    """What the crawls of a process work with, their manners towards hosts included."""

    settings: Settings
    archive: Archive
    ingest: Ingest
    queries: Queries
    clock: Clock
    progress: Progress
    hosts: Hosts = field(default_factory=Hosts)
    robots: RobotsCache = field(default_factory=RobotsCache)


async def crawl(job: CrawlJob, context: CrawlContext) -> CrawlReport:
    """Crawls once and tells what came of it. Several crawls may run at a time, in the loop of ``run_loop``.

    Faults of feeds, pages and our own code end up in the report's ``problems``. When the awaiting task is cancelled,
    what is under way is dropped within 6 s and the report comes back with ``stopped`` set: the caller looks at that
    before it begins another.

    Raises:
        CrawlError: A URL cannot be crawled, or no guard stands on the reactor.
        ArchiveError: The archive cannot be used; no crawl was begun.
    """
    source = source_record(job.source)
    started_at = context.clock()
    crawl_id, plan = await asyncio.to_thread(_begin, job, source, context, started_at)
    run = Run(
        source=source,
        crawl_id=crawl_id,
        settings=context.settings.crawler,
        receiver=context.ingest,
        clock=context.clock,
        progress=context.progress,
        hosts=context.hosts,
        robots=context.robots,
    )
    await carry_out(run, SourceSpider, plan=plan)
    if plan.leaves_feeds and not run.stopped.is_set():
        rest = await asyncio.to_thread(_rest, job, source, context, plan)
        await carry_out(run, SourceSpider, plan=rest)
    report = _report(run, crawl_id, started_at)
    return await asyncio.shield(asyncio.to_thread(_finish, report, context))


async def carry_out(run: Run, spider_class: type[Spider], **arguments: object) -> None:
    """Runs a spider to its end, or until the run is stopped or the awaiting task is cancelled.

    Raises:
        CrawlError: No guard stands on the reactor.
    """
    if installed_guard() is None:
        raise CrawlError("a crawl needs the guarded loop", remedy="start it with run_loop")
    runner = AsyncCrawlerRunner(scrapy_settings(run.settings, run.source))
    crawler = runner.create_crawler(spider_class)
    spider = runner.crawl(crawler, run=run, **arguments)
    stopped = asyncio.ensure_future(run.stopped.wait())
    try:
        await asyncio.wait({spider, stopped}, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        run.stop()
    stopped.cancel()
    if not spider.done():
        await _stop(run, crawler, spider)
    _note_end(run, spider)


async def _stop(run: Run, crawler: Crawler, spider: asyncio.Task[None]) -> None:
    _, late = await asyncio.wait(
        {asyncio.ensure_future(_stop_engine(crawler, spider)), spider}, timeout=_STOPPING_SECONDS
    )
    if late:
        _log.error("crawl did not stop in time", extra={"source": run.source.key, "seconds": _STOPPING_SECONDS})
        for task in late:
            task.cancel()


async def _stop_engine(crawler: Crawler, spider: asyncio.Task[None]) -> None:
    """Stops Scrapy's engine as soon as it runs: one that is still being built cannot be stopped."""
    while not spider.done():
        with contextlib.suppress(RuntimeError):  # there is no engine yet
            if crawler.engine.running:
                await crawler.engine.stop_async()
                return
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _note_end(run: Run, spider: asyncio.Task[None]) -> None:
    """A fault of our own code: the crawl is the unit of isolation."""
    error = spider.exception() if spider.done() and not spider.cancelled() else None
    if error is not None:
        _log.error("crawl failed", exc_info=error, extra={"source": run.source.key})
        run.problems.append(f"an error inside Warraq ({type(error).__name__}: {error}); the log has it")


def _begin(job: CrawlJob, source: SourceRecord, context: CrawlContext, now: datetime) -> tuple[int, Plan]:
    """The crawl's id and what is to be done in it, as the archive has it; runs in a thread."""
    if job.urls:
        return _begin_crawl(source, context, now), Plan(targets=_single(job.urls), limit=job.limit)
    configured = job.source.feeds if isinstance(job.source, SourceSettings) else ()
    feeds = _feeds(configured, context.queries.feed_targets(source.key))
    home_url = None if feeds or source.ad_hoc else source.home_url
    crawl_id = _begin_crawl(source, context, now)
    known = _known(job, source, context, now)
    targets = known or _open(job, source, context, now)
    return crawl_id, Plan(feeds, home_url, tuple(targets), job.limit, leaves_feeds=bool(known))


def _known(job: CrawlJob, source: SourceRecord, context: CrawlContext, now: datetime) -> list[Target]:
    if job.recheck is Recheck.NONE:
        return []
    due_before = now if job.recheck is Recheck.DUE else None
    return context.queries.recheck_targets(source.key, due_before=due_before, limit=job.limit)


def _open(job: CrawlJob, source: SourceRecord, context: CrawlContext, now: datetime) -> list[Target]:
    with context.archive.writing() as writer:
        return writer.open_targets(source.key, None, now=None if job.every_open else now, limit=job.limit)


def _rest(job: CrawlJob, source: SourceRecord, context: CrawlContext, done: Plan) -> Plan:
    """What is left to visit after the known articles.

    They come first, and all of them: an article that was moved is then known by its new address, before that address,
    which a feed lists as new, would make another article of it.
    """
    visited = {target.url for target in done.targets}
    targets = [target for target in _open(job, source, context, context.clock()) if target.url not in visited]
    return Plan(targets=tuple(targets), limit=None if job.limit is None else max(0, job.limit - len(visited)))


def _begin_crawl(source: SourceRecord, context: CrawlContext, now: datetime) -> int:
    with context.archive.writing() as writer:
        writer.upsert_source(source)
        return writer.begin_crawl(source.key, now)


def _single(urls: tuple[str, ...]) -> tuple[Target, ...]:
    targets = []
    for url in urls:
        try:
            targets.append(Target(normalize_url(url)))
        except ValueError:
            raise CrawlError(f"{url} cannot be crawled", remedy="give an http or https URL", subject=url) from None
    return tuple(targets)


def _feeds(configured: tuple[str, ...], known: list[FeedTarget]) -> tuple[FeedTarget, ...]:
    """The configured feeds with what the archive knows of them; without any, those that were found before."""
    by_url = {feed.url: feed for feed in known}
    if configured:
        return tuple(by_url.get(url, FeedTarget(url)) for url in dict.fromkeys(configured))
    return tuple(feed for feed in known if feed.kind is not None)


def _report(run: Run, crawl_id: int, started_at: datetime) -> CrawlReport:
    return CrawlReport(
        crawl_id=crawl_id,
        source_key=run.source.key,
        started_at=started_at,
        finished_at=run.clock(),
        outcomes=dict(run.outcomes),
        feeds_read=run.feeds_read,
        feeds_failed=run.feeds_failed,
        requests=run.requests,
        received_bytes=run.received_bytes,
        problems=run.all_problems(),
        stopped=run.stopped.is_set(),
    )


def _finish(report: CrawlReport, context: CrawlContext) -> CrawlReport:
    """Keeps the report; one that cannot be kept is still told."""
    try:
        with context.archive.writing() as writer:
            writer.finish_crawl(report)
    except ArchiveError as error:
        _log.error("crawl report could not be kept: %s", error, extra={"source": report.source_key})
    return report
