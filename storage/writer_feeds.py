"""Writing what is followed: sources, their feeds, and the crawls over them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from storage.records import SourceRecord
from storage.statements import crawls, feeds, insert_into, sources
from storage.writer_discoveries import DiscoveryWrites

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Insert

    from storage.records_stored import CrawlReport, FeedState

_SOURCE_FIELDS = ("name", "home_url", "language", "country", "timezone", "ad_hoc")
_SOURCE = select(sources.c.key, *(sources.c[name] for name in _SOURCE_FIELDS)).where(
    sources.c.key == bindparam("source_key")
)
_SET_DUE = update(sources).where(sources.c.key == bindparam("source_key")).values(next_due_at=bindparam("due"))
_SET_SOUGHT = (
    update(sources).where(sources.c.key == bindparam("source_key")).values(feeds_sought_at=bindparam("sought"))
)
_FEED_ID = select(feeds.c.id).where(feeds.c.source_key == bindparam("key"), feeds.c.url == bindparam("feed_url"))
_BEGIN_CRAWL = crawls.insert().returning(crawls.c.id)
_FINISH_CRAWL = update(crawls).where(crawls.c.id == bindparam("crawl_id"))


@cache
def _upsert_source(dialect: str) -> Insert:
    insert = insert_into(dialect, sources)
    changes = {name: insert.excluded[name] for name in _SOURCE_FIELDS}
    return insert.on_conflict_do_update(index_elements=["key"], set_=changes)


@cache
def _save_feed(dialect: str, *, is_modified: bool, has_failed: bool) -> Insert:
    insert = insert_into(dialect, feeds)
    changes: dict[str, Any] = {name: insert.excluded[name] for name in ("tried_at", "problem")}
    changes["followed"] = or_(feeds.c.followed, insert.excluded.followed)
    if has_failed:
        changes["failures"] = feeds.c.failures + 1
    else:
        changes |= {"failures": 0, "read_at": insert.excluded.read_at}
        changes["kind"] = func.coalesce(insert.excluded.kind, feeds.c.kind)
        for name in ("etag", "last_modified"):
            new: ColumnElement[Any] = insert.excluded[name]
            # A 304 need not repeat the validators; those sent are then still good.
            changes[name] = new if is_modified else func.coalesce(func.nullif(new, ""), feeds.c[name])
        if is_modified:
            changes["read_in_full_at"] = insert.excluded.read_at
        changes["parent_modified_raw"] = insert.excluded.parent_modified_raw
    return insert.on_conflict_do_update(index_elements=["source_key", "url"], set_=changes).returning(feeds.c.id)


class FeedWrites(DiscoveryWrites):
    """The part of the writer that keeps sources, feeds and crawls."""

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
        counts = ("feeds_read", "feeds_failed", "requests", "received_bytes", "assets", "assets_failed")
        fields = ("finished_at", "stopped", *counts)
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
            "read_in_full_at": None if has_failed or feed.not_modified else feed.read_at,
            "parent_id": self._one(_FEED_ID, key=source_key, feed_url=feed.parent_url) if feed.parent_url else None,
            "followed": feed.parent_url is None,
            "parent_modified_raw": "" if has_failed else feed.parent_modified_raw,
        }
        return int(self._one(statement, **values))

    def note_search(self, source_key: str, at: datetime) -> None:
        """Remembers when the source's site was searched for feeds."""
        self._rows(_SET_SOUGHT, source_key=source_key, sought=at)
