"""Lines that a site puts into its articles, or takes out of them: a notice, an appeal, a banner of this week.

Some are known by their words, and most by the site's profile once many pages showed them. One that comes into texts
which are known already is known sooner, and by nothing but where it comes: three articles changed by it and by nothing
else, and so it stands on most pages of the source that were seen since, while a writer's own note stands on those it is
about. The third of them is no edit, and the versions that the first two made of it are taken back into those before
them, in the same transaction; their ids stay good. Many must have it where it looks like a writer's doing: a line in
place of one that said much the same, a page that says it was modified, or a feed that says so of it. A counter in such
a line ("412 of you gave today") makes it no other line; but where a line stays and its figures change, that is an edit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import change_words
from pipeline.fingerprint import Fingerprint, fingerprint
from pipeline.normalize import compare_form
from pipeline.placement import latest_run
from pipeline.repeats import whole_form
from pipeline.steps import measure_steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from pipeline.measure import Content
    from storage.archive import Writer
    from storage.records import Extraction, WarcLocation
    from storage.records_stored import StoredArticle
    from storage.writer_site_blocks import LineChange, Showing

LinesOfPage = Callable[["WarcLocation"], "Collection[int]"]
"""The hashes of the lines of a page that is stored there, its furniture too, in the form of :func:`without_figures`."""
LOOKED_BACK = timedelta(days=7)
_OTHER_ARTICLES = 2
"""So many more must have had the same done to them: three in all, as for everything that is taken for furniture."""
_OTHERS_IN_DOUBT = 9
"""The same where a writer may have done it: a background paragraph that three articles carry is corrected in all three,
and those that a feed names as modified are looked at one after the other, with no page in between that was left alone.
"""
_MOST_PAGES = 2 / 3
"""Of the source's pages; not all, for caches are slow and some sections go without."""
_SAME_WORDS = 0.5  # of the shorter line
_SHORTEST = 25
"""Characters; a shorter line may well be added to three articles by chance, where no longer one comes with it: that
takes as many others as where the publisher says that the article was changed."""
_MOST_LINES = 6
_MOST_READ = 60
"""Pages that are read again, at a few milliseconds each, to see whether a line stands on them."""
_FIGURES = re.compile(r"\d+(?:[.,:٫٬]\d+)*")


@dataclass(frozen=True, slots=True)
class ChangedLines:
    """The lines that stand in one of two texts only: in the earlier one, in the later one."""

    went: tuple[str, ...] = ()
    came: tuple[str, ...] = ()

    @property
    def both(self) -> tuple[str, ...]:
        """All of them."""
        return self.went + self.came

    @property
    def are_short(self) -> bool:
        """Whether all of them are so short that they may be the same by chance."""
        return all(len(line) < _SHORTEST for line in self.both)

    @property
    def is_rewording(self) -> bool:
        """Whether a line that came says most of what one that went said."""
        came = [frozenset(compare_form(line).split()) for line in self.came]
        went = [frozenset(compare_form(line).split()) for line in self.went]
        return any(len(one & other) >= _SAME_WORDS * min(len(one), len(other)) for one in went for other in came)


def changed_lines(before: str, after: str) -> ChangedLines:
    """The lines that stand in one of two texts only, as compared; none where they cannot be the site's.

    They cannot where there are many, or one speaks of its article: a correction, a retraction, a notice
    of removal may be worded alike at three articles and is about each of them.
    """
    old, new = ({compare_form(line): line for line in text.splitlines()} for text in (before, after))
    went = tuple(line for form, line in old.items() if form not in new)
    came = tuple(line for form, line in new.items() if form not in old)
    changed = ChangedLines(went, came)
    if len(changed.both) > _MOST_LINES or any(map(_speaks_of_article, changed.both)):
        return ChangedLines()
    return changed


def _speaks_of_article(line: str) -> bool:
    return change_words.is_correction(line) or change_words.is_retraction(line) or change_words.is_removal(line)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A known article as if the site's lines stood in its version as well, and the articles that lost a version."""

    stored: StoredArticle
    taken_back: tuple[int, ...] = ()


def without_site_blocks(
    writer: Writer,
    stored: StoredArticle,
    told: Content,
    shown: tuple[Extraction, Fingerprint],
    seen: tuple[datetime, LinesOfPage],
) -> Cleared | None:
    """What to go by where nothing but the site's lines changed in an article; None where something else did.

    Args:
        writer: The transaction; versions that were made by these lines of other articles are taken back in it.
        stored: The article, as it is compared.
        told: What its latest version says by the rule that read the page now, or as it is stored.
        shown: What its page shows now, and the fingerprint of the page.
        seen: When it was seen, which must be later than all that is stored, and what gives the lines of stored pages.
    """
    latest, (read, marks), at = latest_run(stored.runs), shown, seen[0]
    as_shown = replace(latest, text_digest=marks.text_digest)
    cleared = replace(stored, runs=tuple(as_shown if run is latest else run for run in stored.runs))
    if marks in (fingerprint(told.title, told.text), fingerprint(*writer.version_content(latest.version_id))):
        # The site's lines are gone again, and the page is what the version says.
        return Cleared(cleared)
    lines = changed_lines(told.text, read.text)
    if not lines.both or latest.title_digest != marks.title_digest:
        return None
    is_told = (read.modified_at, read.modified_on) != writer.modified(latest.version_id)
    in_doubt = is_told or stored.hinted_at is not None
    changes = _changes_elsewhere(writer, stored, lines, seen, in_doubt=in_doubt)
    return Cleared(cleared, tuple(_take_back(writer, changes, lines, at))) if changes else None


def _changes_elsewhere(
    writer: Writer, stored: StoredArticle, lines: ChangedLines, seen: tuple[datetime, LinesOfPage], *, in_doubt: bool
) -> tuple[LineChange, ...]:
    """What the same lines did to other articles of the source lately; empty where they are not known for the site's."""
    found: dict[LineChange, None] = {}
    article, (at, lines_of) = (stored.source_key, stored.id), seen
    counting = _counting(lines.both)
    in_doubt = in_doubt or lines.is_rewording or lines.are_short
    fewest = _OTHERS_IN_DOUBT if in_doubt else _OTHER_ARTICLES
    since, until = at - LOOKED_BACK, at + LOOKED_BACK
    for line in lines.both:
        words = max(_FIGURES.split(line), key=len).strip() if line in counting else f"\n{line}\n"
        changes = writer.articles_changed_by(article, words, (since, until))
        if len({change.article_id for change in changes}) < fewest:
            return ()
        first = min(change.seen_at for change in changes)
        # Where it came, pages seen since must show it; where it went, articles known before must have had it.
        has_come = line in lines.came
        times = (first if has_come else since, until)
        showing = writer.articles_showing(article, words, times, known_by=until if has_come else first)
        if showing.with_it < fewest or not _is_on_most(showing, line, lines_of, has_come=has_come):
            return ()
        found |= dict.fromkeys(changes)
    return tuple(found)


def _is_on_most(showing: Showing, line: str, lines_of: LinesOfPage, *, has_come: bool) -> bool:
    """Whether a line stands on most of the pages seen, or did.

    Not every reading takes a banner above an article for its text: where too few texts have it, the pages are asked.
    """
    if showing.with_it >= _MOST_PAGES * showing.seen:
        return True
    if not has_come or len(showing.without) > _MOST_READ:
        return False
    wanted = whole_form(without_figures(line))
    pages = sum(wanted in lines_of(place) for place in showing.without)
    return showing.with_it + pages >= _MOST_PAGES * showing.seen


def _counting(lines: Sequence[str]) -> frozenset[str]:
    """The lines that came or went with figures in them, and enough words beside these to be known by."""
    times = Counter(map(without_figures, lines))
    return frozenset(
        line
        for line in lines
        if times[without_figures(line)] == 1
        and _FIGURES.search(line)
        and len(max(_FIGURES.split(line), key=len).strip()) >= _SHORTEST
    )


def without_figures(line: str) -> str:
    """A line in the form in which lines compare whatever a counter in them stands at."""
    return _FIGURES.sub("0", compare_form(line))


def _forms(lines: Sequence[str]) -> frozenset[str]:
    """The forms in which the lines of one change compare with those of another."""
    counting = _counting(lines)
    return frozenset(without_figures(line) if line in counting else compare_form(line) for line in lines)


def _take_back(writer: Writer, changes: Collection[LineChange], lines: ChangedLines, at: datetime) -> Iterator[int]:
    """Joins the versions that nothing but these lines made to those before them; the articles that had any."""
    known, homes = _forms(lines.both), dict[int, int]()
    for change in sorted(changes, key=lambda change: change.seen_at):
        newer, older = change.new_version_id, change.old_version_id
        if newer is None or older is None or newer in homes:
            continue
        # Where the line came and went again, the version before this one has joined another already.
        older = homes.get(older, older)
        if _differ_by(known, writer.version_content(older), writer.version_content(newer)):
            homes[newer] = older
            writer.join_versions(older, newer, at)
            measure_steps(writer, change.article_id)
            yield change.article_id


def _differ_by(known: frozenset[str], old: tuple[str, str], new: tuple[str, str]) -> bool:
    """Whether two versions, headline and text, differ in nothing but these lines, or in nothing."""
    forms = _forms(changed_lines(old[1], new[1]).both)
    is_all = forms <= known if forms else compare_form(old[1]) == compare_form(new[1])
    return is_all and compare_form(old[0]) == compare_form(new[0])
