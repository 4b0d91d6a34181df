"""Extraction in worker processes: a page that hangs or kills its worker costs that page only."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.page import Page
from pipeline.workers import ExtractionFailure, ExtractionPool
from storage.records import Extraction

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTENCE = "The council voted on Tuesday to close the old bridge until spring, after engineers found cracks in it. "


def page(paragraphs: int = 6, name: str = "a") -> Page:
    body = "".join(f"<p>{SENTENCE} Paragraph {n} of {name}.</p>" for n in range(paragraphs))
    head = f"<head><title>Bridge {name}</title></head>"
    html = f"<html>{head}<body><article><h1>Bridge</h1>{body}</article></body></html>"
    return Page(
        url=f"http://news.example.org/{name}",
        body=html.encode(),
        content_type="text/html; charset=utf-8",
        content_encoding=None,
        seen_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def slow_page() -> Page:
    return page(paragraphs=45_000, name="slow")


@pytest.fixture
def pool() -> Iterator[ExtractionPool]:
    workers = ExtractionPool(1, page_timeout_seconds=2, memory_bytes=2 << 30)
    yield workers
    workers.close()


def workers_of(parent: int) -> list[int]:
    """The processes below this one that have the extractor loaded, by /proc."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "stat").exists():
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found += [int(entry.name), *workers_of(int(entry.name))]
    return found


def test_extract_page_gives_its_text(pool: ExtractionPool) -> None:
    extraction = asyncio.run(pool.extract(page()))
    assert isinstance(extraction, Extraction)
    assert extraction.text.count("The council voted") == 6


def test_extract_page_that_hangs_costs_that_page_only(pool: ExtractionPool) -> None:
    async def both() -> list[Extraction | ExtractionFailure]:
        return [await pool.extract(slow_page()), await pool.extract(page(name="next"))]

    slow, following = asyncio.run(both())
    assert slow == ExtractionFailure("extraction took more than 2 s")
    assert isinstance(following, Extraction)


def test_extract_worker_killed_costs_that_page_only(pool: ExtractionPool) -> None:
    async def both() -> list[Extraction | ExtractionFailure]:
        await pool.extract(page())
        doomed = asyncio.create_task(pool.extract(slow_page()))
        await asyncio.sleep(0.7)
        os.kill(max(workers_of(os.getpid())), signal.SIGKILL)
        return [await doomed, await pool.extract(page(name="next"))]

    killed, following = asyncio.run(both())
    assert killed == ExtractionFailure("the page ended its extraction worker")
    assert isinstance(following, Extraction)
