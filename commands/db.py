"""``warraq db``: the database itself."""

from __future__ import annotations

import click

from commands.invocation import Invocation, Member, WarraqCommand, WarraqGroup, pass_invocation
from commands.opening import archive_place
from commands.output import say
from storage.access import grant_reader as grant
from storage.engine import connect
from storage.migrate import migrate as migrate_database


@click.command(
    cls=WarraqGroup,
    example="warraq db migrate",
    members={
        "migrate": Member("commands.db:migrate", "Bring the database's tables to this release."),
        "url": Member("commands.db:url", "Print the URL of the database."),
        "grant-reader": Member("commands.db:grant_reader", "Let a PostgreSQL role read the archive, and no more."),
    },
)
def db() -> None:
    """Look after the database."""


@click.command(cls=WarraqCommand, example="warraq db migrate")
@pass_invocation
def migrate(invocation: Invocation) -> None:
    """Bring the database's tables to this release; one that is there already keeps them as they are."""
    database = archive_place(invocation).database
    before, after = migrate_database(connect(database))
    say(f"step {after} already" if before == after else f"migrated from {before or 'nothing'} to step {after}")


@click.command(cls=WarraqCommand, example="warraq db url")
@pass_invocation
def url(invocation: Invocation) -> None:
    """Print the URL of the database, for other programs; a password in it is printed too."""
    database = archive_place(invocation).database
    click.echo(database)


@click.command(cls=WarraqCommand, example="warraq db grant-reader newsdesk")
@click.argument("name")
@pass_invocation
def grant_reader(invocation: Invocation, name: str) -> None:
    """Let the PostgreSQL role NAME read every table and view, now and after migrations, and change nothing.

    A role that does not exist is made; give it a password with psql.
    """
    database = archive_place(invocation).database
    made = grant(connect(database), name)
    say(f"role {name} {'was made and ' if made else ''}may read the archive")
