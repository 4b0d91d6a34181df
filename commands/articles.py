"""``warraq articles``, ``show`` and ``history``: what the archive holds, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console

from commands.article_json import article_record, summary_record, version_record
from commands.article_markdown import article_markdown
from commands.finding import at_version, find, refuse_unknown_source
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, answer, format_option, say, write_record
from commands.render_article import print_article, print_articles, print_versions
from commands.times import Moment, shown

if TYPE_CHECKING:
    from datetime import datetime


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
    refuse_unknown_source(invocation, source)
    with reading(invocation) as queries:
        found = queries.articles(source=source, since=since, limit=limit)
        answer(found, answer_format, record=summary_record, table=print_articles)


@click.command(cls=WarraqCommand, example="warraq show https://news.example/2026/07/a-headline --format json")
@click.argument("url_or_id", metavar="URL|ID")
@click.option("--version", "number", type=click.IntRange(min=1), metavar="N", help="This version, not the current one.")
@click.option("--as-of", type=Moment(), metavar="TIME", help="The version that was current then.")
@format_option(choices=tuple(Format))
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
    elif answer_format is Format.MARKDOWN:
        click.echo(article_markdown(article), nl=False)
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
    if article.taken_down_at is not None:
        say(f"{article.url} was taken down on {shown(article.taken_down_at)}: {article.taken_down_reason}")
    elif not article.versions:
        say(f"{article.url} has no version")
