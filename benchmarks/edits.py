"""Measure what becomes of pairs of captures of one article: which are versions, which noise, which no articles.

``--data`` takes JSON lines, gzipped or not, with ``url``, ``label`` (``same``, ``real``, ``noise``, ``index``),
``before_html_base64`` and ``after_html_base64``, and perhaps ``before_seen_at`` and ``after_seen_at``. Each pair is two
visits of one article, taken the product's whole way: WARC file, extraction worker, comparison, decision, rows of an
archive made for the run. Pages of one site are one source and come in the file's order, as in a crawl.

    python -m benchmarks.edits --data dev.jsonl.gz --format json

A label speaks of the text: ``same`` pairs have the same text in both captures. Where a headline alone was changed the
version is right all the same; such pairs are told one by one under ``headline_only``, and counted by their text.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import hashlib
import json
import sys
import tempfile
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs as a file as well as a module

from pipeline.ingest import Ingest
from pipeline.visits import Visit
from pipeline.workers import ExtractionPool
from storage.archive import Archive
from storage.errors import NotFoundError
from storage.queries import Queries
from storage.records import Capture, Outcome, PayloadDigest, Role, SourceRecord
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.article_views import VersionView

_FIRST_SEEN = datetime(2017, 1, 1, tzinfo=UTC)
_APART = timedelta(days=1)
_KEPT = {"same": ("same_kept", "same_broken"), "noise": ("noise_rejected", "noise_kept")}
_COUNTS = (
    *("same_kept", "same_broken", "real_kept", "real_missed"),
    *("noise_rejected", "noise_kept", "index_recognised", "index_missed"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a pair: the outcomes of its two visits, and what of the article changed for Warraq."""

    number: int
    url: str
    label: str
    outcomes: tuple[Outcome, Outcome]
    titles: tuple[str, ...] = ()
    change: str = ""

    @property
    def counted_as(self) -> str:
        """The count that the pair goes into."""
        if self.label == "index":
            is_known = set(self.outcomes) == {Outcome.NOT_AN_ARTICLE}
            return "index_recognised" if is_known else "index_missed"
        if self.label == "real":
            return "real_kept" if self.change else "real_missed"
        return _KEPT[self.label]["text" in self.change]

    @property
    def is_headline_only(self) -> bool:
        """Whether a pair with the same text is a version for its headline."""
        return self.label != "real" and self.change == "headline"


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The lines of a data file."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.decode().splitlines() if line.strip()]


def measure(rows: Sequence[dict[str, Any]]) -> list[Answer]:
    """What becomes of every pair, in order; a URL that comes again has its later pairs in another archive."""
    times_seen: Counter[str] = Counter()
    shelves: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    for number, row in enumerate(rows):
        shelves.setdefault(times_seen[row["url"]], []).append((number, row))
        times_seen[row["url"]] += 1
    answers = [answer for shelf in shelves.values() for answer in _archived(shelf)]
    return sorted(answers, key=lambda answer: answer.number)


def _archived(pairs: Sequence[tuple[int, dict[str, Any]]]) -> list[Answer]:
    with tempfile.TemporaryDirectory(prefix="warraq-edits-") as name:
        folder = Path(name)
        archive = Archive.open(f"sqlite:///{folder / 'warraq.db'}", folder / "warc", clock=lambda: _FIRST_SEEN)
        try:
            outcomes = asyncio.run(_visited(archive, pairs))
            return [_answer(archive, number, row, found) for (number, row), found in zip(pairs, outcomes, strict=True)]
        finally:
            archive.close()


async def _visited(archive: Archive, pairs: Iterable[tuple[int, dict[str, Any]]]) -> list[tuple[Outcome, Outcome]]:
    warc = WarcWriter(archive.warc_dir, clock=lambda: _FIRST_SEEN, software="benchmark", originals=archive)
    pool = ExtractionPool(1, page_timeout_seconds=60, memory_bytes=1 << 30)
    ingest = Ingest(archive, warc, pool, confirm_after=timedelta(hours=6))
    outcomes = []
    try:
        for _, row in pairs:
            source = _source(row["url"])
            with archive.writing() as writer:
                writer.upsert_source(source)
            before, after = _moment(row, "before", _FIRST_SEEN), _moment(row, "after", _FIRST_SEEN + _APART)
            first = await ingest.visit(_visit(source, row, "before", before))
            second = await ingest.visit(_visit(source, row, "after", max(after, before + timedelta(hours=1))))
            outcomes.append((first, second))
    finally:
        await ingest.close()
    return outcomes


def _source(url: str) -> SourceRecord:
    host = urlsplit(url).hostname or "unknown"
    return SourceRecord(host, host, f"http://{host}/")


def _moment(row: dict[str, Any], side: str, default: datetime) -> datetime:
    """The moment of a capture; the files write days as ``2017_01-28``."""
    said = row.get(f"{side}_seen_at", "").replace("_", "-")
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return default
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _visit(source: SourceRecord, row: dict[str, Any], side: str, at: datetime) -> Visit:
    body, visit_id = base64.b64decode(row[f"{side}_html_base64"]), uuid.uuid4().hex
    capture = Capture(
        record_id=uuid.uuid4().hex,
        source_key=source.key,
        role=Role.ARTICLE,
        url=row["url"],
        requested_url=row["url"],
        captured_at=at,
        status=200,
        reason="OK",
        request_headers=(),
        response_headers=(("Content-Type", "text/html"),),
        body=body,
        payload_digest=PayloadDigest(f"sha256:{hashlib.sha256(body).hexdigest()}"),
        visit_id=visit_id,
    )
    return Visit(visit_id, source, None, row["url"], at, (capture,))


def _answer(archive: Archive, number: int, row: dict[str, Any], outcomes: tuple[Outcome, Outcome]) -> Answer:
    try:
        versions: tuple[VersionView, ...] = Queries(archive).find(row["url"]).versions
    except NotFoundError:
        versions = ()
    change = versions[-1].change if len(versions) > 1 else ""
    return Answer(number, row["url"], row["label"], outcomes, tuple(version.title for version in versions), change)


def summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """The counts, and the pairs that went into a wrong one or changed in their headline alone."""
    counts = Counter(answer.counted_as for answer in answers)
    wrong = ("same_broken", "real_missed", "noise_kept", "index_missed")
    return {
        **{name: counts[name] for name in _COUNTS},
        "headline_only": [
            {"pair": answer.number, "url": answer.url, "titles": answer.titles}
            for answer in answers
            if answer.is_headline_only
        ],
        "wrong": [
            {
                "pair": answer.number,
                "url": answer.url,
                "counted_as": answer.counted_as,
                "outcomes": [outcome.value for outcome in answer.outcomes],
                "change": answer.change,
            }
            for answer in answers
            if answer.counted_as in wrong
        ],
    }


def print_table(result: dict[str, Any]) -> None:
    """The counts on one line each, then the pairs to look at."""
    for name in _COUNTS:
        print(f"{name:18} {result[name]}")
    for row in result["headline_only"]:
        print(f"headline only: {row['url']}: {' → '.join(row['titles'])}")
    for row in result["wrong"]:
        print(f"{row['counted_as']}: {row['url']}: {', '.join(row['outcomes'])} {row['change']}")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; 0 when it ran, 1 when a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="JSON lines of pairs of captures")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args(arguments)
    try:
        rows = read_rows(options.data)
    except (OSError, ValueError) as error:
        print(f"{options.data}: {error}", file=sys.stderr)
        return 1
    result = summary(measure(rows))
    if options.format == "json":
        print(json.dumps(result, ensure_ascii=False))
    else:
        print_table(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
