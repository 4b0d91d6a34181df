"""The column types of the archive: what must read the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

RowId = BigInteger().with_variant(Integer(), "sqlite")
"""A row number: SQLite counts rows by itself only in a column declared INTEGER."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value; in SQLite it is text that a person can read, since the engine leaves non-ASCII letters as they are."""


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware and in UTC in Python on every database.

    In SQLite it is text of fixed width, ``2026-05-03T07:15:00.000000Z``, so that it sorts by time, compares with a
    shorter literal such as ``'2026-05-03'``, and is understood by SQLite's own date functions.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text of 27 characters in SQLite, ``timestamptz`` in PostgreSQL."""
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """The stored form.

        Raises:
            ValueError: the time is naive, so its zone would have to be guessed.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value}")
        return stored_time(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The instant, in UTC; PostgreSQL answers in the session's zone."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)


def stored_time(moment: datetime) -> str:
    """The text form of an instant, in UTC to the microsecond, as SQLite and the WARC files hold it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


class PlainText(TypeDecorator[str]):
    """Text from the outside world, less what a database cannot hold.

    PostgreSQL refuses U+0000, and neither database takes half a surrogate pair; a page may contain both. The WARC
    record keeps the bytes as they came.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the interface
        """The text without U+0000, lone surrogates replaced by U+FFFD."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """``text`` without U+0000, and with U+FFFD for lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def one_of(column: str, values: type[StrEnum]) -> str:
    """The condition of a CHECK constraint: the column holds one of an enum's values, or NULL."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"
