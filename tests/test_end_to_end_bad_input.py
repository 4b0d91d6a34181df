"""Every bad input ends in one clear line and a non-zero exit, without a traceback, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from tests.cli_process import Ended, complaint
from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

FERRY, SEAL = "ferry-strike-averted", "seal-pup-rescue"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.keep_only(FERRY, SEAL)
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        yield desk


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An archive of two articles, for lines that must not change it."""
    with Newsroom() as newsroom:
        newsroom.keep_only(FERRY, SEAL)
        desk = Desk(newsroom, tmp_path_factory.mktemp("archived"))
        desk.configure("courier")
        assert desk.crawl() == {"new": 2}
        yield desk


@pytest.mark.parametrize(
    ("line", "culprit"),
    [
        ("crawl nope", "nope"),
        ("crawl couriers", "courier"),
        ("crawl ftp://news.example/a", "ftp://news.example/a"),
        ("crawl file:///etc/passwd", "file:///etc/passwd"),
        ("crawl http://", "http://"),
        ("crawl http://nowhere.invalid/a", "nowhere.invalid"),
        ("crawl http://127.0.0.1:9/a", "127.0.0.1:9"),
        ("show https://news.example/unknown", "https://news.example/unknown"),
        ("--database postgresql+psycopg://x@127.0.0.1:9/none crawl --all", "127.0.0.1"),
        ("--database nonsense crawl --all", "nonsense"),
        ("--warc-dir missing/deeper/warc crawl --all", "missing"),
        ("--config absent.toml crawl --all", "absent.toml"),
        ("--allow-network 300.0.0.0/8 crawl --all", "300.0.0.0/8"),
    ],
)
def test_bad_line_is_told_in_one_line_that_names_the_culprit(archived: Desk, line: str, culprit: str) -> None:
    assert culprit in told(archived.warraq(*line.split(), code=1))
    assert len(archived.exported()) == 2


def told(done: Ended) -> str:
    """The one complaint of a command; a crawl may tell its progress before it."""
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("warraq: ")]
    return line


@pytest.mark.parametrize("broken", ["[archive\n", "[[sources]]\nkey = 1\n", "\x00", "[crawler]\ndeley = '1s'\n"])
def test_broken_configuration_is_told_and_the_archive_stays(archived: Desk, broken: str) -> None:
    file = archived.directory / "warraq.toml"
    good = file.read_text(encoding="utf-8")
    file.write_text(broken, encoding="utf-8")
    done = archived.warraq("crawl", "--all", code=1)
    file.write_text(good, encoding="utf-8")
    assert "warraq.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(archived.exported()) == 2


def test_host_that_does_not_answer_is_told(desk: Desk) -> None:
    site = desk.newsroom.site("courier")
    site.base_url = "http://127.0.0.1:9"
    desk.configure("courier")
    assert "127.0.0.1:9" in told(desk.warraq("crawl", "courier", code=1))


def test_corrupt_database_is_told_and_left_as_it_is(desk: Desk) -> None:
    desk.crawl()
    file = desk.directory / "warraq.db"
    spoiled = bytearray(file.read_bytes())
    spoiled[:4096] = b"not a database" + bytes(4082)
    file.write_bytes(spoiled)
    for line in ("crawl --all", "articles"):
        assert "warraq.db" in complaint(desk.warraq(*line.split(), code=1))
    assert file.read_bytes() == spoiled


def test_database_damaged_inside_is_told(desk: Desk) -> None:
    desk.crawl()
    file = desk.directory / "warraq.db"
    size = file.stat().st_size
    with file.open("r+b") as database:
        database.seek(4096)
        database.write(os.urandom(size - 4096))
    assert "warraq.db" in told(desk.warraq("crawl", "--all", code=1))


def test_database_of_a_later_release_is_told_and_left_as_it_is(desk: Desk) -> None:
    desk.crawl()
    with closing(sqlite3.connect(desk.directory / "warraq.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for line in ("crawl --all", "articles", "run"):
        assert "later release" in complaint(desk.warraq(*line.split(), code=1))


@pytest.mark.parametrize("readonly", ["warraq.db", "warc"])
def test_read_only_place_is_told_and_nothing_is_lost(desk: Desk, readonly: str) -> None:
    desk.crawl()
    desk.newsroom.edit(FERRY, "£1.2m", "£2m")
    with read_only(desk.directory / readonly):
        assert readonly in told(desk.warraq("crawl", "--all", "--recheck", "all", code=1))
    assert desk.recheck() == {"unchanged": 1, "edited": 1}


class read_only:  # noqa: N801 - used as a function, like contextlib.closing
    """A file or directory that nobody can write, root included: mounted over itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        bind = ["mount", "--bind", str(self._path), str(self._path)]
        if os.geteuid() != 0 or subprocess.run(bind, capture_output=True, check=False).returncode:
            pytest.skip("making a place read-only for root takes a mount, which this user or container may not")
        subprocess.run(["mount", "-o", "remount,ro,bind", str(self._path)], check=True)

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", str(self._path)], check=True)


def fill(place: Path) -> Path:
    """Writes until not a byte more fits; the file that holds it all."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(512)):
            pass
    return ballast


def test_full_disk_under_the_warc_files_is_told_and_nothing_is_lost(desk: Desk, full_disk: Path) -> None:
    (full_disk / "warc").mkdir()
    desk.configure("courier", archive={"warc_dir": f'"{full_disk / "warc"}"'})
    ballast = fill(full_disk)
    assert "full" in told(desk.warraq("crawl", "--all", code=1))
    ballast.unlink()
    assert desk.crawl() == {"new": 2}


def test_full_disk_under_the_database_is_told_and_nothing_is_lost(desk: Desk, full_disk: Path) -> None:
    desk.configure("courier", archive={"database": f'"sqlite:///{full_disk / "warraq.db"}"'})
    assert desk.crawl("--all", "--limit", "1") == {"new": 1}
    ballast = fill(full_disk)
    assert "full" in told(desk.warraq("crawl", "--all", code=1))
    ballast.unlink()
    assert desk.crawl() == {"new": 1}
    assert len(desk.exported()) == 2
