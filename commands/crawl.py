"""``warraq crawl``: one crawl of sources or of single articles."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeAlias, TypedDict, Unpack

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.jobs import plan
from commands.logs import log_to_stderr
from commands.output import Format, answer, format_option, say
from commands.progress import watched
from commands.render_crawl import print_reports, report_record, summary
from commands.settings import load, remind_of_contact
from commands.times import Moment, now
from crawler.runner import Period, Recheck, run_loop
from crawler.runner import crawl as run_crawl
from crawler.session import crawling
from crawler.slots import CrawlSlots
from storage.errors import ConfigError, WarraqError
from storage.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from crawler.config import Settings
    from crawler.runner import CrawlContext, CrawlJob
    from storage.records_stored import CrawlReport

Result: TypeAlias = "CrawlReport | WarraqError"


class Scope(TypedDict):
    """How far a crawl goes."""

    every_source: bool
    limit: int | None
    recheck: str | None
    backfill: bool
    since: datetime | None
    until: datetime | None


@click.command(cls=WarraqCommand, example="warraq crawl example --limit 20")
@click.argument("wanted", metavar="[SOURCE_KEY|URL]...", nargs=-1)
@click.option("--all", "every_source", is_flag=True, help="Every source of the configuration.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Visit at most N articles a source.")
@click.option("--recheck", type=click.Choice(["due", "all"]), help="Visit known articles too: those due, or all.")
@click.option("--backfill", is_flag=True, help="Fill the archive back in time, instead of looking for what is new.")
@click.option("--since", type=Moment(), metavar="TIME", help="With --backfill: how far back, as 2016-01-01 or 90d.")
@click.option("--until", type=Moment(), metavar="TIME", help="With --backfill: up to when; else up to now.")
@format_option()
@pass_invocation
def crawl(
    invocation: Invocation,
    wanted: tuple[str, ...],
    answer_format: Format,
    **scope: Unpack[Scope],
) -> int:
    """Crawl sources by their keys, or single articles by their URLs, once.

    A URL outside every source is kept under a source named by its host. Ends with a table of what the visits came to.
    A backfill goes through sitemaps, the WordPress API and archives; stopped or killed, the same command goes on.
    """
    if bool(wanted) == scope["every_source"]:
        raise click.UsageError("name sources or URLs, or give --all")
    settings = load(invocation)
    if not wanted and not settings.sources:
        raise ConfigError(f"{settings.file} names no source", remedy="add one with `warraq add URL`")
    recheck = Recheck(scope["recheck"] or "none")
    jobs = plan(settings, wanted, limit=scope["limit"], recheck=recheck, backfill=_period(scope, wanted))
    log_to_stderr(level=logging.ERROR, debug=invocation.debug)
    ended, was_interrupted = run_loop(lambda: _crawl_all(settings, jobs), settings)
    if any(not isinstance(result, WarraqError) for _, result in ended):
        remind_of_contact(settings)
    _tell([result for _, result in ended], answer_format)
    if was_interrupted:
        raise KeyboardInterrupt
    return int(any(has_failed(job, result) for job, result in ended))


def _period(scope: Scope, wanted: Sequence[str]) -> Period | None:
    """The time that a backfill is for; None where none was asked for."""
    since, until = scope["since"], scope["until"]
    if not scope["backfill"]:
        if since or until:
            raise click.UsageError("--since and --until say how far a --backfill goes")
        return None
    if since is None:
        raise click.UsageError("--backfill needs --since, such as --since 2016-01-01")
    if since >= (until or now()):
        raise click.UsageError("--since must lie before --until, and before now")
    if scope["recheck"] or any("://" in word for word in wanted):
        raise click.UsageError("--backfill is for sources by their keys, and without --recheck")
    return Period(since, until)


async def _crawl_all(settings: Settings, jobs: Sequence[CrawlJob]) -> tuple[list[tuple[CrawlJob, Result]], bool]:
    """The crawls that were begun with what they came to, and whether a signal cut them short."""
    slots = CrawlSlots(may_interrupt=False)
    with watched() as progress:
        async with crawling(settings, clock=now, progress=progress) as context:
            crawls = {asyncio.create_task(_crawl_one(job, context, slots)): job for job in jobs}
            was_interrupted = await _ended(crawls)
    return [(job, task.result()) for task, job in crawls.items() if not task.cancelled()], was_interrupted


async def _ended(crawls: Collection[asyncio.Task[Result]]) -> bool:
    """Returns when all have ended; whether that is because this task was cancelled, and they with it."""
    try:
        await asyncio.wait(crawls)
    except asyncio.CancelledError:
        for task in crawls:
            task.cancel()
        await asyncio.wait(crawls)
        return True
    return False


async def _crawl_one(job: CrawlJob, context: CrawlContext, slots: CrawlSlots) -> Result:
    """The report of a crawl, or what made one impossible: the other sources are crawled all the same."""
    try:
        async with slots.slot():
            return await run_crawl(job, context)
    except WarraqError as error:
        return error


def _tell(results: Sequence[Result], answer_format: Format) -> None:
    """Sums up on standard error, a line a source and a line a problem; then the table of outcomes."""
    reports = [result for result in results if not isinstance(result, WarraqError)]
    for report in reports:
        say(summary(report))
        for problem in report.problems:
            say(f"warraq: {report.source_key}: {problem}")
    for result in results:
        if isinstance(result, WarraqError):
            say(f"warraq: error: {result}")
    answer(reports, answer_format, record=report_record, table=print_reports)


def has_failed(job: CrawlJob, result: Result) -> bool:
    """Whether a source could not be read at all, a URL asked for was refused or failed, or the crawl was cut short."""
    if isinstance(result, WarraqError) or result.stopped:
        return True
    if job.urls:
        return any(result.outcomes.get(outcome) for outcome in (Outcome.FAILED, Outcome.REFUSED))
    return result.feeds_read == 0 and result.feeds_failed > 0
