"""Repacking with zstd loses nothing, whatever happens on the way."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator

from storage.archive import Archive
from storage.errors import WarcError
from storage.records import WarcLocation
from storage.repack import Repacked, repack
from storage.warc import walk
from tests.storage_fixtures import SOURCE, START, Desk, ManualClock, a_capture, rows

if TYPE_CHECKING:
    from pathlib import Path

    from storage.records import Capture

DAY = timedelta(days=1)
_WORDS = ("river", "market", "council", "bridge", "spring", "summer", "harvest", "minister", "school", "valley")


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Repacking concerns files: one kind of database is enough."""
    return str(tmp_path / "warraq.db")


def page(number: int) -> str:
    """A page of a site: its template, and words of its own."""
    chance = random.Random(number)  # noqa: S311 - pages that are the same in every run
    words = " ".join(chance.choices(_WORDS, k=60))
    template = "".join(f"<li><a href=/section/{entry * entry * 7919}>" for entry in range(150))
    return f"<html><head><link rel=stylesheet href=/theme.css></head><nav>{template}</nav><p>{words}</p></html>"


def fill(desk: Desk, count: int, *, source: str = SOURCE.key, at: int = 0) -> list[Capture]:
    """Archives pages of one source and day, and closes the file."""
    captures = []
    for number in range(count):
        url = f"http://{source}.example/{number}"
        moment = START + at * DAY + timedelta(minutes=number)
        capture = a_capture(page(number), source_key=source, url=url, requested_url=url, captured_at=moment)
        location = desk.keep(capture)
        with desk.archive.writing() as writer:
            writer.upsert_source(replace(SOURCE, key=source))
            writer.add_capture(capture, location)
        desk.warc.confirm([location])
        captures.append(capture)
    return captures


def everything(archive: Archive) -> list[Capture]:
    """Every capture read back through its row."""
    query = "SELECT warc_file, warc_offset, warc_length, refers_to FROM captures ORDER BY id"
    return [archive.read_capture(WarcLocation(*row)) for row in rows(archive, query)]


def test_captures_are_read_back_the_same(desk: Desk) -> None:
    captures = fill(desk, 30)
    desk.warc.close()
    done = repack(desk.archive, before=START + DAY)
    assert (done.captures, done.files_made, done.files_removed) == (30, 1, 1)
    assert done.bytes_after < 0.5 * done.bytes_before
    assert everything(desk.archive) == captures
    (path,) = desk.archive.warc_dir.glob("warraq*")
    assert path.name == f"warraq-20260301-{SOURCE.key}-001.warc.zst"
    assert [stored.capture for _, stored in walk(path)] == captures


def test_one_file_a_source_and_day(desk: Desk) -> None:
    captures = fill(desk, 3) + fill(desk, 3, source="other") + fill(desk, 3, source="third", at=1)
    desk.warc.close()
    done = repack(desk.archive, before=START + 2 * DAY)
    assert (done.files_made, done.files_removed) == (3, 1)
    assert everything(desk.archive) == captures


def test_file_of_today_is_left_for_tomorrow(desk: Desk) -> None:
    captures = fill(desk, 3) + fill(desk, 3, source="other", at=1)
    desk.warc.close()
    done = repack(desk.archive, before=START + DAY)
    assert (done.captures, done.files_removed) == (3, 0)
    assert everything(desk.archive) == captures


def test_file_that_is_still_written_is_left_alone(desk: Desk) -> None:
    fill(desk, 3)
    assert repack(desk.archive, before=START + DAY) == Repacked()


def test_revisit_finds_its_body_in_the_repacked_file(desk: Desk) -> None:
    desk.see("http://gazette.example/a", "same", START)
    desk.see("http://gazette.example/b", "same", START)
    before = [capture for capture, _ in desk.captures]
    desk.warc.close()
    repack(desk.archive, before=START + DAY)
    assert everything(desk.archive) == before


def test_repacked_file_is_read_by_fastwarc(desk: Desk) -> None:
    fill(desk, 20)
    desk.warc.close()
    repack(desk.archive, before=START + DAY)
    (path,) = desk.archive.warc_dir.glob("*.warc.zst")
    records = [record.headers["WARC-Type"] for record in ArchiveIterator(str(path))]
    assert records == ["warcinfo", *["response", "request"] * 20]


def test_repacking_again_changes_nothing(desk: Desk) -> None:
    fill(desk, 10)
    desk.warc.close()
    repack(desk.archive, before=START + DAY)
    assert repack(desk.archive, before=START + DAY) == Repacked()


def test_late_captures_of_a_day_get_a_file_of_their_own(desk: Desk, clock: ManualClock) -> None:
    captures = fill(desk, 10)
    desk.warc.close()
    repack(desk.archive, before=START + DAY)
    clock.advance(hours=1)
    late = fill(desk, 4)
    desk.warc.close()
    repack(desk.archive, before=START + DAY)
    assert everything(desk.archive) == captures + late


def test_damaged_record_stops_it_before_anything_is_removed(desk: Desk) -> None:
    fill(desk, 3)
    desk.warc.close()
    (path,) = desk.archive.warc_dir.glob("*.warc.gz")
    data = bytearray(path.read_bytes())
    data[-100] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(WarcError, match=path.name):
        repack(desk.archive, before=START + DAY)
    assert path.exists()


def test_file_with_a_record_that_has_no_row_is_not_removed(desk: Desk) -> None:
    fill(desk, 3)
    location = desk.keep(a_capture("no row"))
    desk.warc.confirm([location])
    desk.warc.close()
    assert repack(desk.archive, before=START + DAY).files_removed == 0


def _repack_once(database: str, warc_dir: Path) -> None:
    archive = Archive.open(database, warc_dir, clock=ManualClock())
    repack(archive, before=START + 9 * DAY)
    archive.close()


@pytest.mark.parametrize("times", [5, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_loses_nothing(desk: Desk, database: str, times: int) -> None:
    chance = random.Random(times)  # noqa: S311 - a test that repeats itself
    captures = [capture for day in range(4) for capture in fill(desk, 25, source=f"source{day}", at=day)]
    desk.warc.close()
    for _ in range(times):
        process = multiprocessing.get_context("fork").Process(
            target=_repack_once, args=(database, desk.archive.warc_dir)
        )
        process.start()
        time.sleep(chance.uniform(0, 0.4))
        if process.pid and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert everything(desk.archive) == captures
    _repack_once(database, desk.archive.warc_dir)
    assert everything(desk.archive) == captures
    names = {path.suffix for path in desk.archive.warc_dir.glob("warraq*")}
    assert names == {".zst"}
