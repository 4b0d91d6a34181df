"""A crawl of many cases at once by the real program, watched from outside, and what its archive then holds."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.urls import normalize_url
from tests.certificates import make_certificate
from tests.cli_process import ROOT
from tests.hostile import names
from tests.hostile.server import NETWORK, HostileServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.hostile.case import Case
    from tests.hostile.server import Record

_LONGEST_SECONDS = 600
_LOOK_SECONDS = 0.02
_TIMEOUT_SECONDS = {False: 25, True: 8}
_BACKFILL = ("--backfill", "--since", "2016-01-01")
_SETTINGS = """\
[archive]
database = "sqlite:///warraq.db"
warc_dir = "warc"
[crawler]
contact = "tests@hostile.example"
delay = "0s"
timeout = "{timeout_seconds}s"
max_body = "2MB"
connections_per_host = 4
[guard]
allow_networks = ["{network}"]
[workers]
count = 2
page_timeout = "10s"
[gone]
confirm_after = "0s"
"""


@dataclass(frozen=True, slots=True)
class Archived:
    """An article as the archive has it after the crawls."""

    id: int
    url: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a crawl came to for one case."""

    visits: tuple[tuple[str, str], ...]
    later_visits: tuple[tuple[str, str], ...]
    articles: tuple[Archived, ...]
    discoveries: int
    problems: tuple[str, ...]
    record: Record


@dataclass(frozen=True, slots=True)
class Memory:
    """The most that was resident, in bytes: the crawling process, and the largest of its extraction workers."""

    crawler_bytes: int
    worker_bytes: int


@dataclass(slots=True)
class HostileCrawl:
    """Everything that was seen of one crawl; `seen` by the name of the case."""

    memory: Memory
    cpu_seconds: float
    stderr: str
    breaches: list[str]
    seen: dict[str, Seen] = field(default_factory=dict)


def can_give_names() -> bool:
    """Whether this process may put a name server of its own before the program: root in a mount namespace."""
    if os.geteuid() or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


def crawl_cases(cases: Sequence[Case], directory: Path) -> HostileCrawl:
    """Crawls all of them at once, then once more those that ask for it.

    Backfills are crawled apart from others.
    Slow cases wait for a time-out of 8 s; where there are none it is long enough for the busiest machine.
    """
    with ExitStack() as open_things:
        server = open_things.enter_context(HostileServer(cases, make_certificate(directory)))
        command = [sys.executable, "-m", "cli"]
        if any(case.names for case in cases):
            name_server = open_things.enter_context(names.NameServer(_names(cases, server)))
            command = _with_names(directory, name_server.address, command)
        (directory / "warraq.toml").write_text(_configuration(cases, server), encoding="utf-8")
        first = _crawl(command, directory, "--all", *(_BACKFILL if any(case.backfill for case in cases) else ()))
        second = None
        server.crawls = 2
        if any(case.then for case in cases):
            second = _crawl(command, directory, "again", "--recheck", "all")
        result = HostileCrawl(first.memory, first.cpu_seconds, first.stderr, server.breaches)
        if second:
            result.stderr += second.stderr
        result.seen = {seen[0]: seen[1] for seen in _seen(cases, server, directory, [first, second])}
        return result


def _names(cases: Sequence[Case], server: HostileServer) -> dict[str, list[list[str]]]:
    """Each name leads to its case; `name=1.2.3.4,5.6.7.8/9.9.9.9` says what is answered first and then."""
    table = {}
    for case in cases:
        for name in case.names:
            host, _, answers = name.partition("=")
            given = [part.split(",") for part in answers.split("/")] if answers else [[server.address(case)]]
            own = server.address(case)
            table[host] = [[own if address == "own" else address for address in part] for part in given]
    return table


def _with_names(directory: Path, name_server: str, command: list[str]) -> list[str]:
    resolver = directory / "resolv.conf"
    resolver.write_text(f"nameserver {name_server}\noptions timeout:2 attempts:2\n")
    script = f'mount --bind "{resolver}" /etc/resolv.conf && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *command]


def _configuration(cases: Sequence[Case], server: HostileServer) -> str:
    parts = [_SETTINGS.format(network=NETWORK, timeout_seconds=_TIMEOUT_SECONDS[any(case.slow for case in cases)])]
    if any(not case.feed for case in cases):
        parts.append(_source("cases", server.feed_of_all, {}))
    if any(case.then for case in cases):
        parts.append(_source("again", server.feed_of_repeated, {}))
    parts += [_source(case.slug, server.feed(case), case.settings) for case in cases if case.feed]
    return "\n".join(parts)


def _source(key: str, feed: str, settings: Any) -> str:
    home = feed.rpartition("/")[0] + "/"
    values = {"url": f'"{home}"', "feeds": f'["{feed}"]', "every": '"1h"', **settings}
    lines = "".join(f"{name} = {value}\n" for name, value in values.items())
    return f'[[sources]]\nkey = "{key}"\n{lines}'


@dataclass(frozen=True, slots=True)
class _Ended:
    memory: Memory
    cpu_seconds: float
    stderr: str
    reports: list[dict[str, Any]]


def _crawl(command: Sequence[str], directory: Path, *arguments: str) -> _Ended:
    """The program's crawl, its memory looked at every 20 ms."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WARRAQ_")}
    output, complaints = directory / "stdout", directory / "stderr"
    before = os.times()
    with output.open("w") as out, complaints.open("w") as err:
        process = subprocess.Popen(
            [*command, "crawl", *arguments, "--format", "json"],
            cwd=directory,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=err,
        )
        memory = _watch(process)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    text = output.read_text(encoding="utf-8")
    return _Ended(memory, spent, complaints.read_text(encoding="utf-8"), json.loads(text) if text else [])


def _watch(process: subprocess.Popen[Any]) -> Memory:
    until = time.monotonic() + _LONGEST_SECONDS
    crawler = worker = 0
    while process.poll() is None:
        if time.monotonic() > until:
            process.kill()
            process.wait()
            raise TimeoutError("the crawl does not end")
        crawler = max(crawler, _peak_bytes(process.pid))
        worker = max([worker, *(_peak_bytes(child) for child in _descendants(process.pid))])
        time.sleep(_LOOK_SECONDS)
    return Memory(crawler, worker)


def _peak_bytes(pid: int) -> int:
    """The most that was ever resident of a process (VmHWM); 0 where it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                yield child
                yield from _descendants(child)


def _seen(
    cases: Sequence[Case], server: HostileServer, directory: Path, crawls: Sequence[_Ended | None]
) -> Iterator[tuple[str, Seen]]:
    problems = {report["source"]: report["problems"] for ended in crawls if ended for report in ended.reports}
    with closing(sqlite3.connect(directory / "warraq.db")) as archive:
        for case in cases:
            visits = _visits(archive, case, server)
            articles = _articles(archive, [article for *_, article in visits if article is not None])
            told = [(outcome, reason) for outcome, reason, _ in visits]
            count = len(case.outcomes)
            (listed,) = archive.execute("SELECT count(*) FROM discoveries WHERE source_key = ?", [case.slug]).fetchone()
            yield (
                case.name,
                Seen(
                    tuple(told[:count] if case.then else told),
                    tuple(told[count:] if case.then else ()),
                    articles,
                    listed,
                    tuple(problems.get(case.slug, ())),
                    server.record(case),
                ),
            )


def _visits(archive: sqlite3.Connection, case: Case, server: HostileServer) -> list[tuple[str, str, int | None]]:
    asked = "SELECT outcome, reason, article_id FROM visits WHERE {} ORDER BY visited_at, id"
    if case.feed:
        return archive.execute(asked.format("source_key = ?"), [case.slug]).fetchall()
    urls = []
    for url in server.urls(case):
        with suppress(ValueError):
            urls.append(normalize_url(url))
    marks = ", ".join("?" * len(urls))
    return archive.execute(asked.format(f"requested_url IN ({marks})"), urls).fetchall()


def _articles(archive: sqlite3.Connection, ids: Sequence[int]) -> tuple[Archived, ...]:
    asked = (
        "SELECT a.id, a.canonical_url, v.title, v.text FROM articles a "
        "JOIN versions v ON v.id = a.current_version_id WHERE a.id = ?"
    )
    rows = [archive.execute(asked, [number]).fetchone() for number in dict.fromkeys(ids)]
    return tuple(Archived(*row) for row in rows if row)
