"""Which rows belong to an article that is taken down: one answer for showing, withholding and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Select, bindparam, or_, select

from storage.records import Role
from storage.statements import article_urls, articles, capture_assets, captures, discoveries, erasures, visits

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

PAGE_ROLES = (Role.ARTICLE, Role.RENDERED, Role.HOP)
ARTICLE: BindParameter[int] = bindparam("article")
URLS = select(article_urls.c.url).where(article_urls.c.article_id == ARTICLE)
_VISITS = select(visits.c.visit_id).where(or_(visits.c.article_id == ARTICLE, visits.c.requested_url.in_(URLS)))
IS_PAGE: ColumnElement[bool] = or_(
    captures.c.article_id == ARTICLE,
    # What a visit brought before the article was known, or where it could not be concluded.
    captures.c.article_id.is_(None)
    & captures.c.role.in_(PAGE_ROLES)
    & or_(captures.c.url.in_(URLS), captures.c.visit_id.in_(_VISITS)),
)
PAGES: Select[Any] = select(captures.c.id).where(IS_PAGE)
_other_page = capture_assets.alias("other_page")
ASSETS: Select[Any] = (
    select(capture_assets.c.asset_id)
    .where(
        capture_assets.c.page_id.in_(PAGES),
        ~select(_other_page.c.asset_id)
        .where(
            _other_page.c.asset_id == capture_assets.c.asset_id,
            _other_page.c.page_id.not_in(PAGES),
            _other_page.c.page_id.not_in(select(erasures.c.capture_id)),
        )
        .exists(),
    )
    .distinct()
)
"""The pictures and style sheets that no page of another article shows."""
DISCOVERIES: ColumnElement[bool] = discoveries.c.url.in_(URLS)
_LISTED_BY = select(discoveries.c.source_key).where(DISCOVERIES)
_FIRST_LISTED = select(discoveries.c.first_listed_at).where(DISCOVERIES)
FEED_CAPTURES: Select[Any] = (
    select(
        captures.c.id,
        captures.c.payload_digest,
        captures.c.warc_file,
        captures.c.warc_offset,
        captures.c.warc_length,
        captures.c.refers_to,
    )
    .where(
        captures.c.role == Role.FEED,
        captures.c.status.between(200, 299),
        captures.c.payload_bytes > 0,
        or_(
            captures.c.source_key.in_(_LISTED_BY),
            captures.c.source_key.in_(select(articles.c.source_key).where(articles.c.id == ARTICLE)),
        ),
        captures.c.captured_at >= bindparam("since", type_=captures.c.captured_at.type),
        captures.c.id.not_in(select(erasures.c.capture_id)),
    )
    .order_by(captures.c.id)
)
"""The feeds, front pages and other lists that may tell of it: those of the sources that listed it, since they did."""
FIRST_KNOWN = select(articles.c.first_seen_at).where(articles.c.id == ARTICLE).union_all(_FIRST_LISTED)
