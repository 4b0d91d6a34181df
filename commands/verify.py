"""``warraq verify``: is everything as it was archived?"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import ledger_settings, opened
from commands.output import Format, Record, answer, format_option, say
from commands.progress import steps_done
from commands.table import print_table
from crawler.ledger import plan_of
from storage.errors import LedgerError
from storage.findings import Finding, Tally
from storage.ledger_heads import known_key, raw_public_key, read_heads
from storage.verify import Against, steps
from storage.verify import verify as recompute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from crawler.ledger_settings import LedgerSettings
    from storage.archive import Archive
    from storage.ledger_heads import Head


@click.command(cls=WarraqCommand, example="warraq verify --head heads-of-last-year.jsonl")
@click.option(
    "--head",
    "kept",
    metavar="FILE",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tree heads that were kept elsewhere; may be repeated. Only they show that the whole log was not made anew.",
)
@click.option("--no-warc", is_flag=True, help="Leave the WARC files unread: a fraction of the time.")
@format_option()
@pass_invocation
def verify(invocation: Invocation, kept: tuple[Path, ...], answer_format: Format, *, no_warc: bool) -> int:
    """Recompute digests, ledger, tree heads, stamps and WARC records; name what was changed, removed or added.

    Ends with exit code 1 where anything was found. Memory does not grow with the archive.
    """
    tally = Tally()
    with opened(invocation) as archive:
        against = _against(ledger_settings(invocation), archive, kept)
        with _watched(archive, warc=not no_warc) as advance:
            found = _Counted(recompute(archive, against, tally, warc=not no_warc, advance=advance))
            answer(found, answer_format, record=_record, table=_print)
    _tell(tally, found.count, against, warc=not no_warc)
    return int(found.count > 0)


class _Counted:
    """Findings on their way out, counted."""

    def __init__(self, findings: Iterator[Finding]) -> None:
        self._findings = findings
        self.count = 0

    def __iter__(self) -> Iterator[Finding]:
        for finding in self._findings:
            self.count += 1
            yield finding


def _against(settings: LedgerSettings, archive: Archive, kept: Iterable[Path]) -> Against:
    plan = plan_of(settings, archive)
    key = known_key(plan.key)
    roots = settings.authority_roots.read_bytes() if settings.authority_roots else b""
    elsewhere = tuple(head for path in kept for head in _kept_heads(path))
    return Against(read_heads(plan.heads), elsewhere, raw_public_key(key) if key else None, roots)


def _kept_heads(path: Path) -> list[Head]:
    heads = read_heads(path).heads
    if not heads:
        raise LedgerError(
            f"{path} holds no tree head", remedy="give a copy of the archive's file of heads", subject=str(path)
        )
    return heads


@contextmanager
def _watched(archive: Archive, *, warc: bool) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with steps_done("verifying", steps(archive, warc=warc)) as advance:
        yield advance


def _record(finding: Finding) -> Record:
    return {"what": finding.what.value, "subject": finding.subject, "problem": finding.problem}


def _print(findings: Iterable[Finding]) -> None:
    rows = [(finding.what.value, finding.subject, finding.problem) for finding in findings]
    if rows:
        print_table(("what", "subject", "problem"), rows)


def _tell(tally: Tally, count: int, against: Against, *, warc: bool) -> None:
    read = f", {tally.captures:,} WARC records ({tally.warc_bytes:,} bytes)" if warc else ""
    say(f"{tally.leaves:,} leaves, {tally.heads:,} heads and {tally.stamps:,} stamps recomputed{read}")
    if tally.waiting:
        say(f"{tally.waiting:,} captures and versions wait for their leaf: nothing vouches for them yet")
    if tally.restated:
        say(f"{tally.restated:,} leaves vouch for what rows said before Warraq itself restated or merged them")
    if tally.unchecked_stamps:
        say("whose signature the stamps bear was not checked: set ledger.authority_roots")
    for withheld in tally.withheld:
        say(f"taken down at {withheld.at:%Y-%m-%d %H:%M:%S} UTC: {withheld.subject}")
    for note in tally.notes:
        say(note)
    if count:
        say(f"findings: {count:,}")
    elif against.kept:
        say("everything is as it was")
    else:
        say("internally consistent only: give --head FILE, a copy of the heads that was kept elsewhere")
