"""All reading of the archive, for the command line and the timetable. Writes nothing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, or_, select

from storage.article_views import (
    NOT_LISTED,
    ArticleView,
    SourceStatus,
    article_view,
    listed_view,
    shown_version,
    version_views,
)
from storage.errors import NotFoundError
from storage.records import ArticleStatus, FeedKind, FeedTarget, Outcome, Target, Validators
from storage.statements import article_urls, articles, captures, crawls, discoveries, feeds, sources, versions, visits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.archive import Archive

_ARTICLES_A_PAGE = 200
_BRIEF = tuple(column for column in versions.c if column.name not in NOT_LISTED)
_NUMBER_OF_VERSIONS = (
    select(func.count())
    .select_from(versions)
    .where(versions.c.article_id == articles.c.id)
    .correlate(articles)
    .scalar_subquery()
)
_LISTED = (
    select(
        articles,
        *(column.label(f"version_{column.name}") for column in _BRIEF),
        _NUMBER_OF_VERSIONS.label("number"),
    )
    .join(versions, versions.c.id == articles.c.current_version_id)
    .where(articles.c.status != ArticleStatus.WITHHELD)
    .order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
)
_FIND_ID = (
    select(article_urls.c.article_id, literal(None).label("version_id"))
    .where(article_urls.c.url == bindparam("wanted"))
    .union_all(
        select(articles.c.id, literal(None)).where(articles.c.public_id == bindparam("wanted")),
        select(versions.c.article_id, versions.c.public_id).where(versions.c.public_id == bindparam("wanted")),
    )
)
_PAGE = select(articles).where(articles.c.id > bindparam("after")).order_by(articles.c.id).limit(_ARTICLES_A_PAGE)
_THESE = select(articles).where(articles.c.id.in_(bindparam("ids", expanding=True)))
_VERSIONS = (
    select(versions)
    .where(versions.c.article_id.in_(bindparam("ids", expanding=True)))
    .order_by(versions.c.article_id, versions.c.first_captured_at, versions.c.id)
)
_URLS = (
    select(article_urls.c.article_id, article_urls.c.url)
    .where(article_urls.c.article_id.in_(bindparam("ids", expanding=True)))
    .order_by(article_urls.c.article_id, article_urls.c.first_seen_at, article_urls.c.url)
)
_OUTCOMES = (
    select(visits.c.outcome, func.count()).where(visits.c.crawl_id == bindparam("crawl")).group_by(visits.c.outcome)
)
_FEEDS = select(feeds).where(feeds.c.source_key == bindparam("key")).order_by(feeds.c.id)
_last_page = (
    select(captures.c.id)
    .where(
        captures.c.article_id == articles.c.id,
        captures.c.version_id.is_not(None),
        captures.c.status.between(200, 299),
    )
    .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
    .limit(1)
    .correlate(articles)
    .scalar_subquery()
)
_RECHECKS = (
    select(articles.c.canonical_url, captures.c.url, captures.c.etag, captures.c.last_modified)
    .outerjoin(captures, captures.c.id == _last_page)
    .where(articles.c.source_key == bindparam("key"), articles.c.status != ArticleStatus.WITHHELD)
    .order_by(articles.c.next_check_at, articles.c.id)
)
_last_crawl = (
    select(crawls.c.id)
    .where(crawls.c.source_key == sources.c.key)
    .order_by(crawls.c.started_at.desc(), crawls.c.id.desc())
    .limit(1)
    .correlate(sources)
    .scalar_subquery()
)


def _count(table: Any, *conditions: Any) -> Any:
    counted = select(func.count()).select_from(table).where(table.c.source_key == sources.c.key, *conditions)
    return counted.correlate(sources).scalar_subquery()


_STATUSES = (
    select(
        sources.c.key,
        sources.c.name,
        sources.c.ad_hoc,
        sources.c.next_due_at,
        _count(articles).label("articles"),
        _count(discoveries, discoveries.c.settled_at.is_(None)).label("open_discoveries"),
        _count(feeds).label("feeds"),
        _count(feeds, feeds.c.failures > 0).label("failing_feeds"),
        crawls.c.id.label("crawl_id"),
        crawls.c.started_at,
        crawls.c.finished_at,
        crawls.c.stopped,
        crawls.c.problems,
    )
    .outerjoin(crawls, crawls.c.id == _last_crawl)
    .order_by(sources.c.key)
)


class Queries:
    """Reads one archive; each call sees one state of it. Every method raises an ArchiveError if it cannot be read."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def find(self, url_or_id: str, *, as_of: datetime | None = None) -> ArticleView:
        """The article that a URL led to, or that has this public id, with all its versions.

        A version's public id shows that version; else the current one is shown, or that of the moment ``as_of``.

        Raises:
            NotFoundError: nothing answers to it, or nothing did at that moment.
        """
        with self._archive.reading() as connection:
            found = connection.execute(_FIND_ID, {"wanted": url_or_id}).first()
            rows = connection.execute(_THESE, {"ids": [found[0]]}).all() if found else []
            views = list(_whole_views(connection, rows))
        if not views or found is None:
            raise NotFoundError(
                f"nothing in the archive answers to {url_or_id}",
                remedy="warraq articles lists what there is",
                subject=url_or_id,
            )
        return shown_version(views[0], version_id=found[1], as_of=as_of)

    def articles(
        self, *, source: str | None = None, since: datetime | None = None, limit: int | None = None
    ) -> Iterator[ArticleView]:
        """The articles first seen last, without their texts and versions, and without those withheld.

        Args:
            source: Only of the source with this key.
            since: Only those first seen at that moment or later.
            limit: At most as many.
        """
        statement = _LISTED
        if source is not None:
            statement = statement.where(articles.c.source_key == source)
        if since is not None:
            statement = statement.where(articles.c.first_seen_at >= since)
        with self._archive.reading() as connection:
            rows = connection.execution_options(yield_per=_ARTICLES_A_PAGE).execute(statement.limit(limit))
            for page in rows.partitions():
                urls = _urls(connection, [row.id for row in page])
                yield from (listed_view(row, urls[row.id]) for row in page)

    def export(self) -> Iterator[ArticleView]:
        """Every article with all its versions, oldest row first, in constant memory."""
        after = 0
        with self._archive.reading() as connection:
            while rows := connection.execute(_PAGE, {"after": after}).all():
                yield from _whole_views(connection, rows)
                after = rows[-1].id

    def source_statuses(self) -> list[SourceStatus]:
        """How each source is doing, by key."""
        with self._archive.reading() as connection:
            rows = connection.execute(_STATUSES).all()
            counts = {row.crawl_id: _outcomes(connection, row.crawl_id) for row in rows if row.crawl_id}
        return [
            SourceStatus(
                key=row.key,
                name=row.name,
                ad_hoc=row.ad_hoc,
                articles=row.articles,
                open_discoveries=row.open_discoveries,
                feeds=row.feeds,
                failing_feeds=row.failing_feeds,
                next_due_at=row.next_due_at,
                last_started_at=row.started_at,
                last_finished_at=row.finished_at,
                last_stopped=bool(row.stopped),
                outcomes=counts.get(row.crawl_id, {}),
                problems=tuple(row.problems or ()),
            )
            for row in rows
        ]

    def outcomes(self, crawl_id: int) -> dict[Outcome, int]:
        """How many of the crawl's visits came to each outcome; those that none came to are left out."""
        with self._archive.reading() as connection:
            return _outcomes(connection, crawl_id)

    def recheck_targets(
        self, source_key: str, *, due_before: datetime | None, limit: int | None = None
    ) -> list[Target]:
        """The source's known articles, those due first first, also where no feed lists them any more.

        Each is asked for at the address that last showed it, with the validators of that very response.

        Args:
            source_key: The source.
            due_before: Only those due by then; all that are not withheld where None.
            limit: At most as many.
        """
        statement = _RECHECKS.limit(limit)
        if due_before is not None:
            due = or_(articles.c.next_check_at.is_(None), articles.c.next_check_at <= due_before)
            statement = statement.where(due)
        with self._archive.reading() as connection:
            rows = connection.execute(statement, {"key": source_key}).all()
        return [
            Target(row.url or row.canonical_url, Validators(row.etag or "", row.last_modified or "")) for row in rows
        ]

    def feed_targets(self, source_key: str) -> list[FeedTarget]:
        """The source's feeds that were read before, with the validators of their last reading."""
        with self._archive.reading() as connection:
            rows = connection.execute(_FEEDS, {"key": source_key}).all()
        return [
            FeedTarget(row.url, FeedKind(row.kind) if row.kind else None, Validators(row.etag, row.last_modified))
            for row in rows
        ]


def _outcomes(connection: Connection, crawl_id: int) -> dict[Outcome, int]:
    return {Outcome(outcome): count for outcome, count in connection.execute(_OUTCOMES, {"crawl": crawl_id})}


def _urls(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    rows = connection.execute(_URLS, {"ids": ids}).all()
    found = {key: tuple(row.url for row in group) for key, group in groupby(rows, key=lambda row: row.article_id)}
    return {article_id: found.get(article_id, ()) for article_id in ids}


def _whole_views(connection: Connection, rows: Sequence[Any]) -> Iterator[ArticleView]:
    """The articles of these rows with all their versions; those without a version show empty fields."""
    ids = [row.id for row in rows]
    urls = _urls(connection, ids)
    stored = connection.execute(_VERSIONS, {"ids": ids}).all()
    runs = {key: version_views(list(group)) for key, group in groupby(stored, key=lambda row: row.article_id)}
    for row in rows:
        is_withheld = row.status == ArticleStatus.WITHHELD
        yield article_view(row, urls[row.id], () if is_withheld else runs.get(row.id, ()))
