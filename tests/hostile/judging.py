"""What a case came to, held against its row. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.hostile.case import FEED, ROBOTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.case import Case
    from tests.hostile.crawling import Seen


def faults(case: Case, seen: Seen) -> list[str]:
    """In what the crawl differs from what the case expects, one sentence each; empty where it does as it should."""
    return [*_of_visits(case, seen), *_of_articles(case, seen), *_of_feed(case, seen), *_of_cost(case, seen)]


def _of_visits(case: Case, seen: Seen) -> Iterator[str]:
    outcomes = sorted(outcome for outcome, _ in seen.visits)
    if outcomes != sorted(case.outcomes):
        yield f"outcomes are {seen.visits}, not {case.outcomes}"
    for outcome, reason in seen.visits if case.why else ():
        if outcome != "new" and not re.search(case.why, reason):
            yield f"reason is {reason!r}, not {case.why!r}"
    later = sorted(outcome for outcome, _ in seen.later_visits)
    if later != sorted(case.then.split()):
        yield f"outcomes of the second crawl are {seen.later_visits}, not {case.then!r}"


def _of_articles(case: Case, seen: Seen) -> Iterator[str]:
    if len(seen.articles) != case.expected_articles:
        yield f"{len(seen.articles)} articles, not {case.expected_articles}: {[each.url for each in seen.articles]}"
    titles = [article.title for article in seen.articles]
    if case.title and set(titles) != {case.title}:
        yield f"headline is {titles}, not {case.title!r}"
    text = "\n".join(article.text for article in seen.articles)
    yield from (f"the text lacks {wanted!r}: {text[:600]!r}" for wanted in case.text if wanted not in text)
    yield from (f"the text holds {unwanted!r}: {text[:600]!r}" for unwanted in case.never if unwanted in text)


def _of_feed(case: Case, seen: Seen) -> Iterator[str]:
    if case.lists is not None and seen.discoveries != case.lists:
        yield f"its feed brought up {seen.discoveries} URLs, not {case.lists}"
    told = " | ".join(seen.problems)
    if case.feed and not (re.search(case.problem, told) if case.problem else not told):
        yield f"the report says {told!r}, not {case.problem!r}"


def _of_cost(case: Case, seen: Seen) -> Iterator[str]:
    asked = seen.record.asked(without=(ROBOTS, case.feed or FEED))
    if asked > case.requests:
        yield f"{asked} requests instead of {case.requests}: {dict(seen.record.requests)}"
    if seen.record.longest_seconds > case.seconds:
        yield f"an answer took {seen.record.longest_seconds:.1f} s"
    if seen.record.sent_bytes > case.sent_bytes:
        yield f"{seen.record.sent_bytes:,} bytes could be sent"
