"""Measure what extractors make of annotated pages: text, paragraphs, title, date, authors and CPU time.

``--data`` takes files of JSON lines (gzipped or not), one page each: ``text`` (gold) and ``html_base64``, perhaps
``url``, ``site``, ``title``, ``date``, ``authors``. Every tool sees each page alone, in worker processes that have
warmed up; only ``warraq`` sees the pages of one site in the file's order and learns from page to page, as in a crawl.
Nothing is learned from the gold. Where it read pages through a site profile, all tools are told again on those pages
(``profile``) and on the others (``full``). CPU time is the process's own, so that several workers do not distort it.

    python -m benchmarks.extraction --data pages.jsonl.gz --format table

Peers that are not installed are told and left out (``pip install '.[bench]'``). ``kept`` is F1 where headline and
captions, which a tool keeps in fields of their own, count wherever the gold holds them within its text; ``par.`` the
share of the gold's paragraphs that come out whole; ``of tr.`` the CPU time as a part of trafilatura's in the same run.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from time import process_time
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs as a file as well as a module

from benchmarks.extractors import PROFILED, TOOLS, Reading, SiteReader, is_installed, warm_up
from benchmarks.metrics import TextScore, exact_paragraphs, kept_text, names, normalise, score_text, summarise

if TYPE_CHECKING:
    from collections.abc import Mapping

PEERS = (
    *("warraq", "warraq-alone", "trafilatura", "trafilatura-precision"),
    *("newspaper4k", "readability-lxml", "resiliparse"),
)
"""What runs unless it is told otherwise."""
_WORKERS = 2
_ALL_TOOLS = (PROFILED, *TOOLS)

Reader = Callable[[bytes, str], Reading]


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
    kept: TextScore
    paragraphs: float | None
    title: bool | None
    date: bool | None
    authors: bool | None
    cpu_ms: float
    is_through: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result. Shares are between 0 and 1; ``cpu_ms`` is the mean CPU time a page.

    ``kept_f1`` counts headline and captions where the gold holds them; ``of_trafilatura`` is the CPU time as a part of
    trafilatura's, None where that did not run.
    """

    data: str
    tool: str
    pages: int
    f1: float
    precision: float
    recall: float
    kept_f1: float
    paragraphs: float | None
    title: float | None
    date: float | None
    authors: float | None
    cpu_ms: float
    of_trafilatura: float | None = None


def read_pages(path: Path) -> list[Gold]:
    """The pages of one data file, in its order; those without a gold text were never annotated and are left out."""
    held = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    pages = [_gold(json.loads(line)) for line in held.splitlines() if line.strip()]
    return _with_own_addresses([page for page in pages if page.text.strip()])


def _with_own_addresses(pages: list[Gold]) -> list[Gold]:
    """Pages with an address each: some files give the site's alone, or none, and an address tells articles apart."""
    times = Counter(page.url for page in pages)
    return [
        replace(page, url=f"{page.url}{zlib.crc32(page.html):x}") if times[page.url] > 1 else page for page in pages
    ]


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


def score_site(tools: list[str], pages: list[Gold]) -> list[list[PageScore]]:
    """Run each tool on the pages of one site, a page after the other: one list of scores a page."""
    site = SiteReader() if PROFILED in tools else None
    readers = {tool: site.read if site and tool == PROFILED else TOOLS[tool] for tool in tools}
    return [score_page(readers, page) for page in pages]


def score_page(readers: Mapping[str, Reader], gold: Gold) -> list[PageScore]:
    """Run each tool on one page, one after the other: what else the machine does then weighs on all alike."""
    scores = []
    for tool, reader in readers.items():
        started = process_time()
        reading = _read(tool, reader, gold)
        scores.append(judge(gold, reading, (process_time() - started) * 1000))
    return scores


def _read(tool: str, reader: Reader, gold: Gold) -> Reading:
    try:
        return reader(gold.html, gold.url)
    except Exception as error:  # noqa: BLE001 -- one page of one peer: what it raises on, it has not read
        print(f"{tool} failed on {gold.key}: {error}", file=sys.stderr)
        return Reading("")


def judge(gold: Gold, reading: Reading, cpu_ms: float) -> PageScore:
    """Compare a reading with the gold."""
    return PageScore(
        gold.key,
        score_text(gold.text, reading.text),
        score_text(gold.text, kept_text(gold.text, reading.text, (reading.title, *reading.captions))),
        exact_paragraphs(gold.text, reading.text),
        None if gold.title is None else normalise(reading.title) == normalise(gold.title),
        None if gold.date is None else reading.date == gold.date,
        None if gold.authors is None else names(reading.authors) == gold.authors,
        cpu_ms,
        reading.is_through,
    )


_WARM_PAGE = b"<html><head><title>A page</title></head><body><article><h1>A page</h1>%s</article></body></html>" % (
    b"<p>A sentence long enough for every tool to take it for the text of an article, with a comma or two.</p>" * 8
)


def _warm(tools: list[str]) -> None:
    for tool in tools:
        warm_up(tool)
        for _ in range(3 if tool in TOOLS else 0):
            TOOLS[tool](_WARM_PAGE, "http://example.invalid/warm")


def run_tools(tools: list[str], pages: list[Gold], workers: int) -> list[list[PageScore]]:
    """Every page through every tool: one list a tool, all of them in one order, that of the sites."""
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_warm, initargs=(tools,)) as pool:
        # The longest first, so that no process is left alone with a large site at the end.
        by_site = sorted(_by_site(pages), key=len, reverse=True)
        scored = [scores for site in pool.map(partial(score_site, tools), by_site) for scores in site]
    return [list(column) for column in zip(*scored, strict=True)]


def _by_site(pages: list[Gold]) -> list[list[Gold]]:
    sites: dict[str, list[Gold]] = {}
    for page in pages:
        sites.setdefault(page.site or page.key, []).append(page)
    return list(sites.values())


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
        round(summarise([score.kept for score in scores])[0], 4),
        _share(scores, lambda score: score.paragraphs),
        _share(scores, lambda score: score.title),
        _share(scores, lambda score: score.date),
        _share(scores, lambda score: score.authors),
        round(mean(score.cpu_ms for score in scores), 2),
    )


def summaries(data: str, tools: list[str], columns: list[list[PageScore]]) -> list[Row]:
    """A row a tool on all pages; where profiles were used, one on the pages read through them and one on the rest."""
    rows = with_ratios([summary(data, tool, scores) for tool, scores in zip(tools, columns, strict=True)])
    through = [score.is_through for score in columns[tools.index(PROFILED)]] if PROFILED in tools else []
    for name, wanted in (("profile", True), ("full", False)) if any(through) else ():
        part: list[Row] = []
        for tool, scores in zip(tools, columns, strict=True):
            chosen = [score for score, is_through in zip(scores, through, strict=True) if is_through is wanted]
            part += [summary(f"{data}, {name}", tool, chosen)] if chosen else []
        rows += with_ratios(part)
    return rows


def _share(scores: list[PageScore], field: Callable[[PageScore], float | None]) -> float | None:
    known = [value for value in map(field, scores) if value is not None]
    return round(mean(known), 4) if known else None


def with_ratios(rows: list[Row]) -> list[Row]:
    """The rows of one data file with their CPU time as a part of trafilatura's."""
    base = next((row.cpu_ms for row in rows if row.tool == "trafilatura"), None)
    return [replace(row, of_trafilatura=round(row.cpu_ms / base, 3)) for row in rows] if base else rows


_COLUMNS = (
    *(("F1", "f1", ".4f"), ("P", "precision", ".4f"), ("R", "recall", ".4f"), ("kept", "kept_f1", ".4f")),
    *(("par.", "paragraphs", ".3f"), ("title", "title", ".3f"), ("date", "date", ".3f"), ("auth.", "authors", ".3f")),
    *(("ms", "cpu_ms", ".1f"), ("of tr.", "of_trafilatura", ".2f")),
)


def print_table(rows: list[Row]) -> None:
    """The rows for a person."""
    print(f"{'data':<24}{'tool':<24}{'pages':>6}{''.join(f'{head:>8}' for head, _, _ in _COLUMNS)}")
    for row in rows:
        cells = ((getattr(row, name), form) for _, name, form in _COLUMNS)
        shown = "".join(f"{'–' if value is None else format(value, form):>8}" for value, form in cells)
        print(f"{row.data:<24}{row.tool:<24}{row.pages:>6}{shown}")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark from the command line; the exit status is 0."""
    options = _parse(arguments)
    tools = present(options.tools)
    rows: list[Row] = []
    for path in options.data:
        pages = [page for page in read_pages(path) if options.half is None or half_of(page.site) == options.half]
        name = path.name.removesuffix(".gz").removesuffix(".jsonl")
        columns = run_tools(tools, pages, options.workers)
        rows += summaries(name, tools, columns)
    if options.format == "json":
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        print_table(rows)
    return 0


def present(tools: list[str], is_there: Callable[[str], bool] = is_installed) -> list[str]:
    """The tools that can be run here; of the others it is told how to get them."""
    for tool in tools:
        if not is_there(tool):
            print(f"{tool} is not installed and left out; pip install '.[bench]' installs it", file=sys.stderr)
    return [tool for tool in tools if is_there(tool)]


def _tools(value: str) -> list[str]:
    chosen = [name.strip() for name in value.split(",") if name.strip()]
    if unknown := [name for name in chosen if name not in _ALL_TOOLS]:
        raise argparse.ArgumentTypeError(f"unknown tool {', '.join(unknown)}; known: {', '.join(_ALL_TOOLS)}")
    return chosen


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--tools", type=_tools, default=list(PEERS), help=",".join(_ALL_TOOLS))
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--half", type=int, choices=(0, 1), help="only sites of this half, by hash of their name")
    parser.add_argument("--workers", type=int, default=_WORKERS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
