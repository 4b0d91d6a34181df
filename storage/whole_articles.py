"""Articles with all their URLs and versions, read a few at a time."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.article_views import article_view, version_views
from storage.records import ArticleStatus
from storage.statements import article_urls, articles, sources, takedowns, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.article_views import ArticleView

_THESE = (
    select(
        articles,
        sources.c.country,
        takedowns.c.asked_at.label("taken_down_at"),
        takedowns.c.reason.label("taken_down_reason"),
    )
    .join(sources, sources.c.key == articles.c.source_key)
    .outerjoin(takedowns, takedowns.c.article_id == articles.c.id)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)
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


def whole_articles(connection: Connection, ids: Sequence[int]) -> list[ArticleView]:
    """The articles with these row numbers and all their versions, in this order; an unknown number is passed over.

    One without a version, or withheld, shows empty fields.
    """
    rows = {row.id: row for row in connection.execute(_THESE, {"ids": ids})}
    urls = urls_of(connection, ids)
    stored = connection.execute(_VERSIONS, {"ids": ids}).all()
    runs = {key: version_views(list(group)) for key, group in groupby(stored, key=lambda row: row.article_id)}
    return [
        article_view(row, urls[row.id], () if row.status == ArticleStatus.WITHHELD else runs.get(row.id, ()))
        for row in (rows[number] for number in ids if number in rows)
    ]


def urls_of(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Every URL that led to each of these articles, the first seen first."""
    rows = connection.execute(_URLS, {"ids": ids}).all()
    found = {key: tuple(row.url for row in group) for key, group in groupby(rows, key=lambda row: row.article_id)}
    return {article_id: found.get(article_id, ()) for article_id in ids}
