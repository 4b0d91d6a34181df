"""The steps that reading any list takes in a crawl: fetch it, read it, hand over what it lists, tell what was wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.discovery.reading import Reader
from crawler.discovery.traps import sift
from crawler.fetching import Fetcher
from pipeline.visits import FeedReading, Listed
from storage.records import Validators

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scrapy.crawler import Crawler

    from crawler.discovery.autodiscovery import Fetched
    from crawler.discovery.front_pages import KnownUrls
    from crawler.discovery.listing import Child, Reading
    from crawler.run import Run
    from storage.records import BackfillStep, FeedTarget, Listing


@dataclass(frozen=True, slots=True)
class Step:
    """One list that was fetched, and what it was read as; there is no reading where nothing usable came."""

    feed: FeedTarget
    answer: Fetched
    reading: Reading | None
    child: Child | None = None

    @property
    def problem(self) -> str | None:
        """Why it brought nothing."""
        return self.answer.problem or (self.reading.problem if self.reading else None)


class FeedSteps:
    """Fetches and reads lists for one crawl, and hands over what they list."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self.fetcher = Fetcher(crawler, run)
        self.run = run
        self._reader = Reader(run.limits.feed_entries, run.limits.page_links)
        self._order: dict[str, int] = {}

    @property
    def reader(self) -> Reader:
        """How documents are read in this crawl."""
        return self._reader

    def learn(self, known: KnownUrls) -> None:
        """Reads pages from now on by what is known of the site's URLs."""
        self._reader = replace(self._reader, known=known)

    async def take(
        self, feed: FeedTarget, validators: Validators, *, as_page: bool = False, child: Child | None = None
    ) -> Step:
        """Fetches a list and reads it."""
        answer = await self.fetcher.fetch(feed.url, validators)
        return await self.read(feed, answer, as_page=as_page, child=child)

    async def read(
        self, feed: FeedTarget, answer: Fetched, *, as_page: bool = False, child: Child | None = None
    ) -> Step:
        """Reads a list that was fetched."""
        document = answer.document
        reading = await asyncio.to_thread(self._reader.read, document, as_page=as_page) if document else None
        return Step(feed, answer, reading, child)

    async def hand_over(
        self,
        step: Step,
        listings: Sequence[Listing],
        *,
        is_later_page: bool = False,
        backfill: BackfillStep | None = None,
    ) -> Listed:
        """What the listings leave to be visited, in the list's order, once they are committed with its state.

        Args:
            step: The list.
            listings: Those of its entries that are wanted.
            is_later_page: It is not the first page of its feed, whose validators then stay.
            backfill: The page of a backfill that it is, instead of a feed.
        """
        run, answer, reading = self.run, step.answer, step.reading
        problem = step.problem
        sifted = sift(() if problem else listings, run.limits.of_paths())
        listed = await run.hand_over(
            run.receiver.feed(
                FeedReading(
                    run.source,
                    run.crawl_id,
                    step.feed.url,
                    reading.kind if reading and reading.kind else step.feed.kind,
                    run.clock(),
                    answer.captures,
                    tuple(sifted.kept),
                    Validators() if problem or is_later_page or _must_come_again(reading) else answer.validators,
                    not_modified=answer.not_modified or is_later_page,
                    problem=problem,
                    parent_url=step.feed.parent_url,
                    parent_modified_raw=step.child.modified_raw if step.child else "",
                    limits=None if backfill else run.limits.a_day(),
                    step=backfill,
                )
            )
        )
        self._tell(step, listed, sifted.left_out)
        order = {listing.url: place for place, listing in enumerate(listings)}
        targets = sorted(listed.targets, key=lambda target: order.get(target.url, len(order)))
        return replace(listed, targets=tuple(targets))

    async def keep(self, answer: Fetched) -> None:
        """Archives exchanges from which nothing is concluded."""
        for capture in answer.captures:
            await self.run.hand_over(self.run.receiver.exchange(capture))

    def note_problem(self, url: str, problem: str) -> None:
        """Tells why a feed brought nothing."""
        self.run.feeds_failed += 1
        self.run.problems.append(f"feed {url}: {problem}")

    def note_left_out(self, url: str, left_out: Mapping[str, int]) -> None:
        """Tells how many URLs a limit left out."""
        self.run.left_out.update(left_out)
        for limit, count in left_out.items():
            self.run.problems.append(
                f"feed {url}: {count} URLs left out, over limits.{limit} = {getattr(self.run.limits, limit)}"
            )

    def _tell(self, step: Step, listed: Listed, left_out: Counter[str]) -> None:
        url = step.answer.url
        if step.problem:
            self.note_problem(url, step.problem)
        else:
            self.run.feeds_read += 1
        over = left_out + Counter(listed.left_out)
        if step.reading and step.reading.left_out:
            limit = "page_links" if step.reading.kind == "front_page" else "feed_entries"
            over[limit] += step.reading.left_out
        self.note_left_out(url, over)
        self.run.progress.feed(self.run.source.key, url, len(listed.targets))


def _must_come_again(reading: Reading | None) -> bool:
    """Whether a 304 would hide something for ever: the rest of a list, or the sitemaps that an index led to."""
    return reading is not None and bool(reading.left_out or reading.children)
