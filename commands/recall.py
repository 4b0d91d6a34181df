"""``warraq sources --recall``: how complete the archive of each source is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from commands.opening import opened
from commands.output import Format, Record, answer, say
from commands.table import print_table
from commands.times import now
from pipeline.recall import Recall, Way, estimate_recall, ways_of
from storage.errors import NotFoundError
from storage.listed import kinds_that_listed
from storage.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from commands.invocation import Invocation
    from storage.records import FeedKind


@dataclass(frozen=True, slots=True)
class _Row:
    source_key: str
    days: int
    recall: Recall


def answer_recall(invocation: Invocation, key: str | None, days: int, answer_format: Format) -> None:
    """Writes the recall of one source, or of all that are followed, for articles of the last so many days.

    Raises:
        NotFoundError: There is no such source in the archive.
    """
    with opened(invocation) as archive:
        known = [status.key for status in Queries(archive).source_statuses() if key or not status.ad_hoc]
        found = kinds_that_listed(archive, now() - timedelta(days=days))
    if key is not None and key not in known:
        raise NotFoundError(
            f"there is no source {key} in the archive", remedy="`warraq status` lists them", subject=key
        )
    rows = [_Row(each, days, estimate_recall(_by_ways(found.get(each, {})))) for each in known if key in (None, each)]
    answer(rows, answer_format, record=_record, table=_print)
    if not rows:
        say("there is no source in the archive: `warraq crawl` fills it")


def _by_ways(counted: Mapping[frozenset[FeedKind], int]) -> Counter[frozenset[Way]]:
    histories: Counter[frozenset[Way]] = Counter()
    for kinds, count in counted.items():
        histories[ways_of(kinds)] += count
    return histories


def _record(row: _Row) -> Record:
    recall, estimate = row.recall, row.recall.estimate
    return {
        "source": row.source_key,
        "days": row.days,
        "found": recall.found,
        "estimated": round(estimate.articles, 1) if estimate else None,
        "low": estimate.low if estimate else None,
        "high": estimate.high if estimate else None,
        "recall": round(recall.share, 4) if recall.share is not None else None,
        "listed_by": {way.value: count for way, count in recall.by_way.items()},
        "only_by": {way.value: count for way, count in recall.only_by.items()},
        "note": recall.note or None,
    }


def _print(rows: Iterable[_Row]) -> None:
    titles = ("source", "days", "found", "estimated", "95 % interval", "recall", "listed by", "only by", "note")
    print_table(titles, [_cells(row) for row in rows])


def _cells(row: _Row) -> tuple[str, ...]:
    recall, estimate = row.recall, row.recall.estimate
    return (
        row.source_key,
        str(row.days),
        str(recall.found),
        f"{estimate.articles:.0f}" if estimate else "-",
        f"{estimate.low} to {estimate.high}" if estimate else "-",
        f"{100 * recall.share:.1f} %" if recall.share is not None else "-",
        _counts(recall.by_way),
        _counts(recall.only_by),
        recall.note or "-",
    )


def _counts(by_way: Mapping[Way, int]) -> str:
    return ", ".join(f"{way.value} {count}" for way, count in by_way.items()) or "-"
