"""From what pages taught to a site profile. Pure: the same lessons in the same order give the same profile.

A :class:`Study` remembers the last lessons of a host; :func:`take` folds one more in, :func:`learn` makes a profile
of them. Pages of one template are told by the selectors that lead to their text: the selector that serves the most
pages makes the first template, the pages left over the next one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from pipeline.repeats import Seen, count, is_copy, seen, unsettled
from pipeline.site_profile import NO_PINS, Pins, Repeat, Root, Shown, SiteProfile, Spots, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.lesson import Lesson, Place

MOST_LESSONS = 24
"""Pages that templates are learned from: twice the dozen after which a trial on ten sites no longer improved."""
MOST_REMEMBERED = 80
"""Articles over which repeats are counted; furniture that none of them shows any more is forgotten."""
LEAST_PAGES = 3
"""Pages that must agree on a root."""
# Those below are judgements, not measurements, unless they say so; benchmarks/extraction.py tells what they come to.
_MOST_TEMPLATES = 4
_MOST_ROOTS = 6
_AGREEING = 0.6
"""Share of a template's pages on which a way of finding the root must be right: two pages in three, rounded down."""
_LEAST_SCORE = 0.7
"""Of a place: what loses a quarter of the text is no root, however pure (see :class:`Place`)."""
_STEEPNESS = 4
_YOUNG, _OFTEN_EVERY, _SELDOM_EVERY = 12, 4, 10
"""Pages after which something new is looked for at each, then at every fourth and at every tenth: learning costs."""
_FURNITURE = 0.03
"""Share of the text at a path that may be an article's and the path still be furniture: what readers disagree on."""
_LEAST_MET = 2
_MIXED = 0.3
"""Share of text below which a path is mixed: there only sentences are taken."""
_OFTEN = 0.1
_MOSTLY = 0.25
"""Shares of the articles remembered in which a label, and a sentence, must stand to be furniture: losing a sentence of
an article is worse than keeping an appeal for some days, so that one must be seen more often."""
_LEAST_LABEL = 1.5
_LEAST_SENTENCE = 3
_AUDITS = 5
_LEAST_AUDITS = 2
_LEAST_AGREEMENT = 0.85
"""Mean agreement of the last audits below which a profile is dropped. Two ways of reading a page that both are right
agreed by .96 to .99 in a trial on ten sites; two must be seen, for one page may be odd."""
_MISFITS = 12
_MOST_MISFITS = 0.75
"""Of the last dozen pages so many must not fit for the site to count as redesigned: a rarer template is none."""
_SURE = 0.9
"""Share of the pages that show a byline or date on which a spot must give it: there the general search is spared."""
_MOST_SPOTS = 3
_MOSTLY_OTHER = 0.5
"""Share of the pages that show another headline, or another caption, at a place than all others: else it is the site's
name, or a picture that stands everywhere."""
_IN_LINES = frozenset({Shown.BYLINE, Shown.DATE})
"""What is searched for among the lines of a page; the rules for these tell what is none."""
_FILED = frozenset({Shown.SECTION, Shown.TAGS})


@dataclass(frozen=True, slots=True)
class Study:
    """What is remembered of a host's pages, the oldest first.

    ``taken`` counts all lessons ever; ``audits`` are the agreements of the last audited pages, ``fits`` whether each
    of the last pages met by a profile fitted it. ``examples`` are the words of forms that were met twice.
    """

    host: str
    taken: int = 0
    lessons: tuple[Lesson, ...] = ()
    articles: tuple[Seen, ...] = ()
    sentences: frozenset[int] = frozenset()
    examples: Mapping[int, str] = field(default_factory=dict)
    audits: tuple[float, ...] = ()
    fits: tuple[bool, ...] = ()
    pins: Pins = NO_PINS


def take(study: Study, lesson: Lesson) -> Study:
    """The study after one more page."""
    article = seen(lesson.url, lesson.title, lesson.marks)
    known = {form: n for form, n in count(study.articles).items() if n >= _LEAST_SENTENCE}
    others = tuple(other for other in study.articles if not is_copy(article, other, known))
    met = {form for other in others for form in other.forms}
    examples = {mark.form: mark.text for mark in lesson.marks if mark.form in met}
    teaches = [*(old for old in study.lessons if old.url != lesson.url), replace(lesson, marks=(), title="")]
    audits = study.audits if lesson.agreement is None else (*study.audits, lesson.agreement)[-_AUDITS:]
    is_met = lesson.has_misfitted or not lesson.places
    return replace(
        study,
        taken=study.taken + 1,
        lessons=tuple(teaches[-MOST_LESSONS:]) if lesson.places else study.lessons,
        articles=(*others, article)[-MOST_REMEMBERED:],
        examples={**study.examples, **examples},
        audits=audits,
        fits=(*study.fits, not lesson.has_misfitted)[-_MISFITS:] if is_met else study.fits,
    )


def is_due(study: Study) -> bool:
    """Whether it is time to look whether there is something new to know: often at first, seldom later."""
    if study.taken <= _YOUNG:
        return True
    return study.taken % (_OFTEN_EVERY if study.taken <= MOST_LESSONS else _SELDOM_EVERY) == 0


def has_drifted(study: Study) -> bool:
    """Whether the profile in use no longer fits the site: audits disagree, or nearly no page fits it."""
    recent = study.audits[-_AUDITS:]
    if len(recent) >= _LEAST_AUDITS and sum(recent) / len(recent) < _LEAST_AGREEMENT:
        return True
    return len(study.fits) == _MISFITS and study.fits.count(False) >= _MOST_MISFITS * _MISFITS


def forget(study: Study) -> Study:
    """The study of a site that was redesigned: what its pages looked like is dropped, what a person pinned stays."""
    recent = list(takewhile(lambda fits: not fits, reversed(study.fits)))
    lessons = study.lessons[-len(recent) :] if recent else ()
    return replace(
        study, lessons=lessons, articles=study.articles[-len(recent) :] if recent else (), audits=(), fits=()
    )


def learn(study: Study, number: int) -> SiteProfile:
    """What the study comes to; without templates where pages do not agree."""
    return SiteProfile(
        number=number,
        host=study.host,
        pages=len(study.lessons),
        templates=tuple(_templates(study.lessons)),
        repeats=_repeats(study),
        languages=frozenset(lesson.language for lesson in study.lessons if lesson.language),
        pins=study.pins,
    )


def _repeats(study: Study) -> dict[int, Repeat]:
    """The forms that stand in enough of the articles remembered: a label in two, a sentence in more."""
    total = len(study.articles)
    sentences = frozenset(form for article in study.articles for form in article.sentences)
    own = unsettled(study.articles)
    found = {}
    for form, articles in count(study.articles).items():
        if form in own:
            continue
        least = max(_LEAST_SENTENCE, _MOSTLY * total) if form in sentences else _LEAST_LABEL + _OFTEN * total
        if articles >= least:
            found[form] = Repeat(articles, study.examples.get(form, ""))
    return found


def _templates(lessons: Sequence[Lesson]) -> Iterator[Template]:
    rest = list(lessons)
    for _ in range(_MOST_TEMPLATES):
        chosen = _most_served(rest)
        if chosen is None:
            return
        yield _template(chosen)
        served = {id(lesson) for lesson, _ in chosen}
        rest = [lesson for lesson in rest if id(lesson) not in served]


_Served = list[tuple["Lesson", "Place"]]


def _most_served(lessons: Sequence[Lesson]) -> _Served | None:
    """The pages on which one selector leads to the text, for the selector that serves them best."""
    worth: defaultdict[str, float] = defaultdict(float)
    for lesson in lessons:
        for place in lesson.places:
            for selector in place.selectors:
                if place.score >= _LEAST_SCORE:
                    # Steep, so that an element that holds some of everything does not win by serving every page.
                    worth[selector] += place.score**_STEEPNESS
    order = sorted(worth, key=lambda selector: (-round(worth[selector], 2), ">" in selector, selector))
    for selector in order:
        served = [(lesson, place) for lesson in lessons for place in lesson.places if selector in place.selectors]
        if len(served) >= LEAST_PAGES and len(_agreeing(served)) > 1:
            return served
    return None


def _template(served: _Served) -> Template:
    kept, dropped, pages = _counts(served)
    often = [path for path in dropped if pages[path] >= _LEAST_MET]
    furniture = {path for path in often if kept[path] <= _FURNITURE * (kept[path] + dropped[path])}
    outer = {path for path in furniture if not any(above in furniture for above in _above(path))}
    mixed = {path for path in kept if 0 < kept[path] < _MIXED * (kept[path] + dropped[path])} - furniture
    return Template(
        roots=tuple(_agreeing(served)[:_MOST_ROOTS]),
        pages=len(served),
        text=frozenset(path for path in kept if kept[path]),
        mixed=frozenset(mixed),
        furniture=frozenset(outer),
        least_characters=min(lesson.characters for lesson, _ in served),
        most_beside=max(place.beside for _, place in served),
        spots=_spots([lesson for lesson, _ in served]),
        least_beside=int(min(place.beside * lesson.characters for lesson, place in served)),
    )


def _spots(lessons: Sequence[Lesson]) -> Spots:
    """Where each thing is shown, as far as nearly all pages agree that show it."""
    lines = [[sighting for sighting in lesson.sightings if sighting.what in _IN_LINES] for lesson in lessons]
    searched = sum(map(bool, lines))
    spots = {str(what): _sure_selectors(lessons, what) for what in Shown}
    return Spots(
        is_near=searched >= LEAST_PAGES and all(sighting.is_near for seen in lines for sighting in seen),
        site_titles=_site_titles(lessons) if spots[Shown.HEADLINE] else (),
        **spots,
    )


def _sure_selectors(lessons: Sequence[Lesson], what: Shown) -> tuple[str, ...]:
    pages = 0
    forms: defaultdict[str, list[tuple[int, ...]]] = defaultdict(list)
    for lesson in lessons:
        found = [sighting for sighting in lesson.sightings if sighting.what is what and sighting.is_found]
        pages += bool(found)
        for selector, shown in {name: sighting.forms for sighting in found for name in sighting.selectors}.items():
            forms[selector].append(shown)
    votes = {selector: len(shown) for selector, shown in forms.items() if what in _IN_LINES or _tells(what, shown)}
    sure = [selector for selector, n in votes.items() if n >= max(LEAST_PAGES, _SURE * pages)]
    if what in _FILED:  # what stands at a place that has no name is another thing on the next page
        sure = [selector for selector in sure if ">" not in selector]
    return tuple(sorted(sure, key=lambda selector: (-votes[selector], ">" in selector, selector))[:_MOST_SPOTS])


def _tells(what: Shown, shown: Sequence[tuple[int, ...]]) -> bool:
    """Whether what pages show at one place is of their articles: it differs, and nothing stands on nearly all.

    A section or tag that nearly all pages show is a link of the site's.
    """
    if what in _FILED:
        times = Counter(form for forms in shown for form in set(forms))
        return bool(times) and max(times.values()) < _SURE * len(shown)
    return len({forms[:1] for forms in shown}) > _MOSTLY_OTHER * len(shown)


def _site_titles(lessons: Sequence[Lesson]) -> tuple[int, ...]:
    """What most pages bear for a title though the headlines that they show differ."""
    shown = {seen.forms for lesson in lessons for seen in lesson.sightings if seen.what is Shown.HEADLINE}
    times = Counter(told for _, *others in filter(None, shown) for told in others)
    return tuple(sorted(told for told, n in times.items() if n >= max(LEAST_PAGES, _AGREEING * len(lessons))))


def _agreeing(served: _Served) -> list[Root]:
    """The ways of finding the root that hold on most of the pages, the surest first."""
    votes = Counter(selector for _, place in served for selector in place.selectors)
    roots = [Root(selector, n) for selector, n in votes.items() if n >= _AGREEING * len(served)]
    return sorted(roots, key=lambda root: (-root.votes, ">" in root.selector, root.selector))


def _counts(served: _Served) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Characters kept and dropped at or under each path from the root, and on how many pages it was met."""
    kept: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    for lesson, place in served:
        met: defaultdict[str, int] = defaultdict(int)
        for counted in lesson.paths:
            relative = relative_path(counted.path, place.path)
            for path in (relative, *_above(relative)) if relative else ():
                kept[path] += counted.kept
                dropped[path] += counted.dropped
                met[path] = 1
        pages.update(met)
    return kept, dropped, pages


def relative_path(path: str, root: str) -> str:
    """A path from the root on; empty for the root itself and for what is outside it."""
    if not root:
        return path
    return path[len(root) + 1 :] if path.startswith(f"{root}>") else ""


def _above(path: str) -> Iterator[str]:
    while ">" in path:
        path = path.rpartition(">")[0]
        yield path
