"""Writing takedowns: first an article is withheld, then its rows go, then what became of its WARC records is noted.

Each step is one transaction, leaves the archive whole and does nothing where it was done before; a takedown that was
killed goes on from there.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, bindparam, cast, delete, exists, func, insert, or_, select, update

from storage.columns import RowId, UtcTime
from storage.records import ArticleStatus, LedgerChange, LedgerKind, Outcome
from storage.statements import (
    article_urls,
    articles,
    capture_assets,
    captures,
    copies,
    discoveries,
    edit_measures,
    erasures,
    extractions,
    former_ids,
    insert_into,
    search_entries,
    site_profiles,
    takedowns,
    versions,
    visits,
)
from storage.takedown_rows import ARTICLE, ASSETS, DISCOVERIES, PAGE_ROLES, PAGES
from storage.writer_ledger import LedgerWrites

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Insert, Select

    from storage.records import WarcLocation

_AT = bindparam("at", type_=UtcTime())
_WITHHOLD = (
    update(articles)
    .where(articles.c.id == ARTICLE)
    .values(status=ArticleStatus.WITHHELD, next_check_at=None, hinted_at=None, missing_since=None)
)
_VERSIONS = select(versions.c.id).where(versions.c.article_id == ARTICLE)
_ERASED = select(erasures.c.capture_id).where(erasures.c.article_id == ARTICLE)
_LEAVE_ROWS = (
    update(former_ids).where(former_ids.c.article_id == ARTICLE).values(version_id=None),
    update(articles).where(articles.c.id == ARTICLE).values(current_version_id=None),
    update(captures).where(captures.c.version_id.in_(_VERSIONS)).values(version_id=None),
    # A reason may quote the page, where a notice stood in the article's place.
    update(visits).where(visits.c.article_id == ARTICLE).values(version_id=None, reason=""),
    update(visits).where(visits.c.version_id.in_(_VERSIONS)).values(version_id=None),
)
_DELETE_ROWS = (
    delete(extractions).where(extractions.c.capture_id.in_(_ERASED)),
    delete(capture_assets).where(or_(capture_assets.c.page_id.in_(_ERASED), capture_assets.c.asset_id.in_(_ERASED))),
    delete(search_entries).where(search_entries.c.version_id.in_(_VERSIONS)),
    delete(edit_measures).where(
        or_(edit_measures.c.version_id.in_(_VERSIONS), edit_measures.c.old_version_id.in_(_VERSIONS))
    ),
    delete(copies).where(or_(copies.c.article_id == ARTICLE, copies.c.original_article_id == ARTICLE)),
    delete(versions).where(versions.c.article_id == ARTICLE),
)
_FORGET_LISTED = update(discoveries).where(DISCOVERIES).values(listed_title="", listed_categories=[])
_FORGET_LATE_TITLES = (
    update(discoveries)
    .where(
        or_(discoveries.c.listed_title != "", cast(discoveries.c.listed_categories, String) != "[]"),
        discoveries.c.url.in_(
            select(article_urls.c.url).join(takedowns, takedowns.c.article_id == article_urls.c.article_id)
        ),
    )
    .values(listed_title="", listed_categories=[])
    .returning(discoveries.c.id)
)
_SCRUB_AGAIN = update(takedowns).where(takedowns.c.scrubbed_at.is_not(None)).values(scrubbed_at=None)
_SETTLE = (
    update(discoveries)
    .where(DISCOVERIES, discoveries.c.settled_at.is_(None))
    .values(settled_at=_AT, settled_by=Outcome.REFUSED, last_outcome=Outcome.REFUSED, next_try_at=None)
)
_SUBJECTS = (
    (LedgerKind.VERSION, select(versions.c.public_id).where(versions.c.article_id == ARTICLE)),
    (
        LedgerKind.CAPTURE,
        select(captures.c.record_id)
        .join(erasures, erasures.c.capture_id == captures.c.id)
        .where(erasures.c.article_id == ARTICLE)
        .order_by(captures.c.id),
    ),
)
_PUBLIC_ID = select(articles.c.public_id).where(articles.c.id == ARTICLE)
_RECORD_ID = select(captures.c.record_id).where(captures.c.id == bindparam("capture"))
_NOTE_EMPTIED = update(takedowns).where(takedowns.c.article_id == ARTICLE).values(emptied_at=_AT)
_IS_NEW = ~exists().where(erasures.c.capture_id == captures.c.id)
_LATE = (
    select(captures.c.id, captures.c.article_id, captures.c.warc_file)
    .where(captures.c.article_id.in_(select(takedowns.c.article_id)), _IS_NEW)
    .union_all(
        select(captures.c.id, article_urls.c.article_id, captures.c.warc_file)
        .join(article_urls, article_urls.c.url == captures.c.url)
        .join(takedowns, takedowns.c.article_id == article_urls.c.article_id)
        .where(captures.c.article_id.is_(None), captures.c.role.in_(PAGE_ROLES), _IS_NEW)
    )
)
_ANY_TAKEDOWN = select(takedowns.c.article_id).limit(1)
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_WITHHELD_AMONG = (
    select(article_urls.c.url, article_urls.c.address_key, article_urls.c.article_id)
    .join(takedowns, takedowns.c.article_id == article_urls.c.article_id)
    .where(or_(article_urls.c.url.in_(_SOME), article_urls.c.address_key.in_(_SOME)))
)
_REOPEN = (
    update(takedowns)
    .where(
        takedowns.c.article_id.in_(select(erasures.c.article_id).where(erasures.c.erased_at.is_(None))),
        takedowns.c.erased_at.is_not(None),
    )
    .values(erased_at=None)
)
_BLANK = (
    update(captures)
    .where(captures.c.id == bindparam("capture"))
    .values(
        payload_digest="sha256:" + hashlib.sha256(b"").hexdigest(),
        payload_bytes=0,
        content_type=None,
        etag=None,
        last_modified=None,
        refers_to=None,
        record_digest=None,
        warc_file=bindparam("file"),
        warc_offset=bindparam("begins"),
        warc_length=bindparam("bytes"),
    )
)
_NOTE_ERASED = (
    update(erasures)
    .where(erasures.c.capture_id == bindparam("capture"))
    .values(erased_at=func.coalesce(erasures.c.erased_at, _AT))
)
_MOVE_CITING = (
    update(captures)
    .where(captures.c.id == bindparam("capture"))
    .values(
        warc_file=bindparam("file"),
        warc_offset=bindparam("begins"),
        warc_length=bindparam("bytes"),
        refers_to=bindparam("original"),
        record_digest=bindparam("digest"),
    )
)
_NOTE_ALL_ERASED = (
    update(takedowns)
    .where(
        takedowns.c.erased_at.is_(None),
        takedowns.c.emptied_at.is_not(None),
        ~exists().where(erasures.c.article_id == takedowns.c.article_id, erasures.c.erased_at.is_(None)),
    )
    .values(erased_at=_AT)
)
_NOTE_SCRUBBED = (
    update(takedowns)
    .where(takedowns.c.emptied_at.is_not(None), takedowns.c.emptied_at <= _AT, takedowns.c.scrubbed_at.is_(None))
    .values(scrubbed_at=_AT)
)
_REWRITE_PROFILE = (
    update(site_profiles)
    .where(site_profiles.c.source_key == bindparam("key"), site_profiles.c.number == bindparam("profile_number"))
    .values(profile=bindparam("held"), study=bindparam("learned"))
)
EMPTIED = select(func.count()).select_from(takedowns).where(takedowns.c.emptied_at.is_not(None))


@cache
def _add_takedown(dialect: str) -> Insert:
    return insert_into(dialect, takedowns).on_conflict_do_nothing(index_elements=["article_id"])


@cache
def _add_erasures(dialect: str, chosen: Select[Any]) -> Insert:
    """Notes each of the captures once, with the file that holds it now."""
    wanted = select(captures.c.id, cast(ARTICLE, RowId), captures.c.warc_file).where(captures.c.id.in_(chosen))
    into = insert_into(dialect, erasures).from_select(["capture_id", "article_id", "warc_file"], wanted)
    return into.on_conflict_do_nothing(index_elements=["capture_id"])


@cache
def _add_former(dialect: str) -> Insert:
    ids = select(versions.c.public_id, versions.c.article_id, _AT).where(versions.c.article_id == ARTICLE)
    into = insert_into(dialect, former_ids).from_select(["public_id", "article_id", "merged_at"], ids)
    return into.on_conflict_do_nothing(index_elements=["public_id"])


class TakedownWrites(LedgerWrites):
    """The part of the writer that takes articles down."""

    def withhold(self, article_id: int, *, reason: str, asked_by: str, at: datetime) -> None:
        """Withholds the article from everybody, and says which captures go with it; again adds what is new.

        From the commit on it is shown, exported, found and fetched no more, though its texts are still there.
        """
        self._rows(_WITHHOLD, article=article_id)
        values = {"article_id": article_id, "reason": reason, "asked_by": asked_by, "asked_at": at}
        self._run(_add_takedown(self._dialect), values)
        self.await_leaf(LedgerKind.TAKEDOWN, self._one(_PUBLIC_ID, article=article_id))
        for chosen in (PAGES, ASSETS):
            self._run(_add_erasures(self._dialect, chosen), {"article": article_id})

    def take_with(self, article_id: int, capture_ids: Collection[int]) -> None:
        """Says that these captures go with the article too."""
        some = select(captures.c.id).where(captures.c.id.in_(_SOME))
        wanted = sorted(capture_ids)
        for start in range(0, len(wanted), 500):
            values = {"article": article_id, "some": wanted[start : start + 500]}
            self._run(_add_erasures(self._dialect, some), values)
        self._run(_REOPEN, {})

    def empty_article(self, article_id: int, at: datetime) -> None:
        """Deletes what the archive says of the article, but for its addresses, visits and ids.

        The ids of its versions stay good: they lead to the article. Copies, the search and the index of texts have
        methods of their own for what they hold.
        """
        self._run(_add_former(self._dialect), {"article": article_id, "at": at})
        for kind, subjects in _SUBJECTS:
            for subject in self._run(subjects, {"article": article_id}).scalars().all():
                self.delete_nonces(kind, subject)
        for statement in (*_LEAVE_ROWS, *_DELETE_ROWS, _FORGET_LISTED):
            self._run(statement, {"article": article_id})
        self._run(_SETTLE, {"article": article_id, "at": at})
        self._run(_NOTE_EMPTIED, {"article": article_id, "at": at})

    def withheld_among(self, addresses: Sequence[str]) -> dict[str, int]:
        """Those of the addresses, or of the forms in which their spellings are alike, that were taken down.

        Each with the row id of its article.
        """
        if not addresses or self._one(_ANY_TAKEDOWN) is None:
            return {}
        found: dict[str, int] = {}
        for start in range(0, len(addresses), 500):
            rows = self._run(_WITHHELD_AMONG, {"some": addresses[start : start + 500]})
            found |= {each: row.article_id for row in rows for each in (row.url, row.address_key) if each}
        return {each: found[each] for each in addresses if each in found}

    def take_late_captures(self) -> int:
        """Says that captures which visits under way have brought since go with their article; how many.

        A title that a feed under way has brought is forgotten too.
        """
        late = self._run(_LATE, {}).all()
        if late:
            self._run(
                insert(erasures),
                [{"capture_id": row.id, "article_id": row.article_id, "warc_file": row.warc_file} for row in late],
            )
            self._run(_REOPEN, {})
        if self._run(_FORGET_LATE_TITLES, {}).all():
            self._run(_SCRUB_AGAIN, {})
        return len(late)

    def note_erased(self, erased: Sequence[tuple[int, WarcLocation]], at: datetime) -> None:
        """Says that tombstones stand there for these captures (by row id); their rows keep time, URL and status."""
        for capture_id, location in erased:
            values = {"capture": capture_id, "file": location.file, "begins": location.offset, "bytes": location.length}
            self._rows(_BLANK, **values)
            self._rows(_NOTE_ERASED, capture=capture_id, at=at)
            self.delete_nonces(LedgerKind.CAPTURE, self._one(_RECORD_ID, capture=capture_id))

    def move_citing(self, moves: Sequence[tuple[int, WarcLocation]]) -> None:
        """Says where captures are now whose bodies stood in records that are to be overwritten."""
        for capture_id, location in moves:
            record_id = self._one(_RECORD_ID, capture=capture_id)
            self.supersede_leaf(LedgerKind.CAPTURE, record_id, LedgerChange.MOVED)
            self._rows(
                _MOVE_CITING,
                capture=capture_id,
                file=location.file,
                begins=location.offset,
                bytes=location.length,
                original=location.refers_to,
                digest=location.digest,
            )

    def note_all_erased(self, at: datetime) -> None:
        """Says of each takedown that has no record left that this is so."""
        self._run(_NOTE_ALL_ERASED, {"at": at})

    def note_scrubbed(self, at: datetime) -> None:
        """Says that the database's files hold nothing of what was emptied before that moment."""
        self._run(_NOTE_SCRUBBED, {"at": at})

    def hold_profiles(self) -> None:
        """Lets no other process write a site profile until this transaction ends: it may know the words still."""
        if self._dialect == "postgresql":  # SQLite has one writer anyway
            self._execute("LOCK TABLE site_profiles IN EXCLUSIVE MODE")

    def rewrite_profile(self, source_key: str, number: int, profile: dict[str, Any], study: bytes | None) -> None:
        """Keeps a site profile without some of its example words; its rules are the same."""
        self._rows(_REWRITE_PROFILE, key=source_key, profile_number=number, held=profile, learned=study)

    def emptied_takedowns(self) -> int:
        """How many articles have ever been emptied: what was read before another one was may hold its words."""
        return int(self._one(EMPTIED))
