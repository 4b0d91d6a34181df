"""The canonical record of what a leaf of the ledger vouches for: the bytes that are hashed with its nonce.

It is JSON of the row's own values with sorted keys, no spaces and letters as they are, in UTF-8; instants are in UTC to
the microsecond, days as ISO 8601. Left out is what Warraq changes as a matter of course: row numbers, the place in a
WARC file (files are repacked), which version a capture shows, and when a version was last seen. A text stands in it by
its SHA-256, so that the record of a version that was restated can be kept without the text. The names listed here never
change: a column that comes later is not in the record of a leaf.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.columns import stored_time
from storage.records import LedgerKind
from storage.statements import articles, captures, takedowns, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import BindParameter, Connection

NONCE_BYTES = 32
_OF_CAPTURE = (
    *("source_key", "role", "visit_id", "url", "captured_at", "status", "content_type", "etag", "last_modified"),
    *("payload_digest", "payload_bytes", "remote_address", "refers_to", "record_digest"),
)
_OF_VERSION = (
    *("title", "title_digest", "text_digest", "word_count", "language", "direction", "authors"),
    *("published_at", "published_on", "published_raw", "published_from", "published_zone"),
    *("modified_at", "modified_on", "modified_raw", "modified_from", "modified_zone"),
    *("section", "tags", "description", "declared_url", "image_url", "image_caption", "image_credit"),
    *("agency_credit", "agencies", "paywalled", "structure", "images", "links", "embeds"),
    *("extractor", "release", "first_captured_at"),
)
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_CAPTURES = select(captures.c.record_id, *(captures.c[name] for name in _OF_CAPTURE)).where(
    captures.c.record_id.in_(_WANTED)
)
_VERSIONS = (
    select(
        versions.c.public_id,
        versions.c.text,
        articles.c.public_id.label("article"),
        captures.c.record_id.label("first_capture"),
        *(versions.c[name] for name in _OF_VERSION),
    )
    .join(articles, articles.c.id == versions.c.article_id)
    .outerjoin(captures, captures.c.id == versions.c.first_capture_id)
    .where(versions.c.public_id.in_(_WANTED))
)
_TAKEDOWNS = (
    select(articles.c.public_id, takedowns.c.reason, takedowns.c.asked_by, takedowns.c.asked_at)
    .join(takedowns, takedowns.c.article_id == articles.c.id)
    .where(articles.c.public_id.in_(_WANTED))
)


def leaf_entry(nonce: bytes, record: bytes) -> bytes:
    """What the leaf holds: the SHA-256 of nonce and canonical record."""
    return hashlib.sha256(nonce + record).digest()


def records_of(connection: Connection, kind: LedgerKind, subjects: Sequence[str]) -> dict[str, bytes]:
    """The canonical records of those subjects that have a row, by subject."""
    if not subjects:
        return {}
    if kind is LedgerKind.CAPTURE:
        found = connection.execute(_CAPTURES, {"wanted": list(subjects)})
        return {row.record_id: _capture_record(row) for row in found}
    if kind is LedgerKind.VERSION:
        found = connection.execute(_VERSIONS, {"wanted": list(subjects)})
        return {row.public_id: _version_record(row) for row in found}
    found = connection.execute(_TAKEDOWNS, {"wanted": list(subjects)})
    return {row.public_id: _takedown_record(row) for row in found}


def text_digest(text: str) -> str:
    """A text as the record of its version names it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _capture_record(row: Any) -> bytes:
    told = row._asdict()
    told |= {"kind": LedgerKind.CAPTURE.value, "id": told.pop("record_id")}
    return canonical(told)


def _version_record(row: Any) -> bytes:
    told = row._asdict()
    told |= {"kind": LedgerKind.VERSION.value, "id": told.pop("public_id")}
    told["text_sha256"] = text_digest(told.pop("text"))
    return canonical(told)


def _takedown_record(row: Any) -> bytes:
    told = row._asdict()
    told |= {"kind": LedgerKind.TAKEDOWN.value, "id": told.pop("public_id")}
    return canonical(told)


def canonical(record: dict[str, Any]) -> bytes:
    """The record's bytes."""
    return _ENCODER.encode(record).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return stored_time(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a canonical record")


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
