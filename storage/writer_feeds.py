"""Writing what is followed: sources, feeds and what they listed, and the crawls over them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from storage.records import Listing, SourceRecord, Target
from storage.statements import Transaction, crawls, discoveries, feeds, insert_into, sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Insert, Row

    from storage.records import CrawlReport, FeedState, Outcome

_URLS_A_QUERY = 500
_SOURCE_FIELDS = ("name", "home_url", "language", "country", "timezone", "ad_hoc")
_SOURCE = select(sources.c.key, *(sources.c[name] for name in _SOURCE_FIELDS)).where(
    sources.c.key == bindparam("source_key")
)
_SET_DUE = update(sources).where(sources.c.key == bindparam("source_key")).values(next_due_at=bindparam("due"))
_BEGIN_CRAWL = crawls.insert().returning(crawls.c.id)
_FINISH_CRAWL = update(crawls).where(crawls.c.id == bindparam("crawl_id"))
_THIS_DISCOVERY = (discoveries.c.source_key == bindparam("key")) & (discoveries.c.url == bindparam("listed_url"))
_ATTEMPTS = select(discoveries.c.attempts).where(_THIS_DISCOVERY)
_SETTLE = (
    update(discoveries)
    .where(_THIS_DISCOVERY, discoveries.c.settled_at.is_(None))
    .values(
        settled_at=bindparam("at"),
        settled_by=bindparam("outcome"),
        last_outcome=bindparam("outcome"),
        next_try_at=None,
    )
)
_POSTPONE = (
    update(discoveries)
    .where(_THIS_DISCOVERY, discoveries.c.settled_at.is_(None))
    .values(attempts=discoveries.c.attempts + 1, next_try_at=bindparam("next_try"), last_outcome=bindparam("outcome"))
)
_OPEN = (
    select(
        discoveries.c.id,
        discoveries.c.url,
        discoveries.c.listed_title,
        discoveries.c.listed_published_raw,
        discoveries.c.listed_published_at,
        discoveries.c.first_listed_at,
    )
    .where(
        discoveries.c.source_key == bindparam("key"),
        discoveries.c.settled_at.is_(None),
    )
    .order_by(discoveries.c.first_listed_at, discoveries.c.id)
)
_IS_DUE = or_(discoveries.c.next_try_at.is_(None), discoveries.c.next_try_at <= bindparam("now"))
_AMONG_THESE = discoveries.c.url.in_(bindparam("urls", expanding=True))


@cache
def _upsert_source(dialect: str) -> Insert:
    insert = insert_into(dialect, sources)
    changes = {name: insert.excluded[name] for name in _SOURCE_FIELDS}
    return insert.on_conflict_do_update(index_elements=["key"], set_=changes)


@cache
def _add_discovery(dialect: str) -> Insert:
    return insert_into(dialect, discoveries).on_conflict_do_nothing(index_elements=["source_key", "url"])


@cache
def _save_feed(dialect: str, *, is_modified: bool, has_failed: bool) -> Insert:
    insert = insert_into(dialect, feeds)
    changes: dict[str, Any] = {"tried_at": insert.excluded.tried_at, "problem": insert.excluded.problem}
    if has_failed:
        changes["failures"] = feeds.c.failures + 1
    else:
        changes |= {"failures": 0, "read_at": insert.excluded.read_at}
        changes["kind"] = func.coalesce(insert.excluded.kind, feeds.c.kind)
        for name in ("etag", "last_modified"):
            new: ColumnElement[Any] = insert.excluded[name]
            # A 304 need not repeat the validators; those sent are then still good.
            changes[name] = new if is_modified else func.coalesce(func.nullif(new, ""), feeds.c[name])
    return insert.on_conflict_do_update(index_elements=["source_key", "url"], set_=changes).returning(feeds.c.id)


class FeedWrites(Transaction):
    """The part of the writer that keeps sources, feeds, discoveries and crawls."""

    def upsert_source(self, source: SourceRecord) -> None:
        """Adds the source, or brings what is known of it up to date; its due time stays."""
        fields = {name: getattr(source, name) for name in _SOURCE_FIELDS}
        self._run(_upsert_source(self._dialect), {"key": source.key, "added_at": self._clock(), **fields})

    def source(self, source_key: str) -> SourceRecord | None:
        """The source of that key, or None."""
        row = self._run(_SOURCE, {"source_key": source_key}).mappings().first()
        return SourceRecord(**row) if row else None

    def set_due(self, source_key: str, next_due_at: datetime) -> None:
        """Says when the source is to be crawled next."""
        self._rows(_SET_DUE, source_key=source_key, due=next_due_at)

    def begin_crawl(self, source_key: str, started_at: datetime) -> int:
        """The id of a new crawl."""
        return int(self._one(_BEGIN_CRAWL, source_key=source_key, started_at=started_at))

    def finish_crawl(self, report: CrawlReport) -> None:
        """Keeps what the crawl came to; its outcomes are counted from its visits."""
        fields = ("finished_at", "stopped", "feeds_read", "feeds_failed", "requests", "received_bytes")
        values = {name: getattr(report, name) for name in fields}
        self._run(
            _FINISH_CRAWL.values(**values, problems=list(report.problems)),
            {"crawl_id": report.crawl_id},
        )

    def save_feed(self, source_key: str, feed: FeedState) -> int:
        """The id of the feed, after its state is kept.

        A failed reading counts and keeps the validators of the last good one.
        """
        has_failed = feed.problem is not None
        statement = _save_feed(self._dialect, is_modified=not feed.not_modified, has_failed=has_failed)
        values = {
            "source_key": source_key,
            "url": feed.url,
            "kind": feed.kind,
            "etag": "" if has_failed else feed.validators.etag,
            "last_modified": "" if has_failed else feed.validators.last_modified,
            "read_at": None if has_failed else feed.read_at,
            "tried_at": feed.read_at,
            "failures": int(has_failed),
            "problem": feed.problem,
        }
        return int(self._one(statement, **values))

    def add_discoveries(
        self, source_key: str, feed_id: int | None, listings: Sequence[Listing], listed_at: datetime
    ) -> None:
        """Remembers each listed URL until a visit settles it; those known already stay as they are."""
        # In order of URL, so that two processes that read the same feed cannot deadlock.
        rows = [
            {
                "source_key": source_key,
                "url": listing.url,
                "feed_id": feed_id,
                "listed_title": listing.title,
                "listed_published_raw": listing.published_raw,
                "listed_published_at": listing.published_at,
                "first_listed_at": listed_at,
            }
            for listing in sorted(listings, key=lambda listing: listing.url)
        ]
        if rows:
            self._run(_add_discovery(self._dialect), rows)

    def open_targets(
        self, source_key: str, urls: Sequence[str] | None, *, now: datetime | None, limit: int | None = None
    ) -> list[Target]:
        """The discoveries that no visit has settled, those listed first first.

        Args:
            source_key: The source.
            urls: Only these, or all of the source where None.
            now: Only those due for a try by then; all, however lately they were tried, where None.
            limit: At most as many.
        """
        due = _OPEN if now is None else _OPEN.where(_IS_DUE)
        values: dict[str, Any] = {"key": source_key} | ({} if now is None else {"now": now})
        if urls is None:
            rows = self._run(due.limit(limit), values).all()
        else:
            parts = [urls[start : start + _URLS_A_QUERY] for start in range(0, len(urls), _URLS_A_QUERY)]
            found = due.where(_AMONG_THESE)
            rows = [row for part in parts for row in self._run(found, {**values, "urls": part})]
            rows.sort(key=lambda row: (row.first_listed_at, row.id))
        return [_target(row) for row in rows[:limit]]

    def discovery_attempts(self, source_key: str, url: str) -> int:
        """How many visits did not settle it; 0 where the URL was never listed."""
        return int(self._one(_ATTEMPTS, key=source_key, listed_url=url) or 0)

    def settle_discovery(self, source_key: str, url: str, outcome: Outcome, at: datetime) -> None:
        """Needs no further visit; nothing happens where the URL was never listed or is settled."""
        self._rows(_SETTLE, key=source_key, listed_url=url, outcome=outcome, at=at)

    def postpone_discovery(self, source_key: str, url: str, *, next_try_at: datetime, outcome: Outcome) -> None:
        """Stays open, is not to be tried before ``next_try_at``, and has one attempt more."""
        self._rows(_POSTPONE, key=source_key, listed_url=url, next_try=next_try_at, outcome=outcome)


def _target(row: Row[Any]) -> Target:
    listing = Listing(row.url, row.listed_title, row.listed_published_raw, row.listed_published_at)
    return Target(row.url, listing=listing)
