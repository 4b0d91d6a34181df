"""``warraq crawl``: one crawl of sources or of single articles."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.jobs import plan
from commands.logs import log_to_stderr
from commands.output import Format, answer, format_option, say
from commands.progress import watched
from commands.render_crawl import print_reports, report_record, summary
from commands.settings import load
from commands.times import now
from crawler.runner import Recheck, run_loop
from crawler.runner import crawl as run_crawl
from crawler.session import crawling
from storage.errors import WarraqError
from storage.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import Settings
    from crawler.runner import CrawlContext, CrawlJob
    from storage.records import CrawlReport

# As many as the daemon runs at once; each takes memory and connections.
_CRAWLS_AT_ONCE = 16


class Scope(TypedDict):
    """How far a crawl goes."""

    every_source: bool
    limit: int | None
    recheck: str | None


@click.command(cls=WarraqCommand, example="warraq crawl example --limit 20")
@click.argument("wanted", metavar="[SOURCE_KEY|URL]...", nargs=-1)
@click.option("--all", "every_source", is_flag=True, help="Every source of the configuration.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Visit at most N articles a source.")
@click.option("--recheck", type=click.Choice(["due", "all"]), help="Visit known articles too: those due, or all.")
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
    """
    if bool(wanted) == scope["every_source"]:
        raise click.UsageError("name sources or URLs, or give --all")
    settings = load(invocation)
    jobs = plan(settings, wanted, limit=scope["limit"], recheck=Recheck(scope["recheck"] or "none"))
    log_to_stderr(level=logging.ERROR, debug=invocation.debug)
    results = run_loop(lambda: _crawl_all(settings, jobs), settings)
    _tell(results, answer_format)
    return int(any(has_failed(job, result) for job, result in zip(jobs, results, strict=True)))


async def _crawl_all(settings: Settings, jobs: Sequence[CrawlJob]) -> list[CrawlReport | WarraqError]:
    slots = asyncio.Semaphore(_CRAWLS_AT_ONCE)
    with watched() as progress:
        async with crawling(settings, clock=now, progress=progress) as context:
            return await asyncio.gather(*(_crawl_one(job, context, slots) for job in jobs))


async def _crawl_one(job: CrawlJob, context: CrawlContext, slots: asyncio.Semaphore) -> CrawlReport | WarraqError:
    """The report of a crawl, or what made one impossible: the other sources are crawled all the same."""
    try:
        async with slots:
            return await run_crawl(job, context)
    except WarraqError as error:
        return error


def _tell(results: Sequence[CrawlReport | WarraqError], answer_format: Format) -> None:
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


def has_failed(job: CrawlJob, result: CrawlReport | WarraqError) -> bool:
    """Whether a source could not be read at all, or a URL asked for was refused or failed."""
    if isinstance(result, WarraqError):
        return True
    if job.urls:
        return any(result.outcomes.get(outcome) for outcome in (Outcome.FAILED, Outcome.REFUSED))
    return result.feeds_read == 0 and result.feeds_failed > 0
