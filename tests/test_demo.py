from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli_process import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_demo_keeps_its_claims_and_leaves_an_archive(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.demo", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr
    assert told.stderr == ""
    with closing(sqlite3.connect(tmp_path / "warraq.db")) as archive:
        assert archive.execute("SELECT count(*) FROM current_articles").fetchone() == (41,)
