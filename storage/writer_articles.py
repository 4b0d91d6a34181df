"""Writing what it means: articles, their URLs and their versions."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, func, select, update

from storage.columns import UtcTime, storable, stored_time
from storage.extraction_values import version_values
from storage.identifiers import article_id as public_article_id
from storage.identifiers import version_id as public_version_id
from storage.identifiers import version_id_at
from storage.records import Address, ArticleStatus, CanonicalUrl, LedgerChange, LedgerKind, PayloadDigest
from storage.records_stored import StoredArticle, StoredRun
from storage.statements import article_urls, articles, captures, extractions, insert_into, versions, visits
from storage.writer_captures import CaptureWrites
from storage.writer_search import SearchWrites

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Insert

    from storage.records import Extraction
    from storage.records_stored import ArticleChange, VersionMarks

_PUBLISHED = ("published_at", "published_on", "published_raw", "published_from", "published_zone")
_AT = bindparam("at", type_=UtcTime())
ARTICLE_ROW = (
    select(
        articles.c.id,
        articles.c.public_id,
        articles.c.source_key,
        articles.c.canonical_url,
        articles.c.status,
        articles.c.first_seen_at,
        articles.c.last_seen_at,
        articles.c.last_visited_at,
        articles.c.missing_since,
        articles.c.gone_at,
        articles.c.edits_weighed,
        articles.c.edits_expected,
        articles.c.hinted_at,
        article_urls.c.url,
        article_urls.c.address_key,
        article_urls.c.declared,
    )
    .join(article_urls, article_urls.c.article_id == articles.c.id)
    .with_for_update(of=articles)
)
"""What ``StoredArticle`` is made of, with one of its URLs; in PostgreSQL the article's row is locked by reading it."""
_ARTICLE_BY_URL = ARTICLE_ROW.where(article_urls.c.url == bindparam("wanted_url"))
_LISTED_DATE = (
    select(*(versions.c[name] for name in _PUBLISHED))
    .where(versions.c.article_id == bindparam("article"), versions.c.published_from == "feed")
    .order_by(versions.c.first_captured_at, versions.c.id)
    .limit(1)
)
_LISTED_TOPICS = (
    select(versions.c.section, versions.c.tags, versions.c.topics_from)
    .where(versions.c.article_id == bindparam("article"), versions.c.topics_from == "feed")
    .order_by(versions.c.first_captured_at, versions.c.id)
    .limit(1)
)
_latest = (
    select(captures.c.id)
    .where(captures.c.version_id == versions.c.id, captures.c.status.between(200, 299))
    .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
    .limit(1)
    .correlate(versions)
    .scalar_subquery()
)
_RUNS = (
    select(
        versions.c.id,
        versions.c.first_captured_at,
        versions.c.last_captured_at,
        versions.c.title_digest,
        versions.c.text_digest,
        versions.c.extractor,
        versions.c.release,
        versions.c.section,
        versions.c.published_at,
        captures.c.payload_digest,
        captures.c.url.label("last_url"),
        extractions.c.title_digest.label("latest_title_digest"),
        extractions.c.text_digest.label("latest_text_digest"),
        extractions.c.extractor.label("latest_extractor"),
        extractions.c.release.label("latest_release"),
    )
    .outerjoin(captures, captures.c.id == _latest)
    .outerjoin(extractions, (extractions.c.capture_id == captures.c.id) & extractions.c.chosen)
    .where(versions.c.article_id == bindparam("article"))
    .order_by(versions.c.first_captured_at, versions.c.id)
)
_ARTICLE_ID = select(articles.c.id).where(articles.c.canonical_url == bindparam("canonical"))
_OWNER_OF_URL = select(article_urls.c.article_id).where(article_urls.c.url == bindparam("wanted_url"))
_DELETE_ARTICLE = delete(articles).where(articles.c.id == bindparam("article"))
_SET_CANONICAL = update(articles).where(articles.c.id == bindparam("article")).values(canonical_url=bindparam("url_"))
_HAS_CANONICAL = select(articles.c.id).where(articles.c.canonical_url == bindparam("url_"))
_PUBLIC_ID = select(articles.c.public_id).where(articles.c.id == bindparam("article"))
_SET_STANDING = (
    update(articles)
    .where(articles.c.id == bindparam("article"))
    .values(
        status=bindparam("new_status"),
        last_visited_at=bindparam("visited"),
        missing_since=bindparam("missing"),
        gone_at=bindparam("gone"),
        next_check_at=bindparam("check"),
        edits_weighed=bindparam("weighed"),
        edits_expected=bindparam("expected"),
        hinted_at=bindparam("hinted"),
    )
)


def _earlier(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((column > _AT, _AT), else_=column)


def _later(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((column < _AT, _AT), else_=column)


_SET_STANDING_SEEN = _SET_STANDING.values(
    first_seen_at=_earlier(articles.c.first_seen_at), last_seen_at=_later(articles.c.last_seen_at)
)
_SET_CURRENT = (
    update(articles)
    .where(articles.c.id == bindparam("article"))
    .values(
        current_version_id=select(versions.c.id)
        .where(versions.c.article_id == bindparam("article"))
        .order_by(versions.c.first_captured_at.desc(), versions.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
)
_VERSION_ID = select(versions.c.id).where(versions.c.public_id == bindparam("public"))
_CONTENT = select(versions.c.title, versions.c.text).where(versions.c.id == bindparam("version"))
_DATED_BY = select(versions.c.published_from).where(versions.c.id == bindparam("version"))
_MODIFIED = select(versions.c.modified_at, versions.c.modified_on).where(versions.c.id == bindparam("version"))
_EXTEND = (
    update(versions)
    .where(versions.c.id == bindparam("version"), versions.c.first_captured_at <= _AT)
    .values(last_captured_at=_later(versions.c.last_captured_at))
    .returning(versions.c.id)
)
_BEGIN_AT = update(versions).where(versions.c.id == bindparam("version")).values(first_captured_at=_AT)
_VERSION_PUBLIC_ID = select(versions.c.public_id).where(versions.c.id == bindparam("version"))
_WHOLE_VERSION = select(versions).where(versions.c.id == bindparam("version"))
_BEFORE = select(func.max(captures.c.captured_at)).where(
    captures.c.version_id == bindparam("version"), captures.c.captured_at <= _AT
)
_AFTER = (
    select(captures.c.id, captures.c.captured_at, captures.c.visit_id)
    .where(captures.c.version_id == bindparam("version"), captures.c.captured_at > _AT)
    .order_by(captures.c.captured_at, captures.c.id)
)
_CAPTURE_TIMES = (
    select(captures.c.version_id, captures.c.captured_at)
    .where(captures.c.article_id == bindparam("article"), captures.c.version_id.is_not(None))
    .order_by(captures.c.captured_at)
)
_SHORTEN = update(versions).where(versions.c.id == bindparam("version")).values(last_captured_at=bindparam("last"))
_MOVE_CAPTURES = (
    update(captures)
    .where(captures.c.version_id == bindparam("version"), captures.c.captured_at > _AT)
    .values(version_id=bindparam("new_version"))
)
_MOVE_VISITS = (
    update(visits)
    .where(visits.c.visit_id.in_(bindparam("moved", expanding=True)), visits.c.version_id == bindparam("version"))
    .values(version_id=bindparam("new_version"))
)


@cache
def _create_article(dialect: str) -> Insert:
    insert = insert_into(dialect, articles)
    return insert.on_conflict_do_nothing().returning(articles.c.id)


@cache
def _add_url(dialect: str) -> Insert:
    insert = insert_into(dialect, article_urls)
    return insert.on_conflict_do_update(
        index_elements=["url"],
        set_={
            "address_key": func.coalesce(article_urls.c.address_key, insert.excluded.address_key),
            "declared": and_(article_urls.c.declared, insert.excluded.declared),
        },
        where=article_urls.c.article_id == insert.excluded.article_id,
    ).returning(article_urls.c.article_id)


@cache
def _add_version(dialect: str) -> Insert:
    insert = insert_into(dialect, versions)
    return insert.on_conflict_do_nothing(index_elements=["public_id"]).returning(versions.c.id)


class ArticleWrites(CaptureWrites, SearchWrites):
    """The part of the writer that keeps articles and versions."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # What this transaction has seen need not be asked again: a visit looks the same URL up several times.
        self._owners: dict[str, int] = {}
        self._unknown_urls: set[str] = set()
        self._public_ids: dict[int, str] = {}
        self._without_versions: set[int] = set()
        self._contents: dict[int, tuple[str, str]] = {}

    def _forget(self) -> None:
        super()._forget()
        for known in (
            self._owners,
            self._unknown_urls,
            self._public_ids,
            self._without_versions,
            self._contents,
        ):
            known.clear()

    def find_article(self, urls: Sequence[str], *, seen_only: bool = False) -> StoredArticle | None:
        """The article that one of the URLs led to, the first URL that matches; in PostgreSQL its row is then locked.

        Args:
            urls: Where it may be known.
            seen_only: Passes over URLs that a page only declared, and where no visit has seen the article.
        """
        for url in urls:
            if url in self._unknown_urls:
                continue
            row = self._first(_ARTICLE_BY_URL, wanted_url=url)
            if row is None:
                self._unknown_urls.add(url)
            elif not (seen_only and row.declared):
                return self._stored_article(row)
        return None

    def _stored_article(self, row: Any) -> StoredArticle:
        if row.address_key is not None and not row.declared:
            self._owners[row.url] = row.id
        self._public_ids[row.id] = row.public_id
        found = () if row.id in self._without_versions else self._rows(_RUNS, article=row.id)
        runs = tuple(_stored_run(run) for run in found)
        return StoredArticle(
            id=row.id,
            public_id=row.public_id,
            source_key=row.source_key,
            canonical_url=CanonicalUrl(row.canonical_url),
            status=ArticleStatus(row.status),
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            last_visited_at=row.last_visited_at,
            missing_since=row.missing_since,
            runs=runs,
            gone_at=row.gone_at,
            edits_weighed=row.edits_weighed,
            edits_expected=row.edits_expected,
            hinted_at=row.hinted_at,
        )

    def create_article(
        self, source_key: str, canonical_url: CanonicalUrl, seen_at: datetime, *, is_declared: bool = False
    ) -> int:
        """The id of the article that the URL identifies, made if there is none; safe beside other writers.

        ``is_declared`` says that its page names the URL and that no visit has seen it there.
        """
        values = {
            "public_id": public_article_id(canonical_url),
            "source_key": source_key,
            "canonical_url": canonical_url,
            "status": ArticleStatus.LIVE,
            "first_seen_at": seen_at,
            "last_seen_at": seen_at,
        }
        created = self._one(_create_article(self._dialect), **values)
        article = created or self._one(_ARTICLE_ID, canonical=canonical_url)
        if article is None:
            # Another article had this URL at its first sight, and with it the id; it has moved away since.
            values["public_id"] = public_article_id(canonical_url + stored_time(seen_at))
            created = article = self._one(_create_article(self._dialect), **values)
        self.add_article_urls(article, [Address(canonical_url, None, is_declared)], seen_at)
        owner = self._owners.get(canonical_url) or int(self._one(_OWNER_OF_URL, wanted_url=canonical_url))
        if created and owner != article:
            # Another process has meanwhile learned that this URL leads to an article it knows.
            self._rows(_DELETE_ARTICLE, article=article)
        elif created:
            self._without_versions.add(article)
        return owner

    def add_article_urls(self, article_id: int, addresses: Sequence[Address], seen_at: datetime) -> None:
        """Adds URLs that led to the article; one that already leads to an article stays with it."""
        unsure = {address.url: address for address in addresses if address.url not in self._owners}
        # In order of URL, so that two processes with the same articles cannot deadlock.
        for url, address in sorted(unsure.items()):
            values = {
                "url": url,
                "article_id": article_id,
                "first_seen_at": seen_at,
                "address_key": address.key,
                "declared": address.is_declared,
            }
            is_ours = self._one(_add_url(self._dialect), **values) is not None
            if is_ours and address.key is not None and not address.is_declared:
                self._owners[url] = article_id
            self._unknown_urls.discard(url)

    def set_canonical_url(self, article_id: int, url: CanonicalUrl) -> None:
        """Changes what identifies the article, unless another article is identified by that URL."""
        if self._one(_HAS_CANONICAL, url_=url) is None:
            self._rows(_SET_CANONICAL, article=article_id, url_=url)

    def update_article(self, article_id: int, change: ArticleChange) -> None:
        """Keeps the article's standing after a visit."""
        values = {
            "article": article_id,
            "new_status": change.status,
            "visited": change.visited_at,
            "missing": change.missing_since,
            "gone": change.gone_at,
            "check": change.next_check_at,
            "weighed": change.edits_weighed,
            "expected": change.edits_expected,
            "hinted": change.hinted_at,
        }
        if change.seen_at is None:
            self._rows(_SET_STANDING, **values)
        else:
            self._rows(_SET_STANDING_SEEN, **values, at=change.seen_at)

    def add_version(self, article_id: int, extraction: Extraction, marks: VersionMarks) -> int:
        """The id of a version that begins with this capture; adding it again gives the same row."""
        public_id = public_version_id(self._public_id(article_id), marks)
        values = version_values(self.with_listed(article_id, extraction)) | {
            "public_id": public_id,
            "article_id": article_id,
            "title_digest": marks.title_digest,
            "text_digest": marks.text_digest,
            "word_count": len(extraction.text.split()),
            "first_captured_at": marks.captured_at,
            "last_captured_at": marks.captured_at,
            "first_capture_id": marks.capture_id,
        }
        version = self._one(_add_version(self._dialect), **values)
        if version is None:
            return int(self._one(_VERSION_ID, public=public_id))
        self.await_leaf(LedgerKind.VERSION, public_id)
        self._version_made_by[marks.capture_id] = extraction
        self._contents[version] = storable(extraction.title), storable(extraction.text)
        self._without_versions.discard(article_id)
        self._rows(_SET_CURRENT, article=article_id)
        return int(version)

    def with_listed(self, article_id: int, extraction: Extraction) -> Extraction:
        """What came from the feed is on no page to be read again: it stays, unless the page now gives it."""
        return self._with_listed_topics(article_id, self._with_listed_date(article_id, extraction))

    def _with_listed_date(self, article_id: int, extraction: Extraction) -> Extraction:
        if extraction.published_on is not None:
            return extraction
        listed = self._first(_LISTED_DATE, article=article_id)
        return replace(extraction, **{name: getattr(listed, name) for name in _PUBLISHED}) if listed else extraction

    def _with_listed_topics(self, article_id: int, extraction: Extraction) -> Extraction:
        if extraction.section or extraction.tags:
            return extraction
        listed = self._first(_LISTED_TOPICS, article=article_id)
        if listed is None:
            return extraction
        return replace(extraction, section=listed.section, tags=tuple(listed.tags), topics_from=listed.topics_from)

    def _public_id(self, article_id: int) -> str:
        known = self._public_ids.get(article_id)
        return known or str(self._one(_PUBLIC_ID, article=article_id))

    def version_content(self, version_id: int) -> tuple[str, str]:
        """Headline and text of a version, as its row holds them."""
        if version_id not in self._contents:
            row = self._first(_CONTENT, version=version_id)
            self._contents[version_id] = row.title, row.text
        return self._contents[version_id]

    def dated_by(self, version_id: int) -> str | None:
        """Where the version's publication date was found, or None where it has none."""
        origin = self._one(_DATED_BY, version=version_id)
        return None if origin is None else str(origin)

    def modified(self, version_id: int) -> tuple[datetime | None, date | None]:
        """When the publisher had last changed the page that began the version, by its own words: instant and day."""
        at, on = self._first(_MODIFIED, version=version_id)
        return at, on

    def capture_times(self, article_id: int) -> dict[int, tuple[datetime, ...]]:
        """When each of the article's versions was captured, by the version's id, times rising."""
        times: dict[int, list[datetime]] = {}
        for version_id, captured_at in self._rows(_CAPTURE_TIMES, article=article_id):
            times.setdefault(version_id, []).append(captured_at)
        return {version_id: tuple(found) for version_id, found in times.items()}

    def extend_version(self, version_id: int, captured_at: datetime) -> None:
        """Widens the time in which the version was captured."""
        if self._one(_EXTEND, version=version_id, at=captured_at) is None:
            self.supersede_version(version_id, LedgerChange.EXTENDED)
            self._rows(_BEGIN_AT, version=version_id, at=captured_at)
            self._moved_starts.add(version_id)

    def supersede_version(self, version_id: int, change: LedgerChange) -> None:
        """As ``supersede_leaf``, of a version by its row number: before its row is changed or deleted."""
        public_id = self._one(_VERSION_PUBLIC_ID, version=version_id)
        if public_id is not None:
            self.supersede_leaf(LedgerKind.VERSION, public_id, change)

    def split_version(self, version_id: int, at: datetime) -> None:
        """Cuts the run in two, because a capture at ``at`` shows another text.

        The captures after ``at`` go to a new version with the same content; the bounds of both stay tight.
        """
        after = self._run(_AFTER, {"version": version_id, "at": at}).all()
        if not after:
            return
        row = dict(self._run(_WHOLE_VERSION, {"version": version_id}).mappings().one())
        row.pop("id")
        public_id = self._public_id(row["article_id"])
        row["public_id"] = version_id_at(public_id, row["title_digest"], row["text_digest"], after[0].captured_at)
        row |= {"first_captured_at": after[0].captured_at, "first_capture_id": after[0].id}
        new_version = self._one(_add_version(self._dialect), **row)
        if new_version is None:
            new_version = self._one(_VERSION_ID, public=row["public_id"])
        else:
            self.await_leaf(LedgerKind.VERSION, row["public_id"])
        last = self._one(_BEFORE, version=version_id, at=at)
        self._run(_SHORTEN, {"version": version_id, "last": last})
        moved = {"version": version_id, "new_version": new_version}
        self._run(_MOVE_CAPTURES, {**moved, "at": at})
        self._run(_MOVE_VISITS, {**moved, "moved": [capture.visit_id for capture in after]})
        self._rows(_SET_CURRENT, article=row["article_id"])


def _stored_run(row: Any) -> StoredRun:
    """The run as its latest extraction saw it, where that is known: like is then compared with like."""
    is_known = row.latest_text_digest is not None
    return StoredRun(
        version_id=row.id,
        first_captured_at=row.first_captured_at,
        last_captured_at=row.last_captured_at,
        title_digest=row.latest_title_digest if is_known else row.title_digest,
        text_digest=row.latest_text_digest if is_known else row.text_digest,
        extractor=row.latest_extractor if is_known else row.extractor,
        release=row.latest_release if is_known else row.release,
        last_payload_digest=PayloadDigest(row.payload_digest) if row.payload_digest else None,
        last_url=row.last_url,
        section=row.section,
        published_at=row.published_at,
    )
