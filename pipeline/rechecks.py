"""When to look again: at a known article, and at a listed URL that gave nothing yet. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage.records import ArticleStatus

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.decide import Decision

_SOONEST = timedelta(hours=1)
_LATEST = timedelta(days=30)
_SHARE_OF_AGE = 4
_FIRST_RETRY = timedelta(minutes=10)
_LONGEST_RETRY = timedelta(days=1)
MOST_ATTEMPTS = 20
"""A listed URL is given up after as many visits that gave nothing: about two weeks at a day's distance each."""


def next_check(decision: Decision, *, first_seen_at: datetime, at: datetime, confirm_after: timedelta) -> datetime:
    """When a known article should be looked at again.

    Young articles change most: the distance is a quarter of the article's age, between an hour and thirty days, so an
    article is never abandoned. A missing one is looked at again as soon as its absence can be confirmed.
    """
    if decision.status is ArticleStatus.MISSING and decision.missing_since is not None:
        return max(at, decision.missing_since + confirm_after)
    return at + min(max((at - first_seen_at) / _SHARE_OF_AGE, _SOONEST), _LATEST)


def next_try(attempts: int, at: datetime) -> datetime:
    """When a listed URL is visited again after ``attempts`` visits that gave nothing: doubling, a day at most."""
    doubled = _FIRST_RETRY * float(2 ** min(attempts, 16))
    return at + min(doubled, _LONGEST_RETRY)
