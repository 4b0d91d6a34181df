"""Tree heads: when they are made, what signs and stamps them, and what a crash leaves of them."""

from __future__ import annotations

import base64
import logging
import stat
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.errors import LedgerError
from storage.findings import Tally
from storage.ledger_heads import append_head, made_head, parse_head, public_key_pem, read_heads, signing_key
from storage.ledger_keeper import LedgerKeeper, LedgerPlan, default_places
from storage.ledger_stamps import stamp_time
from storage.verify import Against, verify
from tests.authority import stamping
from tests.storage_fixtures import START, Desk, ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.archive import Archive
    from tests.authority import Authority

URL = "http://gazette.example/a"


@pytest.fixture
def plan(tmp_path: Path) -> LedgerPlan:
    return LedgerPlan(tmp_path / "heads.jsonl", tmp_path / "key.pem")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with stamping(tmp_path_factory.mktemp("tsa") / "authority") as serving:
        yield serving


def test_head_is_made_each_hour_that_has_new_leaves(
    archive: Archive, desk: Desk, plan: LedgerPlan, clock: ManualClock
) -> None:
    keeper = LedgerKeeper(archive, plan, clock)
    keeper.round()
    assert read_heads(plan.heads).heads == []
    desk.see(URL, "one", START)
    keeper.round()
    desk.see(URL, "two", START + timedelta(minutes=10))
    clock.advance(minutes=59)
    keeper.round()
    assert [head.size for head in read_heads(plan.heads).heads] == [2]
    clock.advance(minutes=1)
    keeper.round()
    clock.advance(hours=5)
    LedgerKeeper(archive, plan, clock).round()
    desk.see(URL, "three", START + timedelta(minutes=10))
    LedgerKeeper(archive, plan, clock).round(is_last=True)
    heads = read_heads(plan.heads).heads
    assert [(head.size, head.made_at) for head in heads] == [
        (2, START),
        (4, START + timedelta(hours=1)),
        (6, START + timedelta(hours=6)),
    ]
    assert all(head.is_signed for head in heads)


def test_key_is_its_owners_only_and_checks_the_head_by_other_means(plan: LedgerPlan, tmp_path: Path) -> None:
    key = signing_key(plan.key)
    assert stat.S_IMODE(plan.key.stat().st_mode) == 0o600
    assert signing_key(plan.key).private_bytes_raw() == key.private_bytes_raw()
    head = made_head(7, b"r" * 32, START, key)
    assert parse_head(head.note, head.public_key) == head
    body, _, line = head.note.partition("\n\n")
    signature = base64.b64decode(line.split()[2])[4:]
    (tmp_path / "signature").write_bytes(signature)
    (tmp_path / "body").write_text(body + "\n")
    (tmp_path / "public.pem").write_text(public_key_pem(head.public_key))
    checked = "openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in body -sigfile signature"
    subprocess.run(checked.split(), cwd=tmp_path, check=True, capture_output=True)
    assert not parse_head(head.note.replace("\n7\n", "\n8\n"), head.public_key).is_signed
    assert not parse_head(head.note, b"\x01" * 32).is_signed


def test_file_that_holds_no_key_is_refused(plan: LedgerPlan) -> None:
    plan.key.write_text("rubbish")
    with pytest.raises(LedgerError, match="holds no key"):
        signing_key(plan.key)


def test_line_that_a_crash_tore_is_cut_off_by_the_next(plan: LedgerPlan) -> None:
    key = signing_key(plan.key)
    first, second = (made_head(size, b"r" * 32, START, key) for size in (1, 2))
    append_head(plan.heads, first)
    whole = plan.heads.read_bytes()
    plan.heads.write_bytes(whole + whole[: len(whole) // 2])
    log = read_heads(plan.heads)
    assert (log.heads, log.faults) == ([first], [])
    append_head(plan.heads, second)
    log = read_heads(plan.heads)
    assert (log.heads, log.faults) == ([first, second], [])


def test_log_that_does_not_continue_the_last_head_is_not_signed(
    archive: Archive, desk: Desk, plan: LedgerPlan, clock: ManualClock
) -> None:
    desk.see(URL, "one", START)
    LedgerKeeper(archive, plan, clock).round()
    with archive.writing() as writer:
        writer._connection.exec_driver_sql(f"UPDATE ledger SET leaf_hash = '{'0' * 64}' WHERE position = 0")  # noqa: S608
    desk.see(URL, "two", START)
    with pytest.raises(LedgerError, match="not signed"):
        LedgerKeeper(archive, plan, clock).round(is_last=True)
    assert len(read_heads(plan.heads).heads) == 1


@pytest.mark.slow
def test_heads_are_stamped_and_posted_and_verify_checks_the_stamps(
    archive: Archive, desk: Desk, plan: LedgerPlan, clock: ManualClock, authority: Authority
) -> None:
    served = LedgerPlan(plan.heads, plan.key, authority=authority.url, webhook=authority.webhook)
    authority.posted.clear()
    desk.see(URL, "one", START)
    LedgerKeeper(archive, served, clock).round()
    log = read_heads(plan.heads)
    (head,) = log.heads
    assert set(log.stamps) == set(log.posted) == {head.digest}
    assert [told["head"] for told in authority.posted] == [head.note]
    roots = authority.root.read_bytes()
    tally = Tally()
    assert list(verify(archive, Against(log, roots=roots), tally)) == []
    assert (tally.stamps, tally.unchecked_stamps) == (1, 0)
    assert stamp_time(log.stamps[head.digest].response).tzinfo is not None
    (tmp := plan.heads.parent / "note").write_text(head.note)
    (reply := plan.heads.parent / "reply").write_bytes(log.stamps[head.digest].response)
    checked = ["openssl", "ts", "-verify", "-data", str(tmp), "-in", str(reply), "-CAfile", str(authority.root)]
    subprocess.run(checked, check=True, capture_output=True)


@pytest.mark.slow
def test_stamp_of_another_head_or_by_a_stranger_is_found(
    archive: Archive, desk: Desk, plan: LedgerPlan, clock: ManualClock, authority: Authority, tmp_path: Path
) -> None:
    served = LedgerPlan(plan.heads, plan.key, authority=authority.url)
    desk.see(URL, "one", START)
    LedgerKeeper(archive, served, clock).round()
    log = read_heads(plan.heads)
    with stamping(tmp_path / "stranger") as stranger:
        foreign = stranger.root.read_bytes()
    (found,) = verify(archive, Against(log, roots=foreign), Tally())
    assert "signature does not hold" in found.problem
    desk.see(URL, "two", START)
    clock.advance(hours=2)
    LedgerKeeper(archive, plan, clock).round()
    log = read_heads(plan.heads)
    log.stamps[log.heads[1].digest] = log.stamps.pop(log.heads[0].digest)
    (found,) = verify(archive, Against(log), Tally())
    assert found.problem == "it stamps another text"


@pytest.mark.slow
def test_authority_that_is_down_stamps_later(
    archive: Archive,
    desk: Desk,
    plan: LedgerPlan,
    clock: ManualClock,
    authority: Authority,
    caplog: pytest.LogCaptureFixture,
) -> None:
    served = LedgerPlan(plan.heads, plan.key, authority=authority.url, webhook=authority.webhook)
    authority.is_down = True
    desk.see(URL, "one", START)
    with caplog.at_level(logging.WARNING):
        LedgerKeeper(archive, served, clock).round()
    assert "tree head not sent yet" in caplog.text
    assert not read_heads(plan.heads).stamps
    authority.is_down = False
    clock.advance(hours=3)
    LedgerKeeper(archive, served, clock).round()
    log = read_heads(plan.heads)
    stamp = log.stamps[log.heads[0].digest]
    assert stamp.received_at == START + timedelta(hours=3)
    assert log.posted[log.heads[0].digest] == START + timedelta(hours=3)
    LedgerKeeper(archive, served, clock).round()
    assert read_heads(plan.heads).stamps == log.stamps


def test_places_are_beside_the_database(tmp_path: Path) -> None:
    heads, key = default_places(str(tmp_path / "news.db"), tmp_path / "warc")
    assert (heads, key) == (tmp_path / "news.db.heads.jsonl", tmp_path / "news.db.ledger.key")
    heads, _ = default_places("postgresql+psycopg://u@h/n", tmp_path / "warc")
    assert heads == tmp_path / "warraq.heads.jsonl"
