"""Lines that a site puts into its articles, or takes out of them: a notice, an appeal, a banner of this week.

Some are known by their words, and most by the site's profile once many pages showed them. One that comes into texts
which are known already is known sooner, and by nothing but where it comes: no writer changes three articles by the
same line and nothing else. The third of them is no edit, and the versions that the first two made of it are taken
back into those before them, in the same transaction; their ids stay good. A counter in such a line ("412 of you gave
today") makes it no other line; but where a line stays and its figures change, that is an edit.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import change_words
from pipeline.fingerprint import Fingerprint, fingerprint
from pipeline.normalize import compare_form
from pipeline.placement import latest_run
from pipeline.steps import measure_steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from pipeline.measure import Content
    from storage.archive import Writer
    from storage.records_stored import StoredArticle
    from storage.writer_site_blocks import LineChange

LOOKED_BACK = timedelta(days=7)
_OTHER_ARTICLES = 2
"""So many more must have had the same done to them: three in all, as for everything that is taken for furniture."""
_SHORTEST = 25
"""Characters; a shorter line may well be added to three articles by chance, where no longer one comes with it."""
_MOST_LINES = 6
_FIGURES = re.compile(r"\d+(?:[.,:٫٬]\d+)*")


def changed_lines(before: str, after: str) -> tuple[str, ...]:
    """The lines that stand in one of two texts only, as compared; empty where they cannot be the site's.

    They cannot where there are many, all are short, or one speaks of its article: a correction, a retraction, a notice
    of removal may be worded alike at three articles and is about each of them.
    """
    old, new = ({compare_form(line): line for line in text.splitlines()} for text in (before, after))
    changed = [line for one, other in ((old, new), (new, old)) for form, line in one.items() if form not in other]
    if len(changed) > _MOST_LINES or any(map(_speaks_of_article, changed)):
        return ()
    return tuple(changed) if any(len(line) >= _SHORTEST for line in changed) else ()


def _speaks_of_article(line: str) -> bool:
    return change_words.is_correction(line) or change_words.is_retraction(line) or change_words.is_removal(line)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A known article as if the site's lines stood in its version as well, and the articles that lost a version."""

    stored: StoredArticle
    taken_back: tuple[int, ...] = ()


def without_site_blocks(
    writer: Writer, stored: StoredArticle, told: Content, shown: tuple[str, Fingerprint], at: datetime
) -> Cleared | None:
    """What to go by where nothing but the site's lines changed in an article; None where something else did.

    Args:
        writer: The transaction; versions that were made by these lines of other articles are taken back in it.
        stored: The article, as it is compared.
        told: What its latest version says by the rule that read the page now, or as it is stored.
        shown: The text that its page shows now, and the fingerprint of the page.
        at: When it was seen, which must be later than all that is stored.
    """
    latest, (text, marks) = latest_run(stored.runs), shown
    as_shown = replace(latest, text_digest=marks.text_digest)
    cleared = replace(stored, runs=tuple(as_shown if run is latest else run for run in stored.runs))
    if marks in (fingerprint(told.title, told.text), fingerprint(*writer.version_content(latest.version_id))):
        # The site's lines are gone again, and the page is what the version says.
        return Cleared(cleared)
    lines = changed_lines(told.text, text)
    if not lines or latest.title_digest != marks.title_digest:
        return None
    changes = _changes_elsewhere(writer, (stored.source_key, stored.id), lines, at)
    return Cleared(cleared, tuple(_take_back(writer, changes, lines, at))) if changes else None


def _changes_elsewhere(
    writer: Writer, article: tuple[str, int], lines: Sequence[str], at: datetime
) -> tuple[LineChange, ...]:
    """What the same lines did to other articles of the source lately; empty where they are not known for the site's."""
    found: dict[LineChange, None] = {}
    counting = _counting(lines)
    for line in lines:
        words = max(_FIGURES.split(line), key=len).strip() if line in counting else line
        between = (at - LOOKED_BACK, at + LOOKED_BACK)
        changes = writer.articles_changed_by(article, words, between, is_part=words != line)
        if len({change.article_id for change in changes}) < _OTHER_ARTICLES:
            return ()
        found |= dict.fromkeys(changes)
    return tuple(found)


def _counting(lines: Sequence[str]) -> frozenset[str]:
    """The lines that came or went with figures in them, and enough words beside these to be known by."""
    times = Counter(map(_without_figures, lines))
    return frozenset(
        line
        for line in lines
        if times[_without_figures(line)] == 1
        and _FIGURES.search(line)
        and len(max(_FIGURES.split(line), key=len).strip()) >= _SHORTEST
    )


def _without_figures(line: str) -> str:
    return _FIGURES.sub("0", compare_form(line))


def _forms(lines: Sequence[str]) -> frozenset[str]:
    """The forms in which the lines of one change compare with those of another."""
    counting = _counting(lines)
    return frozenset(_without_figures(line) if line in counting else compare_form(line) for line in lines)


def _take_back(writer: Writer, changes: Collection[LineChange], lines: Sequence[str], at: datetime) -> Iterator[int]:
    """Joins the versions that nothing but these lines made to those before them; the articles that had any."""
    known = _forms(lines)
    for change in changes:
        if change.new_version_id is None or change.old_version_id is None:
            continue
        old, new = map(writer.version_content, (change.old_version_id, change.new_version_id))
        forms = _forms(changed_lines(old[1], new[1]))
        if forms and forms <= known and compare_form(old[0]) == compare_form(new[0]):
            writer.join_versions(change.old_version_id, change.new_version_id, at)
            measure_steps(writer, change.article_id)
            yield change.article_id
