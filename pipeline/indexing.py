"""Makes versions known to the search: their terms, and the moment that puts them in order.

Done in the transaction that writes a version. What an earlier release wrote, or another rule for terms, is indexed by
``index_missing`` and ``index_anew``.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from pipeline.terms import terms_of
from storage.search import optimize_index, version_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.archive import Archive, Writer
    from storage.records_search import Unindexed


def index_article(writer: Writer, article_id: int) -> None:
    """Indexes the article's versions that the search does not know, or not as they are now.

    Raises:
        ArchiveError: the archive cannot be written.
    """
    for version in writer.unindexed(article_id):
        _index(writer, version)


def index_missing(archive: Archive, *, tell: Callable[[int], None] = lambda _: None) -> int:
    """Indexes every version that the search does not know; how many there were.

    Restartable: what is committed is not done again. ``tell`` is given the number done so far, some times a second.

    Raises:
        ArchiveError: the archive cannot be read or written.
    """
    return _index_pages(archive, tell, is_anew=False)


def index_anew(archive: Archive, *, tell: Callable[[int], None] = lambda _: None) -> int:
    """Indexes every version again, page by page, so that the search goes on meanwhile; how many there were.

    Raises:
        ArchiveError: the archive cannot be read or written.
    """
    count = _index_pages(archive, tell, is_anew=True)
    optimize_index(archive)
    return count


def _index_pages(archive: Archive, tell: Callable[[int], None], *, is_anew: bool) -> int:
    count = 0
    for page in version_pages(archive, indexed=is_anew):
        with archive.writing() as writer:
            for version in page:
                if is_anew:
                    writer.forget_terms(version.version_id)
                _index(writer, version)
        count += len(page)
        tell(count)
    return count


def _index(writer: Writer, version: Unindexed) -> None:
    terms = terms_of(version.title, version.text, source=version.source_key, language=version.language)
    writer.index_version(version.version_id, order_moment(version), terms)


def order_moment(version: Unindexed) -> datetime:
    """The moment that orders a version among others: of publication, or of the first sight where no date is given.

    A calendar day counts to its end, so that what was seen on that day keeps the order in which it was seen. Nothing
    is younger than its first sight: a page that is dated years ahead would stay on top for as long.
    """
    seen_at = min(version.first_seen_at, version.first_captured_at)
    if version.published_at is not None:
        return min(version.published_at, seen_at)
    if version.published_on is not None:
        # To the end of the day, and not past year 9999.
        return min(datetime.combine(version.published_on, time.max, UTC), seen_at)
    return seen_at
