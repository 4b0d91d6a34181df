"""The proof of one article: what a stranger's Python, without Warraq, makes of it and of one that was tampered with."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator

from pipeline.takedown import Asked, take_down
from storage.errors import LedgerError
from storage.ledger import append_waiting
from storage.ledger_heads import read_heads
from storage.ledger_keeper import LedgerKeeper, LedgerPlan
from storage.ledger_records import text_digest
from storage.proof.bundle import Proof, write_proof
from storage.records import LedgerKind
from tests.authority import stamping
from tests.storage_fixtures import START, Desk, ManualClock, an_extraction, digest_of, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.archive import Archive

pytestmark = pytest.mark.slow
URL = "http://gazette.example/a"


@dataclass
class Notary:
    """Writes proofs of the one article, and checks them as a stranger does."""

    archive: Archive
    desk: Desk
    clock: ManualClock
    plan: LedgerPlan
    directory: Path

    def head(self) -> None:
        self.clock.advance(hours=1)
        append_waiting(self.archive)
        keeper = LedgerKeeper(self.archive, self.plan, self.clock)
        keeper.make_head()
        keeper.send()

    def prove(self, name: str = "proof") -> Proof:
        (public_id,) = rows(self.archive, "SELECT public_id FROM articles WHERE canonical_url = :u", u=URL)[0]
        log = read_heads(self.plan.heads)
        return write_proof(self.archive, public_id, log, self.directory / name, self.clock())

    def check(self, *arguments: str | Path, code: int = 0) -> str:
        command = [sys.executable, "-I", "-S", "check.py", *map(str, arguments)]
        done = subprocess.run(
            command, cwd=self.directory / "proof", capture_output=True, text=True, check=False, encoding="utf-8"
        )
        assert (done.returncode, done.stderr) == (code, "")
        return done.stdout

    def file(self, name: str) -> Path:
        return self.directory / "proof" / name


@pytest.fixture
def notary(archive: Archive, desk: Desk, tmp_path: Path, clock: ManualClock) -> Notary:
    made = Notary(archive, desk, clock, LedgerPlan(tmp_path / "heads.jsonl", tmp_path / "key.pem"), tmp_path)
    desk.see(URL, "نص أول", START, title="عنوان")
    desk.see("http://gazette.example/other", "another", START)
    made.head()
    desk.see(URL, "second", START + timedelta(hours=1))
    desk.see(URL, "second", START + timedelta(hours=2))
    made.head()
    return made


def test_proof_is_checked_without_warraq(notary: Notary) -> None:
    made = notary.prove()
    assert (made.captures, made.versions, made.leaves, made.missing) == (3, 2, 5, [])
    told = notary.check()
    assert "everything that could be checked holds" in told
    assert told.count("in the ledger by: made at 2026-03-01T13:00:00") == 2
    assert told.count("in the ledger by: made at 2026-03-01T14:00:00") == 3
    assert "عنوان" in told
    assert "NOT CHECKED  whose key key.pem is" in told
    assert "no authority has stamped it" in told
    with notary.file("records.warc.gz").open("rb") as file:
        kinds = [record.headers["WARC-Type"] for record in ArchiveIterator(file, parse_http=False)]
    assert kinds == ["warcinfo", *["response", "request"] * 2, "revisit", "request"]


def test_script_is_short_and_needs_nothing(notary: Notary) -> None:
    notary.prove()
    script = notary.file("check.py").read_text()
    assert len(script.splitlines()) < 150
    imported = {line.split()[1] for line in script.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


def change_json(change: Callable[[dict], None]) -> Callable[[Notary], None]:  # type: ignore[type-arg]
    def tamper(notary: Notary) -> None:
        told = json.loads(notary.file("proof.json").read_text())
        change(told)
        notary.file("proof.json").write_text(json.dumps(told))

    return tamper


def change_file(name: str, old: bytes, new: bytes) -> Callable[[Notary], None]:
    def tamper(notary: Notary) -> None:
        (path,) = notary.directory.glob(f"proof/{name}")
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return tamper


def break_a_record(notary: Notary) -> None:
    place = json.loads(notary.file("proof.json").read_text())["captures"][0]
    data = bytearray(notary.file("records.warc.gz").read_bytes())
    data[place["offset"] + 60] ^= 1  # past the gzip header, whose time and system nobody reads
    notary.file("records.warc.gz").write_bytes(data)


def date_back(told: dict) -> None:  # type: ignore[type-arg]
    told["leaves"][0]["record"] = told["leaves"][0]["record"].replace("2026", "2025")


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (change_file(f"texts/{text_digest('second')}.txt", b"second", b"forged"), "its text is not the one"),
        (break_a_record, "its WARC record is not the one"),
        (change_json(date_back), "leaf 0 is not in the ledger"),
        (change_json(lambda told: told["leaves"][0].update(position=1)), "leaf 1 is not in the ledger"),
        (change_json(lambda told: told["leaves"][0]["proof"].reverse()), "leaf 0 is not in the ledger"),
        (change_json(lambda told: told["leaves"][0].update(head=1)), "leaf 0 is not in the ledger"),
        (change_file("heads/0.txt", b"made at 2026", b"made at 2025"), "its signature is not that of"),
        (change_file("heads/1.txt", b"\n7\n", b"\n8\n"), "its signature is not that of"),
    ],
)
def test_tampered_proof_does_not_hold(notary: Notary, tamper: Callable[[Notary], None], problem: str) -> None:
    notary.prove()
    tamper(notary)
    told = notary.check(code=1)
    assert problem in told
    assert told.endswith("WRONG: this proof does not hold\n")


def test_proof_that_cannot_be_read_is_told_in_one_line(notary: Notary) -> None:
    notary.prove()
    notary.file("heads/0.txt").unlink()
    assert notary.check(code=1).startswith("WRONG: this proof cannot be read: ")


def test_proof_under_another_key_does_not_hold(notary: Notary, tmp_path: Path) -> None:
    notary.prove()
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "k.pem"], cwd=tmp_path, check=True)
    subprocess.run(["openssl", "pkey", "-in", "k.pem", "-pubout", "-out", "other.pem"], cwd=tmp_path, check=True)
    assert "its signature is not that of" in notary.check("--key", tmp_path / "other.pem", code=1)
    assert "whose key" not in notary.check("--key", notary.file("key.pem").rename(tmp_path / "theirs.pem"))


def test_restated_version_is_proven_as_it_was_and_as_it_is(notary: Notary) -> None:
    (capture_id,) = rows(notary.archive, "SELECT first_capture_id FROM versions WHERE text = 'second'")[0]
    read = an_extraction("second, read better", release="2")
    with notary.archive.writing() as writer:
        writer.choose(capture_id, read, digests=(digest_of(read.title), digest_of(read.text)))
    notary.head()
    assert notary.prove().leaves == 6
    assert "everything that could be checked holds" in notary.check()
    texts = {path.read_text() for path in notary.file("texts").iterdir()}
    assert texts == {"نص أول", "second", "second, read better"}


def test_what_is_missing_is_told(notary: Notary) -> None:
    notary.desk.see(URL, "third", START + timedelta(hours=3))
    record = notary.desk.captures[0][0].record_id
    with notary.archive.writing() as writer:
        writer.delete_nonces(LedgerKind.CAPTURE, record)
    told = notary.prove().missing
    assert f"capture {record}: taken down" in told
    assert sum("no leaf yet" in line for line in told) == 2
    assert f"NOT CHECKED  capture {record}: taken down" in notary.check()


def test_article_that_was_taken_down_is_not_proven(notary: Notary) -> None:
    (article,) = rows(notary.archive, "SELECT id FROM articles WHERE canonical_url = :u", u=URL)[0]
    take_down(notary.archive, article, Asked("a court order", "somebody"))
    with pytest.raises(LedgerError, match="taken down"):
        notary.prove()
    assert not (notary.directory / "proof").exists()


def test_zip_holds_the_same(notary: Notary) -> None:
    notary.prove("evidence.zip")
    with zipfile.ZipFile(notary.directory / "evidence.zip") as file:
        file.extractall(notary.directory)
    (notary.directory / "evidence").rename(notary.directory / "proof")
    assert "everything that could be checked holds" in notary.check()


def test_stamped_proof_says_what_the_authority_vouches_for(notary: Notary, tmp_path: Path) -> None:
    with stamping(tmp_path / "authority") as authority:
        notary.plan = replace(notary.plan, authority=authority.url)
        notary.desk.see(URL, "third", START + timedelta(hours=3))
        notary.head()
    notary.prove()
    told = notary.check("--authority", authority.root, "--key", notary.file("key.pem"))
    assert told.count("as the authority says") == 7
    with stamping(tmp_path / "stranger") as stranger:
        root = stranger.root
    assert "its stamp is not one of that authority" in notary.check("--authority", root, code=1)
    assert "give --authority" in notary.check()
    stamp = notary.file("heads/1.tsr") if notary.file("heads/1.tsr").exists() else notary.file("heads/0.tsr")
    stamp.write_bytes(stamp.read_bytes().replace(b"\x30\x82", b"\x30\x81", 1))
    assert "its stamp is not one of that authority" in notary.check("--authority", authority.root, code=1)
