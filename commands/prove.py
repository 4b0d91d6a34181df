"""``warraq prove``: one article, for somebody who trusts neither the archive nor Warraq."""

from __future__ import annotations

from pathlib import Path

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import ledger_settings, opened
from commands.output import say
from commands.times import now, shown
from crawler.ledger import plan_of
from storage.errors import ConfigError, NotFoundError
from storage.ledger import append_waiting
from storage.ledger_heads import read_heads
from storage.ledger_keeper import LedgerKeeper
from storage.proof.bundle import write_proof
from storage.queries import Queries


@click.command(cls=WarraqCommand, example="warraq prove https://news.example/2026/07/one --output proof.zip")
@click.argument("wanted", metavar="URL|ID")
@click.option(
    "--output",
    metavar="DIR|FILE.zip",
    type=click.Path(path_type=Path),
    help="Where to write it, which must not exist yet; else a directory here named after the article.",
)
@pass_invocation
def prove(invocation: Invocation, wanted: str, output: Path | None) -> None:
    """Write what a stranger needs to check one article offline, with a script that needs nothing but Python.

    Its WARC records, its texts, and for each the first head of the ledger (a stamped one, where there is one) that
    has it. What has no leaf or head yet gets one first.
    """
    with opened(invocation) as archive:
        view = Queries(archive).find(wanted)
        if view.taken_down_at is not None:
            raise NotFoundError(
                f"{view.url} was taken down on {shown(view.taken_down_at)}: nothing of it is left to be proven",
                subject=view.url,
            )
        target = output or Path(f"proof-{view.public_id}")
        if target.exists():
            raise ConfigError(f"{target} exists already", remedy="name another place with --output")
        plan = plan_of(ledger_settings(invocation), archive)
        keeper = LedgerKeeper(archive, plan, now)
        append_waiting(archive)
        keeper.make_head(is_forced=True)
        keeper.send()
        log = read_heads(plan.heads)
        made = write_proof(archive, view.public_id, log, target, now())
    for told in made.missing:
        say(f"not in it: {told}")
    if not made.stamped_heads:
        say("no authority has stamped a head: the proof shows that nothing was changed, but not since when")
    say(f"{target}: {made.captures} captures, {made.versions} versions, {made.leaves} leaves; its README.txt says how")
