"""The only way out of a rendered page: an HTTP proxy on loopback that connects to nothing the guard refuses.

The browser resolves no name and opens no connection of its own. Every host it names is looked up here, once, and the
connection goes to the address that was judged, so that a name cannot lead elsewhere in between (DNS rebinding). Each
connection takes the host's turn and counts against the page's budget. What is inside a CONNECT tunnel is not seen.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.politeness import HostHeldError
from storage.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from crawler.guard import GuardedResolver

_log = logging.getLogger(__name__)
_HEAD_BYTES = 64 * 1024
_HEAD_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 64 * 1024
_HTTP_PORT = 80
_HTTPS_PORT = 443
_HOP_FIELDS = (b"connection:", b"proxy-connection:", b"proxy-authorization:", b"keep-alive:")


class _RefusedError(Exception):
    """The proxy answers with a status instead of connecting."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


@dataclass(slots=True)
class Budget:
    """What one page may still take from the network, and what it took."""

    connections: int
    bytes_left: int
    received_bytes: int = 0

    def take_connection(self) -> bool:
        """Whether one more may be opened; it counts."""
        self.connections -= 1
        return self.connections >= 0 and self.bytes_left > 0

    def take_bytes(self, count: int) -> bool:
        """Whether that many more may be received; they count."""
        self.received_bytes += count
        self.bytes_left -= count
        return self.bytes_left >= 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where the browser wants to go; ``head`` is what the server is sent first, None for a tunnel."""

    host: str
    port: int
    head: bytes | None

    @property
    def key(self) -> str:
        """What the host's politeness is counted by, as in ``crawler.politeness.host_key``."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (_HTTPS_PORT if self.head is None else _HTTP_PORT) else f"{name}:{self.port}"


@dataclass(slots=True)
class PageProxy:
    """The proxy of one page.

    Args:
        resolver: Looks hosts up, and leaves out the addresses that the guard refuses.
        turn: Waits for the turn of a host, which ends with the block.
        budget: What the page may take.
    """

    resolver: GuardedResolver
    turn: Callable[[str], AbstractAsyncContextManager[None]]
    budget: Budget
    url: str = ""
    refused: set[str] = field(default_factory=set)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serves at ``url`` until the block ends; then every connection is cut."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_BYTES)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._carry(reader, writer)
        except _RefusedError as refusal:
            writer.write(
                f"HTTP/1.1 {refusal.status} {refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            _log.debug("a page's connection ended: %r", error)
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = _asked(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_SECONDS))
        if asked is None:
            raise _RefusedError(400, "Bad Request")
        if not self.budget.take_connection():
            raise _RefusedError(403, "Budget Spent")
        try:
            async with self.turn(asked.key):
                answer, request = await self._connect(asked)
                try:
                    await self._relay(asked, (reader, writer), (answer, request))
                finally:
                    request.close()
        except (HostHeldError, ArchiveError):  # where the archive cannot be used, the visit ends the crawl
            raise _RefusedError(503, "Host Held") from None

    async def _connect(self, asked: _Asked) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to an address of the host that was judged just now, and to no other."""
        addresses = await asyncio.wait_for(self.resolver.addresses(asked.host), _CONNECT_SECONDS)
        refusal = self.resolver.guard.refusal_of_host(asked.host)
        if refusal:
            self.refused.add(refusal)
            raise _RefusedError(403, "Refused By The Guard")
        for address in addresses:
            with suppress(OSError, TimeoutError):
                return await asyncio.wait_for(asyncio.open_connection(address, asked.port), _CONNECT_SECONDS)
        raise _RefusedError(502, "Not Reached")

    async def _relay(
        self,
        asked: _Asked,
        browser: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        if asked.head is None:
            browser[1].write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        else:
            server[1].write(asked.head)
        sending = asyncio.ensure_future(_pump(browser[0], server[1], lambda _: True))
        try:
            await _pump(server[0], browser[1], self.budget.take_bytes)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_pass: Callable[[int], bool]) -> None:
    """Passes on what comes, to its end or until it may not."""
    while data := await reader.read(_CHUNK_BYTES):
        if not may_pass(len(data)):
            return
        writer.write(data)
        await writer.drain()


def _asked(head: bytes) -> _Asked | None:
    """What the head of a proxied request asks for (RFC 9112 section 3.2); None where it is no such request."""
    first, *fields = head[:-4].split(b"\r\n")
    try:
        method, target, protocol = first.decode("ascii").split(" ")
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or protocol != "HTTP/1.1":
        return None
    if method == "CONNECT":
        return _Asked(host, port, None) if port else None
    if parts.scheme != "http":
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # One request a connection: a second one could name another host, which nobody would have judged.
    kept = [line for line in fields if not line.lower().startswith(_HOP_FIELDS)]
    lines = [f"{method} {path} {protocol}".encode(), *kept, b"Connection: close"]
    return _Asked(host, port or _HTTP_PORT, b"\r\n".join(lines) + b"\r\n\r\n")
