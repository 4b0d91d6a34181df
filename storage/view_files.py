"""The views that people query: one SQL file each in ``storage/views``, created anew by every migration.

A file is ``name.sql`` for both databases or ``name.sqlite.sql`` and ``name.postgresql.sql``. It begins with comment
lines: first what the view shows, then ``-- column: meaning`` for every column, so that the data dictionary and
PostgreSQL's own comments come from one place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FOLDER = Path(__file__).parent / "views"
_ORDER = (
    *("article_history", "current_articles", "edits", "gone_articles", "withheld_articles"),
    *("article_images", "article_links", "article_embeds"),
    *("article_copies", "source_health", "articles_as_of"),
)
"""A view stands after those that it is made of."""
_COLUMN = re.compile(r"-- +(\w+): +(.+)")


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One view (or, in PostgreSQL, function): its name, its meaning, its columns' meanings and its SQL."""

    name: str
    comment: str
    columns: tuple[tuple[str, str], ...]
    sql: str

    @property
    def kind(self) -> str:
        """``VIEW``, ``FUNCTION``, or ``QUERY`` for one that SQLite cannot keep."""
        return next((kind for kind in ("VIEW", "FUNCTION") if f"CREATE {kind} " in self.sql), "QUERY")


@cache
def view_files(dialect: str) -> tuple[ViewFile, ...]:
    """The views for ``sqlite`` or ``postgresql``, in the order in which they can be created."""
    return tuple(_read(_path(name, dialect)) for name in _ORDER)


def _path(name: str, dialect: str) -> Path:
    common = _FOLDER / f"{name}.sql"
    return common if common.exists() else _FOLDER / f"{name}.{dialect}.sql"


def _read(path: Path) -> ViewFile:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("--")]
    columns = tuple((match[1], match[2]) for line in head if (match := _COLUMN.fullmatch(line)))
    comment = " ".join(line[2:].strip() for line in head if not _COLUMN.fullmatch(line))
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip()
    return ViewFile(path.name.partition(".")[0], comment, columns, sql)


def drop(connection: Connection) -> None:
    """Drops our views, last made first."""
    for view in reversed(view_files(connection.dialect.name)):
        if view.kind != "QUERY":
            connection.exec_driver_sql(f"DROP {view.kind} IF EXISTS {view.name}")


def create(connection: Connection) -> None:
    """Creates our views, with comments where the database keeps them."""
    for view in view_files(connection.dialect.name):
        if view.kind != "QUERY":
            connection.exec_driver_sql(_literal(view.sql, connection))
        if connection.dialect.name == "postgresql":
            _comment(connection, view)


def _literal(sql: str, connection: Connection) -> str:
    """Psycopg reads a per cent sign as the beginning of a parameter."""
    return sql.replace("%", "%%") if connection.dialect.paramstyle in ("pyformat", "format") else sql


def _comment(connection: Connection, view: ViewFile) -> None:
    comments = [(f"{view.kind} {view.name}", view.comment)]
    if view.kind == "VIEW":
        comments += [(f"COLUMN {view.name}.{name}", meaning) for name, meaning in view.columns]
    for subject, comment in comments:
        quoted = comment.replace("'", "''")
        connection.exec_driver_sql(_literal(f"COMMENT ON {subject} IS '{quoted}'", connection))
