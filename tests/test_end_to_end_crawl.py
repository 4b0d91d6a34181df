"""What one crawl takes up and what it leaves, over a site that lists three articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLUGS = ("ferry-strike-averted", "library-roof-fund", "seal-pup-rescue")
FERRY, LIBRARY, SEAL = SLUGS


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.list_only(*SLUGS)
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        yield desk


@pytest.mark.slow
def test_crawls_with_nothing_changed_are_answered_by_304_alone(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.forget_hits()
    assert desk.crawl() == {}
    assert desk.recheck() == {"unchanged": 3}
    asked = [hit for hit in desk.newsroom.hits() if hit.path not in {"/robots.txt", "/"}]
    assert {hit.status for hit in asked} == {304}


@pytest.mark.slow
def test_counters_of_a_site_without_validators_are_noise(desk: Desk) -> None:
    desk.newsroom.site("courier").validators = False
    desk.crawl()
    assert desk.recheck() == {"noise": 3}


@pytest.mark.slow
def test_missing_article_is_not_gone_before_its_time(desk: Desk) -> None:
    desk.configure("courier", gone={"confirm_after": '"1h"'})
    desk.crawl()
    desk.newsroom.delete(SEAL)
    desk.recheck()
    assert desk.recheck() == {"unchanged": 2, "missing": 1}
    assert desk.crawl("--all", "--recheck", "due") == {}


@pytest.mark.slow
def test_missing_article_is_due_when_it_can_be_confirmed(desk: Desk) -> None:
    assert desk.crawl() == {"new": 3}
    desk.newsroom.delete(SEAL)
    assert desk.recheck() == {"unchanged": 2, "missing": 1}
    assert desk.crawl("--all", "--recheck", "due") == {"gone": 1}


@pytest.mark.slow
def test_listed_pages_that_are_no_articles_are_settled_without_one(desk: Desk) -> None:
    site = desk.newsroom.site("courier")
    private = site.base_url + "/private/draft"
    desk.newsroom.list_url("courier", private, "A draft")
    desk.newsroom.list_url("courier", site.base_url + "/", "Our front page")
    desk.newsroom.list_url("courier", desk.newsroom.url(SEAL) + "?utm_source=rss#comments", "The same seal")
    assert desk.crawl() == {"new": 3, "not_an_article": 1, "refused": 1}
    assert "robots.txt" in desk.outcomes_of(private)[0][1]
    # What robots.txt forbids may be allowed another day: it stays open, and is still not asked for.
    assert desk.recheck() == {"unchanged": 3, "refused": 1}
    assert not desk.newsroom.hits(url=private)


def test_single_url_is_archived_under_its_source(desk: Desk) -> None:
    assert desk.crawl(desk.newsroom.url(SEAL)) == {"new": 1}
    (article,) = desk.exported()
    assert article["source"] == "courier"
    assert not desk.newsroom.hits(path="/atom.xml")


@pytest.mark.slow
def test_url_outside_every_source_is_kept_under_its_host(desk: Desk) -> None:
    desk.configure("marsad")
    assert desk.crawl(desk.newsroom.url(SEAL)) == {"new": 1}
    assert desk.exported()[0]["source"].startswith("127.0.0.1")


def test_address_outside_the_allowed_networks_is_refused(desk: Desk) -> None:
    desk.configure("courier", guard={"allow_networks": "[]"})
    assert desk.crawl(desk.newsroom.url(SEAL), code=1) == {"refused": 1}
    assert not desk.newsroom.hits()
    desk.warraq("--allow-network", "127.0.0.1/32", "crawl", desk.newsroom.url(SEAL))
    assert len(desk.exported()) == 1
