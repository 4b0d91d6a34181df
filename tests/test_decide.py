"""The decision, as a table and as invariants."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.decide import Observation, Sighting, decide, sighting_of_status
from pipeline.fingerprint import Fingerprint, fingerprint
from pipeline.placement import Placement, place
from storage.records import ArticleStatus, CanonicalUrl, Outcome, PayloadDigest
from storage.records_stored import StoredArticle, StoredRun

if TYPE_CHECKING:
    from collections.abc import Sequence

Sight = tuple[int, str, str]
"""When, in some unit of time; headline; text."""

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIRM_AFTER = 6 * HOUR
TEXT = fingerprint("A headline", "The first paragraph.")
OTHER_TEXT = fingerprint("A headline", "The first paragraph, edited.")
BYTES = PayloadDigest("sha256:" + "1" * 64)
OTHER_BYTES = PayloadDigest("sha256:" + "2" * 64)
SHOWN = (Sighting.ARTICLE, Sighting.ELSEWHERE)


def run(version_id: int, first: datetime, last: datetime, marks: Fingerprint = TEXT) -> StoredRun:
    return StoredRun(version_id, first, last, marks.title_digest, marks.text_digest, "warraq", "1", BYTES)


def article(status: ArticleStatus = ArticleStatus.LIVE, **changes: object) -> StoredArticle:
    stored = StoredArticle(
        1, "a1", "x", CanonicalUrl("http://x/1"), status, T0, T0, T0, None, (run(1, T0, T0),), gone_at=None
    )
    return replace(stored, **changes)  # type: ignore[arg-type]  # the tests name real fields


def seen(sighting: Sighting, at: datetime = T0 + HOUR, **more: object) -> Observation:
    if sighting in SHOWN:
        more = {"fingerprint": TEXT, "payload_digest": BYTES} | more
    return Observation(at, sighting, "because", **more)  # type: ignore[arg-type]  # the tests name real fields


@pytest.mark.parametrize(
    ("stored", "observation", "outcome", "status"),
    [
        (None, seen(Sighting.ARTICLE), Outcome.NEW, ArticleStatus.LIVE),
        (None, seen(Sighting.ABSENT), Outcome.MISSING, None),
        (None, seen(Sighting.FAILED), Outcome.FAILED, None),
        (None, seen(Sighting.NOT_MODIFIED), Outcome.FAILED, None),
        (article(), seen(Sighting.ARTICLE), Outcome.UNCHANGED, ArticleStatus.LIVE),
        (article(), seen(Sighting.ARTICLE, payload_digest=OTHER_BYTES), Outcome.NOISE, ArticleStatus.LIVE),
        (article(), seen(Sighting.ARTICLE, fingerprint=OTHER_TEXT), Outcome.EDITED, ArticleStatus.LIVE),
        (article(), seen(Sighting.ARTICLE, has_moved=True), Outcome.MOVED, ArticleStatus.MOVED),
        (article(), seen(Sighting.ELSEWHERE), Outcome.UNCHANGED, ArticleStatus.LIVE),
        (article(), seen(Sighting.ELSEWHERE, fingerprint=OTHER_TEXT), Outcome.NOISE, ArticleStatus.LIVE),
        (article(ArticleStatus.MOVED), seen(Sighting.ELSEWHERE), Outcome.UNCHANGED, ArticleStatus.MOVED),
        (
            article(ArticleStatus.GONE, gone_at=T0),
            seen(Sighting.ELSEWHERE),
            Outcome.RESTORED,
            ArticleStatus.RESTORED,
        ),
        (article(), seen(Sighting.NOT_MODIFIED), Outcome.UNCHANGED, ArticleStatus.LIVE),
        (article(), seen(Sighting.ABSENT), Outcome.MISSING, ArticleStatus.MISSING),
        (article(), seen(Sighting.FAILED), Outcome.FAILED, ArticleStatus.LIVE),
        (article(), seen(Sighting.REFUSED), Outcome.REFUSED, ArticleStatus.LIVE),
        (article(), seen(Sighting.NOT_AN_ARTICLE), Outcome.NOT_AN_ARTICLE, ArticleStatus.LIVE),
        (
            article(ArticleStatus.MISSING, missing_since=T0),
            seen(Sighting.ARTICLE),
            Outcome.UNCHANGED,
            ArticleStatus.LIVE,
        ),
        (
            article(ArticleStatus.MISSING, missing_since=T0),
            seen(Sighting.ABSENT),
            Outcome.MISSING,
            ArticleStatus.MISSING,
        ),
        (
            article(ArticleStatus.MISSING, missing_since=T0),
            seen(Sighting.ABSENT, T0 + CONFIRM_AFTER),
            Outcome.GONE,
            ArticleStatus.GONE,
        ),
        (article(ArticleStatus.GONE), seen(Sighting.ARTICLE), Outcome.RESTORED, ArticleStatus.RESTORED),
        (article(ArticleStatus.GONE), seen(Sighting.NOT_MODIFIED), Outcome.RESTORED, ArticleStatus.RESTORED),
        (article(ArticleStatus.GONE), seen(Sighting.ABSENT), Outcome.GONE, ArticleStatus.GONE),
        (article(ArticleStatus.GONE), seen(Sighting.FAILED), Outcome.FAILED, ArticleStatus.GONE),
        (article(ArticleStatus.WITHHELD), seen(Sighting.ARTICLE), Outcome.REFUSED, ArticleStatus.WITHHELD),
        (article(ArticleStatus.MOVED), seen(Sighting.ARTICLE), Outcome.UNCHANGED, ArticleStatus.MOVED),
    ],
)
def test_decide_known_situations_give_their_outcome(
    stored: StoredArticle | None, observation: Observation, outcome: Outcome, status: ArticleStatus | None
) -> None:
    decision = decide(stored, observation, confirm_after=CONFIRM_AFTER)
    assert (decision.outcome, decision.status) == (outcome, status)


@pytest.mark.parametrize("status", [206, 400, 401, 403, 407, 408, 418, 429, 500, 502, 503, 504, 302])
def test_sighting_of_a_status_that_speaks_of_the_server_never_says_absent(status: int) -> None:
    assert sighting_of_status(status)[0] is Sighting.FAILED


def test_decide_headline_change_alone_is_an_edit() -> None:
    changed = fingerprint("Another headline", "The first paragraph.")
    decision = decide(article(), seen(Sighting.ARTICLE, fingerprint=changed), confirm_after=CONFIRM_AFTER)
    assert (decision.outcome, decision.reason) == (Outcome.EDITED, "headline changed")


def test_decide_late_capture_places_its_text_and_leaves_the_standing() -> None:
    stored = article(ArticleStatus.GONE, gone_at=T0 + 9 * HOUR, last_visited_at=T0 + 9 * HOUR)
    decision = decide(stored, seen(Sighting.ARTICLE, T0 + HOUR, fingerprint=OTHER_TEXT), confirm_after=CONFIRM_AFTER)
    assert decision.outcome is Outcome.EDITED
    assert (decision.status, decision.gone_at) == (ArticleStatus.GONE, stored.gone_at)


def test_decide_late_absence_does_not_make_a_live_article_missing() -> None:
    stored = article(last_visited_at=T0 + 9 * HOUR)
    decision = decide(stored, seen(Sighting.ABSENT, T0 + HOUR), confirm_after=CONFIRM_AFTER)
    assert decision.status is ArticleStatus.LIVE


@pytest.mark.parametrize(
    ("hours", "text", "version_id"),
    [(23, "The text.", 1), (25, "The text.", None), (2, "The text, edited.", None)],
    ids=["A/B test", "revert after a day", "other text"],
)
def test_place_headline_that_comes_back_joins_its_version_only_soon_and_over_the_same_text(
    hours: int, text: str, version_id: int | None
) -> None:
    runs = (run(1, T0, T0, fingerprint("A", "The text.")), run(2, T0 + HOUR, T0 + HOUR, fingerprint("B", "The text.")))
    assert place(runs, T0 + hours * HOUR, fingerprint("A", text)).version_id == version_id


def test_place_headline_that_comes_back_after_another_text_begins_a_version() -> None:
    marks = (fingerprint("A", "x"), fingerprint("B", "y"))
    runs = tuple(run(n, T0 + n * HOUR, T0 + n * HOUR, mark) for n, mark in enumerate(marks, start=1))
    assert place(runs, T0 + 3 * HOUR, marks[0]) == Placement()


def test_decide_headlines_that_take_turns_are_noise_and_told() -> None:
    runs = (run(1, T0, T0, fingerprint("A", "x")), run(2, T0 + HOUR, T0 + HOUR, fingerprint("B", "x")))
    again = seen(Sighting.ARTICLE, T0 + 2 * HOUR, fingerprint=fingerprint("A", "x"))
    decision = decide(article(runs=runs, last_visited_at=T0 + HOUR), again, confirm_after=CONFIRM_AFTER)
    assert (decision.outcome, decision.reason) == (Outcome.NOISE, "two headlines take turns over the same text")


@dataclass
class Shelf:
    """Versions in memory: what the archive does with a placement, on plain lists of captures."""

    runs: dict[int, list[tuple[datetime, Fingerprint]]] = field(default_factory=dict)

    def stored(self) -> tuple[StoredRun, ...]:
        found = []
        for version_id, captures in self.runs.items():
            times = sorted({at for at, _ in captures})
            bare = run(version_id, times[0], times[-1], captures[0][1])
            found.append(replace(bare, captured_at=tuple(times)))
        return tuple(sorted(found, key=lambda one: one.first_captured_at))

    def add(self, at: datetime, marks: Fingerprint) -> None:
        placement = place(self.stored(), at, marks)
        for version_id in placement.cut:
            captures = self.runs[version_id]
            self.runs[version_id] = [c for c in captures if c[0] < at]
            self.runs[len(self.runs) + 1] = [c for c in captures if c[0] > at]
        self.runs.setdefault(placement.version_id or len(self.runs) + 1, []).append((at, marks))

    def sequence(self) -> list[tuple[datetime, datetime, str, str]]:
        return sorted(
            (one.first_captured_at, one.last_captured_at, one.title_digest, one.text_digest) for one in self.stored()
        )


def shelf_of(captures: Sequence[Sight], unit: timedelta = HOUR) -> Shelf:
    shelf = Shelf()
    for when, title, text in captures:
        shelf.add(T0 + when * unit, fingerprint(title, text))
    return shelf


def in_two_orders(titles: str, longest: int = 30) -> st.SearchStrategy[tuple[list[Sight], list[Sight]]]:
    sights = st.tuples(st.integers(0, longest), st.sampled_from(titles), st.sampled_from("xyz"))
    captures = st.lists(sights, min_size=1, max_size=12, unique_by=lambda sight: sight[0])
    return captures.flatmap(lambda found: st.tuples(st.just(sorted(found)), st.permutations(found)))


@given(in_two_orders("A"))
def test_place_captures_in_any_order_give_the_same_versions(orders: tuple[list[Sight], list[Sight]]) -> None:
    assert shelf_of(orders[0], 10 * HOUR).sequence() == shelf_of(orders[1], 10 * HOUR).sequence()


@given(in_two_orders("ABC", longest=23))
def test_place_headlines_that_take_turns_in_any_order_give_the_same_versions(
    orders: tuple[list[Sight], list[Sight]],
) -> None:
    assert shelf_of(orders[0]).sequence() == shelf_of(orders[1]).sequence()


@given(st.lists(st.sampled_from("AB"), min_size=1, max_size=20))
def test_place_two_headlines_however_they_alternate_make_two_versions_at_most(titles: list[str]) -> None:
    shelf = shelf_of([(when, title, "x") for when, title in enumerate(titles)])
    assert len(shelf.runs) == len(set(titles))


@given(in_two_orders("AB", longest=90))
def test_place_every_capture_is_in_a_version_of_its_own_headline_and_text(
    orders: tuple[list[Sight], list[Sight]],
) -> None:
    shelf = shelf_of(orders[1])
    assert all(len({marks for _, marks in captures}) == 1 for captures in shelf.runs.values())
    assert sum(len(captures) for captures in shelf.runs.values()) == len(orders[1])


@given(in_two_orders("AB", longest=90))
def test_place_the_same_capture_twice_changes_nothing(orders: tuple[list[Sight], list[Sight]]) -> None:
    once = shelf_of(orders[0])
    before = once.sequence()
    for when, title, text in orders[0]:
        once.add(T0 + when * HOUR, fingerprint(title, text))
    assert once.sequence() == before


@given(
    status=st.sampled_from([None, *ArticleStatus]),
    sighting=st.sampled_from(list(Sighting)),
    hours=st.integers(-10, 30),
    marks=st.sampled_from([TEXT, OTHER_TEXT]),
    moved=st.booleans(),
)
def test_decide_every_visit_has_exactly_one_outcome(
    *, status: ArticleStatus | None, sighting: Sighting, hours: int, marks: Fingerprint, moved: bool
) -> None:
    stored = None if status is None else article(status, missing_since=T0 if status is ArticleStatus.MISSING else None)
    observation = seen(sighting, T0 + hours * HOUR, has_moved=moved)
    if sighting in SHOWN:
        observation = replace(observation, fingerprint=marks)
    decision = decide(stored, observation, confirm_after=CONFIRM_AFTER)
    assert decision.outcome in Outcome
    assert (decision.status is None) == (stored is None and sighting not in SHOWN)
