"""Takedowns and WARC files: still written, repacked, elsewhere, and what other records have to do with theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from pipeline.takedown import finish, take_down
from storage.repack import repack
from storage.warc import walk
from tests.storage_fixtures import START, a_capture, rows
from tests.takedown_scene import (
    ASKED,
    FIRST,
    HEADLINE,
    OTHER,
    URL,
    article_id,
    fill,
    findings,
    forget,
    keep,
    places_of,
    remaining,
    takedown_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from storage.archive import Archive
    from tests.storage_fixtures import Desk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def database(tmp_path: Path) -> str:
    """This concerns files: one kind of database is enough."""
    return str(tmp_path / "warraq.db")


def test_body_that_it_cites_itself_stays(desk: Desk, archive: Archive) -> None:
    desk.see(OTHER, FIRST, START, title=HEADLINE)
    desk.see(URL, FIRST, START + HOUR, title=HEADLINE)
    before = [capture for capture in remaining(archive) if capture.url == OTHER]
    forget(archive)
    assert remaining(archive) == before


def test_new_capture_never_cites_what_was_taken_down(desk: Desk, archive: Archive) -> None:
    """Neither by the rows nor by what the process that writes remembers of its own records."""
    desk.see(URL, FIRST, START, title=HEADLINE)
    take_down(archive, article_id(archive), ASKED)
    desk.see(OTHER, FIRST, START + HOUR, title=HEADLINE)
    assert rows(archive, "SELECT refers_to FROM captures WHERE url = :url", url=OTHER) == [(None,)]
    finish(archive, settling=timedelta(0))
    assert [capture.url for capture in remaining(archive)] == [OTHER]


def test_file_that_is_still_written_is_overwritten_and_goes_on(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    assert forget(archive).left == ()
    desk.see(OTHER, "A later text.", START + 5 * HOUR)
    desk.warc.close()
    assert places_of(archive, tmp_path) == set()
    (path,) = archive.warc_dir.glob("*.warc.gz")
    assert [stored.capture.url for _, stored in walk(path)] == [OTHER, OTHER]
    assert len(remaining(archive)) == 2


def test_repacked_file_is_made_anew_without_it(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    for number in range(4):  # so that a dictionary pays, which holds the article too
        template = "".join(f"<li><a href=/section/{entry * 7919}>" for entry in range(300))
        page = a_capture(f"<nav>{template}</nav><p>{FIRST if number % 2 else number}</p>", url=URL, requested_url=URL)
        keep(desk, page, article_id(archive) if number % 2 else None, url=URL if number % 2 else f"{OTHER}{number}")
    desk.warc.close()
    repack(archive, before=START + DAY)
    (old,) = archive.warc_dir.glob("*.warc.zst")
    assert f"dictionary of {old.name}" in {place for place, _ in places_of(archive, tmp_path, FIRST)}
    before = [capture for capture in remaining(archive) if capture.url.startswith(OTHER)]
    forget(archive)
    assert places_of(archive, tmp_path) == set()
    assert remaining(archive) == before
    assert findings(archive) == []
    assert not old.exists()
    assert not repack(archive, before=START + DAY).captures


def test_copy_that_repacking_left_is_overwritten_too(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    """A gzip file with captures of two days stays while the second one's are in use."""
    fill(desk)
    desk.see(OTHER, "A text of the next day.", START + DAY)
    desk.warc.close()
    repack(archive, before=START + DAY - 2 * HOUR)
    assert len(list(archive.warc_dir.glob("*.warc.gz"))) == 1
    forget(archive)
    assert places_of(archive, tmp_path) == set()
    assert len(remaining(archive)) == 2
    repack(archive, before=START + 3 * DAY)
    assert list(archive.warc_dir.glob("*.warc.gz")) == []
    assert len(remaining(archive)) == 2


def test_tombstones_are_repacked_like_any_record(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    desk.warc.close()
    forget(archive)
    assert repack(archive, before=START + DAY).captures == 5
    assert len(remaining(archive)) == 1
    assert places_of(archive, tmp_path) == set()
    (path,) = archive.warc_dir.glob("*.warc*")
    assert [stored.capture.url for _, stored in walk(path)] == [OTHER]


def test_file_of_another_machine_is_told_and_finished_there(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    desk.warc.close()
    elsewhere = tmp_path / "elsewhere"
    archive.warc_dir.rename(elsewhere)
    archive.warc_dir.mkdir()
    (told,) = forget(archive).left
    assert "it may be on another machine" in told
    assert not takedown_of(archive).is_finished
    (path,) = elsewhere.glob("*.warc.gz")
    path.rename(archive.warc_dir / path.name)
    assert finish(archive, settling=timedelta(0)).left == ()
    assert places_of(archive, tmp_path) == set()


@pytest.mark.slow
def test_reader_that_holds_the_database_is_told_of(desk: Desk, archive: Archive) -> None:
    fill(desk)
    with archive.reading() as connection:
        connection.execute(text("SELECT count(*) FROM articles")).all()
        (told,) = forget(archive).left
    assert told.endswith("then run: warraq forget --finish")
    assert not takedown_of(archive).is_finished
    assert finish(archive, settling=timedelta(0)).left == ()
    assert takedown_of(archive).is_finished
