"""Runs of captures in any order: extending, splitting, and which version is current."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records import CanonicalUrl
from storage.records_stored import StoredRun, VersionMarks
from tests.storage_fixtures import START, Desk, a_capture, an_extraction, digest_of, rows

if TYPE_CHECKING:
    from storage.archive import Archive

URL = CanonicalUrl("http://gazette.example/a")


def runs(archive: Archive) -> tuple[StoredRun, ...]:
    with archive.writing() as writer:
        found = writer.find_article([URL])
    assert found is not None
    return found.runs


def split(desk: Desk, version: int, at_days: float, content: str) -> int:
    """Another text in the middle of a run."""
    at = START + timedelta(days=at_days)
    capture = a_capture(content, url=URL, captured_at=at)
    location = desk.keep(capture)
    with desk.archive.writing() as writer:
        capture_id = writer.add_capture(capture, location)
        writer.split_version(version, at)
        article = writer.find_article([URL])
        assert article is not None
        marks = VersionMarks(at, capture_id, "t", content)
        new = writer.add_version(article.id, an_extraction(content), marks)
        writer.link_capture(capture_id, article_id=article.id, version_id=new)
    return new


def test_run_extended_backwards_begins_with_the_earlier_capture(desk: Desk) -> None:
    version = desk.see(URL, "one", START)
    desk.see(URL, "one", START - timedelta(days=1))
    (run,) = runs(desk.archive)
    assert (run.version_id, run.first_captured_at) == (version, START - timedelta(days=1))
    query = "SELECT c.captured_at = v.first_captured_at FROM versions v JOIN captures c ON c.id = v.first_capture_id"
    assert rows(desk.archive, query)[0][0]


def test_run_that_is_split_keeps_tight_bounds_on_both_sides(desk: Desk) -> None:
    for days in (0, 1, 4, 6):
        version = desk.see(URL, "one", START + timedelta(days=days))
    between = split(desk, version, 2.5, "two")
    first, second, third = runs(desk.archive)
    assert [(run.first_captured_at - START).days for run in (first, third)] == [0, 4]
    assert [(run.last_captured_at - START).days for run in (first, third)] == [1, 6]
    assert second.version_id == between
    assert rows(desk.archive, "SELECT current_version_id FROM articles") == [(third.version_id,)]


def test_run_that_is_split_takes_its_captures_and_visits_along(desk: Desk) -> None:
    for days in (0, 1, 4, 6):
        version = desk.see(URL, "one", START + timedelta(days=days))
    split(desk, version, 2.5, "two")
    counts = "SELECT version_id, count(*) FROM {} WHERE version_id IS NOT NULL GROUP BY version_id ORDER BY 2"
    assert [row[1] for row in rows(desk.archive, counts.format("captures"))] == [1, 2, 2]
    assert [row[1] for row in rows(desk.archive, counts.format("visits"))] == [2, 2]


def test_split_halves_have_ids_of_their_own(desk: Desk) -> None:
    for days in (0, 4):
        version = desk.see(URL, "one", START + timedelta(days=days))
    split(desk, version, 2, "two")
    assert len(set(rows(desk.archive, "SELECT public_id FROM versions"))) == 3


def test_split_after_the_last_capture_changes_nothing(desk: Desk) -> None:
    version = desk.see(URL, "one", START)
    with desk.archive.writing() as writer:
        writer.split_version(version, START + timedelta(days=1))
    assert [run.version_id for run in runs(desk.archive)] == [version]


@given(order=st.permutations(range(6)))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_current_version_in_any_order_is_the_one_captured_last(desk: Desk, order: list[int]) -> None:
    url = f"http://gazette.example/{''.join(map(str, order))}"
    for hour in order:
        desk.see(url, f"text {hour // 2}", START + timedelta(hours=hour))
    query = "SELECT v.text FROM articles a JOIN versions v ON v.id = a.current_version_id WHERE canonical_url = :url"
    assert rows(desk.archive, query, url=url) == [("text 2",)]


def test_capture_times_of_an_article_stand_by_version_and_rise(desk: Desk) -> None:
    days = {"one": (0, 2), "two": (4, 6)}
    ids = {text: {desk.see(URL, text, START + timedelta(days=day)) for day in seen} for text, seen in days.items()}
    with desk.archive.writing() as writer:
        article = writer.find_article([URL])
        assert article is not None
        times = writer.capture_times(article.id)
    assert [set(times) & found for found in ids.values()] == list(ids.values())
    assert list(times.values()) == [tuple(START + timedelta(days=day) for day in seen) for seen in days.values()]


def test_steps_are_measured_from_the_version_before_also_where_one_comes_in_between(desk: Desk) -> None:
    for day, text in ((0, "one word"), (4, "two words"), (2, "three other words")):
        desk.see(URL, text, START + timedelta(days=day))
    with desk.archive.writing() as writer:
        article = writer.find_article([URL])
        assert article is not None
        steps = writer.version_steps(article.id)
    assert [step.measured_from for step in steps] == [None, steps[0].version_id, steps[1].version_id]
    assert rows(desk.archive, "SELECT words_added FROM edits ORDER BY to_version") == [(3,), (1,)]


def test_told_and_read_counts_the_visits_to_other_articles_of_the_source(desk: Desk) -> None:
    desk.see(URL, "one", START)
    desk.see(f"{URL}2", "two", START)
    desk.see(f"{URL}3", "three", START)
    desk.lose(f"{URL}3", START + timedelta(days=1))
    with desk.archive.writing() as writer:
        article = writer.find_article([URL])
        assert article is not None
        assert writer.told_and_read(article, "404", since=START) == (1, 2)
        assert writer.told_and_read(article, "404", since=START + timedelta(days=2)) == (0, 0)


def test_others_showing_counts_other_articles_that_had_another_text_before(desk: Desk) -> None:
    later = START + timedelta(days=1)
    desk.see(URL, "one", START)
    desk.see(f"{URL}2", "two", START)
    desk.see(f"{URL}2", "notice", later)
    desk.see(f"{URL}3", "notice", later)
    digest = digest_of("notice")
    with desk.archive.writing() as writer:
        article = writer.find_article([URL])
        assert article is not None
        assert writer.others_showing(article, digest, since=START) == 1
        assert writer.others_showing(article, digest, since=later + timedelta(days=1)) == 0
