"""`verify`: whatever is changed, removed or added is found and named."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from pipeline.takedown import Asked, finish, take_down
from storage.findings import Finding, Tally, What
from storage.ledger import append_waiting
from storage.ledger_heads import known_key, raw_public_key, read_heads
from storage.ledger_keeper import LedgerKeeper, LedgerPlan
from storage.records import LedgerChange, LedgerKind
from storage.statements import location_of
from storage.verify import Against, steps, verify
from storage.warc import WarcWriter, find_file
from tests.storage_fixtures import START, Desk, ManualClock, a_capture, an_extraction, digest_of, rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.archive import Archive
    from storage.ledger_heads import Head

pytestmark = pytest.mark.slow
URL = "http://gazette.example/a"


@dataclass
class Registry:
    """An archive with a few captures, the heads made of it, and means to tamper with it."""

    archive: Archive
    desk: Desk
    plan: LedgerPlan
    clock: ManualClock
    tally: Tally = field(default_factory=Tally)

    def see(self, content: str, hours: float, url: str = URL) -> None:
        self.desk.see(url, content, START + timedelta(hours=hours))

    def head(self) -> Head:
        """A head over all that is there now."""
        self.clock.advance(hours=1)
        keeper = LedgerKeeper(self.archive, self.plan, self.clock)
        append_waiting(self.archive)
        made = keeper.make_head()
        assert made is not None
        return made

    def findings(self, kept: Sequence[Head] = (), *, warc: bool = True) -> list[Finding]:
        self.tally = Tally()
        key = known_key(self.plan.key)
        public = raw_public_key(key) if key else None
        against = Against(read_heads(self.plan.heads), tuple(kept), public)
        return list(verify(self.archive, against, self.tally, warc=warc))

    def told(self, kept: Sequence[Head] = (), *, warc: bool = True) -> list[tuple[str, str]]:
        return [(found.what.value, found.subject) for found in self.findings(kept, warc=warc)]

    def tamper(self, statement: str, **values: Any) -> None:
        with self.archive.engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount

    def version(self, content: str) -> str:
        return str(rows(self.archive, "SELECT public_id FROM versions WHERE text = :t", t=content)[0][0])


@pytest.fixture
def registry(archive: Archive, desk: Desk, tmp_path: Path, clock: ManualClock) -> Registry:
    made = Registry(archive, desk, LedgerPlan(tmp_path / "heads.jsonl", tmp_path / "key.pem"), clock)
    made.see("one", 0)
    made.see("two", 1)
    made.see("two", 2)
    made.head()
    made.see("three", 3)
    made.head()
    desk.warc.close()  # what is seen from here on goes into another file
    return made


def test_untouched_archive_is_found_whole(registry: Registry) -> None:
    assert registry.findings() == []
    tally = registry.tally
    assert (tally.leaves, tally.captures, tally.heads, tally.waiting) == (7, 4, 2, 0)
    assert steps(registry.archive, warc=True) == 11
    registry.see("four", 4)
    assert registry.findings() == []
    assert registry.tally.waiting == 2


def test_changed_text_of_a_version(registry: Registry) -> None:
    version = registry.version("two")
    registry.tamper("UPDATE versions SET text = 'too' WHERE text = 'two'")
    assert registry.told() == [("changed", f"version {version} ({URL})")]


@pytest.mark.parametrize(
    "change", ["title = 'Other'", "published_raw = 'yesterday'", "authors = '[\"x\"]'", "first_captured_at = :at"]
)
def test_changed_column_of_a_version(registry: Registry, change: str) -> None:
    version = registry.version("one")
    at = "2020-01-01T00:00:00.000000Z"
    values = {"at": at} if ":at" in change else {}
    registry.tamper(f"UPDATE versions SET {change} WHERE text = 'one'", **values)  # noqa: S608 - of the test
    assert registry.told(warc=False) == [("changed", f"version {version} ({URL})")]


def test_changed_row_of_a_capture(registry: Registry) -> None:
    record = registry.desk.captures[1][0].record_id
    registry.tamper("UPDATE captures SET status = 410 WHERE record_id = :r", r=record)
    assert registry.told() == [("changed", f"capture {record} ({URL})")] * 2
    assert "its row has status 410, the WARC record 200" in registry.findings()[1].problem


def rewrite(registry: Registry, number: int, old: bytes, new: bytes) -> str:
    """Changes a capture's WARC records, digests in them and all, in a member of the same length."""
    capture, location = registry.desk.captures[number]
    path = find_file(registry.archive.warc_dir, location.file)
    data = path.read_bytes()
    span = data[location.offset : location.offset + location.length]
    records = gzip.decompress(span)
    assert old in records
    changed = gzip.compress(records.replace(old, new), 9)
    path.write_bytes(data[: location.offset] + changed + data[location.offset + location.length :])
    shift = len(changed) - location.length
    moved = "UPDATE captures SET warc_offset = warc_offset + :s WHERE warc_offset > :o"
    with registry.archive.engine.begin() as connection:
        connection.execute(text(moved), {"s": shift, "o": location.offset})
        connection.execute(
            text("UPDATE captures SET warc_length = :n WHERE record_id = :r"),
            {"n": len(changed), "r": capture.record_id},
        )
    return capture.record_id


def test_changed_headers_of_a_capture(registry: Registry) -> None:
    record = rewrite(registry, 1, b"User-Agent: test", b"User-Agent: tess")
    (found,) = registry.findings()
    assert (found.what, found.subject) == (What.CHANGED, f"capture {record} ({URL})")
    assert "digest differs" in found.problem


def test_changed_headers_of_a_capture_with_all_digests_made_to_fit(registry: Registry) -> None:
    record = rewrite(registry, 1, b'ETag: "1"', b'ETag: "2"')
    capture, location = registry.desk.captures[1]
    span = registry.archive.read_record_bytes(_place(registry, record))
    block = span[span.index(b"HTTP/1.1 200") : span.index(b"\r\n\r\nWARC/1.1")]
    wrong = next(line for line in span.split(b"\r\n") if line.startswith(b"WARC-Block-Digest")).split(b": ")[1]
    rewrite_again(registry, 1, wrong, f"sha256:{digest_of(block.decode())}".encode())
    (found,) = registry.findings()
    assert (found.subject, found.problem.partition(": ")[2]) == (
        f"capture {record} ({URL})",
        "the WARC record is not the one that was written",
    )
    new = registry.archive.read_record_bytes(_place(registry, record)).decode()
    registry.tamper("UPDATE captures SET record_digest = :d WHERE record_id = :r", d=digest_of(new), r=record)
    assert registry.told() == [("changed", f"capture {record} ({URL})")]
    assert (capture.record_id, location.digest != digest_of(new)) == (record, True)


def _place(registry: Registry, record: str) -> Any:
    return location_of(rows(registry.archive, "SELECT * FROM captures WHERE record_id = :r", r=record)[0])


def rewrite_again(registry: Registry, number: int, old: bytes, new: bytes) -> None:
    capture, _ = registry.desk.captures[number]
    registry.desk.captures[number] = (capture, _place(registry, capture.record_id))
    rewrite(registry, number, old, new)


def test_one_byte_of_a_warc_file(registry: Registry) -> None:
    capture, location = registry.desk.captures[2]
    path = find_file(registry.archive.warc_dir, location.file)
    data = bytearray(path.read_bytes())
    data[location.offset + location.length // 3] ^= 1
    path.write_bytes(data)
    assert registry.told() == [("changed", f"capture {capture.record_id} ({URL})")]


def test_warc_file_that_is_gone(registry: Registry) -> None:
    find_file(registry.archive.warc_dir, registry.desk.captures[0][1].file).unlink()
    found = registry.findings()
    assert len(found) == 4
    assert "is missing" in found[0].problem


def test_record_without_a_row_and_bytes_that_are_no_record(registry: Registry, clock: ManualClock) -> None:
    other = WarcWriter(registry.archive.warc_dir, clock=clock, software="forger")
    forged = a_capture("forged")
    location = other.append(forged)
    other.sync()
    other.confirm([location])
    other.close()
    assert registry.told() == [("added", f"WARC record {forged.record_id}")]
    assert registry.told(warc=False) == []
    (registry.archive.warc_dir / location.file).unlink()
    path = find_file(registry.archive.warc_dir, registry.desk.captures[0][1].file)
    path.write_bytes(path.read_bytes() + b"not a record")
    assert registry.told() == [("added", f"{path.name} at {path.stat().st_size - 12}")]


def test_deleted_version(registry: Registry) -> None:
    version = registry.version("one")
    for statement in (
        "UPDATE articles SET current_version_id = NULL",
        "DELETE FROM search_entries",
        "DELETE FROM edit_measures",
        "UPDATE captures SET version_id = NULL",
        "UPDATE visits SET version_id = NULL",
    ):
        with registry.archive.engine.begin() as connection:
            connection.execute(text(statement))
    registry.tamper("DELETE FROM versions WHERE text = 'one'")
    assert registry.told() == [("removed", f"version {version}")]


def test_added_version_and_capture(registry: Registry) -> None:
    for table, column in (("versions", "public_id"), ("captures", "record_id")):
        names = [
            name
            for (name,) in rows(
                registry.archive,
                "SELECT name FROM pragma_table_info(:t)"
                if registry.archive.engine.dialect.name == "sqlite"
                else "SELECT column_name FROM information_schema.columns WHERE table_name = :t "
                "AND table_schema = current_schema()",
                t=table,
            )
            if name not in ("id", column)
        ]
        listed = ", ".join(names)
        registry.tamper(
            f"INSERT INTO {table} ({column}, {listed}) SELECT 'forged', {listed} FROM {table} ORDER BY id LIMIT 1"  # noqa: S608
        )
    assert registry.told(warc=False) == [("added", "capture forged"), ("added", "version forged")]
    assert ("changed", f"capture forged ({URL})") in registry.told()


def test_changed_and_deleted_leaves(registry: Registry) -> None:
    registry.tamper("UPDATE ledger SET leaf_hash = :h WHERE position = 1", h="0" * 64)
    found = registry.told()
    assert len(found) == 3
    assert all(told.startswith(("version", "capture", "head of")) for _, told in found)
    registry.tamper("DELETE FROM ledger WHERE position = 6")
    assert ("removed", "ledger leaves up to 6") in registry.told()
    registry.tamper("DELETE FROM ledger WHERE position = 2")
    assert ("removed", "ledger leaf 2") in registry.told()


def test_nonce_that_no_takedown_deleted(registry: Registry) -> None:
    registry.tamper("UPDATE ledger SET nonce = NULL WHERE position = 0")
    assert registry.told() == [("changed", "ledger leaf 0")]


def test_changed_subtree(registry: Registry) -> None:
    for number in range(130):
        registry.see("many", 1, url=f"http://gazette.example/{number}")
    registry.head()
    assert registry.findings() == []
    registry.tamper("UPDATE ledger_nodes SET hash = :h", h="0" * 64)
    assert registry.told(warc=False) == [("changed", "ledger node 1/0")]
    registry.tamper("DELETE FROM ledger_nodes")
    assert registry.told(warc=False) == [("removed", "ledger node 1/0")]


def test_restated_version_is_found_whole_and_its_forged_past_is_not(registry: Registry) -> None:
    version = registry.version("one")
    (capture_id,) = rows(registry.archive, "SELECT first_capture_id FROM versions WHERE text = 'one'")[0]
    read = an_extraction("one, read better", release="2")
    with registry.archive.writing() as writer:
        writer.choose(capture_id, read, digests=(digest_of(read.title), digest_of(read.text)))
    assert registry.findings() == []
    registry.head()
    assert registry.findings() == []
    assert registry.tally.restated == 1
    registry.tamper("UPDATE extractions SET text = 'else' WHERE text = 'one'")
    assert registry.told() == [("removed", f"version {version}")]


def test_version_that_was_taken_back_is_no_removed_one(registry: Registry) -> None:
    (older, newer) = (
        row[0] for row in rows(registry.archive, "SELECT id FROM versions WHERE text <> 'three' ORDER BY id")
    )
    with registry.archive.writing() as writer:
        writer.join_versions(older, newer, START)
    assert registry.findings() == []
    append_waiting(registry.archive)
    assert registry.findings() == []
    assert registry.tally.restated == 1


def test_two_articles_made_one_are_found_whole(registry: Registry) -> None:
    registry.see("one", 5, url="http://gazette.example/b")
    registry.head()
    kept, merged = (row[0] for row in rows(registry.archive, "SELECT id FROM articles ORDER BY id"))
    with registry.archive.writing() as writer:
        writer.merge_articles(kept, merged, START, lambda captures: [[capture] for capture in captures])
    assert registry.findings() == []
    registry.head()
    assert registry.findings() == []


def test_kept_record_does_not_excuse_a_change(registry: Registry) -> None:
    version = registry.version("one")
    with registry.archive.writing() as writer:
        writer.supersede_leaf(LedgerKind.VERSION, version, LedgerChange.RESTATED)
    assert registry.findings() == []
    registry.tamper("UPDATE versions SET title = 'forged' WHERE text = 'one'")
    registry.tamper("DELETE FROM ledger_waiting")
    assert registry.told() == [("changed", f"version {version}")]
    registry.tamper("UPDATE ledger SET record = replace(record, 'Headline', 'forged') WHERE record IS NOT NULL")
    ((what, subject),) = registry.told()
    assert (what, subject.startswith("ledger leaf")) == ("changed", True)


def test_nonce_that_was_deleted_as_if_by_a_takedown(registry: Registry) -> None:
    with registry.archive.writing() as writer:
        (position,) = writer.delete_nonces(LedgerKind.VERSION, registry.version("three"))
    (found,) = registry.findings()
    assert (found.what, found.subject) == (What.CHANGED, f"ledger leaf {position}")
    assert "by no takedown" in found.problem


def test_takedown_is_told_and_nothing_else_is_found(registry: Registry) -> None:
    registry.see("other", 4, url="http://gazette.example/b")
    registry.head()
    (article,) = rows(registry.archive, "SELECT id FROM articles WHERE canonical_url = :u", u=URL)[0]
    take_down(registry.archive, article, Asked("a court order", "somebody"))
    finish(registry.archive, settling=timedelta(0))
    assert registry.findings() == []
    told = sorted(withheld.subject.split()[0] for withheld in registry.tally.withheld)
    assert told == ["capture"] * 4 + ["version"] * 3
    registry.head()
    assert registry.findings() == []
    registry.tamper("UPDATE takedowns SET reason = 'another'")
    assert [subject.split()[0] for _, subject in registry.told()] == ["takedown"]


def rebuild(registry: Registry) -> None:
    """What somebody does who can write everything: forges a text, and makes log, key and heads anew."""
    registry.tamper("UPDATE versions SET text = 'forged' WHERE text = 'two'")
    queue = "INSERT INTO ledger_waiting (kind, subject_id) SELECT"
    with registry.archive.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger"))
        connection.execute(text("DELETE FROM ledger_nodes"))
        connection.execute(text(f"{queue} 'capture', record_id FROM captures"))
        connection.execute(text(f"{queue} 'version', public_id FROM versions"))
    append_waiting(registry.archive)


def test_rebuilt_log_is_caught_by_the_heads_of_the_archive(registry: Registry) -> None:
    rebuild(registry)
    told = registry.told()
    assert [what for what, _ in told] == ["changed", "changed"]
    assert all(subject.startswith("head of") for _, subject in told)


def test_rebuilt_log_with_new_key_and_heads_is_caught_by_a_kept_head_only(registry: Registry) -> None:
    kept = read_heads(registry.plan.heads).heads[0]
    assert registry.findings([kept]) == []
    assert "consistent with the head of" in registry.tally.notes[0]
    rebuild(registry)
    registry.plan.key.unlink()
    registry.plan.heads.unlink()
    registry.head()
    assert registry.findings() == []
    problems = [found.problem for found in registry.findings([kept])]
    assert problems == [
        "it was signed with another key than this archive's",
        "the first leaves of the log are not those it was made of",
    ]


def test_forged_head_is_found(registry: Registry) -> None:
    text_of = registry.plan.heads.read_text()
    registry.plan.heads.write_text(text_of.replace("made at 2026", "made at 2025", 1) + "rubbish\n")
    assert [found.problem for found in registry.findings()] == [
        "it is no tree head, stamp or posting",
        "its signature is not that of its key",
    ]
