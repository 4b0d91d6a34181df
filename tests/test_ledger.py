"""The ledger: what is appended to it, when, and what its leaves are made of."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage.archive import Archive
from storage.findings import Tally, What
from storage.ledger import append_waiting
from storage.ledger_records import leaf_entry, records_of
from storage.ledger_tree import LedgerTree
from storage.merkle import Frontier, inclusion_proof, is_included, leaf_hash
from storage.records import LedgerChange, LedgerKind
from storage.verify import Against, verify
from storage.warc import WarcWriter
from tests.storage_fixtures import START, Desk, a_capture, an_extraction, count, digest_of, rows

if TYPE_CHECKING:
    from tests.storage_fixtures import ManualClock

URL = "http://gazette.example/a"


def leaves(archive: Archive) -> list[Any]:
    return rows(archive, "SELECT * FROM ledger ORDER BY position")


def test_captures_and_versions_get_a_leaf_each_and_only_once(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "one", START + timedelta(hours=1))
    desk.see(URL, "two", START + timedelta(hours=2))
    assert append_waiting(archive) == 5
    assert append_waiting(archive) == 0
    found = leaves(archive)
    assert [row.position for row in found] == [0, 1, 2, 3, 4]
    assert sorted(row.kind for row in found) == ["capture"] * 3 + ["version"] * 2
    assert count(archive, "ledger_waiting") == 0


def test_leaf_is_the_hash_of_its_nonce_and_the_row(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "نص", START, title="عنوان", authors=("ماري",), published_at=START)
    append_waiting(archive)
    for row in leaves(archive):
        with archive.reading() as connection:
            (record,) = records_of(connection, LedgerKind(row.kind), [row.subject_id]).values()
        assert leaf_entry(bytes.fromhex(row.nonce), record).hex() == row.leaf_hash
        told = json.loads(record)
        if row.kind == "version":
            assert (told["title"], told["text_sha256"], told["authors"]) == ("عنوان", digest_of("نص"), ["ماري"])
            assert told["published_at"] == told["first_captured_at"] == "2026-03-01T12:00:00.000000Z"
            assert told["first_capture"] == desk.captures[0][0].record_id
        else:
            assert told["record_digest"] == desk.captures[0][1].digest


def test_record_is_the_same_in_both_databases(desk: Desk, archive: Archive) -> None:
    images = [{"url": "http://i/é.png", "line": 2, "alt": "ب"}]
    capture = a_capture("x", record_id="ab" * 16, visit_id="cd" * 16)
    location = desk.keep(capture)
    with archive.writing() as writer:
        writer.upsert_source(desk.source)
        desk._write(writer, capture, location, an_extraction("نص", published_on=START.date(), tags=("ب", "a")))
    with archive.writing() as writer:
        writer._connection.exec_driver_sql(f"UPDATE versions SET images = '{json.dumps(images)}'")  # noqa: S608
    with archive.reading() as connection:
        (record,) = records_of(
            connection, LedgerKind.VERSION, [rows(archive, "SELECT public_id FROM versions")[0][0]]
        ).values()
    assert record.decode().startswith('{"agencies":[],"agency_credit":null,"article":"a')
    assert '"images":[{"alt":"ب","line":2,"url":"http://i/é.png"}]' in record.decode()
    assert '"published_on":"2026-03-01"' in record.decode()


@pytest.mark.slow
def test_stored_subtrees_give_the_root_that_hashing_all_leaves_gives(archive: Archive, desk: Desk) -> None:
    with archive.writing() as writer:
        for number in range(1100):
            writer.await_leaf(LedgerKind.CAPTURE, _stored_capture(writer, desk, number))
    append_waiting(archive)
    assert rows(archive, "SELECT level, count(*) FROM ledger_nodes GROUP BY level") == [(1, 4)]
    entries = [bytes.fromhex(row.leaf_hash) for row in leaves(archive)]
    with archive.reading() as connection:
        tree = LedgerTree(connection)
        for size in (1, 255, 256, 257, 600, 1024, 1100):
            frontier = Frontier()
            for entry in entries[:size]:
                frontier.append(leaf_hash(entry))
            assert tree.root_of(0, size) == frontier.root
            for index in {0, size // 2, size - 1}:
                proof = inclusion_proof(index, size, tree.root_of)
                assert is_included(leaf_hash(entries[index]), index, size, proof, frontier.root)


@pytest.mark.slow
def test_appending_that_is_stopped_leaves_the_rest_waiting(archive: Archive, desk: Desk) -> None:
    with archive.writing() as writer:
        for number in range(250):
            _stored_capture(writer, desk, number)
    assert append_waiting(archive, lambda: True) == 200
    assert count(archive, "ledger_waiting") == 50
    assert append_waiting(archive) == 50


def test_changed_text_is_found_and_named(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    append_waiting(archive)
    assert list(verify(archive, Against(), Tally())) == []
    with archive.writing() as writer:
        writer._connection.exec_driver_sql("UPDATE versions SET text = 'forged'")
    (found,) = verify(archive, Against(), Tally())
    assert (found.what, found.subject.split()[0]) == (What.CHANGED, "version")


def _stored_capture(writer: Any, desk: Desk, number: int) -> str:
    capture = a_capture(str(number))
    writer.add_capture(capture, desk.warc.append(capture))
    return capture.record_id


def test_version_that_an_earlier_capture_extends_keeps_its_first_leaf(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    append_waiting(archive)
    desk.see(URL, "one", START - timedelta(hours=1))
    append_waiting(archive)
    old, new = [row for row in leaves(archive) if row.kind == "version"]
    assert old.subject_id == new.subject_id
    assert (old.change, new.change, new.record) == ("extended", None, None)
    assert leaf_entry(bytes.fromhex(old.nonce), old.record.encode()).hex() == old.leaf_hash
    assert json.loads(old.record)["first_captured_at"] == "2026-03-01T12:00:00.000000Z"


def test_version_that_is_restated_and_back_again_keeps_its_one_leaf(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    append_waiting(archive)
    (capture_id,) = rows(archive, "SELECT id FROM captures")[0]
    for content in ("another reading", "one"):
        with archive.writing() as writer:
            read = an_extraction(content)
            writer.choose(capture_id, read, digests=(digest_of(read.title), digest_of(read.text)))
    append_waiting(archive)
    (only,) = [row for row in leaves(archive) if row.kind == "version"]
    assert (only.record, only.change) == (None, None)


def test_row_that_was_changed_from_outside_is_not_sworn_to_again(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    append_waiting(archive)
    with archive.writing() as writer:
        writer._connection.exec_driver_sql("UPDATE versions SET text = 'forged'")
    desk.see(URL, "one", START - timedelta(hours=1))
    append_waiting(archive)
    old = next(row for row in leaves(archive) if row.kind == "version")
    assert (old.record, old.change) == (None, None)


def test_deleted_nonces_leave_the_leaves(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    append_waiting(archive)
    before = leaves(archive)
    subject = next(row.subject_id for row in before if row.kind == "version")
    with archive.writing() as writer:
        (position,) = writer.delete_nonces(LedgerKind.VERSION, subject)
    after = leaves(archive)
    assert [row.leaf_hash for row in after] == [row.leaf_hash for row in before]
    assert (after[position].nonce, after[position].withheld_at) != (before[position].nonce, None)
    assert after[position].nonce is None
    with archive.writing() as writer:
        writer.supersede_leaf(LedgerKind.VERSION, subject, LedgerChange.MERGED)
    assert append_waiting(archive) == 0


def test_capture_of_before_the_step_gets_the_digest_of_its_record(archive: Archive, desk: Desk) -> None:
    desk.see(URL, "one", START)
    with archive.writing() as writer:
        writer._connection.exec_driver_sql("UPDATE captures SET record_digest = NULL")
    append_waiting(archive)
    assert rows(archive, "SELECT record_digest FROM captures") == [(desk.captures[0][1].digest,)]


@pytest.mark.postgres
def test_several_that_write_and_append_at_once_lose_and_double_nothing(
    postgres: str, clock: ManualClock, tmp_path: Any
) -> None:
    archive = Archive.open(postgres, tmp_path / "warc", clock=clock)

    def work(number: int) -> None:
        own = Archive.open(
            postgres, tmp_path / f"warc-{number}", clock=clock
        )  # one process names its files by the clock
        warc = WarcWriter(own.warc_dir, clock=clock, software=f"test {number}", originals=own)
        desk = Desk(own, warc)
        for step in range(6):
            desk.see(f"http://gazette.example/{number}/{step}", f"{number} {step}", START)
            append_waiting(own)
        warc.close()
        own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    append_waiting(archive)
    found = leaves(archive)
    assert [row.position for row in found] == list(range(36))
    assert len({(row.kind, row.subject_id) for row in found}) == 36
    archive.close()
