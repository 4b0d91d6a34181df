"""Nothing is lost: crashes, limits, failing servers, hostile pages, wrong charsets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

THREE = ("ferry-strike-averted", "library-roof-fund", "seal-pup-rescue")
FERRY, LIBRARY, SEAL = THREE
WATER = "water-pumps-idlib"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.keep_only(*THREE, WATER)
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        yield desk


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Waits until something is so, for so long at most."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def crawl_and_kill(desk: Desk, when: Callable[[], object]) -> None:
    """Starts a crawl and kills it as the kernel does when memory runs out; its workers must end by themselves."""
    with desk.program.start("crawl", "--all") as process:
        wait_for(when)
        process.kill()
        process.communicate(timeout=60)


def test_crawl_killed_between_feed_and_articles_loses_nothing(desk: Desk) -> None:
    for slug in THREE:
        desk.newsroom.hang(desk.newsroom.url(slug))
    crawl_and_kill(desk, lambda: desk.newsroom.hits(url=desk.newsroom.url(FERRY)))
    for slug in THREE:
        desk.newsroom.heal(desk.newsroom.url(slug))
    desk.newsroom.forget_hits()
    assert desk.crawl() == {"new": 3}
    assert [hit.status for hit in desk.newsroom.hits(path="/atom.xml")] == [304]


@pytest.mark.slow
@pytest.mark.parametrize("answered", [1, 5, 9, 14])
def test_crawl_killed_at_any_time_is_completed_by_the_next(tmp_path: Path, answered: int) -> None:
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        crawl_and_kill(desk, lambda: len(newsroom.hits(site="courier")) >= answered)
        desk.crawl()
        written = {
            newsroom.url(slug): standing.article.text for slug, standing in newsroom.site("courier").standings.items()
        }
        assert {article["url"]: article["text"] for article in desk.exported()} == written
        assert all(len(article["versions"]) == 1 for article in desk.exported())


def test_articles_that_left_the_feed_before_their_visit_are_still_fetched(desk: Desk) -> None:
    assert desk.crawl("--all", "--limit", "1") == {"new": 1}
    for slug in THREE:
        desk.newsroom.unlist(slug)
    assert desk.crawl() == {"new": 2}


def test_article_that_a_failing_server_withheld_is_fetched_later(desk: Desk) -> None:
    desk.configure("courier", crawler={"timeout": '"1s"'})
    for slug, status in ((FERRY, 429), (LIBRARY, 503)):
        desk.newsroom.fail(desk.newsroom.url(slug), status)
    desk.newsroom.hang(desk.newsroom.url(SEAL))
    assert desk.crawl() == {"failed": 3}
    for slug in THREE:
        desk.newsroom.heal(desk.newsroom.url(slug))
    desk.rest()
    desk.configure("courier")
    assert desk.crawl() == {"new": 3}


def test_failing_feed_is_told_and_read_again_later(desk: Desk) -> None:
    desk.newsroom.fail(desk.newsroom.site("courier").feed_url, 503)
    desk.warraq("crawl", "--all", code=1)
    desk.newsroom.heal(desk.newsroom.site("courier").feed_url)
    assert desk.crawl() == {"new": 3}


def test_source_that_is_down_does_not_keep_another_from_its_crawl(desk: Desk) -> None:
    desk.configure()
    desk.newsroom.fail(desk.newsroom.site("marsad").feed_url, 500)
    desk.newsroom.fail(desk.newsroom.site("marsad").base_url + "/", 500)
    assert desk.crawl(code=1) == {"new": 3}


def test_page_that_hangs_a_worker_costs_that_page_only(desk: Desk) -> None:
    desk.configure("courier", workers={"page_timeout": '"2s"'})
    cell = "<table><tr><td><div><span>word </span></div>"
    heavy = "<!DOCTYPE html><title>Heavy</title><article>" + (cell * 400 + "</table>" * 400) * 40 + "</article>"
    url = desk.newsroom.serve("courier", "/heavy", Reply.html(heavy), title="Heavy")
    outcomes = desk.crawl()
    assert outcomes["new"] == 3
    ((outcome, _),) = desk.outcomes_of(url)
    assert outcome in {"failed", "not_an_article"}


def test_pages_of_40_megabytes_cost_those_pages_only(desk: Desk) -> None:
    page = Reply.html("<!DOCTYPE html><title>Large</title><p>" + "Forty million letters. " * 1_800_000)
    packed = desk.newsroom.serve("courier", "/packed", page, title="40 MB, in gzip no more than 120 kB")
    plain = desk.newsroom.serve("courier", "/plain", page.with_headers(("Content-Encoding", "identity")), title="40 MB")
    assert desk.crawl()["new"] == 3
    assert desk.outcomes_of(plain)[0][0] == "refused"
    assert desk.outcomes_of(packed)[0][0] in {"refused", "failed", "not_an_article"}


def test_pages_in_windows_1256_read_as_they_were_written(tmp_path: Path) -> None:
    declared = [("windows-1256", None), (None, "windows-1256"), (None, None), ("utf-8", "windows-1256")]
    with Newsroom() as newsroom:
        slugs = list(newsroom.site("marsad").standings)[: len(declared)]
        newsroom.keep_only(*slugs)
        for slug, (header, meta) in zip(slugs, declared, strict=True):
            newsroom.charset(newsroom.url(slug), "windows-1256", header=header, meta=meta)
        desk = Desk(newsroom, tmp_path)
        desk.configure("marsad")
        assert desk.crawl() == {"new": len(declared)}
        kept = {article["url"]: (article["title"], article["text"]) for article in desk.exported()}
        written = {slug: newsroom.article(slug) for slug in slugs}
        assert kept == {newsroom.url(slug): (article.title, article.text) for slug, article in written.items()}


def test_drip_fed_page_is_cut_off(desk: Desk) -> None:
    desk.configure("courier", crawler={"timeout": '"2s"'})
    desk.newsroom.drip(desk.newsroom.url(SEAL), chunk_bytes=2, pause_seconds=0.5)
    started = time.monotonic()
    assert desk.crawl() == {"new": 2, "failed": 1}
    assert time.monotonic() - started < 100  # at its pace the page takes half an hour
