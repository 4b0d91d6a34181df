"""The archive that a command line means, opened for reading."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from commands.settings import config_path, load, refuse_no_url
from commands.times import now
from storage.archive import Archive
from storage.engine import database_url
from storage.errors import ArchiveUnavailableError
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
    database, warc_dir = archive_place(invocation)
    if _named_database(invocation):
        _refuse_missing(database)
    with closing(Archive.open(database, warc_dir, clock=now)) as archive:
        yield Queries(archive)


def _named_database(invocation: Invocation) -> str | None:
    return invocation.database or os.environ.get("WARRAQ_DATABASE")


def _refuse_missing(database: str) -> None:
    """A mistyped path must not come to be an empty archive that has no articles."""
    url = database_url(database)
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        raise ArchiveUnavailableError(
            f"there is no database {url.database}", remedy="correct the path, or crawl into it first", subject=database
        )


def archive_place(invocation: Invocation) -> tuple[str, Path]:
    """The URL of the database and the directory of the WARC files."""
    database = _named_database(invocation)
    if database and not invocation.config and not config_path(invocation).exists():
        refuse_no_url(database)
        return database, invocation.warc_dir or Path(os.environ.get("WARRAQ_WARC_DIR") or "warc")
    settings = load(invocation)
    return settings.archive.database, settings.archive.warc_dir
