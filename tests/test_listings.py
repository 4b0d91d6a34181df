"""What is kept of a feed's reading: which feeds list each URL, and what their dates of change make due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from storage.models import Base
from storage.records import FeedKind, Listing, Validators
from storage.records_stored import FeedState
from tests.storage_fixtures import SOURCE, START, rows

if TYPE_CHECKING:
    from storage.archive import Archive
    from tests.storage_fixtures import Desk, ManualClock

URL = "http://gazette.example/a"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def save(archive: Archive, name: str, **changes: object) -> int:
    state = FeedState(f"http://gazette.example/{name}", FeedKind.RSS, Validators('"e"'), START)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        return writer.save_feed(SOURCE.key, replace(state, **changes))  # type: ignore[arg-type] # by name


def test_every_feed_that_lists_a_url_is_kept_once(archive: Archive, clock: ManualClock) -> None:
    feed, sitemap = save(archive, "feed"), save(archive, "map.xml")
    for moment, feeds in (
        (clock(), (feed, sitemap)),
        (clock.advance(hours=1), (feed,)),
        (clock.advance(days=2), (feed,)),
    ):
        with archive.writing() as writer:
            for each in feeds:
                writer.add_discoveries(SOURCE.key, each, [Listing(URL)], moment)
    found = rows(archive, "SELECT feed_id, first_listed_at, last_listed_at FROM listings ORDER BY feed_id")
    assert [row[0] for row in found] == [feed, sitemap]
    assert found[0][1] == found[1][1] == found[1][2]
    assert found[0][2] > found[0][1]


def test_reading_of_unchanged_feed_writes_nothing(archive: Archive, clock: ManualClock) -> None:
    feed = save(archive, "feed")
    found = [Listing(f"{URL}{number}", modified_at=START) for number in range(40)]
    changes = []
    for _ in range(2):
        with archive.writing() as writer:
            before = writer._connection.exec_driver_sql("SELECT count(*) FROM listings").scalar()
            writer.add_discoveries(SOURCE.key, feed, found, clock.advance(minutes=15))
            changes.append((before, writer.unknown_urls(SOURCE.key, [URL, f"{URL}1"])))
    assert changes == [(0, {URL}), (40, {URL})]
    assert len(rows(archive, "SELECT DISTINCT last_listed_at FROM listings")) == 1


def publish(desk: Desk, letters: str) -> list[Listing]:
    """Articles that were visited, are to be looked at again much later, and were listed as last changed long ago."""
    found = []
    for letter in letters:
        desk.see(f"http://gazette.example/{letter}", letter, START)
        found.append(Listing(f"http://gazette.example/{letter}", modified_at=START - DAY))
    with desk.archive.writing() as writer:
        writer._run(update(Base.metadata.tables["articles"]).values(next_check_at=START + 30 * DAY), {})
    listed(desk, *found, at=HOUR)
    return found


def due(archive: Archive) -> list[object]:
    return [row[0] for row in rows(archive, "SELECT next_check_at FROM articles ORDER BY canonical_url")]


def listed(desk: Desk, *found: Listing, at: timedelta) -> None:
    feed = save(desk.archive, "map.xml")
    with desk.archive.writing() as writer:
        writer.add_discoveries(SOURCE.key, feed, found, START + at)


def test_article_listed_as_modified_since_our_visit_becomes_due(desk: Desk) -> None:
    listings = publish(desk, "abcde")
    before = due(desk.archive)
    listed(desk, replace(listings[0], modified_at=START + HOUR), *listings[1:], at=2 * HOUR)
    after = due(desk.archive)
    assert after[0] != before[0]
    assert after[1:] == before[1:]
    (stored,) = rows(desk.archive, "SELECT listed_modified_at FROM discoveries WHERE url LIKE '%/a'")
    assert str(stored[0]).startswith("2026-03-01")


def test_feed_that_stamps_every_entry_anew_makes_nothing_due(desk: Desk) -> None:
    listings = publish(desk, "abcde")
    before = due(desk.archive)
    listed(desk, *(replace(each, modified_at=START + 2 * HOUR) for each in listings), at=2 * HOUR)
    assert due(desk.archive) == before


@pytest.mark.parametrize(("second", "is_due"), [("2026-03-02", True), ("2026-03-01", False), ("2026-02-01", False)])
def test_date_of_change_without_a_time_counts_where_it_moves_on(desk: Desk, second: str, is_due: bool) -> None:  # noqa: FBT001 - the case
    publish(desk, "b")
    desk.see(URL, "text", START)
    with desk.archive.writing() as writer:
        writer._run(update(Base.metadata.tables["articles"]).values(next_check_at=START + 30 * DAY), {})
    listed(desk, Listing(URL, modified_raw="2026-03-01"), at=HOUR)
    before = due(desk.archive)
    listed(desk, Listing(URL, modified_raw=second), at=DAY)
    assert (due(desk.archive) != before) == is_due


def test_sitemap_of_an_index_knows_its_parent_and_what_that_said(archive: Archive) -> None:
    index = save(archive, "index.xml")
    child = save(archive, "1.xml", parent_url="http://gazette.example/index.xml", parent_modified_raw="2026-03-01")
    asked = "SELECT parent_id, parent_modified_raw, read_in_full_at FROM feeds WHERE id = :child AND NOT followed"
    ((parent, raw, read),) = rows(archive, asked, child=child)
    assert (parent, raw, bool(read)) == (index, "2026-03-01", True)


def test_urls_listed_today_are_counted_without_those_of_a_backfill(archive: Archive, clock: ManualClock) -> None:
    feed = save(archive, "feed")
    with archive.writing() as writer:
        writer.add_discoveries(SOURCE.key, feed, [Listing(URL)], clock())
        writer.add_discoveries(SOURCE.key, feed, [Listing(f"{URL}/old")], clock(), from_backfill=True)
        writer.add_discoveries(SOURCE.key, feed, [Listing(f"{URL}/1")], clock() - DAY)
        assert writer.listed_since(SOURCE.key, clock() - HOUR) == [(URL, "http://gazette.example/feed")]
