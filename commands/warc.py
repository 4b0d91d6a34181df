"""``warraq warc``: the WARC files themselves."""

from __future__ import annotations

from datetime import UTC, time

import click

from commands.invocation import Invocation, Member, WarraqCommand, WarraqGroup, pass_invocation
from commands.opening import archive_place, opened
from commands.output import say
from commands.times import now
from storage.errors import ArchiveUnavailableError, ConfigError
from storage.repack import repack as repack_files
from storage.warc_store import WarcStore


@click.command(
    cls=WarraqGroup,
    example="warraq warc repack",
    members={
        "repack": Member("commands.warc:repack", "Make finished WARC files smaller."),
        "upload": Member("commands.warc:upload", "Send finished WARC files to the store."),
    },
)
def warc() -> None:
    """Look after the WARC files."""


@click.command(cls=WarraqCommand, example="warraq warc repack")
@pass_invocation
def repack(invocation: Invocation) -> None:
    """Repack the WARC files of past days with zstd: one file a source and day, with a dictionary of that source.

    Files that are still written, and those that went to the store already, are left as they are.
    """
    today = now().astimezone(UTC).date()
    with opened(invocation) as archive:
        done = repack_files(archive, before=now().combine(today, time(), UTC))
    size = f"{done.bytes_before:,} to {done.bytes_after:,} bytes"
    say(f"{done.captures} captures repacked into {done.files_made} files, {done.files_removed} removed: {size}")


@click.command(cls=WarraqCommand, example="warraq warc upload")
@pass_invocation
def upload(invocation: Invocation) -> None:
    """Send finished WARC files to the store of the configuration now; crawls and the daemon do so by themselves."""
    place = archive_place(invocation)
    if not place.warc_store:
        raise ConfigError("no store is configured", remedy="set archive.warc_store in warraq.toml")
    uploaded = WarcStore(place.warc_store).upload_finished(place.warc_dir)
    if uploaded.problem:
        raise ArchiveUnavailableError(
            f"{uploaded.problem}; {uploaded.waiting} files wait in {place.warc_dir}", remedy="check the store"
        )
    say(f"{uploaded.files} files uploaded, {uploaded.bytes:,} bytes")
