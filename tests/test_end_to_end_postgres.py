"""PostgreSQL going away in the middle of a crawl: told in a line, and the next crawl goes on where it was."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.storage_fixtures import postgres_url

if TYPE_CHECKING:
    from pathlib import Path


def terminate_others(url: str) -> int:
    """Ends every other connection to the database's schema, as a restart of the server would."""
    schema = url.rpartition("search_path%3D")[2]
    engine = create_engine(postgres_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ended = connection.execute(
            text(
                "SELECT count(pg_terminate_backend(l.pid)) FROM (SELECT DISTINCT l.pid FROM pg_locks l "
                "JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = :schema AND l.pid <> pg_backend_pid()) l"
            ),
            {"schema": schema},
        ).scalar_one()
    engine.dispose()
    return int(ended)


@pytest.mark.slow
@pytest.mark.postgres
def test_postgres_going_away_in_a_crawl_loses_nothing(postgres: str, tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier", archive={"database": json.dumps(postgres)}, crawler={"delay": '"0.2s"'})
        with desk.program.start("crawl", "--all") as crawl:
            deadline = time.monotonic() + 60
            while crawl.poll() is None and time.monotonic() < deadline and not terminate_others(postgres):
                time.sleep(0.01)
            _, told = crawl.communicate(timeout=60)
        assert "Traceback" not in told
        desk.warraq("crawl", "--all")
        articles = desk.exported()
        assert len(articles) == len(newsroom.site("courier").standings)
        assert all(len(article["versions"]) == 1 for article in articles)
