"""``warraq export``: the whole archive as JSON lines."""

from __future__ import annotations

import click

from commands.article_json import article_record
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, format_option, write_records


@click.command(cls=WarraqCommand, example="warraq export --format jsonl > archive.jsonl")
@format_option(Format.JSONL, choices=(Format.JSONL,))
@pass_invocation
def export(invocation: Invocation, answer_format: Format) -> None:
    """Write every article with the text of all its versions, one line an article, as ``show --format json`` has it."""
    with reading(invocation) as queries:
        write_records((article_record(article, with_texts=True) for article in queries.export()), answer_format)
