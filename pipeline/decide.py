"""What one visit comes to: from what is stored and what was seen to one decision. Pure.

It touches neither network nor database and asks no clock; ``pipeline.ingest`` carries the decision out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.placement import Placement, latest_run, place
from storage.records import ArticleStatus, NotArticle, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from pipeline.fingerprint import Fingerprint
    from storage.records import PayloadDigest
    from storage.records_stored import StoredArticle, StoredRun


class Sighting(StrEnum):
    """What the last exchange of a visit showed."""

    ARTICLE = "article"
    ELSEWHERE = "elsewhere"
    """A known article, at another of its addresses than the one its versions come from."""
    NOT_MODIFIED = "not_modified"
    ABSENT = "absent"
    NOT_AN_ARTICLE = "not_an_article"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Observation:
    """One visit as the decision sees it.

    ``fingerprint`` and ``payload_digest`` are given where an article was seen; ``has_moved`` says that the address
    asked for led, by redirects, to another address of the same article.
    """

    seen_at: datetime
    sighting: Sighting
    reason: str = ""
    fingerprint: Fingerprint | None = None
    payload_digest: PayloadDigest | None = None
    has_moved: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a visit comes to, and what follows for the article.

    ``placement`` is None where no text was seen; ``status`` is None where there is no article to have one.
    ``settles`` says that a discovery of this URL needs no further visit; ``is_elsewhere`` that the article was seen
    alive at another address than that of its versions, which is due for a look then.
    """

    outcome: Outcome
    reason: str
    status: ArticleStatus | None
    missing_since: datetime | None = None
    gone_at: datetime | None = None
    placement: Placement | None = None
    settles: bool = True
    is_elsewhere: bool = False

    @property
    def was_seen(self) -> bool:
        """Whether the article was seen alive."""
        return self.placement is not None or self.is_elsewhere


_ABSENT_STATUSES = {404: "404 not found", 410: "410 gone", 451: "451 unavailable for legal reasons"}
TAKEN_DOWN = "taken down by us: it is not fetched again"
"""The reason of a visit to an article that was taken down."""
EMPTIED = "the page is empty now"
"""The reason of a visit to a known article whose page has no text any more."""
_OK = range(200, 300)
_PARTIAL = 206
_NOT_MODIFIED = 304
_PASSING = frozenset((NotArticle.CHALLENGE, NotArticle.CONSENT_WALL, NotArticle.MAINTENANCE))
"""Pages that stand before an article for a time: a listed URL that shows one is tried again."""


def sighting_of_status(status: int) -> tuple[Sighting, str]:
    """What an HTTP status alone says, and why; ``ARTICLE`` means that the body must be looked at.

    Only 404, 410 and 451 say that a page is absent: 403, 429 and 5xx speak about the server or about us.
    """
    if status == _PARTIAL:
        # We never ask for a part: what came would pass for the whole article, cut short.
        return Sighting.FAILED, "the server answered 206, a part of the page"
    if status in _OK:
        return Sighting.ARTICLE, ""
    if status == _NOT_MODIFIED:
        return Sighting.NOT_MODIFIED, ""
    if status in _ABSENT_STATUSES:
        return Sighting.ABSENT, _ABSENT_STATUSES[status]
    return Sighting.FAILED, f"the server answered {status}"


def sighting_of_page(not_article: NotArticle, *, is_known: bool) -> tuple[Sighting, str]:
    """What a page that is no article says of the article that was there, or might have been.

    A soft 404, the front page or an empty page in place of a known article is its absence; a challenge or a consent
    wall says nothing about it.
    """
    if is_known and not_article is NotArticle.EMPTY:
        return Sighting.ABSENT, EMPTIED
    if is_known and not_article in (NotArticle.SOFT_404, NotArticle.FRONT_PAGE):
        return Sighting.ABSENT, f"the address now shows another page ({not_article.value})"
    return Sighting.NOT_AN_ARTICLE, not_article.value


def decide(stored: StoredArticle | None, seen: Observation, *, confirm_after: timedelta) -> Decision:
    """The one outcome of a visit, and what it changes.

    Args:
        stored: The article at that address, or None where there is none yet.
        seen: What the visit showed.
        confirm_after: How long after the first sighting of its absence an article may be called gone.
    """
    if stored is not None and stored.status is ArticleStatus.WITHHELD:
        # Whatever came, and however it was found: nothing of it is kept.
        return Decision(Outcome.REFUSED, TAKEN_DOWN, ArticleStatus.WITHHELD)
    if stored is not None and stored.last_visited_at and seen.seen_at < stored.last_visited_at:
        return _seen_late(stored, seen, confirm_after)
    return _seen_in_time(stored, seen, confirm_after)


def _seen_in_time(stored: StoredArticle | None, seen: Observation, confirm_after: timedelta) -> Decision:
    if seen.sighting is Sighting.ARTICLE:
        return _article_seen(stored, seen)
    if seen.sighting is Sighting.ELSEWHERE:
        return _seen_elsewhere(stored, seen)
    if seen.sighting is Sighting.NOT_MODIFIED:
        return _not_modified(stored, seen)
    if seen.sighting is Sighting.ABSENT:
        return _absent(stored, seen, confirm_after)
    outcome = Outcome(seen.sighting.value)
    # A URL that leads to an article that was taken down is not tried again.
    settles = (seen.sighting is Sighting.NOT_AN_ARTICLE and seen.reason not in _PASSING) or seen.reason == TAKEN_DOWN
    return Decision(outcome, seen.reason, *_standing(stored), settles=settles)


def _seen_late(stored: StoredArticle, seen: Observation, confirm_after: timedelta) -> Decision:
    """An older visit, come in late, tells about the past: its text is placed, the article's standing stays."""
    then = replace(stored, status=ArticleStatus.LIVE, missing_since=None, gone_at=None, last_visited_at=None)
    status, missing_since, gone_at = _standing(stored)
    decision = decide(then, seen, confirm_after=confirm_after)
    return replace(decision, status=status, missing_since=missing_since, gone_at=gone_at)


def _article_seen(stored: StoredArticle | None, seen: Observation) -> Decision:
    if seen.fingerprint is None:
        raise ValueError("an article was seen without its fingerprint")
    if stored is None or not stored.runs:
        placement = Placement()
        return Decision(Outcome.NEW, "first seen", ArticleStatus.LIVE, placement=placement)
    placement = place(stored.runs, seen.seen_at, seen.fingerprint)
    outcome, reason = _text_outcome(stored, seen, placement)
    if stored.status is ArticleStatus.GONE:
        back = "back after it was gone" + (", and edited" if outcome is Outcome.EDITED else "")
        return Decision(Outcome.RESTORED, back, ArticleStatus.RESTORED, placement=placement)
    if seen.has_moved:
        moved = "now at another address" + (", and edited" if outcome is Outcome.EDITED else "")
        return Decision(Outcome.MOVED, moved, ArticleStatus.MOVED, placement=placement)
    keeps = stored.status in (ArticleStatus.RESTORED, ArticleStatus.MOVED)
    return Decision(outcome, reason, stored.status if keeps else ArticleStatus.LIVE, placement=placement)


def _text_outcome(stored: StoredArticle, seen: Observation, placement: Placement) -> tuple[Outcome, str]:
    run = next((run for run in stored.runs if run.version_id == placement.version_id), None)
    if run is None:
        return Outcome.EDITED, _what_changed(stored.runs, seen)
    if run is not latest_run(stored.runs) and run.last_captured_at < seen.seen_at:
        return Outcome.NOISE, "two headlines take turns over the same text"
    if seen.payload_digest == run.last_payload_digest:
        return Outcome.UNCHANGED, "the same bytes"
    return Outcome.NOISE, "other bytes, the same headline and text"


def _what_changed(runs: Sequence[StoredRun], seen: Observation) -> str:
    before = latest_run([run for run in runs if run.first_captured_at <= seen.seen_at] or runs[:1])
    fingerprint = seen.fingerprint
    if fingerprint is None or before.text_digest != fingerprint.text_digest:
        headline = fingerprint is not None and before.title_digest != fingerprint.title_digest
        return "headline and text changed" if headline else "text changed"
    return "headline changed"


def _seen_elsewhere(stored: StoredArticle | None, seen: Observation) -> Decision:
    """The AMP, mobile or print form of an article, or a second address of it, words it a little otherwise: no edit."""
    if stored is None or seen.fingerprint is None or stored.status is ArticleStatus.GONE:
        return _article_seen(stored, seen)
    told = (seen.fingerprint.title_digest, seen.fingerprint.text_digest)
    is_same = any((run.title_digest, run.text_digest) == told for run in stored.runs)
    outcome = Outcome.UNCHANGED if is_same else Outcome.NOISE
    return Decision(outcome, seen.reason, _alive(stored.status), is_elsewhere=True)


def _not_modified(stored: StoredArticle | None, seen: Observation) -> Decision:
    if stored is None or not stored.runs:
        # We send validators only for what is stored; a 304 to anything else is a fault of the server.
        return Decision(Outcome.FAILED, "304 for a page that was never fetched", None, settles=False)
    placement = Placement(latest_run(stored.runs).version_id)
    status = ArticleStatus.RESTORED if stored.status is ArticleStatus.GONE else _alive(stored.status)
    outcome = Outcome.RESTORED if stored.status is ArticleStatus.GONE else Outcome.UNCHANGED
    return Decision(outcome, seen.reason or "304 not modified", status, placement=placement)


def _alive(status: ArticleStatus) -> ArticleStatus:
    return ArticleStatus.LIVE if status is ArticleStatus.MISSING else status


def _absent(stored: StoredArticle | None, seen: Observation, confirm_after: timedelta) -> Decision:
    if stored is None:
        return Decision(Outcome.MISSING, seen.reason, None, settles=False)
    if stored.status is ArticleStatus.GONE:
        return Decision(Outcome.GONE, seen.reason, *_standing(stored))
    since = stored.missing_since or seen.seen_at
    if stored.missing_since and seen.seen_at - since >= confirm_after:
        reason = f"{seen.reason}, missing since {since:%Y-%m-%d %H:%M} UTC"
        return Decision(Outcome.GONE, reason, ArticleStatus.GONE, missing_since=since, gone_at=seen.seen_at)
    return Decision(Outcome.MISSING, seen.reason, ArticleStatus.MISSING, missing_since=since)


def _standing(stored: StoredArticle | None) -> tuple[ArticleStatus | None, datetime | None, datetime | None]:
    """The article's status, missing_since and gone_at as they are: this visit changes none of them."""
    if stored is None:
        return None, None, None
    return stored.status, stored.missing_since, stored.gone_at
