"""Exports of what was received: WARC files and WACZ packages that other tools read."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from sqlalchemy import text
from warcio.archiveiterator import ArchiveIterator

from commands.export_captures import export_captures
from commands.export_job import Job
from storage.archive import Archive
from storage.export import ExportChoice
from storage.export_captures import exported_pages, read_captures, wanted_captures
from storage.export_progress import Asked
from storage.export_warc import HashedStream, WarcHead, copy_captures
from storage.records import Role
from storage.repack import repack
from storage.surt import surt
from storage.warc import gzip_members
from storage.warc_store import WarcStore
from tests import takedown_scene
from tests.storage_fixtures import START, Desk, ManualClock, a_capture

if TYPE_CHECKING:
    from pathlib import Path

    from storage.errors import WarcError
    from storage.export_captures import ExportedCapture
    from storage.records import Capture

URL = "http://gazette.example/"
DAY = timedelta(days=1)
ALL = ExportChoice()
HEAD = WarcHead("export.warc.gz", "warraq test", START)
PICTURE = b"\x89PNG" + bytes(range(256)) * 8


def show(desk: Desk, page: Capture, url: str, *, body: bytes = PICTURE, **changes: Any) -> None:
    """Keeps an asset that a page shows."""
    asset = a_capture(body, url=url, requested_url=url, role=Role.ASSET, belongs_to=page.record_id, **changes)
    location = desk.keep(asset)
    with desk.archive.writing() as writer:
        writer.link_asset(page.record_id, url, writer.add_capture(asset, location))
    desk.warc.confirm([location])


def exported_captures(archive: Archive, choice: ExportChoice) -> list[ExportedCapture]:
    with archive.reading() as connection:
        return list(read_captures(connection, wanted_captures(connection, choice)))


def export(archive: Archive, choice: ExportChoice = ALL) -> tuple[bytes, list[str]]:
    """The WARC file, and the URLs of what was left out."""
    file, left_out = io.BytesIO(), []
    wanted = exported_captures(archive, choice)
    for copied in copy_captures(
        archive, wanted, HashedStream(file), HEAD, leave_out=lambda capture, _: left_out.append(capture.url)
    ):
        (content,) = gzip_members(file.getvalue()[copied.offset : copied.offset + copied.length])
        assert f"WARC-Target-URI: {copied.capture.url}".encode() in content
    return file.getvalue(), left_out


def records_of(content: bytes) -> list[bytes]:
    """The records after the first, which tells of the file."""
    return sorted(list(gzip_members(content))[1:])


def responses(content: bytes) -> list[tuple[str, str, bytes]]:
    """Type, URL and body of every response and revisit as warcio reads them, with its digests checked."""
    found = []
    for record in ArchiveIterator(io.BytesIO(content), check_digests="raise"):
        body = record.content_stream().read()
        if record.rec_type in {"response", "revisit", "conversion"}:
            found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), body))
    return found


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Two articles, one of two versions, with pictures, one of which both show."""
    desk.see(f"{URL}a", "one", START)
    first = desk.captures[-1][0]
    show(desk, first, f"{URL}shared.png")
    desk.see(f"{URL}a", "two", START + DAY)
    desk.see(f"{URL}b", "other", START)
    second = desk.captures[-1][0]
    with desk.archive.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO capture_assets (page_id, asset_id, url) SELECT p.id, a.id, a.url "
                "FROM captures p, captures a WHERE p.record_id = :page AND a.role = 'asset'"
            ),
            {"page": second.record_id},
        )
    show(desk, second, f"{URL}own.png", body=PICTURE + b"2")
    return desk


def test_export_holds_every_capture_once_byte_for_byte(filled: Desk) -> None:
    filled.warc.close()
    content, left_out = export(filled.archive)
    assert left_out == []
    assert sorted(responses(content)) == sorted(("response", c.url, c.body) for c, _ in filled.captures)
    (kept,) = filled.archive.warc_dir.glob("*.warc.gz")
    assert records_of(content) == records_of(kept.read_bytes())


def test_export_is_read_by_fastwarc_and_begins_with_its_name(filled: Desk) -> None:
    content, _ = export(filled.archive)
    records = list(FastIterator(io.BytesIO(content), parse_http=False))
    kinds = [record.headers["WARC-Type"] for record in records]
    assert kinds == ["warcinfo", *["response", "request"] * 5]
    assert records[0].headers["WARC-Filename"] == HEAD.name


def test_choice_takes_the_pictures_of_its_articles_only(filled: Desk) -> None:
    with filled.archive.engine.begin() as connection:
        connection.execute(text("UPDATE articles SET status = 'withheld' WHERE canonical_url LIKE '%b'"))
    content, _ = export(filled.archive)
    assert sorted(url.removeprefix(URL) for _, url, _ in responses(content)) == ["a", "a", "shared.png"]


def test_current_only_takes_the_visits_that_saw_the_current_version(filled: Desk) -> None:
    content, _ = export(filled.archive, ExportChoice(current_only=True))
    assert sorted(url.removeprefix(URL) for _, url, _ in responses(content)) == ["a", "b", "own.png", "shared.png"]
    with filled.archive.reading() as connection:
        pages = list(exported_pages(connection, ExportChoice(current_only=True)))
    assert [(page.url, page.captured_at) for page in pages] == [(f"{URL}b", START), (f"{URL}a", START + DAY)]


def test_revisit_comes_with_its_original(desk: Desk) -> None:
    desk.see(f"{URL}a", "one", START)
    desk.see(f"{URL}a", "one", START + DAY)
    content, _ = export(desk.archive)
    assert [kind for kind, *_ in responses(content)] == ["response", "revisit"]


def test_revisit_of_another_articles_body_becomes_a_response(desk: Desk) -> None:
    desk.see(f"{URL}a", "one", START)
    desk.see(f"{URL}b", "one", START + DAY)
    with desk.archive.engine.begin() as connection:
        connection.execute(text("UPDATE articles SET status = 'withheld' WHERE canonical_url LIKE '%a'"))
    content, _ = export(desk.archive)
    assert responses(content) == [("response", f"{URL}b", desk.captures[1][0].body)]


def test_not_modified_comes_with_what_it_refers_to(desk: Desk) -> None:
    page = desk.see(f"{URL}a", "one", START)
    not_modified = a_capture(b"", url=f"{URL}a", captured_at=START + DAY, status=304, reason="Not Modified")
    location = desk.keep(not_modified)
    with desk.archive.writing() as writer:
        stored = writer.find_article([f"{URL}a"])
        assert stored is not None
        writer.add_capture(not_modified, location, article_id=stored.id, version_id=page)
    with desk.archive.engine.begin() as connection:  # the first visit saw no version, so that only the 304 is chosen
        connection.execute(text("UPDATE captures SET version_id = NULL WHERE status = 200"))
    content, _ = export(desk.archive, ExportChoice(current_only=True))
    assert [kind for kind, *_ in responses(content)] == ["response", "revisit"]


def test_redirects_on_the_way_are_exported(desk: Desk) -> None:
    desk.see(f"{URL}a", "one", START)
    page = desk.captures[-1][0]
    hop = a_capture(b"", url=f"{URL}old", role=Role.HOP, status=301, visit_id=page.visit_id)
    location = desk.keep(hop)
    with desk.archive.writing() as writer:
        stored = writer.find_article([f"{URL}a"])
        assert stored is not None
        writer.add_capture(hop, location, article_id=stored.id)
    for choice in (ALL, ExportChoice(current_only=True)):
        assert {url for _, url, _ in responses(export(desk.archive, choice)[0])} == {f"{URL}a", f"{URL}old"}


def test_rendered_page_is_a_conversion_record_that_the_index_passes_over(desk: Desk) -> None:
    desk.see(f"{URL}a", "one", START)
    raw = desk.captures[-1][0]
    rendered = a_capture(
        b"<p>made by scripts</p>", url=f"{URL}a", role=Role.RENDERED, belongs_to=raw.record_id, request_headers=()
    )
    location = desk.keep(replace(rendered, visit_id=raw.visit_id))
    with desk.archive.writing() as writer:
        stored = writer.find_article([f"{URL}a"])
        assert stored is not None
        writer.add_capture(replace(rendered, visit_id=raw.visit_id), location, article_id=stored.id)
    assert [kind for kind, *_ in responses(export(desk.archive)[0])] == ["response", "conversion"]
    with package(desk.archive) as archive:
        assert len(index_of(archive)) == 1


def test_repacked_records_come_out_of_zstd_as_they_went_in(filled: Desk) -> None:
    filled.warc.close()
    before, _ = export(filled.archive)
    repack(filled.archive, before=START + 9 * DAY)
    assert list(filled.archive.warc_dir.glob("*.warc.gz")) == []
    after, left_out = export(filled.archive)
    assert left_out == []
    assert records_of(after) == records_of(before)


def test_records_come_from_the_store(filled: Desk, database: str, tmp_path: Path) -> None:
    filled.warc.close()
    repack(filled.archive, before=START + 0.5 * DAY)  # one file in zstd, one left in gzip
    before, _ = export(filled.archive)
    store = WarcStore(f"file://{tmp_path}/store")
    store.upload_finished(filled.archive.warc_dir)
    archive = Archive.open(database, filled.archive.warc_dir, clock=ManualClock(), store=store)
    after, left_out = export(archive)
    archive.close()
    assert left_out == []
    assert records_of(after) == records_of(before)


def test_records_that_were_repacked_since_the_export_began_are_found(filled: Desk) -> None:
    filled.warc.close()
    wanted = exported_captures(filled.archive, ALL)
    repack(filled.archive, before=START + 9 * DAY)
    stream = HashedStream(io.BytesIO())
    copied = list(copy_captures(filled.archive, wanted, stream, HEAD, leave_out=refuse))
    assert len(copied) == 5


def refuse(capture: object, error: WarcError) -> None:
    raise AssertionError(f"{capture} was left out: {error}")


def test_taken_down_article_is_left_out_and_no_failure(desk: Desk) -> None:
    takedown_scene.fill(desk)
    desk.warc.close()
    before, _ = export(desk.archive)
    takedown_scene.forget(desk.archive)
    content, left_out = export(desk.archive)
    assert left_out == []
    told = [b"".join(gzip_members(each)) for each in (before, content)]
    assert [sum(word.encode() in each for word in takedown_scene.NEEDLES) > 0 for each in told] == [True, False]
    assert {url for _, url, _ in responses(content)} == {takedown_scene.OTHER}


def test_damaged_record_is_left_out_and_the_others_are_not(filled: Desk) -> None:
    filled.warc.close()
    (kept,) = filled.archive.warc_dir.glob("*.warc.gz")
    (location,) = [location for capture, location in filled.captures if capture.url == f"{URL}own.png"]
    data = bytearray(kept.read_bytes())
    data[location.offset + 200] ^= 0xFF
    kept.write_bytes(data)
    content, left_out = export(filled.archive)
    assert left_out == [f"{URL}own.png"]
    assert len(responses(content)) == 4


# --- WACZ -----------------------------------------------------------------------------------------------------------


def package(archive: Archive) -> zipfile.ZipFile:
    output = archive.warc_dir.with_name("export.wacz")
    export_captures(Job(archive, ALL, output, Asked("warraq export", archive.name, "test", START)), is_package=True)
    return zipfile.ZipFile(output)


def index_of(archive: zipfile.ZipFile) -> list[str]:
    return b"".join(gzip_members(archive.read("indexes/index.cdx.gz"))).decode().splitlines()


def test_package_stores_everything_with_its_digest(filled: Desk) -> None:
    with package(filled.archive) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        described = json.loads(archive.read("datapackage.json"))
        digest = json.loads(archive.read("datapackage-digest.json"))
        assert (described["wacz_version"], described["created"]) == ("1.1.1", "2026-03-01T12:00:00Z")
        listed = {entry["path"]: (entry["hash"], entry["bytes"]) for entry in described["resources"]}
        own = {"datapackage.json", "datapackage-digest.json"}
        assert listed.keys() == set(archive.namelist()) - own
        for path, (hashed, size) in listed.items():
            content = archive.read(path)
            assert (hashed, size) == (f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))
        assert digest["hash"] == f"sha256:{hashlib.sha256(archive.read('datapackage.json')).hexdigest()}"


def test_index_of_a_package_is_sorted_and_leads_to_every_record(filled: Desk) -> None:
    with package(filled.archive) as archive:
        lines = index_of(archive)
        assert lines == sorted(lines, key=str.encode)
        assert len(lines) == 5
        warc = archive.read("archive/export.warc.gz")
        for line in lines:
            key, stamp, rest = line.split(" ", 2)
            entry = json.loads(rest)
            begin = int(entry["offset"])
            (record,) = gzip_members(warc[begin : begin + int(entry["length"])])
            assert f"WARC-Target-URI: {entry['url']}\r\n".encode() in record
            assert key == surt(entry["url"])
            assert stamp.startswith("2026030")


def test_first_keys_of_a_package_lead_to_the_members_of_its_index(desk: Desk) -> None:
    for number in range(3):
        desk.see(f"{URL}{number}", f"text {number}", START + number * DAY)
    with package(desk.archive) as archive:
        meta, first = archive.read("indexes/index.idx").decode().splitlines()
        assert json.loads(meta.removeprefix("!meta 0 ")) == {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}
        place = json.loads(first[first.index("{") :])
        content = archive.read("indexes/index.cdx.gz")
        assert (place["offset"], place["length"]) == (0, len(content))
        assert index_of(archive)[0].startswith(first.partition(" {")[0])


def test_package_lists_each_version_as_a_page(filled: Desk) -> None:
    with package(filled.archive) as archive:
        head, *pages = map(json.loads, archive.read("pages/pages.jsonl").decode().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert [(page["url"].removeprefix(URL), page["ts"], page["title"]) for page in pages] == [
        ("a", "2026-03-01T12:00:00Z", "Headline"),
        ("b", "2026-03-01T12:00:00Z", "Headline"),
        ("a", "2026-03-02T12:00:00Z", "Headline"),
    ]


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Example.com/Path/?b=1&a=2", "com,example)/path?a=2&b=1"),
        ("https://www2.example.com:443/", "com,example)/"),
        ("http://127.0.0.1:8080/a", "1,0,0,127:8080)/a"),
        ("https://q.example/الخبر/", "example,q)/%d8%a7%d9%84%d8%ae%d8%a8%d8%b1"),
        ("https://q.example/%D8%A7?x=%D8%A8", "example,q)/%d8%a7?x=%d8%a8"),
        ("http://مثال.example/a", "example,xn--mgbh0fb)/a"),
        ("http://a.example//b/./c/../d", "example,a)/b/d"),
        ("http://a.example/?PHPSESSID=0123456789abcdef0123456789ABCDEF&p=1", "example,a)/?p=1"),
        ("not a url", "not%20a%20url"),
    ],
)
def test_surt(url: str, key: str) -> None:
    assert surt(url) == key
