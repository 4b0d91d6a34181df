"""Exports of what the archive concluded: articles as JSON lines, their versions as CSV and Parquet."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from typing import TYPE_CHECKING, BinaryIO, TextIO

from commands.article_json import article_record
from commands.export_job import NOTHING_MATCHES
from commands.output import say, write_lines
from commands.progress import followed
from storage.export import count_articles, exported_articles, read_articles, wanted_articles
from storage.export_csv import write_csv
from storage.export_parquet import require_parquet, write_parquet
from storage.export_progress import Start
from storage.export_table import version_rows
from storage.export_target import unfinished_directory, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commands.export_job import Job
    from storage.archive import Archive
    from storage.export import ExportChoice, Exported

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How CSV is written."""

    delimiter: str = ","
    has_bom: bool = False


def print_articles(archive: Archive, choice: ExportChoice, form: CsvForm | None) -> None:
    """Writes to standard output: CSV with one row a version in that form, or JSON with one line an article.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    total = count_articles(archive, choice)
    with followed(exported_articles(archive, choice), total, is_shown=not sys.stdout.isatty()) as exported:
        _write(exported, sys.stdout, form)
    if not total:
        say(NOTHING_MATCHES)


def export_text(job: Job, form: CsvForm | None) -> None:
    """Writes a file: CSV with one row a version in that form, or JSON with one line an article.

    Raises:
        ArchiveError: the archive cannot be read, or the file not written.
    """
    with job.archive.reading() as connection:
        start = Start(connection, job.asked, lambda: wanted_articles(connection, job.choice))
        with unfinished_file(job.output, start) as (file, progress), job.told(progress) as left:
            stream = TextIOWrapper(file, encoding="utf-8", newline="")
            exported = progress.stepped(read_articles(connection, left, job.choice), partial(_synced, stream, file))
            if progress.total:
                _write(exported, stream, form, has_head=not progress.kept)
            stream.detach()
    job.conclude(progress.total, "articles")


def export_parquet(job: Job) -> None:
    """Writes a directory of Parquet files, one row a version, parted by source and month.

    Raises:
        ArchiveError: pyarrow is not installed, the archive cannot be read, or the directory not written.
    """
    require_parquet()
    with job.archive.reading() as connection:
        start = Start(connection, job.asked, lambda: wanted_articles(connection, job.choice, by_month=True))
        with unfinished_directory(job.output, start) as (directory, progress), job.told(progress) as left:
            write_parquet(read_articles(connection, left, job.choice), directory, progress.add)
    job.conclude(progress.total, "articles")


def _write(exported: Iterable[Exported], stream: TextIO, form: CsvForm | None, *, has_head: bool = True) -> None:
    if form is None:
        write_lines((article_record(each.article, with_texts=True) for each in exported), stream)
        return
    stream.write(_BOM if form.has_bom and has_head else "")
    rows = (row for each in exported for row in version_rows(each.article))
    write_csv(rows, stream, delimiter=form.delimiter, has_head=has_head)


def _synced(stream: TextIO, file: BinaryIO) -> int:
    stream.flush()
    os.fsync(file.fileno())
    return file.tell()
