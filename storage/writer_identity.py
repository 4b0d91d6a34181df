"""Writing down which article is which: looking one up by what it says, and making one of two.

Two articles turn out to be one when the address of the first is seen to lead to the second, or when the second's page
names the first as its canonical. Nothing is lost then: the URLs, visits, captures and versions of the younger go to
the older, versions are formed anew over the captures of both, and ids that were given out stay good (``former_ids``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update

from storage.columns import UtcTime
from storage.identifiers import version_id_at
from storage.records import LedgerChange, LedgerKind, ShownCapture
from storage.statements import (
    article_urls,
    articles,
    captures,
    copies,
    extractions,
    former_ids,
    versions,
    visits,
)
from storage.writer_articles import ARTICLE_ROW
from storage.writer_extractions import ExtractionWrites

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime, timedelta

    from storage.records import CanonicalUrl
    from storage.records_stored import StoredArticle

    Arrange = Callable[[Sequence[ShownCapture]], Sequence[Sequence[ShownCapture]]]

_MOST_CANDIDATES = 5
_BY_KEY = (
    ARTICLE_ROW.where(
        article_urls.c.address_key == bindparam("wanted_key"), articles.c.source_key == bindparam("source")
    )
    .order_by(articles.c.id)
    .limit(_MOST_CANDIDATES)
)
_SAME_TEXT = (
    select(versions.c.article_id, versions.c.published_on, versions.c.first_captured_at)
    .join(articles, articles.c.id == versions.c.article_id)
    .where(
        versions.c.text_digest == bindparam("text"),
        versions.c.title_digest == bindparam("title"),
        articles.c.source_key == bindparam("source"),
    )
    .order_by(versions.c.first_captured_at, versions.c.id)
    .limit(_MOST_CANDIDATES)
)
_SAME_HEADLINE = (
    select(versions.c.article_id, versions.c.text)
    .join(articles, articles.c.id == versions.c.article_id)
    .where(
        versions.c.published_on == bindparam("day"),
        versions.c.title_digest == bindparam("title"),
        articles.c.source_key == bindparam("source"),
    )
    .order_by(versions.c.first_captured_at, versions.c.id)
    .limit(_MOST_CANDIDATES)
)
_BY_ID = ARTICLE_ROW.where(articles.c.id == bindparam("article")).limit(1)
_RELEASE_URL = delete(article_urls).where(article_urls.c.url == bindparam("wanted_url"), article_urls.c.declared)
_NAMED_SO = select(articles.c.id).where(articles.c.canonical_url == bindparam("wanted_url"))
_SEEN_AT = (
    select(captures.c.url)
    .where(captures.c.article_id == bindparam("article"), captures.c.version_id.is_not(None))
    .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
    .limit(1)
)
_BOTH = select(articles).where(articles.c.id.in_(bindparam("both", expanding=True))).order_by(articles.c.id)
_VERSIONS_OF_BOTH = (
    select(versions.c.id).where(versions.c.article_id.in_(bindparam("both", expanding=True))).order_by(versions.c.id)
)
_MOVES = tuple(
    update(table).where(table.c.article_id == bindparam("merged")).values(article_id=bindparam("kept"))
    for table in (article_urls, captures, visits, versions, former_ids)
)
_DERIVED = (
    # What is known of copies is derived from the texts, and found again when the kept article is next compared.
    # What the index of texts has of an article without a row leads nowhere, and leaves it with its generation.
    delete(copies).where(bindparam("merged").in_((copies.c.article_id, copies.c.original_article_id))),
)
_ADD_FORMER = former_ids.insert()
_FORMER_VERSION = (
    update(former_ids).where(former_ids.c.version_id == bindparam("old")).values(version_id=bindparam("new"))
)
_CAPTURES = (
    select(
        captures.c.id.label("capture_id"),
        captures.c.captured_at,
        captures.c.visit_id,
        captures.c.version_id,
        versions.c.title_digest,
        versions.c.text_digest,
    )
    .join(versions, versions.c.id == captures.c.version_id)
    .where(captures.c.article_id == bindparam("article"))
    .order_by(captures.c.captured_at, captures.c.id)
)
_VERSIONS = select(versions).where(versions.c.article_id == bindparam("article"))
_GIVE_TEXT = (
    update(extractions)
    .where(
        extractions.c.capture_id == bindparam("capture"),
        extractions.c.text.is_(None),
        extractions.c.not_article.is_(None),
    )
    .values(title=bindparam("old_title"), text=bindparam("old_text"))
)
_TO_VERSION = update(captures).where(captures.c.id == bindparam("capture")).values(version_id=bindparam("new"))
_VISITS_TO_VERSION = (
    update(visits)
    .where(visits.c.visit_id == bindparam("visit"), visits.c.version_id == bindparam("old"))
    .values(version_id=bindparam("new"))
)
_LEAVE_VERSION = update(visits).where(visits.c.version_id == bindparam("old")).values(version_id=bindparam("new"))
_SET_BOUNDS = (
    update(versions)
    .where(versions.c.id == bindparam("version"))
    .values(
        first_captured_at=bindparam("first", type_=UtcTime()),
        last_captured_at=bindparam("last", type_=UtcTime()),
        first_capture_id=bindparam("first_id"),
    )
)
_DELETE_VERSION = delete(versions).where(versions.c.id == bindparam("old"))
_DELETE_ARTICLE = delete(articles).where(articles.c.id == bindparam("merged"))
_SET_SEEN = (
    update(articles)
    .where(articles.c.id == bindparam("kept"))
    .values(
        first_seen_at=bindparam("first", type_=UtcTime()),
        last_seen_at=bindparam("last", type_=UtcTime()),
        last_visited_at=bindparam("visited", type_=UtcTime()),
        current_version_id=select(versions.c.id)
        .where(versions.c.article_id == bindparam("kept"))
        .order_by(versions.c.first_captured_at.desc(), versions.c.id.desc())
        .limit(1)
        .scalar_subquery(),
    )
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What two addresses of one source that tell one story have in common: digests of headline and text, and the day.

    ``published_on`` is None where the page gives no day; then two that were first seen within ``distance`` are alike.
    """

    title_digest: str
    text_digest: str
    published_on: date | None
    seen_at: datetime
    distance: timedelta


class IdentityWrites(ExtractionWrites):
    """The part of the writer that knows articles by more than their URLs, and makes one of two."""

    def articles_by_key(self, source_key: str, key: str) -> list[StoredArticle]:
        """The source's articles that have a URL of that form (``Address.key``), oldest row first, a few at most."""
        rows = {row.id: row for row in self._rows(_BY_KEY, source=source_key, wanted_key=key)}
        return [self._stored_article(row) for row in rows.values()]

    def article(self, article_id: int) -> StoredArticle | None:
        """The article of that row, or None."""
        row = self._first(_BY_ID, article=article_id)
        return None if row is None else self._stored_article(row)

    def article_of_telling(self, source_key: str, telling: Telling) -> StoredArticle | None:
        """The source's article that tells the same under the same headline and of the same day, or None."""
        digests = {"text": telling.text_digest, "title": telling.title_digest}
        for row in self._rows(_SAME_TEXT, source=source_key, **digests):
            days = {row.published_on, telling.published_on}
            is_near = abs(row.first_captured_at - telling.seen_at) <= telling.distance
            if len(days) == 1 and (None not in days or is_near):
                return self.article(row.article_id)
        return None

    def article_of_headline(
        self, source_key: str, telling: Telling, is_same: Callable[[str], bool]
    ) -> StoredArticle | None:
        """The source's article of the same headline and day whose text is found the same, or None."""
        if telling.published_on is None:
            return None
        for row in self._rows(_SAME_HEADLINE, source=source_key, day=telling.published_on, title=telling.title_digest):
            if is_same(row.text):
                return self.article(row.article_id)
        return None

    def release_url(self, url: CanonicalUrl, *, keep_row: bool = False) -> None:
        """Takes back a URL that an article's page declared, since it does not identify that article.

        The article is called by the address that last showed it from now on. A URL where a visit saw it stays.

        Args:
            url: The declared URL.
            keep_row: Goes on remembering that it was declared, so that no other page is believed in it.
        """
        named = self._one(_NAMED_SO, wanted_url=url)
        if named is not None and (seen_at := self._one(_SEEN_AT, article=named)) is not None:
            self.set_canonical_url(named, seen_at)
        if not keep_row:
            self._rows(_RELEASE_URL, wanted_url=url)
            self._unknown_urls.add(url)

    def merge_articles(self, kept: int, merged: int, at: datetime, arranged: Arrange) -> None:
        """Makes one of two articles: all that the second has goes to the first, and its ids lead there for good.

        Args:
            kept: The article that goes on.
            merged: The one that ends.
            at: When they were found to be one.
            arranged: Puts the captures of both, in order of time, together into versions.
        """
        both = {row.id: row for row in self._run(_BOTH, {"both": [kept, merged]})}
        older, younger = both[kept], both[merged]
        for version in self._run(_VERSIONS_OF_BOTH, {"both": [kept, merged]}).scalars().all():
            self.supersede_version(version, LedgerChange.MERGED)
        for forget in _DERIVED:
            self._rows(forget, merged=merged)
        for move in _MOVES:
            self._rows(move, kept=kept, merged=merged)
        self._add_former_id(younger.public_id, kept, None, at)
        self._form_versions(kept, older.public_id, at, arranged)
        self.forget_terms_of_article(kept)
        self._run(_DELETE_ARTICLE, {"merged": merged})
        visited = [row.last_visited_at for row in both.values() if row.last_visited_at]
        self._run(
            _SET_SEEN,
            {
                "kept": kept,
                "first": min(older.first_seen_at, younger.first_seen_at),
                "last": max(older.last_seen_at, younger.last_seen_at),
                "visited": max(visited, default=None),
            },
        )
        self._forget()

    def _add_former_id(self, public_id: str, article: int, version: int | None, at: datetime) -> None:
        values = {"public_id": public_id, "article_id": article, "version_id": version, "merged_at": at}
        self._run(_ADD_FORMER, values)

    def _form_versions(self, article: int, public_id: str, at: datetime, arranged: Arrange) -> None:
        """Forms an article's versions anew from its captures."""
        stored = {row["id"]: dict(row) for row in self._run(_VERSIONS, {"article": article}).mappings()}
        found = self.shown_captures(article)
        taken: set[int] = set()
        left: dict[int, int] = {}
        for group in arranged(found):
            version = self._version_of(group, stored, taken, public_id)
            taken.add(version)
            for capture in group:
                if capture.version_id != version:
                    self.move_capture(capture, version, stored[capture.version_id])
                    left[capture.version_id] = version
            self.set_bounds(version, (group[0].captured_at, group[-1].captured_at), group[0].capture_id)
        for old in left.keys() - taken:
            self.retire_version(stored[old], left[old], at)

    def shown_captures(self, article: int) -> list[ShownCapture]:
        """An article's captures that are of a version, in order of time."""
        return [ShownCapture(**row) for row in self._run(_CAPTURES, {"article": article}).mappings()]

    def set_bounds(self, version: int, bounds: tuple[datetime, datetime], first_capture: int) -> None:
        """Says when a version was first and last captured, and by which capture first."""
        values = {"first": bounds[0], "last": bounds[1], "first_id": first_capture}
        self._run(_SET_BOUNDS, {"version": version, **values})

    def _version_of(
        self, group: Sequence[ShownCapture], stored: dict[int, dict[str, Any]], taken: set[int], public_id: str
    ) -> int:
        """The version that captures are of: the first of theirs that none before them took, or a new one."""
        free = next((capture.version_id for capture in group if capture.version_id not in taken), None)
        if free is not None:
            return free
        first = group[0]
        copy = {name: value for name, value in stored[first.version_id].items() if name != "id"}
        copy |= {"first_captured_at": first.captured_at, "first_capture_id": first.capture_id}
        copy["public_id"] = version_id_at(public_id, first.title_digest, first.text_digest, first.captured_at)
        self.await_leaf(LedgerKind.VERSION, copy["public_id"])
        return int(self._run(versions.insert().returning(versions.c.id), copy).scalar_one())

    def move_capture(self, capture: ShownCapture, version: int, old: dict[str, Any]) -> None:
        """Gives a capture to another version; what its extraction had left to the old version's row it gets back."""
        self._run(_GIVE_TEXT, {"capture": capture.capture_id, "old_title": old["title"], "old_text": old["text"]})
        if old["first_capture_id"] == capture.capture_id:
            self._keep_details(capture.capture_id, old)
        self._run(_TO_VERSION, {"capture": capture.capture_id, "new": version})
        self._run(_VISITS_TO_VERSION, {"visit": capture.visit_id, "old": capture.version_id, "new": version})

    def retire_version(self, old: dict[str, Any], new: int, at: datetime) -> None:
        """Ends a version that no capture is of any more; its id leads to another one of its article for good."""
        self.supersede_version(old["id"], LedgerChange.MERGED)
        self._run(_LEAVE_VERSION, {"old": old["id"], "new": new})
        self._run(_FORMER_VERSION, {"old": old["id"], "new": new})
        self._run(update(articles).where(articles.c.current_version_id == old["id"]).values(current_version_id=new), {})
        self._run(_DELETE_VERSION, {"old": old["id"]})
        self._add_former_id(old["public_id"], old["article_id"], new, at)
