"""``warraq export``: the archive, or a part of it, in the forms that other tools read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from commands.choosing import article_options
from commands.export_articles import CsvForm, export_parquet, export_text, print_articles
from commands.export_captures import export_captures
from commands.export_job import Job, asked
from commands.finding import refuse_unknown_source
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import opened
from commands.times import typed
from storage.export import ExportChoice
from storage.export_target import refuse_existing

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


class ExportFormat(StrEnum):
    """What an export can be."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    WARC = "warc"
    WACZ = "wacz"


_SUFFIXES = {ExportFormat.WARC: ".warc.gz", ExportFormat.WACZ: ".wacz"}
_TO_STDOUT = (ExportFormat.JSONL, ExportFormat.CSV)


@click.command(cls=WarraqCommand, example="warraq export --format csv --since 30d --output month.csv")
@click.option(
    "--format",
    "format_name",
    type=click.Choice([each.value for each in ExportFormat]),
    default=ExportFormat.JSONL.value,
    show_default=True,
    help="Articles (jsonl), a table of their versions (csv, parquet), or what was received of them (warc, wacz).",
)
@click.option(
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="The file (with parquet the directory) to make; else standard output, with jsonl and csv.",
)
@article_options
@click.option("--current-only", is_flag=True, help="Without the versions before the current one.")
@click.option("--bom", is_flag=True, help="With csv: begin with the mark by which Excel knows UTF-8.")
@click.option("--delimiter", type=click.Choice(list(_DELIMITERS)), help="With csv: what parts the cells, else comma.")
@pass_invocation
def export(
    invocation: Invocation,
    /,
    *,
    format_name: str,
    output: Path | None,
    bom: bool,
    delimiter: str | None,
    **chosen: Any,
) -> None:
    """Write articles with all their versions, or what was received of them, for other tools.

    What is written gets its name when it is whole; until then it is called PATH.part, and the same command given again
    goes on with it. Withheld articles are left out.
    """
    wanted = ExportFormat(format_name)
    _refuse_misfits(wanted, output, has_csv_options=bom or delimiter is not None)
    choice = ExportChoice(**chosen)
    refuse_unknown_source(invocation, choice.source)
    form = CsvForm(_DELIMITERS[delimiter or "comma"], has_bom=bom)
    with opened(invocation) as archive:
        if output is None:
            print_articles(archive, choice, form if wanted is ExportFormat.CSV else None)
            return
        words = _words(wanted, choice, delimiter, has_bom=bom)
        job = Job(archive, choice, output, asked(archive, words))
        if wanted is ExportFormat.JSONL:
            export_text(job, None)
        elif wanted is ExportFormat.CSV:
            export_text(job, form)
        elif wanted is ExportFormat.PARQUET:
            export_parquet(job)
        else:
            export_captures(job, is_package=wanted is ExportFormat.WACZ)


def _words(wanted: ExportFormat, choice: ExportChoice, delimiter: str | None, *, has_bom: bool) -> str:
    """The command as a person gives it, of which another one is another export."""
    options = {
        "format": wanted.value,
        "source": choice.source,
        "language": choice.language,
        "since": typed("since"),
        "until": typed("until"),
        "status": choice.status,
        "delimiter": delimiter,
    }
    flags = {"current-only": choice.current_only, "bom": has_bom}
    given = [f"--{name} {value}" for name, value in options.items() if value is not None]
    return " ".join(["warraq export", *given, *(f"--{name}" for name, is_set in flags.items() if is_set)])


def _refuse_misfits(wanted: ExportFormat, output: Path | None, *, has_csv_options: bool) -> None:
    if has_csv_options and wanted is not ExportFormat.CSV:
        raise click.UsageError("--bom and --delimiter go with --format csv")
    if output is None:
        if wanted not in _TO_STDOUT:
            raise click.UsageError(f"--format {wanted} goes with --output PATH")
        return
    suffix = _SUFFIXES.get(wanted, "")
    if not output.name.endswith(suffix):
        raise click.UsageError(f"--output {output}: tools know such files by their ending, {suffix}")
    refuse_existing(output)
