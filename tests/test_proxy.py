"""A real HTTP proxy on loopback: everything goes through it, https by tunnel, and nothing else is connected to."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from crawler.config import load_settings
from crawler.proxy import Proxy, refusal_of_name
from storage.errors import ConfigError
from storage.records import Outcome
from tests.certificates import make_certificate
from tests.loopback import QuietServer, Reply, closed_port, serving, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Seen:
    port: int = 0
    lines: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    wanted: str | None = None
    target: str = ""


class ProxyServer(BaseHTTPRequestHandler):
    """Sends every request to one server, whatever host it names: the names of these tests exist nowhere."""

    protocol_version = "HTTP/1.1"
    seen: Seen

    def log_message(self, *_: object) -> None:
        pass

    def _is_let_through(self) -> bool:
        self.seen.lines.append(self.requestline)
        self.seen.authorizations.append(self.headers.get("Proxy-Authorization"))
        if self.seen.wanted is None or self.seen.wanted == self.headers.get("Proxy-Authorization"):
            return True
        self.send_response(407)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def do_GET(self) -> None:
        if not self._is_let_through():
            return
        path = urlsplit(self.path).path
        try:
            answer = build_opener(ProxyHandler({})).open(f"{self.seen.target}{path}")
        except OSError:
            self.send_error(404)
            return
        body = answer.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        if not self._is_let_through():
            return
        parts = urlsplit(self.seen.target)
        with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as upstream:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: upstream, upstream: self.connection}
            while True:
                for end in select.select(list(ends), [], [], 5)[0] or [self.connection]:
                    received = end.recv(65536)
                    if not received:
                        self.close_connection = True
                        return
                    ends[end].sendall(received)


@contextmanager
def proxying(target: str, wanted: str | None = None) -> Iterator[Seen]:
    handler = type("Handler", (ProxyServer,), {"seen": Seen(target=target, wanted=wanted)})
    server = QuietServer(("127.0.0.1", 0), handler)
    handler.seen.port = server.server_port  # type: ignore[attr-defined] # made above
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield handler.seen  # type: ignore[attr-defined] # as above
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_proxy_on_a_private_address_carries_plain_requests() -> None:
    """The loopback addresses are not allowed: it is the proxy's, and no other, that may be connected to."""
    with serving() as site, proxying(site.url, "Basic dXNlcjpwQHNz") as seen:
        site.pages["/a"] = Reply(b"through")
        result = visit("http://paper.test/a", allow=False, proxy=f"http://user:p%40ss@127.0.0.1:{seen.port}")
        assert result.failure is None
        assert result.captures[-1].body == b"through"
        assert seen.lines == ["GET http://paper.test/robots.txt HTTP/1.1", "GET http://paper.test/a HTTP/1.1"]
        assert "dXNlcjpwQHNz" not in repr(result)
        assert result.captures[-1].remote_address is None


def test_proxy_carries_https_by_tunnel_and_shows_the_site_no_password(tmp_path: Path) -> None:
    with serving(make_certificate(tmp_path)) as site, proxying(site.url) as seen:
        site.pages["/a"] = Reply(b"sealed")
        result = visit("https://paper.test/a", allow=False, proxy=f"http://user:pw@127.0.0.1:{seen.port}")
        assert result.captures[-1].body == b"sealed"
        assert set(seen.lines) == {"CONNECT paper.test:443 HTTP/1.1"}
        assert all(seen.authorizations)
        assert "proxy-authorization" not in site.sent("/a")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "169.254.169.254"])
def test_forbidden_address_in_a_url_is_not_asked_of_the_proxy(host: str) -> None:
    with serving() as site, proxying(site.url) as seen:
        result = visit(f"http://{host}/a", allow=False, proxy=f"http://127.0.0.1:{seen.port}")
        assert result.failure
        assert result.failure.kind is Outcome.REFUSED
        assert seen.lines == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_is_down_or_shut_is_named_in_the_failure(scheme: str) -> None:
    port = closed_port()
    result = visit(f"{scheme}://paper.test/a", allow=False, proxy=f"http://127.0.0.1:{port}")
    assert result.failure
    assert result.failure.reason == f"the proxy 127.0.0.1:{port} cannot be reached"
    with proxying("http://127.0.0.1:9", "Basic x") as seen:
        shut = visit(f"{scheme}://paper.test/a", allow=False, proxy=f"http://127.0.0.1:{seen.port}")
        assert shut.failure
        assert shut.failure.kind is Outcome.FAILED
        assert shut.failure.reason.startswith(f"the proxy 127.0.0.1:{seen.port} ")
        assert shut.captures == ()


def test_refusal_of_name_leaves_names_to_the_proxy() -> None:
    assert refusal_of_name("news.example", ()) is None
    assert refusal_of_name("a.localhost.", ()) == "127.0.0.1 is a loopback address"


@pytest.mark.parametrize("proxy", ["proxy.example:3128", "https://p.example:1", "socks5://p:1", "http://p.example"])
def test_proxy_that_is_not_an_http_url_with_its_port_is_a_fault(tmp_path: Path, proxy: str) -> None:
    file = tmp_path / "warraq.toml"
    file.write_text(f'[crawler]\nproxy = "{proxy}"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert "crawler.proxy: must be the URL of an HTTP proxy" in caught.value.problems[0]


def test_proxy_does_not_tell_its_password() -> None:
    proxy = Proxy.named("http://user:secret@[fd00::1]:8080")
    assert repr(proxy) == "Proxy('http://[fd00::1]:8080')"


def test_proxy_and_rendering_together_are_a_fault(tmp_path: Path) -> None:
    """The browser would go round the proxy."""
    file = tmp_path / "warraq.toml"
    source = '[[sources]]\nkey = "k"\nurl = "https://k.example/"\nevery = "1h"\nrender = true\n'
    file.write_text(f'[crawler]\nproxy = "http://p.example:3128"\n{source}')
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert "sources[1].render: pages cannot be rendered through crawler.proxy" in caught.value.problems[0]
