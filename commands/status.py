"""``warraq status``: the last crawl and the next run of each source."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, Record, answer, format_option, say
from commands.render_crawl import outcome_words
from commands.settings import config_path, load
from commands.table import print_table
from commands.times import shown
from storage.article_views import SourceStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.config import SourceSettings


@click.command(cls=WarraqCommand, example="warraq status")
@format_option()
@pass_invocation
def status(invocation: Invocation, answer_format: Format) -> None:
    """Show the last crawl and the next run of each source, one line a source, with what went wrong."""
    with reading(invocation) as queries:
        statuses = queries.source_statuses()
    if config_path(invocation).exists():
        statuses = _with_configured(statuses, load(invocation).sources)
    answer(statuses, answer_format, record=_record, table=_print)
    if not statuses:
        say("there is no source: add one with `warraq add URL`")


def _with_configured(statuses: Sequence[SourceStatus], sources: Sequence[SourceSettings]) -> list[SourceStatus]:
    """The statuses and those of sources that were never crawled; what is no longer configured has no next run."""
    known = {status.key for status in statuses}
    fresh = [_never_crawled(source) for source in sources if source.key not in known]
    configured = {source.key for source in sources}
    kept = [status if status.key in configured else replace(status, next_due_at=None) for status in statuses]
    return sorted([*kept, *fresh], key=lambda status: status.key)


def _never_crawled(source: SourceSettings) -> SourceStatus:
    return SourceStatus(
        key=source.key,
        name=source.name,
        ad_hoc=False,
        articles=0,
        open_discoveries=0,
        feeds=0,
        failing_feeds=0,
        next_due_at=None,
    )


def _record(status: SourceStatus) -> Record:
    return {
        "key": status.key,
        "name": status.name,
        "articles": status.articles,
        "last_started_at": status.last_started_at,
        "last_finished_at": status.last_finished_at,
        "outcomes": {outcome.value: count for outcome, count in status.outcomes.items()},
        "open_discoveries": status.open_discoveries,
        "next_due_at": status.next_due_at,
        "last_stopped": status.last_stopped,
        "feeds": status.feeds,
        "failing_feeds": status.failing_feeds,
        "problems": list(status.problems),
        "lied_at": status.lied_at,
    }


def _print(statuses: Iterable[SourceStatus]) -> None:
    titles = ("source", "articles", "last crawl", "outcomes", "waiting", "next run", "problems")
    print_table(titles, [_row(status) for status in statuses])


def _last_crawl(status: SourceStatus) -> str:
    if status.last_finished_at is None:
        return f"{shown(status.last_started_at)} unfinished" if status.last_started_at else "-"
    return shown(status.last_finished_at) + (" stopped" if status.last_stopped else "")


def _problems(status: SourceStatus) -> str:
    failing = f"{status.failing_feeds} of {status.feeds} feeds failing" if status.failing_feeds else ""
    lies = f"says of edited pages that they did not change (found {shown(status.lied_at)})" if status.lied_at else ""
    return "; ".join(filter(None, (failing, lies, *status.problems))) or "-"


def _row(status: SourceStatus) -> tuple[str, ...]:
    return (
        status.key,
        str(status.articles),
        _last_crawl(status),
        outcome_words(status.outcomes) or "-",
        str(status.open_discoveries),
        shown(status.next_due_at),
        _problems(status),
    )
