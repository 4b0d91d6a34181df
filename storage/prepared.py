"""Core statements compiled once and run straight on the driver.

A visit takes some fifteen statements, and SQLAlchemy's own execution costs more than SQLite does to carry one out
(27 and 13 µs against 2 µs in ``benchmarks/storage.py``'s terms). What is kept of SQLAlchemy is what matters: the SQL it
writes for each database, and its types' conversions in both directions.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, Insert

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ClauseElement
    from sqlalchemy.engine import Dialect
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

_FLOAT8 = 701
"""PostgreSQL's number for double precision, by which SQLAlchemy chooses the conversion; SQLite has no use for it."""


class Prepared:
    """One statement for one database.

    Args:
        statement: A Core statement without expanding parameters; for an INSERT its columns are those of ``values``.
        dialect: The database's.
        values: The first parameters; later ones have the same names.
    """

    def __init__(self, statement: Any, dialect: Dialect, values: Mapping[str, Any]) -> None:
        keys = list(values) if isinstance(statement, Insert) else None
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=keys)
        self.statement = statement  # kept, so that its id stays its own
        self._sql = str(compiled)
        self._is_positional = compiled.positional
        self._constants = {name: value for name, value in compiled.params.items() if name not in values}
        order = compiled.positiontup or compiled.params
        binders = _binders(compiled, dialect)
        self._parameters = [(name, binders.get(name)) for name in order]
        self._columns = _columns(statement, dialect)
        self._is_as_given = all(convert is None for _, convert in self._columns)
        row = namedtuple("Row", [name for name, _ in self._columns], rename=True)  # type: ignore[misc]  # noqa: PYI024 - names known only here
        self._make = row._make

    def execute(self, cursor: DBAPICursor, values: Mapping[str, Any]) -> None:
        """Runs it; what it gives is read with ``rows``."""
        everything = {**self._constants, **values}
        bound = [everything[name] if bind is None else bind(everything[name]) for name, bind in self._parameters]
        names = [name for name, _ in self._parameters]
        cursor.execute(self._sql, tuple(bound) if self._is_positional else dict(zip(names, bound, strict=True)))

    def rows(self, cursor: DBAPICursor) -> list[Any]:
        """The rows, as named tuples with Python's types."""
        found = cursor.fetchall() if self._columns else []
        return [self._make(row if self._is_as_given else self._converted(row)) for row in found]

    def _converted(self, row: Any) -> list[Any]:
        return [
            value if convert is None else convert(value) for value, (_, convert) in zip(row, self._columns, strict=True)
        ]


def _binders(compiled: SQLCompiler, dialect: Dialect) -> dict[str, Callable[[Any], Any] | None]:
    return {
        name: parameter.type.dialect_impl(dialect).bind_processor(dialect)
        for parameter, name in compiled.bind_names.items()
    }


def _columns(statement: ClauseElement, dialect: Dialect) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """Names and conversions of what the statement gives; none where it gives nothing."""
    exported = getattr(statement, "exported_columns", None) or ()
    return [(column.key, _converter(column.type, dialect)) for column in exported]


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    coltype = _FLOAT8 if isinstance(kind, Float) else None
    return kind.dialect_impl(dialect).result_processor(dialect, coltype)
