"""What a process needs to crawl, opened in order and closed in reverse."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from crawler.runner import CrawlContext
from pipeline.ingest import Ingest
from pipeline.workers import ExtractionPool
from storage.archive import Archive
from storage.queries import Queries
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from crawler.config import Settings
    from crawler.runner import Progress
    from storage.records import Clock

_log = logging.getLogger(__name__)


@asynccontextmanager
async def crawling(settings: Settings, *, clock: Clock, progress: Progress) -> AsyncIterator[CrawlContext]:
    """The context of every crawl of this process; records that an earlier run left unfinished are taken in first.

    Raises:
        ArchiveError: The archive cannot be opened or written.
    """
    archive = Archive.open(settings.archive.database, settings.archive.warc_dir, clock=clock)
    try:
        ingest = _ingest(settings, archive, clock)
        try:
            recovered = await ingest.recover()
            if recovered:
                _log.warning("unfinished records taken in", extra={"records": recovered})
            yield CrawlContext(settings, archive, ingest, Queries(archive), clock, progress)
        finally:
            await ingest.close()
    finally:
        archive.close()


def _ingest(settings: Settings, archive: Archive, clock: Clock) -> Ingest:
    warc = WarcWriter(settings.archive.warc_dir, clock=clock, software=settings.crawler.user_agent)
    workers = settings.workers
    pool = ExtractionPool(workers.count, workers.page_timeout.total_seconds(), workers.memory)
    return Ingest(archive, warc, pool, confirm_after=settings.gone.confirm_after)
