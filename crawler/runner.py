"""One crawl of one source: from what the archive says is to be done, through Scrapy, to a crawl report."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerRunner

from crawler.access import load_access
from crawler.assets import AssetPlan, AssetSpider, plan_assets
from crawler.backfill import BackfillPlan
from crawler.config import SourceSettings
from crawler.feed_reader import Following
from crawler.politeness import Hosts
from crawler.reactor import installed_guard, run_loop
from crawler.recheck_targets import asked, due_targets
from crawler.rendering.chromium import check_can_render
from crawler.robots import RobotsCache
from crawler.run import Progress, Run
from crawler.scrapy_settings import check_handlers, scrapy_settings
from crawler.sources import source_record
from crawler.spiders.source import Plan, SourceSpider
from pipeline.urls import normalize_url
from storage.errors import ArchiveError, CrawlError
from storage.records import FeedKind, FeedTarget, Target
from storage.records_assets import Assets
from storage.records_stored import CrawlReport
from storage.takedown_queries import TakedownQueries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scrapy import Spider
    from scrapy.crawler import Crawler

    from crawler.config import Settings
    from crawler.limits import LimitSettings
    from crawler.rendering.renderer import Renderer
    from pipeline.ingest import Ingest
    from storage.archive import Archive
    from storage.queries import Queries
    from storage.records import Clock, SourceRecord

__all__ = ["CrawlContext", "CrawlJob", "Period", "Progress", "Recheck", "crawl", "run_loop"]

_log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 0.02
_SEARCH_AGAIN = timedelta(days=30)
_SAMPLES = 200  # addresses from which a site's ways of naming articles are known
_STOPPING_SECONDS = 6.0  # of the 10 s that a process has to end; the archive needs the rest


class Recheck(StrEnum):
    """Which known articles a crawl visits besides new ones."""

    NONE = "none"
    DUE = "due"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """A time; up to now where ``until`` is None."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One crawl to be done.

    Attributes:
        source: What to crawl.
        urls: Articles to visit; then no feed is read.
        limit: How many articles to visit at most.
        recheck: Which known articles to visit too.
        every_open: Whether discoveries that failed and wait for their next try are tried now: a person asked.
        backfill: The time to fill the archive for; then no feed is read for what is new.
    """

    source: SourceSettings | SourceRecord
    urls: tuple[str, ...] = ()
    limit: int | None = None
    recheck: Recheck = Recheck.NONE
    every_open: bool = False
    backfill: Period | None = None


@dataclass(frozen=True, slots=True)
class CrawlContext:
    """What the crawls of a process work with, their manners towards hosts included."""

    settings: Settings
    archive: Archive
    ingest: Ingest
    queries: Queries
    clock: Clock
    progress: Progress
    renderer: Renderer
    hosts: Hosts = field(default_factory=Hosts)
    robots: RobotsCache = field(default_factory=RobotsCache)


async def crawl(job: CrawlJob, context: CrawlContext) -> CrawlReport:
    """Crawls once and tells what came of it. Several crawls may run at a time, in the loop of ``run_loop``.

    Faults of feeds, pages and our own code end up in the report's ``problems``. When the awaiting task is cancelled,
    what is under way is dropped within 6 s and the report comes back with ``stopped`` set: the caller looks at that
    before it begins another.

    Raises:
        ConfigError: The source's pages are to be rendered, and what renders them is missing; or its cookie file cannot
            be used.
        CrawlError: A URL cannot be crawled, or no guard stands on the reactor.
        ArchiveError: The archive cannot be used; no crawl was begun.
    """
    source = source_record(job.source)
    is_rendered = isinstance(job.source, SourceSettings) and job.source.render
    if is_rendered:
        check_can_render(context.settings.render)
    access = await asyncio.to_thread(load_access, job.source)
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
        limits=_limits(job, context),
        withheld=await asyncio.to_thread(TakedownQueries(context.archive).withheld_urls),
        renderer=context.renderer if is_rendered else None,
        access=access,
    )
    await carry_out(run, SourceSpider, plan=plan)
    if plan.leaves_feeds and not run.stopped.is_set():
        rest = await asyncio.to_thread(_rest, job, source, context, plan)
        await carry_out(run, SourceSpider, plan=rest)
    if run.has_backfilled and plan.limit is None and not run.stopped.is_set():
        await asyncio.to_thread(_end_backfill, source.key, context)
    if not run.stopped.is_set():
        await _fetch_assets(run, job, context)
    report = _report(run, crawl_id, started_at)
    return await asyncio.shield(asyncio.to_thread(_finish, report, context))


async def _fetch_assets(run: Run, job: CrawlJob, context: CrawlContext) -> None:
    """After the visits, so that no article waits for pictures; a fault of the archive ends this, and is told."""
    wanted = job.source.assets if isinstance(job.source, SourceSettings) else Assets.LEAD
    settings = context.settings.assets
    try:
        plan = await asyncio.to_thread(plan_assets, context.archive, run, wanted, settings)
        if plan.links:
            await asyncio.to_thread(_link_assets, plan, context)
    except ArchiveError as error:
        run.problems.append(str(error))
        return
    run.left_out.update({limit: count for limit, count in plan.left_out.items() if count})
    if plan.errands:
        await carry_out(run, AssetSpider, plan=plan, settings=settings)


def _link_assets(plan: AssetPlan, context: CrawlContext) -> None:
    with context.archive.writing() as writer:
        for page, url, capture_id in plan.links:
            writer.link_asset(page, url, capture_id)


async def carry_out(run: Run, spider_class: type[Spider], **arguments: object) -> None:
    """Runs a spider to its end, or until the run is stopped or the awaiting task is cancelled.

    Raises:
        CrawlError: No guard stands on the reactor, or a download handler goes round it.
    """
    if installed_guard() is None:
        raise CrawlError("a crawl needs the guarded loop", remedy="start it with run_loop")
    runner = AsyncCrawlerRunner(scrapy_settings(run.settings, run.source))
    crawler = runner.create_crawler(spider_class)
    check_handlers(crawler.settings.getwithbase("DOWNLOAD_HANDLERS"))
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
    known_feeds = context.queries.feed_targets(source.key)
    crawl_id = _begin_crawl(source, context, now)
    if job.backfill:
        plan = _plan_backfill(job, source, context, now)
        return crawl_id, replace(plan, targets=tuple(_open(job, source, context, now)), limit=job.limit)
    known = _known(job, source, context, now)
    targets = known or _open(job, source, context, now)
    following = _following(job, source, context, known_feeds, now)
    return crawl_id, Plan(following, None, tuple(targets), job.limit, leaves_feeds=bool(known))


def _limits(job: CrawlJob, context: CrawlContext) -> LimitSettings:
    general = context.settings.limits
    return job.source.limits.laid_over(general) if isinstance(job.source, SourceSettings) else general


def _following(
    job: CrawlJob, source: SourceRecord, context: CrawlContext, known_feeds: list[FeedTarget], now: datetime
) -> Following:
    """The feeds to read: those of the configuration, else those that a search has found, or a search now."""
    feeds = feeds_of(job.source, known_feeds)
    is_configured = isinstance(job.source, SourceSettings) and bool(job.source.feeds)
    home_url = None
    if not (is_configured or source.ad_hoc) and _is_search_due(source, context, feeds, now):
        home_url = source.home_url
        with context.archive.writing() as writer:
            writer.note_search(source.key, now)
    articles, others = context.queries.url_samples(source.key, _SAMPLES)
    return Following(feeds, home_url, tuple(known_feeds), tuple(articles), tuple(others))


def _is_search_due(source: SourceRecord, context: CrawlContext, feeds: Sequence[FeedTarget], now: datetime) -> bool:
    """Sites change: a search is repeated after a month, or where nothing that was found can be read any more."""
    sought_at = context.queries.feeds_sought_at(source.key)
    if sought_at is None or all(feed.failures for feed in feeds):
        return True
    return now - sought_at >= _SEARCH_AGAIN


def _plan_backfill(job: CrawlJob, source: SourceRecord, context: CrawlContext, now: datetime) -> Plan:
    period = job.backfill
    if period is None:
        raise ValueError("a backfill has a time")
    with context.archive.writing() as writer:
        under_way = writer.begin_backfill(source.key, period.since, period.until, now)
        pages = writer.backfill_pages_left(source.key) if under_way else []
        state = under_way or writer.backfill_state(source.key)
        reach = writer.earliest_backfilled(source.key) if under_way else None
    if state is None:
        raise ValueError("a backfill that was begun has a state")
    feeds = feeds_of(job.source, context.queries.feed_targets(source.key))
    articles, others = context.queries.url_samples(source.key, _SAMPLES)
    plan = BackfillPlan(state.since, state.until, tuple(pages), feeds, reach, tuple(articles), tuple(others))
    return Plan(backfill=plan)


def _end_backfill(source_key: str, context: CrawlContext) -> None:
    with context.archive.writing() as writer:
        writer.end_backfill(source_key, context.clock())


def _known(job: CrawlJob, source: SourceRecord, context: CrawlContext, now: datetime) -> list[Target]:
    if job.recheck is Recheck.NONE:
        return []
    if job.recheck is Recheck.DUE:
        return due_targets(source.key, context, per_hour=_rechecks_per_hour(job, context), now=now, limit=job.limit)
    with context.archive.writing() as writer:
        state = writer.recheck_state(source.key)
    return asked(context.queries.recheck_targets(source.key, limit=job.limit), state, now)


def _rechecks_per_hour(job: CrawlJob, context: CrawlContext) -> float:
    own = job.source.rechecks_per_hour if isinstance(job.source, SourceSettings) else None
    return own or context.settings.rechecks.per_hour


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


def feeds_of(source: SourceSettings | SourceRecord, known: Sequence[FeedTarget]) -> tuple[FeedTarget, ...]:
    """The configured feeds and sections with what the archive knows of them; without feeds, those found before."""
    by_url = {feed.url: feed for feed in known}
    feeds = source.feeds if isinstance(source, SourceSettings) else ()
    sections = source.sections if isinstance(source, SourceSettings) else ()
    named = {url: by_url.get(url, FeedTarget(url)) for url in feeds}
    named |= {url: by_url.get(url, FeedTarget(url, FeedKind.FRONT_PAGE)) for url in sections}
    found = {} if feeds else {feed.url: feed for feed in known if feed.followed and feed.kind is not None}
    return tuple((found | named).values())


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
        left_out=dict(run.left_out),
        assets=run.assets,
        assets_failed=run.assets_failed,
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
