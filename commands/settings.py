"""The configuration that a command line means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from commands.output import say
from crawler.config import NO_CONTACT, Overrides, load_settings
from storage.errors import ConfigError

if TYPE_CHECKING:
    from commands.invocation import Invocation
    from crawler.config import Settings


def config_path(invocation: Invocation) -> Path:
    """The configuration file that is meant, whether or not it exists."""
    return invocation.config or Path(os.environ.get("WARRAQ_CONFIG") or "warraq.toml")


def load(invocation: Invocation) -> Settings:
    """The settings, the global options laid over the file.

    Raises:
        ConfigError: The file is missing or cannot be used; it holds every fault found.
    """
    overrides = Overrides(
        database=invocation.database, warc_dir=invocation.warc_dir, allow_networks=invocation.allow_networks
    )
    settings = load_settings(config_path(invocation), overrides)
    refuse_no_url(settings.archive.database)
    return settings


def remind_of_contact(settings: Settings) -> None:
    """Says on standard error that publishers cannot reach us, where the configuration names no contact."""
    if not settings.crawler.has_contact:
        say(f"warraq: {NO_CONTACT}")


def refuse_no_url(database: str) -> None:
    """Returns when the database is named by a URL: a word would come to be a file of that name, typing errors too.

    Raises:
        ConfigError: It is not.
    """
    if "://" not in database:
        raise ConfigError(
            f"{database} is not the URL of a database",
            remedy="write sqlite:///warraq.db or postgresql+psycopg://user@host/name",
            subject=database,
        )
