"""What the ledger costs a crawl, and how fast it is verified.

Usage: ``python -m benchmarks.ledger [--articles 1000] [--captures 100000] [--data FILE] [--format table|json]``

Cost: two archives take the same articles by turns, a hundred each: one with the ledger (queue, leaves, a head a turn),
one by a writer that queues nothing. Both hash the records that they write, so that is timed apart. What an article
costs a crawl besides is its extraction, timed on pages of ``--data``, which are then also the bodies; without it no
share of a crawl is told. All of it is CPU time, since the ledger waits for no one but the disk.

Scale: so many captures, each with an article and a version, written without conclusions; then their leaves, with a head
every thousand captures; then ``verify``, with and without WARC files, by the clock and by CPU time. ``memory_mb`` is
how much the peak of the process grew while it ran. SQLite.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import itertools
import json
import os
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.storage import SOURCE, START, bodies, visits
from pipeline.conclude import Conclusion, Means, Prepared
from pipeline.extract import extract
from pipeline.page import Page
from storage.archive import Archive, Writer
from storage.findings import Tally
from storage.ledger import append_waiting
from storage.ledger_heads import read_heads
from storage.ledger_keeper import LedgerKeeper, LedgerPlan
from storage.records import CanonicalUrl, Extraction
from storage.records_stored import VersionMarks
from storage.verify import Against, verify
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.records import LedgerKind, WarcLocation

_TURN, _BATCH = 100, 50
_BODY_BYTES = 8000
_GZIP = (("Content-Encoding", "gzip"),)
_PAGES_READ = 60


class _WithoutLedger(Writer):
    def await_leaf(self, kind: LedgerKind, subject_id: str) -> None:
        """Queues nothing."""


@dataclass
class Side:
    """One archive and what it has taken."""

    archive: Archive
    warc: WarcWriter
    has_ledger: bool
    seconds: float = 0.0

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        if self.has_ledger:
            with self.archive.writing() as writer:
                yield writer
            return
        with self.archive.engine.connect().execution_options(writing=True) as connection, connection.begin():
            writer = _WithoutLedger(connection, self.archive.name, _now)
            yield writer
            writer.write_exposures()

    def take(self, prepared: Sequence[Prepared]) -> None:
        means = Means(timedelta(hours=6), _never, self.archive.read_capture)
        started = time.process_time()
        for begin in range(0, len(prepared), _BATCH):
            part = prepared[begin : begin + _BATCH]
            located = [(item, tuple(map(self.warc.append, item.visit.captures))) for item in part]
            self.warc.sync()
            with self.writing() as writer:
                for item, locations in located:
                    with writer.savepoint():
                        Conclusion(writer, Prepared(item.visit, locations, item.extraction), means).write()
            self.warc.confirm([location for _, locations in located for location in locations])
        self.seconds += time.process_time() - started

    def store(self, prepared: Sequence[Prepared]) -> None:
        """Rows of captures, articles and versions, and nothing that is concluded from them."""
        located = [(item, self.warc.append(item.visit.captures[0])) for item in prepared]
        self.warc.sync()
        with self.archive.writing() as writer:
            for item, location in located:
                _store(writer, item, location)
        self.warc.confirm([location for _, location in located])


def _store(writer: Writer, item: Prepared, location: WarcLocation) -> None:
    (capture,), read = item.visit.captures, item.extraction
    if not isinstance(read, Extraction):
        raise TypeError("the made-up visits have an extraction each")
    article = writer.create_article(SOURCE.key, CanonicalUrl(capture.url), capture.captured_at)
    row = writer.add_capture(capture, location, article_id=article)
    digest = hashlib.sha256(read.text.encode()).hexdigest()
    version = writer.add_version(article, read, VersionMarks(capture.captured_at, row, digest, digest))
    writer.link_capture(row, article_id=article, version_id=version)


def _now() -> datetime:
    return datetime.now(UTC)


def _never(_page: Page) -> Extraction:
    raise AssertionError("nothing is extracted again here")


def opened(folder: Path, *, has_ledger: bool) -> Side:
    folder.mkdir()
    archive = Archive.open(f"sqlite:///{folder}/bench.db", folder / "warc", clock=_now)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
    warc = WarcWriter(folder / "warc", clock=_now, software="bench", originals=archive)
    return Side(archive, warc, has_ledger)


def extraction_ms(data: Path | None) -> float | None:
    """CPU milliseconds to read one of these pages in full."""
    if data is None:
        return None
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        told = [json.loads(line) for line in itertools.islice(lines, _PAGES_READ)]
    pages = [
        Page("http://bench.example/a", base64.b64decode(each["html_base64"]), "text/html; charset=utf-8", None, START)
        for each in told
    ]
    extract(pages[0])
    started = time.process_time()
    for page in pages:
        extract(page)
    return (time.process_time() - started) / len(pages) * 1000


def hashing_ms(page: bytes) -> float:
    """To hash what is written of one article."""
    started = time.process_time()
    for _ in range(1000):
        hashlib.sha256(page).hexdigest()
    return time.process_time() - started


def measured_verify(side: Side, plan: LedgerPlan, *, warc: bool) -> dict[str, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tally = Tally()
    started, cpu = time.perf_counter(), time.process_time()
    findings = list(verify(side.archive, Against(read_heads(plan.heads)), tally, warc=warc))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    if findings:
        raise SystemExit(f"found in an archive that nobody touched: {findings[0]}")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "seconds": round(seconds, 1),
        "leaves_a_cpu_second": round(tally.leaves / cpu),
        "records_a_cpu_second": round(tally.captures / cpu),
        "memory_mb": round(grown, 1),
    }


def cost(count: int, data: Path | None, pages: Sequence[bytes], folder: Path) -> Cost:
    with_ledger, without = (opened(folder / name, has_ledger=name == "with") for name in ("with", "without"))
    keeper = LedgerKeeper(with_ledger.archive, LedgerPlan(folder / "heads.jsonl", folder / "key.pem"), _now)
    articles = visits(pages, count, encoding=_GZIP)
    ledger_seconds = 0.0
    for number in itertools.count():
        turn = list(itertools.islice(articles, _TURN))
        if not turn:
            break
        for side in (with_ledger, without) if number % 2 else (without, with_ledger):
            side.take(turn)
        started = time.process_time()
        keeper.round(is_last=True)
        ledger_seconds += time.process_time() - started
    for side in (with_ledger, without):
        side.warc.close()
        side.archive.close()
    archive_ms, queue_ms, leaves_ms = (
        seconds / count * 1000 for seconds in (without.seconds, with_ledger.seconds - without.seconds, ledger_seconds)
    )
    hashing, reading = hashing_ms(pages[0]), extraction_ms(data)
    share = (queue_ms + leaves_ms + hashing) / (archive_ms + reading) * 100 if reading else None
    rounded = (value and round(value, 3) for value in (archive_ms, queue_ms, leaves_ms, hashing, reading, share))
    return Cost(count, *rounded)


def scale(count: int, pages: Sequence[bytes], folder: Path) -> dict[str, object]:
    """How leaves and `verify` do with so many captures."""
    side = opened(folder / "scale", has_ledger=True)
    plan = LedgerPlan(folder / "scale.jsonl", folder / "scale.pem")
    keeper = LedgerKeeper(side.archive, plan, _now)
    articles = visits([page[:_BODY_BYTES] for page in pages], count, encoding=_GZIP)
    rounds = []
    while turn := list(itertools.islice(articles, 1000)):
        side.store(turn)
        started = time.perf_counter()
        append_waiting(side.archive)  # all of it: the last round of a process ends after 2 s on a busy machine
        keeper.make_head(is_forced=True)
        rounds.append((time.perf_counter() - started) / len(turn) * 1000)
    side.warc.close()
    tenth = max(1, len(rounds) // 10)
    found: dict[str, object] = {
        "captures": count,
        "leaves_and_heads_ms_first_tenth": round(sum(rounds[:tenth]) / tenth, 3),
        "leaves_and_heads_ms_last_tenth": round(sum(rounds[-tenth:]) / tenth, 3),
        "verify_no_warc": measured_verify(side, plan, warc=False),
        "verify": measured_verify(side, plan, warc=True),
    }
    side.archive.close()
    return found


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds an article (one capture, one version): archiving it, and what the ledger adds."""

    articles: int
    archive_ms: float | None
    queue_ms: float | None
    leaves_and_heads_ms: float | None
    hashing_ms: float | None
    extraction_ms: float | None
    percent_of_crawl: float | None


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--captures", type=int, default=100_000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    pages = [gzip.compress(page, 6, mtime=0) for page in bodies(options.data, 50)]
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        if options.articles:
            found |= asdict(cost(options.articles, options.data, pages, Path(folder)))
        if options.captures:
            found |= scale(options.captures, pages, Path(folder))
    found["load"] = round(os.getloadavg()[0], 1)
    if options.format == "json":
        json.dump(found, sys.stdout, indent=1)
        return
    for name, value in found.items():
        print(f"{name:>32}  {value}")


if __name__ == "__main__":
    main()
