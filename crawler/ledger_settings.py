"""``[ledger]`` of the configuration; apart from what keeps the ledger, so that reading it loads no database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from crawler.durations import parse_duration


def _check_service(url: str) -> str:
    parts = urlsplit(url)
    if url and not (parts.scheme in {"http", "https"} and parts.hostname):
        raise ValueError(f'"{url}" is not a URL that begins with http:// or https:// and names a host')
    return url


def _check_every(every: timedelta) -> timedelta:
    if every < timedelta(minutes=1):
        raise ValueError("must be a minute or more")
    return every


_Service = Annotated[str, AfterValidator(_check_service)]


class LedgerSettings(BaseModel):
    """How tree heads of the ledger are made and where they go.

    Attributes:
        every: How long after the last head another is made, where there are new leaves.
        heads: The file they are added to; None for the one beside the database.
        key: The file of the key that signs them; None for the one beside the database. Made where missing.
        authority: URL of an RFC 3161 authority that stamps each; empty for none.
        authority_roots: Certificates (PEM) that the authority's stamps are checked by; None checks only what they
            stamp, not who made them.
        webhook: URL that each is posted to; empty for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Annotated[timedelta, BeforeValidator(parse_duration), AfterValidator(_check_every)] = timedelta(hours=1)
    heads: Path | None = None
    key: Path | None = None
    authority: _Service = ""
    authority_roots: Path | None = None
    webhook: _Service = ""

    def anchored(self, home: Path) -> LedgerSettings:
        """The same with its paths made absolute: they start at the configuration file."""
        places = {name: getattr(self, name) for name in ("heads", "key", "authority_roots")}
        absolute = {name: home / place.expanduser() for name, place in places.items() if place is not None}
        return self.model_copy(update=absolute)
