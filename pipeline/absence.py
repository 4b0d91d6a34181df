"""Pages that stand where an article was and are neither it nor an error.

Emptied ones, notices of its removal, and notices of the whole site, which say nothing of any one article.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import change_words
from pipeline.decide import EMPTIED
from pipeline.listed_dates import FROM_FEED
from pipeline.placement import latest_run
from pipeline.similarity import containment, is_same_article

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.fingerprint import Fingerprint
    from storage.archive import Writer
    from storage.records import Extraction
    from storage.records_stored import StoredArticle

_LONGEST_NOTICE = 600
_QUOTED = 120
_LEFT = 0.5
"""Share of the earlier text's words that a notice stays under, and of its own that it may have from it."""
_REMNANT_WORDS = 20
_REMNANT_OF = 5
"""How many times longer the article must have been than the line that is left."""
_UNLIKE = 0.1
"""Share of the words in common below which two texts have nothing to do with each other."""
_TAKEN_DOWN_TOGETHER = 3
"""So many other articles may have one line left under their own headlines; where more do, the site lost its texts."""
_LOOKED_BACK = timedelta(days=2)


def what_is_left(before: str, read: Extraction) -> str | None:
    """Why a page that is read like an article is the absence of the one that was there; None where it may still be it.

    It is where next to nothing of the earlier text is on it, and what is there is short and says that an article
    (page, story …) was taken down, or is no more than a line of the page around it. A retraction that says why is a
    statement of the publisher's and no absence: it is a version.

    Args:
        before: The article's text until now.
        read: What the page says now.
    """
    words, former = len(read.text.split()), len(before.split())
    if len(read.text) > _LONGEST_NOTICE or words > _LEFT * former:
        return None
    is_remnant = words <= _REMNANT_WORDS and former >= _REMNANT_OF * words
    if not is_remnant and not change_words.is_removal(read.text):
        return None
    if containment(before, read.text) >= _LEFT or _is_retracted(read):
        return None
    line = " ".join(read.text.split())
    line = line if len(line) <= _QUOTED else f"{line[:_QUOTED]}…"
    return (
        f"a notice stands in its place: {line}" if change_words.is_removal(read.text) else f"all that is left: {line}"
    )


def is_empty_everywhere(writer: Writer, stored: StoredArticle, at: datetime) -> bool:
    """Whether the source's pages turn up empty as often as not.

    Then it is the site (its pages are filled in by scripts since, or broken) and says nothing of one article.
    """
    empty, read = writer.told_and_read(stored, EMPTIED, since=at - _LOOKED_BACK)
    return empty > 0 and empty >= read


def notice_of_site(
    writer: Writer, stored: StoredArticle, read: Extraction, marks: Fingerprint, at: datetime
) -> str | None:
    """Why the page at a known article's address is a notice that the site shows in place of its articles, or None.

    A site under repair, behind a login or let go to a dealer in domains shows the same words wherever one looks, so
    the same new text at two of its articles is neither's. The first one met is known by what it lacks: not a word of
    the article, another headline, and no date where the page had one. What speaks of its own article (a removal, a
    retraction) may well be worded alike at several, and is no such notice.

    Args:
        writer: The transaction.
        stored: The article; it has a version.
        read: What the page says now.
        marks: The fingerprint of that.
        at: When the page was seen.
    """
    if any(run.text_digest == marks.text_digest for run in stored.runs):
        return None
    latest = latest_run(stored.runs)
    _, before = writer.version_content(latest.version_id)
    if change_words.is_removal(read.text) or _is_retracted(read) or is_same_article(before, read.text):
        return None
    has_headline = any(run.title_digest == marks.title_digest for run in stored.runs)
    showing = writer.others_showing(stored, marks.text_digest, since=at - _LOOKED_BACK)
    if showing > (_TAKEN_DOWN_TOGETHER if has_headline else 0):
        return "a notice of the site: other articles of it show the same text"
    if has_headline or containment(before, read.text) >= _UNLIKE or read.published_from not in (None, FROM_FEED):
        return None
    if writer.dated_by(latest.version_id) in (None, FROM_FEED):
        return None
    return "a notice of the site: headline, text and date of the article are not on the page"


def _is_retracted(read: Extraction) -> bool:
    return any(map(change_words.is_retraction, (read.title, *read.text.splitlines())))
