"""Every step runs on data, and from empty to head gives what the models say."""

from __future__ import annotations

import importlib
import threading
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from storage import migrate
from storage.archive import Archive
from storage.engine import connect
from storage.errors import ArchiveConflictError, ArchiveError, ArchiveTooNewError
from storage.models import Base
from storage.queries import Queries
from storage.statements import shingles
from storage.view_files import view_files
from storage.writer_copies import generation_of
from tests.storage_fixtures import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

STEPS = migrate.revisions()
FIRST_DATA = Path(__file__).with_name("migration_data") / "0001.sql"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = connect(database)
    yield opened
    opened.dispose()


def counts(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables}  # noqa: S608 - names from the database itself


def is_of_fts5(table: str) -> bool:
    """Whether SQLite keeps its search index there: a virtual table, and those in which it keeps what is in it."""
    return table.startswith("search_terms")


def test_from_empty_to_head_equals_the_models(engine: Engine) -> None:
    migrate.migrate(engine)
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLite cannot reflect an index over an expression; another test reads it
        # SQLite writes some defaults in other words, so only PostgreSQL's are compared.
        options = {
            "compare_server_default": engine.dialect.name == "postgresql",
            "include_name": lambda name, kind, _parents: kind != "table" or not is_of_fts5(name),
            "include_object": lambda item, *_: item.info.get("database", engine.dialect.name) == engine.dialect.name,
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_from_empty_to_head_gives_the_models_indexes(engine: Engine, tmp_path: Path) -> None:
    migrate.migrate(engine)
    if engine.dialect.name != "sqlite":
        pytest.skip("alembic compares every index in PostgreSQL itself")
    other = connect(str(tmp_path / "models.db"))
    Base.metadata.create_all(other)
    query = (
        "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND tbl_name <> 'alembic_version' ORDER BY name"
    )
    with engine.connect() as migrated, other.connect() as modelled:
        assert migrated.exec_driver_sql(query).all() == modelled.exec_driver_sql(query).all()
    other.dispose()


def begin_with_first_data(engine: Engine) -> None:
    """Makes an archive of the first step, with rows in every table of it."""
    migrate.migrate(engine, to=STEPS[0])
    with engine.begin() as connection:
        for statement in FIRST_DATA.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


@pytest.mark.parametrize("step", STEPS)
def test_step_runs_on_data_and_loses_none(engine: Engine, step: str) -> None:
    begin_with_first_data(engine)
    before = counts(engine)
    migrate.migrate(engine, to=step)
    after = counts(engine)
    assert {table: after[table] for table in before} == before
    migrate.migrate(engine)


def test_data_of_the_first_step_is_read_at_head(engine: Engine, database: str, tmp_path: Path) -> None:
    test_step_runs_on_data_and_loses_none(engine, STEPS[-1])
    archive = Archive.open(database, tmp_path / "warc", clock=ManualClock())
    view = Queries(archive).find("http://k/a")
    assert (view.title, [version.text for version in view.versions]) == ("Two", ["ثلاثة", "four"])
    assert view.versions[0].authors == ("ماري",)
    assert [version.agency_credit for version in view.versions] == [None, None]
    archive.close()


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            table: [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1").mappings()]  # noqa: S608 - names from the database itself
            for table in tables
        }


def test_every_value_of_the_first_step_is_the_same_at_head(engine: Engine) -> None:
    begin_with_first_data(engine)
    before = everything(engine)
    migrate.migrate(engine)
    after = everything(engine)
    for table, old_rows in before.items():
        assert [row | old for row, old in zip(after[table], old_rows, strict=True)] == after[table]
    assert {table for table in after if not after[table] and not is_of_fts5(table)} == {
        *("copies", "shingles", "site_profiles", "ledger", "ledger_nodes"),
        *("backfills", "backfill_pages", "edit_measures", "former_ids", "robots_files"),
        *("capture_assets", "edit_hazards", "recheck_states", "search_entries", "takedowns", "erasures"),
    }


def test_archive_of_an_earlier_step_is_refused_with_the_remedy(engine: Engine) -> None:
    begin_with_first_data(engine)
    with engine.connect() as connection, pytest.raises(ArchiveError, match="earlier release") as refusal:
        migrate.check(connection)
    assert "warraq db migrate" in str(refusal.value.remedy)


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    assert migrate.migrate(engine) == (None, STEPS[-1])
    assert migrate.migrate(engine) == (STEPS[-1], STEPS[-1])


def test_migration_that_is_refused_leaves_the_views(engine: Engine) -> None:
    migrate.migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")
    with pytest.raises(ArchiveTooNewError):
        migrate.migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM current_articles").scalar() == 0


def test_steps_follow_one_another_and_are_those_that_alembic_sees() -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    walked = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(walked)) == STEPS


def test_two_that_migrate_at_once_both_end_well(database: str) -> None:
    results: list[object] = []

    def run() -> None:
        engine = connect(database)
        results.append(migrate.migrate(engine)[1])
        engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [STEPS[-1]] * 2


@pytest.mark.postgres
def test_step_gives_up_where_somebody_keeps_a_view_in_use(postgres: str) -> None:
    engine = connect(postgres)
    migrate.migrate(engine)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM current_articles"))
        with pytest.raises(ArchiveConflictError, match="locked"):
            migrate.migrate(engine, lock_seconds=0.1)
    migrate.migrate(engine, lock_seconds=0.1)
    engine.dispose()


@pytest.mark.postgres
def test_postgres_holds_the_data_dictionary(postgres: str) -> None:
    engine = connect(postgres)
    migrate.migrate(engine)
    with engine.connect() as connection:
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            assert found.get_table_comment(table.name)["text"] == table.comment
            assert {column["name"]: column["comment"] for column in found.get_columns(table.name)} == {
                column.name: column.comment for column in table.columns
            }
        for view in view_files("postgresql"):
            if view.kind == "VIEW":
                columns = found.get_columns(view.name)
                assert [(column["name"], column["comment"]) for column in columns] == list(view.columns)
    engine.dispose()


def test_every_table_and_column_is_explained() -> None:
    tables = Base.metadata.sorted_tables
    assert all(table.comment for table in tables)
    assert [column for table in tables for column in table.columns if not (column.comment or "").endswith(".")] == []


def test_index_of_texts_counted_by_thirty_days_is_counted_by_ninety(engine: Engine) -> None:
    migrate.migrate(engine)
    step = importlib.import_module("storage.migrations.versions.0016_longer_generations")
    rows = [(24660, 7, 1), (24661, 7, 1), (24662, 8, 2), (24663, 9, 3), (0, 5, 4)]
    with engine.begin() as connection:
        connection.execute(shingles.insert(), [dict(zip(shingles.c.keys(), row, strict=True)) for row in rows])
        with Operations.context(MigrationContext.configure(connection)):
            step.upgrade()
        kept = connection.execute(select(shingles).order_by(*shingles.c)).all()
    assert [tuple(row) for row in kept] == [(0, 5, 4), (8220, 7, 1), (8220, 8, 2), (8221, 9, 3)]


def test_fresh_texts_of_postgresql_go_into_the_present_generation(engine: Engine) -> None:
    migrate.migrate(engine)
    step = importlib.import_module("storage.migrations.versions.0017_no_fresh_part_in_postgresql")
    present = generation_of(datetime.now(UTC).date())
    rows = [(0, 5, 4), (0, 6, 4), (present, 6, 4)]
    with engine.begin() as connection:
        connection.execute(shingles.insert(), [dict(zip(shingles.c.keys(), row, strict=True)) for row in rows])
        with Operations.context(MigrationContext.configure(connection)):
            step.upgrade()
        kept = connection.execute(select(shingles).order_by(*shingles.c)).all()
    moved = [(present, 5, 4), (present, 6, 4)]
    assert [tuple(row) for row in kept] == (rows if engine.dialect.name == "sqlite" else moved)
