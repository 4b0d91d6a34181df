"""Reads the feeds of a crawl and hands over what they list; searches the site for them first where none are known.

Sitemaps of an index are read newest first and only as far as they are new; later pages of a feed where its first one
brought mostly new entries, so that something may be missing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.discovery.autodiscovery import find_feeds, looks_like_feed
from crawler.discovery.front_pages import KnownUrls
from crawler.discovery.listing import latest_of, latest_possible
from crawler.discovery.recency import recent
from crawler.discovery.sitemaps import newest_first, on_site
from crawler.feed_steps import FeedSteps, Step
from crawler.run import Run, StoppedError
from storage.records import FeedKind, FeedTarget, Validators

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    from scrapy.crawler import Crawler

    from crawler.discovery.autodiscovery import Findings
    from crawler.discovery.listing import Child
    from pipeline.visits import Listed
    from storage.records import Listing, Target

_log = logging.getLogger(__name__)
# WordPress answers 304 when a post is added that is dated back: only a reading without validators shows it.
_IN_FULL_EVERY = timedelta(days=1)
_SMALL = frozenset({FeedKind.RSS, FeedKind.ATOM, FeedKind.JSON, FeedKind.WORDPRESS, FeedKind.FRONT_PAGE})
_SITEMAPS = frozenset({FeedKind.SITEMAP, FeedKind.NEWS_SITEMAP})
_DEEPEST_INDEX = 3
# Where neither an index nor its sitemaps tell how old anything is: after so many of these, or so many without anything
# new, the rest is taken to be old.
_MOST_UNDATED = 3


@dataclass(frozen=True, slots=True)
class Following:
    """What a crawl is to read.

    Attributes:
        feeds: The feeds, by configuration or by an earlier search.
        home_url: Where to search for more; None where that is not wanted.
        known_feeds: All that were ever read, the sitemaps of indexes among them.
        articles: Some addresses of the source's articles.
        others: Some addresses of its pages that are none.
    """

    feeds: tuple[FeedTarget, ...] = ()
    home_url: str | None = None
    known_feeds: tuple[FeedTarget, ...] = ()
    articles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class _Walk:
    """The way through the sitemaps of one index: those seen, and how many more may be read."""

    left: int
    seen: set[str] = field(default_factory=set)
    held_back: int = 0


_Queue = asyncio.Queue["tuple[Target, ...] | None"]


class FeedReader:
    """Reads the feeds of a source side by side, its pages after them, and hands each reading over."""

    def __init__(self, crawler: Crawler, run: Run, following: Following) -> None:
        self._steps = FeedSteps(crawler, run)
        self._run = run
        self._following = following
        self._known = {feed.url: feed for feed in following.known_feeds}
        self._listed: list[str] = []
        self._oldest_wanted = run.clock() - run.limits.sitemap_age

    async def read_all(self) -> AsyncIterator[Iterable[Target]]:
        """What each list leaves to be visited, as it comes."""
        pages = [feed for feed in self._following.feeds if feed.kind is FeedKind.FRONT_PAGE]
        others = [feed for feed in self._following.feeds if feed.kind is not FeedKind.FRONT_PAGE]
        async for targets in self._side_by_side(others, self._following.home_url):
            yield targets
        self._learn()
        async for targets in self._side_by_side(pages, None):
            yield targets

    def _learn(self) -> None:
        """What the site's article URLs look like: pages are read by it, so they come after the feeds."""
        self._steps.learn(KnownUrls.of([*self._following.articles, *self._listed], self._following.others))

    async def _side_by_side(self, feeds: Sequence[FeedTarget], home_url: str | None) -> AsyncIterator[Iterable[Target]]:
        queue: _Queue = asyncio.Queue()
        works = [self._isolated(feed.url, self._follow(feed), queue) for feed in feeds]
        if home_url:
            works.append(self._isolated(home_url, self._search(home_url), queue))
        tasks = [asyncio.ensure_future(work) for work in works]
        left = len(tasks)
        try:
            while left:
                targets = await queue.get()
                if targets is None:
                    left -= 1
                else:
                    yield targets
        finally:
            for task in tasks:
                task.cancel()

    async def _isolated(self, url: str, work: AsyncIterator[tuple[Target, ...]], queue: _Queue) -> None:
        """One feed is a unit of isolation: what goes wrong in it ends no other."""
        try:
            async for targets in work:
                queue.put_nowait(targets)
        except StoppedError:
            pass
        except Exception as error:  # noqa: BLE001 - the unit of isolation, logged with its traceback
            _log.exception("feed could not be read", extra={"url": url})
            self._steps.note_problem(url, f"an error inside Warraq ({type(error).__name__}); the log has it")
        finally:
            queue.put_nowait(None)

    async def _search(self, home_url: str) -> AsyncIterator[tuple[Target, ...]]:
        findings = await find_feeds(home_url, self._steps.fetcher, self._steps.reader)
        await self._keep_others(findings)
        known = {feed.url for feed in self._following.feeds}
        chosen = [feed for feed in findings.feeds if feed.chosen and feed.url not in known]
        for found in sorted(chosen, key=lambda each: each.kind is FeedKind.FRONT_PAGE):
            if found.kind is FeedKind.FRONT_PAGE:
                self._learn()
            feed = self._known.get(found.url, FeedTarget(found.url, found.kind))
            step = await self._steps.read(feed, found.fetched, as_page=found.kind is FeedKind.FRONT_PAGE)
            async for targets in self._follow_step(step):
                yield targets
        if not chosen and not known:
            fault = findings.problem or "no feed was found there; name the source's feeds in warraq.toml"
            self._steps.note_problem(home_url, fault)

    async def _keep_others(self, findings: Findings) -> None:
        for fetched in (*findings.others, *(feed.fetched for feed in findings.feeds if not feed.chosen)):
            await self._steps.keep(fetched)

    async def _follow(self, feed: FeedTarget) -> AsyncIterator[tuple[Target, ...]]:
        step = await self._steps.take(feed, self._validators(feed), as_page=self._may_be_page(feed))
        async for targets in self._follow_step(step):
            yield targets

    def _validators(self, feed: FeedTarget) -> Validators:
        read_at = feed.read_in_full_at
        is_time = read_at is None or self._run.clock() - read_at >= _IN_FULL_EVERY
        return Validators() if feed.kind in _SMALL and is_time else feed.validators

    def _may_be_page(self, feed: FeedTarget) -> bool:
        """Whether an HTML page is no fault there: one that was a feed before, or is named like one, is broken."""
        if feed.kind is FeedKind.FRONT_PAGE or feed.url == self._run.source.home_url:
            return True
        return feed.kind is None and not looks_like_feed(feed.url)

    async def _follow_step(self, step: Step) -> AsyncIterator[tuple[Target, ...]]:
        """What a list leaves to be visited, then what its sitemaps or its later pages do."""
        reading = step.reading
        if reading and reading.children:
            await self._hand_over(step, ())
            walk = _Walk(self._run.limits.sitemaps, {step.feed.url})
            async for targets in self._walk(step.feed, reading.children, walk, depth=1):
                yield targets
            if walk.held_back:
                self._steps.note_left_out(step.feed.url, {"sitemaps": walk.held_back})
            return
        listed = await self._hand_over(step, self._wanted(step))
        yield listed.targets
        if reading and reading.next_url:
            async for targets in self._page(step, reading.next_url, listed):
                yield targets

    async def _hand_over(self, step: Step, listings: Sequence[Listing], *, is_later_page: bool = False) -> Listed:
        if not step.problem:
            self._listed += [listing.url for listing in listings]
        return await self._steps.hand_over(step, listings, is_later_page=is_later_page)

    def _wanted(self, step: Step) -> Sequence[Listing]:
        if step.reading is None:
            return ()
        if step.reading.kind not in _SITEMAPS:
            return step.reading.listings
        own = on_site(step.reading.listings, step.feed.url, self._run.source.home_url)
        return recent(own, self._since(step.feed))

    def _since(self, feed: FeedTarget) -> datetime:
        """From when a sitemap's entries are wanted: those since its last reading, and of some days in any case."""
        read_at = feed.read_in_full_at
        return min(self._oldest_wanted, read_at - _IN_FULL_EVERY) if read_at else self._oldest_wanted

    async def _page(self, first: Step, next_url: str, listed: Listed) -> AsyncIterator[tuple[Target, ...]]:
        """The later pages of a feed, as long as what comes is mostly new and not too old."""
        step, seen = first, {first.feed.url, first.answer.url}
        for _ in range(self._run.limits.feed_pages - 1):
            if next_url in seen or not self._goes_on(step, listed):
                return
            seen.add(next_url)
            answer = await self._steps.fetcher.fetch(next_url)
            step = await self._steps.read(first.feed, answer, as_page=self._may_be_page(first.feed))
            if step.problem:  # the feed itself was read: that its pages end here is no fault of it
                await self._steps.keep(answer)
                return
            listed = await self._hand_over(step, self._wanted(step), is_later_page=True)
            yield listed.targets
            following = step.reading.next_url if step.reading else None
            if following is None:
                return
            next_url = following

    def _goes_on(self, step: Step, listed: Listed) -> bool:
        listings = step.reading.listings if step.reading else ()
        if step.problem or listed.left_out or listed.new * 2 <= len(listings):
            return False
        oldest = min((moment for each in listings if (moment := latest_of(each))), default=None)
        was_read = step.feed.read_in_full_at is not None
        return was_read or (oldest is not None and oldest >= self._oldest_wanted)

    async def _walk(
        self, parent: FeedTarget, children: Sequence[Child], walk: _Walk, *, depth: int
    ) -> AsyncIterator[tuple[Target, ...]]:
        """The sitemaps of an index, newest first, until they are old, unchanged or bring nothing new."""
        fruitless = undated = 0
        for child in newest_first(children):
            known = self._known.get(child.url) or FeedTarget(child.url, parent_url=parent.url)
            if child.url in walk.seen or self._is_old(child, known):
                continue
            walk.seen.add(child.url)
            if not walk.left:
                walk.held_back += 1
                continue
            walk.left -= 1
            step = await self._steps.take(known, known.validators, child=child)
            if step.reading and step.reading.children:
                await self._hand_over(step, ())
                if depth < _DEEPEST_INDEX:
                    async for targets in self._walk(known, step.reading.children, walk, depth=depth + 1):
                        yield targets
                continue
            listed = await self._hand_over(step, self._wanted(step))
            yield listed.targets
            fruitless = 0 if listed.new or child.modified_raw else fruitless + 1
            undated += not child.modified_raw and _is_undated(step)
            if _MOST_UNDATED in (fruitless, undated):
                return

    def _is_old(self, child: Child, known: FeedTarget) -> bool:
        """Whether the index says that nothing in a sitemap is new."""
        if not child.modified_raw:
            return False
        changed_at = latest_possible(child.modified_raw)
        if known.read_in_full_at and not known.failures:
            return child.modified_raw == known.parent_modified_raw
        return changed_at is not None and changed_at < self._oldest_wanted


def _is_undated(step: Step) -> bool:
    """Whether the entries of a sitemap tell nothing of their age."""
    listings = step.reading.listings if step.reading else ()
    return bool(listings) and not any(latest_of(listing) for listing in listings)
