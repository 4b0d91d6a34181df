"""What reading gives: articles by URL and id, listings, the export, sources, and what to fetch next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.errors import NotFoundError
from storage.queries import Queries
from storage.records import Address, ArticleStatus, FeedKind, FeedTarget, Listing, Outcome, Validators
from storage.records_stored import CrawlReport, FeedState, VisitRow
from tests.storage_fixtures import SOURCE, START, a_change

if TYPE_CHECKING:
    from storage.archive import Archive
    from tests.storage_fixtures import Desk

URL = "http://gazette.example/a"
DAY = timedelta(days=1)


@pytest.fixture
def queries(archive: Archive) -> Queries:
    return Queries(archive)


def test_article_is_found_by_every_url_and_id(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "Body.", START, authors=("Sara",), tags=("war", "حرب"))
    with desk.archive.writing() as writer:
        article = writer.find_article([URL])
        assert article is not None
        writer.add_article_urls(article.id, [Address("http://gazette.example/listed")], START)
    view = queries.find(URL)
    assert (view.title, view.text, view.authors, view.tags) == ("Headline", "Body.", ("Sara",), ("war", "حرب"))
    assert set(view.urls) == {URL, "http://gazette.example/listed"}
    names = ["http://gazette.example/listed", view.public_id, view.versions[0].public_id]
    assert [queries.find(name) for name in names] == [view] * 3


def test_unknown_url_is_not_found(queries: Queries) -> None:
    with pytest.raises(NotFoundError, match="nothing in the archive answers"):
        queries.find("http://gazette.example/unknown")


def test_versions_are_numbered_by_capture_time_whatever_their_order_of_arrival(desk: Desk, queries: Queries) -> None:
    for days, text, title in ((4, "three", "New"), (0, "one", "Old"), (2, "three", "Old")):
        desk.see(URL, text, START + days * DAY, title=title)
    view = queries.find(URL)
    assert [(version.number, version.change) for version in view.versions] == [(1, "new"), (2, "text"), (3, "headline")]
    assert (view.version, view.text, view.title) == (3, "three", "New")


def test_version_id_shows_that_version(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "two", START + DAY)
    first = queries.find(URL).versions[0]
    shown = queries.find(first.public_id)
    assert (shown.version, shown.text) == (1, "one")


def test_as_of_shows_what_was_current_then(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "two", START + 2 * DAY)
    assert queries.find(URL, as_of=START + DAY).text == "one"
    assert queries.find(URL, as_of=START + 3 * DAY).text == "two"
    with pytest.raises(NotFoundError, match="was not in the archive yet"):
        queries.find(URL, as_of=START - DAY)


def test_listing_gives_newest_first_without_texts(desk: Desk, queries: Queries) -> None:
    for number in range(4):
        desk.see(f"{URL}{number}", f"text {number}", START + number * DAY)
    desk.see(f"{URL}0", "edited", START + 9 * DAY)
    listed = list(queries.articles(source=SOURCE.key))
    assert [view.url[-1] for view in listed] == ["3", "2", "1", "0"]
    assert [(view.version, view.text, view.versions) for view in listed] == [(1, "", ())] * 3 + [(2, "", ())]
    assert [view.url[-1] for view in queries.articles(since=START + 2 * DAY)] == ["3", "2"]
    assert [view.url[-1] for view in queries.articles(limit=1)] == ["3"]
    assert list(queries.articles(source="other")) == []


def test_agency_credit_is_kept_with_its_version_and_left_out_of_listings(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "two", START + DAY, agency_credit="تحرير: سامر نور")
    assert [version.agency_credit for version in queries.find(URL).versions] == [None, "تحرير: سامر نور"]
    assert queries.find(URL).agency_credit == "تحرير: سامر نور"
    assert [article.agency_credit for article in queries.articles()] == [None]


def test_withheld_article_shows_no_words(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "secret", START)
    withhold(desk)
    view = queries.find(URL)
    assert (view.status, view.title, view.text, view.versions) == (ArticleStatus.WITHHELD, "", "", ())
    (listed,) = queries.articles()
    assert (listed.status, listed.title) == (ArticleStatus.WITHHELD, "")
    assert queries.recheck_targets(SOURCE.key) == []


def withhold(desk: Desk) -> None:
    with desk.archive.writing() as writer:
        article = writer.find_article([URL])
        assert article is not None
        change = a_change(START)
        writer.update_article(article.id, type(change)(ArticleStatus.WITHHELD, START, None, None, None, START))


def test_source_status_tells_of_the_last_crawl(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "one", START)
    with desk.archive.writing() as writer:
        writer.begin_crawl(SOURCE.key, START)
        crawl = writer.begin_crawl(SOURCE.key, START + DAY)
        for number, outcome in enumerate((Outcome.NEW, Outcome.NEW, Outcome.FAILED)):
            writer.add_visit(visit=VisitRow(f"{number:032}", crawl, SOURCE.key, URL, START + DAY, outcome))
        report = CrawlReport(crawl, SOURCE.key, START, START + 2 * DAY, {}, 1, 1, 3, 99, ("no feed",), stopped=True)
        writer.finish_crawl(report)
        writer.add_discoveries(SOURCE.key, None, [Listing(URL)], START)
        writer.set_due(SOURCE.key, START + 3 * DAY)
    (status,) = queries.source_statuses()
    assert (status.articles, status.open_discoveries, status.next_due_at) == (1, 1, START + 3 * DAY)
    assert (status.last_started_at, status.last_finished_at) == (START + DAY, START + 2 * DAY)
    assert (status.outcomes, status.problems, status.last_stopped) == (
        {Outcome.NEW: 2, Outcome.FAILED: 1},
        ("no feed",),
        True,
    )
    assert queries.outcomes(crawl) == status.outcomes


def test_source_never_crawled_has_a_status(desk: Desk, queries: Queries) -> None:
    with desk.archive.writing() as writer:
        writer.upsert_source(SOURCE)
    (status,) = queries.source_statuses()
    assert (status.articles, status.last_started_at, status.outcomes, status.problems) == (0, None, {}, ())


def test_recheck_asks_where_the_article_was_last_seen_with_its_validators(desk: Desk, queries: Queries) -> None:
    desk.see(URL, "one", START)
    (known,) = queries.recheck_targets(SOURCE.key)
    assert (known.target.url, known.target.validators) == (URL, Validators('"1"', ""))
    assert queries.due_articles(SOURCE.key, START) == []
    assert len(queries.due_articles(SOURCE.key, START + timedelta(hours=2))) == 1


def test_recheck_takes_those_due_first_first(desk: Desk, queries: Queries) -> None:
    for number in (2, 0, 1):
        desk.see(f"{URL}{number}", f"text {number}", START + number * DAY)
    found = queries.recheck_targets(SOURCE.key, limit=2)
    assert [known.target.url[-1] for known in found] == ["0", "1"]


def test_feed_is_read_again_with_its_validators(desk: Desk, queries: Queries) -> None:
    state = FeedState("http://gazette.example/feed", FeedKind.ATOM, Validators('"e"', "then"), START)
    with desk.archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.save_feed(SOURCE.key, state)
    assert queries.feed_targets(SOURCE.key) == [
        FeedTarget(state.url, FeedKind.ATOM, state.validators, read_in_full_at=START)
    ]
