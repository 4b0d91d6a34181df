"""Measure what extractors make of annotated pages: text, title, date, authors and CPU time.

``--data`` takes files of JSON lines (gzipped or not), one page each: ``text`` (gold) and ``html_base64``, perhaps
``url``, ``site``, ``title``, ``date``, ``authors``. Every tool sees each page alone, in the file's order, in worker
processes that have warmed up; CPU time is the process's own, so that several workers do not distort it.

    python -m benchmarks.extraction --data pages.jsonl.gz --tools warraq,trafilatura --format table
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from time import process_time
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs as a file as well as a module

from benchmarks.extractors import TOOLS, Reading, warm_up
from benchmarks.metrics import TextScore, names, normalise, score_text, summarise

if TYPE_CHECKING:
    from collections.abc import Callable

_WORKERS = 2
_CHUNK = 8


@dataclass(frozen=True, slots=True)
class Gold:
    """One annotated page; fields the data set lacks are None."""

    key: str
    site: str
    url: str
    html: bytes
    text: str
    title: str | None
    date: str | None
    authors: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class PageScore:
    """What one tool made of one page; a field is None where the gold lacks it."""

    key: str
    text: TextScore
    title: bool | None
    date: bool | None
    authors: bool | None
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result. Shares are between 0 and 1; ``cpu_ms`` is the mean CPU time a page."""

    data: str
    tool: str
    pages: int
    f1: float
    precision: float
    recall: float
    title: float | None
    date: float | None
    authors: float | None
    cpu_ms: float


def read_pages(path: Path) -> list[Gold]:
    """The pages of one data file, in its order; those without a gold text were never annotated and are left out."""
    held = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    pages = [_gold(json.loads(line)) for line in held.splitlines() if line.strip()]
    return [page for page in pages if page.text.strip()]


def _gold(row: dict[str, Any]) -> Gold:
    authors = row.get("authors")
    listed = [authors] if isinstance(authors, str) else list(authors or ())
    return Gold(
        key=str(row.get("id", "")),
        site=str(row.get("site", "")),
        url=row.get("url") or "http://example.invalid/",
        html=base64.b64decode(row["html_base64"]),
        text=row["text"],
        title=row.get("title") or None,
        date=_day(row.get("date")),
        authors=names(listed) or None,
    )


def _day(value: str | None) -> str | None:
    # A gold date without a day ("2024-05") says nothing about the day.
    return value[:10] if value and len(value) >= len("2024-05-01") else None


def half_of(site: str) -> int:
    """0 or 1, by the site's name: rules are developed on pages of one half and confirmed on the other."""
    return zlib.crc32(site.encode()) & 1


def score_page(tools: list[str], gold: Gold) -> list[PageScore]:
    """Run each tool on one page, one after the other: what else the machine does then weighs on all alike."""
    scores = []
    for tool in tools:
        started = process_time()
        reading = _read(tool, gold)
        scores.append(judge(gold, reading, (process_time() - started) * 1000))
    return scores


def _read(tool: str, gold: Gold) -> Reading:
    try:
        return TOOLS[tool](gold.html, gold.url)
    except Exception as error:  # noqa: BLE001 -- one page of one peer: what it raises on, it has not read
        print(f"{tool} failed on {gold.key}: {error}", file=sys.stderr)
        return Reading("")


def judge(gold: Gold, reading: Reading, cpu_ms: float) -> PageScore:
    """Compare a reading with the gold."""
    return PageScore(
        gold.key,
        score_text(gold.text, reading.text),
        None if gold.title is None else normalise(reading.title) == normalise(gold.title),
        None if gold.date is None else reading.date == gold.date,
        None if gold.authors is None else names(reading.authors) == gold.authors,
        cpu_ms,
    )


_WARM_PAGE = b"<html><head><title>A page</title></head><body><article><h1>A page</h1>%s</article></body></html>" % (
    b"<p>A sentence long enough for every tool to take it for the text of an article, with a comma or two.</p>" * 8
)


def _warm(tools: list[str]) -> None:
    for tool in tools:
        warm_up(tool)
        for _ in range(3):
            TOOLS[tool](_WARM_PAGE, "http://example.invalid/warm")


def run_tools(tools: list[str], pages: list[Gold], workers: int) -> list[list[PageScore]]:
    """Every page through every tool: one list a tool, in the order of the pages."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_warm, initargs=(tools,)) as pool:
        scored = list(pool.map(partial(score_page, tools), pages, chunksize=_CHUNK))
    return [list(column) for column in zip(*scored, strict=True)]


def summary(data: str, tool: str, scores: list[PageScore]) -> Row:
    """One row from the scores of one tool on one file."""
    f1, precision, recall = summarise([score.text for score in scores])
    return Row(
        data,
        tool,
        len(scores),
        round(f1, 4),
        round(precision, 4),
        round(recall, 4),
        _share(scores, lambda score: score.title),
        _share(scores, lambda score: score.date),
        _share(scores, lambda score: score.authors),
        round(mean(score.cpu_ms for score in scores), 2),
    )


def _share(scores: list[PageScore], field: Callable[[PageScore], bool | None]) -> float | None:
    known = [value for value in map(field, scores) if value is not None]
    return round(mean(known), 4) if known else None


def print_table(rows: list[Row]) -> None:
    """The rows for a person."""
    print(f"{'data':<24}{'tool':<24}{'pages':>6}{'F1':>8}{'P':>8}{'R':>8}{'title':>8}{'date':>8}{'auth.':>8}{'ms':>8}")
    for row in rows:
        shares = "".join(
            f"{'–' if value is None else format(value, '.3f'):>8}" for value in (row.title, row.date, row.authors)
        )
        print(
            f"{row.data:<24}{row.tool:<24}{row.pages:>6}{row.f1:>8.4f}{row.precision:>8.4f}{row.recall:>8.4f}"
            f"{shares}{row.cpu_ms:>8.1f}"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark from the command line; the exit status is 0."""
    options = _parse(arguments)
    rows: list[Row] = []
    for path in options.data:
        pages = [page for page in read_pages(path) if options.half is None or half_of(page.site) == options.half]
        name = path.name.removesuffix(".gz").removesuffix(".jsonl")
        columns = run_tools(options.tools, pages, options.workers)
        rows += [summary(name, tool, scores) for tool, scores in zip(options.tools, columns, strict=False)]
    if options.format == "json":
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        print_table(rows)
    return 0


def _tools(value: str) -> list[str]:
    chosen = [name.strip() for name in value.split(",") if name.strip()]
    if unknown := [name for name in chosen if name not in TOOLS]:
        raise argparse.ArgumentTypeError(f"unknown tool {', '.join(unknown)}; known: {', '.join(TOOLS)}")
    return chosen


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--tools", type=_tools, default=["warraq", "trafilatura"], help=",".join(TOOLS))
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only sites of this half, by hash of their name")
    parser.add_argument("--workers", type=int, default=_WORKERS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
