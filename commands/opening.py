"""The archive that a command line means, opened for reading."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from commands.settings import config_path, load
from commands.times import now
from storage.archive import Archive
from storage.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.invocation import Invocation


@contextmanager
def reading(invocation: Invocation) -> Iterator[Queries]:
    """The archive for reading. Without a configuration file ``--database`` (or WARRAQ_DATABASE) is enough.

    Raises:
        ConfigError: Nothing says where the archive is.
        ArchiveError: The archive cannot be opened.
    """
    archive = Archive.open(*archive_place(invocation), clock=now)
    try:
        yield Queries(archive)
    finally:
        archive.close()


def archive_place(invocation: Invocation) -> tuple[str, Path]:
    """The URL of the database and the directory of the WARC files."""
    database = invocation.database or os.environ.get("WARRAQ_DATABASE")
    if database and not invocation.config and not config_path(invocation).exists():
        return database, invocation.warc_dir or Path(os.environ.get("WARRAQ_WARC_DIR") or "warc")
    settings = load(invocation)
    return settings.archive.database, settings.archive.warc_dir
