"""When known articles are looked at again: the rule, what is learned, the budget, and publishers who lie."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.recheck_worlds import History, Tally, World, synthetic
from benchmarks.rechecks import counts_known, edits_known, law_known, main, scaled
from pipeline.hazard import PRIOR_RATES, Hazard, after_look, fit, multiplier
from pipeline.rechecks import (
    FIRST_THRESHOLD,
    LATEST,
    SOONEST,
    Watch,
    chosen,
    credited,
    is_unconditional,
    next_distance,
    steered,
)
from storage.columns import stored_time
from storage.queries import Queries
from storage.records import FeedKind, Listing, Validators
from storage.records_rechecks import DueArticle, EditRecord, Exposure, RecheckState
from storage.records_stored import FeedState
from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.storage_fixtures import SOURCE, START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.archive import Archive
    from tests.storage_fixtures import Desk as StorageDesk

HOUR = timedelta(hours=1)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
hours = st.floats(0, 20_000)
records = st.builds(EditRecord, st.floats(0, 100), st.floats(0, 10))
thresholds = st.floats(0.003, 3)


def watch(age_hours: float, record: EditRecord, threshold: float = FIRST_THRESHOLD) -> Watch:
    return Watch(Hazard(), record, NOW - age_hours * HOUR, threshold)


@given(hours, records, thresholds)
def test_distance_is_never_under_the_soonest_nor_over_thirty_days(age: float, record: EditRecord, at: float) -> None:
    assert SOONEST <= next_distance(watch(age, record, at), NOW) <= LATEST


@given(hours, hours, records, thresholds)
def test_older_article_is_never_due_sooner(first: float, second: float, record: EditRecord, at: float) -> None:
    young, old = (next_distance(watch(age, record, at), NOW) for age in sorted((first, second)))
    assert young <= old + timedelta(seconds=1)


@given(hours, records, st.floats(0.1, 5))
def test_article_with_more_edits_is_never_due_later(age: float, record: EditRecord, more: float) -> None:
    often = EditRecord(record.edits + more, record.expected)
    assert next_distance(watch(age, often), NOW) <= next_distance(watch(age, record), NOW)


@given(st.floats(0, 5000), st.floats(0.001, 2))
def test_time_until_so_many_edits_gives_back_as_many(age: float, edits: float) -> None:
    needed = Hazard().hours_until(edits, age)
    assert Hazard().expected(age, age + needed) == pytest.approx(edits, rel=1e-4)


@given(hours, hours, records)
def test_look_that_finds_an_edit_raises_the_multiplier_and_another_does_not(
    begin: float, span: float, record: EditRecord
) -> None:
    ages = begin, begin + span
    with_edit, seen = after_look(record, Hazard(), ages, is_edited=True)
    without, unseen = after_look(record, Hazard(), ages, is_edited=False)
    assert multiplier(with_edit) > multiplier(without)
    assert sum(each.hours for each in seen) == pytest.approx(span, abs=1e-6)
    assert sum(each.edits for each in unseen) == 0


def test_announced_edit_counts_for_its_article_and_not_for_the_source() -> None:
    record, seen = after_look(EditRecord(), Hazard(), (0, 10), is_edited=True, is_announced=True)
    assert record.edits > 1
    assert [each.edits for each in seen] == [0, 0, 0]


def test_fit_without_counts_is_the_prior() -> None:
    assert fit({}, "news").rates == pytest.approx(PRIOR_RATES)


def test_fit_converges_to_what_a_section_does_and_keeps_sections_apart() -> None:
    rng = random.Random(7)  # noqa: S311 - a simulation
    truth = {"sport": tuple(4 * rate for rate in PRIOR_RATES), "essays": tuple(rate / 4 for rate in PRIOR_RATES)}
    counted: dict[str, list[Exposure]] = {"sport": [], "essays": []}
    for section, rates in truth.items():
        for age_bin, rate in enumerate(rates):
            watched = 2000 / PRIOR_RATES[age_bin]
            mean = rate * watched
            counted[section].append(Exposure(age_bin, rng.gauss(mean, mean**0.5), watched))
    for section, rates in truth.items():
        assert fit(counted, section).rates == pytest.approx(rates, rel=0.25)


def due(number: int, age: float, *, is_first: bool = False, edits: float = 0) -> DueArticle:
    born = NOW - age * HOUR
    return DueArticle(number, "", born, NOW - HOUR, EditRecord(edits), is_first)


def test_chosen_puts_what_waits_for_no_budget_first_and_the_likeliest_next() -> None:
    articles = [due(1, 500), due(2, 1.5), due(3, 500, edits=9), due(4, 9000, is_first=True)]
    taken = chosen(articles, lambda _section: Hazard(), RecheckState(credit=2.9), NOW)
    assert [article.id for article in taken] == [4, 2, 3]


def test_article_not_seen_for_a_month_goes_before_likelier_ones() -> None:
    old = DueArticle(1, "", NOW - 500 * LATEST, NOW - 2 * LATEST)
    taken = chosen([due(2, 1.5), old], lambda _section: Hazard(), RecheckState(credit=1), NOW)
    assert [article.id for article in taken] == [1]


def test_budget_grows_with_time_and_keeps_an_hour_of_what_was_left() -> None:
    state = credited(RecheckState(), 60, NOW)
    assert state.credit == 60
    state = credited(state, 60, NOW + timedelta(minutes=30))
    assert state.credit == 90
    assert credited(state, 60, NOW + timedelta(minutes=31)).credit == 61


def test_threshold_rises_where_too_much_waits_and_falls_where_budget_is_left() -> None:
    state = RecheckState(0.5, 10, NOW)
    assert (steered(state, 5000, 10, (40, 0.25)).threshold or 0) > 0.5
    assert (steered(state, 0, 0, (40, 0.25)).threshold or 0) < 0.5
    assert steered(state, 20, 4, (40, 0.25)).credit == 6


def test_one_recheck_in_twenty_is_unconditional_and_all_where_the_publisher_lied() -> None:
    later = NOW + timedelta(hours=2)
    drawn = sum(is_unconditional(number, NOW, RecheckState(), later) for number in range(4000))
    assert 140 < drawn < 260
    assert not any(is_unconditional(number, NOW, RecheckState(), NOW) for number in range(4000))
    liar = RecheckState(lied_at=NOW - timedelta(days=29))
    assert all(is_unconditional(number, NOW, liar, NOW) for number in range(50))
    assert not all(is_unconditional(number, NOW, liar, NOW + timedelta(days=2)) for number in range(50))


# The archive, on both databases


def test_counts_add_up_over_transactions_and_sections_stay_apart(archive: Archive) -> None:
    for _ in range(2):
        with archive.writing() as writer:
            writer.upsert_source(SOURCE)
            writer.count_exposures(SOURCE.key, "رياضة", [Exposure(0, 1, 2.5), Exposure(1, 0, 4)])
            writer.count_exposures(SOURCE.key, "", [Exposure(0, 0.5, 1)])
            writer.count_exposures(SOURCE.key, "", [Exposure(0, 0.5, 1)])
    with archive.writing() as writer:
        counted = writer.counted_edits(SOURCE.key)
    assert sorted(counted["رياضة"], key=lambda each: each.age_bin) == [Exposure(0, 2, 5), Exposure(1, 0, 8)]
    assert counted[""] == [Exposure(0, 2, 4)]


def test_state_of_rechecks_is_kept_and_a_lie_outlives_it(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        assert writer.recheck_state(SOURCE.key) == RecheckState()
        writer.note_lie(SOURCE.key, START)
        writer.save_recheck_state(SOURCE.key, RecheckState(0.25, 7.5, START))
        assert writer.recheck_state(SOURCE.key) == RecheckState(0.25, 7.5, START, START)


def test_article_whose_feed_tells_of_a_change_comes_first(archive: Archive, desk: StorageDesk) -> None:
    url = "http://gazette.example/a"
    feed = FeedState("http://gazette.example/feed", FeedKind.ATOM, Validators(), START)
    desk.see(url, "one", START)
    with archive.writing() as writer:
        number = writer.save_feed(SOURCE.key, feed)
        writer.add_discoveries(SOURCE.key, number, [Listing(url, modified_raw="1", modified_at=START)], START)
        at = START + HOUR
        writer.add_discoveries(SOURCE.key, number, [Listing(url, modified_raw="2", modified_at=at)], at)
    (found,) = Queries(archive).due_articles(SOURCE.key, at)
    assert found.is_first


# Crawls over real HTTP


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.keep_only("seal-pup-rescue")
        newsroom.publish_series("courier", 12, latest=datetime.now(UTC) - 2 * HOUR, every=timedelta(seconds=1))
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        yield desk


@pytest.mark.slow
def test_article_edited_often_is_due_earlier_than_one_never_edited(courier: Desk) -> None:
    courier.crawl()
    often, never = "harbour-office-report-0", "harbour-office-report-1"
    for round_ in range(3):  # the feed tells of each
        courier.newsroom.set_title(often, f"The harbour office is heard for the {round_ + 2}nd time")
        assert courier.recheck()["edited"] == 1
    asked = "SELECT canonical_url, next_check_at, edits_weighed FROM articles"
    due_at = {str(url): (str(at), edits) for url, at, edits in courier.rows(asked)}
    assert due_at[courier.newsroom.url(often)] < due_at[courier.newsroom.url(never)]
    assert due_at[courier.newsroom.url(often)][1] > 2


@pytest.mark.slow
def test_budget_bounds_a_crawl_of_what_is_due(courier: Desk) -> None:
    courier.configure("courier", rechecks={"per_hour": "5"})
    courier.crawl()
    visited_at, due_at = (stored_time(datetime.now(UTC) - hours_ago * HOUR) for hours_ago in (2, 1))
    with closing(sqlite3.connect(courier.directory / "warraq.db")) as database, database:
        database.execute("UPDATE articles SET last_visited_at = ?, next_check_at = ?", (visited_at, due_at))
    assert sum(courier.crawl("--all", "--recheck", "due").values()) == 5
    assert courier.crawl("--all", "--recheck", "due") == {}


@pytest.mark.slow
def test_publisher_who_keeps_his_etag_over_edits_is_found_out(courier: Desk) -> None:
    newsroom = courier.newsroom
    slugs = list(newsroom.site("courier").standings)
    for slug in slugs:
        newsroom.lie(newsroom.url(slug))
    courier.crawl()
    for slug in slugs:
        newsroom.set_title(slug, f"Corrected: {newsroom.article(slug).title}")
    for hours_ago in range(2, 62):  # what was seen within the hour is never asked for in full
        seen_at = stored_time(datetime.now(UTC) - hours_ago * HOUR)
        with closing(sqlite3.connect(courier.directory / "warraq.db")) as database, database:
            database.execute("UPDATE articles SET last_seen_at = ?", (seen_at,))
        if courier.recheck().get("edited"):
            break
    assert courier.rows("SELECT count(*) FROM recheck_states WHERE lied_at IS NOT NULL") == [(1,)]
    assert "edited pages" in courier.warraq("status").stdout
    newsroom.forget_hits()
    courier.recheck()
    assert courier.rows("SELECT count(*) FROM versions") == [(2 * len(slugs),)]
    assert all(hit.status == 200 for hit in newsroom.hits() if "/story" in hit.path)


# The simulator


def test_look_catches_an_edit_only_before_the_next_one() -> None:
    tally, history = Tally(), History(0, (1.0, 2.0, 6.0))
    assert tally.look(history, 0.25, 3.0)
    assert not tally.look(history, 3.0, 5.0)
    assert tally.look(history, 5.0, 8.0)
    assert (tally.requests, tally.delays) == (3, [1.0, 2.0])


def test_known_rule_is_scaled_to_the_requests_that_it_may_make() -> None:
    world = synthetic("daily", 3)
    for requests in (2000, 8000):
        assert 0.8 * requests < scaled("fixed", world, requests).requests <= 1.02 * requests


def test_benchmark_of_an_archive_that_is_none_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", f"sqlite:///{tmp_path}/none.db"]) == 1
    assert "holds no article" in capsys.readouterr().err


def test_nothing_finds_more_than_looks_right_after_each_edit() -> None:
    world = World("two", (History(0, (1.0, 5.0, 9.0), "news"), History(2, (), "news")), 100, habits="daily")
    assert len(edits_known(world, 2).delays) == 2
    assert len(edits_known(world, 50).delays) == 3
    for rule in (law_known, counts_known):
        found = rule(world, 6)
        assert found.requests <= 6
        assert len(found.delays) <= 3
