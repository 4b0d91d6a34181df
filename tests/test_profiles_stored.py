"""Site profiles as rows, on both databases: what a person pins while a crawl learns is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.lesson import Lesson
from pipeline.profiles import Profiles, pin, to_row
from pipeline.repeats import Mark
from pipeline.site_profile import Pins, from_json
from storage.records import ProfileState
from storage.writer_profiles import StoredProfile, profiles_of
from tests.extraction_pool import lasting_pool
from tests.storage_fixtures import SOURCE, START, rows

if TYPE_CHECKING:
    from storage.archive import Archive

_HOST = "gazette.example"
_PINS = Pins(("div.text",), ("div.donate",))


@pytest.fixture
def profiles(archive: Archive) -> Profiles:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
    known = Profiles(archive, lasting_pool())
    known.load(SOURCE.key)
    return known


def _teach(profiles: Profiles, first: int, *, appeal: int) -> None:
    """Twelve articles that end in the same appeal."""
    for number in range(first, first + 12):
        text = Mark(1000 + number, 90, is_sentence=True, text="Text.")
        marks = (text, Mark(appeal, 40, is_sentence=False, text="Give what you can"))
        profiles.learn(SOURCE.key, Lesson(f"http://{_HOST}/{number}", f"Story {number}", "en", 900, marks))


def _save(archive: Archive, profiles: Profiles) -> None:
    with archive.writing() as writer:
        profiles.save(writer)
    profiles.saved()


def _edit(archive: Archive, pins: Pins) -> int:
    """What ``warraq profile edit`` does, from another process."""
    with archive.writing() as writer:
        number = writer.newest_profile(SOURCE.key) + 1
        current = [each for each in writer.profiles(SOURCE.key) if each.retired_at is None]
        profile, study = pin(current[-1] if current else None, _HOST, number, pins)
        writer.save_profile(to_row(SOURCE.key, profile, study, writer.now()))
    return number


def _current(archive: Archive) -> StoredProfile:
    (current,) = [each for each in profiles_of(archive, SOURCE.key) if each.retired_at is None]
    return current


def test_pin_of_a_person_while_a_crawl_learns_is_kept_and_used(archive: Archive, profiles: Profiles) -> None:
    _teach(profiles, 0, appeal=1)
    _save(archive, profiles)
    _edit(archive, _PINS)
    _teach(profiles, 100, appeal=2)
    _save(archive, profiles)
    current = _current(archive)
    found = from_json(current.number, current.host, current.profile)
    assert found.pins == _PINS
    assert 2 in found.repeats
    _teach(profiles, 200, appeal=3)
    _save(archive, profiles)
    later = _current(archive)
    assert from_json(later.number, later.host, later.profile).pins == _PINS


def test_pin_that_was_written_under_the_number_a_crawl_had_given_out_is_kept(
    archive: Archive, profiles: Profiles
) -> None:
    _teach(profiles, 0, appeal=1)
    _save(archive, profiles)
    _teach(profiles, 100, appeal=2)  # numbered in memory, not yet written
    number = _edit(archive, _PINS)
    _save(archive, profiles)
    stored = profiles_of(archive, SOURCE.key)
    numbers = [each.number for each in stored]
    assert numbers == sorted(set(numbers))
    (edited,) = [each for each in stored if each.number == number]
    assert from_json(edited.number, edited.host, edited.profile).pins == _PINS
    current = _current(archive)
    found = from_json(current.number, current.host, current.profile)
    assert current.number > number
    assert found.pins == _PINS
    assert 2 in found.repeats


def test_profile_that_drifted_is_told_by_source_health_for_a_month(archive: Archive, profiles: Profiles) -> None:
    _teach(profiles, 0, appeal=1)
    _save(archive, profiles)
    assert [row.drifted_profiles_30d for row in rows(archive, "SELECT * FROM source_health")] == [0]
    current = _current(archive)
    with archive.writing() as writer:
        writer.save_profile(
            StoredProfile(SOURCE.key, current.number + 1, _HOST, START, 3, None, current.profile), has_drifted=True
        )
        crawl = writer.begin_crawl(SOURCE.key, START)
    assert crawl
    (row,) = rows(archive, "SELECT * FROM source_health")
    assert row.drifted_profiles_30d == 1
    assert row.last_drift_at is not None
    retired = [each for each in profiles_of(archive, SOURCE.key) if each.has_drifted]
    assert [each.state for each in retired] == [ProfileState.RETIRED]
