"""Reads the feeds of a crawl and hands over what they list; looks for them first where the source names none."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from crawler.discovery.autodiscovery import find_feeds
from crawler.discovery.reading import read_listing
from crawler.fetching import Fetcher
from crawler.run import Run, StoppedError
from pipeline.visits import FeedReading
from storage.records import Validators

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable

    from scrapy.crawler import Crawler

    from crawler.discovery.autodiscovery import Fetched
    from crawler.discovery.listing import Reading
    from storage.records import FeedKind, FeedTarget, Target

_log = logging.getLogger(__name__)


class FeedReader:
    """Reads the feeds of a source side by side, and hands each reading over."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._fetcher = Fetcher(crawler, run)
        self._run = run

    async def read_all(self, feeds: Iterable[FeedTarget], home_url: str | None) -> AsyncIterator[Iterable[Target]]:
        """What each feed leaves to be visited, as it comes; with a home URL, its feeds are looked for first."""
        readings = [asyncio.ensure_future(self._isolated(feed.url, self._read(feed))) for feed in feeds]
        if home_url:
            readings.append(asyncio.ensure_future(self._isolated(home_url, self._find(home_url))))
        try:
            for done in asyncio.as_completed(readings):
                yield await done
        finally:
            for reading in readings:
                reading.cancel()

    async def _isolated(self, url: str, work: Coroutine[object, object, tuple[Target, ...]]) -> tuple[Target, ...]:
        """One feed is a unit of isolation: what goes wrong in it ends no other."""
        try:
            return await work
        except StoppedError:
            return ()
        except Exception as error:  # noqa: BLE001 - the unit of isolation, logged with its traceback
            _log.exception("feed could not be read", extra={"url": url})
            self._note(url, f"an error inside Warraq ({type(error).__name__}); the log has it")
            return ()

    async def _read(self, feed: FeedTarget) -> tuple[Target, ...]:
        answer = await self._fetcher.fetch(feed.url, feed.validators)
        reading = await asyncio.to_thread(read_listing, answer.document) if answer.document else None
        return await self._hand_over(answer, reading, feed.kind)

    async def _find(self, home_url: str) -> tuple[Target, ...]:
        findings = await find_feeds(home_url, self._fetcher, with_sitemaps=False)
        for fetched in (*findings.others, *(feed.fetched for feed in findings.feeds if not feed.chosen)):
            for capture in fetched.captures:
                await self._run.hand_over(self._run.receiver.exchange(capture))
        targets: list[Target] = []
        for feed in findings.feeds:
            if feed.chosen:
                targets += await self._hand_over(feed.fetched, feed.reading, feed.kind)
        if not any(feed.chosen for feed in findings.feeds):
            self._note(home_url, findings.problem or "no feed was found there; name the source's feeds in warraq.toml")
        return tuple(targets)

    async def _hand_over(self, answer: Fetched, reading: Reading | None, kind: FeedKind | None) -> tuple[Target, ...]:
        problem = answer.problem or (reading.problem if reading else None)
        listings = reading.listings if reading and not problem else ()
        known_kind = reading.kind if reading and reading.kind else kind
        feed = FeedReading(
            self._run.source,
            self._run.crawl_id,
            answer.url,
            known_kind,
            self._run.clock(),
            answer.captures,
            listings,
            # A document that could not be read must come again in full: a 304 would keep it unread for ever.
            Validators() if problem else answer.validators,
            not_modified=answer.not_modified,
            problem=problem,
        )
        targets = await self._run.hand_over(self._run.receiver.feed(feed))
        if problem:
            self._note(answer.url, problem)
        else:
            self._run.feeds_read += 1
        self._run.progress.feed(self._run.source.key, answer.url, len(targets))
        order = {listing.url: place for place, listing in enumerate(listings)}
        return tuple(sorted(targets, key=lambda target: order.get(target.url, len(order))))

    def _note(self, url: str, problem: str) -> None:
        self._run.feeds_failed += 1
        self._run.problems.append(f"feed {url}: {problem}")
