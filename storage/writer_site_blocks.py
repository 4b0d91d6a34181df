"""Finding what one line did to the articles of a source, and taking back versions that are none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, or_, select

from storage.columns import UtcTime
from storage.records import Outcome
from storage.statements import captures, edit_measures, extractions, versions, visits
from storage.writer_identity import IdentityWrites

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

_MOST = 8


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that came into an article's text, or went.

    The two versions are given where it made one of the other; else a capture shows the change that is of one version.
    """

    article_id: int
    old_version_id: int | None = None
    new_version_id: int | None = None


@cache
def _edited_by(dialect: str) -> Select[Any]:
    """Edits by which the line came or went, the latest first."""
    older = versions.alias("older")
    return (
        select(visits.c.article_id, older.c.id.label("old_version_id"), versions.c.id.label("new_version_id"))
        .join(edit_measures, edit_measures.c.version_id == visits.c.version_id)
        .join(versions, versions.c.id == edit_measures.c.version_id)
        .join(older, older.c.id == edit_measures.c.old_version_id)
        .where(
            *_lately([Outcome.EDITED, Outcome.MOVED, Outcome.RESTORED]),
            _holds(dialect, older.c.text) != _holds(dialect, versions.c.text),
        )
        .order_by(visits.c.visited_at.desc())
        .limit(_MOST)
    )


@cache
def _shown_by(dialect: str) -> Select[Any]:
    """Captures that were no edit although the line is in them and not in their version, or the other way round."""
    return (
        select(visits.c.article_id)
        .join(captures, captures.c.visit_id == visits.c.visit_id)
        .join(extractions, extractions.c.capture_id == captures.c.id)
        .join(versions, versions.c.id == captures.c.version_id)
        .where(
            *_lately([Outcome.NOISE, Outcome.EDITED]),
            extractions.c.text.is_not(None),
            _holds(dialect, extractions.c.text) != _holds(dialect, versions.c.text),
        )
        .order_by(visits.c.visited_at.desc())
        .limit(_MOST)
    )


def _lately(outcomes: list[Outcome]) -> tuple[ColumnElement[bool], ...]:
    return (
        visits.c.source_key == bindparam("source"),
        visits.c.article_id != bindparam("article"),
        visits.c.visited_at.between(bindparam("since", type_=UtcTime()), bindparam("until", type_=UtcTime())),
        or_(*(visits.c.outcome == outcome for outcome in outcomes)),
    )


def _holds(dialect: str, text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text has the line for one of its own, or the words of it that are asked for."""
    place = func.strpos if dialect == "postgresql" else func.instr
    return place(literal("\n") + text + literal("\n"), bindparam("wanted")) > 0


class SiteBlockWrites(IdentityWrites):
    """The part of the writer that knows what a line did to a source's articles."""

    def articles_changed_by(
        self, article: tuple[str, int], line: str, between: tuple[datetime, datetime], *, is_part: bool = False
    ) -> tuple[LineChange, ...]:
        """Other articles into whose text the line came, or out of which it went; a few of the latest.

        Args:
            article: The source's key, and the article that is left out.
            line: A whole line of text as it is stored.
            between: The times of the visits that are looked at.
            is_part: ``line`` is some words of one, which may go on before and behind them.
        """
        wanted = line if is_part else f"\n{line}\n"
        source, ident = article
        values = {"source": source, "article": ident, "since": between[0], "until": between[1], "wanted": wanted}
        edited = [LineChange(*row) for row in self._rows(_edited_by(self._dialect), **values)]
        shown = [LineChange(row.article_id) for row in self._rows(_shown_by(self._dialect), **values)]
        return tuple(dict.fromkeys([*edited, *shown]))

    def join_versions(self, older: int, newer: int, at: datetime) -> None:
        """Makes one version of two of an article: the captures of the newer go to the older, and its id leads there.

        The search index of the article and the measures of its edits are the caller's to bring up to date.
        """
        rows = {row["id"]: dict(row) for row in self._both_versions(older, newer)}
        article = int(rows[newer]["article_id"])
        self.forget_terms_of_article(article)
        for capture in self.shown_captures(article):
            if capture.version_id == newer:
                self.move_capture(capture, older, rows[newer])
        last = max(row["last_captured_at"] for row in rows.values())
        kept = rows[older]
        self.set_bounds(older, (kept["first_captured_at"], last), kept["first_capture_id"])
        self.retire_version(rows[newer], older, at)
        self._forget()

    def _both_versions(self, older: int, newer: int) -> list[Any]:
        statement = select(versions).where(versions.c.id.in_([older, newer]))
        return [*self._run(statement, {}).mappings()]
