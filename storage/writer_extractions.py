"""Writing down that another extraction of a capture counts from now on: re-extraction, and its way back.

A version's row holds what the chosen extraction of its first capture made. Where that changes, the rows of the
extractions that had left their text to the version's row get it back first, so that nothing earlier is lost.
Versions are neither made nor ended here: what an extractor sees differently is no edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.extraction_values import CONTENT_FIELDS, details, of_details, of_version, version_values
from storage.records import LedgerChange
from storage.statements import captures, extractions, versions
from storage.writer_articles import ArticleWrites

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from storage.records import Extraction

_SOUGHT_BY = ("title", "text", "language", "published_at", "published_on")
_BEGUN_BY = select(versions).where(versions.c.first_capture_id == bindparam("capture"))
_VERSION = select(versions).where(versions.c.id == bindparam("version"))
_BEGIN_WITH = (
    update(versions).where(versions.c.id == bindparam("version")).values(first_capture_id=bindparam("capture"))
)
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


@dataclass(frozen=True, slots=True)
class Restated:
    """A version that says something else since another extraction was chosen, and its article."""

    article_id: int
    version_id: int


class ExtractionWrites(ArticleWrites):
    """The part of the writer that makes another extraction of a capture the chosen one."""

    def choose(self, capture_id: int, extraction: Extraction, *, digests: tuple[str, str]) -> Restated | None:
        """Makes this the extraction that counts; the version that the capture began takes over what it says.

        Writing the same twice changes nothing. The bounds of versions stay as they are. Gives the version whose
        headline, text or date is another one now, or None.

        Args:
            capture_id: The capture that was read.
            extraction: What was made of it; an article.
            digests: Of the compared headline and text.
        """
        begun = self._run(_BEGUN_BY, {"capture": capture_id}).first()
        if begun is None:
            self._choose_within(capture_id, extraction, digests)
            return None
        extraction = self.with_listed(begun.article_id, extraction)
        if (begun.extractor, begun.release) != (extraction.extractor, extraction.release):
            self._keep_what_the_version_says(capture_id, begun)
        self.supersede_version(begun.id, LedgerChange.RESTATED)
        self._run(_update_version(), self._content(begun.id, extraction, digests))
        self._version_made_by[capture_id] = extraction
        self._contents.pop(begun.id, None)
        self.add_extraction(capture_id, extraction, chosen=True, keep_text=False, digests=digests)
        if all(getattr(begun, name) == getattr(extraction, name) for name in _SOUGHT_BY):
            return None
        self.forget_terms(begun.id)
        return Restated(begun.article_id, begun.id)

    def retell(self, version_id: int, capture_id: int, extraction: Extraction, digests: tuple[str, str]) -> None:
        """Makes the version say what this later capture of it shows more fully: the page is rendered since.

        What it said before moves into the rows of its extractions; the bounds of the version stay as they are.
        """
        version = self._run(_VERSION, {"version": version_id}).one()
        extraction = self.with_listed(version.article_id, extraction)
        if version.first_capture_id is not None:
            self._keep_what_the_version_says(version.first_capture_id, version)
        self.supersede_version(version_id, LedgerChange.RESTATED)
        self._run(_update_version(), self._content(version_id, extraction, digests))
        self._rows(_BEGIN_WITH, version=version_id, capture=capture_id)
        self.forget_terms(version_id)
        self._contents.pop(version_id, None)

    def earlier_extraction(self, extraction_id: int) -> tuple[int, Extraction, tuple[str, str]]:
        """Capture, content and digests of an extraction that kept its own text, to be chosen again."""
        row = self._run(_EARLIER, {"extraction": extraction_id}).one()
        return row.of_capture, of_details(row), (row.title_digest, row.text_digest)

    def _choose_within(self, capture_id: int, extraction: Extraction, digests: tuple[str, str]) -> None:
        version = self._one(_VERSION_OF, capture=capture_id)
        same = version is not None and self.version_content(version) == (extraction.title, extraction.text)
        self.add_extraction(capture_id, extraction, chosen=True, keep_text=not same, digests=digests)

    def _keep_what_the_version_says(self, capture_id: int, begun: Row[Any]) -> None:
        self._run(_GIVE_TEXT_BACK, {"version": begun.id, "old_title": begun.title, "old_text": begun.text})
        self._keep_details(capture_id, begun._asdict())

    def _keep_details(self, capture_id: int, version: Mapping[str, Any]) -> None:
        """Gives the extraction that made a version what it had left to the version's row, but for its text."""
        self._run(_GIVE_DETAILS_BACK, {"capture": capture_id, "old_details": details(of_version(version))})

    def _content(self, version_id: int, extraction: Extraction, digests: tuple[str, str]) -> dict[str, Any]:
        values = {f"new_{name}": value for name, value in version_values(extraction).items()}
        return values | {
            "version": version_id,
            "new_word_count": len(extraction.text.split()),
            "new_title_digest": digests[0],
            "new_text_digest": digests[1],
        }


def _update_version() -> Any:
    names = (*CONTENT_FIELDS, "word_count", "title_digest", "text_digest")
    values = {name: bindparam(f"new_{name}", type_=versions.c[name].type) for name in names}
    return update(versions).where(versions.c.id == bindparam("version")).values(values)
