"""Writing what feeds listed: discoveries, which feeds listed each, and what publishers say has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, false, func, or_, select, update

from storage.columns import UtcTime, storable
from storage.records import Listing, Target
from storage.statements import Transaction, article_urls, articles, discoveries, feeds, insert_into, listings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Insert, Row

    from storage.records import Outcome

_URLS_A_QUERY = 500
_SAME_LISTING = timedelta(days=1)  # a feed that is read every quarter of an hour rewrites its rows once a day
_FEW = 20
_SHARE_BELIEVED = 4
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
_TARGET = select(
    discoveries.c.id,
    discoveries.c.url,
    discoveries.c.listed_title,
    discoveries.c.listed_published_raw,
    discoveries.c.listed_published_at,
    discoveries.c.listed_modified_raw,
    discoveries.c.listed_modified_at,
    discoveries.c.listed_categories,
    discoveries.c.first_listed_at,
)
_OPEN = _TARGET.where(
    discoveries.c.source_key == bindparam("key"),
    discoveries.c.settled_at.is_(None),
).order_by(discoveries.c.first_listed_at, discoveries.c.id)
_IS_DUE = or_(discoveries.c.next_try_at.is_(None), discoveries.c.next_try_at <= bindparam("now"))
_AMONG_THESE = discoveries.c.url.in_(bindparam("urls", expanding=True))
_KNOWN = (
    select(
        discoveries.c.id,
        discoveries.c.url,
        discoveries.c.listed_title,
        discoveries.c.listed_published_raw,
        discoveries.c.listed_categories,
        discoveries.c.listed_modified_raw,
        discoveries.c.listed_modified_at,
        listings.c.last_listed_at,
    )
    .outerjoin(listings, and_(listings.c.discovery_id == discoveries.c.id, listings.c.feed_id == bindparam("feed")))
    .where(discoveries.c.source_key == bindparam("key"), _AMONG_THESE)
)
_LIST_AGAIN = (
    update(listings)
    .where(listings.c.discovery_id == bindparam("discovery"), listings.c.feed_id == bindparam("feed"))
    .values(last_listed_at=bindparam("at"))
)
_SET_MODIFIED = (
    update(discoveries)
    .where(discoveries.c.id == bindparam("discovery"))
    .values(listed_modified_raw=bindparam("raw"), listed_modified_at=bindparam("instant"))
)
_SET_PUBLISHED = (
    update(discoveries)
    .where(discoveries.c.id == bindparam("discovery"))
    .values(
        listed_title=bindparam("title"),
        listed_published_raw=bindparam("raw"),
        listed_published_at=func.coalesce(discoveries.c.listed_published_at, bindparam("instant", type_=UtcTime())),
        listed_categories=bindparam("categories"),
    )
)
_LISTED = _TARGET.where(_THIS_DISCOVERY)
_VISITED = (
    select(articles.c.id, article_urls.c.url, articles.c.last_visited_at)
    .join(article_urls, article_urls.c.article_id == articles.c.id)
    .where(article_urls.c.url.in_(bindparam("urls", expanding=True)))
)
_AT = bindparam("at", type_=UtcTime())
_MAKE_DUE = (
    update(articles)
    .where(articles.c.id == bindparam("article"))
    .values(
        next_check_at=case((articles.c.next_check_at < _AT, articles.c.next_check_at), else_=_AT),
        hinted_at=_AT,
    )
)
_LISTED_SINCE = (
    select(discoveries.c.url, feeds.c.url.label("feed_url"))
    .outerjoin(feeds, feeds.c.id == discoveries.c.feed_id)
    .where(
        discoveries.c.source_key == bindparam("key"),
        discoveries.c.first_listed_at >= bindparam("since"),
        discoveries.c.from_backfill == false(),
    )
)


@cache
def _add_discovery(dialect: str) -> Insert:
    return insert_into(dialect, discoveries).on_conflict_do_nothing(index_elements=["source_key", "url"])


@cache
def _add_listing(dialect: str) -> Insert:
    return insert_into(dialect, listings).on_conflict_do_nothing(index_elements=["discovery_id", "feed_id"])


@dataclass(frozen=True, slots=True)
class _Known:
    """A discovery that the archive has, and when this feed last listed it (None: never)."""

    id: int
    title: str
    published_raw: str
    categories: tuple[str, ...]
    modified_raw: str
    modified_at: datetime | None
    last_listed_at: datetime | None

    def is_completed_by(self, listing: Listing) -> bool:
        """Whether an entry says what none said before: a sitemap gives addresses, a feed headline and date too."""
        pairs = ((self.title, listing.title), (self.published_raw, listing.published_raw))
        return any(new and not old for old, new in (*pairs, (self.categories, listing.categories)))


class DiscoveryWrites(Transaction):
    """The part of the writer that keeps discoveries and which feeds listed them."""

    def unknown_urls(self, source_key: str, urls: Sequence[str]) -> set[str]:
        """Those of the URLs that no feed of the source has listed so far."""
        return set(urls) - set(self._known(source_key, None, urls))

    def listed_since(self, source_key: str, since: datetime) -> list[tuple[str, str | None]]:
        """The URLs that were first listed from then on, each with its first feed's; a backfill's are left out."""
        return [(row.url, row.feed_url) for row in self._rows(_LISTED_SINCE, key=source_key, since=since)]

    def add_discoveries(
        self,
        source_key: str,
        feed_id: int | None,
        found: Sequence[Listing],
        listed_at: datetime,
        *,
        from_backfill: bool = False,
    ) -> None:
        """Remembers each listed URL until a visit settles it, that this feed lists it, and when it was changed.

        Costs one query where everything is known and was listed within a day. An article whose listed modification is
        later than our last visit becomes due for a recheck.
        """
        by_url = {listing.url: listing for listing in found}
        known = self._known(source_key, feed_id, list(by_url))
        new = [listing for url, listing in by_url.items() if url not in known]
        if new:
            self._insert(source_key, feed_id, new, listed_at, from_backfill=from_backfill)
        if feed_id is not None:
            added = self._known(source_key, feed_id, [listing.url for listing in new]) if new else {}
            self._list(feed_id, known | added, listed_at)
        pairs = {known[url].id: (known[url], by_url[url]) for url in by_url if url in known}
        self._complete(pairs)
        self._note_changes(pairs, listed_at)

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
            found = due.where(_AMONG_THESE)
            rows = [row for part in _parts(urls) for row in self._run(found, {**values, "urls": part})]
            rows.sort(key=lambda row: (row.first_listed_at, row.id))
        return [_target(row) for row in rows[:limit]]

    def listed(self, source_key: str, url: str) -> Listing | None:
        """What the feeds of a source have said of a URL so far; None where none listed it."""
        row = self._first(_LISTED, key=source_key, listed_url=url)
        return _target(row).listing if row else None

    def discovery_attempts(self, source_key: str, url: str) -> int:
        """How many visits did not settle it; 0 where the URL was never listed."""
        return int(self._one(_ATTEMPTS, key=source_key, listed_url=url) or 0)

    def settle_discovery(self, source_key: str, url: str, outcome: Outcome, at: datetime) -> None:
        """Needs no further visit; nothing happens where the URL was never listed or is settled."""
        self._rows(_SETTLE, key=source_key, listed_url=url, outcome=outcome, at=at)

    def postpone_discovery(self, source_key: str, url: str, *, next_try_at: datetime, outcome: Outcome) -> None:
        """Stays open, is not to be tried before ``next_try_at``, and has one attempt more."""
        self._rows(_POSTPONE, key=source_key, listed_url=url, next_try=next_try_at, outcome=outcome)

    def _known(self, source_key: str, feed_id: int | None, urls: Sequence[str]) -> dict[str, _Known]:
        rows = (
            row
            for part in _parts(urls)
            for row in self._run(_KNOWN, {"key": source_key, "feed": feed_id, "urls": part})
        )
        return {row.url: _known(row) for row in rows}

    def _insert(
        self, source_key: str, feed_id: int | None, new: Sequence[Listing], listed_at: datetime, *, from_backfill: bool
    ) -> None:
        # In order of URL, so that two processes that read the same feed cannot deadlock.
        rows = [
            {
                "source_key": source_key,
                "url": listing.url,
                "feed_id": feed_id,
                "listed_title": listing.title,
                "listed_published_raw": listing.published_raw,
                "listed_published_at": listing.published_at,
                "listed_modified_raw": listing.modified_raw,
                "listed_modified_at": listing.modified_at,
                "listed_categories": [storable(name) for name in listing.categories],
                "first_listed_at": listed_at,
                "from_backfill": from_backfill,
            }
            for listing in sorted(new, key=lambda listing: listing.url)
        ]
        self._run(_add_discovery(self._dialect), rows)

    def _list(self, feed_id: int, known: dict[str, _Known], at: datetime) -> None:
        first = sorted(each.id for each in known.values() if each.last_listed_at is None)
        again = sorted(
            each.id for each in known.values() if each.last_listed_at and each.last_listed_at <= at - _SAME_LISTING
        )
        if first:
            rows = [
                {"discovery_id": each, "feed_id": feed_id, "first_listed_at": at, "last_listed_at": at}
                for each in first
            ]
            self._run(_add_listing(self._dialect), rows)
        for each in again:
            self._rows(_LIST_AGAIN, discovery=each, feed=feed_id, at=at)

    def _complete(self, pairs: dict[int, tuple[_Known, Listing]]) -> None:
        for number, (known, listing) in sorted(pairs.items()):
            if known.is_completed_by(listing):
                self._rows(
                    _SET_PUBLISHED,
                    discovery=number,
                    title=known.title or listing.title,
                    raw=known.published_raw or listing.published_raw,
                    instant=listing.published_at,
                    categories=list(known.categories or map(storable, listing.categories)),
                )

    def _note_changes(self, pairs: dict[int, tuple[_Known, Listing]], at: datetime) -> None:
        changed = {number: pair[1] for number, pair in sorted(pairs.items()) if _is_newer(*pair)}
        for number, listing in changed.items():
            self._rows(_SET_MODIFIED, discovery=number, raw=listing.modified_raw, instant=listing.modified_at)
        if changed and _is_believable(len(changed), len(pairs)):
            self._make_due(list(changed.values()), at)

    def _make_due(self, changed: Sequence[Listing], at: datetime) -> None:
        modified = {listing.url: listing.modified_at or at for listing in changed}
        due = {
            row.id
            for part in _parts(list(modified))
            for row in self._run(_VISITED, {"urls": part})
            if row.last_visited_at is None or row.last_visited_at < modified[row.url]
        }
        for article in sorted(due):
            self._rows(_MAKE_DUE, article=article, at=at)


def _known(row: Row[Any]) -> _Known:
    return _Known(
        row.id,
        row.listed_title,
        row.listed_published_raw,
        tuple(row.listed_categories),
        row.listed_modified_raw,
        row.listed_modified_at,
        row.last_listed_at,
    )


def _is_newer(known: _Known, listing: Listing) -> bool:
    """Whether the feed now gives a later date of change than any did before.

    A date without a time of day is no instant: that it is another than before, and a later one, says as much.
    """
    if listing.modified_at is not None:
        return known.modified_at is None or listing.modified_at > known.modified_at
    return known.modified_at is None and listing.modified_raw > known.modified_raw


def _is_believable(changed: int, known: int) -> bool:
    """Whether the dates of change mean something: software that stamps every entry anew at each reading says nothing.

    Nothing is lost where they are not believed: the articles are looked at again when their own time comes.
    """
    return changed <= known // _SHARE_BELIEVED or (changed <= _FEW and changed < known) or known == 1


def _parts(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    return (urls[start : start + _URLS_A_QUERY] for start in range(0, len(urls), _URLS_A_QUERY))


def _target(row: Row[Any]) -> Target:
    listing = Listing(
        row.url,
        row.listed_title,
        row.listed_published_raw,
        row.listed_published_at,
        row.listed_modified_raw,
        row.listed_modified_at,
        tuple(row.listed_categories),
    )
    return Target(row.url, listing=listing)
