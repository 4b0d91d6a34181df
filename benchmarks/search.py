"""How long a search takes in an archive of so many articles, beside FTS5 as it comes.

Usage: ``python -m benchmarks.search --data ../shared/data --articles 100000 --folder /tmp/search [--resume]
[--seconds 420] [--database URL] [--format table|json]``

Articles and queries are those of ``benchmarks.search_corpus``. Their rows are written in bulk, their index by the code
that a crawl uses, a transaction for 500, unsynced. Filling stops after ``--seconds`` and goes on with ``--resume``;
once all articles are there, searches are timed:

- ``warm``: each query once before, then timed from its text to the last snippet of the twenty newest hits.
- ``ranked``: the same with ``--rank``, which orders the newest 2,000 by relevance.
- ``all ranked``: with ``--exhaustive``, the first ten queries of each kind.
- ``cold``: the first ten queries of each kind, each on a new connection, after the system forgot the database's pages
  (a disk's own cache stays). SQLite only.
- ``bare``: FTS5's own tokenizer on the same texts, the twenty best by bm25, no snippets. SQLite only.
- ``command``: ``warraq search`` as a process of its own, a query of each kind, and ``warraq --version``, which is what
  starting takes.

Kinds: ``rare`` (a word of at most one in 1,000 articles of its language), ``middling`` (one in 200 to one in 20),
``common`` (one in five and more), ``clitic`` (an Arabic word that stands behind an article or particle), ``phrase``
(two or three words of a sentence), ``prefix`` (three letters of a middling word), ``boolean`` (a common word and a
middling one, less a rare one; or either of two middling ones), ``narrowed`` (a common or middling word of one source,
in one language, or since a day). Forty of each; ``all`` is all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs as a file as well as a module

from sqlalchemy import event, func, select, text

from benchmarks.search_corpus import KINDS, SOURCES, START, WORDS_AN_ARTICLE, Corpus
from pipeline.indexing import index_article
from pipeline.search_query import read_query
from pipeline.snippets import Marker
from storage.archive import Archive
from storage.records import SourceRecord
from storage.records_search import Search
from storage.search import search
from storage.statements import articles, search_entries, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from benchmarks.search_corpus import Article, Query

ANSWERS = 20
_BATCH = 500
_COLD = 10
_RANKED = 2000
_COMMANDS = 5
_ROOT = Path(__file__).resolve().parents[1]


Taken = tuple[float, float]
"""Milliseconds by the clock, and of a processor."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement, in milliseconds; ``hits`` is the median number of answers.

    ``cpu_p50`` and ``cpu_p95`` are what this process took of a processor, which other processes disturb less.
    """

    articles: int
    engine: str
    kind: str
    p50: float
    p95: float
    p99: float
    most: float
    cpu_p50: float
    cpu_p95: float
    hits: int


def fill(archive: Archive, corpus: Corpus, seconds: float) -> int:
    """Writes articles and their index until all are there or the time is over; how many are there then."""
    with archive.reading() as connection:
        done = connection.execute(select(func.count()).select_from(search_entries)).scalar_one()
    with archive.writing() as writer:
        for number in range(SOURCES):
            writer.upsert_source(SourceRecord(f"paper-{number}", "Paper", f"http://paper-{number}.example/"))
    if archive.engine.dialect.name == "sqlite":
        event.listen(archive.engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous = OFF"))
        archive.engine.dispose()
    began, before, indexing = time.perf_counter(), done, 0.0
    while done < corpus.size and time.perf_counter() - began < seconds:
        batch = list(corpus.articles(done + 1, min(done + _BATCH, corpus.size)))
        with archive.writing() as writer:
            _write_rows(writer._connection, batch)  # noqa: SLF001 - rows and index in one transaction, as a crawl's
            at = time.process_time()
            for article in batch:
                index_article(writer, article.number)
            indexing += time.process_time() - at
        done += len(batch)
    if written := done - before:
        print(
            f"{written:,} articles in {time.perf_counter() - began:.0f} s, of which the index took "
            f"{indexing / written * 1000:.2f} ms of CPU an article (without the commit)",
            file=sys.stderr,
        )
    return int(done)


def _write_rows(connection: Connection, batch: Sequence[Article]) -> None:
    of_articles = [
        {
            "id": one.number,
            "public_id": f"a{one.number}",
            "source_key": one.source,
            "canonical_url": f"http://{one.source}.example/{one.number}",
            "status": "live",
            "first_seen_at": one.published_at,
            "last_seen_at": one.published_at,
        }
        for one in batch
    ]
    of_versions = [
        {
            "id": one.number,
            "public_id": f"v{one.number}",
            "article_id": one.number,
            "title": one.title,
            "title_digest": "",
            "text_digest": str(one.number),
            "word_count": WORDS_AN_ARTICLE,
            "language": one.language,
            "authors": [],
            "tags": [],
            "extractor": "bench",
            "release": "1",
            "published_at": one.published_at,
            "first_captured_at": one.published_at,
            "last_captured_at": one.published_at,
            "text": one.text,
        }
        for one in batch
    ]
    connection.execute(articles.insert(), of_articles)
    connection.execute(versions.insert(), of_versions)
    connection.execute(
        text("UPDATE articles SET current_version_id = id WHERE id BETWEEN :first AND :last"),
        {"first": batch[0].number, "last": batch[-1].number},
    )


def ours(archive: Archive, query: Query, rank_newest: int | None = None) -> int:
    """A search as a person makes it, with its snippets; the number of answers."""
    read = read_query(query.text)
    wanted = Search(read, source=query.source, language=query.language, since=query.since, limit=ANSWERS)
    wanted = replace(wanted, rank_newest=rank_newest)
    marker = Marker(read)
    return len([(marker.marked(hit.title), marker.snippet(hit.text)) for hit in search(archive, wanted)])


def bare(file: Path, corpus: Corpus, seconds: float) -> Callable[[Query], int] | None:
    """FTS5 with its own tokenizer over the same texts, the best first; None where the time did not do to fill it."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS bare USING fts5 (text)")
    done = connection.execute("SELECT coalesce(max(rowid), 0) FROM bare").fetchone()[0]
    began = time.perf_counter()
    while done < corpus.size:
        if time.perf_counter() - began > seconds:
            return None
        connection.execute("BEGIN")
        batch = corpus.articles(done + 1, done := min(done + 1000, corpus.size))
        connection.executemany(
            "INSERT INTO bare (rowid, text) VALUES (?, ?)", ((one.number, one.text) for one in batch)
        )
        connection.execute("COMMIT")

    def find(query: Query) -> int:
        asked = re.sub(r"^(\S+) (\S+) -(\S+)$", r"\1 AND \2 NOT \3", query.text)
        found = connection.execute(
            "SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY bm25(bare) LIMIT ?", (asked, ANSWERS)
        )
        return len(found.fetchall())

    return find


def measure(
    engine: str, corpus: Corpus, find: Callable[[Query], int], *, most: int | None = None, before: Callable[[], None]
) -> Iterator[Row]:
    """One row a kind of query, and one for all of them; ``before`` runs before each query, untimed."""
    every: list[Taken] = []
    for kind in KINDS:
        taken, hits = [], []
        for query in corpus.queries(kind)[:most]:
            before()
            began, began_cpu = time.perf_counter(), time.process_time()
            hits.append(find(query))
            taken.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - began_cpu)))
        every += taken
        yield Row(corpus.size, engine, kind, *_quantiles(taken), sorted(hits)[len(hits) // 2])
    yield Row(corpus.size, engine, "all", *_quantiles(every), 0)


def _quantiles(taken: Sequence[Taken]) -> tuple[float, float, float, float, float, float]:
    def at(share: float, ordered: list[float]) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 1)

    wall, cpu = sorted(one for one, _ in taken), sorted(one for _, one in taken)
    return at(0.5, wall), at(0.95, wall), at(0.99, wall), at(1, wall), at(0.5, cpu), at(0.95, cpu)


def cold(database: Path, archive: Archive) -> None:
    """Makes the system forget the pages of the database, and closes the connections that hold some."""
    archive.engine.dispose()
    with database.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def command(database: str, folder: Path, corpus: Corpus) -> Iterator[Row]:
    """The command as a process of its own, for a query of each kind, and what starting it takes."""

    def timed(*words: str) -> Taken:
        began, used = time.perf_counter(), os.times()
        called = [sys.executable, str(_ROOT / "cli.py"), "--database", database, *words]
        subprocess.run(called, check=True, capture_output=True, cwd=folder)
        now = os.times()
        cpu = now.children_user + now.children_system - used.children_user - used.children_system
        return (time.perf_counter() - began) * 1000, cpu * 1000

    starts = [timed("--version") for _ in range(_COMMANDS)]
    yield Row(corpus.size, "command", "--version", *_quantiles(starts), 0)
    taken = [timed("search", query.text) for kind in KINDS[:-1] for query in corpus.queries(kind)[:1]]
    yield Row(corpus.size, "command", "search", *_quantiles(taken), 0)


def run(corpus: Corpus, options: argparse.Namespace) -> Iterator[Row]:
    """All measurements, once the archive is filled."""
    folder: Path = options.folder
    database = options.database or f"sqlite:///{folder.absolute() / 'ours.db'}"
    archive = Archive.open(database, folder / "warc", clock=lambda: START)
    name = archive.engine.dialect.name
    done = fill(archive, corpus, options.seconds)
    if done < corpus.size:
        print(f"{done:,} of {corpus.size:,} articles are there: go on with --resume", file=sys.stderr)
        return
    if name == "postgresql":
        with archive.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # as autovacuum does
    else:
        print(f"database {(folder / 'ours.db').stat().st_size / corpus.size:.0f} bytes an article", file=sys.stderr)
    for kind in KINDS:
        for query in corpus.queries(kind):
            ours(archive, query)
    yield from measure(f"warm {name}", corpus, lambda query: ours(archive, query), before=lambda: None)
    yield from measure(f"ranked {name}", corpus, lambda query: ours(archive, query, _RANKED), before=lambda: None)
    every = lambda query: ours(archive, query, 0)  # noqa: E731 - short and used once
    yield from measure(f"all ranked {name}", corpus, every, most=_COLD, before=lambda: None)
    if name == "sqlite":
        forget = lambda: cold(folder / "ours.db", archive)  # noqa: E731 - it takes no argument
        yield from measure(f"cold {name}", corpus, lambda query: ours(archive, query), most=_COLD, before=forget)
    yield from command(database, folder, corpus)
    archive.close()
    if name == "sqlite" and (find := bare(folder / "bare.db", corpus, options.seconds)):
        yield from measure("bare FTS5, bm25", corpus, find, before=lambda: None)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the development data: ../shared/data")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True, help="where the databases are made")
    parser.add_argument("--resume", action="store_true", help="go on with what is in the folder")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="how long to fill a database in this run")
    parser.add_argument("--database", help="an empty PostgreSQL database, instead of an SQLite file")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    if options.folder.exists() and not options.resume:
        parser.error(f"{options.folder} is there already: go on with --resume, or name another folder")
    options.folder.mkdir(parents=True, exist_ok=True)
    shown: list[Row] = []
    for row in run(Corpus(options.data, options.articles), options):
        shown.append(row)
        if options.format == "table":
            _print(row, with_heads=len(shown) == 1)
    if options.format == "json":
        print(json.dumps([asdict(row) for row in shown], indent=2))


def _print(row: Row, *, with_heads: bool) -> None:
    if with_heads:
        heads = "  ".join(f"{head:>8}" for head in ("p50 ms", "p95 ms", "p99 ms", "most", "CPU p50", "CPU p95"))
        print(f"{'articles':>9}  {'engine':21}  {'queries':9}  {heads}  hits")
    times = "  ".join(f"{value:>8}" for value in (row.p50, row.p95, row.p99, row.most, row.cpu_p50, row.cpu_p95))
    print(f"{row.articles:>9}  {row.engine:21}  {row.kind:9}  {times}  {row.hits}", flush=True)


if __name__ == "__main__":
    main()
