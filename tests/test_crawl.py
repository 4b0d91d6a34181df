from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from crawler.feed_reader import Following
from crawler.reactor import run_loop
from crawler.runner import carry_out
from crawler.spiders.source import Plan, SourceSpider
from storage.errors import ArchiveUnavailableError
from storage.records import FeedKind, FeedTarget, Outcome, Role, Target, Validators
from tests.loopback import Handler, Recorder, Reply, Site, crawl, now, read, rss, run_for, serving, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.run import Run
    from pipeline.visits import FeedReading, Listed, Visit


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages |= {f"/{n}": Reply(f"page {n}".encode()) for n in range(30)}
        yield site


def test_crawl_visits_what_a_feed_lists_each_once(site: Site) -> None:
    site.pages["/feed"] = rss("/1", "/2", "/1#again", "/2?utm_source=x", "/3")
    recorder, run = read(f"{site.url}/feed")
    assert sorted(visit.requested_url for visit in recorder.visits) == [f"{site.url}/{n}" for n in (1, 2, 3)]
    assert {visit.listing.title for visit in recorder.visits if visit.listing} == {f"Title of /{n}" for n in (1, 2, 3)}
    assert run.outcomes == {Outcome.NEW: 3}
    assert (run.feeds_read, run.feeds_failed) == (1, 0)


def test_crawl_hands_a_reading_over_with_its_validators_and_captures(site: Site) -> None:
    site.pages["/old"] = Reply(status=301, headers={"Location": "/feed"})
    feed = rss("/1")
    feed.headers |= {"ETag": '"7"', "Last-Modified": "Tue, 03 Nov 2026 10:00:00 GMT"}
    site.pages["/feed"] = feed
    (reading,) = read(f"{site.url}/old")[0].readings
    assert (reading.url, reading.kind, reading.problem) == (f"{site.url}/old", FeedKind.RSS, None)
    assert reading.validators == Validators('"7"', "Tue, 03 Nov 2026 10:00:00 GMT")
    assert [(each.role, each.status) for each in reading.captures] == [(Role.HOP, 301), (Role.FEED, 200)]
    assert [listing.url for listing in reading.listings] == [f"{site.url}/1"]


def test_crawl_of_unmodified_feed_visits_what_was_left_open(site: Site) -> None:
    site.pages["/feed"] = lambda handler: Reply(status=304 if "If-None-Match" in handler.headers else 500)
    feed = FeedTarget(f"{site.url}/feed", FeedKind.RSS, Validators('"7"'), read_in_full_at=now())
    plan = Plan(Following((feed,)), targets=(Target(f"{site.url}/1"),))
    recorder, run = crawl(plan)
    (reading,) = recorder.readings
    assert (reading.not_modified, reading.problem, reading.validators) == (True, None, Validators('"7"'))
    assert [visit.requested_url for visit in recorder.visits] == [f"{site.url}/1"]
    assert run.feeds_read == 1


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(b"x", 404), "answered 404"),
        (Reply(b"", 304), "answered 304"),
        (Reply(b"<html><body>hello</body></html>"), "is an HTML page, and none of its links looks like an article's"),
    ],
)
def test_crawl_feed_that_cannot_be_read_is_told_and_ends_nothing(site: Site, reply: Reply, problem: str) -> None:
    site.pages |= {"/bad": reply, "/good": rss("/1")}
    recorder, run = crawl(Plan(Following((FeedTarget(f"{site.url}/bad"), FeedTarget(f"{site.url}/good")))))
    assert run.problems == [f"feed {site.url}/bad: {problem}"]
    assert (run.feeds_read, run.feeds_failed, len(recorder.visits)) == (1, 1, 1)
    assert next(reading for reading in recorder.readings if reading.problem).validators == Validators()


def test_crawl_limit_counts_articles_in_the_order_of_the_feed(site: Site) -> None:
    site.pages["/feed"] = rss("/9", "/3", "/5", "/1")
    plan = Plan(Following((FeedTarget(f"{site.url}/feed"),)), targets=(Target(f"{site.url}/7"),), limit=2)
    recorder, _ = crawl(plan)
    assert sorted(visit.requested_url for visit in recorder.visits) == [f"{site.url}/3", f"{site.url}/9"]


def test_crawl_two_articles_that_redirect_to_one_page_are_two_visits(site: Site) -> None:
    for name in "ab":
        site.pages[f"/{name}"] = Reply(status=301, headers={"Location": "/1"})
    recorder, _ = crawl(Plan(targets=tuple(Target(f"{site.url}/{name}") for name in "ab")))
    assert sorted((visit.requested_url[-1], visit.final_url[-1]) for visit in recorder.visits) == [
        ("a", "1"),
        ("b", "1"),
    ]


def test_crawl_takes_up_no_more_than_the_archive_can_follow(site: Site) -> None:
    """Backpressure: pages of 1 MB whose visits wait are not fetched without end."""
    site.pages |= {f"/big{n}": Reply(b"x" * 1_000_000) for n in range(40)}

    class Slow(Recorder):
        async def visit(self, visit: Visit) -> Outcome:
            await asyncio.sleep(0.05)
            fetched.append(len(site.paths) - len(self.visits))
            return await super().visit(visit)

    fetched: list[int] = []
    recorder, _ = crawl(Plan(targets=tuple(Target(f"{site.url}/big{n}") for n in range(40))), receiver=Slow())
    assert len(recorder.visits) == 40
    assert max(fetched) < 30


def test_crawl_of_many_refused_urls_has_few_of_them_in_hand(site: Site) -> None:
    """What robots.txt forbids costs no request, so nothing but the archive holds it up."""
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /", headers={"Content-Type": "text/plain"})

    class Waiting(Recorder):
        waiting, most, is_full = 0, 0, asyncio.Event()

        async def visit(self, visit: Visit) -> Outcome:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            if self.waiting == 100:
                asyncio.get_running_loop().call_later(0.5, self.is_full.set)
            await self.is_full.wait()
            self.waiting -= 1
            return await super().visit(visit)

    receiver = Waiting()
    _, run = crawl(Plan(targets=tuple(Target(f"{site.url}/{n}") for n in range(400))), receiver=receiver)
    assert run.outcomes == {Outcome.REFUSED: 400}
    assert receiver.most == 100


def test_crawls_side_by_side_do_not_wait_for_a_slow_one(site: Site) -> None:
    settings, done = settings_for(), list[str]()
    site.pages["/slow"] = lambda _: time.sleep(1.5) or Reply(b"at last")  # type: ignore[func-returns-value] # None or

    async def one(path: str) -> None:
        run = run_for(settings, Recorder())
        await carry_out(run, SourceSpider, plan=Plan(targets=(Target(f"{site.url}{path}"),)))
        done.append(path)

    async def main() -> None:
        await asyncio.gather(one("/slow"), one("/1"), one("/2"))

    run_loop(main, settings)
    assert done[-1] == "/slow"


def stopped_run(plan: Plan, receiver: Recorder, started: threading.Event, **crawler: Any) -> tuple[Run, float]:
    """A crawl that is cancelled once the server has seen its request; and how long it took to end."""
    settings = settings_for(**crawler)

    async def main() -> tuple[Run, float]:
        run = run_for(settings, receiver)
        task = asyncio.create_task(carry_out(run, SourceSpider, plan=plan))
        await asyncio.to_thread(started.wait, 10)
        began = time.monotonic()
        task.cancel()
        await task
        return run, time.monotonic() - began

    return run_loop(main, settings)


def test_crawl_cancelled_ends_soon_and_drops_what_is_under_way(site: Site) -> None:
    started, go = threading.Event(), threading.Event()

    def hang(_: Handler) -> None:
        started.set()
        go.wait(10)

    site.pages["/hang"] = hang
    targets = (Target(f"{site.url}/hang"), *(Target(f"{site.url}/{n}") for n in range(20)))
    recorder = Recorder()
    run, took = stopped_run(Plan(targets=targets), recorder, started, delay="2s", timeout="60s")
    go.set()
    assert run.stopped.is_set()
    assert took < 5
    assert f"{site.url}/hang" not in {visit.requested_url for visit in recorder.visits}
    assert len(recorder.visits) == run.outcomes.total() < 20


def test_crawl_cancelled_while_a_feed_is_read_ends_soon(site: Site) -> None:
    started, go = threading.Event(), threading.Event()

    def hang(_: Handler) -> None:
        started.set()
        go.wait(10)

    site.pages["/feed"] = hang
    run, took = stopped_run(Plan(Following((FeedTarget(f"{site.url}/feed"),))), Recorder(), started, timeout="60s")
    go.set()
    assert took < 5
    assert run.problems == []


def test_crawl_cancelled_before_it_began_requests_nothing(site: Site) -> None:
    started = threading.Event()
    started.set()
    plan = Plan(Following(home_url=f"{site.url}/"), targets=(Target(f"{site.url}/1"),))
    recorder = Recorder()
    _, took = stopped_run(plan, recorder, started)
    assert (site.requests, recorder.visits) == ([], [])
    assert took < 3


def test_crawl_url_that_cannot_be_requested_is_a_failed_visit(site: Site) -> None:
    recorder, run = crawl(Plan(targets=(Target("http://[nonsense"), Target("nonsense"), Target(f"{site.url}/1"))))
    assert len(recorder.visits) == 3
    assert run.outcomes == {Outcome.FAILED: 2, Outcome.NEW: 1}


class FullDisk(Recorder):
    async def visit(self, visit: Visit) -> Outcome:
        raise ArchiveUnavailableError(f"no room for {len(visit.captures)} captures", remedy="free some")

    async def feed(self, reading: FeedReading) -> Listed:
        if "full" in reading.url:
            raise ArchiveUnavailableError("the disk is full", remedy="free some")
        return await super().feed(reading)


@pytest.mark.parametrize("feed", ["/feed", "/full"])
def test_crawl_whose_archive_cannot_be_written_stops_and_says_why(site: Site, feed: str) -> None:
    site.pages[feed] = rss(*(f"/{n}" for n in range(30)))
    _, run = read(f"{site.url}{feed}", receiver=FullDisk())
    assert run.stopped.is_set()
    assert len(run.problems) == 1
    assert "free some" in run.problems[0]
    assert len(site.paths) < 25


class Faulty(Recorder):
    async def visit(self, visit: Visit) -> Outcome:
        if visit.requested_url.endswith("/1"):
            raise RuntimeError("a fault of ours")
        return await super().visit(visit)

    async def feed(self, reading: FeedReading) -> Listed:
        if reading.url.endswith("/odd"):
            raise RuntimeError("another fault of ours")
        return await super().feed(reading)


def test_crawl_fault_in_one_page_or_feed_is_logged_told_and_ends_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.pages |= {"/feed": rss("/1", "/2"), "/odd": rss("/3")}
    plan = Plan(Following((FeedTarget(f"{site.url}/feed"), FeedTarget(f"{site.url}/odd"))))
    recorder, run = crawl(plan, receiver=Faulty())
    assert [visit.requested_url for visit in recorder.visits] == [f"{site.url}/2"]
    assert len(run.problems) == 2
    assert all("an error inside Warraq (RuntimeError); the log has it" in problem for problem in run.problems)
    assert "a fault of ours" in caplog.text
    assert "another fault of ours" in caplog.text
