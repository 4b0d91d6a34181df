"""Reading the search index: FTS5 in SQLite, tsvector and GIN in PostgreSQL. Both find the same.

Terms come folded and cut (``pipeline.terms``). The highest position is the newest, so that both databases give the
newest matches without looking at the others.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, text

from storage.records import ArticleStatus
from storage.records_search import Found, Unindexed, fact
from storage.search_language import fts5, postgresql_condition, tsquery
from storage.statements import articles, versions
from storage.writer_search import first_place, indexable, without_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row

    from storage.archive import Archive
    from storage.records_search import Search

_PAGE = 500
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_MATCHES = {
    # CROSS JOIN is SQLite's word for: in this order. The index gives the newest first, and the rest is looked up.
    "sqlite": """
SELECT search_entries.position, versions.id AS version_id, versions.article_id
FROM search_terms
CROSS JOIN search_entries ON search_entries.position = search_terms.rowid
CROSS JOIN versions ON versions.id = search_entries.version_id
CROSS JOIN articles ON articles.id = versions.article_id
""",
    "postgresql": """
SELECT search_entries.position, versions.id AS version_id, versions.article_id
FROM search_entries
JOIN versions ON versions.id = search_entries.version_id
JOIN articles ON articles.id = versions.article_id
""",
}
_BETWEEN = {
    "sqlite": " AND search_terms.rowid >= :low AND search_terms.rowid < :high",
    "postgresql": " AND search_entries.position >= :low AND search_entries.position < :high",
}
_PAGE_IN_POSTGRESQL = """
SELECT matches.position, versions.id AS version_id, versions.article_id, {narrowed} AS is_wanted
FROM (
    SELECT position, version_id FROM search_entries
    WHERE {found} AND search_entries.position >= :low AND search_entries.position < :high
    ORDER BY {order} DESC LIMIT :most
) AS matches
JOIN versions ON versions.id = matches.version_id
JOIN articles ON articles.id = versions.article_id
ORDER BY matches.position DESC
"""
_RANKED_IN_POSTGRESQL = "SELECT position FROM search_entries WHERE position = ANY(CAST(:places AS bigint[]))"
# A word of the headline weighs five times one of the text, and a word inside an Arabic word half. ts_rank_cd would
# give nothing to terms without a place.
_RELEVANCE = {
    "sqlite": "bm25(search_terms, 5.0, 1.0, 0.5, 0.0), search_terms.rowid DESC",
    "postgresql": "ts_rank('{0.2, 0.1, 0.2, 1.0}', search_entries.terms, CAST(:query AS tsquery), 1) DESC, "
    "search_entries.position DESC",
}
# Reading a tsvector of 300 words to see whether it matches took 40 µs, finding and sorting a match 0.5 µs (version 15,
# 5,500 entries in memory). The latter is taken for 1 µs, since the pages of a larger archive lie further apart.
_READING_OVER_SORTING = 40
_earlier = versions.alias("earlier")
_NUMBER = (
    select(func.count())
    .where(
        _earlier.c.article_id == versions.c.article_id,
        (_earlier.c.first_captured_at < versions.c.first_captured_at)
        | ((_earlier.c.first_captured_at == versions.c.first_captured_at) & (_earlier.c.id <= versions.c.id)),
    )
    .correlate(versions)
    .scalar_subquery()
)
_DETAILS = (
    select(
        versions.c.id.label("row_id"),
        articles.c.public_id.label("article_id"),
        versions.c.public_id.label("version_id"),
        _NUMBER.label("version_number"),
        (articles.c.current_version_id == versions.c.id).label("is_current"),
        articles.c.source_key.label("source"),
        articles.c.canonical_url.label("url"),
        articles.c.status,
        versions.c.language,
        versions.c.published_at,
        versions.c.published_on,
        articles.c.first_seen_at,
        versions.c.title,
        versions.c.text,
    )
    .join(articles, articles.c.id == versions.c.article_id)
    .where(versions.c.id.in_(bindparam("ids", expanding=True)))
)


def search(archive: Archive, wanted: Search) -> Iterator[Found]:
    """The articles that the query finds, each once: the newest first, or the most relevant where that is asked for.

    Withheld articles are never found, and those that are gone are.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    with archive.reading() as connection:
        matches = islice(_once_an_article(_Matches(connection, wanted).rows()), wanted.limit)
        while page := [row.version_id for row in islice(matches, _PAGE)]:
            found = {row.row_id: row for row in connection.execute(_DETAILS, {"ids": page})}
            yield from (_found(found[version_id]) for version_id in page)


def version_pages(archive: Archive, *, indexed: bool) -> Iterator[list[Unindexed]]:
    """The versions that the search does not know, or with ``indexed`` all versions, oldest row first, page by page."""
    statement = indexable() if indexed else without_entry()
    statement = statement.where(versions.c.id > bindparam("after")).limit(_PAGE)
    after = 0
    while True:
        with archive.reading() as connection:
            page = [Unindexed(*row) for row in connection.execute(statement, {"after": after})]
        if not page:
            return
        yield page
        after = page[-1].version_id


def optimize_index(archive: Archive) -> None:
    """Brings SQLite's index into one piece; PostgreSQL's autovacuum sees to its own.

    Raises:
        ArchiveError: the archive cannot be written.
    """
    if archive.engine.dialect.name == "sqlite":
        with archive.writing() as writer:
            writer.optimize_terms()


class _Matches:
    """The versions that a search finds, as rows of position, version_id and article_id."""

    def __init__(self, connection: Connection, wanted: Search) -> None:
        self._connection = connection
        self._wanted = wanted
        self._dialect = connection.dialect.name
        self._narrowed, self._values = _narrowed(wanted)
        self._values["low"] = first_place(wanted.since) if wanted.since else _LOWEST
        self._values["high"] = first_place(wanted.until) if wanted.until else _HIGHEST
        facts = [fact(name, value) for name, value in _facts(wanted).items() if value is not None]
        if self._dialect == "sqlite":
            self._values["query"] = " AND ".join((fts5(wanted.query), *(f'"{each}"' for each in facts)))
            self._found = "search_terms MATCH :query"
        else:
            self._values["query"] = tsquery(wanted.query)
            self._found = f"({postgresql_condition(wanted.query, self._values)})"
            for number, each in enumerate(facts):
                self._values[f"fact_{number}"] = f"'{each}'"
                self._found += f" AND search_entries.terms @@ CAST(:fact_{number} AS tsquery)"
            # Compiling a plan to machine code takes longer than most searches.
            connection.execute(text("SET LOCAL jit = off"))

    def rows(self) -> Iterator[Row[Any]]:
        """In the order asked for."""
        newest = self._wanted.rank_newest
        if newest is None:
            return self._newest(self._wanted.limit)
        if newest:
            found = list(islice(self._newest(newest), newest))
            if self._dialect == "postgresql":
                return self._ranked_in_postgresql(found)
            # The position of the last of the newest: relevance is then asked of nothing older.
            self._values["low"] = found[-1].position if found else self._values["high"]
        statement = f"{_MATCHES[self._dialect]} WHERE {self._found} AND {self._narrowed}{_BETWEEN[self._dialect]}"
        return iter(self._run(f"{statement} ORDER BY {_RELEVANCE[self._dialect]}"))

    def _ranked_in_postgresql(self, found: list[Row[Any]]) -> Iterator[Row[Any]]:
        """What was found, by relevance: whether an entry matches is not asked again, which means reading it again."""
        rows = {row.position: row for row in found}
        statement = f"{_RANKED_IN_POSTGRESQL} ORDER BY {_RELEVANCE['postgresql']}"
        return (rows[row.position] for row in self._run(statement, places=[*rows]))

    def _newest(self, wanted: int) -> Iterator[Row[Any]]:
        """From the newest on, so many at first and then page by page."""
        newest = self._newest_in_sqlite if self._dialect == "sqlite" else self._newest_in_postgresql
        return newest(min(wanted, _PAGE))

    def _newest_in_sqlite(self, size: int) -> Iterator[Row[Any]]:
        # The index itself is in order of time and is read no further than asked.
        statement = (
            f"{_MATCHES['sqlite']} WHERE {self._found} AND {self._narrowed}{_BETWEEN['sqlite']} "
            "ORDER BY search_terms.rowid DESC LIMIT :most"
        )
        high = self._values["high"]
        while page := self._run(statement, most=size, high=high):
            yield from page
            if len(page) < size:
                return
            high, size = page[-1].position, _PAGE

    def _newest_in_postgresql(self, size: int) -> Iterator[Row[Any]]:
        """What is not wanted is left out here, so that the database looks up no more than a page of matches."""
        # Nothing is in order of an expression: then all matches are found by their terms, and sorted.
        order = "position" if self._are_many(size) else "position + 0"
        statement = _PAGE_IN_POSTGRESQL.format(order=order, found=self._found, narrowed=self._narrowed)
        high = self._values["high"]
        while page := self._run(statement, most=size, high=high):
            yield from (row for row in page if row.is_wanted)
            if len(page) < size:
                return
            high, size = page[-1].position, _PAGE

    def _are_many(self, size: int) -> bool:
        """Whether reading the entries from the newest on comes to so many matches before all matches are sorted.

        By the database's own estimates; it knows the words that many texts hold. A wrong one costs time only.
        """
        matches = self._estimate(f"FROM search_entries WHERE {self._found}{_BETWEEN['postgresql']}")
        entries = self._estimate(f"FROM search_entries WHERE true{_BETWEEN['postgresql']}")
        return size * entries / max(matches, 1) * _READING_OVER_SORTING < matches

    def _estimate(self, entries: str) -> float:
        plan = self._run(f"EXPLAIN (FORMAT JSON) SELECT 1 {entries}")[0][0]
        return float(plan[0]["Plan"]["Plan Rows"])

    def _run(self, statement: str, **values: int | list[int]) -> list[Row[Any]]:
        return list(self._connection.execute(text(statement), self._values | values))


def _narrowed(wanted: Search) -> tuple[str, dict[str, Any]]:
    """The conditions that the index knows nothing of, and their values."""
    conditions = ["articles.status <> :withheld"]
    values: dict[str, Any] = {"withheld": ArticleStatus.WITHHELD.value}
    if not wanted.all_versions:
        conditions.append("articles.current_version_id = versions.id")
    if wanted.status:
        conditions.append("articles.status = :status")
        values["status"] = wanted.status.value
    return f"({' AND '.join(conditions)})", values


def _facts(wanted: Search) -> dict[str, str | None]:
    """What the search is narrowed by that the index holds as terms."""
    return {"source": wanted.source, "language": wanted.language}


def _once_an_article(rows: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
    seen: set[int] = set()
    for row in rows:
        if row.article_id not in seen:
            seen.add(row.article_id)
            yield row


def _found(row: Row[Any]) -> Found:
    fields = {name: value for name, value in row._mapping.items() if name != "row_id"}  # noqa: SLF001 - its public name
    return replace(Found(**fields), status=ArticleStatus(row.status), is_current=bool(row.is_current))
