"""Crawl reports for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.table import print_table
from crawler.durations import format_size
from storage.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from commands.output import Record
    from storage.records_stored import CrawlReport


def report_record(report: CrawlReport) -> Record:
    """The report as JSON; the outcomes add up to ``visits``."""
    return {
        "source": report.source_key,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "stopped": report.stopped,
        "visits": visits(report.outcomes),
        "outcomes": {outcome.value: report.outcomes.get(outcome, 0) for outcome in Outcome},
        "feeds_read": report.feeds_read,
        "feeds_failed": report.feeds_failed,
        "requests": report.requests,
        "received_bytes": report.received_bytes,
        "left_out": dict(report.left_out),
        "assets": report.assets,
        "assets_failed": report.assets_failed,
        "problems": list(report.problems),
    }


def print_reports(crawled: Iterable[CrawlReport]) -> None:
    """Prints one row a source with the outcomes that occurred, and their sum when there are several."""
    reports = list(crawled)
    occurred = [outcome for outcome in Outcome if any(report.outcomes.get(outcome) for report in reports)]
    counts = [(report.source_key, report.outcomes) for report in reports]
    if len(reports) > 1:
        counts.append(("all", {o: sum(report.outcomes.get(o, 0) for report in reports) for o in occurred}))
    titles = ("source", *(outcome.value for outcome in occurred), "visits")
    print_table(titles, [_row(name, outcomes, occurred) for name, outcomes in counts])


def summary(report: CrawlReport) -> str:
    """The report in one line."""
    seconds = (report.finished_at - report.started_at).total_seconds()
    stopped = ", stopped before its end" if report.stopped else ""
    failed = f" ({report.assets_failed} failed)" if report.assets_failed else ""
    assets = f"assets: {report.assets}{failed}, " if report.assets or failed else ""
    feeds = f"feeds read: {report.feeds_read}, " if report.feeds_read or report.feeds_failed else ""
    return (
        f"{report.source_key}: {outcome_words(report.outcomes) or 'no visits'}; {feeds}{assets}"
        f"requests: {report.requests}, "
        f"{format_size(report.received_bytes)} in {seconds:.1f} s{stopped}"
    )


def outcome_words(outcomes: Mapping[Outcome, int]) -> str:
    """The outcomes that occurred, in the order of their definition; empty when there were no visits."""
    return ", ".join(f"{outcomes[outcome]} {outcome.value}" for outcome in Outcome if outcomes.get(outcome))


def visits(outcomes: Mapping[Outcome, int]) -> int:
    """How many visits came to these outcomes."""
    return sum(outcomes.values())


def _row(name: str, outcomes: Mapping[Outcome, int], occurred: Sequence[Outcome]) -> list[str]:
    return [name, *(str(outcomes.get(outcome, 0)) for outcome in occurred), str(visits(outcomes))]
