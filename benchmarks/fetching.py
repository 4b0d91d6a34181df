"""Pages a second: our crawler with everything switched on beside bare Scrapy, on one loopback server, in one run.

    python benchmarks/fetching.py [--pages 400] [--rounds 3] [--without-archive] [--format table|json]

Every crawler fetches the same 150 kB pages by URL, in a process of its own: whole (200), then by conditional requests
that are all answered 304. `ours` has guard, robots.txt, the shared hosts table, capture and digests on, and drops what
it received; `ours, archived` writes WARC files, extracts and commits as the daemon does. What starting takes is left
out: the clock runs from the first page's request to the last one's answer, on the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

CRAWLERS = ("bare", "tuned", "ours", "ours, archived")
_CONNECTIONS = 16
_PAGE_BYTES = 150_000
_WORDS = ("the", "council", "ferry", "bridge", "said", "water")
_TAG = '"a page that stays"'
_TUNED = {
    "CONCURRENT_REQUESTS": 32,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
    "CONCURRENT_ITEMS": 2,
    "ASYNCIO_EVENT_LOOP": "uvloop.Loop",
    "DOWNLOADER_MIDDLEWARES": dict.fromkeys(
        f"scrapy.downloadermiddlewares.{name}"
        for name in (
            "offsite.OffsiteMiddleware",
            "robotstxt.RobotsTxtMiddleware",
            "httpauth.HttpAuthMiddleware",
            "downloadtimeout.DownloadTimeoutMiddleware",
            "redirect.MetaRefreshMiddleware",
            "cookies.CookiesMiddleware",
            "httpproxy.HttpProxyMiddleware",
            "stats.DownloaderStats",
        )
    ),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One crawler's run: pages a second on the server's clock, and CPU milliseconds a page, its start included."""

    pages_a_second: float
    cpu_ms: float


def main() -> int:
    """Measures, and prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-archive", action="store_true", help="leave out the crawl that archives")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    parser.add_argument("--crawl", nargs=3, metavar=("CRAWLER", "BASE", "STATUS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crawl:
        name, base, status = options.crawl
        crawl(name, base, status, options.pages)
        return 0
    rows = measure(CRAWLERS[: -1 if options.without_archive else None], options.pages, options.rounds)
    print(json.dumps(rows, indent=1) if options.format == "json" else "\n".join(_line(row) for row in rows))
    return 0


def measure(crawlers: Sequence[str], pages: int, rounds: int) -> list[dict[str, Any]]:
    """A row a crawler and status; ratios are those of one round, their median and range told."""
    asked, answering = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(answering, pages), daemon=True)
    server.start()
    base = asked.recv()
    rows = []
    for status in ("200", "304"):
        taken: dict[str, list[Result]] = {name: [] for name in crawlers}
        for _ in range(rounds):
            for name in random.sample(crawlers, len(crawlers)):
                taken[name].append(_run(name, base, status, pages, asked))
        rows += [_row(name, status, taken) for name in crawlers]
    server.terminate()
    return rows


def _row(name: str, status: str, taken: dict[str, list[Result]]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "status": status,
        "crawler": name,
        "pages_a_second": round(statistics.median(each.pages_a_second for each in taken[name]), 1),
        "cpu_ms_a_page": round(statistics.median(each.cpu_ms for each in taken[name]), 2),
    }
    for peer in ("bare", "tuned"):
        pairs = zip(taken[name], taken[peer], strict=True)
        row[f"of_{peer}"] = sorted(round(ours.pages_a_second / theirs.pages_a_second, 2) for ours, theirs in pairs)
    return row


def _line(row: dict[str, Any]) -> str:
    ratios = " ".join(f"{peer}: {' '.join(map(str, row[f'of_{peer}']))}" for peer in ("bare", "tuned"))
    return (
        f"{row['status']} {row['crawler']:<16}{row['pages_a_second']:8} pages/s {row['cpu_ms_a_page']:7} ms  {ratios}"
    )


def _run(name: str, base: str, status: str, pages: int, server: Connection) -> Result:
    command = [sys.executable, __file__, "--pages", str(pages), "--crawl", name, base, status]
    before = os.times()
    subprocess.run(command, check=True, cwd=Path(__file__).resolve().parents[1], stdout=subprocess.DEVNULL)
    after = os.times()
    server.send("report")
    answered, seconds = server.recv()
    if answered != pages:
        sys.exit(f"{name} asked for {answered} of {pages} pages")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Result(pages / seconds, cpu * 1000 / pages)


# The server: one page for all addresses, so that serving costs as little as may be.


def _serve(boss: Connection, pages: int) -> None:
    asyncio.run(_Server(boss, pages).run())


class _Server:
    def __init__(self, boss: Connection, pages: int) -> None:
        self._boss = boss
        self._pages = pages
        self._count, self._first, self._last = 0, 0.0, 0.0
        words = random.Random(7)  # noqa: S311 - the same page every time
        text = "".join(
            f"<p>{' '.join(words.choice(_WORDS) for _ in range(90))}.</p>\n" for _ in range(_PAGE_BYTES // 500)
        )
        page = f"<!DOCTYPE html><html><head><title>A page</title></head><body><article>{text}</article></body></html>"
        body = page.encode()[:_PAGE_BYTES].ljust(_PAGE_BYTES)
        fields = f"Content-Type: text/html; charset=utf-8\r\nETag: {_TAG}\r\nContent-Length: {len(body)}"
        head = f"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"
        self._page = head.encode() + body
        self._unchanged = f"HTTP/1.1 304 Not Modified\r\nETag: {_TAG}\r\n\r\n".encode()
        self._none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    async def run(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self._boss.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        asyncio.get_running_loop().add_reader(self._boss.fileno(), self._report)
        await server.serve_forever()

    def _report(self) -> None:
        self._boss.recv()
        self._boss.send((self._count, self._last - self._first))
        self._count = 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET /robots.txt"):
                    writer.write(self._none)
                    continue
                if self._count == 0:
                    self._first = time.perf_counter()
                self._count += 1
                writer.write(self._unchanged if b"If-None-Match" in head else self._page)
                await writer.drain()
                self._last = time.perf_counter()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


# The crawlers, each in a process of its own.


def crawl(name: str, base: str, status: str, pages: int) -> None:
    """Fetches all pages once."""
    urls = [f"{base}/news/{number}" for number in range(pages)]
    if name in ("bare", "tuned"):
        _crawl_by_scrapy(urls, _TUNED if name == "tuned" else {}, status)
    else:
        _crawl_by_ours(urls, status, is_archived=name != "ours")


def _crawl_by_scrapy(urls: list[str], settings: dict[str, Any], status: str) -> None:
    from scrapy import Request, Spider  # noqa: PLC0415 - each crawler imports its own
    from scrapy.crawler import CrawlerProcess  # noqa: PLC0415

    headers = {"If-None-Match": _TAG} if status == "304" else {}

    class PageSpider(Spider):
        name = "pages"
        handle_httpstatus_list = (304,)

        async def start(self) -> Any:
            for url in urls:
                yield Request(url, headers=headers, dont_filter=True)

        def parse(self, response: Any) -> Any:
            yield {"url": response.url, "bytes": len(response.body)}

    process = CrawlerProcess({"LOG_LEVEL": "ERROR", **settings})
    process.crawl(PageSpider)
    process.start()


def _crawl_by_ours(urls: list[str], status: str, *, is_archived: bool) -> None:
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - as above

    from crawler.config import ArchiveSettings, CrawlerSettings, GuardSettings, Settings  # noqa: PLC0415
    from crawler.limits import LimitSettings  # noqa: PLC0415
    from crawler.run import Run  # noqa: PLC0415
    from crawler.runner import carry_out, run_loop  # noqa: PLC0415
    from crawler.session import crawling  # noqa: PLC0415
    from crawler.sources import ad_hoc_source  # noqa: PLC0415
    from crawler.spiders.source import Plan, SourceSpider  # noqa: PLC0415
    from storage.records import Target, Validators  # noqa: PLC0415

    validators = Validators(etag=_TAG) if status == "304" else Validators()
    plan = Plan(targets=tuple(Target(url, validators) for url in urls))
    source = ad_hoc_source(urls[0])

    def now() -> datetime:
        return datetime.now(UTC)

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            archive=ArchiveSettings(database=f"sqlite:///{folder}/archive.db", warc_dir=Path(folder) / "warc"),
            crawler=CrawlerSettings(
                user_agent="Warraq/0 (+benchmark)", delay=timedelta(0), connections_per_host=_CONNECTIONS
            ),
            guard=GuardSettings(allow_networks=(ip_network("127.0.0.0/8"),)),
        )

        async def crawl_once() -> None:
            async with crawling(settings, clock=now, progress=_Unwatched()) as context:
                with context.archive.writing() as writer:
                    writer.upsert_source(source)
                    crawl_id = writer.begin_crawl(source.key, now())
                receiver: Any = context.ingest if is_archived else _Dropping()
                run = Run(
                    source=source,
                    crawl_id=crawl_id,
                    settings=settings.crawler,
                    receiver=receiver,
                    clock=now,
                    progress=_Unwatched(),
                    hosts=context.hosts,
                    robots=context.robots,
                    limits=LimitSettings(),
                )
                await carry_out(run, SourceSpider, plan=plan)
                if run.problems:
                    sys.exit("; ".join(run.problems))

        run_loop(crawl_once, settings)


class _Unwatched:
    def feed(self, *_: object) -> None:
        """Tells nobody."""

    def visited(self, *_: object) -> None:
        """Tells nobody."""

    def backfill(self, *_: object) -> None:
        """Tells nobody."""


class _Dropping:
    """Takes what is handed over, and keeps nothing."""

    async def visit(self, visit: Any) -> Any:
        from storage.records import Outcome  # noqa: PLC0415 - as above

        if visit.failure:
            sys.exit(visit.failure.reason)
        return Outcome.NEW

    async def exchange(self, _capture: object) -> None:
        """Drops it."""


if __name__ == "__main__":
    raise SystemExit(main())
