"""A query in the languages of the two databases: FTS5's, and tsquery with what a tsvector cannot answer in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.records_search import Either, Every, Phrase, Term, Without

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.records_search import Query


def fts5(query: Query) -> str:
    """The query in the language of FTS5 (https://www.sqlite.org/fts5.html, section 3)."""
    match query:
        case Term(word, is_prefix):
            return f'"{word}"{" *" if is_prefix else ""}'
        case Phrase(firsts, rest, is_prefix):
            phrases = (" ".join((first, *rest)) for first in firsts)
            either = " OR ".join(f'"{phrase}"{" *" if is_prefix else ""}' for phrase in phrases)
            return f"({{headline words}} : ({either}))"
        case Every(parts):
            return f"({' AND '.join(map(fts5, parts))})"
        case Either(parts):
            return f"({' OR '.join(map(fts5, parts))})"
        case Without(wanted, unwanted):
            return f"({fts5(wanted)} NOT {fts5(unwanted)})"


def tsquery(query: Query) -> str:
    """The query as PostgreSQL reads a tsquery (https://www.postgresql.org/docs/15/datatype-textsearch.html)."""
    match query:
        case Term(word, is_prefix):
            return f"'{word}'{':*' if is_prefix else ''}"
        case Phrase(firsts, rest, is_prefix):
            *before, last = ("|".join(f"'{first}':AD" for first in firsts), *(f"'{word}':AD" for word in rest))
            last = last.replace(":AD", ":*AD") if is_prefix else last
            return f"({' <-> '.join(f'({part})' for part in (*before, last))})"
        case Every(parts):
            return f"({' & '.join(map(tsquery, parts))})"
        case Either(parts):
            return f"({' | '.join(map(tsquery, parts))})"
        case Without(wanted, unwanted):
            return f"({tsquery(wanted)} & !{tsquery(unwanted)})"


def postgresql_condition(query: Query, values: dict[str, Any]) -> str:
    """Where the query holds, in SQL that adds to ``values``; phrases of very long texts are sought in their words."""
    matches = "search_entries.terms @@ CAST(:query AS tsquery)"
    if not _has_phrase(query):
        return matches
    in_long = _in_long_words(query, values)
    return f"search_entries.long_words IS NULL AND {matches} OR search_entries.long_words IS NOT NULL AND ({in_long})"


def _has_phrase(query: Query) -> bool:
    match query:
        case Term():
            return False
        case Phrase():
            return True
        case Every(parts) | Either(parts):
            return any(map(_has_phrase, parts))
        case Without(wanted, unwanted):
            return _has_phrase(wanted) or _has_phrase(unwanted)


def _in_long_words(query: Query, values: dict[str, Any]) -> str:
    def bound(value: str) -> str:
        name = f"part_{len(values)}"
        values[name] = value
        return f":{name}"

    return _long_condition(query, bound)


def _long_condition(query: Query, bound: Callable[[str], str]) -> str:
    match query:
        case Term():
            return f"search_entries.terms @@ CAST({bound(tsquery(query))} AS tsquery)"
        case Phrase(firsts, rest, is_prefix):
            patterns = (f"% {' '.join((first, *rest))}{'%' if is_prefix else ' %'}" for first in firsts)
            return "(" + " OR ".join(f"search_entries.long_words LIKE {bound(pattern)}" for pattern in patterns) + ")"
        case Every(parts) | Either(parts):
            word = " AND " if isinstance(query, Every) else " OR "
            return "(" + word.join(_long_condition(part, bound) for part in parts) + ")"
        case Without(wanted, unwanted):
            return f"({_long_condition(wanted, bound)} AND NOT {_long_condition(unwanted, bound)})"
