"""Reading which ways of finding listed the articles of a time: what estimates of completeness stand on."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_, select

from storage.records import ArticleStatus, FeedKind
from storage.statements import article_urls, articles, discoveries, feeds, listings, versions

if TYPE_CHECKING:
    from datetime import datetime

    from storage.archive import Archive

_LISTED = (
    select(articles.c.source_key, articles.c.id, feeds.c.kind)
    .join(versions, versions.c.id == articles.c.current_version_id)
    .join(article_urls, article_urls.c.article_id == articles.c.id)
    .join(
        discoveries,
        and_(discoveries.c.url == article_urls.c.url, discoveries.c.source_key == articles.c.source_key),
    )
    .join(listings, listings.c.discovery_id == discoveries.c.id)
    .join(feeds, feeds.c.id == listings.c.feed_id)
    .where(
        articles.c.status != ArticleStatus.WITHHELD,
        feeds.c.kind.is_not(None),
        or_(
            versions.c.published_on >= bindparam("day"),
            and_(versions.c.published_on.is_(None), articles.c.first_seen_at >= bindparam("since")),
        ),
    )
    .distinct()
)


def kinds_that_listed(archive: Archive, since: datetime) -> dict[str, Counter[frozenset[FeedKind]]]:
    """How many articles were listed by exactly which kinds of feeds, by source.

    Articles that were published since then count, or first seen since where their page gives no day. Those that no feed
    listed are left out.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    kinds: defaultdict[tuple[str, int], set[FeedKind]] = defaultdict(set)
    with archive.reading() as connection:
        for row in connection.execute(_LISTED, {"day": since.date(), "since": since}):
            kinds[row.source_key, row.id].add(FeedKind(row.kind))
    found: defaultdict[str, Counter[frozenset[FeedKind]]] = defaultdict(Counter)
    for (source_key, _), listed_by in kinds.items():
        found[source_key][frozenset(listed_by)] += 1
    return dict(found)
