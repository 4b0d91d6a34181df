"""Writing what was received: captures, visits and what extraction made of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, func, select, text, update

from storage.columns import UtcTime
from storage.extraction_values import details
from storage.records import LedgerKind, Role
from storage.statements import PLACE, capture_assets, captures, extractions, insert_into, location_of, versions, visits
from storage.writer_ledger import LedgerWrites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Insert

    from storage.records import Capture, Extraction, WarcLocation
    from storage.records_stored import StoredArticle, VisitRow

_CAPTURE_ID = select(captures.c.id).where(captures.c.record_id == bindparam("record"))
_LINK = (
    update(captures)
    .where(captures.c.id == bindparam("capture_id"))
    .values(article_id=bindparam("article"), version_id=func.coalesce(bindparam("version"), captures.c.version_id))
)
_FIRST_CAPTURE = (
    update(versions).where(versions.c.id == bindparam("version")).values(first_capture_id=bindparam("capture_id"))
)
_HAS_VISIT = select(visits.c.id).where(visits.c.visit_id == bindparam("visit"))
_TOLD_AND_READ = select(
    func.count(case((visits.c.reason.like(bindparam("pattern")), 1))),
    func.count(visits.c.version_id),
).where(
    visits.c.source_key == bindparam("source"),
    visits.c.visited_at >= bindparam("since", type_=UtcTime()),
    visits.c.article_id.is_not(None),
    visits.c.article_id != bindparam("article"),
)
_SHOWING = (
    select(func.count(visits.c.article_id.distinct()))
    .join(captures, captures.c.article_id == visits.c.article_id)
    .join(extractions, extractions.c.capture_id == captures.c.id)
    .where(
        visits.c.source_key == bindparam("source"),
        visits.c.visited_at >= bindparam("since", type_=UtcTime()),
        visits.c.article_id != bindparam("article"),
        captures.c.captured_at >= bindparam("since", type_=UtcTime()),
        extractions.c.chosen,
        extractions.c.text_digest == bindparam("digest"),
        select(versions.c.id)
        .where(versions.c.article_id == visits.c.article_id, versions.c.text_digest != bindparam("digest"))
        .exists(),
    )
)
_UNCHOOSE = (
    update(extractions)
    .where(extractions.c.capture_id == bindparam("capture"), extractions.c.chosen)
    .values(chosen=False)
)
_LATEST_WITH_BODY = (
    select(*PLACE, captures.c.role, captures.c.visit_id)
    .where(captures.c.version_id == bindparam("version"), captures.c.status.between(200, 299))
    .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
    .limit(1)
)
_RAW_OF_VISIT = (
    select(*PLACE)
    .where(captures.c.visit_id == bindparam("visit"), captures.c.role == Role.ARTICLE)
    .order_by(captures.c.id.desc())
    .limit(1)
)
_MOVE = (
    update(captures)
    .where(captures.c.id == bindparam("row"), captures.c.warc_file == bindparam("old_file"))
    .values(warc_file=bindparam("file"), warc_offset=bindparam("begins"), warc_length=bindparam("bytes"))
)


@cache
def _add_capture(dialect: str) -> Insert:
    insert = insert_into(dialect, captures)
    return insert.on_conflict_do_nothing(index_elements=["record_id"]).returning(captures.c.id)


@cache
def _add_asset(dialect: str) -> Insert:
    return insert_into(dialect, capture_assets).on_conflict_do_nothing(index_elements=["page_id", "asset_id"])


@cache
def _add_visit(dialect: str) -> Insert:
    return insert_into(dialect, visits).on_conflict_do_nothing(index_elements=["visit_id"])


@cache
def _add_extraction(dialect: str) -> Insert:
    insert = insert_into(dialect, extractions)
    names = (
        "chosen",
        "extracted_at",
        "not_article",
        "title_digest",
        "text_digest",
        "title",
        "text",
        "details",
        "robots",
    )
    return insert.on_conflict_do_update(
        index_elements=["capture_id", "extractor", "release", text("coalesce(profile, 0)")],
        set_={name: insert.excluded[name] for name in names},
    ).returning(extractions.c.id)


class CaptureWrites(LedgerWrites):
    """The part of the writer that keeps captures, visits and extractions."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._new_captures: set[int] = set()
        self._version_made_by: dict[int, Extraction] = {}
        self._moved_starts: set[int] = set()

    def _forget(self) -> None:
        super()._forget()
        self._new_captures.clear()
        self._version_made_by.clear()
        self._moved_starts.clear()

    def add_capture(
        self,
        capture: Capture,
        location: WarcLocation,
        *,
        version_id: int | None = None,
        article_id: int | None = None,
    ) -> int:
        """The id of the capture's row; adding it again changes nothing."""
        values = {
            "record_id": capture.record_id,
            "visit_id": capture.visit_id,
            "source_key": capture.source_key,
            "article_id": article_id,
            "version_id": version_id,
            "role": capture.role,
            "url": capture.url,
            "captured_at": capture.captured_at,
            "status": capture.status,
            "content_type": capture.header("Content-Type"),
            "payload_digest": capture.payload_digest,
            "payload_bytes": len(capture.body),
            "etag": capture.header("ETag"),
            "last_modified": capture.header("Last-Modified"),
            "remote_address": capture.remote_address,
            "warc_file": location.file,
            "warc_offset": location.offset,
            "warc_length": location.length,
            "refers_to": location.refers_to,
            "record_digest": location.digest,
        }
        capture_id = self._one(_add_capture(self._dialect), **values)
        if capture_id is None:
            return int(self._one(_CAPTURE_ID, record=capture.record_id))
        self._new_captures.add(capture_id)
        self.await_leaf(LedgerKind.CAPTURE, capture.record_id)
        return int(capture_id)

    def link_capture(self, capture_id: int, *, article_id: int, version_id: int | None) -> None:
        """Says which article, and which of its versions, a capture is of."""
        self._rows(_LINK, capture_id=capture_id, article=article_id, version=version_id)
        if version_id in self._moved_starts:
            self._moved_starts.discard(version_id)
            self._rows(_FIRST_CAPTURE, version=version_id, capture_id=capture_id)

    def link_asset(self, page_record_id: str, url: str, asset_id: int) -> None:
        """Says that the page with this record id shows the asset, under this URL; again changes nothing."""
        page_id = self._one(_CAPTURE_ID, record=page_record_id)
        if page_id is not None:
            self._rows(_add_asset(self._dialect), page_id=page_id, asset_id=asset_id, url=url)

    def move_captures(self, moves: Sequence[Mapping[str, Any]]) -> None:
        """Says where the records of captures are from now on.

        Each move names the capture's ``row``, its ``old_file`` (a row that names another one is left alone), and the
        new ``file``, where it ``begins`` and how many ``bytes`` it takes.
        """
        self._run(_MOVE, moves)

    def latest_capture(self, version_id: int) -> WarcLocation | None:
        """Where the version's latest capture that came with a body is kept, or None."""
        row = self._first(_LATEST_WITH_BODY, version=version_id)
        return location_of(row) if row else None

    def latest_raw_capture(self, version_id: int) -> tuple[WarcLocation | None, bool]:
        """Where the raw answer behind the version's latest page is kept, and whether that page was rendered from it."""
        row = self._first(_LATEST_WITH_BODY, version=version_id)
        if row is None or row.role != Role.RENDERED:
            return (location_of(row) if row else None), False
        raw = self._first(_RAW_OF_VISIT, visit=row.visit_id)
        return (location_of(raw) if raw else None), True

    def add_visit(self, *, visit: VisitRow) -> None:
        """Keeps the visit; adding it again changes nothing."""
        self._rows(_add_visit(self._dialect), **{name: getattr(visit, name) for name in visit.__slots__})

    def told_and_read(self, article: StoredArticle, reason: str, *, since: datetime) -> tuple[int, int]:
        """How many visits to other articles of its source ended since then for this reason, and how many in a text."""
        values = {"source": article.source_key, "article": article.id, "since": since, "pattern": f"{reason}%"}
        told, read = self._first(_TOLD_AND_READ, **values)
        return int(told), int(read)

    def others_showing(self, article: StoredArticle, text_digest: str, *, since: datetime) -> int:
        """How many other articles of its source showed this text since then, and another one at another time."""
        values = {"source": article.source_key, "article": article.id, "since": since, "digest": text_digest}
        return int(self._one(_SHOWING, **values))

    def has_visit(self, visit_id: str) -> bool:
        """Whether the visit is kept already."""
        return self._one(_HAS_VISIT, visit=visit_id) is not None

    def add_extraction(
        self,
        capture_id: int,
        extraction: Extraction,
        *,
        chosen: bool,
        keep_text: bool,
        digests: tuple[str, str] | None = None,
    ) -> int:
        """The id of the extraction's row, which replaces an earlier one by the same release.

        Args:
            capture_id: The capture that was read.
            extraction: What was made of it.
            chosen: Makes it the one that counts, in place of any other.
            keep_text: Keeps headline and text here: where the version's own row does not hold the same.
            digests: Of the compared headline and text, as in ``VersionMarks``.
        """
        if chosen and capture_id not in self._new_captures:
            self._rows(_UNCHOOSE, capture=capture_id)
        title_digest, text_digest = digests or (None, None)
        made_version = self._version_made_by.get(capture_id) is extraction
        values = {
            "capture_id": capture_id,
            "extractor": extraction.extractor,
            "release": extraction.release,
            "chosen": chosen,
            "extracted_at": self._clock(),
            "not_article": extraction.not_article,
            "title_digest": title_digest,
            "text_digest": text_digest,
            "title": extraction.title if keep_text else None,
            "text": extraction.text if keep_text else None,
            "details": None if made_version else details(extraction),
            "robots": extraction.robots,
            "profile": extraction.profile,
        }
        return int(self._one(_add_extraction(self._dialect), **values))
