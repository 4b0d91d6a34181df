"""The proxy that warraq.toml names: where it is, and what is still ours to refuse when everything goes through it.

Behind a proxy we see no address but its own, so that the guard's work is the proxy's: it has to refuse private networks
by itself. What a URL names openly as such an address is refused here all the same.
"""

from __future__ import annotations

import base64
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from crawler.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.config import IpNetwork


class ProxyError(Exception):
    """The proxy cannot be reached, or does not let us through; the text says which, in one sentence."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. ``authorization`` is the value of ``Proxy-Authorization``, empty where there is none."""

    host: str
    port: int
    authorization: str

    @classmethod
    def named(cls, url: str) -> Self | None:
        """The proxy of a checked URL; None where it is empty."""
        if not url:
            return None
        parts = urlsplit(url)
        secret = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
        authorization = f"Basic {base64.b64encode(secret).decode()}" if parts.username else ""
        return cls(parts.hostname or "", parts.port or 0, authorization)

    @property
    def url(self) -> str:
        """Its URL without name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Proxy({self.url!r})"


def refusal_of_name(host: str, allow_networks: Sequence[IpNetwork]) -> str | None:
    """Why a host is refused by its name alone: an address in any spelling that the guard refuses, or localhost."""
    guard = Guard(allow_networks)  # the one on the reactor lets the proxy's own address through
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761 section 6.3
        name = "127.0.0.1"
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return next(filter(None, (guard.refusal_of_address(str(address[0])) for *_, address in found)), None)
