"""Which articles an export takes, and reading them one after the other in constant memory. Writes nothing.

Articles that were withheld are in no export.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, func, or_, select

from storage.export_progress import Wanted
from storage.records import ArticleStatus
from storage.statements import articles, versions
from storage.whole_articles import whole_articles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.archive import Archive
    from storage.article_views import ArticleView

_ARTICLES_A_PAGE = 50  # a live blog has hundreds of versions, and a page holds the texts of all
_IDS_A_FETCH = 1_000
_MONTH_LETTERS = 7  # of 2026-03-01T…


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """Which articles are exported: all that are not withheld where nothing is given.

    ``since`` (inclusive) and ``until`` (exclusive) bound the moment of publication as the search has it: the current
    version's, its calendar day's end where it gives no time, and the first sight where it gives no date or a later one.
    ``language`` is the current version's. ``current_only`` leaves out the versions before it.
    """

    source: str | None = None
    language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: ArticleStatus | None = None
    current_only: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """An article with all its versions, or only its current one.

    ``month`` (``2026-03``, UTC) is that of its publication; of the first sight where it gives no date or a later one.
    """

    article: ArticleView
    month: str


def chosen_articles(choice: ExportChoice) -> Select[tuple[int]]:
    """The row numbers of the articles, for use in other statements."""
    statement = (
        select(articles.c.id)
        .outerjoin(versions, versions.c.id == articles.c.current_version_id)
        .where(articles.c.status != ArticleStatus.WITHHELD)
    )
    for column, value in (
        (articles.c.source_key, choice.source),
        (versions.c.language, choice.language),
        (articles.c.status, choice.status),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if choice.since is not None:
        statement = statement.where(_is_since(choice.since))
    if choice.until is not None:
        statement = statement.where(~_is_since(choice.until))
    return statement


def count_articles(archive: Archive, choice: ExportChoice) -> int:
    """How many articles ``exported_articles`` gives.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    with archive.reading() as connection:
        counted = select(func.count()).select_from(chosen_articles(choice).subquery())
        return int(connection.execute(counted).scalar_one())


def exported_articles(archive: Archive, choice: ExportChoice) -> Iterator[Exported]:
    """The articles of one state of the archive, those kept first first.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    with archive.reading() as connection:
        yield from read_articles(connection, wanted_articles(connection, choice), choice)


def wanted_articles(connection: Connection, choice: ExportChoice, *, by_month: bool = False) -> Iterator[Wanted]:
    """The row numbers of the articles with their months, those kept first first.

    Args:
        connection: To the archive.
        choice: Which.
        by_month: Those of one source and month of publication together instead, by source and month.
    """
    month = _month_of_publication(connection.dialect.name).label("month")
    order = (articles.c.source_key, month, articles.c.id) if by_month else (articles.c.id,)
    statement = chosen_articles(choice).add_columns(month).order_by(*order)
    for row in connection.execute(statement.execution_options(yield_per=_IDS_A_FETCH)):
        yield Wanted(row.id, row.month)


def read_articles(connection: Connection, wanted: Iterable[Wanted], choice: ExportChoice) -> Iterator[Exported]:
    """These articles, of ``wanted_articles``, in their order."""
    ids = iter(wanted)
    while page := list(islice(ids, _ARTICLES_A_PAGE)):
        for view, each in zip(whole_articles(connection, [each.id for each in page]), page, strict=True):
            yield Exported(_current_only(view) if choice.current_only else view, each.note)


def _is_since(moment: datetime) -> ColumnElement[bool]:
    """Whether an article was published at that moment or later; true or false, never NULL."""
    at, on = versions.c.published_at, versions.c.published_on
    published = or_(
        and_(at.is_not(None), at >= moment),
        and_(at.is_(None), on.is_not(None), on >= moment.date()),  # a day counts to its end
        and_(at.is_(None), on.is_(None)),
    )
    return and_(articles.c.first_seen_at >= moment, published)


def _month_of_publication(dialect: str) -> ColumnElement[str]:
    published = func.coalesce(_month(dialect, versions.c.published_at), _month(dialect, versions.c.published_on))
    seen = _month(dialect, articles.c.first_seen_at)
    return case((published < seen, published), else_=seen)


def _month(dialect: str, column: ColumnElement[Any]) -> ColumnElement[str]:
    """The month of a time or a day, whose text begins with it in both databases."""
    if dialect == "postgresql" and column.name == "published_on":
        return func.to_char(column, "YYYY-MM")
    if dialect == "postgresql":
        return func.to_char(func.timezone("UTC", column), "YYYY-MM")
    return func.substr(cast(column, Text), 1, _MONTH_LETTERS)


def _current_only(view: ArticleView) -> ArticleView:
    return replace(view, versions=view.versions[-1:])
