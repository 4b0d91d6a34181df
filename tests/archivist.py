"""A process that archives a made-up sequence of visits through the pipeline's own conclusions, for tests to kill.

Visits, their ids and what they show follow from numbers, so that any process can take up where another was killed.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.conclude import Conclusion, Means, Prepared
from pipeline.visits import Visit
from storage.archive import Archive
from storage.errors import ArchiveConflictError
from storage.records import Capture, Extraction, PayloadDigest, Role, SourceRecord
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.page import Page
    from storage.records import WarcLocation

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = SourceRecord("gazette", "The Gazette", "http://gazette.example/")
_NAMESPACE = uuid.UUID("6f1f1c1e-0000-4000-8000-000000000000")
_WORDS = (
    "river",
    "market",
    "council",
    "bridge",
    "spring",
    "summer",
    "harvest",
    "minister",
    "school",
    "doctor",
    "valley",
)


@dataclass(frozen=True)
class Sight:
    """What the visit of one number finds: article ``article`` with its text of round ``text_round``."""

    number: int
    article: int
    text_round: int
    at: datetime

    @property
    def url(self) -> str:
        return f"http://gazette.example/{self.article}"

    @property
    def text(self) -> str:
        seed = self.article * 7919 + self.text_round
        return " ".join(_WORDS[(seed >> shift) % len(_WORDS)] for shift in range(40)) + f" {seed}"

    def visit(self, crawler: str) -> Visit:
        """The visit, the same whenever it is made by this crawler."""
        body = f"<article><h1>Title {self.article}</h1><p>{self.text}</p></article>".encode()
        visit_id = uuid.uuid5(_NAMESPACE, f"{crawler} {self.number}").hex
        capture = Capture(
            record_id=uuid.uuid4().hex,
            source_key=SOURCE.key,
            role=Role.ARTICLE,
            url=self.url,
            requested_url=self.url,
            captured_at=self.at,
            status=200,
            reason="OK",
            request_headers=(("User-Agent", "test"),),
            response_headers=(("Content-Type", "text/html"),),
            body=body,
            payload_digest=PayloadDigest("sha256:" + hashlib.sha256(body).hexdigest()),
            visit_id=visit_id,
        )
        return Visit(visit_id, SOURCE, None, self.url, self.at, (capture,))


def read(body: bytes) -> Extraction:
    """What an extractor that knows the made-up pages makes of one."""
    title, _, text = body.decode().partition("<h1>")[2].partition("</h1><p>")
    return Extraction("reader", "1", None, title=title, text=text.removesuffix("</p></article>"), language="en")


def sights(articles: int, rounds: int) -> list[Sight]:
    """Every article once a round; a third of them are edited in each round after the first."""
    found: list[Sight] = []
    edits = dict.fromkeys(range(articles), 0)
    for round_number in range(rounds):
        for article in range(articles):
            if round_number and (article + round_number) % 3 == 0:
                edits[article] += 1
            at = START + timedelta(days=round_number, seconds=article)
            found.append(Sight(len(found), article, edits[article], at))
    return found


class Archivist:
    """Archives visits in batches, WARC first, the way the ingest does."""

    def __init__(self, database: str, warc_dir: Path, *, crawler: str = "one", max_bytes: int = 20_000) -> None:
        def now() -> datetime:
            return datetime.now(UTC)

        self.archive = Archive.open(database, warc_dir, clock=now)
        self.warc = WarcWriter(warc_dir, clock=now, software="test", max_bytes=max_bytes, originals=self.archive)
        self._crawler = crawler
        self._means = Means(timedelta(hours=6), _never, self.archive.read_capture)
        with self.archive.writing() as writer:
            writer.upsert_source(SOURCE)

    def recover(self) -> None:
        """Concludes the visits whose records an earlier process left without rows."""
        for captures, locations in self.archive.unfinished():
            final = captures[-1]
            visit = Visit(final.visit_id or "", SOURCE, None, final.url, final.captured_at, captures)
            self._conclude([(visit, locations)])
        self.archive.settle_unfinished()

    def archive_sights(self, seen: Iterable[Sight], *, batch: int = 10, report: int | None = None) -> None:
        """Archives those that have no row yet; ids of committed visits are written to the descriptor ``report``."""
        waiting: list[Visit] = []
        for sight in seen:
            waiting.append(sight.visit(self._crawler))
            if len(waiting) == batch:
                self._write(waiting, report)
                waiting = []
        self._write(waiting, report)

    def close(self) -> None:
        self.warc.close()
        self.archive.close()

    def _write(self, visits: list[Visit], report: int | None) -> None:
        with self.archive.writing() as writer:
            new = [visit for visit in visits if not writer.has_visit(visit.visit_id)]
        pairs = [(visit, tuple(self.warc.append(capture) for capture in visit.captures)) for visit in new]
        self.warc.sync()
        self._conclude(pairs)
        if report is not None and pairs:
            os.write(report, "".join(f"{visit.visit_id}\n" for visit, _ in pairs).encode())

    def _conclude(self, pairs: Sequence[tuple[Visit, tuple[WarcLocation, ...]]]) -> None:
        while True:
            try:
                self._conclude_once(pairs)
            except ArchiveConflictError:
                continue
            break
        self.warc.confirm([location for _, locations in pairs for location in locations])

    def _conclude_once(self, pairs: Sequence[tuple[Visit, tuple[WarcLocation, ...]]]) -> None:
        with self.archive.writing() as writer:
            for visit, locations in sorted(pairs, key=lambda pair: pair[0].requested_url):
                extraction = read(visit.captures[-1].body)
                with writer.savepoint():
                    Conclusion(writer, Prepared(visit, locations, extraction), self._means).write()


def _never(_page: Page) -> Extraction:
    raise AssertionError("the extractor's release does not change here")
