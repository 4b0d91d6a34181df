"""What crosses layers for the search: the terms of a text, a query that was understood, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from storage.records import ArticleStatus


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """The terms of a version: of letters, digits and their marks only.

    ``headline`` and ``words`` are in the order of the text; ``variants`` are further terms that stand in no phrase.
    ``facts`` are what else it may be narrowed by, made by ``fact``.
    """

    headline: Sequence[str]
    words: Sequence[str]
    variants: Sequence[str]
    facts: Sequence[str] = ()


# FTS5's ascii tokenizer parts terms at ASCII's signs and levels its capitals, and both databases quote with such signs;
# the full-width ones are letters to it.
_SIGNS = {code: code + 0xFEE0 for code in range(128) if not chr(code).isalnum() or chr(code).isupper()}


def fact(name: str, value: str) -> str:
    """A term that says a fact of the article, such as its source; § stands in no word of a text."""
    return f"§{name}{f'={value}'.translate(_SIGNS)}"


@dataclass(frozen=True, slots=True)
class Term:
    """Texts with this term, or with one that begins so."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Texts with one of the first terms and then the rest, word by word; the last may be a prefix."""

    firsts: tuple[str, ...]
    rest: tuple[str, ...] = ()
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """Texts that all of these find."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Texts that one of these finds."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """Texts that ``wanted`` finds and ``unwanted`` does not."""

    wanted: Query
    unwanted: Query


Query = Term | Phrase | Every | Either | Without


@dataclass(frozen=True, slots=True)
class Search:
    """A search: the query, and what narrows it.

    ``since`` (inclusive) and ``until`` (exclusive) bound the moment of publication, to the minute; where the page gives
    none, that of the first sight. ``all_versions`` looks at every version instead of the current ones. ``rank_newest``
    orders so many of the newest matches by relevance, 0 all of them; None leaves them in order of time.
    """

    query: Query
    source: str | None = None
    language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    status: ArticleStatus | None = None
    limit: int = 20
    all_versions: bool = False
    rank_newest: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An article that was found, by the newest of its versions that the query finds.

    ``version_number`` counts the article's versions in order of capture; ``is_current`` says whether it is the last.
    """

    article_id: str
    version_id: str
    version_number: int
    is_current: bool
    source: str
    url: str
    status: ArticleStatus
    language: str | None
    published_at: datetime | None
    published_on: date | None
    first_seen_at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Unindexed:
    """A version that the search does not know yet, with what gives its place in time."""

    version_id: int
    source_key: str
    language: str | None
    title: str
    text: str
    published_at: datetime | None
    published_on: date | None
    first_captured_at: datetime
    first_seen_at: datetime
