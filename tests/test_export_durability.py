"""Exports that are killed, that meet a full disk, and that are large: whole or not there, in the same memory."""

from __future__ import annotations

import hashlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.archive import Archive
from storage.records import CanonicalUrl
from storage.records_stored import VersionMarks
from storage.warc import WarcWriter, gzip_members
from tests.cli_process import ROOT, Program, complaint
from tests.storage_fixtures import SOURCE, START, ManualClock, a_capture, an_extraction, digest_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]
FEW, MANY = 150, 7_500  # fifty times as many
MONTHS = 10
FORMS = {"jsonl": "a.jsonl", "csv": "a.csv", "parquet": "a", "warc": "a.warc.gz", "wacz": "a.wacz"}
_MEASURED = """
import re, sys
from pathlib import Path
from cli import main
try:
    main(sys.argv[1:])
finally:
    print(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def filled(directory: Path, count: int) -> str:
    """The URL of an archive of so many articles, each with one version of 3,000 letters that no other has.

    They are of ten months, those kept first the newest.
    """
    database = f"sqlite:///{directory / 'warraq.db'}"
    archive = Archive.open(database, directory / "warc", clock=ManualClock())
    warc = WarcWriter(archive.warc_dir, clock=ManualClock(), software="test")
    with archive.writing(durable=False) as writer:
        writer.upsert_source(SOURCE)
        for number in range(count):
            url = f"http://gazette.example/{number}"
            words = " ".join(hashlib.sha256(f"{number} {part}".encode()).hexdigest() for part in range(46))
            capture = a_capture(f"<h1>Headline</h1>{words}", url=url, requested_url=url)
            location = warc.append(capture)
            article = writer.create_article(SOURCE.key, CanonicalUrl(url), START)
            kept = writer.add_capture(capture, location, article_id=article)
            published = START - timedelta(days=31 * (number * MONTHS // count))
            read = an_extraction(words, title="Headline", published_at=published)
            version = writer.add_version(article, read, VersionMarks(START, kept, digest_of("h"), digest_of(words)))
            writer.link_capture(kept, article_id=article, version_id=version)
            warc.confirm([location])
    warc.close()
    archive.close()
    return database


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    return filled(tmp_path_factory.mktemp("few"), FEW)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> str:
    return filled(tmp_path_factory.mktemp("many"), MANY)


def words(database: str, form: str) -> list[str]:
    warc_dir = database.removeprefix("sqlite:///").replace("warraq.db", "warc")
    return ["export", "--database", database, "--warc-dir", warc_dir, "--format", form, "--output", FORMS[form]]


def needs(form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")


def peak_kilobytes(database: str, form: str, directory: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *words(database, form)],
        cwd=directory,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    said, peak = done.stderr.splitlines()
    assert re.search(r"\d written to|\d articles written|\d captures written", said)
    return int(peak)


@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_archive(few: str, many: str, tmp_path: Path, form: str) -> None:
    needs(form)
    peaks = []
    for name, database in (("few", few), ("many", many)):
        (tmp_path / name).mkdir()
        peaks.append(peak_kilobytes(database, form, tmp_path / name))
    # The texts alone are 22 MB more, as rows several times that. Parquet's first two row groups take 35 MB, the ten
    # that follow nothing.
    allowance = 45_000 if form == "parquet" else 12_000
    assert peaks[1] - peaks[0] < allowance, peaks


def noted(part: Path) -> int:
    """How many the part is noted to hold."""
    state = part.with_name(part.name + ".state")
    try:
        with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT done FROM reached").fetchone()[0])
    except sqlite3.Error:  # not there yet
        return 0


def size(part: Path) -> int:
    """The bytes of the part; 0 where it is not there yet, or not any more."""
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def kill(running: subprocess.Popen[str], part: Path, before: int) -> None:
    """Kills an export at any moment after it has noted more than before; one that has ended meanwhile is left."""
    while noted(part) <= before and running.poll() is None:
        time.sleep(0.01)
    time.sleep(random.uniform(0, 1))  # noqa: S311 - any moment will do
    running.send_signal(signal.SIGKILL)
    running.communicate()


@pytest.mark.parametrize("form", FORMS)
def test_killed_export_goes_on_and_is_what_it_would_have_been(many: str, tmp_path: Path, form: str) -> None:
    needs(form)
    program, target, at = Program(tmp_path), tmp_path / FORMS[form], 0
    part = target.with_name(target.name + ".part")
    for _ in range(3):
        kill(program.start(*words(many, form)), part, at)
        if target.exists():  # it was quicker
            break
        at = noted(part)
        assert 0 < at <= MANY
    else:
        said = program.apart(*words(many, form)).stderr
        assert said.startswith(f"{at:,} of {MANY:,} are in {part.name} already: going on\n")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert count_of(target, form) == MANY
    (tmp_path / "whole").mkdir()
    Program(tmp_path / "whole").apart(*words(many, form))
    assert content(target, form) == content(tmp_path / "whole" / target.name, form)


def test_interrupted_export_says_how_to_go_on(many: str, tmp_path: Path) -> None:
    program, part = Program(tmp_path), tmp_path / "a.jsonl.part"
    running = program.start(*words(many, "jsonl"), "--since", "9000d")
    while running.poll() is None and not size(part):
        time.sleep(0.005)
    running.send_signal(signal.SIGSTOP)
    time.sleep(1.1)  # after a second it notes how far it is; a fast machine is done before
    running.send_signal(signal.SIGCONT)
    while running.poll() is None and not noted(part):
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    said = running.communicate()[1].splitlines()
    assert running.returncode == 130
    assert re.fullmatch(r"[\d,]+ of 7,500 are in a.jsonl.part: give the same command again to go on", said[0])
    assert said[1:] == ["warraq: error: interrupted"]
    refused = program.apart(*words(many, "jsonl"), "--since", "9001d", code=1)
    assert "what an unfinished `warraq export --format jsonl --since 9000d` of " in complaint(refused)
    assert "going on" in program.apart(*words(many, "jsonl"), "--since", "9000d").stderr


def content(target: Path, form: str) -> object:
    """All of it, but for the record at the head of a WARC file and what follows from its length and time."""
    if form == "parquet":
        return {str(path.relative_to(target)): digest(path.read_bytes()) for path in target.rglob("*.parquet")}
    if form == "warc":
        return digest(*list(gzip_members(target.read_bytes()))[1:])
    if form == "wacz":
        with zipfile.ZipFile(target) as package:
            records = list(gzip_members(package.read("archive/a.warc.gz")))[1:]
            return digest(*records), digest(package.read("pages/pages.jsonl")), sorted(package.namelist())
    return digest(target.read_bytes())


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


def count_of(target: Path, form: str) -> int:
    """How many articles the export holds, read by other people's code."""
    if form == "parquet":
        dataset = pytest.importorskip("pyarrow.dataset")
        return int(dataset.dataset(target, partitioning="hive").count_rows())
    if form == "wacz":
        with zipfile.ZipFile(target) as package:
            assert package.testzip() is None
            return len(package.read("pages/pages.jsonl").splitlines()) - 1
    if form == "warc":
        with target.open("rb") as file:
            return sum(record.rec_type == "response" for record in ArchiveIterator(file, check_digests="raise"))
    return len(target.read_text(encoding="utf-8").splitlines()) - (form == "csv")


@pytest.mark.parametrize("form", FORMS)
def test_full_disk_is_one_line_and_leaves_nothing(many: str, full_disk: Path, form: str) -> None:
    needs(form)
    done = Program(full_disk).apart(*words(many, form), code=1)
    assert complaint(done).startswith(f"{FORMS[form]}.part: the disk is full")
    assert list(full_disk.iterdir()) == []
