"""What a killed process left is found again, whole and once."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage.archive import Archive
from storage.records import Role
from storage.warc import WarcWriter
from tests.storage_fixtures import START, Desk, ManualClock, a_capture

if TYPE_CHECKING:
    from pathlib import Path

    from storage.records import Capture


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Recovery concerns files: one kind of database is enough."""
    return str(tmp_path / "warraq.db")


def killed(archive: Archive, *captures: Capture, torn: int = 0) -> Path:
    """The file that a process leaves which was killed after writing these, ``torn`` bytes short."""
    writer = WarcWriter(archive.warc_dir, clock=ManualClock(), software="test", originals=archive)
    for capture in captures:
        writer.append(capture)
    writer.sync()
    writer.close()
    (path,) = archive.warc_dir.glob(f"*-{writer._number:05}.warc.gz.open")
    os.truncate(path, path.stat().st_size - torn)
    return path


def found(archive: Archive) -> list[Capture]:
    return [capture for captures, _ in archive.unfinished() for capture in captures]


def names(archive: Archive) -> list[str]:
    return sorted(path.name for path in archive.warc_dir.iterdir())


def test_records_without_a_row_are_given_back(archive: Archive) -> None:
    captures = [a_capture(str(number)) for number in range(3)]
    path = killed(archive, *captures)
    assert found(archive) == captures
    archive.settle_unfinished()
    assert names(archive) == [path.name.removesuffix(".open")]
    assert found(archive) == []


def test_captures_of_one_visit_are_given_back_together(archive: Archive) -> None:
    hop = a_capture("hop", role=Role.HOP, status=301)
    final = a_capture("final", visit_id=hop.visit_id)
    robots = [a_capture(str(number), role=Role.ROBOTS, visit_id=None) for number in range(2)]
    killed(archive, *robots, hop, final, a_capture("other"))
    groups = [captures for captures, _ in archive.unfinished()]
    assert [len(group) for group in groups] == [1, 1, 2, 1]
    assert groups[2] == (hop, final)


def test_torn_end_is_cut_off(archive: Archive) -> None:
    captures = [a_capture(os.urandom(300)) for _ in range(3)]
    path = killed(archive, *captures, torn=10)
    torn_size = path.stat().st_size
    assert found(archive) == captures[:2]
    archive.settle_unfinished()
    assert (archive.warc_dir / path.name.removesuffix(".open")).stat().st_size < torn_size


def test_file_with_nothing_whole_is_removed(archive: Archive) -> None:
    path = killed(archive, a_capture())
    os.truncate(path, 20)
    assert found(archive) == []
    archive.settle_unfinished()
    assert names(archive) == []


def test_records_with_a_row_are_not_given_again(desk: Desk) -> None:
    desk.see("http://gazette.example/a", "one", START)
    without_row = a_capture("two")
    desk.keep(without_row)
    desk.see("http://gazette.example/c", "three", START)
    desk.warc.close()
    assert found(desk.archive) == [without_row]


def test_revisit_of_a_record_without_a_row_comes_with_its_body(archive: Archive) -> None:
    first = a_capture("same")
    again = a_capture("same")
    killed(archive, first, again)
    assert found(archive) == [first, again]


def test_revisit_whose_original_is_lost_is_given_without_a_body(desk: Desk) -> None:
    desk.see("http://gazette.example/a", "same", START)
    desk.warc.close()
    again = replace(desk.captures[0][0], record_id="1" * 32)
    killed(desk.archive, again)
    (original,) = desk.archive.warc_dir.glob("*.warc.gz")
    original.unlink()
    assert found(desk.archive) == [replace(again, body=b"")]


def test_file_of_a_living_writer_is_left_alone(desk: Desk) -> None:
    desk.keep(a_capture())
    assert found(desk.archive) == []
    desk.archive.settle_unfinished()
    assert names(desk.archive)[0].endswith(".open")


def test_recovery_that_was_itself_interrupted_begins_again(archive: Archive, tmp_path: Path) -> None:
    captures = [a_capture(str(number)) for number in range(3)]
    killed(archive, *captures)
    next(archive.unfinished())
    archive.close()
    again = Archive.open(str(tmp_path / "warraq.db"), archive.warc_dir, clock=ManualClock())
    assert found(again) == captures
    again.close()


def test_damage_before_a_record_with_a_row_cuts_nothing_off(desk: Desk) -> None:
    lost = a_capture(os.urandom(400))
    location = desk.keep(lost)
    desk.see("http://gazette.example/a", "kept", START)
    desk.warc.close()
    (path,) = desk.archive.warc_dir.iterdir()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(location.offset + 50)
        file.write(b"\0" * 20)
    assert found(desk.archive) == []
    assert path.stat().st_size == size
    capture, place = desk.captures[1]
    assert desk.archive.read_capture(place) == replace(capture)
