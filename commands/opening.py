"""The archive that a command line means, opened for reading."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commands.settings import config_path, load, refuse_no_url
from commands.times import now
from crawler.ledger_settings import LedgerSettings
from storage.archive import Archive
from storage.engine import database_url
from storage.errors import ArchiveUnavailableError
from storage.queries import Queries
from storage.warc_store import WarcStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Place:
    """The URL of a database, the directory of its WARC files, and the fsspec URL of their store or nothing."""

    database: str
    warc_dir: Path
    warc_store: str = ""


@contextmanager
def reading(invocation: Invocation) -> Iterator[Queries]:
    """The archive for reading. Without a configuration file ``--database`` (or WARRAQ_DATABASE) is enough.

    Raises:
        ConfigError: Nothing says where the archive is.
        ArchiveError: The archive cannot be opened.
    """
    with opened(invocation) as archive:
        yield Queries(archive)


@contextmanager
def opened(invocation: Invocation) -> Iterator[Archive]:
    """The archive itself, as ``reading`` finds it.

    Raises:
        ConfigError: Nothing says where the archive is.
        ArchiveError: The archive cannot be opened.
    """
    place = archive_place(invocation)
    if _named_database(invocation):
        _refuse_missing(place.database)
    store = WarcStore(place.warc_store) if place.warc_store else None
    with closing(Archive.open(place.database, place.warc_dir, clock=now, store=store)) as archive:
        yield archive


def ledger_settings(invocation: Invocation) -> LedgerSettings:
    """How the archive's ledger is kept, by the configuration file, or as it is where there is none.

    Raises:
        ConfigError: The configuration cannot be used.
    """
    if _named_database(invocation) and not invocation.config and not config_path(invocation).exists():
        return LedgerSettings()
    return load(invocation).ledger


def _named_database(invocation: Invocation) -> str | None:
    return invocation.database or os.environ.get("WARRAQ_DATABASE")


def _refuse_missing(database: str) -> None:
    """A mistyped path must not come to be an empty archive that has no articles."""
    url = database_url(database)
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        raise ArchiveUnavailableError(
            f"there is no database {url.database}", remedy="correct the path, or crawl into it first", subject=database
        )


def archive_place(invocation: Invocation) -> Place:
    """Where the archive is, by the options, the environment or the configuration file."""
    database = _named_database(invocation)
    if database and not invocation.config and not config_path(invocation).exists():
        refuse_no_url(database)
        return Place(database, invocation.warc_dir or Path(os.environ.get("WARRAQ_WARC_DIR") or "warc"))
    settings = load(invocation).archive
    return Place(settings.database, settings.warc_dir, settings.warc_store)
