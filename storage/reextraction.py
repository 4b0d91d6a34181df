"""Which captures of articles wait for an extraction by a given release, and which have an earlier one to go back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, select

from storage.records import Role, SourceRecord, WarcLocation
from storage.statements import captures, extractions, location_of, sources, versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Select

    from storage.archive import Archive

_PAGE_ROWS = 500
_PAGES = (Role.ARTICLE, Role.RENDERED)


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A capture of an article's page: where it is kept, and what the archive says of it now."""

    capture_id: int
    source: SourceRecord
    url: str
    location: WarcLocation
    title: str
    text: str


def pages_without(
    archive: Archive, extractor: str, release: str, *, source: str | None = None, since: datetime | None = None
) -> Iterator[StoredPage]:
    """The captures of articles that this release has not read yet, oldest row first, a page of rows at a time.

    Args:
        archive: Open.
        extractor: The extractor's name.
        release: Its release.
        source: Only captures of the source with this key.
        since: Only captures of that moment or later.
    """
    today = extractions.alias()
    done = exists().where(
        today.c.capture_id == captures.c.id, today.c.extractor == extractor, today.c.release == release
    )
    statement = _narrowed(_pages().where(~done), source, since)
    after = 0
    while True:
        with archive.reading() as connection:
            rows = connection.execute(statement, {"after": after}).all()
        if not rows:
            return
        yield from (_page(row) for row in rows)
        after = rows[-1].id


def extractions_by(
    archive: Archive, release: str, *, source: str | None = None, since: datetime | None = None
) -> list[int]:
    """The ids of extractions that this release made and that are not chosen now."""
    made = select(extractions.c.id).join(captures, captures.c.id == extractions.c.capture_id)
    made = made.where(
        extractions.c.release == release, ~extractions.c.chosen, extractions.c.not_article.is_(None)
    ).order_by(extractions.c.id)
    with archive.reading() as connection:
        return [int(row.id) for row in connection.execute(_narrowed(made, source, since))]


def _pages() -> Select[Any]:
    chosen = and_(extractions.c.capture_id == captures.c.id, extractions.c.chosen)
    return (
        select(
            captures.c.id,
            captures.c.url,
            captures.c.warc_file,
            captures.c.warc_offset,
            captures.c.warc_length,
            captures.c.refers_to,
            versions.c.title.label("version_title"),
            versions.c.text.label("version_text"),
            extractions.c.title.label("own_title"),
            extractions.c.text.label("own_text"),
            sources.c.key,
            sources.c.name,
            sources.c.home_url,
            sources.c.language,
            sources.c.timezone,
        )
        .join(versions, versions.c.id == captures.c.version_id)
        .join(sources, sources.c.key == captures.c.source_key)
        .outerjoin(extractions, chosen)
        .where(
            captures.c.role.in_(_PAGES),
            captures.c.status.between(200, 299),
            captures.c.id > bindparam("after"),
        )
        .order_by(captures.c.id)
        .limit(_PAGE_ROWS)
    )


def _narrowed(statement: Select[Any], source: str | None, since: datetime | None) -> Select[Any]:
    if source is not None:
        statement = statement.where(captures.c.source_key == source)
    if since is not None:
        statement = statement.where(captures.c.captured_at >= since)
    return statement


def _page(row: Any) -> StoredPage:
    title = row.version_title if row.own_title is None else row.own_title
    text = row.version_text if row.own_text is None else row.own_text
    source = SourceRecord(row.key, row.name, row.home_url, language=row.language, timezone=row.timezone)
    return StoredPage(row.id, source, row.url, location_of(row), title, text)
