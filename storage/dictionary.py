"""Writes the generated parts of ``docs/schema.md``: the diagram, the views and the data dictionary.

Run ``python -m storage.dictionary docs/schema.md`` after a change of models or views; a test holds that it was done.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Base
from storage.view_files import view_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Table


def with_generated_parts(document: str) -> str:
    """The document with what stands between ``<!-- begin X -->`` and ``<!-- end X -->`` written anew."""
    parts = {"diagram": _diagram, "views": _views, "dictionary": _dictionary}
    for name, write in parts.items():
        begin, end = f"<!-- begin {name} (python -m storage.dictionary docs/schema.md) -->\n", f"\n<!-- end {name} -->"
        before, _, rest = document.partition(begin)
        document = before + begin + "\n".join(write()) + end + rest.partition(end)[2]
    return document


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "erDiagram"
    for table in Base.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            many = "|o" if key.parent.nullable else "||"
            yield f"    {key.column.table.name} {many}--o{{ {table.name} : {key.parent.name}"
    yield "```"


def _views() -> Iterator[str]:
    for view in view_files("postgresql"):
        yield f"### `{view.name}`"
        yield ""
        yield view.comment
        yield ""
        yield "| column | meaning |"
        yield "|---|---|"
        for name, meaning in view.columns:
            yield f"| `{name}` | {meaning} |"
        yield ""


def _dictionary() -> Iterator[str]:
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        yield f"### `{table.name}`"
        yield ""
        yield table.comment or ""
        yield ""
        yield "| column | SQLite | PostgreSQL | | meaning |"
        yield "|---|---|---|---|---|"
        for column in table.columns:
            yield _line(table, column)
        yield ""


def _line(table: Table, column: Column[object]) -> str:
    kinds = (column.type.compile(dialect.dialect()).lower() for dialect in (sqlite, postgresql))
    marks = ["key"] if column.primary_key else []
    marks += [f"→ `{key.column.table.name}`" for key in column.foreign_keys]
    if column.nullable:
        marks.append("may be NULL")
    if column.unique or any(list(index.columns) == [column] and index.unique for index in table.indexes):
        marks.append("unique")
    return f"| `{column.name}` | {' | '.join(kinds)} | {', '.join(marks)} | {column.comment} |"


def main() -> None:
    """Rewrites the file named on the command line."""
    path = Path(sys.argv[1])
    path.write_text(with_generated_parts(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
