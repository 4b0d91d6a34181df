"""Reading who carries whose text, from the view ``article_copies``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from storage.columns import UtcTime
from storage.records import CopyKind

if TYPE_CHECKING:
    from datetime import datetime

    from storage.archive import Archive

_COLUMNS = (
    "article_id, source, url, title, original_id, original_source, original_url, original_title, kind, share_of_text, "
    "hours_later, found_at"
)
_OF_ARTICLE = f"""
SELECT {_COLUMNS} FROM article_copies
WHERE article_id = :id OR original_id = :id
   OR kind = 'copy' AND original_id IN (SELECT original_id FROM article_copies WHERE article_id = :id AND kind = 'copy')
ORDER BY kind, found_at, article_id
"""  # noqa: S608 - constants
_PAIRS = """
SELECT source, original_source, count(*) AS articles, avg(hours_later) AS hours_later,
       avg(share_of_text) AS share_of_text
FROM article_copies
WHERE kind = 'copy' AND source <> original_source
  AND (CAST(:source AS text) IS NULL OR :source IN (source, original_source))
  AND (:since IS NULL OR found_at >= :since)
GROUP BY source, original_source
ORDER BY count(*) DESC, source, original_source
"""


@dataclass(frozen=True, slots=True)
class CopyView:
    """One article that carries the text of another one. ``share_of_text`` is from 0 to 1, of the shorter text."""

    article_id: str
    source: str
    url: str
    title: str | None
    original_id: str
    original_source: str
    original_url: str
    original_title: str | None
    kind: CopyKind
    share_of_text: float
    hours_later: float | None
    found_at: datetime


@dataclass(frozen=True, slots=True)
class SourcePair:
    """How many articles of one source are copies of another's; the averages are over those articles.

    ``hours_later`` is None where none of them says at what time of day it was published.
    """

    source: str
    original_source: str
    articles: int
    hours_later: float | None
    share_of_text: float


class CopyQueries:
    """The part of the queries that reads copies."""

    _archive: Archive

    def copies_of(self, public_id: str) -> list[CopyView]:
        """What the article copies or shares text with, what carries its text, and the rest of its cluster."""
        statement = text(_OF_ARTICLE).bindparams(id=public_id).columns(found_at=UtcTime())
        with self._archive.reading() as connection:
            found = connection.execute(statement).mappings().all()
        return [CopyView(**{**row, "kind": CopyKind(row["kind"])}) for row in found]

    def who_copies_whom(self, *, source: str | None = None, since: datetime | None = None) -> list[SourcePair]:
        """Pairs of sources, those with most copies first; of one source, or found since a moment, where given."""
        values: dict[str, Any] = {"source": source, "since": since}
        statement = text(_PAIRS).bindparams(bindparam("since", type_=UtcTime()))
        with self._archive.reading() as connection:
            found = connection.execute(statement, values).mappings().all()
        return [SourcePair(**row) for row in found]
