"""``warraq edits`` and ``gone``: what publishers changed, and what they took down."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from commands.finding import refuse_unknown_source
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import opened
from commands.output import Format, Record, answer, format_option
from commands.table import print_table
from commands.times import Moment, shown, shown_exactly
from storage.changes import Choice, read_edits, read_gone
from storage.records import EditClass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.changes import EditView, GoneView


@click.command(cls=WarraqCommand, example="warraq edits --since 7d --class substantive")
@click.option("--source", metavar="KEY", help="Only edits of this source's articles.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only edits seen since: 2026-07-01, 36h, 7d.")
@click.option("--class", "edit_class", type=click.Choice([each.value for each in EditClass]), help="Only this class.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the newest.")
@format_option()
@pass_invocation
def edits(
    invocation: Invocation,
    *,
    source: str | None,
    since: datetime | None,
    edit_class: str | None,
    limit: int | None,
    answer_format: Format,
) -> None:
    """List the edits of articles, newest first: how much each changed, and what it touched.

    warraq diff shows the words.
    """
    refuse_unknown_source(invocation, source)
    with opened(invocation) as archive:
        wanted = EditClass(edit_class) if edit_class else None
        found = read_edits(archive, Choice(source, since, limit), edit_class=wanted)
        answer(found, answer_format, record=_edit_record, table=_print_edits)


@click.command(cls=WarraqCommand, example="warraq gone --since 30d")
@click.option("--source", metavar="KEY", help="Only articles of this source.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only those gone since: 2026-07-01, 36h, 7d.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the latest.")
@format_option()
@pass_invocation
def gone(
    invocation: Invocation, *, source: str | None, since: datetime | None, limit: int | None, answer_format: Format
) -> None:
    """List the articles that their publishers removed, the latest first; warraq show gives what they said.

    An article is gone when a second look, hours after the first, found it absent too.
    """
    refuse_unknown_source(invocation, source)
    with opened(invocation) as archive:
        answer(read_gone(archive, Choice(source, since, limit)), answer_format, record=asdict, table=_print_gone)


def _edit_record(edit: EditView) -> Record:
    return {**asdict(edit), "flags": [flag.value for flag in edit.flags]}


def _print_edits(found: Iterable[EditView]) -> None:
    rows = (
        (
            edit.article_id,
            edit.source,
            shown_exactly(edit.edited_at),
            f"{edit.from_version} → {edit.to_version}",
            edit.edit_class or "-",
            f"+{edit.words_added} -{edit.words_removed}" if edit.edit_class else "-",
            _touched(edit) or "-",
            edit.new_title or "-",
            edit.url,
        )
        for edit in found
    )
    print_table(("id", "source", "edited", "versions", "class", "words", "touches", "title", "url"), rows)


def _touched(edit: EditView) -> str:
    also = (("headline test", edit.headline_test), ("revert", edit.reverts_to))
    return ", ".join([flag.value.replace("_", " ") for flag in edit.flags] + [name for name, holds in also if holds])


def _print_gone(found: Iterable[GoneView]) -> None:
    rows = (
        (
            each.article_id,
            each.source,
            shown(each.last_seen_at),
            shown(each.missing_since),
            shown(each.gone_at),
            each.reason or "-",
            each.title or "-",
            each.url,
        )
        for each in found
    )
    print_table(("id", "source", "last seen", "missing since", "gone", "reason", "title", "url"), rows)
