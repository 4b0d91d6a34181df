"""Reading what takedowns need: what an article says, what goes with it, which records are still to be overwritten."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage.records import ArticleStatus, PayloadDigest
from storage.records_takedown import ArticleWords, FeedCapture, Grave, Takedown, TakedownCounts
from storage.statements import (
    article_urls,
    articles,
    captures,
    discoveries,
    erasures,
    extractions,
    location_of,
    takedowns,
    versions,
)
from storage.takedown_rows import ARTICLE, ASSETS, DISCOVERIES, FEED_CAPTURES, FIRST_KNOWN, PAGES, URLS
from storage.writer_takedowns import EMPTIED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Select

    from storage.archive import Archive

_EARLIER = timedelta(days=1)
"""A feed may have been read a moment before what it listed was written down."""
_NOT_MODIFIED = 304
_TAKEDOWNS = (
    select(
        takedowns.c.article_id,
        articles.c.public_id,
        articles.c.source_key,
        takedowns.c.reason,
        takedowns.c.asked_by,
        takedowns.c.asked_at,
        takedowns.c.emptied_at,
        takedowns.c.erased_at,
        takedowns.c.scrubbed_at,
    )
    .join(articles, articles.c.id == takedowns.c.article_id)
    .order_by(takedowns.c.asked_at, takedowns.c.article_id)
)
_ROW_ID = select(articles.c.id).where(articles.c.public_id == bindparam("public"))
_TITLES = (
    select(versions.c.title).where(versions.c.article_id == ARTICLE),
    select(discoveries.c.listed_title).where(DISCOVERIES),
)
_DETAILS = select(versions.c.text, versions.c.description, versions.c.image_caption, versions.c.images).where(
    versions.c.article_id == ARTICLE
)
_EXTRACTIONS = select(extractions.c.title, extractions.c.text, extractions.c.details).where(
    extractions.c.capture_id.in_(PAGES)
)
_GRAVES = (
    select(
        captures.c.id,
        captures.c.record_id,
        captures.c.warc_file,
        captures.c.warc_offset,
        captures.c.warc_length,
        captures.c.refers_to,
    )
    .join(erasures, erasures.c.capture_id == captures.c.id)
    .where(erasures.c.erased_at.is_(None))
    .order_by(captures.c.warc_file, captures.c.warc_offset)
)
_CITING = (
    select(
        captures.c.id,
        captures.c.warc_file,
        captures.c.warc_offset,
        captures.c.warc_length,
        captures.c.refers_to,
    )
    .where(
        captures.c.refers_to == bindparam("record"),
        captures.c.status != _NOT_MODIFIED,  # its revisit record needs no body
        captures.c.id.not_in(select(erasures.c.capture_id)),
    )
    .order_by(captures.c.id)
)
_WITHHELD_URLS = (
    select(article_urls.c.url, article_urls.c.address_key)
    .join(articles, articles.c.id == article_urls.c.article_id)
    .where(articles.c.status == ArticleStatus.WITHHELD)
)
_FORMER_FILES = (
    select(erasures.c.warc_file)
    .join(takedowns, takedowns.c.article_id == erasures.c.article_id)
    .where(takedowns.c.erased_at.is_(None))
    .distinct()
)


class TakedownQueries:
    """Reads one archive for takedowns. Every method raises an ArchiveError if it cannot be read."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def row_id(self, public_id: str) -> int:
        """The row id of the article with this public id."""
        with self._archive.reading() as connection:
            return int(connection.execute(_ROW_ID, {"public": public_id}).scalar_one())

    def takedown(self, article_id: int) -> Takedown | None:
        """The takedown of the article; None where it was not taken down."""
        statement = _TAKEDOWNS.where(takedowns.c.article_id == ARTICLE)
        with self._archive.reading() as connection:
            row = connection.execute(statement, {"article": article_id}).first()
        return Takedown(*row) if row else None

    def takedowns(self) -> list[Takedown]:
        """All takedowns, oldest first."""
        with self._archive.reading() as connection:
            return [Takedown(*row) for row in connection.execute(_TAKEDOWNS)]

    def emptied(self) -> int:
        """How many articles have ever been emptied, as ``Writer.emptied_takedowns`` has it."""
        with self._archive.reading() as connection:
            return int(connection.execute(EMPTIED).scalar_one())

    def withheld_urls(self) -> frozenset[str]:
        """Every address of every withheld article, and each one's form in which its spellings are alike."""
        with self._archive.reading() as connection:
            return frozenset(each for row in connection.execute(_WITHHELD_URLS) for each in row if each)

    def words(self, article_id: int) -> ArticleWords:
        """What the article says, in every version and extraction of it; nothing once its rows are deleted."""
        values = {"article": article_id}
        with self._archive.reading() as connection:
            urls = tuple(connection.execute(URLS, values).scalars())
            titles = {title for each in _TITLES for title in connection.execute(each, values).scalars()}
            texts: set[str] = set()
            for row in connection.execute(_DETAILS, values):
                texts |= {row.text, row.description or "", row.image_caption or ""} | _captions(row.images)
            for read in connection.execute(_EXTRACTIONS, values):
                details = read.details or {}
                titles.add(read.title or "")
                texts |= {read.text or "", details.get("description") or "", details.get("image_caption") or ""}
        return ArticleWords(urls, tuple(sorted(titles - {""})), tuple(sorted(texts - {""})))

    def counts(self, article_id: int) -> TakedownCounts:
        """How much would go with the article; feeds that tell of it are not looked for here."""
        files = select(captures.c.warc_file).where(captures.c.id.in_(PAGES) | captures.c.id.in_(ASSETS)).distinct()
        with self._archive.reading() as connection:

            def number(rows: Select[Any]) -> int:
                counted = select(func.count()).select_from(rows.subquery())
                return int(connection.execute(counted, {"article": article_id}).scalar_one())

            return TakedownCounts(
                versions=number(select(versions.c.id).where(versions.c.article_id == ARTICLE)),
                extractions=number(select(extractions.c.id).where(extractions.c.capture_id.in_(PAGES))),
                pages=number(PAGES),
                assets=number(ASSETS),
                feeds=0,
                warc_files=number(files),
            )

    def feed_captures(self, article_id: int) -> list[FeedCapture]:
        """The stored readings of the feeds that may tell of the article, oldest first."""
        values = {"article": article_id}
        with self._archive.reading() as connection:
            known = [moment for moment in connection.execute(FIRST_KNOWN, values).scalars() if moment]
            rows = connection.execute(FEED_CAPTURES, {**values, "since": min(known) - _EARLIER}).all()
        return [FeedCapture(row.id, PayloadDigest(row.payload_digest), location_of(row)) for row in rows]

    def graves(self) -> dict[str, list[Grave]]:
        """The captures whose records are still to be overwritten, by WARC file."""
        found: defaultdict[str, list[Grave]] = defaultdict(list)
        with self._archive.reading() as connection:
            for row in connection.execute(_GRAVES):
                found[row.warc_file].append(Grave(row.id, row.record_id, location_of(row)))
        return dict(found)

    def citing(self, graves: Sequence[Grave]) -> Iterator[tuple[Grave, list[Grave]]]:
        """Those of the records whose bodies other captures need, each with these captures."""
        for grave in graves:
            with self._archive.reading() as connection:
                rows = connection.execute(_CITING, {"record": grave.record_id}).all()
            if rows:
                yield grave, [Grave(row.id, "", location_of(row)) for row in rows]

    def former_files(self) -> list[str]:
        """The WARC files that held records of takedowns which are not finished yet."""
        with self._archive.reading() as connection:
            return list(connection.execute(_FORMER_FILES).scalars())


def _captions(images: Any) -> set[str]:
    return {image.get(name) or "" for image in images or () for name in ("caption", "alt")}
