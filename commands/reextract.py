"""``warraq reextract``: stored captures, read again by today's extractor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import opened
from commands.output import Format, Record, answer, format_option, say
from commands.table import print_table
from commands.times import Moment
from pipeline.extract import RELEASE
from pipeline.reextract import Comparison, Difference, Selection, roll_back
from pipeline.reextract import reextract as read_again
from pipeline.workers import ExtractionPool

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from storage.archive import Archive

# As `[workers]` of a new warraq.toml has them; the command works without one, when --database names the archive.
_WORKERS = 2
_PAGE_SECONDS = 20
_PAGE_BYTES = 1 << 30


@click.command(cls=WarraqCommand, example="warraq reextract --compare --since 30d")
@click.option("--source", metavar="KEY", help="Only captures of this source.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only captures of that time or later.")
@click.option("--compare", is_flag=True, help="Tell what would change, and write nothing.")
@click.option("--roll-back", "release", metavar="RELEASE", help="Choose the extractions of this earlier release again.")
@format_option()
@pass_invocation
def reextract(
    invocation: Invocation,
    source: str | None,
    since: datetime | None,
    *,
    compare: bool,
    release: str | None,
    answer_format: Format,
) -> None:
    """Read stored captures again with today's extractor; what was read before is kept, and no version is made.

    May be stopped and started again: a capture that today's release has read is not read twice.
    """
    if compare and release:
        raise click.UsageError("--compare and --roll-back exclude each other")
    selection = Selection(source, since)
    with opened(invocation) as archive:
        if release:
            say(f"{roll_back(archive, release, selection)} captures have their extraction by {release} again")
            return
        found = _read(archive, selection, is_kept=not compare)
    answer(
        (each for each in found if each.difference is not Difference.SAME), answer_format, record=_record, table=_print
    )
    counts = ", ".join(f"{sum(each.difference is kind for each in found)} {kind}" for kind in Difference)
    say(f"{len(found)} captures read by {RELEASE}: {counts}{'; nothing was written' if compare else ''}")


def _read(archive: Archive, selection: Selection, *, is_kept: bool) -> list[Comparison]:
    found: list[Comparison] = []
    pool = ExtractionPool(_WORKERS, page_timeout_seconds=_PAGE_SECONDS, memory_bytes=_PAGE_BYTES)
    try:
        asyncio.run(read_again(archive, pool, selection, is_kept=is_kept, tell=found.append))
    finally:
        pool.close()
    return found


def _record(comparison: Comparison) -> Record:
    return {
        "url": comparison.url,
        "difference": comparison.difference.value,
        "agreement": round(comparison.agreement, 3),
        "words_before": comparison.words_before,
        "words_now": comparison.words_now,
    }


def _print(comparisons: Iterable[Comparison]) -> None:
    titles = ("capture", "difference", "agreement", "words before", "words now")
    rows = [
        (each.url, each.difference.value, f"{each.agreement:.2f}", str(each.words_before), str(each.words_now))
        for each in comparisons
    ]
    print_table(titles, rows)
