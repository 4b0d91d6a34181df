"""The one orchestrator: what a crawler hands over goes to disk, through extraction, and into the archive's rows.

Write order: a capture's WARC record is on disk (finished, flushed, synced) before anything is concluded from it; then
one transaction a batch says what it means, with a savepoint a visit. Killed in between, the records without a row are
found again by ``recover``.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pipeline.batches import Batcher
from pipeline.conclude import Conclusion, Means, Prepared
from pipeline.copies import WINDOW, CopyFinder
from pipeline.lesson import PageReading
from pipeline.listed_dates import with_listed_date
from pipeline.listed_topics import with_listed_topics
from pipeline.observe import page_to_extract, with_robots
from pipeline.profiles import Profiles
from pipeline.readings import withheld_among, write_reading
from pipeline.visits import Listed, Visit
from pipeline.workers import AS_FIRST
from storage.errors import ArchiveConflictError, ArchiveError
from storage.records import Extraction, Outcome, Role
from storage.records_stored import VisitRow

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from datetime import timedelta

    from pipeline.page import Page
    from pipeline.visits import FeedReading
    from pipeline.workers import ExtractionFailure, ExtractionPool, How
    from storage.archive import Archive, Writer
    from storage.records import Capture, WarcLocation
    from storage.records_assets import FetchedAsset
    from storage.warc import WarcWriter

_log = logging.getLogger(__name__)
_CLOSING_SECONDS = 8.0  # of the 10 s that a daemon has to end
_CONFLICT_RETRIES = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Feed:
    reading: FeedReading
    locations: tuple[WarcLocation, ...]


@dataclass(frozen=True, slots=True)
class _Exchange:
    capture: Capture
    location: WarcLocation


@dataclass(frozen=True, slots=True)
class _Asset:
    fetched: FetchedAsset
    locations: tuple[WarcLocation, ...]


_Item = Prepared | _Feed | _Exchange | _Asset
_Result = Outcome | Listed | None


class Ingest:
    """Takes visits, feed readings and other exchanges from any number of crawls of one process.

    Args:
        archive: Open; stays the caller's to close.
        warc: The process's one WARC writer; closed by ``close``.
        pool: The extraction workers; closed by ``close``.
        confirm_after: How long an article must be missing before it is called gone.
        copies_window: How far apart two articles may arrive and still be compared for copies.
    """

    def __init__(
        self,
        archive: Archive,
        warc: WarcWriter,
        pool: ExtractionPool,
        *,
        confirm_after: timedelta,
        copies_window: timedelta = WINDOW,
    ) -> None:
        self._archive = archive
        self._warc = warc
        self._pool = pool
        self._profiles = Profiles(archive, pool)
        self._means = Means(
            confirm_after,
            pool.extract_now,
            archive.read_capture,
            CopyFinder(copies_window),
            pool.read_now,
            self._profiles.reads,
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive-writer")
        self._records: Batcher[tuple[Capture, ...], tuple[WarcLocation, ...]] = Batcher(
            self._write_records, self._thread
        )
        self._rows: Batcher[_Item, _Result] = Batcher(self._write_rows, self._thread)
        self._under_way: set[asyncio.Task[object]] = set()

    async def visit(self, visit: Visit) -> Outcome:
        """What the visit came to, once it is committed. Goes on to its end when the caller is cancelled.

        Raises:
            ArchiveError: the archive cannot be written; the visit left no row.
        """
        return await self._to_the_end(self._visit(visit))

    async def feed(self, reading: FeedReading) -> Listed:
        """What a feed brought, once what it listed is committed with its validators.

        Raises:
            ArchiveError: the archive cannot be written; neither listing nor validators were kept.
        """
        return await self._to_the_end(self._feed(reading))

    async def asset(self, fetched: FetchedAsset) -> None:
        """Archives a picture or style sheet, and says which pages show it.

        Raises:
            ArchiveError: the archive cannot be written.
        """
        await self._to_the_end(self._asset(fetched))

    async def exchange(self, capture: Capture) -> None:
        """Archives an exchange from which nothing is concluded (robots.txt and the like).

        Raises:
            ArchiveError: the archive cannot be written.
        """
        await self._to_the_end(self._exchange(capture))

    async def recover(self) -> int:
        """Gives rows to the WARC records that an earlier run left without; the number of records recovered.

        Raises:
            ArchiveError: the archive cannot be read or written.
        """
        count = 0
        for captures, locations in self._archive.unfinished():
            await self._recover(captures, locations)
            count += len(captures)
        self._archive.settle_unfinished()
        return count

    async def close(self) -> None:
        """Ends what is under way (8 s at most), then closes the WARC file and the workers.

        What could not be finished in that time has its records on disk and is recovered at the next opening.
        """
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_CLOSING_SECONDS)
        self._pool.close()
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._warc.close()

    async def _to_the_end(self, work: Coroutine[object, object, T]) -> T:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[object]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Its caller has it too, unless that was cancelled meanwhile; asyncio would then call it unheard.
            _log.debug("work of the ingest failed: %s", error)

    async def _visit(self, visit: Visit) -> Outcome:
        locations = await self._records.add(visit.captures, visit.source.key) if visit.captures else ()
        return await self._conclude(visit, locations)

    async def _conclude(self, visit: Visit, locations: tuple[WarcLocation, ...]) -> Outcome:
        page = page_to_extract(visit)
        how, reading = await self._read(page, visit) if page else (AS_FIRST, None)
        extraction: Extraction | ExtractionFailure | None
        if isinstance(reading, PageReading):
            extraction = with_listed_topics(with_listed_date(reading.extraction, visit), visit)
            extraction = with_robots(extraction, visit)
        else:
            extraction = reading
        is_full = not isinstance(reading, PageReading) or reading.is_full
        outcome = await self._rows.add(Prepared(visit, locations, extraction, is_full, how), visit.source.key)
        if not isinstance(outcome, Outcome):
            raise TypeError(f"a visit comes to an outcome, not {outcome!r}")
        return outcome

    async def _read(self, page: Page, visit: Visit) -> tuple[How, PageReading | ExtractionFailure]:
        """The page as today's knowledge of its site reads it, and that knowledge; what the page teaches is learned."""
        key = visit.source.key
        if not self._profiles.is_loaded(key, visit.crawl_id):
            await asyncio.to_thread(self._profiles.load, key, visit.crawl_id)
        how = self._profiles.how(key, page, teaches=True)
        reading = await self._pool.read(page, key, how)
        if isinstance(reading, PageReading) and reading.lesson is not None:
            self._profiles.learn(key, reading.lesson)
        return how, reading

    async def _feed(self, reading: FeedReading) -> Listed:
        locations = await self._records.add(reading.captures, reading.source.key) if reading.captures else ()
        listed = await self._rows.add(_Feed(reading, locations), reading.source.key)
        if not isinstance(listed, Listed):
            raise TypeError(f"a feed comes to what it listed, not {listed!r}")
        return listed

    async def _asset(self, fetched: FetchedAsset) -> None:
        locations = await self._records.add(fetched.captures)
        await self._rows.add(_Asset(fetched, locations))

    async def _exchange(self, capture: Capture) -> None:
        (location,) = await self._records.add((capture,), capture.source_key)
        await self._rows.add(_Exchange(capture, location), capture.source_key)

    async def _recover(self, captures: tuple[Capture, ...], locations: tuple[WarcLocation, ...]) -> None:
        final = captures[-1]
        with self._archive.writing() as writer:
            source = writer.source(final.source_key)
        if final.visit_id is None or source is None or final.role is Role.HOP:
            # A feed was not settled either: its validators have no row, so the next crawl reads it again.
            for capture, location in zip(captures, locations, strict=True):
                await self._rows.add(_Exchange(capture, location))
            return
        visit = Visit(final.visit_id, source, None, captures[0].requested_url, final.captured_at, captures)
        await self._conclude(visit, locations)

    def _write_records(self, batch: Sequence[tuple[Capture, ...]]) -> list[tuple[WarcLocation, ...]]:
        locations = [tuple(self._warc.append(capture) for capture in captures) for captures in batch]
        self._warc.sync()
        return locations

    def _write_rows(self, batch: Sequence[_Item]) -> list[_Result]:
        for _ in range(_CONFLICT_RETRIES):
            try:
                return self._write_rows_once(batch)
            except ArchiveConflictError as error:
                _log.info("batch is written again: %s", error)
        return self._write_rows_once(batch)

    def _write_rows_once(self, batch: Sequence[_Item]) -> list[_Result]:
        results: dict[int, _Result] = {}
        with self._archive.writing() as writer:
            # Every process takes its row locks in one order, so that two with the same articles cannot deadlock.
            for index in sorted(range(len(batch)), key=lambda i: _lock_key(batch[i])):
                results[index] = self._write_item(writer, batch[index])
            self._profiles.save(writer)
        self._profiles.saved()
        self._warc.confirm([location for item in batch for location in _locations(item)])
        return [results[index] for index in range(len(batch))]

    def _write_item(self, writer: Writer, item: _Item) -> _Result:
        if isinstance(item, Prepared):
            return self._write_visit(writer, item)
        if isinstance(item, _Feed):
            return _write_feed(writer, item)
        if isinstance(item, _Asset):
            _write_asset(writer, item)
            return None
        capture_id = writer.add_capture(item.capture, item.location)
        if (
            item.capture.belongs_to and item.capture.role is not Role.RENDERED
        ):  # an asset that an earlier run left without a row
            writer.link_asset(item.capture.belongs_to, item.capture.requested_url, capture_id)
        return None

    def _write_visit(self, writer: Writer, item: Prepared) -> Outcome:
        try:
            with writer.savepoint():
                return Conclusion(writer, item, self._means).write()
        except ArchiveError:
            raise
        except Exception:  # noqa: BLE001 - logged below with its traceback
            # The unit of isolation: one visit that cannot be concluded is kept as failed, the batch goes on.
            _log.exception("visit could not be concluded", extra={"url": item.visit.requested_url})
            return _write_as_failed(writer, item)


def _write_as_failed(writer: Writer, item: Prepared) -> Outcome:
    visit = item.visit
    for capture, location in zip(visit.captures, item.locations, strict=True):
        writer.add_capture(capture, location)
    row = VisitRow(
        visit.visit_id,
        visit.crawl_id,
        visit.source.key,
        visit.requested_url,
        visit.visited_at,
        Outcome.FAILED,
        "an error inside Warraq; the log has it",
    )
    writer.add_visit(visit=row)
    return Outcome.FAILED


def _write_feed(writer: Writer, item: _Feed) -> Listed:
    reading = item.reading
    pairs = zip(reading.captures, item.locations, strict=True)
    capture_ids = [writer.add_capture(capture, location) for capture, location in pairs]
    withheld = withheld_among(writer, reading)
    # A list that still tells of an article that was taken down has its records overwritten like those before it.
    told_of = {withheld[listing.url] for listing in reading.listings if listing.title and listing.url in withheld}
    for article_id in sorted(told_of):
        writer.take_with(article_id, capture_ids)
    return write_reading(writer, reading, withheld)


def _write_asset(writer: Writer, item: _Asset) -> None:
    for capture, location in zip(item.fetched.captures, item.locations, strict=True):
        capture_id = writer.add_capture(capture, location)
        for page in item.fetched.page_record_ids:
            writer.link_asset(page, capture.requested_url, capture_id)


def _locations(item: _Item) -> tuple[WarcLocation, ...]:
    return (item.location,) if isinstance(item, _Exchange) else item.locations


def _lock_key(item: _Item) -> tuple[int, str]:
    if isinstance(item, Prepared):
        return 2, item.visit.requested_url
    if isinstance(item, _Feed):
        return 1, item.reading.url
    return 0, item.capture.url if isinstance(item, _Exchange) else item.fetched.captures[0].url
