"""All reading of the archive, for the command line and the timetable. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, or_, select

from storage.article_views import (
    NOT_LISTED,
    ArticleView,
    SourceStatus,
    listed_view,
    shown_version,
)
from storage.copy_queries import CopyQueries
from storage.errors import NotFoundError
from storage.records import ArticleStatus, FeedKind, FeedTarget, Outcome, Target, Validators
from storage.records_hosts import RobotsText
from storage.records_rechecks import DueArticle, EditRecord, KnownTarget
from storage.statements import (
    article_urls,
    articles,
    captures,
    copies,
    crawls,
    discoveries,
    feeds,
    former_ids,
    recheck_states,
    robots_files,
    sources,
    takedowns,
    versions,
    visits,
)
from storage.whole_articles import urls_of, whole_articles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.archive import Archive

_ARTICLES_A_PAGE = 200
_MOST_DUE = 5_000  # looked at in one crawl, of those due last and of those due for longest
_BRIEF = tuple(column for column in versions.c if column.name not in NOT_LISTED)
_NUMBER_OF_VERSIONS = (
    select(func.count())
    .select_from(versions)
    .where(versions.c.article_id == articles.c.id)
    .correlate(articles)
    .scalar_subquery()
)
_TOMBSTONE = (takedowns.c.asked_at.label("taken_down_at"), takedowns.c.reason.label("taken_down_reason"))
_LISTED = (
    select(
        articles,
        sources.c.country,
        *_TOMBSTONE,
        *(column.label(f"version_{column.name}") for column in _BRIEF),
        _NUMBER_OF_VERSIONS.label("number"),
    )
    .join(sources, sources.c.key == articles.c.source_key)
    .outerjoin(versions, versions.c.id == articles.c.current_version_id)
    .outerjoin(takedowns, takedowns.c.article_id == articles.c.id)
    .where(or_(versions.c.id.is_not(None), articles.c.status == ArticleStatus.WITHHELD))
    .order_by(articles.c.first_seen_at.desc(), articles.c.id.desc())
)
_FIND_ID = (
    select(article_urls.c.article_id, literal(None).label("version_id"))
    .where(article_urls.c.url == bindparam("wanted"))
    .union_all(
        select(articles.c.id, literal(None)).where(articles.c.public_id == bindparam("wanted")),
        select(versions.c.article_id, versions.c.public_id).where(versions.c.public_id == bindparam("wanted")),
        select(former_ids.c.article_id, versions.c.public_id)
        .outerjoin(versions, versions.c.id == former_ids.c.version_id)
        .where(former_ids.c.public_id == bindparam("wanted")),
    )
)
_OUTCOMES = (
    select(visits.c.outcome, func.count()).where(visits.c.crawl_id == bindparam("crawl")).group_by(visits.c.outcome)
)
_ROBOTS = select(robots_files).where(robots_files.c.origin == bindparam("wanted_origin"))
_parents = feeds.alias("parents")
_FEEDS = (
    select(feeds, _parents.c.url.label("parent_url"))
    .outerjoin(_parents, _parents.c.id == feeds.c.parent_id)
    .where(feeds.c.source_key == bindparam("key"))
    .order_by(feeds.c.id)
)
_SOUGHT = select(sources.c.feeds_sought_at).where(sources.c.key == bindparam("key"))
_ARTICLE_SAMPLE = (
    select(articles.c.canonical_url)
    .where(articles.c.source_key == bindparam("key"))
    .order_by(articles.c.first_seen_at.desc())
    .limit(bindparam("most"))
)
_OTHER_SAMPLE = (
    select(discoveries.c.url)
    .where(discoveries.c.source_key == bindparam("key"), discoveries.c.settled_by == Outcome.NOT_AN_ARTICLE)
    .order_by(discoveries.c.first_listed_at.desc())
    .limit(bindparam("most"))
)
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
_other_address = (
    select(article_urls.c.url)
    .where(
        article_urls.c.article_id == articles.c.id,
        ~article_urls.c.declared,
        article_urls.c.url != captures.c.url,
        articles.c.missing_since.is_not(None),
    )
    .order_by(article_urls.c.first_seen_at.desc(), article_urls.c.url)
    .limit(1)
    .correlate(articles, captures)
    .scalar_subquery()
)
_RECHECKS = (
    select(
        articles.c.id,
        articles.c.last_seen_at,
        articles.c.canonical_url,
        captures.c.url,
        captures.c.etag,
        captures.c.last_modified,
        _other_address.label("other_url"),
    )
    .outerjoin(captures, captures.c.id == _last_page)
    .where(articles.c.source_key == bindparam("key"), articles.c.status != ArticleStatus.WITHHELD)
    .order_by(articles.c.next_check_at, articles.c.id)
)
_COMES_FIRST = or_(
    articles.c.next_check_at.is_(None),
    articles.c.hinted_at.is_not(None),
    articles.c.missing_since.is_not(None),
    articles.c.next_check_at <= articles.c.last_visited_at,
)
_DUE = (
    select(
        articles.c.id,
        versions.c.section,
        versions.c.published_at,
        articles.c.first_seen_at,
        articles.c.last_seen_at,
        articles.c.edits_weighed,
        articles.c.edits_expected,
        _COMES_FIRST.label("comes_first"),
    )
    .outerjoin(versions, versions.c.id == articles.c.current_version_id)
    .where(
        articles.c.source_key == bindparam("key"),
        articles.c.status != ArticleStatus.WITHHELD,
        or_(articles.c.next_check_at.is_(None), articles.c.next_check_at <= bindparam("now")),
    )
    .limit(_MOST_DUE)
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


_first, _first_text, _own_text = articles.alias("first"), versions.alias("first_text"), versions.alias("own_text")
_repeats_another = (
    # One text under two headlines and addresses of a source is marked, and not counted twice; as in source_health.
    select(copies.c.article_id)
    .join(_first, _first.c.id == copies.c.original_article_id)
    .join(_first_text, _first_text.c.id == _first.c.current_version_id)
    .join(_own_text, _own_text.c.id == articles.c.current_version_id)
    .where(
        copies.c.article_id == articles.c.id,
        _first.c.source_key == articles.c.source_key,
        _first_text.c.text_digest == _own_text.c.text_digest,
    )
    .correlate(articles)
    .exists()
)
_STATUSES = (
    select(
        sources.c.key,
        sources.c.name,
        sources.c.ad_hoc,
        sources.c.next_due_at,
        _count(articles, ~_repeats_another).label("articles"),
        _count(discoveries, discoveries.c.settled_at.is_(None)).label("open_discoveries"),
        _count(feeds).label("feeds"),
        _count(feeds, feeds.c.failures > 0).label("failing_feeds"),
        crawls.c.id.label("crawl_id"),
        crawls.c.started_at,
        crawls.c.finished_at,
        crawls.c.stopped,
        crawls.c.problems,
        recheck_states.c.lied_at,
    )
    .outerjoin(crawls, crawls.c.id == _last_crawl)
    .outerjoin(recheck_states, recheck_states.c.source_key == sources.c.key)
    .order_by(sources.c.key)
)


class Queries(CopyQueries):
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
            views = whole_articles(connection, [found[0]]) if found else []
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
        """The articles first seen last, without their texts and versions; of those withheld when and why.

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
                urls = urls_of(connection, [row.id for row in page])
                yield from (listed_view(row, urls[row.id]) for row in page)

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
                lied_at=row.lied_at,
            )
            for row in rows
        ]

    def outcomes(self, crawl_id: int) -> dict[Outcome, int]:
        """How many of the crawl's visits came to each outcome; those that none came to are left out."""
        with self._archive.reading() as connection:
            return _outcomes(connection, crawl_id)

    def due_articles(self, source_key: str, now: datetime) -> list[DueArticle]:
        """The source's known articles that are due by then, also where no feed lists them any more.

        Of very many, those that became due last and those that are due for longest: both ends of the line.
        """
        values = {"key": source_key, "now": now}
        both = (_DUE.order_by(articles.c.next_check_at.desc()), _DUE.order_by(articles.c.next_check_at))
        with self._archive.reading() as connection:
            rows = connection.execute(both[0], values).all()
            if len(rows) == _MOST_DUE:
                rows = [*rows, *connection.execute(both[1], values).all()]
        return list({row.id: _due_article(row) for row in rows}.values())

    def recheck_targets(
        self, source_key: str, *, ids: Sequence[int] | None = None, limit: int | None = None
    ) -> list[KnownTarget]:
        """The source's known articles, also where no feed lists them any more, and without those withheld.

        Each is asked for at the address that last showed it, with the validators of that very response. A missing one
        is asked for at another of its addresses, the one seen last, before its absence is confirmed.

        Args:
            source_key: The source.
            ids: Only these, in this order; all, those due first first, where None.
            limit: At most as many.
        """
        with self._archive.reading() as connection:
            if ids is None:
                rows = list(connection.execute(_RECHECKS.limit(limit), {"key": source_key}))
            else:
                wanted = ids[:limit]
                parts = (wanted[start : start + _ARTICLES_A_PAGE] for start in range(0, len(wanted), _ARTICLES_A_PAGE))
                chosen = (_RECHECKS.where(articles.c.id.in_(part)) for part in parts)
                found = {row.id: row for part in chosen for row in connection.execute(part, {"key": source_key})}
                rows = [found[number] for number in wanted if number in found]
        return [KnownTarget(row.id, row.last_seen_at, _recheck(row)) for row in rows]

    def feed_targets(self, source_key: str) -> list[FeedTarget]:
        """The source's feeds that were read before, with what is kept of their last reading."""
        with self._archive.reading() as connection:
            rows = connection.execute(_FEEDS, {"key": source_key}).all()
        return [
            FeedTarget(
                row.url,
                FeedKind(row.kind) if row.kind else None,
                Validators(row.etag, row.last_modified),
                parent_url=row.parent_url,
                parent_modified_raw=row.parent_modified_raw,
                read_in_full_at=row.read_in_full_at,
                followed=row.followed,
                failures=row.failures,
            )
            for row in rows
        ]

    def robots_text(self, origin: str) -> RobotsText | None:
        """What was last heard of the origin's robots.txt, expired or not; None where it was never asked for.

        Raises:
            ArchiveError: The database cannot be used.
        """
        with self._archive.reading() as connection:
            row = connection.execute(_ROBOTS, {"wanted_origin": origin}).mappings().first()
        return RobotsText(**row) if row else None

    def feeds_sought_at(self, source_key: str) -> datetime | None:
        """When the source's site was last searched for feeds; None where it never was."""
        with self._archive.reading() as connection:
            return connection.execute(_SOUGHT, {"key": source_key}).scalar()

    def url_samples(self, source_key: str, limit: int) -> tuple[list[str], list[str]]:
        """Addresses of the source's articles, those first seen last first; and of pages that were none."""
        values = {"key": source_key, "most": limit}
        with self._archive.reading() as connection:
            found = connection.execute(_ARTICLE_SAMPLE, values).scalars().all()
            others = connection.execute(_OTHER_SAMPLE, values).scalars().all()
        return list(found), list(others)


def _recheck(row: Any) -> Target:
    if row.other_url is not None:
        return Target(row.other_url)
    return Target(row.url or row.canonical_url, Validators(row.etag or "", row.last_modified or ""))


def _due_article(row: Any) -> DueArticle:
    born_at = min(row.first_seen_at, row.published_at or row.first_seen_at)
    record = EditRecord(row.edits_weighed, row.edits_expected)
    return DueArticle(row.id, row.section or "", born_at, row.last_seen_at, record, bool(row.comes_first))


def _outcomes(connection: Connection, crawl_id: int) -> dict[Outcome, int]:
    return {Outcome(outcome): count for outcome, count in connection.execute(_OUTCOMES, {"crawl": crawl_id})}
