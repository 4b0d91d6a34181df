"""One text at two addresses of a source, one of which shows nothing any more: an article that moved without a redirect.

A publisher who changes an article's headline often gets another address with it, lists that one and lets the old one
answer 404. Whichever of the two is noticed first, the second makes one article of them. Two that both live, or
once were seen alive beside each other, stay two, one marked as the other's copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.similarity import agreed_share
from storage.records import ArticleStatus

if TYPE_CHECKING:
    from storage.archive import Writer
    from storage.records_stored import StoredArticle

_ABSENT = (ArticleStatus.MISSING, ArticleStatus.GONE)
_LEAST_AGREED = 0.8
"""How far the two texts must agree: what was edited while it moved keeps that much. A follow-up that quotes the report
before it does not, nor does a bulletin, which moreover is of another day."""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two articles of a source that are one, of which one address is absent and the other alive."""

    absent: StoredArticle
    alive: StoredArticle

    @property
    def by_age(self) -> tuple[StoredArticle, StoredArticle]:
        """The two, the one known for longer first."""
        one, other = sorted((self.absent, self.alive), key=lambda article: (article.first_seen_at, article.id))
        return one, other


def find_twins(writer: Writer, article_id: int) -> Twins | None:
    """The article and another one of its source that has its text and its day of publication, one of them absent.

    Looked for among its copies, so that it costs nothing where it has none. None too where neither gives a day: then
    nothing tells an article from one that is published anew.
    """
    rows = writer.clusters_with([article_id])
    texts = writer.current_texts({each for row in rows for each in (row.article_id, row.original_article_id)})
    mine = texts.pop(article_id, None)
    article = writer.article(article_id) if mine is not None and mine.published_on is not None else None
    if mine is None or article is None:
        return None
    for other in texts.values():
        if (other.source_key, other.published_on) != (mine.source_key, mine.published_on):
            continue
        found = writer.article(other.article_id)
        if found is None or agreed_share(mine.text, other.text) < _LEAST_AGREED:
            continue
        pair = (article, found) if article.status in _ABSENT else (found, article)
        # Two that were seen alive beside each other were two, whatever became of one of them.
        followed = pair[1].first_seen_at >= pair[0].last_seen_at
        if followed and pair[0].status in _ABSENT and pair[1].status not in (*_ABSENT, ArticleStatus.WITHHELD):
            return Twins(*pair)
    return None
