"""Reads stored captures again with today's extractor. What it sees differently is told, and is never an edit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from pipeline.extract import EXTRACTOR, RELEASE
from pipeline.fingerprint import fingerprint
from pipeline.indexing import index_article
from pipeline.observe import page_of
from pipeline.profiles import Profiles
from pipeline.similarity import containment
from pipeline.steps import measure_steps
from pipeline.workers import ExtractionFailure
from storage.reextraction import extractions_by, pages_without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from pipeline.workers import ExtractionPool
    from storage.archive import Archive, Writer
    from storage.records import Extraction
    from storage.reextraction import StoredPage

T = TypeVar("T")
_AT_ONCE = 50  # captures read, extracted and committed together


class Difference(StrEnum):
    """What today's extractor makes of a capture, beside what the archive says of it."""

    SAME = "same"
    CHANGED = "changed"
    LOST = "lost"
    """It sees no article, or fails: the extraction that was chosen before stays so."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One capture read again: the share (0 to 1) of the shorter text that both have, and words before and now."""

    url: str
    difference: Difference
    agreement: float
    words_before: int
    words_now: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which captures are meant: of one source, from one moment on, or all."""

    source: str | None = None
    since: datetime | None = None


async def reextract(
    archive: Archive,
    pool: ExtractionPool,
    selection: Selection,
    *,
    is_kept: bool,
    tell: Callable[[Comparison], None],
) -> None:
    """Extracts every selected capture that today's release has not read yet.

    Restartable: what is committed is not read again.

    Args:
        archive: Open.
        pool: The extraction workers.
        selection: Which captures.
        is_kept: Makes today's extraction the chosen one; otherwise nothing is written.
        tell: Called with each capture's comparison.

    Raises:
        ArchiveError: a WARC record is missing or damaged, or the archive cannot be written.
    """
    profiles = Profiles(archive, pool)
    pages = pages_without(archive, EXTRACTOR, RELEASE, source=selection.source, since=selection.since)
    for batch in _batches(pages):
        found = await asyncio.gather(*(_extract(archive, pool, profiles, page) for page in batch))
        if is_kept:
            await asyncio.to_thread(_keep, archive, zip(batch, found, strict=True))
        for page, extraction in zip(batch, found, strict=True):
            tell(_compare(page, extraction))


def roll_back(archive: Archive, release: str, selection: Selection) -> int:
    """Makes the extractions of an earlier release the chosen ones again; how many there were.

    Raises:
        ArchiveError: the archive cannot be written.
    """
    ids = extractions_by(archive, release, source=selection.source, since=selection.since)
    for batch in _batches(ids):
        with archive.writing() as writer:
            _choose(writer, (writer.earlier_extraction(extraction_id) for extraction_id in batch))
    return len(ids)


async def _extract(
    archive: Archive, pool: ExtractionPool, profiles: Profiles, stored: StoredPage
) -> Extraction | ExtractionFailure:
    """The page as today's release and what is known of its site today read it; nothing is learned from it."""
    capture = await asyncio.to_thread(archive.read_capture, stored.location)
    page = page_of(capture, stored.source)
    return await pool.extract(page, stored.source.key, profiles.how(stored.source.key, page))


def _keep(archive: Archive, found: Iterable[tuple[StoredPage, Extraction | ExtractionFailure]]) -> None:
    read = [(page.capture_id, one, _digests(one)) for page, one in found if not isinstance(one, ExtractionFailure)]
    with archive.writing() as writer:
        _choose(writer, (one for one in read if one[1].not_article is None))
        for capture_id, extraction, digests in read:
            if extraction.not_article is not None:
                writer.add_extraction(capture_id, extraction, chosen=False, keep_text=True, digests=digests)


def _choose(writer: Writer, chosen: Iterable[tuple[int, Extraction, tuple[str, str]]]) -> None:
    """Makes extractions the ones that count, and measures and indexes anew the versions that say something else now."""
    restated = [writer.choose(capture_id, extraction, digests=digests) for capture_id, extraction, digests in chosen]
    changed = [one for one in restated if one is not None]
    for one in changed:
        writer.forget_measures_around(one.version_id)
    for article_id in dict.fromkeys(one.article_id for one in changed):
        measure_steps(writer, article_id)
        index_article(writer, article_id)


def _digests(extraction: Extraction) -> tuple[str, str]:
    marks = fingerprint(extraction.title, extraction.text)
    return marks.title_digest, marks.text_digest


def _compare(page: StoredPage, now: Extraction | ExtractionFailure) -> Comparison:
    before = len(page.text.split())
    if isinstance(now, ExtractionFailure) or now.not_article is not None:
        return Comparison(page.url, Difference.LOST, 0.0, before, 0)
    is_same = fingerprint(now.title, now.text) == fingerprint(page.title, page.text)
    agreement = 1.0 if is_same else containment(page.text, now.text)
    difference = Difference.SAME if is_same else Difference.CHANGED
    return Comparison(page.url, difference, agreement, before, len(now.text.split()))


def _batches(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(items)  # itertools.batched came with Python 3.12
    while batch := tuple(islice(rest, _AT_ONCE)):
        yield batch
