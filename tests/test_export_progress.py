"""An export that was cut short is continued by the next one, unless what it would say is no longer so."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from commands.export_articles import CsvForm, export_text
from commands.export_job import Job
from storage.errors import ArchiveUnavailableError
from storage.export import ExportChoice, read_articles, wanted_articles
from storage.export_captures import exported_pages, read_captures, wanted_captures
from storage.export_progress import Asked, Start
from storage.export_target import part_of, unfinished_file
from storage.export_warc import HashedStream, WarcHead, copy_captures
from storage.ledger import append_waiting
from storage.wacz import write_wacz
from storage.warc import gzip_members
from tests import takedown_scene
from tests.storage_fixtures import START, Desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from storage.archive import Archive
    from storage.errors import WarcError
    from storage.export_captures import ExportedCapture
    from storage.export_warc import CopiedCapture

URL = "http://gazette.example/"
DAY = timedelta(days=1)
CHOICE = ExportChoice()
CSV = CsvForm()
HEAD = WarcHead("a.warc.gz", "warraq test", START)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Five articles, the texts of which tell their numbers."""
    for number in range(5):
        desk.see(f"{URL}{number}", f"text {number}", START + number * DAY)
    append_waiting(desk.archive)
    return desk


def job(archive: Archive, output: Path, words: str = "warraq export --format csv") -> Job:
    return Job(archive, CHOICE, output, Asked(words, archive.name, "release 1", START))


def cut_short(archive: Archive, output: Path, done: int, *, marked: bytes = b"") -> None:
    """Leaves what an export leaves that was interrupted after so many articles.

    Args:
        archive: What is exported.
        output: Its target.
        done: After how many.
        marked: What is written for each article, so that it can be known again; else its line.
    """
    started = job(archive, output)
    with archive.reading() as connection, suppress(KeyboardInterrupt):
        start = Start(connection, started.asked, lambda: wanted_articles(connection, CHOICE))
        with unfinished_file(output, start) as (file, progress):
            read = read_articles(connection, progress.left(), CHOICE)
            for each in progress.stepped(islice(read, done), file.tell):
                file.write(marked + each.article.url.encode() + b"\r\n")
            file.flush()
            progress.note(file.tell())
            file.write(b"half an artic")
            raise KeyboardInterrupt


def told(output: Path) -> list[str]:
    """The addresses of the articles in the order of the file, those that were marked with their mark."""
    lines = output.read_bytes().decode().splitlines()
    return [next(cell for cell in line.split(",") if URL in cell) for line in lines if URL in line]


def test_it_goes_on_after_what_was_noted_and_takes_what_was_chosen_at_first(
    filled: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "a.csv"
    cut_short(filled.archive, output, 2, marked=b"kept ")
    filled.see(f"{URL}new", "text new", START + 9 * DAY)
    filled.see(f"{URL}3", "text 3 edited", START + 9 * DAY)
    export_text(job(filled.archive, output), CSV)
    assert told(output) == [f"kept {URL}0", f"kept {URL}1", *(f"{URL}{number}" for number in (2, 3, 3, 4))]
    assert "source,article_id" not in output.read_text()  # the head is of the first run, which the test has not written
    assert capsys.readouterr().err.startswith(f"2 of 5 are in {output}.part already: going on\n")
    assert [path.name for path in tmp_path.glob("a.csv*")] == ["a.csv"]


def test_taken_down_article_is_not_left_in_it(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    takedown_scene.fill(desk)
    desk.warc.close()
    output = tmp_path / "a.csv"
    cut_short(desk.archive, output, 2, marked=takedown_scene.FIRST.encode())
    takedown_scene.forget(desk.archive)
    export_text(job(desk.archive, output), CSV)
    assert {*told(output)} == {takedown_scene.OTHER}
    assert takedown_scene.FIRST not in output.read_text(encoding="utf-8")
    assert "is begun anew: an article was taken down since" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "INSERT INTO former_ids (public_id, article_id, merged_at) VALUES ('x', 1, :at)",
            "articles were merged since",
        ),
        ("UPDATE ledger SET leaf_hash = :other", "the database is not the one that it was begun from"),
    ],
    ids=["merged", "another database"],
)
def test_archive_that_is_another_since_makes_it_begin_anew(
    filled: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, reason: str
) -> None:
    output = tmp_path / "a.csv"
    cut_short(filled.archive, output, 2, marked=b"kept ")
    with filled.archive.engine.begin() as connection:
        statement = text(change)
        values = {"at": START, "other": "0" * 64}
        connection.execute(statement, {name: values[name] for name in values if f":{name}" in change})
    export_text(job(filled.archive, output), CSV)
    assert told(output) == [f"{URL}{number}" for number in range(5)]
    assert f"{output}.part is begun anew: {reason}\n" in capsys.readouterr().err


def test_part_that_lost_its_end_is_begun_anew(filled: Desk, tmp_path: Path) -> None:
    output = tmp_path / "a.csv"
    cut_short(filled.archive, output, 2, marked=b"kept ")
    os.truncate(part_of(output), 10)
    export_text(job(filled.archive, output), CSV)
    assert told(output) == [f"{URL}{number}" for number in range(5)]


def test_part_of_another_release_is_begun_anew(filled: Desk, tmp_path: Path) -> None:
    output = tmp_path / "a.csv"
    cut_short(filled.archive, output, 2, marked=b"kept ")
    again = job(filled.archive, output)
    export_text(replace(again, asked=replace(again.asked, release="release 2")), CSV)
    assert told(output) == [f"{URL}{number}" for number in range(5)]


def test_part_of_another_export_is_left_and_named(filled: Desk, tmp_path: Path) -> None:
    output = tmp_path / "a.csv"
    cut_short(filled.archive, output, 2, marked=b"kept ")
    before = part_of(output).read_bytes()
    with pytest.raises(ArchiveUnavailableError, match=r"unfinished `warraq export --format csv` of .*remove"):
        export_text(job(filled.archive, output, "warraq export --format csv --source x"), CSV)
    assert part_of(output).read_bytes() == before
    export_text(job(filled.archive, output), CSV)
    assert told(output)[:1] == [f"kept {URL}0"]


def test_failure_before_anything_was_noted_leaves_nothing(filled: Desk, tmp_path: Path) -> None:
    output = tmp_path / "a.csv"
    cut_short(filled.archive, output, 0)
    assert list(tmp_path.glob("a.csv*")) == []


def pack(archive: Archive, output: Path, stop_after: int | None = None) -> None:
    """Writes a package, or what there is of it when it is interrupted after so many captures."""
    with archive.reading() as connection:
        start = Start(connection, job(archive, output).asked, lambda: wanted_captures(connection, CHOICE))
        with unfinished_file(output, start) as (file, progress):

            def stopped(items: Iterable[ExportedCapture]) -> Iterator[ExportedCapture]:
                for item in items:
                    if progress.done == stop_after:
                        file.flush()
                        progress.note(file.tell())
                        raise KeyboardInterrupt
                    yield item

            def copy(stream: HashedStream) -> Iterator[CopiedCapture]:
                wanted = progress.stepped(stopped(read_captures(connection, progress.left())), file.tell)
                yield from copy_captures(archive, wanted, stream, HEAD, leave_out=refuse)

            write_wacz(file, HEAD, copy, exported_pages(connection, CHOICE), progress)


def refuse(capture: object, error: WarcError) -> None:
    raise AssertionError(f"{capture} was left out: {error}")


def held(output: Path) -> dict[str, object]:
    """What is in a package, checked, but for the record that tells of its WARC file, whose id is new each time."""
    with zipfile.ZipFile(output) as package:
        assert package.testzip() is None
        content = {name: package.read(name) for name in package.namelist()}
    described = json.loads(content["datapackage.json"])
    for entry in described["resources"]:
        data = content[entry["path"]]
        assert (entry["hash"], entry["bytes"]) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
    warc = content["archive/a.warc.gz"]
    lines = b"".join(gzip_members(content["indexes/index.cdx.gz"])).decode().splitlines()
    entries = [json.loads(line[line.index("{") :]) for line in lines]
    records = [
        list(gzip_members(warc[int(each["offset"]) : int(each["offset"]) + int(each["length"])])) for each in entries
    ]
    return {
        "records": list(gzip_members(warc))[1:],
        "indexed": [(each["url"], record) for each, record in zip(entries, records, strict=True)],
        "pages": content["pages/pages.jsonl"],
    }


@pytest.mark.parametrize("stops", [(1,), (4,), (1, 3)], ids=str)
def test_package_is_the_one_that_an_export_in_one_go_makes(
    filled: Desk, tmp_path: Path, stops: tuple[int, ...]
) -> None:
    filled.warc.close()
    whole, broken = tmp_path / "whole.wacz", tmp_path / "broken.wacz"
    pack(filled.archive, whole)
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            pack(filled.archive, broken, stop)
        assert not broken.exists()
    pack(filled.archive, broken)
    assert held(broken) == held(whole)
