"""``warraq status``: the last crawl and the next run of each source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, Record, answer, format_option, say
from commands.render_crawl import outcome_words
from commands.table import print_table
from commands.times import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.queries import SourceStatus


@click.command(cls=WarraqCommand, example="warraq status")
@format_option()
@pass_invocation
def status(invocation: Invocation, answer_format: Format) -> None:
    """Show the last crawl and the next run of each source, one line a source, with what went wrong."""
    with reading(invocation) as queries:
        statuses = queries.source_statuses()
    answer(statuses, answer_format, record=_record, table=_print)
    if not statuses:
        say("nothing was crawled yet: start with `warraq crawl --all`, or `warraq run`")


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
        "problems": list(status.problems),
    }


def _print(statuses: Iterable[SourceStatus]) -> None:
    titles = ("source", "articles", "last crawl", "outcomes", "waiting", "next run", "problems")
    print_table(titles, [_row(status) for status in statuses])


def _row(status: SourceStatus) -> tuple[str, ...]:
    return (
        status.key,
        str(status.articles),
        shown(status.last_finished_at or status.last_started_at),
        outcome_words(status.outcomes) or "-",
        str(status.open_discoveries),
        shown(status.next_due_at),
        "; ".join(status.problems) or "-",
    )
