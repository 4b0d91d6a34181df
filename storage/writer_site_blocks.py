"""Finding what one line did to the articles of a source, and taking back versions that are none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, false, func, literal, or_, select

from storage.columns import UtcTime
from storage.records import Outcome
from storage.statements import (
    PLACE,
    articles,
    captures,
    edit_measures,
    extractions,
    location_of,
    versions,
    visits,
)
from storage.writer_identity import IdentityWrites

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from storage.records import WarcLocation

_MOST = 40
_MOST_SIGHTINGS = 200


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that came into an article's text, or went, as was seen at that time.

    The two versions are given where it made one of the other; else a capture shows the change that is of one version.
    """

    article_id: int
    seen_at: datetime
    old_version_id: int | None = None
    new_version_id: int | None = None


@dataclass(frozen=True, slots=True)
class Showing:
    """How many articles have a line in their texts, and where the latest pages of those stand that have not."""

    with_it: int
    without: tuple[WarcLocation, ...] = ()

    @property
    def seen(self) -> int:
        """How many articles were seen."""
        return self.with_it + len(self.without)


@cache
def _edited_by(dialect: str) -> Select[Any]:
    """Edits by which the line came or went, the latest first."""
    older = versions.alias("older")
    return (
        select(visits.c.article_id, visits.c.visited_at, older.c.id, versions.c.id)
        .join(edit_measures, edit_measures.c.version_id == visits.c.version_id)
        .join(versions, versions.c.id == edit_measures.c.version_id)
        .join(older, older.c.id == edit_measures.c.old_version_id)
        .where(
            *_of_others(Outcome.EDITED, Outcome.MOVED, Outcome.RESTORED),
            _holds(dialect, older.c.text) != _holds(dialect, versions.c.text),
        )
        .order_by(visits.c.visited_at.desc())
        .limit(_MOST)
    )


@cache
def _shown_by(dialect: str) -> Select[Any]:
    """Captures that were no edit although the line is in them and not in their version, or the other way round."""
    return (
        select(visits.c.article_id, visits.c.visited_at)
        .join(captures, captures.c.visit_id == visits.c.visit_id)
        .join(extractions, extractions.c.capture_id == captures.c.id)
        .join(versions, versions.c.id == captures.c.version_id)
        .where(
            *_of_others(Outcome.NOISE, Outcome.EDITED),
            extractions.c.text.is_not(None),
            _holds(dialect, extractions.c.text) != _holds(dialect, versions.c.text),
        )
        .order_by(visits.c.visited_at.desc())
        .limit(_MOST)
    )


@cache
def _showing(dialect: str) -> Select[Any]:
    """The articles of the last sightings: whether they have the line, and their latest capture with a text."""
    has = or_(_holds(dialect, versions.c.text), func.coalesce(_holds(dialect, extractions.c.text), false()))
    seen = (
        select(visits.c.article_id, case((has, 1), else_=0).label("shows"), captures.c.id)
        .join(captures, captures.c.visit_id == visits.c.visit_id)
        .join(extractions, extractions.c.capture_id == captures.c.id)
        .join(versions, versions.c.id == captures.c.version_id)
        .join(articles, articles.c.id == visits.c.article_id)
        .where(*_of_others(), extractions.c.chosen, articles.c.first_seen_at <= bindparam("known_by", type_=UtcTime()))
        .order_by(visits.c.visited_at.desc())
        .limit(_MOST_SIGHTINGS)
        .subquery("seen")
    )
    each = select(func.max(seen.c.shows).label("shows"), func.max(seen.c.id).label("id")).group_by(seen.c.article_id)
    latest = each.subquery("each")
    return select(latest.c.shows, *PLACE).join(captures, captures.c.id == latest.c.id)


def _of_others(*outcomes: Outcome) -> tuple[ColumnElement[bool], ...]:
    return (
        visits.c.source_key == bindparam("source"),
        visits.c.article_id != bindparam("article"),
        visits.c.visited_at.between(bindparam("since", type_=UtcTime()), bindparam("until", type_=UtcTime())),
        *([or_(*(visits.c.outcome == outcome for outcome in outcomes))] if outcomes else []),
    )


def _holds(dialect: str, text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text has the line for one of its own, or the words of it that are asked for."""
    place = func.strpos if dialect == "postgresql" else func.instr
    return place(literal("\n") + text + literal("\n"), bindparam("wanted")) > 0


class SiteBlockWrites(IdentityWrites):
    """The part of the writer that knows what a line did to a source's articles."""

    def articles_changed_by(
        self, article: tuple[str, int], words: str, between: tuple[datetime, datetime]
    ) -> tuple[LineChange, ...]:
        """Other articles into whose text some words came, or out of which they went; those of the latest.

        Args:
            article: The source's key, and the article that is left out.
            words: As they are stored; those of a whole line stand between line feeds.
            between: The times of the visits that are looked at.
        """
        values = _values(article, words, between)
        edited = [LineChange(*row) for row in self._rows(_edited_by(self._dialect), **values)]
        shown = [LineChange(*row) for row in self._rows(_shown_by(self._dialect), **values)]
        return (*edited, *shown)

    def articles_showing(
        self, article: tuple[str, int], words: str, between: tuple[datetime, datetime], known_by: datetime
    ) -> Showing:
        """The other articles of those seen in that time, by whether their texts have the words.

        Only those count that were known by ``known_by``; the other arguments are as above.
        """
        found = self._rows(_showing(self._dialect), **_values(article, words, between), known_by=known_by)
        return Showing(sum(row.shows for row in found), tuple(location_of(row) for row in found if not row.shows))

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


def _values(article: tuple[str, int], words: str, between: tuple[datetime, datetime]) -> dict[str, Any]:
    source, ident = article
    return {"source": source, "article": ident, "since": between[0], "until": between[1], "wanted": words}
