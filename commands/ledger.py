"""``warraq ledger``: the log over everything that was archived, and its signed heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.invocation import Invocation, Member, WarraqCommand, WarraqGroup, pass_invocation
from commands.opening import ledger_settings, opened
from commands.output import Format, Record, answer, format_option, say
from commands.table import print_table
from commands.times import now
from crawler.ledger import plan_of
from storage.ledger import append_waiting
from storage.ledger_heads import known_key, public_key_pem, raw_public_key, read_heads
from storage.ledger_keeper import LedgerKeeper
from storage.ledger_stamps import stamp_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.ledger_heads import Head, HeadLog, Stamp


@click.command(
    cls=WarraqGroup,
    example="warraq ledger head",
    members={
        "head": Member("commands.ledger:head", "Append what waits and sign a head over it now."),
        "heads": Member("commands.ledger:heads", "List the heads that were made, newest first."),
        "key": Member("commands.ledger:key", "Print the public key that checks the heads."),
    },
)
def ledger() -> None:
    """The ledger: a log over all captures and versions, in which nothing can be changed unnoticed."""


@click.command(cls=WarraqCommand, example="warraq ledger head >> elsewhere.txt")
@pass_invocation
def head(invocation: Invocation) -> None:
    """Append what waits to the ledger, sign a head over it, have it stamped and posted; print the last head.

    The head that is printed is a signed note; the file of heads holds it with its key and its stamp.
    """
    with opened(invocation) as archive:
        plan = plan_of(ledger_settings(invocation), archive)
        keeper = LedgerKeeper(archive, plan, now)
        append_waiting(archive)
        made = keeper.make_head(is_forced=True)
        keeper.send()
    log = read_heads(plan.heads)
    if not log.heads:
        say("the ledger is empty: nothing has been archived yet")
        return
    last = log.heads[-1]
    click.echo(last.note, nl=False)
    say(f"{'made' if made else 'nothing new since'} {last.made_at:%Y-%m-%d %H:%M:%S} UTC, kept in {plan.heads}")
    if plan.authority and last.digest not in log.stamps:
        say(f"not stamped yet by {plan.authority}: it is tried again with every crawl")


@click.command(cls=WarraqCommand, example="warraq ledger heads --format json")
@format_option()
@pass_invocation
def heads(invocation: Invocation, answer_format: Format) -> None:
    """List the heads that were made, newest first, with the time that an authority vouches for."""
    with opened(invocation) as archive:
        log = read_heads(plan_of(ledger_settings(invocation), archive).heads)
    rows = [(head, log.stamps.get(head.digest)) for head in reversed(log.heads)]
    answer(rows, answer_format, record=lambda row: _record(row, log), table=_print)


@click.command(cls=WarraqCommand, example="warraq ledger key")
@pass_invocation
def key(invocation: Invocation) -> None:
    """Print the public key, in PEM, that checks the heads: publish it where people can find it."""
    with opened(invocation) as archive:
        plan = plan_of(ledger_settings(invocation), archive)
    found = known_key(plan.key)
    if found is None:
        say(f"there is no {plan.key} yet: it is made with the first head")
        return
    click.echo(public_key_pem(raw_public_key(found)), nl=False)


def _record(row: tuple[Head, Stamp | None], log: HeadLog) -> Record:
    head, stamp = row
    return {
        "made_at": head.made_at,
        "leaves": head.size,
        "root": head.root.hex(),
        "stamped_at": stamp_time(stamp.response) if stamp else None,
        "authority": stamp.authority if stamp else None,
        "posted_at": log.posted.get(head.digest),
        "head": head.note,
    }


def _print(rows: Iterable[tuple[Head, Stamp | None]]) -> None:
    titles = ("made at (UTC)", "leaves", "root", "stamped at (UTC)")
    print_table(
        titles,
        (
            (
                f"{head.made_at:%Y-%m-%d %H:%M:%S}",
                str(head.size),
                head.root.hex()[:16],
                f"{stamp_time(stamp.response):%Y-%m-%d %H:%M:%S}" if stamp else "-",
            )
            for head, stamp in rows
        ),
    )
