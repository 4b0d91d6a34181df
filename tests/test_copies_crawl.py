"""Copies over real HTTP, on both databases: who carries whose text, and one text under two addresses of one source."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage.archive import Archive
from tests.desk import Desk
from tests.edit_catalogue import KINDS, article_of
from tests.newsroom import Newsroom
from tests.storage_fixtures import START, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.publisher.articles import Article

pytestmark = pytest.mark.slow
STORY = article_of(KINDS[0], "en")
LATER = timedelta(hours=2)


def again(slug: str, **changes: Any) -> Article:
    """The story as another page has it."""
    return replace(STORY, slug=slug, number=STORY.number + 1 + len(slug), **changes)


@pytest.fixture
def wire(database: str, tmp_path: Path) -> Iterator[Desk]:
    """Two sites: the Courier has a story twice over and once in other words, the Marsad carries it two hours later."""
    with Newsroom() as newsroom:
        newsroom.keep_only()
        newsroom.retheme("courier", "lantern")  # the themes that they begin with show no time of day
        newsroom.retheme("marsad", "qasr")
        newsroom.publish("courier", STORY)
        newsroom.publish("courier", again("same-in-sport"))
        newsroom.publish("courier", again("ferry-back", title="A boat comes home, and a town looks on"))
        newsroom.publish("courier", article_of(KINDS[1], "en"))
        newsroom.publish("marsad", again("carried", language="en", published_at=STORY.published_at + LATER))
        desk = Desk(newsroom, tmp_path)
        desk.configure(archive={"database": json.dumps(database)})
        desk.crawl()
        yield desk


def listed(desk: Desk, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(desk.warraq(*arguments, "--format", "json").stdout)
    return found


def test_who_copies_whom_is_listed_by_source_and_by_article(wire: Desk) -> None:
    (pair,) = listed(wire, "copies")
    assert (pair["source"], pair["original_source"], pair["articles"]) == ("marsad", "courier", 1)
    assert pair["hours_later"] == pytest.approx(2)
    # Which of its two addresses the first is called by depends on which was visited first.
    first, carried = wire.at(wire.newsroom.url(STORY.slug))[0]["url"], wire.newsroom.url("carried")
    for asked in (first, carried):
        found = {(row["url"], row["original_url"]) for row in listed(wire, "copies", asked)}
        assert (carried, first) in found
    assert {row["kind"] for row in listed(wire, "copies", carried)} == {"copy"}


def test_one_text_at_two_addresses_of_a_source_is_one_article_or_is_marked_and_counted_once(
    wire: Desk, database: str
) -> None:
    newsroom = wire.newsroom
    articles = {row["url"]: row for row in wire.exported() if row["source"] == "courier"}
    same = wire.at(newsroom.url("same-in-sport"))
    assert [row["url"] for row in same] == [row["url"] for row in wire.at(newsroom.url(STORY.slug))]
    assert len(articles) == 3
    status = {row["key"]: row for row in listed(wire, "status")}
    assert status["courier"]["articles"] == 2
    archive = Archive.open(database, wire.directory / "warc", clock=lambda: START)
    marked = rows(archive, "SELECT url, duplicate_of FROM current_articles WHERE duplicate_of IS NOT NULL")
    archive.close()
    assert [tuple(row) for row in marked] == [(newsroom.url("ferry-back"), same[0]["id"])]


@pytest.mark.parametrize("is_listed_first", [True, False])
def test_slug_that_changes_with_the_headline_and_without_a_redirect_is_a_move(
    database: str, tmp_path: Path, *, is_listed_first: bool
) -> None:
    with Newsroom() as newsroom:
        newsroom.keep_only()
        newsroom.publish("courier", STORY)
        desk = Desk(newsroom, tmp_path)
        desk.configure(archive={"database": json.dumps(database)})
        desk.crawl()
        renamed = again("ferry-home", title="A boat comes home, and a town looks on")
        for is_listing in (is_listed_first, not is_listed_first):
            if is_listing:
                newsroom.publish("courier", renamed)
            else:
                newsroom.delete(STORY.slug)
            desk.recheck()
        (article,) = desk.exported()
        assert (article["url"], article["status"]) == (newsroom.url("ferry-home"), "moved")
        assert {row["url"] for row in desk.at(newsroom.url(STORY.slug))} == {newsroom.url("ferry-home")}
        assert listed(desk, "gone") == []
