"""Which captures an export of WARC records takes, and where they are. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select, union

from storage.export import chosen_articles
from storage.export_progress import Wanted
from storage.records import ArticleStatus, Role
from storage.statements import articles, capture_assets, captures, erasures, location_of, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import CTE, Connection, Select

    from storage.export import ExportChoice
    from storage.records import WarcLocation

_ROWS_A_FETCH = 500
_NOT_MODIFIED = 304
_WITH_ORIGINAL = "with original"
_ORIGINAL = captures.alias("original")
_THESE = (
    select(captures, _ORIGINAL.c.payload_digest.label("original_digest"))
    .outerjoin(_ORIGINAL, _ORIGINAL.c.record_id == captures.c.refers_to)
    .where(captures.c.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class ExportedCapture:
    """A capture as its row tells it.

    ``payload_digest`` is of the body that it stands for, also where it is a revisit; ``has_original`` says whether the
    capture that holds this body is exported too.
    """

    id: int
    record_id: str
    location: WarcLocation
    url: str
    captured_at: datetime
    role: Role
    status: int
    content_type: str | None
    payload_digest: str
    has_original: bool


@dataclass(frozen=True, slots=True)
class ExportedPage:
    """A version, by the capture that first showed it."""

    version_id: str
    capture_id: int
    url: str
    captured_at: datetime
    title: str


def wanted_captures(connection: Connection, choice: ExportChoice) -> Iterator[Wanted]:
    """The row numbers of the captures of the chosen articles, redirects and assets included, by file and place.

    With ``current_only`` only those of the visits that saw the current version. A 304 comes with the capture that it
    refers to; of other revisits the original is left out where it is of no chosen article.
    The note is for :func:`read_captures`.
    """
    wanted = _wanted(choice)
    statement = (
        select(captures.c.id, _ORIGINAL.c.id.in_(select(wanted.c.id)).label("has_original"))
        .join(wanted, wanted.c.id == captures.c.id)
        .outerjoin(_ORIGINAL, _ORIGINAL.c.record_id == captures.c.refers_to)
        .order_by(captures.c.warc_file, captures.c.warc_offset, captures.c.id)
    )
    for row in _rows(connection, statement):
        yield Wanted(row.id, _WITH_ORIGINAL if row.has_original else "")


def read_captures(connection: Connection, wanted: Iterable[Wanted]) -> Iterator[ExportedCapture]:
    """These captures, of ``wanted_captures``, in their order."""
    rest = iter(wanted)
    while page := list(islice(rest, _ROWS_A_FETCH)):
        rows = {row.id: row for row in connection.execute(_THESE, {"ids": [each.id for each in page]})}
        yield from (_capture(rows[each.id], has_original=each.note == _WITH_ORIGINAL) for each in page)


def exported_pages(connection: Connection, choice: ExportChoice) -> Iterator[ExportedPage]:
    """The versions of the chosen articles in order of time."""
    statement = (
        select(
            versions.c.public_id.label("version_id"),
            captures.c.id.label("capture_id"),
            captures.c.url,
            captures.c.captured_at,
            versions.c.title,
        )
        .join(captures, captures.c.id == versions.c.first_capture_id)
        .where(versions.c.article_id.in_(chosen_articles(choice)))
        .order_by(captures.c.captured_at, captures.c.id)
    )
    if choice.current_only:
        statement = statement.where(versions.c.id.in_(_current_versions(choice)))
    for row in _rows(connection, statement):
        yield ExportedPage(**row._mapping)  # noqa: SLF001 - its public name


def _current_versions(choice: ExportChoice) -> Select[Any]:
    return select(articles.c.current_version_id).where(articles.c.id.in_(chosen_articles(choice)))


def _wanted(choice: ExportChoice) -> CTE:
    """The row numbers: captures of the articles, what their pages show, and what a 304 among them refers to."""
    own = select(captures.c.id).where(captures.c.article_id.in_(chosen_articles(choice)))
    if choice.current_only:
        seen = select(captures.c.visit_id).where(captures.c.version_id.in_(_current_versions(choice)))
        own = own.where(captures.c.visit_id.in_(seen))
    owned = own.cte("owned")
    shown = select(capture_assets.c.asset_id).where(capture_assets.c.page_id.in_(select(owned.c.id)))
    taken = union(select(owned.c.id), shown).cte("taken")
    referring = captures.alias("referring")
    public = select(articles.c.id).where(articles.c.status != ArticleStatus.WITHHELD)
    originals = (
        select(captures.c.id)
        .join(referring, referring.c.refers_to == captures.c.record_id)
        .where(
            referring.c.id.in_(select(taken.c.id)),
            referring.c.status == _NOT_MODIFIED,
            or_(captures.c.article_id.is_(None), captures.c.article_id.in_(public)),
        )
    )
    everything = union(select(taken.c.id), originals).subquery()
    return select(everything.c.id).where(everything.c.id.not_in(select(erasures.c.capture_id))).cte("wanted")


def _capture(row: Any, *, has_original: bool) -> ExportedCapture:
    return ExportedCapture(
        id=row.id,
        record_id=row.record_id,
        location=location_of(row),
        url=row.url,
        captured_at=row.captured_at,
        role=Role(row.role),
        status=row.status,
        content_type=row.content_type,
        payload_digest=row.original_digest or row.payload_digest,
        has_original=has_original,
    )


def _rows(connection: Connection, statement: Select[Any]) -> Iterator[Any]:
    yield from connection.execute(statement.execution_options(yield_per=_ROWS_A_FETCH))
