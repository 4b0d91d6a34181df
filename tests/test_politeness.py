from __future__ import annotations

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness import HostHeldError, Hosts, host_key, retry_after
from crawler.reactor import run_loop
from crawler.runner import carry_out
from crawler.shared_hosts import HostsInArchive
from crawler.spiders.source import Plan, SourceSpider
from crawler.turns import Ask, News, Pace, settle
from storage.records import Outcome, Role, Target
from storage.records_hosts import HostState
from tests.loopback import Handler, Recorder, Reply, Site, closed_port, crawl, run_for, serving, settings_for, visit
from tests.storage_fixtures import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.visits import Failure
    from storage.archive import Archive

NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/a"] = Reply(b"x")
        yield site


def failure_with_robots(
    site: Site, robots: Reply | Callable[[Handler], Reply | None], timeout: str = "5s"
) -> Failure | None:
    site.pages["/robots.txt"] = robots
    return visit(f"{site.url}/a", timeout=timeout).failure


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
    failure = failure_with_robots(site, lambda _: time.sleep(1), timeout="500ms")
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


def test_robots_read_once_is_not_asked_for_by_the_next_process(site: Site, archive: Archive) -> None:
    """Two ``Hosts`` and caches on one archive are what two processes have, one after the other."""
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /a\nCrawl-delay: 0.05\n")
    settings, recorder = settings_for(), Recorder()

    async def main() -> None:
        for _ in range(2):
            run = run_for(settings, recorder)
            run.hosts = Hosts(HostsInArchive(archive))
            await carry_out(run, SourceSpider, plan=Plan(targets=(Target(f"{site.url}/a"),)))
            await run.hosts.close()

    run_loop(main, settings)
    assert [path for path, _ in site.requests] == ["/robots.txt"]
    assert [visit.failure.reason for visit in recorder.visits if visit.failure] == ["refused by robots.txt"] * 2
    (row,) = rows(archive, "SELECT crawl_delay_seconds FROM hosts")
    assert row.crawl_delay_seconds == 0.05


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (b"\xff\xfe" + "User-agent: *\nDisallow: /a\n".encode("utf-16-le"), True),
        (b"user-AGENT : *\rDISALLOW : /a   # odd\r\n", True),
        (b"User-agent: *\n" + b"# padding \n" * 100_000 + b"Disallow: /a\n", False),
        (b"Disallow: /b\n" * 60_000 + b"User-agent: *\nDisallow: /a\n", True),
        ("User-agent: *\nDisallow: /\u062e\u0628\u0631\nDisallow: /a$\n".encode("cp1256"), True),
        (b"<!DOCTYPE html><html><body>Disallow: /a</body></html>", False),
        (b"\x00\x01\x02" * 1000, False),
    ],
    ids=["utf-16", "odd", "beyond-a-megabyte", "long", "windows-1256", "html", "binary"],
)
def test_robots_in_odd_forms_says_what_can_be_read(site: Site, text: bytes, *, refused: bool) -> None:
    assert (failure_with_robots(site, Reply(text)) is not None) == refused


def test_robots_request_rate_is_a_delay(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nRequest-rate: 4/1\n")
    began = time.monotonic()
    crawl(Plan(targets=tuple(Target(f"{site.url}/a?{n}") for n in range(3))))
    assert time.monotonic() - began > 0.5


def test_host_that_answers_429_is_slowed_down_and_recovers() -> None:
    pace, state = Pace(0.0, 2), HostState("h")

    def told(state: HostState, news: News, seconds: float) -> HostState:
        return settle(state, Ask("h", "p", pace, 0, 1, news), NOW + timedelta(seconds=seconds))[0]

    delays = []
    for number in range(8):
        state = told(state, News(strains=1, answered=True), number * 100)
        delays.append(state.delay_seconds)
    assert delays == [1, 2, 4, 8, 10, 10, 10, 10]
    state = told(state, News(strains=1), 701)
    assert state.delay_seconds == 10
    for number in range(100):
        state = told(state, News(eased=1, answered=True), 800 + number)
    assert state.delay_seconds is None


def test_host_that_is_slow_is_asked_less_often() -> None:
    state, _ = settle(HostState("h"), Ask("h", "p", Pace(1.0, 2), 0, 1, News(slowest_seconds=9.0)), NOW)
    assert state.delay_seconds == 4.5


def test_host_that_never_answers_is_left_alone_for_longer_and_longer() -> None:
    state, holds = HostState("h"), []
    for _ in range(12):
        now = state.retry_after_at or NOW
        state, _ = settle(state, Ask("h", "p", Pace(1.0, 2), 0, 1, News(silences=1, strains=1)), now)
        holds.append((state.retry_after_at - now) // timedelta(minutes=1) if state.retry_after_at else 0)
    assert holds == [0, 0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60]
    state, _ = settle(state, Ask("h", "p", Pace(1.0, 2), 0, 1, News(answered=True, eased=1)), NOW + timedelta(days=1))
    assert (state.silences, state.retry_after_at) == (0, None)


Asks = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4), st.integers(0, 6), st.floats(0, 8)), max_size=40)


@given(Asks, st.integers(1, 4), st.sampled_from([0.0, 0.5, 3.0]))
def test_turns_never_exceed_connections_nor_come_too_close(
    asks: list[tuple[str, int, int, float]], connections: int, delay: float
) -> None:
    """Whatever processes ask: what they hold at once is within the limit, and no two moments are too close."""
    state, now, starts = HostState("h"), NOW, list[datetime]()
    for holder, in_use, waiting, seconds in asks:
        now += timedelta(seconds=seconds)
        lease = state.leases.get(holder)
        held = lease.connections if lease and lease.expires_at > now else 0
        ask = Ask("h", holder, Pace(delay, connections), min(in_use, held), waiting)
        state, grant = settle(state, ask, now)
        assert grant.connections == (state.leases[holder].connections if holder in state.leases else 0)
        assert sum(lease.connections for lease in state.leases.values() if lease.expires_at > now) <= connections
        assert len(grant.turns) <= max(0, grant.connections - ask.in_use)
        starts += [now + timedelta(seconds=turn) for turn in grant.turns]
    assert all(later - earlier >= timedelta(seconds=delay - 0.001) for earlier, later in itertools.pairwise(starts))
