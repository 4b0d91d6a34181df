"""The server of all cases: one port on every loopback address, and an address for each case.

`127.1.0.0/16` are the cases. Whoever connects to any other address of this machine has got round the guard: that is
counted as a breach.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tests.hostile.case import FEED, ROBOTS, Answer, Case
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

NETWORK = "127.1.0.0/16"
FEED_ADDRESS = "127.1.255.1"
AGAIN_ADDRESS = "127.1.255.2"
_IDLE_SECONDS = 30.0
_SEND_BUFFER_BYTES = 65_536
_LONGEST_HEAD_BYTES = 1_000_000
_LINGER_NOT = struct.pack("ii", 1, 0)
_FILLED_BYTES = 1_000_000
_TLS_HELLO = b"\x16"
_NO_BODY = frozenset({204, 304})


@dataclass(slots=True)
class Record:
    """What was asked of one case, and what it cost."""

    requests: Counter[str] = field(default_factory=Counter)
    longest_seconds: float = 0.0
    sent_bytes: int = 0

    def asked(self, *, without: Iterable[str]) -> int:
        """How many requests there were, but for those paths."""
        left_out = set(without)
        return sum(count for path, count in self.requests.items() if path not in left_out)


@dataclass(slots=True)
class _Exchange:
    """One request and its answer, on a connection that may serve more."""

    server: HostileServer
    address: str
    path: str
    headers: Mapping[str, str]
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: int = 0
    keeps_open: bool = False

    @property
    def crawls(self) -> int:
        return self.server.crawls

    def fill(self, text: str) -> str:
        return self.server.fill(text, self.address)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # the endless must leave the others their turn
        self.sent += len(data)

    async def reply(self, reply: Reply) -> None:
        body = reply.body
        if len(body) < _FILLED_BYTES and b"{" in body and not reply.header("Content-Encoding"):
            body = self.fill(body.decode("latin-1")).encode("latin-1")
        length = len(body) if reply.length is None else reply.length
        lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
        lines += [f"{name}: {self.fill(value)}" for name, value in reply.headers]
        if reply.status not in _NO_BODY and not reply.header("Transfer-Encoding"):
            lines.append(f"Content-Length: {length}")
        self.keeps_open = length == len(body) and not reply.header("Connection")
        if not self.keeps_open and not reply.header("Connection"):
            lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
        await self.send(head + (b"" if reply.status in _NO_BODY else body))

    async def wait(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            return bool(await asyncio.wait_for(self.reader.read(1), seconds))
        return True

    def reset(self) -> None:
        opened: socket.socket | None = self.writer.get_extra_info("socket")
        if opened is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.writer.transport.abort()


class HostileServer:
    """Serves cases while it is open; a context manager.

    Args:
        cases: What to serve, each at its own address.
        certificate: For the cases that are served by https.
    """

    def __init__(self, cases: Sequence[Case], certificate: Path | None = None) -> None:
        self.crawls = 1
        self.breaches: list[str] = []
        self.records: dict[str, Record] = {}
        self.port = self.tls_port = 0
        self._addresses = {case.name: f"127.1.{number // 250}.{number % 250 + 1}" for number, case in enumerate(cases)}
        self._cases = {self._addresses[case.name]: case for case in cases}
        self._certificate = certificate
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self) -> None:
        first = await asyncio.start_server(self._serve, "0.0.0.0", 0, backlog=512, limit=_LONGEST_HEAD_BYTES)
        self.port = first.sockets[0].getsockname()[1]
        self._servers.append(first)
        if socket.has_ipv6:
            with contextlib.suppress(OSError):
                self._servers.append(await asyncio.start_server(self._serve, "::", self.port))
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
            self._servers.append(await asyncio.start_server(self._serve, "0.0.0.0", 0, ssl=context))
            self.tls_port = self._servers[-1].sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # Where the cases are

    def base(self, address: str) -> str:
        """The URL before a path at an address."""
        scheme = "https" if self._is_tls(address) else "http"
        return f"{scheme}://{address}:{self.port_of(address)}"

    def port_of(self, address: str) -> int:
        """The port of an address."""
        return self.tls_port if self._is_tls(address) else self.port

    def _is_tls(self, address: str) -> bool:
        case = self._cases.get(address)
        return case is not None and case.tls

    def address(self, case: Case) -> str:
        """The case's own address."""
        return self._addresses[case.name]

    def urls(self, case: Case) -> list[str]:
        """What the feed of all cases lists of a case."""
        return [self.url(case, path) for path in case.listed]

    def url(self, case: Case, path: str) -> str:
        """A path at the case's address; a whole URL as it is, `{port}` put in."""
        filled = self.fill(path, self.address(case))
        return filled if "://" in path or ":" in path.partition("/")[0] else self.base(self.address(case)) + filled

    def feed(self, case: Case) -> str:
        """The case's own feed."""
        return self.url(case, case.feed)

    @property
    def feed_of_all(self) -> str:
        """The feed that lists every case without a feed of its own that one crawl is enough for."""
        return f"http://{FEED_ADDRESS}:{self.port}{FEED}"

    @property
    def feed_of_repeated(self) -> str:
        """The feed that lists those that are crawled twice."""
        return f"http://{AGAIN_ADDRESS}:{self.port}{FEED}"

    def _common_feed(self, address: str) -> Reply:
        cases = [
            case for case in self._cases.values() if not case.feed and bool(case.then) is (address == AGAIN_ADDRESS)
        ]
        items = "".join(f"<item><link>{html.escape(url)}</link></item>" for case in cases for url in self.urls(case))
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Cases</title>{items}</channel></rss>'
        return Reply(headers=(("Content-Type", "application/rss+xml"),), body=text.encode())

    def fill(self, text: str, address: str) -> str:
        """The text with the places of an address put in."""
        places = {
            "port": str(self.port),
            "host": f"{address}:{self.port}",
            "tls": f"{address}:{self.tls_port}",
            "base": self.base(address),
        }
        for name, value in places.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    # What was asked

    def record(self, case: Case) -> Record:
        """What was asked of a case."""
        return self.records.setdefault(self.address(case), Record())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened: socket.socket = writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        address = writer.get_extra_info("sockname")[0]
        if not address.startswith("127.1."):
            self.breaches.append(address)
        with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, ssl.SSLError):
            while await self._answer_one(address, reader, writer):
                pass
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()

    async def _answer_one(self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await asyncio.wait_for(reader.readexactly(1), _IDLE_SECONDS)
        if first == _TLS_HELLO:  # as nginx does where somebody speaks TLS to a port in clear
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return False
        head = first + await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _IDLE_SECONDS)
        lines = head.decode("latin-1").split("\r\n")
        path = lines[0].split(" ")[1] if lines[0].count(" ") > 1 else ""
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        record = self.records.setdefault(address, Record())
        record.requests[path] += 1
        exchange = _Exchange(self, address, path, headers, record.requests[path], reader, writer)
        began = time.monotonic()
        try:
            await self._answer(exchange)
        finally:
            record.longest_seconds = max(record.longest_seconds, time.monotonic() - began)
            record.sent_bytes += exchange.sent
        return exchange.keeps_open

    async def _answer(self, exchange: _Exchange) -> None:
        if exchange.address in (FEED_ADDRESS, AGAIN_ADDRESS) and exchange.path == FEED:
            await exchange.reply(self._common_feed(exchange.address))
            return
        case = self._cases.get(exchange.address)
        pages = case.pages if case else {}
        answer = pages.get(exchange.path) or pages.get(exchange.path.partition("?")[0]) or _otherwise(exchange, pages)
        if isinstance(answer, Reply):
            await exchange.reply(answer)
        else:
            await answer(exchange)


def _otherwise(exchange: _Exchange, pages: Mapping[str, Answer]) -> Answer:
    if exchange.path != ROBOTS and "*" in pages:
        return pages["*"]
    return Reply(404, (("Content-Type", "text/plain"),), b"Nothing is here.")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"
