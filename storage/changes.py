"""Reading what publishers changed and took down: the views ``edits`` and ``gone_articles``, as records."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Date, Double, Integer, String, column, func, select, table

from storage.columns import UtcTime
from storage.records import EditFlag
from storage.statements import edit_measures, versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Select, TableClause

    from storage.archive import Archive
    from storage.records import EditClass

_ROWS_A_PAGE = 200
_UNMEASURED = (
    select(versions.c.article_id)
    .outerjoin(edit_measures, edit_measures.c.version_id == versions.c.id)
    .group_by(versions.c.article_id)
    .having(func.count() > func.count(edit_measures.c.version_id) + 1)
    .order_by(versions.c.article_id)
)
FLAG_COLUMNS = {
    EditFlag.HEADLINE: "headline_changed",
    EditFlag.LEAD: "lead_changed",
    EditFlag.NUMBER: "number_changed",
    EditFlag.QUOTE: "quote_changed",
    EditFlag.NEGATION: "negation_changed",
    EditFlag.NAME: "name_changed",
    EditFlag.CORRECTION: "correction_notice",
    EditFlag.RETRACTION: "retraction",
    EditFlag.LIVE_UPDATE: "live_update",
}
"""The columns of the view ``edits`` that hold the flags."""


@dataclass(frozen=True, slots=True)
class EditView:
    """One edit, as the view ``edits`` tells it; None where an earlier release did not measure it."""

    article_id: str
    source: str
    url: str
    edited_at: datetime
    seen_before_at: datetime
    from_version: int
    to_version: int
    old_version_id: str
    new_version_id: str
    edit_class: str | None
    similarity: float | None
    words_added: int | None
    words_removed: int | None
    text_changed: bool
    headline_test: bool
    reverts_to: str | None
    old_title: str
    new_title: str
    flags: tuple[EditFlag, ...]


@dataclass(frozen=True, slots=True)
class GoneView:
    """One article that its publisher removed, as the view ``gone_articles`` tells it."""

    article_id: str
    source: str
    url: str
    title: str | None
    published_on: date | None
    first_seen_at: datetime
    last_seen_at: datetime
    missing_since: datetime | None
    gone_at: datetime
    reason: str | None
    version_id: str | None
    last_capture: str | None
    missing_capture: str | None
    missing_status: int | None
    gone_capture: str | None
    gone_status: int | None
    versions: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which edits or disappearances are meant: all where nothing is given; ``limit`` is their largest number."""

    source: str | None = None
    since: datetime | None = None
    limit: int | None = None


_TYPES: dict[str, Any] = {
    **dict.fromkeys(("edited_at", "seen_before_at", "first_seen_at", "last_seen_at"), UtcTime()),
    **dict.fromkeys(("missing_since", "gone_at"), UtcTime()),
    "published_on": Date(),
    "similarity": Double(),
    **dict.fromkeys(("text_changed", "headline_test", *FLAG_COLUMNS.values()), Boolean()),
    **dict.fromkeys(("from_version", "to_version", "words_added", "words_removed"), Integer()),
    **dict.fromkeys(("missing_status", "gone_status", "versions"), Integer()),
}


def _view(name: str, record: type, *more: str) -> TableClause:
    names = [entry.name for entry in fields(record) if entry.name != "flags"]
    return table(name, *(column(each, _TYPES.get(each, String())) for each in (*names, *more)))


_EDITS = _view("edits", EditView, *FLAG_COLUMNS.values())
_GONE = _view("gone_articles", GoneView)


def articles_to_measure(archive: Archive) -> list[int]:
    """The ids of the articles that have steps without a measure; reads every version's row once."""
    with archive.reading() as connection:
        return [int(row.article_id) for row in connection.execute(_UNMEASURED)]


def read_edits(archive: Archive, choice: Choice, *, edit_class: EditClass | None = None) -> Iterator[EditView]:
    """The edits, newest first.

    Args:
        archive: Open.
        choice: Those of a source; those seen since a moment; at most so many.
        edit_class: Only those of this class.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    statement = _chosen(select(_EDITS), _EDITS, "edited_at", choice)
    if edit_class is not None:
        statement = statement.where(_EDITS.c.edit_class == edit_class)
    for row in _rows(archive, statement):
        yield _edit(row)


def read_edit(archive: Archive, old_version_id: str, new_version_id: str) -> EditView | None:
    """The edit from one version to the next; None where these do not follow one another.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    is_it = (_EDITS.c.old_version_id == old_version_id, _EDITS.c.new_version_id == new_version_id)
    return next(map(_edit, _rows(archive, select(_EDITS).where(*is_it))), None)


def _edit(row: Any) -> EditView:
    values = dict(row)
    flags = tuple(flag for flag, name in FLAG_COLUMNS.items() if values.pop(name))
    return EditView(flags=flags, **values)


def read_gone(archive: Archive, choice: Choice) -> Iterator[GoneView]:
    """The articles whose removal is confirmed, the latest first; of a source, or confirmed since a moment.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    for row in _rows(archive, _chosen(select(_GONE), _GONE, "gone_at", choice)):
        yield GoneView(**row)


def _chosen(statement: Select[Any], view: TableClause, moment: str, choice: Choice) -> Select[Any]:
    if choice.source is not None:
        statement = statement.where(view.c.source == choice.source)
    if choice.since is not None:
        statement = statement.where(view.c[moment] >= choice.since)
    return statement.order_by(view.c[moment].desc(), view.c.article_id).limit(choice.limit)


def _rows(archive: Archive, statement: Select[Any]) -> Iterator[Any]:
    with archive.reading() as connection:
        yield from connection.execution_options(yield_per=_ROWS_A_PAGE).execute(statement).mappings()
