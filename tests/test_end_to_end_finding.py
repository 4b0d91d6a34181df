"""A newsroom with every kind of list, followed from the command line: what is found, kept, filled back and bounded."""

from __future__ import annotations

import json
import time
import tomllib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEAL = "seal-pup-rescue"
EVERYTHING = frozenset({"sitemap", "news", "wordpress", "pages", "archives"})
DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A newspaper with a feed of two articles, three more of the last week, and a few of each month for a year."""
    with Newsroom() as newsroom:
        newsroom.keep_only(SEAL)
        site = newsroom.site("courier")
        site.feed_length = 2
        newsroom.publish_series("courier", 5, latest=datetime.now(UTC) - DAY, every=DAY)
        yield Desk(newsroom, tmp_path)


def follow(desk: Desk, **changes: str) -> None:
    """Writes warraq.toml with the site alone: what lists its articles is to be found."""
    desk.configure("courier")
    file = desk.directory / "warraq.toml"
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("feeds")]
    file.write_text("\n".join([*kept, *(f"{key} = {value}" for key, value in changes.items())]), encoding="utf-8")


def publish_years(desk: Desk) -> list[str]:
    """Thirty articles over three years; their URLs."""
    newsroom = desk.newsroom
    newsroom.keep_only(SEAL)
    return newsroom.publish_series("courier", 30, latest=datetime(2025, 12, 20, tzinfo=UTC), every=36 * DAY)


@pytest.mark.slow
def test_source_without_feeds_finds_all_its_site_has_and_keeps_it(desk: Desk) -> None:
    desk.newsroom.site("courier").ways = EVERYTHING
    follow(desk)
    assert desk.crawl() == {"new": 5}
    kinds = [row[0] for row in desk.rows("SELECT kind FROM feeds WHERE followed ORDER BY id")]
    assert sorted(kinds) == ["atom", "front_page", "news_sitemap", "sitemap"]
    asked = len(desk.newsroom.hits())
    desk.newsroom.forget_hits()
    assert desk.crawl() == {}
    assert len(desk.newsroom.hits()) < asked / 2
    ways = desk.rows("SELECT count(*) FROM listings GROUP BY discovery_id ORDER BY 1")
    assert ways[-1][0] >= 3


@pytest.mark.slow
def test_article_that_only_one_way_lists_is_found(desk: Desk) -> None:
    site = desk.newsroom.site("courier")
    site.ways = frozenset({"pages"})
    follow(desk)
    desk.crawl()
    (url,) = desk.newsroom.publish_series("courier", 1, latest=datetime.now(UTC), every=DAY)
    for standing in site.standings.values():
        standing.listed = False
    desk.crawl()
    assert len(desk.at(url)) == 1


@pytest.mark.slow
def test_article_changed_since_our_visit_by_its_sitemap_is_rechecked_soon(desk: Desk) -> None:
    desk.newsroom.site("courier").ways = frozenset({"sitemap"})
    follow(desk)
    desk.crawl()
    slug = "harbour-office-report-1"
    desk.newsroom.edit(slug, "1", "eleven")
    desk.newsroom.unlist(slug)
    time.sleep(1.1)  # dates of change are told to the second
    desk.crawl()
    assert desk.crawl("courier", "--recheck", "due").get("edited") == 1


@pytest.mark.slow
def test_add_tries_every_way_and_tells_how_far_each_goes_back(desk: Desk) -> None:
    publish_years(desk)
    site = desk.newsroom.site("courier")
    site.ways = EVERYTHING
    site.robots = f"Sitemap: {site.base_url}/sitemap.xml\n"
    home = site.base_url + "/"
    (desk.directory / "warraq.toml").write_text('[guard]\nallow_networks = ["127.0.0.0/8"]\n', encoding="utf-8")
    done = desk.warraq("add", home, "--key", "courier")
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [row[1] for row in rows] == ["atom", "sitemap", "front_page"]
    assert any("2023-02" in word for word in rows[1])
    (source,) = tomllib.loads((desk.directory / "warraq.toml").read_text(encoding="utf-8"))["sources"]
    assert source["feeds"] == [site.feed_url, f"{site.base_url}/sitemap.xml"]
    assert source["sections"] == [home]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["sitemap", "archives", "pages"])
def test_backfill_brings_the_time_that_was_asked_for(desk: Desk, way: str) -> None:
    urls = publish_years(desk)
    desk.newsroom.site("courier").ways = frozenset({way})
    follow(desk)
    done = desk.warraq("crawl", "courier", "--backfill", "--since", "2024-06-01", "--until", "2025-07-01")
    assert "lists read, 0 left" in done.stderr
    held = {url for article in desk.exported() for url in article["urls"]}
    wanted = {url for url in urls if "2024/06" <= url.rpartition("/")[0][-7:] < "2025/07"}
    assert len(wanted) == 11
    assert wanted <= held
    if way != "pages":  # whose dates are known only from the addresses
        assert held & set(urls) == wanted
    assert desk.rows("SELECT count(*) FROM backfills WHERE ended_at IS NOT NULL") == [(1,)]


@pytest.mark.slow
def test_backfill_that_was_killed_goes_on_and_reads_nothing_twice(desk: Desk) -> None:
    urls = publish_years(desk)
    newsroom = desk.newsroom
    newsroom.site("courier").ways = frozenset({"sitemap"})
    follow(desk)
    command = ("crawl", "courier", "--backfill", "--since", "2023-01-01")
    newsroom.hang(f"{newsroom.site('courier').base_url}/sitemap-2024-06.xml", times=1)
    with desk.program.start(*command) as process:
        deadline = time.monotonic() + 60
        while not newsroom.hits(path="/sitemap-2024-06.xml"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        process.communicate()
    read = {hit.path for hit in newsroom.hits() if hit.path.startswith("/sitemap-2")} - {"/sitemap-2024-06.xml"}
    assert len(read) > 5
    newsroom.forget_hits()
    desk.warraq(*command)
    again = {hit.path for hit in newsroom.hits() if hit.path.startswith("/sitemap-2")}
    assert not again & read
    assert len(desk.exported()) == len(urls) + 1


@pytest.mark.slow
def test_backfill_in_a_calendar_without_end_ends(desk: Desk) -> None:
    site = desk.newsroom.site("courier")
    site.ways = frozenset({"traps"})
    follow(desk, sections=f'["{site.base_url}/calendar/1"]', limits="{ branch_urls = 3 }")
    assert desk.crawl().get("new", 0) <= 6
    done = desk.warraq("crawl", "courier", "--backfill", "--since", "2024-01-01", "--limit", "9")
    assert "courier" in done.stdout


def test_index_without_end_and_a_mirror_cost_no_more_than_their_share(desk: Desk) -> None:
    site = desk.newsroom.site("courier")
    site.ways, site.mirror = frozenset({"traps"}), "/copy"
    links = "".join(f'<h2><a href="/copy/a-story-of-the-day-{n}">A story of the day</a></h2>' for n in range(50))
    desk.newsroom.serve("courier", "/world", Reply.html(f"<html><body>{links}</body></html>"))
    follow(
        desk,
        feeds=f'["{site.base_url}/endless-1.xml", "{site.base_url}/world"]',
        limits="{ sitemaps = 5, branch_urls = 4 }",
    )
    done = desk.warraq("crawl", "courier", "--format", "json")
    (report,) = json.loads(done.stdout)
    assert report["left_out"]["branch_urls"] == 46
    assert report["left_out"]["sitemaps"] > 0
    assert any("limits.branch_urls = 4" in problem for problem in report["problems"])
    assert len([hit for hit in desk.newsroom.hits() if hit.path.startswith("/endless")]) == 6
    assert len([hit for hit in desk.newsroom.hits() if hit.path.startswith("/copy")]) == 4


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--backfill",), "needs --since"),
        (("--since", "2024-01-01"), "--backfill"),
        (("--backfill", "--since", "2024-01-01", "--until", "2023-01-01"), "before --until"),
        (("--backfill", "--since", "7d", "--recheck", "all"), "without --recheck"),
    ],
)
def test_backfill_that_makes_no_sense_is_a_wrong_usage(desk: Desk, arguments: tuple[str, ...], complaint: str) -> None:
    desk.configure("courier")
    done = desk.warraq("crawl", "courier", *arguments, code=2)
    assert complaint in done.stderr
