"""``warraq articles``, ``show`` and ``history``: what the archive holds, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console

from commands.article_json import article_record, summary_record, version_record
from commands.finding import at_version, find
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, answer, format_option, say, write_record
from commands.render_article import print_article, print_articles, print_versions
from commands.settings import config_path, load
from commands.times import Moment
from storage.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from storage.queries import Queries


@click.command(cls=WarraqCommand, example="warraq articles --since 7d --limit 20")
@click.option("--source", metavar="KEY", help="Only articles of this source.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only articles first seen since: 2026-07-01, 36h, 7d.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the newest.")
@format_option()
@pass_invocation
def articles(
    invocation: Invocation, source: str | None, since: datetime | None, limit: int | None, answer_format: Format
) -> None:
    """List the articles of the archive, newest first."""
    with reading(invocation) as queries:
        if source is not None:
            _refuse_unknown(invocation, queries, source)
        found = queries.articles(source=source, since=since, limit=limit)
        answer(found, answer_format, record=summary_record, table=print_articles)


def _refuse_unknown(invocation: Invocation, queries: Queries, source: str) -> None:
    """A mistyped key must not look like a source without articles.

    Raises:
        NotFoundError: Neither the archive nor the configuration has a source of that key.
    """
    if any(status.key == source for status in queries.source_statuses()):
        return
    if config_path(invocation).exists() and any(known.key == source for known in load(invocation).sources):
        return
    raise NotFoundError(f"there is no source {source}", remedy="`warraq status` lists them", subject=source)


@click.command(cls=WarraqCommand, example="warraq show https://news.example/2026/07/a-headline --format json")
@click.argument("url_or_id", metavar="URL|ID")
@click.option("--version", "number", type=click.IntRange(min=1), metavar="N", help="This version, not the current one.")
@click.option("--as-of", type=Moment(), metavar="TIME", help="The version that was current then.")
@format_option()
@pass_invocation
def show(
    invocation: Invocation, url_or_id: str, number: int | None, as_of: datetime | None, answer_format: Format
) -> None:
    """Show one article, by any of its URLs or by the id of the article or of a version."""
    if number is not None and as_of is not None:
        raise click.UsageError("give either --version or --as-of")
    with reading(invocation) as queries:
        article = find(queries, url_or_id, as_of=as_of)
    if number is not None:
        article = at_version(article, number)
    if answer_format is Format.TABLE:
        print_article(Console(highlight=False), article)
    else:
        write_record(article_record(article), answer_format)


@click.command(cls=WarraqCommand, example="warraq history https://news.example/2026/07/a-headline")
@click.argument("url_or_id", metavar="URL|ID")
@format_option()
@pass_invocation
def history(invocation: Invocation, url_or_id: str, answer_format: Format) -> None:
    """List the versions of an article, oldest first, and what changed with each."""
    with reading(invocation) as queries:
        article = find(queries, url_or_id)
    answer(article.versions, answer_format, record=version_record, table=print_versions)
    if not article.versions:
        say(f"{article.url} has no version")
