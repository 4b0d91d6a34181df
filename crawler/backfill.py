"""Fills an archive back in time: sitemaps and the WordPress API in full, and archives by date or page where these fail.

Each page of lists is committed together with what it lists and where it leads, so that a backfill goes on where it
was stopped or killed.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.discovery import wordpress
from crawler.discovery.archives import monthly_archive, months
from crawler.discovery.autodiscovery import find_feeds
from crawler.discovery.front_pages import KnownUrls, parse_page
from crawler.discovery.listing import latest_of, latest_possible
from crawler.discovery.recency import within
from crawler.discovery.sitemaps import newest_first, on_site
from crawler.feed_steps import FeedSteps, Step
from crawler.run import Run, StoppedError
from pipeline.visits import FeedReading
from storage.records import BackfillPage, BackfillStep, FeedKind, FeedTarget, Validators, Way

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from scrapy.crawler import Crawler

    from crawler.discovery.autodiscovery import Fetched, Findings
    from crawler.discovery.listing import Child, Reading
    from storage.records import Listing, Target

_COMPLETE = frozenset({Way.SITEMAP, Way.WORDPRESS})
_NEAR = timedelta(days=45)  # a sitemap that lists something of the first weeks asked for is taken to be complete
_MOST_PAGES = 100_000
_ABSENT = frozenset({"answered 404", "answered 410"})
_MOST_ABSENT = 6  # months in a row from the start without a page: the site has no such archive
_BARREN = 50  # pages in a row of one way that list nothing new: a calendar or a pager without end
_EMPTY = 200  # sitemaps in a row without an entry: indexes that lead to indexes without end
_MONTH_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_/]?(0[1-9]|1[0-2])(?!\d)")


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a backfill sets out to do.

    Attributes:
        since: Nothing older is wanted.
        until: Nothing later is wanted.
        pages: Pages left of an earlier run; without any the site is searched.
        feeds: The source's feeds.
        reach: The oldest date that was listed so far.
        articles: Some addresses of the source's articles.
        others: Some addresses of its pages that are none.
    """

    since: datetime
    until: datetime
    pages: tuple[BackfillPage, ...] = ()
    feeds: tuple[FeedTarget, ...] = ()
    reach: datetime | None = None
    articles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class BackfillReader:
    """Reads the pages of one backfill, one after the other, and hands over what they list."""

    def __init__(self, crawler: Crawler, run: Run, plan: BackfillPlan) -> None:
        self._steps = FeedSteps(crawler, run)
        self._run = run
        self._plan = plan
        self._complete: deque[BackfillPage] = deque()
        self._archives: deque[BackfillPage] = deque()
        self._seen: set[str] = set()
        self._reach = plan.reach
        self._has_failed = False
        self._absent_months: int | None = 0  # none but absent ones so far; None once a month was there
        self._read = 0
        self._barren: Counter[Way] = Counter()
        self._listed_last: dict[Way, set[str]] = {}

    async def read_all(self) -> AsyncIterator[Iterable[Target]]:
        """What each page leaves to be visited, as it comes."""
        try:
            self._steps.learn(KnownUrls.of(self._plan.articles, self._plan.others))
            self._add(self._plan.pages or await self._search())
            while (page := self._next_page()) is not None:
                yield await self._take(page)
        except StoppedError:
            return
        self._run.has_backfilled = not self._has_failed

    def _next_page(self) -> BackfillPage | None:
        if self._read >= _MOST_PAGES:
            self._run.problems.append(f"backfill: stopped after {_MOST_PAGES} pages of lists")
            return None
        if self._complete:
            return self._complete.popleft()
        return self._archives.popleft() if self._archives and not self._is_reached() else None

    def _is_reached(self) -> bool:
        """Whether sitemaps or the API have listed the whole time, so that no archive need be read."""
        return self._reach is not None and self._reach <= self._plan.since + _NEAR

    def _add(self, pages: Sequence[BackfillPage]) -> None:
        has_given_up = self._barren[Way.SITEMAP] >= _EMPTY
        for page in pages:
            if page.url not in self._seen and not (has_given_up and page.way is Way.SITEMAP):
                self._seen.add(page.url)
                (self._complete if page.way in _COMPLETE else self._archives).append(page)

    async def _search(self) -> tuple[BackfillPage, ...]:
        """The pages to begin with; they are kept before the first is read."""
        run, home_url = self._run, self._run.source.home_url
        findings = await find_feeds(home_url, self._steps.fetcher, self._steps.reader)
        for fetched in (*findings.others, *(feed.fetched for feed in findings.feeds)):
            await self._steps.keep(fetched)
        pages = tuple(dict.fromkeys(self._begin_with(findings)))
        if not pages:
            fault = findings.problem or "neither sitemap, WordPress API nor archive was found"
            self._steps.note_problem(home_url, fault)
        step = BackfillStep(BackfillPage(home_url, Way.PAGED), pages)
        await run.hand_over(
            run.receiver.feed(FeedReading(run.source, run.crawl_id, home_url, None, run.clock(), step=step))
        )
        return pages

    def _begin_with(self, findings: Findings) -> Iterator[BackfillPage]:
        since, until = self._plan.since, self._plan.until
        known = [FeedTarget(feed.url, feed.kind) for feed in findings.feeds]
        for feed in (*self._plan.feeds, *known):
            if feed.kind is FeedKind.WORDPRESS:
                yield BackfillPage(wordpress.published_between(feed.url, since, until), Way.WORDPRESS)
            elif feed.kind in (FeedKind.SITEMAP, FeedKind.NEWS_SITEMAP):
                yield BackfillPage(feed.url, Way.SITEMAP)
        home = findings.home
        if home is not None and home.document is not None:
            yield from self._by_month(home, findings)
        for feed in (*self._plan.feeds, *known):
            if feed.kind not in (FeedKind.WORDPRESS, FeedKind.SITEMAP, FeedKind.NEWS_SITEMAP):
                yield BackfillPage(feed.url, Way.PAGED)

    def _by_month(self, home: Fetched, findings: Findings) -> Iterator[BackfillPage]:
        page = parse_page(home.document) if home.document else None
        if page is None or home.document is None:
            return
        listed = [listing.url for feed in findings.feeds for listing in feed.reading.listings]
        archive = monthly_archive(page, home.document.url, [*listed, *self._plan.articles])
        for year, month in months(self._plan.since, self._plan.until) if archive else ():
            if archive:
                yield BackfillPage(archive.of(year, month), Way.DATED)

    async def _take(self, page: BackfillPage) -> tuple[Target, ...]:
        is_archive = page.way not in _COMPLETE
        step = await self._steps.take(FeedTarget(page.url), Validators(), as_page=is_archive)
        step = self._without_absence(page, step)
        reading = None if step.problem else step.reading
        listings = self._wanted(page, reading) if reading else []
        further = tuple(self._further(page, reading, listings)) if reading else ()
        listed = await self._steps.hand_over(step, listings, backfill=BackfillStep(page, further))
        is_fruitful = bool(reading and reading.listings) if page.way in _COMPLETE else bool(listed.new)
        self._barren[page.way] = 0 if is_fruitful else self._barren[page.way] + 1
        self._add(further)
        if page.way is Way.SITEMAP and self._barren[page.way] == _EMPTY:
            self._give_up_empty()
        self._note(page, step, listings)
        return listed.targets

    def _give_up_empty(self) -> None:
        self._complete = deque(each for each in self._complete if each.way is not Way.SITEMAP)
        self._has_failed = True
        self._run.problems.append(f"backfill: {_EMPTY} sitemaps in a row list nothing; the others were not read")

    def _without_absence(self, page: BackfillPage, step: Step) -> Step:
        """A month without a page is a month without articles, or an archive that was only guessed at: no fault."""
        if page.way is not Way.DATED or step.problem not in _ABSENT:
            self._absent_months = None if page.way is Way.DATED else self._absent_months
            return step
        if self._absent_months is not None:
            self._absent_months += 1
            if self._absent_months == _MOST_ABSENT:
                self._archives = deque(each for each in self._archives if each.way is not Way.DATED)
        return replace(step, answer=replace(step.answer, problem=None))

    def _note(self, page: BackfillPage, step: Step, listings: Sequence[Listing]) -> None:
        self._read += 1
        self._has_failed |= step.problem is not None
        if page.way in _COMPLETE:
            dates = [moment for each in listings if (moment := latest_of(each))]
            self._reach = min([*dates, *([self._reach] if self._reach else [])], default=None)
        if page.way is Way.WORDPRESS and not step.problem and step.reading and not step.reading.next_url:
            self._reach = self._plan.since  # the API has given all there is
        left = len(self._complete) + (0 if self._is_reached() else len(self._archives))
        self._run.progress.backfill(self._run.source.key, self._read, left)

    def _wanted(self, page: BackfillPage, reading: Reading) -> list[Listing]:
        own = on_site(reading.listings, page.url, self._run.source.home_url)
        return [each for each in own if within(each, self._plan.since, self._plan.until)]

    def _further(self, page: BackfillPage, reading: Reading, listings: Sequence[Listing]) -> Iterator[BackfillPage]:
        for child in newest_first(reading.children):
            if self._may_be_wanted(child):
                yield BackfillPage(child.url, Way.SITEMAP)
        if reading.next_url and self._goes_on(page, reading, listings):
            yield BackfillPage(reading.next_url, page.way)

    def _may_be_wanted(self, child: Child) -> bool:
        changed_at = latest_possible(child.modified_raw)
        if changed_at is not None and changed_at < self._plan.since:
            return False
        named = _MONTH_IN_NAME.search(child.url)
        if named is None:
            return True
        month = datetime(int(named[1]), int(named[2]), 1, tzinfo=UTC)
        return self._plan.since - timedelta(days=31) <= month <= self._plan.until

    def _goes_on(self, page: BackfillPage, reading: Reading, listings: Sequence[Listing]) -> bool:
        """Whether the page after this one is worth reading: a pager may never end, or end in the same page for ever."""
        found = {listing.url for listing in reading.listings}
        is_same = found == self._listed_last.get(page.way)
        self._listed_last[page.way] = found
        if not found or is_same or self._barren[page.way] >= _BARREN:
            return False
        if page.way is Way.WORDPRESS:
            return True  # it was asked for this time alone
        dates = [moment for each in reading.listings if (moment := latest_of(each))]
        return bool(listings) or not dates or max(dates) >= self._plan.since
