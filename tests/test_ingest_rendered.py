"""Rendered pages in the archive: what is read, what is written, and that switching rendering is never an edit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.records import Outcome, PayloadDigest, Role
from storage.warc import WarcWriter, read_stored, walk
from storage.warc_records import read_records, request_record, response_record
from tests.storage_fixtures import ManualClock, a_capture
from tests.test_ingest import MINUTE, PARAGRAPHS, T0, Desk, capture, html, visit

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.visits import Visit
    from storage.records import Capture

TEASER = html(paragraphs=PARAGRAPHS[:2])
WHOLE = html()
URL = "http://bridge.test/1"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rendering_of(raw: Capture, body: bytes) -> Capture:
    return replace(
        raw,
        record_id=uuid4().hex,
        role=Role.RENDERED,
        body=body,
        payload_digest=PayloadDigest(f"sha256:{hashlib.sha256(body).hexdigest()}"),
        request_headers=(),
        response_headers=(("Content-Type", "text/html; charset=utf-8"), ("Rendered-By", "Chromium 1")),
        remote_address=None,
        belongs_to=raw.record_id,
    )


def raw_visit(minutes: int, body: bytes = TEASER) -> Visit:
    return visit(capture(at=T0 + minutes * MINUTE, body=body, visit_id=uuid4().hex))


def rendered_visit(minutes: int, body: bytes = TEASER, rendered: bytes = WHOLE) -> Visit:
    raw = capture(at=T0 + minutes * MINUTE, body=body, visit_id=uuid4().hex)
    return visit(raw, rendering_of(raw, rendered))


def edited(body: bytes) -> bytes:
    return body.replace(b"voted on Tuesday", b"refused on Tuesday")


def test_rendered_page_is_the_one_that_is_read(desk: Desk) -> None:
    assert desk.run(rendered_visit(0), rendered_visit(1)) == [Outcome.NEW, Outcome.UNCHANGED]
    assert desk.queries.find(URL).text.split("\n") == PARAGRAPHS


def test_rendered_page_edited_by_its_publisher_is_edited(desk: Desk) -> None:
    visits = (rendered_visit(0), rendered_visit(1, rendered=edited(WHOLE)))
    assert desk.run(*visits) == [Outcome.NEW, Outcome.EDITED]


def test_rendering_switched_on_is_no_edit_and_completes_the_version(desk: Desk) -> None:
    visits = (raw_visit(0), rendered_visit(1), rendered_visit(2), rendered_visit(3, rendered=edited(WHOLE)))
    assert desk.run(*visits) == [Outcome.NEW, Outcome.NOISE, Outcome.UNCHANGED, Outcome.EDITED]
    first, second = desk.queries.find(URL).versions
    assert (first.text or "").split("\n") == PARAGRAPHS
    assert "refused on Tuesday" in (second.text or "")


def test_rendering_switched_on_keeps_what_the_version_said_before(desk: Desk) -> None:
    desk.run(raw_visit(0), rendered_visit(1))
    archive = desk.open_archive()
    with archive.reading() as connection:
        texts = connection.exec_driver_sql("SELECT text FROM extractions ORDER BY id").scalars().all()
    assert texts == ["\n".join(PARAGRAPHS[:2]), None]
    archive.close()


def test_rendering_switched_on_with_an_edit_is_an_edit(desk: Desk) -> None:
    assert desk.run(raw_visit(0), rendered_visit(1, edited(TEASER), edited(WHOLE))) == [Outcome.NEW, Outcome.EDITED]


def test_rendering_switched_off_is_no_edit_and_leaves_the_version_whole(desk: Desk) -> None:
    visits = (rendered_visit(0), raw_visit(1), raw_visit(2), raw_visit(3, edited(TEASER)))
    assert desk.run(*visits) == [Outcome.NEW, Outcome.NOISE, Outcome.UNCHANGED, Outcome.EDITED]
    first, second = desk.queries.find(URL).versions
    assert (first.text or "").split("\n") == PARAGRAPHS
    assert "refused on Tuesday" in (second.text or "")


def test_rendering_switched_to_and_fro_makes_one_version(desk: Desk) -> None:
    visits = [rendered_visit(n) if n % 2 else raw_visit(n) for n in range(5)]
    assert desk.run(*visits) == [Outcome.NEW, *[Outcome.NOISE] * 4]
    (version,) = desk.queries.find(URL).versions
    assert (version.text or "").split("\n") == PARAGRAPHS


def test_rendered_capture_is_a_conversion_record_of_the_raw_one(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, clock=ManualClock(), software="test/1")
    raw = a_capture("<p>raw</p>")
    first = rendering_of(raw, "<p>نص</p>".encode())
    again = replace(first, record_id=uuid4().hex, captured_at=first.captured_at + timedelta(hours=1))
    locations = [writer.append(each) for each in (raw, first, again)]
    writer.sync()
    assert read_stored(tmp_path, locations[1]).capture == first
    assert locations[2].refers_to == first.record_id
    assert read_stored(tmp_path, locations[2]).capture == replace(again, body=b"")
    writer.confirm(locations)
    writer.close()
    (path,) = tmp_path.iterdir()
    assert [stored.capture.record_id for _, stored in walk(path)] == [raw.record_id, first.record_id, again.record_id]
    with path.open("rb") as stream:
        records = [
            (record.rec_type, record.rec_headers.get_header("WARC-Refers-To"), record.content_stream().read())
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    assert [kind for kind, _, _ in records] == [
        "warcinfo", "response", "request", "conversion", "metadata", "revisit", "metadata",
    ]  # fmt: skip
    assert (records[3][1] or "").replace("-", "").endswith(f"{raw.record_id}>")
    assert records[3][2] == first.body
    assert b"Rendered-By: Chromium 1" in records[4][2]


def test_rendered_capture_written_and_read_is_the_same() -> None:
    rendered = rendering_of(a_capture(), b"<p>\r\n\r\n</p>")
    records = response_record(rendered, None) + request_record(rendered)
    assert read_records(records, "here").capture == rendered
