"""A takedown beside a daemon that crawls on; what comes in meanwhile goes too."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.test_takedown_crawls import FERRY, LIBRARY, SEAL, places_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.list_only(FERRY, LIBRARY, SEAL)
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        configured = (tmp_path / "warraq.toml").read_text(encoding="utf-8")
        (tmp_path / "warraq.toml").write_text(configured.replace('every = "15m"', 'every = "5s"'), encoding="utf-8")
        yield desk


def wait_for(desk: Desk, query: str, count: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while desk.rows(query)[0][0] < count:
        assert time.monotonic() < until, query
        time.sleep(0.3)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_article_is_taken_down_beside_a_daemon(desk: Desk) -> None:
    desk.crawl()
    words = words_of(desk, SEAL)
    with desk.program.start("run") as daemon:
        try:
            wait_for(desk, "SELECT count(*) FROM crawls WHERE finished_at IS NOT NULL", 3)
            taken = desk.program.apart("forget", desk.newsroom.url(SEAL), "--reason", "a court order", "--yes")
            assert "captures overwritten" in taken.stderr
            for number in range(3):  # other feeds each time, all of which tell of it
                desk.newsroom.set_title(FERRY, f"Ferry strike: day {number} of the talks in the harbour")
                crawls = desk.rows("SELECT count(*) FROM crawls")[0][0]
                wait_for(desk, "SELECT count(*) FROM crawls WHERE finished_at IS NOT NULL", crawls + 2)
        finally:
            with suppress(ProcessLookupError):
                daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    desk.warraq("forget", "--finish")
    assert places_of(desk.directory, *words) == set()
    assert sorted(article["status"] for article in desk.exported()) == ["live", "live"]
    assert desk.rows("SELECT count(*) FROM withheld_articles WHERE finished_at IS NULL") == [(0,)]
    desk.warraq("verify")
