"""The main job through the real command: a publisher publishes, edits, redesigns and retracts; the archive follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THREE = ("ferry-strike-averted", "library-roof-fund", "seal-pup-rescue")
FERRY, LIBRARY, SEAL = THREE
ALL = 41


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Both sites, whole, crawled once."""
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path_factory.mktemp("archived"))
        desk.configure(workers={"count": "2"})
        assert desk.crawl() == {"new": ALL}
        yield desk


@pytest.fixture(scope="module")
def articles(archived: Desk) -> dict[str, dict[str, Any]]:
    """What was archived, by the slug that the newsroom knows it by."""
    by_url = {article["url"]: article for article in archived.exported()}
    slugs = [slug for site in archived.newsroom.sites.values() for slug in site.standings]
    return {slug: by_url[archived.newsroom.url(slug)] for slug in slugs}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three English articles, not yet crawled."""
    with Newsroom() as newsroom:
        newsroom.keep_only(*THREE)
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        yield desk


@pytest.mark.parametrize("site", ["marsad", "courier"])
def test_first_crawl_archives_every_text_to_the_letter(
    archived: Desk, articles: dict[str, dict[str, Any]], site: str
) -> None:
    written = {slug: standing.article.text for slug, standing in archived.newsroom.site(site).standings.items()}
    assert {slug: articles[slug]["text"] for slug in written} == written


@pytest.mark.parametrize("site", ["marsad", "courier"])
def test_first_crawl_archives_headline_day_author_and_caption(
    archived: Desk, articles: dict[str, dict[str, Any]], site: str
) -> None:
    for slug, standing in archived.newsroom.site(site).standings.items():
        written, kept = standing.article, articles[slug]
        assert kept["title"] == written.title
        assert kept["published_on"] == written.published_at.date().isoformat()
        assert kept["authors"] == ([written.author] if written.author else [])
        assert (kept["image_caption"] or "") == written.caption


def test_article_in_another_language_than_its_site_keeps_its_own(articles: dict[str, dict[str, Any]]) -> None:
    told = {slug: (article["language"], article["direction"]) for slug, article in articles.items()}
    assert told["water-pumps-idlib"] == ("ar", "rtl")
    assert told["harbour-expansion-english"] == ("en", "ltr")
    assert told["ferry-strike-averted"] == ("en", "ltr")


def test_every_exchange_is_a_capture(archived: Desk) -> None:
    answered = len(archived.newsroom.hits())
    assert archived.rows("SELECT count(*) FROM captures") == [(answered,)]


def test_requests_name_the_program_and_a_contact(archived: Desk) -> None:
    agents = {hit.headers.get("user-agent", "") for hit in archived.newsroom.hits()}
    (agent,) = agents
    assert agent.startswith("Warraq/")
    assert "tests@newsroom.example" in agent


def test_robots_txt_is_asked_before_anything_else(archived: Desk) -> None:
    for key in archived.newsroom.sites:
        assert archived.newsroom.hits(site=key)[0].path == "/robots.txt"


def test_recheck_with_nothing_changed_is_answered_by_304_alone(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.forget_hits()
    assert desk.recheck() == {"unchanged": 3}
    asked = [hit for hit in desk.newsroom.hits() if hit.path != "/robots.txt"]
    assert {hit.status for hit in asked if hit.path != "/"} == {304}
    assert all(len(article["versions"]) == 1 for article in desk.exported())


def test_crawl_with_nothing_new_visits_nothing(desk: Desk) -> None:
    desk.crawl()
    assert desk.crawl() == {}


def test_touched_furniture_is_noise(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.touch_furniture(LIBRARY)
    assert desk.recheck() == {"unchanged": 2, "noise": 1}
    assert len(desk.article(LIBRARY)["versions"]) == 1


def test_counters_of_a_site_without_validators_are_noise(desk: Desk) -> None:
    desk.newsroom.site("courier").validators = False
    desk.crawl()
    assert desk.recheck() == {"noise": 3}


def test_edit_makes_one_version_and_keeps_the_other(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.edit(FERRY, "£1.2m", "£900,000")
    assert desk.recheck() == {"unchanged": 2, "edited": 1}
    assert desk.recheck() == {"unchanged": 3}
    article = desk.article(FERRY)
    assert [version["change"] for version in article["versions"]] == ["new", "text"]
    assert "£1.2m" in article["versions"][0]["text"]
    assert article["text"] == desk.newsroom.article(FERRY).text


def test_one_changed_letter_is_an_edit(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.edit(SEAL, "Stavros Lenn", "Stavros Lenk")
    assert desk.recheck() == {"unchanged": 2, "edited": 1}


def test_changed_headline_is_an_edit(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.set_title(FERRY, "Ferry strike averted at the last minute")
    assert desk.recheck() == {"unchanged": 2, "edited": 1}
    versions = desk.article(FERRY)["versions"]
    assert [version["change"] for version in versions] == ["new", "headline"]
    assert versions[1]["title"] == "Ferry strike averted at the last minute"


@pytest.mark.parametrize("status", [404, 410, 451])
def test_deleted_article_is_missing_then_gone_then_restored(desk: Desk, status: int) -> None:
    desk.crawl()
    text = desk.newsroom.article(SEAL).text
    desk.newsroom.delete(SEAL, status)
    assert desk.recheck() == {"unchanged": 2, "missing": 1}
    assert desk.article(SEAL)["status"] == "missing"
    assert desk.recheck() == {"unchanged": 2, "gone": 1}
    gone = desk.article(SEAL)
    assert (gone["status"], gone["text"]) == ("gone", text)
    desk.newsroom.restore(SEAL)
    assert desk.recheck() == {"unchanged": 2, "restored": 1}
    restored = desk.article(SEAL)
    assert (restored["status"], len(restored["versions"])) == ("restored", 1)


def test_missing_article_is_not_gone_before_its_time(desk: Desk) -> None:
    desk.configure("courier", gone={"confirm_after": '"1h"'})
    desk.crawl()
    desk.newsroom.delete(SEAL)
    desk.recheck()
    assert desk.recheck() == {"unchanged": 2, "missing": 1}
    assert desk.crawl("--all", "--recheck", "due") == {}


def test_missing_article_is_due_when_it_can_be_confirmed(desk: Desk) -> None:
    desk.crawl()
    desk.newsroom.delete(SEAL)
    desk.recheck()
    assert desk.crawl("--all", "--recheck", "due") == {"gone": 1}


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_error_of_the_server_is_never_a_disappearance(desk: Desk, status: int) -> None:
    desk.crawl()
    desk.newsroom.fail(desk.newsroom.url(SEAL), status)
    assert desk.recheck() == {"unchanged": 2, "failed": 1}
    assert desk.recheck() == {"unchanged": 2, "failed": 1}
    assert desk.article(SEAL)["status"] == "live"


@pytest.mark.parametrize("site", ["marsad", "courier"])
def test_redesign_makes_no_version(tmp_path: Path, site: str) -> None:
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path)
        desk.configure(site)
        count = len(newsroom.site(site).standings)
        assert desk.crawl() == {"new": count}
        newsroom.retheme(site)
        assert desk.recheck() == {"noise": count}
        newsroom.retheme(site)
        newsroom.touch_furniture()
        assert desk.recheck() == {"noise": count}


def test_redirected_article_is_the_same_article_moved(desk: Desk) -> None:
    desk.crawl()
    old = desk.newsroom.url(SEAL)
    desk.newsroom.redirect(SEAL, "seal-pup-at-the-counter")
    assert desk.recheck()["moved"] == 1
    article = desk.article("seal-pup-at-the-counter")
    assert old in article["urls"]
    assert (article["url"], article["status"]) == (desk.newsroom.url("seal-pup-at-the-counter"), "moved")
    assert len(desk.exported()) == 3


def test_tracking_parameters_do_not_make_another_article(desk: Desk) -> None:
    tracked = desk.newsroom.url(SEAL) + "?utm_source=rss&utm_medium=feed#comments"
    desk.newsroom.list_url("courier", tracked, "The same seal")
    desk.crawl()
    assert len(desk.exported()) == 3


def test_single_url_is_archived_under_its_source(desk: Desk) -> None:
    assert desk.crawl(desk.newsroom.url(SEAL)) == {"new": 1}
    (article,) = desk.exported()
    assert article["source"] == "courier"
    assert not desk.newsroom.hits(path="/atom.xml")


def test_url_outside_every_source_is_kept_under_its_host(desk: Desk) -> None:
    desk.configure("marsad")
    url = desk.newsroom.url(SEAL)
    assert desk.crawl(url) == {"new": 1}
    assert desk.exported()[0]["source"].startswith("127.0.0.1")


def test_page_that_is_no_article_is_captured_and_no_more(desk: Desk) -> None:
    home = desk.newsroom.site("courier").base_url + "/"
    desk.newsroom.list_url("courier", home, "Our front page")
    assert desk.crawl() == {"new": 3, "not_an_article": 1}
    assert desk.recheck() == {"unchanged": 3}


def test_page_refused_by_robots_is_never_asked(desk: Desk) -> None:
    private = desk.newsroom.site("courier").base_url + "/private/draft"
    desk.newsroom.list_url("courier", private, "A draft")
    assert desk.crawl() == {"new": 3, "refused": 1}
    assert not desk.newsroom.hits(path="/private/draft")
    ((_, reason),) = desk.outcomes_of(private)
    assert "robots.txt" in reason


def test_address_outside_the_allowed_networks_is_refused(desk: Desk) -> None:
    desk.configure("courier", guard={"allow_networks": "[]"})
    assert desk.crawl(desk.newsroom.url(SEAL), code=1) == {"refused": 1}
    assert not desk.newsroom.hits()
