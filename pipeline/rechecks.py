"""When to look again: at a known article, and at a listed URL that gave nothing yet. Pure.

A look at an article is worth as much as edits are likely to have been made since the last one. Where edits come by
chance at a rate of their own, most are caught with a given number of looks when every article is looked at after the
same number of expected edits (the derivative of looks × (1 − exp(−edits a look)) is the same for all then; J. Cho and
H. Garcia-Molina, ACM TODS 28(4), 2003, use the same argument). That number is the source's threshold. It is steered so
that what comes due is what the budget allows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from pipeline.hazard import Hazard, multiplier
from storage.records import ArticleStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.decide import Decision
    from storage.records_rechecks import DueArticle, EditRecord, RecheckState

SOONEST = timedelta(minutes=10)
"""No article is due again sooner; a crawl comes by no more often than its source's timetable says anyway."""
LATEST = timedelta(days=30)
PER_HOUR = 120
"""Rechecks an hour and source: at 100 articles a day 28 looks at each. A host that is asked once a second would bear
thirty times as many."""
FIRST_THRESHOLD = 0.15
_THRESHOLDS = (0.003, 3.0)
_STEP_AN_HOUR = 1.03
_QUEUE_HOURS = 12.0
_LONGEST_CREDIT_HOURS = 168.0
_JUST_SEEN = timedelta(hours=1)
_ONE_IN = 20
_DISTRUST = timedelta(days=30)
_FIRST_RETRY = timedelta(minutes=10)
_LONGEST_RETRY = timedelta(days=1)
_HOUR = timedelta(hours=1)
MOST_ATTEMPTS = 20
"""A listed URL is given up after as many visits that gave nothing: about two weeks at a day's distance each."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of an article when its next look is planned.

    ``born_at`` is when it was published, or first seen where that is not known or earlier.
    """

    hazard: Hazard
    record: EditRecord
    born_at: datetime
    threshold: float = FIRST_THRESHOLD


def next_check(decision: Decision, watch: Watch, *, at: datetime, confirm_after: timedelta) -> datetime:
    """When a known article should be looked at again, after a visit at that moment.

    As soon as the edits expected since then reach the threshold, in thirty days at the latest: no article is abandoned.
    A missing one is looked at again as soon as its absence can be confirmed; one that was seen at a second address at
    once, since the first may lead there now.
    """
    if decision.is_elsewhere:
        return at
    if decision.status is ArticleStatus.MISSING and decision.missing_since is not None:
        return max(at, decision.missing_since + confirm_after)
    return at + next_distance(watch, at)


def next_distance(watch: Watch, at: datetime) -> timedelta:
    """How long after a look at that moment the next one is due."""
    hours = watch.hazard.hours_until(watch.threshold / multiplier(watch.record), (at - watch.born_at) / _HOUR)
    return max(SOONEST, min(hours, LATEST / _HOUR) * _HOUR)


def unseen_edits(hazard: Hazard, record: EditRecord, ages: tuple[float, float]) -> float:
    """How many edits are expected between two ages, in hours, of an article with that record."""
    return multiplier(record) * hazard.expected(*ages)


def chosen(
    due: Sequence[DueArticle], hazard_of: Callable[[str], Hazard], state: RecheckState, now: datetime
) -> list[DueArticle]:
    """Those of the due articles that the budget allows, in the order in which they should be visited.

    What is not subject to the budget comes first; then those with most unseen edits.
    """
    first = [article for article in due if article.is_first]
    others = [article for article in due if not article.is_first]
    others.sort(key=lambda article: (-_unseen(article, hazard_of, now), article.id))
    return first + others[: max(0, int(state.credit))]


def _unseen(article: DueArticle, hazard_of: Callable[[str], Hazard], now: datetime) -> float:
    seen_at = article.last_seen_at or article.born_at
    if now - seen_at >= LATEST:
        # Never abandoned: what is a month old goes before what is likelier to have changed.
        return _THRESHOLDS[1] * ((now - seen_at) / LATEST)
    ages = (seen_at - article.born_at) / _HOUR, (now - article.born_at) / _HOUR
    return unseen_edits(hazard_of(article.section), article.record, ages)


def credited(state: RecheckState, per_hour: float, now: datetime) -> RecheckState:
    """The state with the budget of the time since it was last credited; of what was left, an hour's stays at most."""
    hours = 1.0 if state.credited_at is None else max(0.0, (now - state.credited_at) / _HOUR)
    fresh = per_hour * min(hours, _LONGEST_CREDIT_HOURS)
    return replace(state, credit=min(state.credit, per_hour) + fresh, credited_at=now)


def steered(state: RecheckState, waiting: int, taken: int, budget: tuple[float, float]) -> RecheckState:
    """The state after a crawl that took so many of the articles that were due and subject to the budget.

    The threshold is moved slowly, since what it decides comes due much later, and so that about half a day's budget
    of articles waits: which of them are taken, ``chosen`` decides each time anew. ``budget`` is rechecks an hour, and
    the hours since the last crawl.
    """
    per_hour, hours = budget
    threshold = state.threshold or FIRST_THRESHOLD
    ratio = (waiting - taken + 1) / (_QUEUE_HOURS * per_hour + 1)
    step = _STEP_AN_HOUR ** min(hours, _QUEUE_HOURS)
    low, high = _THRESHOLDS
    threshold *= min(max(ratio, 1 / step), step)
    return replace(state, threshold=min(max(threshold, low), high), credit=max(0.0, state.credit - taken))


def is_unconditional(article_id: int, last_seen_at: datetime | None, state: RecheckState, now: datetime) -> bool:
    """Whether a look must ask for the whole page: one in twenty does, and all where the publisher was found to lie.

    A server that answers 304 although the article changed is found out by nothing else. Which ones follows from the
    article and its last visit, so that a crawl that is repeated asks alike. What was seen within the hour is not asked
    for again in full: little is found out by it, and a second crawl right after one should cost the publisher nothing.
    """
    if state.lied_at is not None and now - state.lied_at < _DISTRUST:
        return True
    if last_seen_at is not None and now - last_seen_at < _JUST_SEEN:
        return False
    drawn = blake2b(f"{article_id} {last_seen_at}".encode(), digest_size=4).digest()
    return int.from_bytes(drawn) % _ONE_IN == 0


def next_try(attempts: int, at: datetime) -> datetime:
    """When a listed URL is visited again after ``attempts`` visits that gave nothing: doubling, a day at most."""
    doubled = _FIRST_RETRY * float(2 ** min(attempts, 16))
    return at + min(doubled, _LONGEST_RETRY)
