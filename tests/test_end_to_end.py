"""The main job through the real command: both sites of the newsroom, whole, and then redesigned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk import Desk
from tests.newsroom import Hit, Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SITES = ("marsad", "courier")


@dataclass(frozen=True)
class Archived:
    """What a crawl left, by the slug that the newsroom knows an article by."""

    desk: Desk
    outcomes: dict[str, int]
    articles: dict[str, dict[str, Any]]
    hits: Sequence[Hit]
    captures: int

    @classmethod
    def after(cls, desk: Desk, outcomes: dict[str, int]) -> Archived:
        by_url = {article["url"]: article for article in desk.exported()}
        slugs = [slug for site in desk.newsroom.sites.values() for slug in site.standings]
        articles = {slug: by_url[desk.newsroom.url(slug)] for slug in slugs}
        ((captures,),) = desk.rows("SELECT count(*) FROM captures")
        return cls(desk, outcomes, articles, desk.newsroom.hits(), captures)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    """After the first crawl."""
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path_factory.mktemp("archived"))
        desk.configure(workers={"count": "2"})
        yield Archived.after(desk, desk.crawl())


@pytest.fixture(scope="module")
def redesigned(first: Archived) -> Archived:
    """After another in which every page wears another theme."""
    for site in SITES:
        first.desk.newsroom.retheme(site)
    return Archived.after(first.desk, first.desk.recheck())


def test_first_crawl_archives_every_article(first: Archived) -> None:
    assert first.outcomes == {"new": 41}
    assert len(first.articles) == 41


@pytest.mark.parametrize("site", SITES)
def test_first_crawl_archives_every_text_to_the_letter(first: Archived, site: str) -> None:
    written = {slug: standing.article.text for slug, standing in first.desk.newsroom.site(site).standings.items()}
    assert {slug: first.articles[slug]["text"] for slug in written} == written


@pytest.mark.parametrize("site", SITES)
def test_first_crawl_archives_headline_day_author_and_caption(first: Archived, site: str) -> None:
    for slug, standing in first.desk.newsroom.site(site).standings.items():
        written, kept = standing.article, first.articles[slug]
        assert kept["title"] == written.title
        assert kept["published_on"] == written.published_at.date().isoformat()
        assert kept["authors"] == ([written.author] if written.author else [])
        assert (kept["image_caption"] or "") == written.caption


def test_article_in_another_language_than_its_site_keeps_its_own(first: Archived) -> None:
    told = {slug: (article["language"], article["direction"]) for slug, article in first.articles.items()}
    assert told["water-pumps-idlib"] == ("ar", "rtl")
    assert told["harbour-expansion-english"] == ("en", "ltr")
    assert told["ferry-strike-averted"] == ("en", "ltr")


def test_every_exchange_is_a_capture(first: Archived) -> None:
    assert first.captures == len(first.hits)


def test_requests_name_the_program_and_a_contact(first: Archived) -> None:
    (agent,) = {hit.headers.get("user-agent", "") for hit in first.hits}
    assert agent.startswith("Warraq/")
    assert "tests@newsroom.example" in agent


@pytest.mark.parametrize("site", SITES)
def test_robots_txt_is_asked_before_anything_else(first: Archived, site: str) -> None:
    assert next(hit for hit in first.hits if hit.site == site).path == "/robots.txt"


def test_redesign_makes_no_version(first: Archived, redesigned: Archived) -> None:
    assert redesigned.outcomes == {"noise": 41}
    texts = {slug: article["text"] for slug, article in redesigned.articles.items()}
    assert texts == {slug: article["text"] for slug, article in first.articles.items()}
    assert all(len(article["versions"]) == 1 for article in redesigned.articles.values())
