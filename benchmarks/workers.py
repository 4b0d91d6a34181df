"""What it costs to hand pages to the extraction workers, one in a message and several, in one run.

    python -m benchmarks.workers --data FILE [--pages 1000] [--rounds 3] [--format table|json]

All pages wait at once, as in a re-extraction: `full` reads real pages of the file as the first of their sites, `small`
pages of a few lines, of which the handing over is most of the cost. CPU is that of both sides: this process and its
workers. Rounds alternate; told is each batch size's best round, and its ratio to that of one page a message.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.copies_shelf import seconds_of
from benchmarks.crawl import load
from pipeline.lesson import PageReading
from pipeline.page import Page
from pipeline.workers import ExtractionPool

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCHES = (1, 4, 8, 16)
_WORKERS = 2
_SEEN_AT = datetime(2026, 1, 1, tzinfo=UTC)
_LINE = "<p>The council voted on Tuesday to close the old bridge until spring, after engineers found cracks.</p>"


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format", choices=["table", "json"], default="table")
    options = parser.parse_args()
    real = [Page(each.url, each.body, "text/html", None, _SEEN_AT) for each in load(options.data)]
    small = replace(real[0], body=f"<html><body><article><h1>Bridge</h1>{_LINE * 4}</article></body></html>".encode())
    rows = [
        row
        for name, pages in (("full", real), ("small", [small]))
        for row in compare(name, list(islice(cycle(pages), options.pages)), options.rounds)
    ]
    if options.format == "json":
        print(json.dumps(rows))
    else:
        for row in rows:
            print("  ".join(f"{key} {value}" for key, value in row.items()))
    return 0


def compare(name: str, pages: Sequence[Page], rounds: int) -> list[dict[str, Any]]:
    """One row a batch size."""
    best = {size: (float("inf"), float("inf")) for size in BATCHES}
    for _ in range(rounds):
        for size in BATCHES:
            cpu, wall = asyncio.run(measure(pages, size))
            best[size] = min(best[size][0], cpu), min(best[size][1], wall)
    return [
        {
            "pages": name,
            "a_batch": size,
            "cpu_ms_a_page": round(1000 * cpu / len(pages), 2),
            "wall_ms_a_page": round(1000 * wall / len(pages), 2),
            "cpu_ratio": round(cpu / best[1][0], 3),
            "wall_ratio": round(wall / best[1][1], 3),
        }
        for size, (cpu, wall) in best.items()
    ]


async def measure(pages: Sequence[Page], pages_a_batch: int) -> tuple[float, float]:
    """Seconds of CPU time and of wall time that the pages take, workers started and source known before."""
    pool = ExtractionPool(_WORKERS, page_timeout_seconds=60, memory_bytes=1 << 30, pages_a_batch=pages_a_batch)
    try:
        await asyncio.gather(*(pool.read(page, "source") for page in pages[:20]))
        cpu, wall = _cpu_seconds(), time.monotonic()
        readings = await asyncio.gather(*(pool.read(page, "source") for page in pages))
        cpu, wall = _cpu_seconds() - cpu, time.monotonic() - wall
    finally:
        pool.close()
    if not all(isinstance(reading, PageReading) for reading in readings):
        raise SystemExit("a page could not be read")
    return cpu, wall


def _cpu_seconds() -> float:
    """CPU time of this process and all that it started, directly or not."""
    return time.process_time() + sum(map(seconds_of, _below(os.getpid())))


def _below(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task").glob("*/children")
    found = [int(child) for file in children for child in file.read_text().split()]
    return found + [process for child in found for process in _below(child)]


if __name__ == "__main__":
    raise SystemExit(main())
