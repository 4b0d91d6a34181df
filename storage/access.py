"""Who may read: a role for people who query the archive in PostgreSQL and can change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from storage.engine import database_name
from storage.errors import ArchiveError
from storage.faults import translating

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_LONGEST_QUERY = "10min"


def grant_reader(engine: Engine, name: str) -> bool:
    """Gives the role the right to read every table and view, those of later migrations included.

    The role is made if there is none: it may log in, by whatever the server's pg_hba.conf asks of it, its
    transactions are read-only, and a query that runs longer than ten minutes is ended. Doing it again changes nothing.

    Returns:
        Whether the role was made.

    Raises:
        ArchiveError: the database is SQLite, which has no roles.
        ArchiveUnavailableError: the database user may not make roles.
    """
    if engine.dialect.name != "postgresql":
        raise ArchiveError(
            f"{database_name(engine.url)} is an SQLite file, which has no roles",
            remedy="give people the right to read the file and its directory",
        )
    with translating(database_name(engine.url)), engine.begin() as connection:
        is_new = not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).scalar()
        _grant(connection, name, is_new=is_new)
    return is_new


def _grant(connection: Connection, name: str, *, is_new: bool) -> None:
    quote = connection.dialect.identifier_preparer.quote
    role, schema = quote(name), quote(str(connection.execute(text("SELECT current_schema()")).scalar()))
    statements = [
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}",
    ]
    if is_new:
        statements[:0] = [
            f"CREATE ROLE {role} LOGIN",
            f"ALTER ROLE {role} SET default_transaction_read_only = on",
            f"ALTER ROLE {role} SET statement_timeout = '{_LONGEST_QUERY}'",
        ]
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))
