"""The role for people who query: it reads everything, also after a migration, and writes nothing."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from storage import migrate
from storage.access import grant_reader
from storage.engine import connect
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def owner(postgres: str) -> Iterator[Engine]:
    engine = connect(postgres)
    migrate.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def reader(owner: Engine) -> Iterator[str]:
    name = f"Reader {uuid.uuid4().hex[:8]}"
    assert grant_reader(owner, name)
    yield name
    with owner.begin() as connection:
        connection.exec_driver_sql(f'DROP OWNED BY "{name}"')
        connection.exec_driver_sql(f'DROP ROLE "{name}"')


def ask(owner: Engine, reader: str, query: str) -> object:
    engine = create_engine(make_url(owner.url).set(username=reader))
    try:
        with engine.begin() as connection:
            result = connection.execute(text(query))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


@pytest.mark.postgres
def test_reader_reads_tables_views_and_functions(owner: Engine, reader: str) -> None:
    for what in ("articles", "current_articles", "articles_as_of(now())"):
        assert ask(owner, reader, f"SELECT count(*) FROM {what}") == 0  # noqa: S608 - names written here


@pytest.mark.postgres
def test_reader_still_reads_after_a_migration(owner: Engine, reader: str) -> None:
    migrate.migrate(owner)
    assert not grant_reader(owner, reader)
    assert ask(owner, reader, "SELECT count(*) FROM edits") == 0


@pytest.mark.postgres
@pytest.mark.parametrize("change", ["DELETE FROM articles", "SET transaction_read_only = off; DELETE FROM articles"])
def test_reader_writes_nothing(owner: Engine, reader: str, change: str) -> None:
    with pytest.raises(DBAPIError, match=r"read-only|permission denied"):
        ask(owner, reader, change)


def test_sqlite_has_no_roles(tmp_path: Path) -> None:
    engine = connect(str(tmp_path / "warraq.db"))
    with pytest.raises(ArchiveError, match="has no roles"):
        grant_reader(engine, "anyone")
    engine.dispose()
