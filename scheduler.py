"""The daemon: each source is crawled by its timetable, for as long as the process lives.

APScheduler keeps the timetable in memory; what is due when stands in the archive's ``sources`` rows, so that its jobs
are rebuilt from there at the next start and a run that was missed meanwhile is made up for once. Crawls run in the
same asyncio loop. Knows nothing of pages and decides nothing about articles.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from crawler.config import NO_CONTACT
from crawler.runner import CrawlJob, Recheck, crawl
from crawler.session import crawling
from crawler.slots import CrawlSlots
from storage.errors import ConfigError, WarraqError
from storage.lock import daemon_lock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from datetime import datetime

    from crawler.config import Settings, SourceSettings
    from crawler.runner import CrawlContext, Progress
    from crawler.timetable import Timetable
    from storage.records import Clock
    from storage.records_stored import CrawlReport

_log = logging.getLogger(__name__)

# Of the 10 s that a daemon has to end; closing the archive takes the rest.
_STOPPING_SECONDS = 7.0


class TimetableTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler 3 is untyped
    """APScheduler's view of a timetable. However many moments were missed, the next one lies in the future."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first due moment after both the last one and now."""
        return self._timetable.next_after(max(previous_fire_time or now, now))


class Daemon:
    """Crawls sources by their timetables, each at most once at a time, until its task is cancelled.

    Args:
        context: What the crawls work with; stays the caller's to close.
        due: When each source is next due, by key, as an earlier run left it; others are due at once.
    """

    def __init__(self, context: CrawlContext, due: Mapping[str, datetime | None]) -> None:
        self._context = context
        self._slots = CrawlSlots(may_interrupt=True)
        self._crawls: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        # Missed runs count as one however late it is, and a source whose crawl outlasts its interval waits.
        defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._scheduler.add_listener(_tell_overlap, EVENT_JOB_MAX_INSTANCES)
        for source in context.settings.sources:
            self._plan(source, due.get(source.key))

    async def run(self) -> None:
        """Serves until cancelled; then ends the crawls under way, within 7 s."""
        self._scheduler.start()
        _log.info("daemon started", extra={"sources": len(self._context.settings.sources)})
        try:
            await asyncio.Event().wait()
        finally:
            await self._stop()

    def _plan(self, source: SourceSettings, due: datetime | None) -> None:
        now = self._context.clock()
        timetable = source.timetable()
        # A timetable that was shortened since must not wait for a moment that the longer one set.
        first = max(min(due, timetable.next_after(now)) if due else now, now)
        quiet = source.quiet()
        first = (quiet.ends_at(first) if quiet else None) or first
        self._scheduler.add_job(
            self._tick, TimetableTrigger(timetable), args=[source], id=source.key, next_run_time=first
        )

    async def _tick(self, source: SourceSettings) -> None:
        # The crawl is a task of ours, so that stopping can wait for it; APScheduler only sees it come to an end.
        task = asyncio.create_task(self._crawl(source))
        self._crawls.add(task)
        task.add_done_callback(self._crawls.discard)
        await asyncio.wait({task})

    async def _crawl(self, source: SourceSettings) -> None:
        async with self._slots.slot():
            await _isolated(source.key, self._crawl_once(source))
        # A crawl that was cut short stays due: the next daemon takes it up at once.
        if not self._is_stopping:
            await _isolated(source.key, asyncio.to_thread(self._set_due, source.key))

    async def _crawl_once(self, source: SourceSettings) -> None:
        # A crawl under way is stopped when quiet hours begin; one that waited for its slot till then is left out.
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds_to_quiet(source)):
                _tell_report(await crawl(CrawlJob(source=source, recheck=Recheck.DUE), self._context))

    def _seconds_to_quiet(self, source: SourceSettings) -> float | None:
        quiet, now = source.quiet(), self._context.clock()
        if quiet is None:
            return None
        return 0.0 if quiet.ends_at(now) else (quiet.begins_after(now) - now) / timedelta(seconds=1)

    def _set_due(self, key: str) -> None:
        job = self._scheduler.get_job(key)
        if job is not None:
            with self._context.archive.writing() as writer:
                writer.set_due(key, job.next_run_time.astimezone(UTC))

    async def _stop(self) -> None:
        self._is_stopping = True
        _log.info("daemon stopping", extra={"crawls": len(self._crawls)})
        self._scheduler.pause()
        for task in self._crawls:
            task.cancel()
        if self._crawls:
            await asyncio.wait(self._crawls, timeout=_STOPPING_SECONDS)
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler shuts down in a callback of the loop
        _log.info("daemon stopped")


async def serve(settings: Settings, *, clock: Clock, progress: Progress) -> None:
    """Runs the daemon on the archive of the settings until cancelled.

    Raises:
        ConfigError: There is no source to crawl.
        ArchiveBusyError: Another daemon serves this archive.
        ArchiveError: The archive cannot be opened or written.
    """
    if not settings.sources:
        raise ConfigError(f"{settings.file} names no source", remedy="add one with `warraq add URL`")
    async with crawling(settings, clock=clock, progress=progress, hold=daemon_lock) as context:
        due = {status.key: status.next_due_at for status in context.queries.source_statuses()}
        if not settings.crawler.has_contact:
            _log.warning(NO_CONTACT)
        with suppress(asyncio.CancelledError):  # how run_loop tells of a signal: a daemon that is stopped is done
            await Daemon(context, due).run()


async def _isolated(key: str, work: Awaitable[None]) -> None:
    """Awaits one unit of a source's work; what goes wrong in it is logged and ends nothing else."""
    try:
        await work
    except WarraqError as error:
        _log.error("crawl failed: %s", error, extra={"source": key})
    except Exception:  # noqa: BLE001 - logged below, with its traceback
        # The unit of isolation: one tick of the timetable. The source is tried again at its next one.
        _log.exception("crawl failed", extra={"source": key})


def _tell_report(report: CrawlReport) -> None:
    took = report.finished_at - report.started_at
    fields: dict[str, Any] = {"source": report.source_key, "seconds": round(took / timedelta(seconds=1), 1)}
    fields |= {"feeds": report.feeds_read, "visits": sum(report.outcomes.values())}
    fields |= {outcome.value: count for outcome, count in report.outcomes.items() if count}
    _log.info("crawl stopped" if report.stopped else "crawl finished", extra=fields)
    for problem in report.problems:
        _log.warning("crawl problem: %s", problem, extra={"source": report.source_key})


def _tell_overlap(event: JobSubmissionEvent) -> None:
    _log.warning("crawl still under way, run left out", extra={"source": event.job_id})
