"""Articles a second into the archive, and where the time and the bytes go.

Usage: ``python -m benchmarks.storage [--articles 2000] [--database URL] [--data FILE] [--format table|json]``

Bodies are real pages where ``--data`` names a file of ``../shared/data/extraction``, else made up; they are kept
content-encoded (gzip), as crawlers receive them, unless ``--plain``. Each row is a fresh archive. The figures beside
which they stand are those of ``../shared/anchors.md``, section 'Database, articles/s': Core with 50 rows a batch
10,969 on SQLite and 2,810 on PostgreSQL, for one table without WARC.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import os
import random
import sys
import tempfile
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, Table, Text, text

from pipeline.conclude import Conclusion, Means, Prepared
from pipeline.visits import Visit
from storage.archive import Archive
from storage.engine import connect
from storage.records import Capture, Extraction, PayloadDigest, Role, SourceRecord
from storage.statements import captures, versions
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.page import Page
    from storage.records import WarcLocation

SOURCE = SourceRecord("bench", "Bench", "http://bench.example/")
START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = ("the", "of", "minister", "said", "people", "city", "water", "court", "report", "after", "before", "while")


@dataclass(frozen=True)
class Row:
    """One measurement: ``parts`` are milliseconds of wall time an article."""

    database: str
    batch: int
    articles: int
    articles_a_second: float
    cpu_ms: float
    rows_ms: float
    warc_ms: float
    sync_ms: float
    database_bytes: float
    warc_bytes: float


def bodies(data: Path | None, count: int) -> list[bytes]:
    """Pages to archive, some 150 KB each."""
    if data is None:
        chance = _chance(1)
        return [
            "".join(
                f"<p class=c{chance.randrange(90)}>{' '.join(chance.choices(_WORDS, k=60))}</p>" for _ in range(400)
            ).encode()
            for _ in range(min(count, 50))
        ]
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        return [base64.b64decode(json.loads(line)["html_base64"]) for line in lines]


def _chance(seed: int) -> random.Random:
    """The same course of things in every run."""
    return random.Random(seed)  # noqa: S311 - no secrets here


def visits(pages: Sequence[bytes], count: int, *, encoding: tuple[tuple[str, str], ...]) -> Iterator[Prepared]:
    """First visits to as many articles, with what an extractor made of them."""
    chance = _chance(2)
    for number in range(count):
        url = f"http://bench.example/2026/01/story-{number}"
        at = START + timedelta(seconds=number)
        body = pages[number % len(pages)] + number.to_bytes(4, "big")
        visit_id = uuid.uuid4().hex
        capture = Capture(
            uuid.uuid4().hex, SOURCE.key, Role.ARTICLE, url, url, at, 200, "OK",
            (("User-Agent", "Warraq/0.1 (+you@example.org)"), ("Accept-Encoding", "gzip, br")),
            (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx"), ("Etag", f'"{number}"'), *encoding),
            body, PayloadDigest("sha256:" + hashlib.sha256(body).hexdigest()), "192.0.2.1", visit_id,
        )  # fmt: skip
        read = Extraction(
            "bench", "1", None, title=f"Story {number}: what was said", language="en", direction="ltr",
            text="\n".join(" ".join(chance.choices(_WORDS, k=50)) for _ in range(8)), authors=("A. Writer",),
            published_at=at, published_on=at.date(), published_raw=at.isoformat(), published_from="json-ld",
            section="World", description="A story.", image_url=f"{url}.jpg", declared_url=url,
        )  # fmt: skip
        yield Prepared(Visit(visit_id, SOURCE, None, url, at, (capture,)), (), read)


def measure(database: str, folder: Path, prepared: Sequence[Prepared], batch: int) -> Row:
    """Archives everything in batches of this size, into a new archive."""
    archive = Archive.open(database, folder / "warc", clock=lambda: datetime.now(UTC))
    warc = WarcWriter(folder / "warc", clock=lambda: datetime.now(UTC), software="bench", originals=archive)
    means = Means(timedelta(hours=6), _never, archive.read_capture)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
    spent = {"warc": 0.0, "sync": 0.0, "rows": 0.0}
    cpu, started = time.process_time(), time.perf_counter()
    for begin in range(0, len(prepared), batch):
        part = prepared[begin : begin + batch]
        moment = time.perf_counter()
        located = [(item, tuple(warc.append(capture) for capture in item.visit.captures)) for item in part]
        written = time.perf_counter()
        warc.sync()
        synced = time.perf_counter()
        write_rows(archive, means, located)
        warc.confirm([location for _, locations in located for location in locations])
        spent["warc"] += written - moment
        spent["sync"] += synced - written
        spent["rows"] += time.perf_counter() - synced
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    warc.close()
    count = len(prepared)
    files = sum(path.stat().st_size for path in (folder / "warc").iterdir())
    row = Row(
        archive.engine.dialect.name,
        batch,
        count,
        round(count / seconds, 1),
        cpu_ms=round(cpu / count * 1000, 2),
        rows_ms=round(spent["rows"] / count * 1000, 3),
        warc_ms=round(spent["warc"] / count * 1000, 3),
        sync_ms=round(spent["sync"] / count * 1000, 3),
        database_bytes=round(database_bytes(archive) / count),
        warc_bytes=round(files / count),
    )
    check(archive, count)
    archive.close()
    return row


def one_table(folder: Path, count: int) -> float:
    """Rows a second by the way of the anchor: SQLAlchemy Core, one table, 50 rows a batch, no WARC, no versions.

    On the machine of the anchors it gave 10,969; the ratio says how this machine does at this moment.
    """
    engine = connect(str(folder / "peer.db"))
    metadata = MetaData()
    names = ("url", "title", "text", "language", "published", "fetched", "digest")
    table = Table(
        "articles", metadata, Column("id", Integer, primary_key=True), *(Column(name, Text) for name in names)
    )
    metadata.create_all(engine)
    chance = _chance(3)
    content = "\n".join(" ".join(chance.choices(_WORDS, k=50)) for _ in range(8))
    rows = [dict.fromkeys(names, "x") | {"url": f"http://bench.example/{n}", "text": content} for n in range(count)]
    started = time.perf_counter()
    for begin in range(0, count, 50):
        with engine.begin() as connection:
            connection.execute(table.insert(), rows[begin : begin + 50])
    seconds = time.perf_counter() - started
    engine.dispose()
    return count / seconds


def write_rows(archive: Archive, means: Means, located: Sequence[tuple[Prepared, tuple[WarcLocation, ...]]]) -> None:
    """One transaction, a savepoint a visit, as the ingest writes it."""
    with archive.writing() as writer:
        for item, locations in located:
            with writer.savepoint():
                Conclusion(writer, Prepared(item.visit, locations, item.extraction), means).write()


def _never(_page: Page) -> Extraction:
    raise AssertionError("nothing is extracted again here")


def database_bytes(archive: Archive) -> int:
    """The size of tables and indexes."""
    with archive.reading() as connection:
        if archive.engine.dialect.name == "sqlite":
            pages = connection.execute(text("PRAGMA page_count")).scalar() or 0
            return int(pages) * int(connection.execute(text("PRAGMA page_size")).scalar() or 0)
        query = (
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        return int(connection.execute(text(query)).scalar() or 0)


def parts_of_database(path: Path, count: int) -> dict[str, float]:
    """Bytes an article by table and index, where this SQLite can tell (dbstat)."""
    archive = Archive.open(str(path), path.parent / "warc", clock=lambda: datetime.now(UTC))
    with archive.reading() as connection:
        rows = connection.execute(text("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC")).all()
    archive.close()
    return {name: round(size / count, 1) for name, size in rows if size > 50 * count}


def check(archive: Archive, count: int) -> None:
    """A benchmark that archives less than it says would be fast."""
    with archive.reading() as connection:
        for table in (captures, versions):
            found = connection.execute(table.select().with_only_columns(table.c.id)).all()
            if len(found) != count:
                raise SystemExit(f"{table.name}: {len(found)} rows of {count}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument(
        "--database", action="append", default=[], help="PostgreSQL URL of an empty schema to measure too"
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--plain", action="store_true", help="bodies without content encoding")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    pages = bodies(options.data, options.articles)
    encoding: tuple[tuple[str, str], ...] = ()
    if not options.plain:
        pages, encoding = [gzip.compress(page, 6, mtime=0) for page in pages], (("Content-Encoding", "gzip"),)
    with tempfile.TemporaryDirectory() as folder:
        print(
            f"one table, Core, 50 rows a batch: {one_table(Path(folder), 5000):.0f} rows/s (anchor 10,969)",
            file=sys.stderr,
        )
    print_rows(list(all_rows(options.articles, options.database, pages, encoding)), options.format)


def all_rows(
    count: int, servers: Sequence[str], pages: Sequence[bytes], encoding: tuple[tuple[str, str], ...]
) -> Iterator[Row]:
    """One row a database and batch size; a single visit a batch is measured on a quarter of the articles."""
    for server in ("", *servers):
        for batch, articles in ((50, count), (1, max(count // 4, 1))):
            with tempfile.TemporaryDirectory() as folder:
                prepared = list(visits(pages, articles, encoding=encoding))
                yield measure(server or f"sqlite:///{folder}/bench.db", Path(folder), prepared, batch)
                if not server and batch > 1:
                    print("bytes an article:", parts_of_database(Path(folder) / "bench.db", articles), file=sys.stderr)
                elif server:
                    break


def print_rows(rows: Sequence[Row], how: str) -> None:
    """One line a row, or JSON."""
    if how == "json":
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    names = list(asdict(rows[0]))
    print(" ".join(f"{name:>18}" for name in names))
    for row in rows:
        print(" ".join(f"{value:>18}" for value in asdict(row).values()))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
