from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from crawler.reactor import run_loop
from storage.records import Outcome
from tests.loopback import Handler, Reply, Site, closed_port, read, serving, settings_for, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answers robots.txt properly, and all else as the test wants it."""

    def talk(connection: socket.socket) -> None:
        with connection:
            try:
                if b"/robots.txt" in connection.recv(4096):
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                else:
                    answer(connection)
            except OSError:
                pass

    def listen() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/a"
        server.shutdown(socket.SHUT_RDWR)


def reason(url: str, kind: Outcome = Outcome.FAILED, **options: object) -> str:
    result = visit(url, **options)
    assert result.failure
    assert result.failure.kind is kind
    return result.failure.reason


def test_visit_of_closed_port_says_connection_refused() -> None:
    port = closed_port()
    assert reason(f"http://127.0.0.1:{port}/a") == f"connection refused by 127.0.0.1:{port}"


def test_visit_of_unknown_host_says_host_not_found() -> None:
    assert reason("http://no-such-host.invalid/a") == "host not found: no-such-host.invalid"


def test_visit_of_silent_server_times_out() -> None:
    with raw_server(lambda _: time.sleep(3)) as url:
        assert reason(url, timeout="500ms") == "timed out after 500 ms"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_visit_of_dripping_server_is_cut_off_in_time(head: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(600):
            connection.sendall(b"X")
            time.sleep(0.05)

    began = time.monotonic()
    with raw_server(drip) as url:
        assert reason(url, timeout="500ms") == "timed out after 500 ms"
    assert time.monotonic() - began < 20  # it would take 30


def test_visit_of_announced_large_body_is_cut_off(site: Site) -> None:
    site.pages["/a"] = Reply(b"x" * 50_000)
    assert reason(f"{site.url}/a", kind=Outcome.REFUSED, max_body=10_000) == "refused by the guard: larger than 10 kB"


def test_visit_of_endless_body_is_cut_off_at_the_limit() -> None:
    sent = 0

    def pour(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65_536)

    with raw_server(pour) as url:
        assert reason(url, kind=Outcome.REFUSED, max_body=100_000) == "refused by the guard: larger than 100 kB"
    assert sent < 20_000_000


@pytest.mark.parametrize("line", [b"X-A: " + b"y" * 1000 + b"\r\n", b"z" * 1000])
def test_visit_of_endless_headers_is_cut_off(line: bytes) -> None:
    def pour(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(line * 64)

    with raw_server(pour) as url:
        failure = visit(url).failure
    assert failure
    assert failure.reason == "refused by the guard: headers larger than 256 kB"


def test_visit_of_redirect_loop_stops_at_the_limit(site: Site) -> None:
    site.pages["/a"] = Reply(status=302, headers={"Location": "/a"})
    assert reason(f"{site.url}/a", max_redirects=3) == "more than 3 redirects"
    assert site.paths == ["/a"] * 4


def test_visit_of_broken_off_body_fails(site: Site) -> None:
    site.pages["/a"] = Reply(b"half", headers={"Content-Length": "1000", "Connection": "close"})
    assert reason(f"{site.url}/a") == "the connection broke before the whole body came"


def test_visit_of_server_that_hangs_up_fails() -> None:
    with raw_server(lambda _: None) as url:
        assert reason(url).endswith("closed the connection without an answer")


def test_connection_reset_after_some_words_is_noticed_at_once() -> None:
    """Uvloop tells a reader of such a reset only once, beside the words: nobody may wait for more words."""

    async def main() -> bytes:
        from twisted.internet import protocol, reactor  # noqa: PLC0415 - importing it earlier would install another

        lost = asyncio.get_running_loop().create_future()

        class Reader(protocol.Protocol):
            received = b""
            transport: Any

            def connectionMade(self) -> None:  # noqa: N802 - Twisted's
                self.transport.pauseProducing()  # until words and reset have both come
                peer, _ = server.accept()
                peer.sendall(b"words")
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.close()
                self.transport.resumeProducing()

            def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's
                self.received += data

            def connectionLost(self, reason: Any = None) -> None:  # noqa: ARG002, N802 - Twisted's
                lost.set_result(self.received)

        connect: Any = reactor.connectTCP
        with socket.create_server(("127.0.0.1", 0)) as server:
            connect("127.0.0.1", server.getsockname()[1], protocol.ClientFactory.forProtocol(Reader))
            return await asyncio.wait_for(lost, 10)

    assert run_loop(main, settings_for()) == b"words"


def test_visit_of_server_that_speaks_no_http_fails() -> None:
    with raw_server(lambda connection: connection.sendall(b"220 smtp.example ESMTP\r\n" * 3)) as url:
        assert reason(url).endswith("gave an answer that is not HTTP")


def test_visit_of_plain_server_by_https_says_tls(site: Site) -> None:
    assert reason(f"https://127.0.0.1:{site.port}/a").startswith("TLS: ")


def test_visit_of_bad_host_name_fails_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    assert reason("http://a..b/x")
    assert not caplog.records


def test_feed_that_inflates_beyond_the_limit_is_told_and_costs_no_memory(site: Site) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    site.pages["/feed"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    recorder, run = read(f"{site.url}/feed", max_body=1_000_000)
    assert recorder.readings[0].problem == "larger than 1 MB"
    assert run.problems == [f"feed {site.url}/feed: larger than 1 MB"]


def test_visits_that_fail_alike_share_a_sentence(site: Site) -> None:
    def hang_up(handler: Handler) -> None:
        handler.close_connection = True

    site.pages |= {"/x": hang_up, "/y": hang_up}
    site.pages["/feed"] = Reply(
        b"<rss><channel><item><link>/x</link></item><item><link>/y</link></item></channel></rss>"
    )
    _, run = read(f"{site.url}/feed")
    (problem,) = run.all_problems()
    assert problem.startswith("2 articles: ")
    assert f"the first: {site.url}/" in problem
