"""Brings a database to the tables and views of this release, and tells whether it is there."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.schema import SetColumnComment, SetTableComment

from storage import view_files
from storage.engine import database_name
from storage.errors import ArchiveCorruptError, ArchiveError, ArchiveTooNewError
from storage.faults import translating
from storage.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_KEY = 0x77617272  # "warr": one migration at a time in a PostgreSQL database
_TURN_SECONDS = 60
_LOCK_SECONDS = 10
"""How long a step waits for a table that somebody reads. Everybody else queues up behind it for as long, so it must
give up rather than stop a newsroom's queries: https://www.postgresql.org/docs/15/explicit-locking.html"""


def revisions() -> tuple[str, ...]:
    """The numbers of all steps that this release knows, oldest first."""
    return tuple(sorted(match[1] for path in (_FOLDER / "versions").iterdir() if (match := _number(path))))


def _number(path: Path) -> re.Match[str] | None:
    return re.fullmatch(r"(\d{4})_\w+\.py", path.name)


def current_revision(connection: Connection) -> str | None:
    """The number of the last step that the database has seen, or None for an empty database.

    Raises:
        ArchiveError: the database holds somebody else's tables.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(revision) if revision else None
    if tables:
        raise ArchiveError(
            f"{database_name(connection.engine.url)} is not a Warraq archive: it holds other tables",
            remedy="name another database, which may be empty",
        )
    return None


def check(connection: Connection) -> bool:
    """Whether the database has this release's tables; False for an empty one.

    Raises:
        ArchiveError: it is older, or not an archive.
        ArchiveTooNewError: a later release wrote it.
    """
    revision, known = current_revision(connection), revisions()
    if revision is None:
        return False
    name = database_name(connection.engine.url)
    if revision not in known:
        raise ArchiveTooNewError(
            f"{name} was written by a later release of Warraq (its tables are of step {revision}, "
            f"this release knows {known[-1]})",
            remedy="install that release",
            subject=name,
        )
    if revision != known[-1]:
        raise ArchiveError(
            f"{name} is of an earlier release of Warraq (step {revision} of {known[-1]})",
            remedy="make a backup, then run: warraq db migrate",
            subject=name,
        )
    return True


def migrate(engine: Engine, *, to: str = "head", lock_seconds: float = _LOCK_SECONDS) -> tuple[str | None, str | None]:
    """Takes every missing step and creates the views anew, in one transaction; safe to run by several at a time.

    Args:
        engine: The database.
        to: The last step to take.
        lock_seconds: How long to wait in PostgreSQL for a table or view that somebody else uses.

    Returns:
        The step before and the step after; None for an empty database.

    Raises:
        ArchiveError: a step failed (nothing was changed then), or the database is not an archive.
        ArchiveConflictError: somebody kept a table locked for too long.
        ArchiveTooNewError: a later release wrote it.
    """
    with translating(database_name(engine.url)), _migrating(engine, lock_seconds) as connection:
        before = current_revision(connection)
        if before is not None and before not in revisions():
            check(connection)
        view_files.drop(connection)
        _run_steps(connection, to)
        after = current_revision(connection)
        if after == revisions()[-1]:
            view_files.create(connection)
            _write_comments(connection)
        _check_references(connection)
    return before, after


@contextmanager
def _migrating(engine: Engine, lock_seconds: float) -> Iterator[Connection]:
    with engine.connect().execution_options(writing=True) as connection:
        _enforce_references(connection, enforce=False)
        try:
            with connection.begin():
                _take_turn(connection, lock_seconds)
                yield connection
        finally:
            _enforce_references(connection, enforce=True)


def _enforce_references(connection: Connection, *, enforce: bool) -> None:
    """Copying a table in SQLite drops the old one, which would delete what refers to it; outside transactions only."""
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute(f"PRAGMA foreign_keys = {'ON' if enforce else 'OFF'}")


def _take_turn(connection: Connection, lock_seconds: float) -> None:
    if connection.dialect.name != "postgresql":
        return
    set_timeout = text("SELECT set_config('lock_timeout', :milliseconds, true)")
    connection.execute(set_timeout, {"milliseconds": str(_TURN_SECONDS * 1000)})
    connection.execute(text("SELECT pg_advisory_xact_lock(:key, hashtext(current_schema()))"), {"key": _ADVISORY_KEY})
    connection.execute(set_timeout, {"milliseconds": str(int(lock_seconds * 1000))})


def _run_steps(connection: Connection, to: str) -> None:
    # Alembic takes .3 s to import, and only a new or an old database needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    command.upgrade(config, to)


def _write_comments(connection: Connection) -> None:
    """Gives PostgreSQL the data dictionary; like the views it is no part of any step, so it is always today's."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        connection.execute(SetTableComment(table))
        for column in table.columns:
            connection.execute(SetColumnComment(column))


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        raise ArchiveCorruptError(
            f"{database_name(connection.engine.url)}: a row of {broken[0]} refers to a row of {broken[2]} "
            "that does not exist",
            remedy="restore the database from a backup; nothing was changed",
        )
