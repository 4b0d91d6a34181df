"""Site profiles in the archive: they never make a version, never hide an edit, and are there again after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.changes import Choice, read_edits
from storage.records import Outcome, ProfileState, Role
from storage.writer_profiles import profiles_of
from tests.test_ingest import PARAGRAPHS, SOURCE, T0, Desk, capture, html, visit

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.visits import Visit
    from storage.records import Capture

_APPEAL = "Our paper has no owner but its readers: give what you can."
_PLACES = ("ferry", "bakery", "school", "harbour", "library", "orchard", "stadium", "theatre")


def _story(place: str) -> list[str]:
    return [
        f"The council spoke at length about the {place} on Monday, and no one in the room had expected it to do so.",
        f"Those who live beside the {place} had asked for a decision since spring, in letters that went unanswered.",
        f"A first estimate puts the cost of the {place} at more than the town collects in a year from its visitors.",
        f"Nobody would say when the work on the {place} is to begin, or whether it will begin before the election.",
    ]


def _visit(place: str, at: datetime, *, text: list[str] | None = None, head: str = "") -> Visit:
    paragraphs = [*(text or _story(place)), _APPEAL]
    body = html(f"Council speaks about the {place}", paragraphs, head)
    return visit(capture(f"http://bridge.test/{place}", at=at, body=body))


def _crawl(at: datetime, places: tuple[str, ...] = _PLACES) -> list[Visit]:
    return [_visit(place, at + timedelta(minutes=n)) for n, place in enumerate(places)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_profile_learned_between_two_captures_of_a_page_makes_no_version(desk: Desk) -> None:
    first = T0 + timedelta(days=1)
    assert set(desk.run(*_crawl(T0))) == {Outcome.NEW}
    article = desk.queries.find("http://bridge.test/ferry")
    assert _APPEAL in article.text
    again = [_visit(place, first + timedelta(minutes=n), head="<!-- 2 -->") for n, place in enumerate(_PLACES)]
    assert set(desk.run(*again)) == {Outcome.NOISE}
    assert len(desk.queries.find("http://bridge.test/ferry").versions) == 1


def test_word_edited_when_the_profile_was_learned_makes_a_version(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    story = _story("ferry")
    edited = [story[0].replace("Monday", "Tuesday"), *story[1:]]
    assert desk.run(_visit("ferry", T0 + timedelta(days=1), text=edited)) == [Outcome.EDITED]
    article = desk.queries.find("http://bridge.test/ferry")
    assert len(article.versions) == 2
    assert article.text.split("\n") == edited


def test_edit_is_measured_without_what_another_rule_of_reading_left_out(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    story = _story("ferry")
    desk.run(_visit("ferry", T0 + timedelta(days=1), text=[story[0].replace("Monday", "Tuesday"), *story[1:]]))
    (edit,) = read_edits(desk.open_archive(), Choice())
    assert (edit.words_removed, edit.words_added) == (1, 1)


def test_line_of_the_site_is_known_beside_what_another_rule_of_reading_left_out(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    at = T0 + timedelta(days=1)
    told = [
        [*_story(place), f"We are a paper without an owner, and {n * 31} of you gave today."]
        for n, place in enumerate(_PLACES)
    ]
    again = [_visit(place, at + timedelta(minutes=n), text=told[n]) for n, place in enumerate(_PLACES)]
    assert desk.run(*again)[2:] == [Outcome.NOISE] * (len(_PLACES) - 2)


def _at(visited: Visit, *hops: Capture) -> Visit:
    """The visit with other exchanges before its last one, the first of which was asked for."""
    return replace(visited, requested_url=hops[0].url, captures=(*hops, *visited.captures))


def test_profile_learned_before_an_article_moved_makes_no_version(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    at = T0 + timedelta(days=1)
    body = html("Council speaks about the ferry", [*_story("ferry"), _APPEAL])
    hop = capture("http://bridge.test/ferry", at=at, status=301, role=Role.HOP)
    moved = _at(visit(capture("http://bridge.test/2/ferry", at=at, body=body)), hop)
    assert desk.run(moved) == [Outcome.MOVED]
    assert len(desk.queries.find("http://bridge.test/2/ferry").versions) == 1


def test_profile_learned_before_an_article_came_back_makes_no_version(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    absent = [
        visit(capture("http://bridge.test/ferry", at=T0 + timedelta(days=day), status=404, body=b"")) for day in (1, 2)
    ]
    back = _visit("ferry", T0 + timedelta(days=3))
    assert desk.run(*absent, back) == [Outcome.MISSING, Outcome.GONE, Outcome.RESTORED]
    assert len(desk.queries.find("http://bridge.test/ferry").versions) == 1


def test_profile_learned_before_an_article_moved_without_a_redirect_makes_no_second_article(desk: Desk) -> None:
    day = '<meta property="article:published_time" content="2026-03-01">'
    # The others are nearly its words: of the same day too, one of them would be taken for it.
    heads = {"ferry": day}
    desk.run(*(_visit(place, T0 + timedelta(minutes=n), head=heads.get(place, "")) for n, place in enumerate(_PLACES)))
    at = T0 + timedelta(days=1)
    absent = visit(capture("http://bridge.test/ferry", at=at, status=404, body=b""))
    body = html("Council speaks about the ferry", [*_story("ferry"), _APPEAL], day)
    there = visit(capture("http://bridge.test/2/ferry", at=at + timedelta(minutes=1), body=body))
    assert desk.run(absent, there) == [Outcome.MISSING, Outcome.MOVED]
    article = desk.queries.find("http://bridge.test/ferry")
    assert (article.url, len(article.versions)) == ("http://bridge.test/2/ferry", 1)


def test_article_that_vanished_is_not_joined_to_one_seen_alive_beside_it(desk: Desk) -> None:
    day = '<meta property="article:published_time" content="2026-03-01">'
    for look in (0, 1):
        at = T0 + timedelta(hours=look)
        desk.run(*(_visit(place, at + timedelta(minutes=n), head=day) for n, place in enumerate(("ferry", "bakery"))))
    absent = visit(capture("http://bridge.test/ferry", at=T0 + timedelta(days=1), status=404, body=b""))
    assert desk.run(absent) == [Outcome.MISSING]
    assert desk.queries.find("http://bridge.test/bakery").url == "http://bridge.test/bakery"
    assert desk.queries.find("http://bridge.test/ferry").url == "http://bridge.test/ferry"


@pytest.mark.slow
def test_profile_dropped_between_two_captures_makes_no_version(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    desk.run(_visit("mill", T0 + timedelta(hours=9)))
    assert _APPEAL not in desk.queries.find("http://bridge.test/mill").text
    with desk.open_archive().writing() as writer:
        (current,) = [each for each in profiles_of(desk.open_archive(), SOURCE.key) if each.retired_at is None]
        empty = {"pages": 0, "templates": [], "repeats": [], "languages": [], "pins": {"roots": [], "excluded": []}}
        writer.save_profile(
            type(current)(SOURCE.key, current.number + 1, current.host, T0, 0, None, empty), has_drifted=True
        )
    later = _visit("mill", T0 + timedelta(days=1), head="<!-- 2 -->")
    assert desk.run(later) == [Outcome.NOISE]
    story = _story("mill")
    edited = _visit("mill", T0 + timedelta(days=2), text=[*story[:3], story[3].replace("election", "referendum")])
    assert desk.run(edited) == [Outcome.EDITED]


def test_profiles_are_kept_with_their_numbers_and_grow_after_a_restart(desk: Desk) -> None:
    desk.run(*_crawl(T0))
    archive = desk.open_archive()
    before = profiles_of(archive, SOURCE.key)
    assert [each.state for each in before][-1:] == [ProfileState.IN_USE]
    assert [each.number for each in before] == list(range(1, len(before) + 1))
    assert all(each.study is None for each in before[:-1])
    desk.run(*_crawl(T0 + timedelta(days=1), ("mill", "bridge", "tower")))
    assert profiles_of(archive, SOURCE.key)[-1].number >= before[-1].number
    with archive.reading() as connection:
        numbers = connection.exec_driver_sql("SELECT DISTINCT profile FROM extractions").scalars().all()
    assert {None, before[-1].number} <= set(numbers)


def test_first_pages_are_stored_as_without_any_profile(desk: Desk) -> None:
    assert desk.run(visit(capture())) == [Outcome.NEW]
    assert desk.queries.find("http://bridge.test/1").text.split("\n") == PARAGRAPHS
