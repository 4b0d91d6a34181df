"""Exported articles as a table of versions: one row each, of the same columns in CSV and Parquet.

The columns are an interface. They are named as in ``show --format json``; what is nested there (pictures, links,
embeds) has no column.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.article_views import ArticleView, VersionView


class Kind(Enum):
    """What a column holds; any may be None, and times are instants in UTC."""

    TEXT = "text"
    TIME = "time"
    DAY = "day"
    NUMBER = "number"
    FLAG = "flag"
    TEXTS = "texts"


COLUMNS: dict[str, Kind] = {
    "source": Kind.TEXT,
    "article_id": Kind.TEXT,
    "version_id": Kind.TEXT,
    "version": Kind.NUMBER,
    "is_current": Kind.FLAG,
    "url": Kind.TEXT,
    "status": Kind.TEXT,
    "title": Kind.TEXT,
    "authors": Kind.TEXTS,
    "language": Kind.TEXT,
    "direction": Kind.TEXT,
    "country": Kind.TEXT,
    "published_at": Kind.TIME,
    "published_on": Kind.DAY,
    "published_raw": Kind.TEXT,
    "published_zone": Kind.TEXT,
    "modified_at": Kind.TIME,
    "modified_on": Kind.DAY,
    "modified_raw": Kind.TEXT,
    "section": Kind.TEXT,
    "tags": Kind.TEXTS,
    "agencies": Kind.TEXTS,
    "agency_credit": Kind.TEXT,
    "description": Kind.TEXT,
    "image_url": Kind.TEXT,
    "image_caption": Kind.TEXT,
    "image_credit": Kind.TEXT,
    "paywalled": Kind.FLAG,
    "change": Kind.TEXT,
    "captured_at": Kind.TIME,
    "last_captured_at": Kind.TIME,
    "first_seen_at": Kind.TIME,
    "last_seen_at": Kind.TIME,
    "missing_since": Kind.TIME,
    "gone_at": Kind.TIME,
    "urls": Kind.TEXTS,
    "extractor": Kind.TEXT,
    "release": Kind.TEXT,
    "words": Kind.NUMBER,
    "text": Kind.TEXT,
}
"""Name and kind, in order: what tells an article apart first, its text last."""
REPEATED = (
    *("article_id", "status", "language", "direction", "country", "section", "change", "published_zone"),
    *("extractor", "release"),
)
"""The columns of text in which few values recur."""
_OF_ARTICLE = ("source", "url", "country", "first_seen_at", "last_seen_at", "missing_since", "gone_at")
_RENAMED = {"version_id": "public_id", "version": "number", "words": "word_count"}
_OF_VERSION = tuple(
    name for name in COLUMNS if name not in {*_OF_ARTICLE, "article_id", "is_current", "status", "urls"}
)


def version_rows(article: ArticleView) -> Iterator[dict[str, Any]]:
    """A row for each version the article is given with; one without a version's fields where it has none at all."""
    shared = {name: getattr(article, name) for name in _OF_ARTICLE} | {
        "article_id": article.public_id,
        "status": article.status.value,
        "urls": list(article.urls),
    }
    for version in article.versions:
        yield shared | _version_values(version) | {"is_current": version is article.versions[-1]}
    if not article.versions:
        yield dict.fromkeys(COLUMNS) | shared


def _version_values(version: VersionView) -> dict[str, Any]:
    values = {name: getattr(version, _RENAMED.get(name, name)) for name in _OF_VERSION}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
