"""``warraq forget``: takes an article out of the archive."""

from __future__ import annotations

import getpass
import socket
import sys
from typing import TYPE_CHECKING

import click

from commands.finding import find
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import opened
from commands.output import say
from commands.times import shown
from pipeline.takedown import Asked, counts, finish, take_down
from storage.errors import ArchiveUnavailableError
from storage.queries import Queries
from storage.takedown_queries import TakedownQueries

if TYPE_CHECKING:
    from pipeline.takedown import Progress
    from storage.archive import Archive
    from storage.article_views import ArticleView
    from storage.records_takedown import TakedownCounts


@click.command(
    cls=WarraqCommand, example='warraq forget https://news.example/2026/07/a-headline --reason "court order 12/2026"'
)
@click.argument("names", metavar="[URL|ID]...", nargs=-1)
@click.option("--reason", metavar="TEXT", help="Why; it stays in the archive with the time.")
@click.option("--dry-run", is_flag=True, help="Tell what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--finish", "only_finish", is_flag=True, help="Go on with takedowns that were cut short or had to wait.")
@pass_invocation
def forget(
    invocation: Invocation, names: tuple[str, ...], reason: str | None, *, dry_run: bool, yes: bool, only_finish: bool
) -> None:
    """Take articles out of the archive for good: their texts, captures, pictures and whatever was made of them.

    What is left is the address, the time and the reason; they are never fetched again. docs/takedown.md says what is
    removed, and what is out of reach.
    """
    if only_finish == bool(names):
        raise click.UsageError("give either an article or --finish")
    if not only_finish and not dry_run and not (reason and reason.strip()):
        raise click.UsageError("give a --reason")
    with opened(invocation) as archive:
        queries = Queries(archive)
        found = {article.public_id: article for article in (find(queries, name) for name in names)}
        chosen = [each for each in found.values() if _is_asked_for(archive, each, is_sure=yes, dry_run=dry_run)]
        if names and not chosen:
            return
        asked = Asked((reason or "").strip(), f"{getpass.getuser()}@{socket.gethostname()}")
        for article in chosen:
            take_down(archive, TakedownQueries(archive).row_id(article.public_id), asked)
            say(f"{article.url} is withheld, and its texts are deleted")
        _tell(finish(archive, tell=say))


def _is_asked_for(archive: Archive, article: ArticleView, *, is_sure: bool, dry_run: bool) -> bool:
    """Whether to go on, after telling what would go."""
    if article.taken_down_at is not None:
        say(f"{article.url} was taken down on {shown(article.taken_down_at)}: {article.taken_down_reason}")
        return not dry_run
    if is_sure and not dry_run:
        return True
    if not (dry_run or sys.stdin.isatty()):
        raise click.UsageError("there is no terminal to ask on: say --yes")
    for line in _lines(article, counts(archive, TakedownQueries(archive).row_id(article.public_id))):
        say(line)
    return not dry_run and click.confirm("Take it out of the archive for good?", err=True)


def _lines(article: ArticleView, found: TakedownCounts) -> tuple[str, ...]:
    return (
        f"{article.url} ({article.public_id}), known under {len(article.urls)} addresses:",
        f"  {found.versions} versions and {found.extractions} extractions, with all that was made of them",
        f"  {found.pages} captures of its pages, {found.assets} of pictures that nothing else shows",
        f"  {found.feeds} captures of feeds and other lists that tell of it",
    )


def _tell(progress: Progress) -> None:
    if progress.erased:
        say(f"{progress.erased} captures overwritten")
    if progress.left:
        raise ArchiveUnavailableError(
            "not finished: " + "; ".join(progress.left),
            remedy="nothing is lost by running warraq forget --finish later",
        )
    say("nothing of it is left in the database or the WARC files; docs/takedown.md lists what is out of reach")
