"""``warraq copies``: who carries whose text."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.finding import find
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, answer, format_option, say
from commands.table import print_table
from commands.times import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.copy_queries import CopyView, SourcePair


@click.command(cls=WarraqCommand, example="warraq copies --since 30d")
@click.argument("url_or_id", metavar="[URL|ID]", required=False)
@click.option("--source", metavar="KEY", help="Only pairs that this source is one of.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only copies found since: 2026-07-01, 36h, 7d.")
@format_option()
@pass_invocation
def copies(
    invocation: Invocation, url_or_id: str | None, source: str | None, since: datetime | None, answer_format: Format
) -> None:
    """List the copies of an article; without one, which sources carry whose articles.

    An article's copies stand beside the original, the earliest published, with the share of the shorter text that both
    have and how much later it was carried.
    """
    if url_or_id and (source or since):
        raise click.UsageError("give either an article, or --source and --since")
    with reading(invocation) as queries:
        if url_or_id is None:
            pairs = queries.who_copies_whom(source=source, since=since)
            answer(pairs, answer_format, record=asdict, table=_print_pairs)
            return
        article = find(queries, url_or_id)
        found = queries.copies_of(article.public_id)
    answer(found, answer_format, record=asdict, table=_print_copies)
    if not found:
        say(f"{article.url} has no copies and copies nothing, as far as the archive knows")


def _print_copies(found: Iterable[CopyView]) -> None:
    rows = (
        (each.kind.value, f"{each.share_of_text:.0%}", _later(each.hours_later), each.url, each.original_url)
        for each in found
    )
    print_table(("kind", "share", "later", "url", "original"), rows)


def _print_pairs(pairs: Iterable[SourcePair]) -> None:
    rows = (
        (pair.source, pair.original_source, str(pair.articles), _later(pair.hours_later), f"{pair.share_of_text:.0%}")
        for pair in pairs
    )
    print_table(("source", "carries", "articles", "later", "share"), rows)


def _later(hours: float | None) -> str:
    return "-" if hours is None else f"{hours:.1f} h"
