"""A small real web server on loopback, and one crawl of it without an archive."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from crawler.config import CrawlerSettings, GuardSettings, Settings
from crawler.durations import parse_duration
from crawler.feed_reader import Following
from crawler.limits import LimitSettings
from crawler.politeness import Hosts
from crawler.reactor import run_loop
from crawler.robots import RobotsCache
from crawler.run import Run
from crawler.runner import carry_out
from crawler.sources import ad_hoc_source
from crawler.spiders.source import Plan, SourceSpider
from pipeline.visits import Listed
from storage.records import FeedTarget, Outcome, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.visits import FeedReading, Visit
    from storage.records import Capture
    from storage.records_assets import FetchedAsset

LOOPBACK = ip_network("127.0.0.0/8")


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.site.requests.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
        page = self.site.pages.get(self.path, Reply(b"not here", 404))
        reply = page if isinstance(page, Reply) else page(self)
        if reply is not None:
            self.answer(reply)

    def answer(self, reply: Reply) -> None:
        self.send_response(reply.status, reply.reason)
        if "Content-Length" not in reply.headers:
            self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.status != 304:
            self.wfile.write(reply.body)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients of these tests hang up as they like."""


@dataclass
class Site:
    url: str
    pages: dict[str, Reply | Callable[[Handler], Reply | None]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests if path != "/robots.txt"]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def sent(self, path: str) -> dict[str, str]:
        return next(headers for asked, headers in reversed(self.requests) if asked == path)


@contextmanager
def serving(certificate: Path | None = None, address: str = "127.0.0.1") -> Iterator[Site]:
    """Serves until the block ends; by https with a certificate."""
    handler = type("SiteHandler", (Handler,), {})
    server = QuietServer((address, 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "https" if certificate else "http"
    site = handler.site = Site(f"{scheme}://{address}:{server.server_port}")  # type: ignore[attr-defined] # made above
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Recorder:
    """Takes what a crawl hands over and keeps it in lists."""

    visits: list[Visit] = field(default_factory=list)
    readings: list[FeedReading] = field(default_factory=list)
    exchanges: list[Capture] = field(default_factory=list)
    shown: list[tuple[str, object]] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)

    async def visit(self, visit: Visit) -> Outcome:
        self.visits.append(visit)
        return visit.failure.kind if visit.failure else Outcome.NEW

    async def feed(self, reading: FeedReading) -> Listed:
        self.readings.append(reading)
        targets = tuple(Target(listing.url, listing=listing) for listing in reading.listings)
        new = {target.url for target in targets} - self.listed
        self.listed |= new
        return Listed(targets, len(new))

    async def asset(self, fetched: FetchedAsset) -> None:
        self.exchanges.extend(fetched.captures)

    async def exchange(self, capture: Capture) -> None:
        self.exchanges.append(capture)


class Unwatched:
    def feed(self, *_: object) -> None:
        pass

    def visited(self, *_: object) -> None:
        pass

    def backfill(self, *_: object) -> None:
        pass


def settings_for(*, allow: bool = True, **crawler: Any) -> Settings:
    values = {"delay": "0s", "timeout": "5s", "user_agent": "Warraq/0 (+test@example.org)", **crawler}
    durations = {name: parse_duration(values[name]) for name in ("delay", "timeout")}
    return Settings(
        crawler=CrawlerSettings(**{**values, **durations}),
        guard=GuardSettings(allow_networks=(LOOPBACK,) if allow else ()),
    )


def run_for(
    settings: Settings, receiver: Any, url: str = "http://127.0.0.1/", limits: LimitSettings | None = None
) -> Run:
    source = ad_hoc_source(url)
    return Run(
        source, 1, settings.crawler, receiver, now, Unwatched(), Hosts(), RobotsCache(), limits or LimitSettings()
    )


def now() -> datetime:
    return datetime.now(UTC)


def crawl(
    plan: Plan, receiver: Any = None, *, allow: bool = True, limits: LimitSettings | None = None, **crawler: Any
) -> tuple[Recorder, Run]:
    """One crawl of the plan, with the receiver that has seen it all."""
    settings = settings_for(allow=allow, **crawler)
    receiver = receiver or Recorder()
    runs: list[Run] = []

    async def main() -> None:
        runs.append(run_for(settings, receiver, limits=limits))
        await carry_out(runs[0], SourceSpider, plan=plan)

    run_loop(main, settings)
    return receiver, runs[0]


def visit(url: str, **options: Any) -> Visit:
    """The visit that one URL comes to."""
    recorder, _ = crawl(Plan(targets=(Target(url),)), **options)
    (result,) = recorder.visits
    return result


def read(url: str, **options: Any) -> tuple[Recorder, Run]:
    """A crawl of one feed and its articles."""
    return crawl(Plan(Following((FeedTarget(url),))), **options)


def rss(*paths: str) -> Reply:
    items = "".join(f"<item><title>Title of {path}</title><link>{path}</link></item>" for path in paths)
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    return Reply(text.encode(), headers={"Content-Type": "application/rss+xml"})
