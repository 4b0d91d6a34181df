from __future__ import annotations

import signal
import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.cli_process import complaint
from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARABIC, ENGLISH = "water-pumps-idlib", "ferry-strike-averted"


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as newsroom:
        newsroom.keep_only(ARABIC, ENGLISH)
        yield newsroom


@pytest.fixture
def desk(newsroom: Newsroom, tmp_path: Path) -> Desk:
    desk = Desk(newsroom, tmp_path)
    desk.configure()
    return desk


def test_crawl_of_all_sources_ends_with_a_table_that_adds_up(desk: Desk) -> None:
    done = desk.warraq("crawl", "--all")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows == [["source", "new", "visits"], ["marsad", "1", "1"], ["courier", "1", "1"], ["all", "2", "2"]]
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["marsad", "courier"]


def test_crawl_of_a_source_without_a_readable_feed_fails_and_names_it(desk: Desk) -> None:
    for site in desk.newsroom.sites.values():
        desk.newsroom.fail(site.feed_url, 500)
    done = desk.warraq("crawl", "marsad", code=1)
    assert f"{desk.newsroom.site('marsad').feed_url}: answered 500" in done.stderr


def test_crawl_of_a_url_that_fails_is_told_and_code_1(desk: Desk) -> None:
    url = desk.newsroom.url(ARABIC)
    desk.newsroom.fail(url, 500)
    done = desk.warraq("crawl", url, code=1)
    assert done.stdout.splitlines()[0].split() == ["source", "failed", "visits"]


@pytest.mark.slow
def test_crawl_interrupted_tells_what_it_did_and_the_next_one_goes_on(desk: Desk) -> None:
    url = desk.newsroom.url(ARABIC)
    desk.newsroom.hang(url, times=1)
    desk.configure(crawler={"timeout": '"60s"'})
    with desk.program.start("crawl", "--all") as process:
        while not desk.newsroom.hits(url=url) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        stdout, stderr = process.communicate(timeout=30)
    assert time.monotonic() - started < 10
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == "warraq: error: interrupted"
    assert "marsad: no visits" in stderr
    assert stdout.splitlines()[0].startswith("source")
    assert desk.crawl("marsad") == {"new": 1}


@pytest.mark.slow
def test_add_finds_the_feeds_of_a_site_and_keeps_the_comments(desk: Desk) -> None:
    file = desk.directory / "warraq.toml"
    file.write_text('# mine\n[guard]\nallow_networks = ["127.0.0.0/8"]  # the office\n', encoding="utf-8")
    site = desk.newsroom.site("marsad")
    done = desk.warraq("add", f"{site.base_url}/", "--key", "marsad")
    assert site.feed_url in done.stdout
    text = file.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "# the office" in text
    (source,) = tomllib.loads(text)["sources"]
    assert (source["key"], source["language"], source["feeds"][0]) == ("marsad", "ar", site.feed_url)
    assert desk.crawl("marsad") == {"new": 1}


def test_add_of_a_known_key_or_site_asks_nobody(desk: Desk) -> None:
    home = f"{desk.newsroom.site('marsad').base_url}/"
    assert "already" in complaint(desk.warraq("add", "https://other.example/", "--key", "marsad", code=1))
    assert "already" in complaint(desk.warraq("add", home, code=1))
    assert not desk.newsroom.hits()
