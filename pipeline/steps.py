"""Measures the steps between an article's versions, and keeps the measures.

An edit is measured when its version is written, in the same transaction; a version that comes in between two others
has both its sides measured. Nothing is measured twice.
"""

from __future__ import annotations

from itertools import islice, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from pipeline.measure import Content, measure
from storage.changes import articles_to_measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from storage.archive import Archive, Writer
    from storage.records import VersionStep

T = TypeVar("T")
_ARTICLES_AT_ONCE = 100
NOTHING_READ: Mapping[int, Content] = MappingProxyType({})


def measure_steps(writer: Writer, article_id: int, read_today: Mapping[int, Content] = NOTHING_READ) -> None:
    """Measures each step of the article's versions that is not measured yet, or from another version.

    ``read_today`` holds what the pages of earlier versions come to by the rule that read the newest one: a line that an
    earlier rule took for furniture, or did not, is no part of the edit.

    Raises:
        ArchiveError: the archive cannot be written.
    """
    steps = writer.version_steps(article_id)
    for older, newer in pairwise(steps):
        if newer.measured_from != older.version_id:
            before, after = (read_today.get(step.version_id) or _content(writer, step) for step in (older, newer))
            measured = measure(before, after)
            writer.save_measure(newer.version_id, older.version_id, measured)
    if steps and steps[0].measured_from is not None:
        writer.forget_measure(steps[0].version_id)


def measure_missing(archive: Archive) -> int:
    """Measures what an earlier release left unmeasured; the number of articles looked at.

    Restartable: what is committed is not measured again.

    Raises:
        ArchiveError: the archive cannot be read or written.
    """
    count = 0
    for batch in _batches(articles_to_measure(archive)):
        with archive.writing() as writer:
            for article_id in batch:
                measure_steps(writer, article_id)
        count += len(batch)
    return count


def _content(writer: Writer, step: VersionStep) -> Content:
    title, text = writer.version_content(step.version_id)
    return Content(title, text, step.language)


def _batches(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(items)  # itertools.batched came with Python 3.12
    while batch := tuple(islice(rest, _ARTICLES_AT_ONCE)):
        yield batch
