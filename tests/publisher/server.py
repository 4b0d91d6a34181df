"""The HTTP server under the newsroom: threads, keep-alive, one listening port a site."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from tests.publisher.replies import Reply, Request

Answer = Callable[[Request], Reply]


class Listener:
    """One port on loopback, answering from a thread of its own.

    Args:
        answer: Called for every request, from many threads at once.
        port: 0 takes any free one.
    """

    def __init__(self, answer: Answer, port: int = 0) -> None:
        self.stopping = threading.Event()
        handler = type("Handler", (_Handler,), {"answer": staticmethod(answer), "stopping": self.stopping})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and let go of every request that waits."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newsroom/1"
    sys_version = ""
    disable_nagle_algorithm = True
    # An idle connection must not outlive the server for long.
    timeout = 30
    answer: ClassVar[Answer]
    stopping: ClassVar[threading.Event]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if length:
            headers["x-body"] = self.rfile.read(length).decode()
        # A client that hangs up is its own affair: crawlers cut what is too large or too slow.
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._deliver(type(self).answer(Request(self.command, self.path, headers)))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def _deliver(self, reply: Reply) -> None:
        if reply.wait_seconds and self.stopping.wait(reply.wait_seconds):
            self.close_connection = True
            return
        length = len(reply.body) if reply.length is None else reply.length
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(length))
        if length != len(reply.body):
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        step = reply.chunk_bytes or max(len(reply.body), 1)
        for start in range(0, len(reply.body), step):
            self.wfile.write(reply.body[start : start + step])
            if reply.pause_seconds and self.stopping.wait(reply.pause_seconds):
                self.close_connection = True
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the newsroom keeps its own log of requests."""
