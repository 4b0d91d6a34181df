"""``warraq db``: the database itself."""

from __future__ import annotations

from contextlib import closing

import click

from commands.invocation import Invocation, Member, WarraqCommand, WarraqGroup, pass_invocation
from commands.opening import archive_place, opened
from commands.output import say
from commands.times import now
from pipeline.indexing import index_anew, index_missing
from pipeline.steps import measure_missing
from storage.access import grant_reader as grant
from storage.archive import Archive
from storage.engine import connect
from storage.migrate import migrate as migrate_database


@click.command(
    cls=WarraqGroup,
    example="warraq db migrate",
    members={
        "migrate": Member("commands.db:migrate", "Bring the database's tables to this release."),
        "reindex": Member("commands.db:reindex", "Make the search index again."),
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
    place = archive_place(invocation)
    before, after = migrate_database(connect(place.database))
    say(f"step {after} already" if before == after else f"migrated from {before or 'nothing'} to step {after}")
    with closing(Archive.open(place.database, place.warc_dir, clock=now)) as archive:
        if count := measure_missing(archive):
            say(f"measured the edits of {count} article{'' if count == 1 else 's'}")
        if count := index_missing(archive, tell=_Every(10_000)):
            say(f"indexed {count} version{'' if count == 1 else 's'} for the search")


@click.command(cls=WarraqCommand, example="warraq db reindex")
@pass_invocation
def reindex(invocation: Invocation) -> None:
    """Make the search index again, of every version; searches and crawls go on meanwhile."""
    with opened(invocation) as archive:
        count = index_anew(archive, tell=_Every(10_000))
    say(f"indexed {count} version{'' if count == 1 else 's'} for the search")


class _Every:
    """Says how far the indexing has come, each time it passes another so many."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._told = 0

    def __call__(self, count: int) -> None:
        if count // self._step > self._told:
            self._told = count // self._step
            say(f"{count} versions indexed so far")


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
