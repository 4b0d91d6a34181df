"""What a process needs to crawl, opened in order and closed in reverse."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, closing, nullcontext
from typing import TYPE_CHECKING

from crawler.ledger import keeping_ledger
from crawler.politeness import Hosts
from crawler.rendering.renderer import Renderer
from crawler.runner import CrawlContext
from crawler.shared_hosts import HostsInArchive
from crawler.takedowns import finishing_takedowns
from crawler.uploads import uploading
from pipeline.ingest import Ingest
from pipeline.page_limits import PageLimits
from pipeline.workers import ExtractionPool
from storage.archive import Archive
from storage.queries import Queries
from storage.warc import WarcWriter
from storage.warc_store import WarcStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from crawler.config import Settings
    from crawler.runner import Progress
    from storage.records import Clock

_log = logging.getLogger(__name__)


@asynccontextmanager
async def crawling(
    settings: Settings,
    *,
    clock: Clock,
    progress: Progress,
    hold: Callable[[Archive], AbstractContextManager[object]] = nullcontext,
) -> AsyncIterator[CrawlContext]:
    """The context of every crawl of this process; records that an earlier run left unfinished are taken in first.

    Args:
        settings: Where the archive is, and how it is filled.
        clock: Gives the present.
        progress: Is told what the crawls do.
        hold: Held from before anything is written until all is closed; may refuse by raising.

    Raises:
        ArchiveError: The archive cannot be opened or written.
    """
    place = settings.archive
    store = WarcStore(place.warc_store) if place.warc_store else None
    archive = Archive.open(place.database, place.warc_dir, clock=clock, store=store)
    with closing(archive), hold(archive):
        async with (
            uploading(store, place.warc_dir),
            keeping_ledger(archive, settings.ledger, clock),
            _ingesting(settings, archive, clock) as ingest,
            finishing_takedowns(archive),
            aclosing(Renderer(settings.render)) as renderer,
        ):
            hosts = Hosts(HostsInArchive(archive))
            try:
                yield CrawlContext(settings, archive, ingest, Queries(archive), clock, progress, renderer, hosts)
            finally:
                await hosts.close()


@asynccontextmanager
async def _ingesting(settings: Settings, archive: Archive, clock: Clock) -> AsyncIterator[Ingest]:
    ingest = _ingest(settings, archive, clock)
    try:
        recovered = await ingest.recover()
        if recovered:
            _log.warning("unfinished records taken in", extra={"records": recovered})
        yield ingest
    finally:
        await ingest.close()


def _ingest(settings: Settings, archive: Archive, clock: Clock) -> Ingest:
    software = settings.crawler.user_agent
    warc = WarcWriter(settings.archive.warc_dir, clock=clock, software=software, originals=archive)
    workers = settings.workers
    crawler = settings.crawler
    pool = ExtractionPool(
        workers.count,
        page_timeout_seconds=workers.page_timeout.total_seconds(),
        memory_bytes=workers.memory,
        limits=PageLimits(crawler.max_page, crawler.max_elements, crawler.max_depth),
    )
    return Ingest(archive, warc, pool, confirm_after=settings.gone.confirm_after, copies_window=settings.copies.window)
