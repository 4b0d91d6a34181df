"""WARC files: what is written is read back, by us and by others, and nothing follows a torn record."""

from __future__ import annotations

import gzip
import os
import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.errors import ArchiveUnavailableError, WarcError
from storage.records import Role
from storage.warc import WarcWriter, compressed, read_stored, walk
from storage.warc_records import read_records, request_record, response_record
from tests.storage_fixtures import START, ManualClock, a_capture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.records import Capture
    from tests.storage_fixtures import Desk

latin = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f\x85\xa0\xad"), min_size=1
)
names = st.text("abcXYZ-", min_size=1).filter(lambda name: name.lower() not in ("host", "content-encoding"))
headers = st.lists(st.tuples(names, latin), max_size=6).map(tuple)


@pytest.fixture
def writer(tmp_path: Path, clock: ManualClock) -> Iterator[WarcWriter]:
    opened = WarcWriter(tmp_path / "warc", clock=clock, software="test/1")
    yield opened
    opened.close()


def archived(writer: WarcWriter, *captures: Capture) -> list[Path]:
    """The files after the captures were written and confirmed."""
    locations = [writer.append(capture) for capture in captures]
    writer.sync()
    writer.confirm(locations)
    writer.close()
    return files(writer)


def files(writer: WarcWriter) -> list[Path]:
    return sorted(writer._directory.iterdir())


@given(body=st.binary(max_size=400), request=headers, response=headers, status=st.sampled_from([200, 301, 404, 503]))
def test_capture_written_and_read_is_the_same(
    body: bytes, request: tuple[tuple[str, str], ...], response: tuple[tuple[str, str], ...], status: int
) -> None:
    capture = a_capture(body, request_headers=request, response_headers=response, status=status, reason="")
    records = response_record(capture, None) + request_record(capture)
    assert read_records(records, "here").capture == capture


def test_capture_with_every_field_is_read_back(writer: WarcWriter) -> None:
    capture = a_capture(
        gzip.compress(b"page"),
        role=Role.HOP,
        url="http://gazette.example/now?a=b&c=%D8%A7",
        requested_url="http://gazette.example/then",
        captured_at=START + timedelta(microseconds=1),
        response_headers=(("Content-Encoding", "gzip"), ("Set-Cookie", "a=caf\xe9"), ("Set-Cookie", "b")),
        protocol="HTTP/1.0",
        remote_address="2001:db8::1",
    )
    location = writer.append(capture)
    writer.sync()
    assert read_stored(writer._directory, location).capture == capture


def test_transfer_encoding_is_not_promised_to_other_readers(writer: WarcWriter) -> None:
    capture = a_capture(response_headers=(("Transfer-Encoding", "chunked"),))
    location = writer.append(capture)
    (path,) = archived(writer)
    assert b"\r\nTransfer-Encoding" not in gzip.decompress(path.read_bytes())
    assert read_stored(writer._directory, location).capture == capture


def test_file_is_read_by_warcio_with_every_digest(writer: WarcWriter) -> None:
    body = a_capture(os.urandom(9000))
    (path,) = archived(writer, body, a_capture(b"", status=304), a_capture(body.body))
    with path.open("rb") as stream:
        kinds = [
            (record.rec_type, len(record.content_stream().read()))
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    assert kinds == [
        ("warcinfo", kinds[0][1]), ("response", 9000), ("request", 0), ("revisit", 0), ("request", 0), ("revisit", 0),
        ("request", 0),
    ]  # fmt: skip


def test_record_begins_where_its_location_says(writer: WarcWriter) -> None:
    captures = [a_capture(f"page {number}") for number in range(3)]
    locations = [writer.append(capture) for capture in captures]
    (path,) = archived(writer)
    data = path.read_bytes()
    for capture, place in zip(captures, locations, strict=True):
        records = gzip.decompress(data[place.offset : place.offset + place.length])
        assert read_records(records, "here").capture == capture


def test_file_name_has_no_open_once_every_record_is_confirmed(writer: WarcWriter) -> None:
    location = writer.append(a_capture())
    writer.sync()
    assert [path.name for path in files(writer)] == [location.file + ".open"]
    writer.confirm([location])
    writer.close()
    assert [path.name for path in files(writer)] == [location.file]


def test_file_with_an_unconfirmed_record_stays_open(writer: WarcWriter) -> None:
    locations = [writer.append(a_capture()) for _ in range(2)]
    writer.sync()
    writer.confirm(locations[:1])
    writer.close()
    assert [path.name for path in files(writer)] == [locations[0].file + ".open"]


def test_file_of_full_size_is_followed_by_the_next(tmp_path: Path, clock: ManualClock) -> None:
    writer = WarcWriter(tmp_path, clock=clock, software="test", max_bytes=3000)
    locations = []
    for _ in range(6):
        clock.advance(milliseconds=1)
        locations.append(writer.append(a_capture(os.urandom(1000))))
        writer.sync()
    writer.confirm(locations)
    writer.close()
    names = [path.name for path in files(writer)]
    assert len(names) == 3
    assert list(dict.fromkeys(location.file for location in locations)) == names


def test_rotated_file_waits_for_its_last_confirmation(tmp_path: Path, clock: ManualClock) -> None:
    writer = WarcWriter(tmp_path, clock=clock, software="test", max_bytes=100)
    first, second = writer.append(a_capture("1")), writer.append(a_capture("2"))
    writer.sync()
    assert all(path.name.endswith(".open") for path in files(writer))
    writer.confirm([first])
    assert [path.name.endswith(".open") for path in files(writer)] == [False, True]
    writer.confirm([second])
    writer.close()


def test_writer_that_wrote_nothing_leaves_no_file(writer: WarcWriter) -> None:
    writer.close()
    assert files(writer) == []


def test_body_stored_already_becomes_a_revisit(writer: WarcWriter) -> None:
    first, second = a_capture(b"same"), a_capture(b"same")
    writer.append(first)
    location = writer.append(second)
    writer.sync()
    stored = read_stored(writer._directory, location)
    assert location.refers_to == first.record_id
    assert stored.lacks_body
    assert replace(stored.capture, body=b"same") == second


def test_archive_gives_a_revisit_back_with_its_body(desk: Desk) -> None:
    desk.see("http://gazette.example/a", "text", START)
    desk.see("http://gazette.example/b", "text", START)
    assert [bool(location.refers_to) for _, location in desk.captures] == [False, True]
    for capture, location in desk.captures:
        assert desk.archive.read_capture(location) == capture


def test_body_stored_by_an_earlier_process_becomes_a_revisit(desk: Desk, clock: ManualClock) -> None:
    desk.see("http://gazette.example/a", "text", START)
    later = WarcWriter(desk.archive.warc_dir, clock=clock, software="test", originals=desk.archive)
    capture, _ = desk.captures[0]
    again = replace(capture, record_id="0" * 32, status=200)
    assert later.append(again).refers_to == capture.record_id
    not_modified = a_capture(b"", url=capture.url, status=304)
    assert later.append(not_modified).refers_to == capture.record_id
    later.sync()
    later.close()


def test_not_modified_is_read_back_without_a_body(desk: Desk) -> None:
    desk.see("http://gazette.example/a", "text", START)
    capture = a_capture(b"", url="http://gazette.example/a", status=304, reason="Not Modified")
    assert desk.archive.read_capture(desk.keep(capture)) == capture


@pytest.mark.parametrize("cut", [1, 9, 200, 500])
def test_walk_of_a_torn_file_stops_at_the_last_whole_capture(writer: WarcWriter, cut: int) -> None:
    captures = [a_capture(os.urandom(300)) for _ in range(3)]
    (path,) = archived(writer, *captures)
    path.write_bytes(path.read_bytes()[:-cut])
    assert [stored.capture for _, stored in walk(path)] == captures[:2]


def test_walk_stops_at_a_record_whose_digest_differs(writer: WarcWriter) -> None:
    captures = [a_capture(f"page {number}") for number in range(2)]
    (path,) = archived(writer, captures[0])
    forged = response_record(captures[1], None).replace(b"page 1", b"page 9")
    path.write_bytes(path.read_bytes() + compressed(forged, 6) + compressed(request_record(captures[1]), 6))
    assert [stored.capture for _, stored in walk(path)] == captures[:1]


def test_damaged_record_is_named(writer: WarcWriter) -> None:
    location = writer.append(a_capture(os.urandom(500)))
    (path,) = archived(writer)
    data = bytearray(path.read_bytes())
    data[location.offset + 300] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(WarcError, match=location.file):
        read_stored(writer._directory, location)


def test_missing_file_is_named(writer: WarcWriter, tmp_path: Path) -> None:
    location = writer.append(a_capture())
    with pytest.raises(WarcError, match="is missing"):
        read_stored(tmp_path, location)


def test_directory_on_a_missing_path_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(ArchiveUnavailableError, match="there is no such directory"):
        WarcWriter(tmp_path / "no" / "warc", clock=clock, software="test")


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Files that this process writes cannot grow past ``size`` bytes: a full disk, as a process sees it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_write_that_fails_halfway_is_taken_back(writer: WarcWriter) -> None:
    first, lost, last = (a_capture(os.urandom(size)) for size in (100, 50_000, 200))
    kept = [writer.append(first)]
    writer.sync()
    writer.append(lost)
    with at_most(20_000), pytest.raises(ArchiveUnavailableError):
        writer.sync()
    kept.append(writer.append(last))
    assert writer.append(lost).refers_to is None
    writer.sync()
    assert [stored.capture for _, stored in walk(files(writer)[0])] == [first, last, lost]
    assert read_stored(writer._directory, kept[1]).capture == last
