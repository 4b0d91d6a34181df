"""``warraq db``: the database itself."""

from __future__ import annotations

import click

from commands.invocation import Invocation, Member, WarraqCommand, WarraqGroup, pass_invocation
from commands.opening import archive_place
from commands.output import say
from storage.engine import connect
from storage.migrate import migrate as migrate_database


@click.command(
    cls=WarraqGroup,
    example="warraq db migrate",
    members={
        "migrate": Member("commands.db:migrate", "Bring the database's tables to this release."),
        "url": Member("commands.db:url", "Print the URL of the database."),
    },
)
def db() -> None:
    """Look after the database."""


@click.command(cls=WarraqCommand, example="warraq db migrate")
@pass_invocation
def migrate(invocation: Invocation) -> None:
    """Bring the database's tables to this release; one that is there already keeps them as they are."""
    database, _ = archive_place(invocation)
    before, after = migrate_database(connect(database))
    say(f"step {after} already" if before == after else f"migrated from {before or 'nothing'} to step {after}")


@click.command(cls=WarraqCommand, example="warraq db url")
@pass_invocation
def url(invocation: Invocation) -> None:
    """Print the URL of the database, for other programs; a password in it is printed too."""
    database, _ = archive_place(invocation)
    click.echo(database)
