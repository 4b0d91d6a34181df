"""Exported versions as Parquet: a directory of ``source=…/month=…/articles.parquet``, as Hive lays partitions out.

DuckDB, Spark, pandas, Polars and pyarrow read such a directory as one table and give ``source`` and ``month`` from the
names, in which everything but letters, digits and ``_.-`` is percent-encoded as those readers expect.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from storage.errors import ArchiveError
from storage.export_table import COLUMNS, REPEATED, Kind, version_rows
from storage.warc import sync_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from storage.export import Exported

_FILE = "articles.parquet"
_LETTERS_A_GROUP = 2_000_000
_ROWS_A_GROUP = 20_000
"""A row group is held in memory, as rows and as columns: so many rows, or so much text, whichever comes first. It costs
some 35 MB so, and 85 MB with four times the text, which makes the files half a percent smaller."""
_ZSTD_LEVEL = 9


def require_parquet() -> Any:
    """The module of pyarrow that writes Parquet.

    Raises:
        ArchiveError: it is not installed.
    """
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise ArchiveError(
            "Parquet needs the package pyarrow, which is not installed",
            remedy="install it with: pip install 'warraq[parquet]'",
        ) from error
    return parquet


def write_parquet(exported: Iterable[Exported], directory: Path, written: Callable[[int], None]) -> None:
    """Writes the articles into a directory, a row a version.

    Args:
        exported: Those of one source and month together.
        directory: Gets a directory a source in it, with one a month. What is left there of the first month is replaced.
        written: Is told of each month, how many articles it has, when they are on the disk.

    Raises:
        ArchiveError: pyarrow is not installed.
        OSError: the directory cannot be written.
    """
    parquet = require_parquet()
    schema = _schema()
    for (source, month), articles in groupby(exported, key=lambda each: (each.article.source, each.month)):
        place = directory / f"source={quote(source, safe='')}" / f"month={quote(month, safe='')}"
        place.mkdir(parents=True, exist_ok=True)
        count = Counter[str]()
        with (place / _FILE).open("wb") as file:
            with _writer(parquet, file, schema) as writer:
                for group in _groups(_rows(articles, count)):
                    writer.write_batch(_batch(group, schema))
            file.flush()
            os.fsync(file.fileno())
        for parent in (place, place.parent, directory):
            sync_directory(parent)
        written(count.total())


def _rows(exported: Iterable[Exported], count: Counter[str]) -> Iterator[dict[str, Any]]:
    """The rows of the articles, which are counted as they pass."""
    for each in exported:
        count["articles"] += 1
        yield from version_rows(each.article)


@contextmanager
def _writer(parquet: Any, file: Any, schema: Any) -> Iterator[Any]:
    writer = parquet.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        use_dictionary=list(REPEATED),
        write_statistics=True,
    )
    try:
        yield writer
    except BaseException:
        writer.is_open = False  # the file is thrown away: its footer must not fail a second time
        raise
    writer.close()


def _schema() -> Any:
    import pyarrow  # noqa: ICN001, PLC0415 - an extra

    types = {
        Kind.TEXT: pyarrow.string(),
        Kind.TIME: pyarrow.timestamp("us", tz="UTC"),
        Kind.DAY: pyarrow.date32(),
        Kind.NUMBER: pyarrow.int32(),
        Kind.FLAG: pyarrow.bool_(),
        Kind.TEXTS: pyarrow.list_(pyarrow.string()),
    }
    # The partition's own columns stand in the names alone: in both places readers would see them twice.
    return pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS.items() if name != "source"])


def _batch(rows: list[dict[str, Any]], schema: Any) -> Any:
    import pyarrow  # noqa: ICN001, PLC0415 - an extra

    arrays = [pyarrow.array([row[entry.name] for row in rows], type=entry.type) for entry in schema]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=schema)


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    letters = 0
    for row in rows:
        group.append(row)
        letters += len(row["text"] or "")
        if letters >= _LETTERS_A_GROUP or len(group) >= _ROWS_A_GROUP:
            yield group
            group, letters = [], 0
    if group:
        yield group
