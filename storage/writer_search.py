"""Writing the search index: which terms each version has, and where it stands in time.

A version is indexed in the transaction that makes it. Its entry goes with its row, and is taken out where the row comes
to say something else; ``pipeline.indexing`` then writes it anew.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, text

from storage.records_search import Unindexed
from storage.statements import Transaction, articles, insert_into, search_entries, versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Insert, Select

    from storage.records_search import SearchTerms

PLACES_A_MINUTE = 1 << 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
# Limits of a tsvector (https://www.postgresql.org/docs/15/textsearch-limitations.html): places up to 16,383, 256 places
# a term, one megabyte in all.
_LAST_PLACE = 16_383
_MOST_PLACES = 255
_MOST_BYTES = 900_000
_BYTES_A_TERM = 8
_BYTES_A_PLACE = 2

_ADD_TERMS = text(
    "INSERT INTO search_terms (rowid, headline, words, variants, facts) "
    "VALUES (:place, :headline, :words, :variants, :facts)"
)


def indexable() -> Select[Any]:
    """What ``Unindexed`` is made of, for every version; in order of their rows."""
    return (
        select(
            versions.c.id,
            articles.c.source_key,
            versions.c.language,
            versions.c.title,
            versions.c.text,
            versions.c.published_at,
            versions.c.published_on,
            versions.c.first_captured_at,
            articles.c.first_seen_at,
        )
        .join(articles, articles.c.id == versions.c.article_id)
        .order_by(versions.c.id)
    )


def without_entry() -> Select[Any]:
    """``indexable``, of the versions that the search does not know."""
    is_known = select(search_entries.c.version_id).where(search_entries.c.version_id == versions.c.id)
    return indexable().where(~is_known.correlate(versions).exists())


_OF_ARTICLE = without_entry().where(versions.c.article_id == bindparam("article"))
_FORGET = delete(search_entries).where(search_entries.c.version_id == bindparam("version"))
_FORGET_ARTICLE = delete(search_entries).where(
    search_entries.c.version_id.in_(select(versions.c.id).where(versions.c.article_id == bindparam("article")))
)


@cache
def _add_entry(dialect: str) -> Insert:
    insert = insert_into(dialect, search_entries)
    return insert.on_conflict_do_nothing(index_elements=["position"]).returning(search_entries.c.position)


def first_place(moment: datetime) -> int:
    """The lowest position of the minute that the moment is in."""
    return ((moment - _EPOCH) // _MINUTE) * PLACES_A_MINUTE


class SearchWrites(Transaction):
    """The part of the writer that keeps the search index."""

    def unindexed(self, article_id: int) -> list[Unindexed]:
        """The article's versions that the search does not know yet."""
        return [Unindexed(*row) for row in self._rows(_OF_ARTICLE, article=article_id)]

    def index_version(self, version_id: int, moment: datetime, terms: SearchTerms) -> None:
        """Makes the version known to the search.

        Args:
            version_id: A version that has no entry.
            moment: Where it stands in the order of time.
            terms: What it is found by.
        """
        values: dict[str, Any] = {"version_id": version_id, "terms": None, "long_words": None}
        if self._dialect == "postgresql":
            values |= {"terms": _tsvector(terms), "long_words": _long_words(terms)}
        # Two versions of a minute take one place only where their numbers are 65,536 apart: then the next free one.
        position = first_place(moment) + version_id % PLACES_A_MINUTE
        while self._one(_add_entry(self._dialect), position=position, **values) is None:
            position += 1
        if self._dialect == "sqlite":
            parts = {name: " ".join(getattr(terms, name)) for name in ("headline", "words", "variants", "facts")}
            self._rows(_ADD_TERMS, place=position, **parts)

    def forget_terms(self, version_id: int) -> None:
        """Takes the version out of the search."""
        self._rows(_FORGET, version=version_id)

    def forget_terms_of_article(self, article_id: int) -> None:
        """Takes all versions of the article out of the search."""
        self._rows(_FORGET_ARTICLE, article=article_id)

    def optimize_terms(self) -> None:
        """Merges SQLite's index into one piece: the fastest to search, and without the words of deleted texts."""
        self._execute("INSERT INTO search_terms (search_terms) VALUES ('optimize')")


def _tsvector(terms: SearchTerms) -> str:
    """The terms as PostgreSQL reads a tsvector: they are lexemes already, and no parser may touch them.

    Headline and text are a place apart, so that no phrase runs from one into the other.
    """
    places: defaultdict[str, list[str]] = defaultdict(list, {fact: [f"{_LAST_PLACE}C"] for fact in terms.facts})
    for start, weight, words in ((1, "A", terms.headline), (len(terms.headline) + 2, "", terms.words)):
        for place, word in enumerate(words, start):
            # Past the last place a term is found alone, as weight C says; phrases are looked for in long_words.
            places[word].append(f"{place}{weight}" if place < _LAST_PLACE else f"{_LAST_PLACE}C")
    for variant in terms.variants:
        places[variant].append(f"{_LAST_PLACE}C")
    return " ".join(f"'{word}':{','.join(found[:_MOST_PLACES])}" for word, found in _affordable(places))


def _affordable(places: dict[str, list[str]]) -> Iterable[tuple[str, list[str]]]:
    """The terms as far as a tsvector takes them; only a text of tens of thousands of different words has more."""
    size = 0
    for word, found in places.items():
        size += len(word.encode()) + _BYTES_A_TERM + _BYTES_A_PLACE * min(len(found), _MOST_PLACES)
        if size > _MOST_BYTES:
            return
        yield word, found


def _long_words(terms: SearchTerms) -> str | None:
    """All words between spaces, where a tsvector would not keep the places of all; else None."""
    number = len(terms.headline) + len(terms.words) + 1
    if number < _MOST_PLACES:
        return None
    counts: defaultdict[str, int] = defaultdict(int)
    for word in (*terms.headline, *terms.words, *terms.variants):
        counts[word] += 1
    if number < _LAST_PLACE and max(counts.values()) <= _MOST_PLACES:
        return None
    return f" {' '.join(terms.headline)} | {' '.join(terms.words)} "
