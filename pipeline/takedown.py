"""Takes an article down: withholds it, deletes what the archive says of it, overwrites the records that held it.

The order is what makes it safe to be killed: withheld first, so that an article is never shown half; what tells of it
is looked for while its words are still known; then its rows go in one transaction, then the WARC records, then what is
left in the database's own files. ``finish`` goes on with whatever an earlier run left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.copies import CopyFinder
from pipeline.forgotten_words import ForgottenWords
from pipeline.page import Page
from pipeline.profiles import knowledge_of
from pipeline.site_profile import to_json
from pipeline.study_json import to_bytes
from storage.erasing import Erased, erase_records
from storage.errors import ArchiveConflictError, TakenDownError, WarcError
from storage.ledger import append_waiting
from storage.lock import is_written
from storage.scrubbing import scrub
from storage.takedown_queries import TakedownQueries
from storage.writer_profiles import profiles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from storage.archive import Archive, Writer
    from storage.records_takedown import FeedCapture, Takedown, TakedownCounts
    from storage.writer_profiles import StoredProfile

SETTLING = timedelta(seconds=60)
"""How long records are left alone after an article was withheld, where other processes write: what they had begun by
then may still cite one of them. Reading a page takes 20 s at most by default."""
_CONFLICT_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a takedown, and why."""

    reason: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far takedowns have come: captures overwritten now, and what is left to do, a sentence each."""

    erased: int = 0
    left: tuple[str, ...] = ()


def counts(archive: Archive, article_id: int) -> TakedownCounts:
    """How much would go with the article; reads the feeds that may tell of it, and writes nothing.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    queries = TakedownQueries(archive)
    words = ForgottenWords.of(queries.words(article_id))
    return replace(queries.counts(article_id), feeds=len(_telling_feeds(archive, article_id, words)))


def take_down(archive: Archive, article_id: int, asked: Asked) -> None:
    """Withholds the article and deletes its rows; ``finish`` does what is left.

    Doing it again goes on where it was killed; the first reason stays.

    Raises:
        ArchiveError: the archive cannot be read or written.
    """
    append_waiting(archive)  # so that each row has a leaf whose nonce can go
    with archive.writing() as writer:
        writer.withhold(article_id, reason=asked.reason, asked_by=asked.asked_by, at=writer.now())
    takedown = TakedownQueries(archive).takedown(article_id)
    if takedown is not None and takedown.emptied_at is None:
        _empty(archive, takedown)


def finish(
    archive: Archive, *, settling: timedelta = SETTLING, tell: Callable[[str], None] = lambda _: None
) -> Progress:
    """Goes on with every takedown that is not finished, and takes along what visits under way have brought since.

    Args:
        archive: Open.
        settling: How long records are left alone after their article was withheld; give none where nobody writes.
        tell: Is told what is done, a sentence at a time.

    Raises:
        ArchiveBusyError: another process is at work on the same WARC files.
        ArchiveError: the archive cannot be read or written.
    """
    at = _empty_what_is_left(archive)
    queries = TakedownQueries(archive)
    if queries.graves():
        seconds = _seconds_to_settle(archive, queries, at, settling)
        if seconds > 0:
            tell(f"waiting {seconds:.0f} s for what other processes write")
            time.sleep(seconds)
    erased = Erased()
    if any(each.erased_at is None for each in queries.takedowns()):
        erased = erase_records(archive, at, tell=lambda name: tell(f"overwriting records in {name}"))
    left = list(erased.left)
    if any(each.scrubbed_at is None for each in queries.takedowns()):
        tell("rewriting the files of the database")
        problems = scrub(archive)
        left += problems
        if not problems:
            with archive.writing() as writer:
                writer.note_scrubbed(at)
    return Progress(erased.records, tuple(left))


def finish_records(archive: Archive, *, settling: timedelta = SETTLING) -> Progress:
    """As ``finish``, but waits for nothing and leaves the database's files as they are: for beside a crawl.

    Raises:
        ArchiveBusyError: another process is at work on the same WARC files.
        ArchiveError: the archive cannot be read or written.
    """
    queries = TakedownQueries(archive)
    if not queries.takedowns():
        return Progress()
    at = _empty_what_is_left(archive)
    if not queries.graves() or _seconds_to_settle(archive, queries, at, settling) > 0:
        return Progress()
    erased = erase_records(archive, at)
    return Progress(erased.records, erased.left)


def _empty_what_is_left(archive: Archive) -> datetime:
    """Deletes the rows that a killed run has left, and takes late captures along; the present."""
    for takedown in TakedownQueries(archive).takedowns():
        if takedown.emptied_at is None:
            _empty(archive, takedown)
    append_waiting(archive)
    with archive.writing() as writer:
        writer.take_late_captures()
        return writer.now()


def _seconds_to_settle(archive: Archive, queries: TakedownQueries, at: datetime, settling: timedelta) -> float:
    """How long it takes until what other processes had begun when the last article was withheld is written down."""
    if not is_written(archive):
        return 0.0
    last = max(each.asked_at for each in queries.takedowns())
    return max(0.0, (last + settling - at).total_seconds())


def _empty(archive: Archive, takedown: Takedown) -> None:
    """Deletes the article's rows, after what tells of it was found by their words."""
    article_id = takedown.article_id
    words = ForgottenWords.of(TakedownQueries(archive).words(article_id))
    feeds = _telling_feeds(archive, article_id, words)
    for _ in range(_CONFLICT_RETRIES):
        try:
            return _delete_rows(archive, takedown, words, feeds)
        except ArchiveConflictError:
            continue
    return _delete_rows(archive, takedown, words, feeds)


def _delete_rows(archive: Archive, takedown: Takedown, words: ForgottenWords, feeds: Sequence[int]) -> None:
    article_id = takedown.article_id
    with archive.writing() as writer:
        at = writer.now()
        writer.take_with(article_id, feeds)
        related = _related(writer, article_id)
        writer.forget_text(article_id)
        writer.empty_article(article_id, at)
        finder = CopyFinder()
        for other in related:  # those whose original it was have another one now, or none
            finder.note(writer, other, at)
        writer.hold_profiles()
        for stored in profiles_of(archive, takedown.source_key):
            cleaned = _cleaned(stored, words)
            if cleaned is not None:
                writer.rewrite_profile(takedown.source_key, stored.number, *cleaned)


def _related(writer: Writer, article_id: int) -> list[int]:
    """The other articles of its cluster."""
    rows = [*writer.clusters_with([article_id]), *writer.sharing_with([article_id])]
    return sorted({each for row in rows for each in (row.article_id, row.original_article_id)} - {article_id})


def _telling_feeds(archive: Archive, article_id: int, words: ForgottenWords) -> list[int]:
    """The stored readings of lists that tell of the article; what several readings brought alike is read once."""
    verdicts: dict[str, bool] = {}
    found = []
    for reading in TakedownQueries(archive).feed_captures(article_id):
        digest = reading.payload_digest
        if digest not in verdicts:
            verdicts[digest] = _tells(archive, reading, words)
        if verdicts[digest]:
            found.append(reading.capture_id)
    return found


def _tells(archive: Archive, reading: FeedCapture, words: ForgottenWords) -> bool:
    try:
        capture = archive.read_capture(reading.location)
    except TakenDownError:
        return False
    except WarcError:
        return True  # on another machine, or damaged: what cannot be looked into is not kept
    encoding, kind = capture.header("Content-Encoding"), capture.header("Content-Type")
    return words.are_in_list(Page(capture.url, capture.body, kind, encoding, capture.captured_at))


def _cleaned(stored: StoredProfile, words: ForgottenWords) -> tuple[dict[str, Any], bytes | None] | None:
    """What a site profile holds without the article's words; None where it holds none of them.

    They may stand in the examples by which it shows what repeats on a site; its rules are hashes and paths.
    """
    known = knowledge_of(stored)
    if known is None or known.profile is None:
        return None
    study = replace(
        known.study,
        lessons=tuple(replace(lesson, title="") for lesson in known.study.lessons),
        examples={form: text for form, text in known.study.examples.items() if not words.hold(text)},
    )
    repeats = {
        form: replace(repeat, example="") if words.hold(repeat.example) else repeat
        for form, repeat in known.profile.repeats.items()
    }
    profile = replace(known.profile, repeats=repeats)
    if (study, profile) == (known.study, known.profile):
        return None
    return to_json(profile), to_bytes(study) if stored.study is not None else None
