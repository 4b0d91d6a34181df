"""The WARC files from the command line: their store, and their repacking."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        yield Desk(newsroom, tmp_path)


def stored(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.directory / "store").glob("*"))


def spooled(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.directory / "warc").glob("*.warc.*"))


def read_again(desk: Desk) -> str:
    """Reads every capture out of its WARC file, as for an extractor of another release."""
    with closing(sqlite3.connect(desk.directory / "warraq.db")) as archive, archive:
        archive.execute("UPDATE extractions SET release = '0'")
        archive.execute("UPDATE versions SET release = '0'")
    return desk.warraq("reextract").stderr


def test_store_takes_the_files_of_a_crawl_and_gives_them_back(desk: Desk) -> None:
    desk.configure("courier", archive={"warc_store": f'"file://{desk.directory}/store"'})
    articles = desk.crawl()["new"]
    assert (len(stored(desk)), spooled(desk)) == (1, [])
    assert f"{articles} captures read" in read_again(desk)


def test_store_that_cannot_be_reached_leaves_the_files_in_the_spool(desk: Desk) -> None:
    (desk.directory / "store").write_text("a file where a directory should be")
    desk.configure("courier", archive={"warc_store": f'"file://{desk.directory}/store"'})
    desk.crawl()
    assert len(spooled(desk)) == 1
    refused = desk.warraq("warc", "upload", code=1)
    assert "check the store" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    (desk.directory / "store").unlink()
    assert "1 files uploaded" in desk.warraq("warc", "upload").stderr
    assert spooled(desk) == []


def test_upload_without_a_store_is_told_in_one_line(desk: Desk) -> None:
    desk.configure("courier")
    assert "archive.warc_store" in desk.warraq("warc", "upload", code=1).stderr


def test_repack_of_yesterdays_captures_keeps_every_one_readable(desk: Desk) -> None:
    desk.configure("courier")
    articles = desk.crawl()["new"]
    assert "0 captures repacked" in desk.warraq("warc", "repack").stderr
    with closing(sqlite3.connect(desk.directory / "warraq.db")) as archive, archive:
        archive.execute("UPDATE captures SET captured_at = '2001' || substr(captured_at, 5)")
    told = desk.warraq("warc", "repack").stderr
    assert "captures repacked into 1 files" in told
    assert [name.endswith(".warc.zst") for name in spooled(desk)] == [True]
    assert f"{articles} captures read" in read_again(desk)
