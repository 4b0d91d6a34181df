"""Writing the index of recent texts and the copies found with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Integer,
    String,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    true,
    union,
)

from storage.records import CopyKind
from storage.statements import Transaction, articles, copies, insert_into, shingles, sources, versions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Insert, Select, TextualSelect

_FRESH = 0
"""The generation of texts that are not sorted in yet; only SQLite has it."""
_DAYS_A_GENERATION = 90
"""As long as the window: each part of the index is one more place to look every hash up in, and with parts of 30 days
that took twice as long. What is kept beyond the window makes the index half as large again, on average."""


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article's current text, and what tells who had it first."""

    article_id: int
    version_id: int
    source_key: str
    source_name: str
    text: str
    first_seen_at: datetime
    published_at: datetime | None
    published_on: date | None
    agency_credit: str | None


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One article that carries the text of another one; ``cluster_id`` is None where text is merely shared."""

    article_id: int
    original_article_id: int
    cluster_id: int | None
    containment: float
    kind: CopyKind


_TEXTS = (
    select(
        articles.c.id.label("article_id"),
        versions.c.id.label("version_id"),
        articles.c.source_key,
        sources.c.name.label("source_name"),
        versions.c.text,
        articles.c.first_seen_at,
        versions.c.published_at,
        versions.c.published_on,
        versions.c.agency_credit,
    )
    .join(versions, versions.c.id == articles.c.current_version_id)
    .join(sources, sources.c.key == articles.c.source_key)
    .order_by(articles.c.id)
)
_ROWS = select(
    copies.c.article_id, copies.c.original_article_id, copies.c.cluster_id, copies.c.containment, copies.c.kind
)
_DROP = delete(copies).where(
    copies.c.article_id == bindparam("article"), copies.c.original_article_id == bindparam("original")
)
_ANY_IN = select(shingles.c.article_id).where(shingles.c.generation == bindparam("wanted")).limit(1)
_FRESH_COUNT = select(func.count()).select_from(shingles).where(shingles.c.generation == _FRESH)
_SORT_IN = insert(shingles).from_select(
    ["generation", "hash", "article_id"],
    select(bindparam("to", type_=Integer()), shingles.c.hash, shingles.c.article_id)
    .where(shingles.c.generation == _FRESH)
    .order_by(shingles.c.hash, shingles.c.article_id),
)
_CLEAR_FRESH = delete(shingles).where(shingles.c.generation == _FRESH)
_DROP_GENERATIONS = delete(shingles).where(shingles.c.generation > _FRESH, shingles.c.generation < bindparam("oldest"))
_FORGET = delete(shingles).where(shingles.c.article_id == bindparam("article"))


# Both are told to seek each hash by the key: by their own choice they would read the whole index for every text, since
# neither can tell how many hashes are sought. CROSS JOIN is SQLite's word for: in this order; OFFSET 0 is PostgreSQL's.
_HOLDERS = {
    "sqlite": text(
        "SELECT s.hash, s.article_id FROM json_each(:generations) AS part CROSS JOIN json_each(:hashes) AS sought "
        "CROSS JOIN shingles AS s WHERE s.generation = part.value AND s.hash = sought.value"
    ),
    "postgresql": text(
        "SELECT s.hash, s.article_id FROM json_array_elements_text(CAST(:generations AS json)) AS part "
        "CROSS JOIN json_array_elements_text(CAST(:hashes AS json)) AS sought "
        "CROSS JOIN LATERAL (SELECT hash, article_id FROM shingles "
        "WHERE generation = CAST(part AS integer) AND hash = CAST(sought AS bigint) OFFSET 0) AS s"
    ),
}


def _listed(dialect: str, name: str) -> Select[tuple[int]]:
    """The integers of a parameter that is a JSON list: as many parameters as integers would be compiled every time."""
    values = bindparam(name, type_=String())
    if dialect == "postgresql":
        return select(cast(func.json_array_elements_text(cast(values, JSON)).column_valued("value"), BigInteger()))
    return select(func.json_each(values).table_valued("value").c.value)


def _among(dialect: str, column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Whether the column is one of the integers of a parameter that is a JSON list."""
    numbers = _listed(dialect, name)
    # PostgreSQL takes an array for ten values and a query for a hundred, for which it would read whole tables.
    return column == any_(func.array(numbers.scalar_subquery())) if dialect == "postgresql" else column.in_(numbers)


@cache
def _holders(dialect: str) -> TextualSelect:
    return _HOLDERS[dialect].columns(hash=BigInteger(), article_id=BigInteger())


@cache
def _add_shingles(dialect: str) -> Insert:
    values = _listed(dialect, "hashes").subquery("sketch")
    part, article = bindparam("part", type_=Integer()), cast(bindparam("article"), BigInteger())
    rows = select(part, values.c[0], article).where(true())
    insert = insert_into(dialect, shingles).from_select(["generation", "hash", "article_id"], rows)
    return insert.on_conflict_do_nothing()


@cache
def _texts(dialect: str) -> Select[Any]:
    return _TEXTS.where(_among(dialect, articles.c.id, "ids"))


@cache
def _sources(dialect: str) -> Select[tuple[int, str]]:
    return select(articles.c.id, articles.c.source_key).where(_among(dialect, articles.c.id, "ids"))


@cache
def _clusters(dialect: str) -> Select[Any]:
    parts = (
        select(copies.c.cluster_id).where(copies.c.kind == CopyKind.COPY, _among(dialect, column, "ids"))
        for column in (copies.c.article_id, copies.c.original_article_id)
    )
    return _ROWS.where(copies.c.cluster_id.in_(union(*parts))).order_by(copies.c.article_id)


@cache
def _add_copy(dialect: str) -> Insert:
    row = insert_into(dialect, copies)
    changes = {name: row.excluded[name] for name in ("cluster_id", "containment", "kind")}
    return row.on_conflict_do_update(index_elements=["article_id", "original_article_id"], set_=changes)


@cache
def _sharing(dialect: str) -> Select[Any]:
    touching = (_among(dialect, column, "ids") for column in (copies.c.article_id, copies.c.original_article_id))
    return _ROWS.where(copies.c.kind == CopyKind.SHARES_TEXT, or_(*touching)).order_by(copies.c.article_id)


def generation_of(day: date) -> int:
    """The ninety days that the day belongs to, as ``shingles.generation`` counts them."""
    return day.toordinal() // _DAYS_A_GENERATION


class CopyWrites(Transaction):
    """The part of the writer that keeps the index of texts and the copies."""

    def generations_since(self, since: date) -> tuple[int, ...]:
        """The generations to look through for texts that arrived since that day, some up to ninety days older.

        One that is past and empty stays empty, so the answer is good for as long as the present generation lasts.
        """
        newest = generation_of(self._clock().date())
        past = range(generation_of(since), newest)
        fresh = (_FRESH,) if self._sorts_in else ()
        return (*fresh, *(each for each in past if self._one(_ANY_IN, wanted=each)), newest)

    def holders(self, sketch: Collection[int], generations: Collection[int]) -> list[tuple[int, int]]:
        """Which articles hold which of the hashes in these generations: (hash, articles.id), in no order."""
        values = {"generations": json.dumps([*generations]), "hashes": json.dumps([*sketch])}
        found = self._rows(_holders(self._dialect), **values)
        return [(row.hash, row.article_id) for row in found]

    def index_text(self, article_id: int, sketch: Collection[int]) -> None:
        """Makes the article findable by the hashes; those of its earlier texts stay until their generation goes."""
        part = _FRESH if self._sorts_in else generation_of(self._clock().date())
        self._rows(_add_shingles(self._dialect), part=part, article=article_id, hashes=json.dumps([*sketch]))

    def fresh_hashes(self) -> int:
        """How many hashes are not sorted in yet."""
        return int(self._one(_FRESH_COUNT))

    @property
    def _sorts_in(self) -> bool:
        """PostgreSQL keeps what a transaction deletes until it is vacuumed: a row moved there is a row kept twice."""
        return self._dialect == "sqlite"

    def sort_in(self) -> None:
        """Moves the fresh hashes, where there are any, into the present generation.

        In one go and in order, since each row put in by itself rewrites a page of the index for sixteen bytes.
        """
        if self._sorts_in:
            self._run(_SORT_IN, {"to": generation_of(self._clock().date())})
            self._rows(_CLEAR_FRESH)

    def drop_generations(self, before: date) -> None:
        """Takes out what arrived in generations that ended before that day."""
        self._rows(_DROP_GENERATIONS, oldest=generation_of(before))

    def forget_text(self, article_id: int) -> None:
        """Takes the article out of the index; reads all of it, for a takedown is rare."""
        self._rows(_FORGET, article=article_id)

    def sources_of(self, article_ids: Collection[int]) -> dict[int, str]:
        """The source of each of the articles."""
        return {row.id: row.source_key for row in self._rows(_sources(self._dialect), ids=json.dumps([*article_ids]))}

    def current_texts(self, article_ids: Collection[int]) -> dict[int, ArticleText]:
        """What each of the articles says today; those without a version are left out."""
        rows = self._rows(_texts(self._dialect), ids=json.dumps([*article_ids])) if article_ids else ()
        return {row.article_id: ArticleText(*row) for row in rows}

    def clusters_with(self, article_ids: Collection[int]) -> list[CopyRow]:
        """All rows of the clusters that any of the articles belongs to, as copy or as original."""
        return self._copy_rows(_clusters(self._dialect), article_ids)

    def sharing_with(self, article_ids: Collection[int]) -> list[CopyRow]:
        """The rows of texts that merely share something with one of the articles."""
        return self._copy_rows(_sharing(self._dialect), article_ids)

    def _copy_rows(self, statement: Select[Any], article_ids: Collection[int]) -> list[CopyRow]:
        rows = self._rows(statement, ids=json.dumps([*article_ids]))
        return [
            CopyRow(row.article_id, row.original_article_id, row.cluster_id, row.containment, CopyKind(row.kind))
            for row in rows
        ]

    def drop_copies(self, rows: Iterable[CopyRow]) -> None:
        """Takes the rows out."""
        for row in rows:
            self._rows(_DROP, article=row.article_id, original=row.original_article_id)

    def add_copies(self, rows: Iterable[CopyRow]) -> None:
        """Adds the rows, or brings them up to date; when each was found stays."""
        now = self._clock()
        for row in sorted(rows, key=lambda row: (row.article_id, row.original_article_id)):
            values = {
                "article_id": row.article_id,
                "original_article_id": row.original_article_id,
                "cluster_id": row.cluster_id,
                "containment": row.containment,
                "kind": row.kind,
                "found_at": now,
            }
            self._rows(_add_copy(self._dialect), **values)
