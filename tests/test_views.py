"""The views that people query, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, inspect
from sqlalchemy.exc import IntegrityError

from storage.models import Base
from storage.queries import Queries
from storage.records import ArticleStatus, Listing, Outcome, Validators
from storage.records_stored import CrawlReport, FeedState, VisitRow
from storage.view_files import view_files
from tests.storage_fixtures import SOURCE, START, Desk, rows

if TYPE_CHECKING:
    from storage.archive import Archive

URL = "http://gazette.example/a"
DAY = timedelta(days=1)


def moment(value: Any) -> datetime:
    """A time as either database gives it to a person."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def as_of(archive: Archive, at: datetime) -> dict[str, str]:
    """URL and text of what the archive showed at a moment."""
    query = "SELECT * FROM articles_as_of(:moment)"
    value: object = at
    if archive.engine.dialect.name == "sqlite":
        query = next(view.sql for view in view_files("sqlite") if view.name == "articles_as_of")
        value = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {row.url: row.text for row in rows(archive, query, moment=value)}


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_every_view_explains_itself(dialect: str) -> None:
    for view in view_files(dialect):
        assert view.comment.endswith(".")
        assert view.columns
        assert all(meaning.endswith(".") for _, meaning in view.columns)


def test_views_have_the_columns_that_they_explain(archive: Archive) -> None:
    found = inspect(archive.engine)
    for view in view_files(archive.engine.dialect.name):
        if view.kind == "VIEW":
            assert [column["name"] for column in found.get_columns(view.name)] == [name for name, _ in view.columns]


def test_current_articles_shows_the_last_version(desk: Desk) -> None:
    desk.see(URL, "old", START, authors=("Sara",))
    desk.see(URL, "new text", START + DAY, authors=("Sara", "Omar"))
    (row,) = rows(desk.archive, "SELECT * FROM current_articles")
    assert (row.url, row.source, row.status, row.text) == (URL, SOURCE.key, "live", "new text")
    assert (row.versions, row.word_count, moment(row.edited_at)) == (2, 2, START + DAY)


def test_history_numbers_versions_by_capture_time(desk: Desk) -> None:
    for days, content, title in ((4, "three", "New"), (0, "one", "Old"), (2, "three", "Old"), (6, "four", "Newer")):
        desk.see(URL, content, START + days * DAY, title=title)
    history = rows(desk.archive, "SELECT version, change, is_current FROM article_history ORDER BY version")
    assert [tuple(row) for row in history] == [
        (1, "new", False), (2, "text", False), (3, "headline", False), (4, "headline and text", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a b c d", (1, 0, False)),
        ("a b c", "b c a", (1, 1, False)),
        ("many were killed.", "many were not killed.", (1, 0, False)),
        ("5 dead", "7 dead", (1, 1, True)),
        ("five dead", "seven dead", (1, 1, True)),
        ("قُتل ٥ أشخاص", "قُتل ٧ أشخاص", (1, 1, True)),
        ("one, two.\nthree", "one two\nthree!", (0, 0, False)),
        ('said "no" \\ back\\n', "said yes", (1, 3, False)),
        ("tab\there  once", "tab here twice", (1, 1, True)),
    ],
)
def test_edit_counts_words_in_either_direction(desk: Desk, old: str, new: str, expected: tuple[int, int, bool]) -> None:
    desk.see(URL, old, START)
    desk.see(URL, new, START + DAY)
    (row,) = rows(desk.archive, "SELECT * FROM edits")
    assert (row.words_added, row.words_removed, bool(row.number_changed)) == expected
    assert (bool(row.headline_changed), bool(row.text_changed)) == (False, True)
    assert (row.from_version, row.to_version) == (1, 2)
    assert (moment(row.seen_before_at), moment(row.edited_at)) == (START, START + DAY)


def test_edit_of_a_headline_alone_is_told(desk: Desk) -> None:
    desk.see(URL, "text", START, title="3 dead")
    desk.see(URL, "text", START + DAY, title="4 dead")
    (row,) = rows(desk.archive, "SELECT * FROM edits")
    assert (bool(row.headline_changed), bool(row.text_changed), bool(row.number_changed)) == (True, False, True)
    assert (row.edit_class, row.similarity, bool(row.headline_test), row.reverts_to) == ("substantive", 1, False, None)
    assert (row.old_title, row.new_title, row.words_added, row.words_removed) == ("3 dead", "4 dead", 0, 0)


def test_edit_tells_what_it_touches(desk: Desk) -> None:
    desk.see(URL, "The mayor said “we will pay”.", START)
    desk.see(URL, "The mayor said “we will not pay”.", START + DAY)
    (row,) = rows(desk.archive, "SELECT * FROM edits")
    assert (row.edit_class, row.words_added, row.similarity) == ("substantive", 1, 0.9231)
    assert row.negation_changed
    assert row.quote_changed
    assert row.lead_changed
    assert not any((row.number_changed, row.name_changed, row.correction_notice, row.retraction, row.live_update))


def test_edit_that_takes_an_earlier_text_back_up_is_a_revert(desk: Desk) -> None:
    for day, content in enumerate(("one", "two", "three")):
        desk.see(URL, content, START + day * DAY)
    with desk.archive.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE versions SET text_digest = (SELECT text_digest FROM versions WHERE id = 1) WHERE id = 3"
        )
    found = rows(desk.archive, "SELECT to_version, reverts_to FROM edits ORDER BY to_version")
    (first,) = rows(desk.archive, "SELECT public_id FROM versions WHERE id = 1")
    assert [tuple(row) for row in found] == [(2, None), (3, first.public_id)]


def test_edit_of_a_withheld_article_is_not_shown(desk: Desk) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "two", START + DAY)
    with desk.archive.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE articles SET status = 'withheld'")
    assert rows(desk.archive, "SELECT * FROM edits") == []


def test_gone_article_is_shown_with_its_last_text_and_the_reason(desk: Desk) -> None:
    desk.see(URL, "kept", START)
    desk.see(f"{URL}2", "alive", START)
    desk.lose(URL, START + DAY, status=ArticleStatus.MISSING)
    assert rows(desk.archive, "SELECT * FROM gone_articles") == []
    desk.lose(URL, START + 2 * DAY)
    (row,) = rows(desk.archive, "SELECT * FROM gone_articles")
    assert (row.url, row.text, row.reason, row.versions) == (URL, "kept", "404 not found", 1)
    records = [capture.record_id for capture, _ in desk.captures if capture.url == URL]
    assert [row.last_capture, row.missing_capture, row.gone_capture] == records
    assert (row.missing_status, row.gone_status) == (404, 404)
    assert (moment(row.last_seen_at), moment(row.gone_at)) == (START, START + 2 * DAY)


def test_as_of_shows_each_article_as_it_was(desk: Desk) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "two", START + 2 * DAY)
    desk.see(f"{URL}2", "late", START + 3 * DAY)
    assert as_of(desk.archive, START - DAY) == {}
    assert as_of(desk.archive, START + DAY) == {URL: "one"}
    assert as_of(desk.archive, START + 4 * DAY) == {URL: "two", f"{URL}2": "late"}


def test_as_of_leaves_out_what_was_gone_by_then(desk: Desk) -> None:
    desk.see(URL, "one", START)
    desk.lose(URL, START + DAY, status=ArticleStatus.MISSING)
    desk.lose(URL, START + 2 * DAY)
    assert as_of(desk.archive, START + DAY) == {URL: "one"}
    assert as_of(desk.archive, START + 3 * DAY) == {}
    desk.see(URL, "one", START + 4 * DAY)
    assert as_of(desk.archive, START + 5 * DAY) == {URL: "one"}


def add_copy(archive: Archive, article: str, original: str, **values: Any) -> None:
    """A row of ``copies``, as the search for copies writes it."""
    numbers = {row.canonical_url: row.id for row in rows(archive, "SELECT id, canonical_url FROM articles")}
    pair = {
        "article_id": numbers[article],
        "original_article_id": numbers[original],
        "cluster_id": 1,
        "found_at": START,
    }
    values = {"containment": 0.75, "kind": "copy"} | pair | values
    with archive.engine.begin() as connection:
        connection.execute(insert(Base.metadata.tables["copies"]), values)


def test_article_copies_is_empty_until_copies_are_found(desk: Desk) -> None:
    desk.see(URL, "same text", START)
    desk.see(f"{URL}2", "same text", START)
    assert rows(desk.archive, "SELECT * FROM article_copies") == []


def test_article_copies_tells_how_much_and_how_much_later(desk: Desk) -> None:
    desk.see(URL, "text", START, title="First", published_at=START)
    desk.see(f"{URL}2", "text", START, title="Second", published_at=START + timedelta(hours=1.5))
    desk.see(f"{URL}3", "text", START, published_at=None)
    add_copy(desk.archive, f"{URL}2", URL)
    add_copy(desk.archive, f"{URL}3", URL, kind="shares_text", containment=0.25, cluster_id=None)
    later, undated = rows(desk.archive, "SELECT * FROM article_copies ORDER BY url")
    assert (later.url, later.title, later.original_url, later.original_title) == (f"{URL}2", "Second", URL, "First")
    assert (later.source, later.original_source) == (SOURCE.key, SOURCE.key)
    assert (later.kind, later.share_of_text, later.hours_later) == ("copy", 0.75, 1.5)
    assert (undated.kind, undated.share_of_text, undated.hours_later) == ("shares_text", 0.25, None)
    with desk.archive.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE articles SET status = 'withheld' WHERE id = 1")
    assert rows(desk.archive, "SELECT * FROM article_copies") == []


@pytest.mark.parametrize(
    "wrong",
    [{"containment": 1.5}, {"kind": "theft"}, {"cluster_id": None}, {"article": URL}],
    ids=["share over 1", "unknown kind", "copy without a cluster", "copy of itself"],
)
def test_copy_that_makes_no_sense_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    desk.see(URL, "text", START)
    desk.see(f"{URL}2", "text", START)
    with pytest.raises(IntegrityError):
        add_copy(desk.archive, **({"article": f"{URL}2", "original": URL} | wrong))


def test_source_health_tells_what_is_wrong(desk: Desk) -> None:
    desk.see(URL, "one", START)
    with desk.archive.writing() as writer:
        feed = FeedState("http://gazette.example/feed", None, Validators(), START, problem="timed out")
        writer.save_feed(SOURCE.key, feed)
        writer.add_discoveries(SOURCE.key, None, [Listing(URL)], START)
        crawl = writer.begin_crawl(SOURCE.key, START)
        writer.add_visit(visit=VisitRow("0" * 32, crawl, SOURCE.key, URL, START, Outcome.FAILED))
        writer.finish_crawl(CrawlReport(crawl, SOURCE.key, START, START + DAY, {}, 0, 1, 1, 0, ("feed timed out",)))
    (row,) = rows(desk.archive, "SELECT * FROM source_health")
    assert (row.articles, row.open_discoveries, row.feeds, row.failing_feeds) == (1, 1, 1, 1)
    assert (moment(row.last_crawl_at), moment(row.last_finished_at)) == (START, START + DAY)
    assert (row.visits_7d, row.failed_7d) == (2, 1)
    assert row.lied_at is None
    with desk.archive.writing() as writer:
        writer.note_lie(SOURCE.key, START)
    assert [moment(row.lied_at) for row in rows(desk.archive, "SELECT lied_at FROM source_health")] == [START]
    assert [status.lied_at for status in Queries(desk.archive).source_statuses()] == [START]


def test_times_in_sqlite_sort_as_text_and_are_understood(desk: Desk) -> None:
    if desk.archive.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has a type for times")
    desk.see(URL, "one", START)
    (row,) = rows(
        desk.archive,
        "SELECT date(captured_at), captured_at >= '2026-03-01', captured_at < '2026-03-01T13' FROM article_history",
    )
    assert tuple(row) == ("2026-03-01", 1, 1)


def test_arabic_in_json_can_be_searched_in_sqlite(desk: Desk) -> None:
    if desk.archive.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has a type for JSON")
    desk.see(URL, "one", START, authors=("ماري",))
    query = "SELECT value FROM current_articles, json_each(authors) WHERE authors LIKE '%ماري%'"
    assert rows(desk.archive, query) == [("ماري",)]


def test_history_of_one_article_is_found_by_index(desk: Desk) -> None:
    if desk.archive.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL scans tables as small as these")
    plan = rows(desk.archive, "EXPLAIN QUERY PLAN SELECT title FROM article_history WHERE url = 'x'")
    steps = [row.detail for row in plan]
    assert any(step.startswith("SEARCH a USING INDEX") for step in steps)
    assert not any(step.startswith("SCAN") for step in steps)
