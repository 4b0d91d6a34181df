"""Writing what edits amount to: the measures of the steps from one version of an article to the next."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, or_, select

from storage.changes import FLAG_COLUMNS
from storage.records import EditFlag, VersionStep
from storage.statements import edit_measures, insert_into, versions
from storage.writer_extractions import ExtractionWrites

if TYPE_CHECKING:
    from sqlalchemy import Insert

    from storage.records import EditMeasure

_STEPS = (
    select(versions.c.id, edit_measures.c.old_version_id, versions.c.language)
    .outerjoin(edit_measures, edit_measures.c.version_id == versions.c.id)
    .where(versions.c.article_id == bindparam("article"))
    .order_by(versions.c.first_captured_at, versions.c.id)
)
_FORGET = delete(edit_measures).where(edit_measures.c.version_id == bindparam("version"))
_FORGET_AROUND = delete(edit_measures).where(
    or_(edit_measures.c.version_id == bindparam("version"), edit_measures.c.old_version_id == bindparam("version"))
)
_COLUMNS = {flag: column for flag, column in FLAG_COLUMNS.items() if flag is not EditFlag.HEADLINE}
"""That the headline changed, the digests of the two versions tell."""


@cache
def _save(dialect: str) -> Insert:
    insert = insert_into(dialect, edit_measures)
    names = [column.name for column in edit_measures.c if column.name != "version_id"]
    return insert.on_conflict_do_update(
        index_elements=["version_id"], set_={name: insert.excluded[name] for name in names}
    )


class EditWrites(ExtractionWrites):
    """The part of the writer that keeps what edits amount to."""

    def version_steps(self, article_id: int) -> tuple[VersionStep, ...]:
        """The article's versions in the order of their first captures."""
        return tuple(VersionStep(*row) for row in self._rows(_STEPS, article=article_id))

    def save_measure(self, version_id: int, old_version_id: int, measure: EditMeasure) -> None:
        """Keeps what the edit amounts to that led from the old version to the other; replaces an earlier measure."""
        values: dict[str, Any] = {
            "version_id": version_id,
            "old_version_id": old_version_id,
            "edit_class": measure.edit_class,
            "similarity": measure.similarity,
            "words_added": measure.words_added,
            "words_removed": measure.words_removed,
        }
        values |= {column: flag in measure.flags for flag, column in _COLUMNS.items()}
        self._rows(_save(self._dialect), **values)

    def forget_measure(self, version_id: int) -> None:
        """Lets go of the measure of a version that no other comes before any more."""
        self._rows(_FORGET, version=version_id)

    def forget_measures_around(self, version_id: int) -> None:
        """Lets go of the measures that a version has a part in, since it says something else now."""
        self._rows(_FORGET_AROUND, version=version_id)
