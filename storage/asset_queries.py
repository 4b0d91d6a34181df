"""Which pages wait for their assets, and which assets are kept already. Writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, select

from storage.records import Role, Validators
from storage.records_assets import AssetPage, KnownAsset
from storage.statements import capture_assets, captures, crawls, erasures, location_of, versions, visits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.archive import Archive
    from storage.records import SourceRecord

_URLS_A_QUERY = 500
_BEFORE = (
    select(crawls.c.id, crawls.c.finished_at, crawls.c.stopped)
    .where(crawls.c.source_key == bindparam("key"), crawls.c.id < bindparam("crawl"))
    .order_by(crawls.c.id.desc())
    .limit(1)
)
_earlier = versions.alias()
_PAGES = (
    select(
        captures.c.record_id,
        captures.c.url,
        captures.c.warc_file,
        captures.c.warc_offset,
        captures.c.warc_length,
        captures.c.refers_to,
        versions.c.image_url,
        versions.c.images,
        exists()
        .where(
            _earlier.c.article_id == versions.c.article_id, _earlier.c.first_captured_at < versions.c.first_captured_at
        )
        .label("is_edit"),
    )
    .join(captures, captures.c.id == versions.c.first_capture_id)
    .join(visits, visits.c.visit_id == captures.c.visit_id)
    .where(visits.c.crawl_id.in_(bindparam("crawls", expanding=True)))
    .order_by(captures.c.id)
)
_KNOWN = (
    select(
        capture_assets.c.url,
        capture_assets.c.asset_id,
        captures.c.role,
        captures.c.etag,
        captures.c.last_modified,
    )
    .distinct()
    .join(captures, captures.c.id == capture_assets.c.asset_id)
    .where(
        capture_assets.c.url.in_(bindparam("urls", expanding=True)),
        ~exists().where(erasures.c.capture_id == capture_assets.c.asset_id),
    )
    .order_by(capture_assets.c.asset_id)
)


def pages_of_crawl(archive: Archive, source: SourceRecord, crawl_id: int) -> list[AssetPage]:
    """The pages that began a version in this crawl; and in the one before, where that was cut short.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    with archive.reading() as connection:
        before = connection.execute(_BEFORE, {"key": source.key, "crawl": crawl_id}).first()
        was_cut_short = before is not None and (before.finished_at is None or before.stopped)
        wanted = [crawl_id, *([before.id] if before is not None and was_cut_short else [])]
        rows = connection.execute(_PAGES, {"crawls": wanted}).all()
    return [_page(row, source) for row in rows]


def known_assets(archive: Archive, urls: Sequence[str]) -> dict[str, KnownAsset]:
    """Those of the URLs whose assets are kept, as they were last fetched.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    with archive.reading() as connection:
        parts = [urls[start : start + _URLS_A_QUERY] for start in range(0, len(urls), _URLS_A_QUERY)]
        rows = [row for part in parts for row in connection.execute(_KNOWN, {"urls": part}).all()]
    known: dict[str, KnownAsset] = {}
    hops: dict[str, list[int]] = {}
    for row in rows:
        hops.setdefault(row.url, []).append(row.asset_id)
        if row.role == Role.ASSET:
            before = known[row.url].validators if row.url in known else Validators()
            validators = Validators(row.etag or before.etag, row.last_modified or before.last_modified)
            known[row.url] = KnownAsset(tuple(hops.pop(row.url)), validators)
    return known


def _page(row: Any, source: SourceRecord) -> AssetPage:
    images = tuple(image["url"] for image in row.images)
    return AssetPage(row.record_id, row.url, source, location_of(row), row.image_url, images, bool(row.is_edit))
