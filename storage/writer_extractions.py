"""Writing down that another extraction of a capture counts from now on: re-extraction, and its way back.

A version's row holds what the chosen extraction of its first capture made. Where that changes, the rows of the
extractions that had left their text to the version's row get it back first, so that nothing earlier is lost.
Versions are neither made nor ended here: what an extractor sees differently is no edit.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.records import Extraction, NotArticle
from storage.statements import captures, extractions, versions
from storage.writer_articles import METADATA_FIELDS, ArticleWrites
from storage.writer_captures import details

if TYPE_CHECKING:
    from sqlalchemy import Row

_TIMES = frozenset({"published_at", "modified_at"})
_PUBLISHED = ("published_at", "published_on", "published_raw", "published_from")
_LISTS = frozenset({"authors", "tags"})
_BEGUN_BY = select(versions).where(versions.c.first_capture_id == bindparam("capture"))
_VERSION_OF = select(captures.c.version_id).where(captures.c.id == bindparam("capture"))
_GIVE_TEXT_BACK = (
    update(extractions)
    .where(
        extractions.c.capture_id.in_(select(captures.c.id).where(captures.c.version_id == bindparam("version"))),
        extractions.c.text.is_(None),
        extractions.c.not_article.is_(None),
    )
    .values(title=bindparam("old_title"), text=bindparam("old_text"))
)
_GIVE_DETAILS_BACK = (
    update(extractions)
    .where(
        extractions.c.capture_id == bindparam("capture"),
        extractions.c.details.is_(None),
        extractions.c.not_article.is_(None),
    )
    .values(details=bindparam("old_details", type_=extractions.c.details.type))
)
_EARLIER = (
    select(extractions, captures.c.id.label("of_capture"))
    .join(captures, captures.c.id == extractions.c.capture_id)
    .where(extractions.c.id == bindparam("extraction"))
)


class ExtractionWrites(ArticleWrites):
    """The part of the writer that makes another extraction of a capture the chosen one."""

    def choose(self, capture_id: int, extraction: Extraction, *, digests: tuple[str, str]) -> None:
        """Makes this the extraction that counts; the version that the capture began takes over what it says.

        Writing the same twice changes nothing. The bounds of versions stay as they are.

        Args:
            capture_id: The capture that was read.
            extraction: What was made of it; an article.
            digests: Of the compared headline and text.
        """
        begun = self._run(_BEGUN_BY, {"capture": capture_id}).first()
        if begun is None:
            self._choose_within(capture_id, extraction, digests)
            return
        extraction = _with_listed_date(extraction, begun)
        if (begun.extractor, begun.release) != (extraction.extractor, extraction.release):
            self._keep_what_the_version_says(capture_id, begun)
        self._run(_update_version(), self._content(begun.id, extraction, digests))
        self._version_made_by[capture_id] = extraction
        self._contents.pop(begun.id, None)
        self.add_extraction(capture_id, extraction, chosen=True, keep_text=False, digests=digests)

    def earlier_extraction(self, extraction_id: int) -> tuple[int, Extraction, tuple[str, str]]:
        """Capture, content and digests of an extraction that kept its own text, to be chosen again."""
        row = self._run(_EARLIER, {"extraction": extraction_id}).one()
        return row.of_capture, _extraction(row), (row.title_digest, row.text_digest)

    def _choose_within(self, capture_id: int, extraction: Extraction, digests: tuple[str, str]) -> None:
        version = self._one(_VERSION_OF, capture=capture_id)
        same = version is not None and self.version_content(version) == (extraction.title, extraction.text)
        self.add_extraction(capture_id, extraction, chosen=True, keep_text=not same, digests=digests)

    def _keep_what_the_version_says(self, capture_id: int, begun: Row[Any]) -> None:
        self._run(_GIVE_TEXT_BACK, {"version": begun.id, "old_title": begun.title, "old_text": begun.text})
        values = {name: getattr(begun, name) for name in METADATA_FIELDS}
        values |= {"authors": tuple(begun.authors), "tags": tuple(begun.tags)}
        said = Extraction(**values, not_article=None)
        self._run(_GIVE_DETAILS_BACK, {"capture": capture_id, "old_details": details(said)})

    def _content(self, version_id: int, extraction: Extraction, digests: tuple[str, str]) -> dict[str, Any]:
        values = {f"new_{name}": getattr(extraction, name) for name in METADATA_FIELDS}
        return values | {
            "version": version_id,
            "new_authors": list(extraction.authors),
            "new_tags": list(extraction.tags),
            "new_word_count": len(extraction.text.split()),
            "new_title_digest": digests[0],
            "new_text_digest": digests[1],
        }


def _with_listed_date(extraction: Extraction, begun: Row[Any]) -> Extraction:
    """A date that came from the feed is not on the page to be read again: it stays, unless the page now gives one."""
    if begun.published_from != "feed" or extraction.published_on is not None:
        return extraction
    return replace(extraction, **{name: getattr(begun, name) for name in _PUBLISHED})


def _update_version() -> Any:
    names = (*METADATA_FIELDS, "authors", "tags", "word_count", "title_digest", "text_digest")
    values = {name: bindparam(f"new_{name}", type_=versions.c[name].type) for name in names}
    return update(versions).where(versions.c.id == bindparam("version")).values(values)


def _extraction(row: Row[Any]) -> Extraction:
    known = {field.name for field in fields(Extraction)}
    values = {name: _typed(name, value) for name, value in (row.details or {}).items() if name in known}
    not_article = NotArticle(row.not_article) if row.not_article else None
    return Extraction(row.extractor, row.release, not_article, title=row.title or "", text=row.text or "", **values)


def _typed(name: str, value: Any) -> Any:
    if name in _TIMES:
        return datetime.fromisoformat(value)
    if name in _LISTS:
        return tuple(value)
    return date.fromisoformat(value) if name == "published_on" else value
