"""The decision, as a table and as invariants."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.decide import Observation, Placement, PlacementKind, Sighting, decide, place, sighting_of_status
from pipeline.fingerprint import Fingerprint, fingerprint
from storage.records import (
    ArticleStatus,
    CanonicalUrl,
    Outcome,
    PayloadDigest,
    StoredArticle,
    StoredRun,
)

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CONFIRM_AFTER = 6 * HOUR
TEXT = fingerprint("A headline", "The first paragraph.")
OTHER_TEXT = fingerprint("A headline", "The first paragraph, edited.")
BYTES = PayloadDigest("sha256:" + "1" * 64)
OTHER_BYTES = PayloadDigest("sha256:" + "2" * 64)


def run(version_id: int, first: datetime, last: datetime, marks: Fingerprint = TEXT) -> StoredRun:
    return StoredRun(version_id, first, last, marks.title_digest, marks.text_digest, "warraq", "1", BYTES)


def article(status: ArticleStatus = ArticleStatus.LIVE, **changes: object) -> StoredArticle:
    stored = StoredArticle(
        1, "a1", "x", CanonicalUrl("http://x/1"), status, T0, T0, T0, None, (run(1, T0, T0),), gone_at=None
    )
    return replace(stored, **changes)  # type: ignore[arg-type]  # the tests name real fields


def seen(sighting: Sighting, at: datetime = T0 + HOUR, **more: object) -> Observation:
    if sighting is Sighting.ARTICLE:
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
        (article(ArticleStatus.WITHHELD), seen(Sighting.ARTICLE), Outcome.UNCHANGED, ArticleStatus.WITHHELD),
        (article(ArticleStatus.MOVED), seen(Sighting.ARTICLE), Outcome.UNCHANGED, ArticleStatus.MOVED),
    ],
)
def test_decide_known_situations_give_their_outcome(
    stored: StoredArticle | None, observation: Observation, outcome: Outcome, status: ArticleStatus | None
) -> None:
    decision = decide(stored, observation, confirm_after=CONFIRM_AFTER)
    assert (decision.outcome, decision.status) == (outcome, status)


@pytest.mark.parametrize("status", [400, 401, 403, 407, 408, 418, 429, 500, 502, 503, 504, 302])
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


@dataclass
class Shelf:
    """Versions in memory: what the archive does with a placement, on plain lists of captures."""

    runs: dict[int, list[tuple[datetime, Fingerprint]]] = field(default_factory=dict)

    def stored(self) -> tuple[StoredRun, ...]:
        rows = [(sorted(c, key=lambda it: it[0]), vid) for vid, c in self.runs.items()]
        return tuple(run(vid, c[0][0], c[-1][0], c[0][1]) for c, vid in sorted(rows, key=lambda r: r[0][0][0]))

    def add(self, at: datetime, marks: Fingerprint) -> Placement:
        placement = place(self.stored(), at, marks)
        if placement.kind is PlacementKind.WITHIN and placement.version_id is not None:
            self.runs[placement.version_id].append((at, marks))
            return placement
        if placement.kind is PlacementKind.SPLIT and placement.version_id is not None:
            captures = self.runs[placement.version_id]
            self.runs[placement.version_id] = [c for c in captures if c[0] < at]
            self.runs[len(self.runs) + 1] = [c for c in captures if c[0] > at]
        self.runs[len(self.runs) + 1] = [(at, marks)]
        return placement

    def sequence(self) -> list[tuple[datetime, datetime, str]]:
        return [(r.first_captured_at, r.last_captured_at, r.text_digest) for r in self.stored()]


CAPTURES = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from("abc")), min_size=1, max_size=12, unique_by=lambda c: c[0]
)


@given(CAPTURES.flatmap(lambda captures: st.tuples(st.just(captures), st.permutations(captures))))
def test_place_captures_in_any_order_give_the_same_versions(
    orders: tuple[list[tuple[int, str]], list[tuple[int, str]]],
) -> None:
    shelves = []
    for order in (sorted(orders[0]), orders[1]):
        shelf = Shelf()
        for hours, text in order:
            shelf.add(T0 + hours * HOUR, fingerprint("t", text))
        shelves.append(shelf.sequence())
    assert shelves[0] == shelves[1]


@given(CAPTURES)
def test_place_the_same_capture_twice_changes_nothing(captures: list[tuple[int, str]]) -> None:
    shelf = Shelf()
    for hours, text in captures:
        shelf.add(T0 + hours * HOUR, fingerprint("t", text))
    before = shelf.sequence()
    for hours, text in captures:
        shelf.add(T0 + hours * HOUR, fingerprint("t", text))
    assert shelf.sequence() == before


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
    if sighting is Sighting.ARTICLE:
        observation = replace(observation, fingerprint=marks)
    decision = decide(stored, observation, confirm_after=CONFIRM_AFTER)
    assert decision.outcome in Outcome
    assert (decision.status is None) == (stored is None and sighting is not Sighting.ARTICLE)
