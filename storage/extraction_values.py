"""How an extraction is laid out in a row of ``versions`` and in the details of ``extractions``, and read back."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from storage.columns import stored_time
from storage.records import Embed, Extraction, Image, Link, NotArticle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

PLAIN_FIELDS = (
    *("title", "text", "language", "direction"),
    *("published_at", "published_on", "published_raw", "published_from", "published_zone"),
    *("modified_at", "modified_on", "modified_raw", "modified_from", "modified_zone"),
    *("section", "description", "declared_url", "image_url", "image_caption", "image_credit", "agency_credit"),
    *("paywalled", "structure", "topics_from", "extractor", "release"),
)
"""Fields of an extraction that stand in a version's row under the same name, as they are."""
_ITEMS: dict[str, type[Any]] = {
    **dict.fromkeys(("authors", "tags", "agencies"), str),
    "images": Image,
    "links": Link,
    "embeds": Embed,
}
LIST_FIELDS = tuple(_ITEMS)
"""Its lists, which are JSON there."""
CONTENT_FIELDS = (*PLAIN_FIELDS, *LIST_FIELDS)
_NOT_DETAILS = frozenset({"extractor", "release", "not_article", "title", "text", "robots"})
_TIMES = frozenset({"published_at", "modified_at"})
_DAYS = frozenset({"published_on", "modified_on"})


def version_values(extraction: Extraction) -> dict[str, Any]:
    """The columns of ``versions`` that say what an extraction does."""
    values = {name: getattr(extraction, name) for name in PLAIN_FIELDS}
    return values | {name: [_as_json(item) for item in getattr(extraction, name)] for name in _ITEMS}


def of_version(row: Mapping[str, Any]) -> Extraction:
    """The extraction that a row of ``versions`` holds."""
    values = {name: row[name] for name in PLAIN_FIELDS} | {name: listed(name, row[name]) for name in LIST_FIELDS}
    return Extraction(**values, not_article=None)


def listed(name: str, values: list[Any]) -> tuple[Any, ...]:
    """One such list, by the name of its column."""
    kind = _ITEMS[name]
    return tuple(values) if kind is str else tuple(kind(**value) for value in values)


def details(extraction: Extraction) -> dict[str, Any]:
    """The fields of an extraction that have no column of their own, for a JSON column; those not given are left out."""
    stated = {field.name: getattr(extraction, field.name) for field in fields(extraction)}
    return {
        name: _as_json(value)
        for name, value in stated.items()
        if name not in _NOT_DETAILS and value is not None and value != ()
    }


def of_details(row: Row[Any]) -> Extraction:
    """The extraction that a row of ``extractions`` with its own text holds."""
    known = {field.name for field in fields(Extraction)}
    values = {name: _typed(name, value) for name, value in (row.details or {}).items() if name in known}
    not_article = NotArticle(row.not_article) if row.not_article else None
    values |= {"title": row.title or "", "text": row.text or "", "robots": row.robots}
    return Extraction(row.extractor, row.release, not_article, **values)


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return stored_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: item for name, item in asdict(value).items() if item is not None}
    return value


def _typed(name: str, value: Any) -> Any:
    if name in _TIMES:
        return datetime.fromisoformat(value)
    if name in _DAYS:
        return date.fromisoformat(value)
    return listed(name, value) if name in _ITEMS else value
