from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crawler.politeness import HostHeldError, Hosts, Pace, host_key, retry_after
from crawler.reactor import run_loop
from crawler.runner import carry_out
from crawler.spiders.source import Plan, SourceSpider
from storage.records import Outcome, Role, Target
from tests.loopback import Handler, Recorder, Reply, Site, closed_port, crawl, run_for, serving, settings_for, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.visits import Failure

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/a"] = Reply(b"x")
        yield site


def failure_with_robots(
    site: Site, robots: Reply | Callable[[Handler], Reply | None], path: str = "/a"
) -> Failure | None:
    site.pages["/robots.txt"] = robots
    return visit(f"{site.url}{path}", timeout="500ms").failure


@pytest.mark.parametrize("value", ["120", " 120 ", "Tue, 03 Nov 2026 10:02:00 GMT"])
def test_retry_after_seconds_and_dates_are_read(value: str) -> None:
    assert retry_after(value, NOW) == timedelta(minutes=2)


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "٣"])
def test_retry_after_that_means_nothing_is_ignored(value: str) -> None:
    assert retry_after(value, NOW) is None


def test_retry_after_in_the_past_or_absurd_is_bounded() -> None:
    assert retry_after("Tue, 03 Nov 2020 10:02:00 GMT", NOW) == timedelta(0)
    assert retry_after("9" * 400, NOW) == timedelta(days=1)


def test_host_key_keeps_the_port_and_no_credentials() -> None:
    assert host_key("https://user:pw@News.Example:8443/a") == "news.example:8443"


async def starts(hosts: Hosts, pace: Pace, count: int) -> list[float]:
    began, seen = time.monotonic(), list[float]()

    async def take() -> None:
        async with hosts.turn("h", pace):
            seen.append(time.monotonic() - began)

    await asyncio.gather(*(take() for _ in range(count)))
    return seen


def test_turns_of_one_host_keep_the_delay_between_starts() -> None:
    seen = asyncio.run(starts(Hosts(), Pace(0.05, 4), 4))
    assert all(later - earlier > 0.04 for earlier, later in itertools.pairwise(seen))


def test_turns_of_one_host_never_exceed_its_connections() -> None:
    async def most() -> int:
        hosts, under_way, seen = Hosts(), 0, list[int]()

        async def take() -> None:
            nonlocal under_way
            async with hosts.turn("h", Pace(0, 3)):
                under_way += 1
                seen.append(under_way)
                await asyncio.sleep(0.005)
                under_way -= 1

        await asyncio.gather(*(take() for _ in range(20)))
        return max(seen)

    assert asyncio.run(most()) == 3


def test_host_held_for_longer_than_patience_is_given_up() -> None:
    async def held() -> None:
        hosts = Hosts()
        hosts.hold("h", timedelta(hours=1))
        async with hosts.turn("other", Pace(0, 1)):
            pass
        async with hosts.turn("h", Pace(0, 1)):
            pass

    with pytest.raises(HostHeldError, match="left alone until"):
        asyncio.run(held())


def test_crawl_waits_between_requests_to_a_host(site: Site) -> None:
    targets = tuple(Target(f"{site.url}/a?{n}") for n in range(3))
    began = time.monotonic()
    crawl(Plan(targets=targets), delay="200ms")
    assert time.monotonic() - began > 0.6  # robots.txt and three pages: three waits


def test_crawl_retry_after_short_is_waited_for_and_tried_again(site: Site) -> None:
    answers = iter([Reply(status=429, headers={"Retry-After": "1"}), Reply(b"now")])
    site.pages["/a"] = lambda _: next(answers)
    began = time.monotonic()
    result = visit(f"{site.url}/a")
    assert [capture.status for capture in result.captures] == [429, 200]
    assert time.monotonic() - began >= 1


def test_crawl_retry_after_long_stops_all_requests_to_the_host(site: Site) -> None:
    site.pages["/a"] = Reply(status=503, headers={"Retry-After": "3600"})
    targets = (Target(f"{site.url}/a"), *(Target(f"{site.url}/b{n}") for n in range(5)))
    recorder, _ = crawl(Plan(targets=targets), connections_per_host=1)
    assert site.paths == ["/a"]
    first, *others = sorted(recorder.visits, key=lambda visit: visit.requested_url)
    assert (first.failure, first.captures[-1].status, first.captures[-1].role) == (None, 503, Role.ARTICLE)
    assert all(each.failure and "left alone until" in each.failure.reason for each in others)


def test_robots_disallowed_path_is_refused_and_not_requested(site: Site) -> None:
    failure = failure_with_robots(site, Reply(b"User-agent: *\nDisallow: /a\n"))
    assert failure
    assert (failure.kind, failure.reason) == (Outcome.REFUSED, "refused by robots.txt")
    assert site.paths == []


def test_robots_group_of_our_name_counts_before_the_star(site: Site) -> None:
    text = b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n\nUser-agent: WARRAQ\nAllow: /a\nDisallow: /\n"
    assert failure_with_robots(site, Reply(text)) is None


@pytest.mark.parametrize(
    "robots",
    [
        Reply(status=404),
        Reply(status=403),
        Reply(b"<html>nope</html>"),
        Reply(status=302, headers={"Location": "/robots.txt"}),
    ],
    ids=["404", "403", "html", "loop"],
)
def test_robots_that_says_nothing_allows_all(site: Site, robots: Reply) -> None:
    assert failure_with_robots(site, robots) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_robots_that_cannot_be_read_refuses_for_now(site: Site, status: int) -> None:
    failure = failure_with_robots(site, Reply(status=status, headers={"Retry-After": "0"}))
    assert failure
    assert (failure.kind, failure.reason) == (Outcome.REFUSED, f"refused for now: robots.txt answers {status}")


def test_robots_that_times_out_refuses_for_now(site: Site) -> None:
    failure = failure_with_robots(site, lambda _: time.sleep(1))
    assert failure
    assert failure.reason == "refused for now: robots.txt timed out after 500 ms"


def test_robots_of_unreachable_host_fails_as_the_page_would() -> None:
    result = visit(f"http://127.0.0.1:{closed_port()}/a")
    assert result.failure
    assert result.failure.kind is Outcome.FAILED


def test_robots_that_redirects_is_followed(site: Site) -> None:
    site.pages["/other"] = Reply(b"User-agent: *\nDisallow: /\n")
    failure = failure_with_robots(site, Reply(status=301, headers={"Location": "/other"}))
    assert failure
    assert failure.reason == "refused by robots.txt"


def test_robots_applies_to_where_a_redirect_leads(site: Site) -> None:
    site.pages["/a"] = Reply(status=301, headers={"Location": "/private/b"})
    failure = failure_with_robots(site, Reply(b"User-agent: *\nDisallow: /private/\n"))
    assert failure
    assert failure.reason == "refused by robots.txt"
    assert site.paths == ["/a"]


def test_robots_crawl_delay_is_kept(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 0.4\n")
    began = time.monotonic()
    crawl(Plan(targets=tuple(Target(f"{site.url}/a?{n}") for n in range(3))))
    assert time.monotonic() - began > 0.8


def test_robots_is_fetched_once_for_crawls_side_by_side(site: Site) -> None:
    settings = settings_for()

    async def main() -> None:
        runs = [run_for(settings, Recorder()) for _ in range(3)]
        for run in runs:
            run.robots = runs[0].robots
        plan = Plan(targets=(Target(f"{site.url}/a"),))
        await asyncio.gather(*(carry_out(run, SourceSpider, plan=plan) for run in runs))

    run_loop(main, settings)
    assert [path for path, _ in site.requests].count("/robots.txt") == 1
    assert site.paths == ["/a"] * 3
