"""An archive into which texts go as articles, for measuring how copies are found and what that costs as it grows."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from pipeline.copies import WINDOW, CopyFinder
from pipeline.shingles import shingle
from storage.archive import Archive
from storage.extraction_values import version_values
from storage.records import (
    ArticleStatus,
    CanonicalUrl,
    Capture,
    Extraction,
    PayloadDigest,
    Role,
    SourceRecord,
    WarcLocation,
)
from storage.records_stored import VersionMarks
from storage.statements import articles, shingles, versions
from storage.writer_copies import generation_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.archive import Writer

_START = datetime(2026, 3, 1, tzinfo=UTC)
_BATCH = 50
_FILLED_AT_ONCE = 5_000
_MOST_HOLDERS = 50  # as in pipeline.copies: what so many articles hold is not indexed again
# Every version names the capture it was read from; the documents of a set came by none, so they share this one.
_CAPTURE = Capture(
    "0" * 32, "set", Role.ARTICLE, "http://set.example/", "http://set.example/", _START, 200, "OK", (), (), b"",
    PayloadDigest("sha256:" + hashlib.sha256(b"").hexdigest()),
)  # fmt: skip
_SET_CURRENT = articles.update().where(articles.c.current_version_id.is_(None)).values(current_version_id=articles.c.id)
_CONTINUE = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds: of this process, and of the database server for its connections (0 where it cannot be seen)."""

    here: float = 0
    server: float = 0


class Shelf:
    """An archive into which documents go as articles, each under an address of its own.

    Args:
        folder: Where an SQLite file may be put.
        database: The URL of an empty database, where it is not to be an SQLite file.
        sites: How many sources the documents are of, in turns; 0 makes each document a source of its own.
    """

    def __init__(self, folder: Path, database: str | None = None, sites: int = 0) -> None:
        self.archive = Archive.open(database or f"sqlite:///{folder / 'a.db'}", folder / "warc", clock=lambda: _START)
        self.ids: dict[int, int] = {}
        self._finder = CopyFinder()
        self._sites = sites
        self._servers: set[int] = set()
        if self.archive.engine.dialect.name == "postgresql":
            event.listen(self.archive.engine, "checkout", lambda one, *_: self._servers.add(one.info.backend_pid))
        with self.archive.writing() as writer:
            for key in ("set", *(f"s{number}" for number in range(sites))):
                writer.upsert_source(SourceRecord(key, key, f"http://{key}.example/"))
            self._capture = writer.add_capture(_CAPTURE, WarcLocation("none.warc.gz", 0, 0))

    def put(self, texts: Iterable[str], keys: Sequence[str] = ()) -> Spent:
        """Archives the texts, of the sources named by ``keys`` where these are given; what finding copies cost."""
        spent, numbered = Spent(), enumerate(texts, start=len(self.ids))
        while batch := list(islice(numbered, _BATCH)):
            with self.archive.writing() as writer:
                for number, text in batch:
                    self.ids[number] = self._article(writer, keys[number] if keys else self._key(number), number, text)
                begun, server = time.process_time(), self._server_seconds()
                for number, _ in batch:
                    self._finder.note(writer, self.ids[number], _START)
                here = spent.here + time.process_time() - begun
                spent = Spent(here, spent.server + self._server_seconds() - server)
        return spent

    def fill(self, texts: Sequence[str]) -> None:
        """Archives texts as if they had come evenly over the window: the same rows, written in bulk.

        Only what finding copies reads is written: articles, versions and the index, without its fresh part.
        """
        held: Counter[tuple[int, int]] = Counter()
        for begin in range(0, len(texts), _FILLED_AT_ONCE):
            first = len(self.ids)
            chunk = [
                (number, text, _START - WINDOW * (1 - number / (first - begin + len(texts))))
                for number, text in enumerate(texts[begin : begin + _FILLED_AT_ONCE], start=first)
            ]
            with self.archive.engine.begin() as connection:
                connection.execute(articles.insert(), [self._article_row(number, at) for number, _, at in chunk])
                connection.execute(versions.insert(), [self._version_row(*one) for one in chunk])
                connection.execute(_SET_CURRENT)
                connection.execute(shingles.insert(), _index_rows(chunk, held))
            self.ids |= {number: number + 1 for number, _, _ in chunk}
        if self.archive.engine.dialect.name == "postgresql":
            with self.archive.engine.begin() as connection:
                for table in ("articles", "versions"):  # their rows were numbered here
                    connection.exec_driver_sql(_CONTINUE.format(table=table))
                connection.exec_driver_sql("ANALYZE")

    def pairs(self) -> list[tuple[int, int]]:
        """The documents that stand in a cluster, each with its original."""
        numbers = {article: number for number, article in self.ids.items()}
        with self.archive.writing() as writer:
            rows = writer.clusters_with(list(self.ids.values()))
        return [(numbers[row.article_id], numbers[row.original_article_id]) for row in rows]

    def index_bytes(self) -> int:
        """What the index of texts takes on disk."""
        with self.archive.reading() as connection:
            if connection.dialect.name == "postgresql":
                return int(connection.exec_driver_sql("SELECT pg_total_relation_size('shingles')").scalar_one())
            # SQLite's own table of how many bytes each table takes.
            found = connection.exec_driver_sql("SELECT sum(pgsize) FROM dbstat WHERE name = 'shingles'")
            return int(found.scalar() or 0)

    def _key(self, number: int) -> str:
        return f"s{number % self._sites if self._sites else number}"

    def _article(self, writer: Writer, key: str, number: int, text: str) -> int:
        at = _START + timedelta(seconds=number)
        if not self._sites:
            writer.upsert_source(SourceRecord(key, key, f"http://{key}.example/"))
        article = writer.create_article(key, CanonicalUrl(f"http://{key}.example/{number}"), at)
        digest = hashlib.sha256(text.encode()).hexdigest()
        extraction = Extraction("set", "1", None, title="", text=text)
        writer.add_version(article, extraction, VersionMarks(at, self._capture, digest, digest))
        return article

    def _article_row(self, number: int, at: datetime) -> dict[str, Any]:
        key = self._key(number)
        url = f"http://{key}.example/{number}"
        row = {"id": number + 1, "public_id": f"a{number}", "source_key": key, "canonical_url": url}
        return row | {"status": ArticleStatus.LIVE, "first_seen_at": at, "last_seen_at": at}

    def _version_row(self, number: int, text: str, at: datetime) -> dict[str, Any]:
        row = version_values(Extraction("set", "1", None, title="", text=text))
        row |= {"id": number + 1, "public_id": f"v{number}", "article_id": number + 1, "word_count": len(text.split())}
        row |= {"title_digest": "", "text_digest": "", "first_capture_id": self._capture}
        return row | {"first_captured_at": at, "last_captured_at": at}

    def _server_seconds(self) -> float:
        return sum(map(seconds_of, self._servers))


def _index_rows(chunk: Iterable[tuple[int, str, datetime]], held: Counter[tuple[int, int]]) -> list[dict[str, int]]:
    """The rows of the index for some texts, in its order; ``held`` counts how many articles hold each hash."""
    rows = []
    for number, text, at in chunk:
        generation = generation_of(at.date())
        for run in shingle(text).sketch:
            held[generation, run] += 1
            if held[generation, run] <= _MOST_HOLDERS:
                rows.append({"generation": generation, "hash": run, "article_id": number + 1})
    return sorted(rows, key=lambda row: (row["generation"], row["hash"]))


def seconds_of(process: int) -> float:
    """CPU seconds that a process of this machine has used; 0 where it cannot be seen."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
