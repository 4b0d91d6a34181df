"""The ledger from the command line: crawls keep it, `verify` holds it up, `prove` writes what strangers check."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.authority import stamping
from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        yield Desk(newsroom, tmp_path)


def waiting_and_leaves(desk: Desk) -> tuple[int, int]:
    with closing(sqlite3.connect(desk.directory / "warraq.db")) as archive:
        query = "SELECT (SELECT count(*) FROM ledger_waiting), (SELECT count(*) FROM ledger)"
        return archive.execute(query).fetchone()  # type: ignore[no-any-return]


def test_crawl_is_in_the_ledger_stamped_and_proven(desk: Desk, tmp_path: Path) -> None:
    with stamping(tmp_path / "authority") as authority:
        ledger = {"authority": f'"{authority.url}"', "authority_roots": f'"{authority.root}"'}
        desk.configure("courier", ledger={**ledger, "webhook": f'"{authority.webhook}"'})
        desk.crawl()
        assert waiting_and_leaves(desk)[0] == 0
        assert len(authority.posted) == 1
        assert "internally consistent only" in desk.warraq("verify").stderr
        kept = tmp_path / "kept.jsonl"
        kept.write_bytes((desk.directory / "warraq.db.heads.jsonl").read_bytes())
        assert "everything is as it was" in desk.warraq("verify", "--head", kept).stderr
        (listed,) = json.loads(desk.warraq("ledger", "heads", "--format", "json").stdout)
        assert listed["stamped_at"] is not None
        url = json.loads(desk.warraq("articles", "--format", "json", "--limit", "1").stdout)[0]["url"]
        assert "captures" in desk.warraq("prove", url, "--output", "proof").stderr
        (desk.directory / "public.pem").write_text(desk.warraq("ledger", "key").stdout)
        checked = [sys.executable, "-I", "proof/check.py", "--authority", str(authority.root), "--key", "public.pem"]
        told = subprocess.run(checked, cwd=desk.directory, capture_output=True, text=True, check=True).stdout
        assert "as the authority says" in told
        assert "NOT CHECKED" not in told
        assert "exists already" in desk.warraq("prove", url, "--output", "proof", code=1).stderr


def test_verify_names_what_was_changed_and_ends_with_code_1(desk: Desk) -> None:
    desk.configure("courier")
    desk.crawl()
    with closing(sqlite3.connect(desk.directory / "warraq.db")) as archive, archive:
        archive.execute("UPDATE versions SET text = text || ' and more' WHERE id = 1")
        (public_id,) = archive.execute("SELECT public_id FROM versions WHERE id = 1").fetchone()
    found = json.loads(desk.warraq("verify", "--format", "json", code=1).stdout)
    assert [(each["what"], each["subject"].split()[1]) for each in found] == [("changed", public_id)]
    assert "changed" in desk.warraq("verify", "--no-warc", code=1).stdout


def test_verify_without_heads_in_the_file_given_says_so(desk: Desk) -> None:
    desk.configure("courier")
    desk.crawl()
    refused = desk.warraq("verify", "--head", "nowhere.jsonl", code=1).stderr
    assert "nowhere.jsonl holds no tree head" in refused
    assert len(refused.strip().splitlines()) == 1


def test_killed_crawl_loses_no_leaf(desk: Desk) -> None:
    desk.configure()
    with desk.program.start("crawl", "--all") as process:
        while len(desk.newsroom.hits()) < 12 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    desk.warraq("crawl", "--all")
    waiting, leaves = waiting_and_leaves(desk)
    with closing(sqlite3.connect(desk.directory / "warraq.db")) as archive:
        query = "SELECT (SELECT count(*) FROM captures) + (SELECT count(*) FROM versions)"
        (expected,) = archive.execute(query).fetchone()
    assert (waiting, leaves >= expected > 0) == (0, True)
    desk.warraq("verify")
