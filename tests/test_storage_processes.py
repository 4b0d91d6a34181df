"""Several processes on one archive, and processes that are killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from storage.archive import Archive
from storage.export import ExportChoice, exported_articles
from storage.queries import Queries
from storage.statements import articles, versions
from storage.warc import walk
from tests.archivist import START, Archivist, sights
from tests.storage_fixtures import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess
    from pathlib import Path

# Children are forked, so that they need not import everything again.
_fork = multiprocessing.get_context("fork")

_ARTICLES = select(
    *(articles.c[name] for name in ("public_id", "canonical_url", "status", "first_seen_at", "last_seen_at"))
).order_by(articles.c.public_id)
_VERSIONS = (
    select(
        articles.c.public_id,
        versions.c.title,
        versions.c.text,
        versions.c.first_captured_at,
        versions.c.last_captured_at,
        (versions.c.id == articles.c.current_version_id).label("is_current"),
    )
    .join(articles, articles.c.id == versions.c.article_id)
    .order_by(articles.c.public_id, versions.c.first_captured_at)
)
_TWICE = "SELECT record_id FROM captures GROUP BY warc_file, warc_offset, record_id HAVING count(*) > 1"


def meaning(database: str, warc_dir: Path) -> tuple[list[Any], list[Any]]:
    """The articles and versions of an archive, without what depends on the order of their arrival."""
    archive = Archive.open(database, warc_dir, clock=lambda: START)
    try:
        with archive.reading() as connection:
            return list(connection.execute(_ARTICLES)), list(connection.execute(_VERSIONS))
    finally:
        archive.close()


def started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    process = _fork.Process(target=target, args=arguments)
    process.start()
    return process


def archive_all(database: str, warc_dir: Path, crawler: str, *, backwards: bool) -> None:
    archivist = Archivist(database, warc_dir, crawler=crawler, max_bytes=1_000_000)
    seen = sights(500, 2)[:600]
    order = reversed(seen) if backwards else seen
    archivist.archive_sights(order, batch=50)
    archivist.close()


def _forwards(database: str, warc_dir: Path) -> None:
    archive_all(database, warc_dir, "forwards", backwards=False)


def _backwards(database: str, warc_dir: Path) -> None:
    archive_all(database, warc_dir, "backwards", backwards=True)


def _read_on(database: str, warc_dir: Path, until: float) -> None:
    archive = Archive.open(database, warc_dir, clock=lambda: START)
    while time.monotonic() < until:
        assert all(view.title for view in Queries(archive).articles(limit=50))
        time.sleep(0.02)
    assert all(each.article.versions for each in exported_articles(archive, ExportChoice()))
    archive.close()


@pytest.mark.slow
def test_two_processes_with_the_same_articles_end_like_one(database: str, tmp_path: Path) -> None:
    Archivist(database, tmp_path / "warc").close()
    writers = [started(target, database, tmp_path / "warc") for target in (_forwards, _backwards)]
    reader = started(_read_on, database, tmp_path / "warc", time.monotonic() + 3)
    for process in (*writers, reader):
        process.join(60)
    assert [process.exitcode for process in (*writers, reader)] == [0, 0, 0]
    alone = f"sqlite:///{tmp_path / 'alone.db'}"
    archive_all(alone, tmp_path / "alone", "forwards", backwards=False)
    archive_all(alone, tmp_path / "alone", "backwards", backwards=False)
    assert meaning(database, tmp_path / "warc") == meaning(alone, tmp_path / "alone")


def _archive_and_report(database: str, warc_dir: Path, report: Path) -> None:
    descriptor = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    archivist = Archivist(database, warc_dir)
    archivist.recover()
    archivist.archive_sights(sights(40, 12), report=descriptor)
    archivist.close()


def killed_again_and_again(database: str, tmp_path: Path, times: int, chance: random.Random) -> None:
    """Archives to the end, killed at as many random moments on the way."""
    arguments = (database, tmp_path / "warc", tmp_path / "reported")
    for _ in range(times):
        process = started(_archive_and_report, *arguments)
        time.sleep(chance.uniform(0.02, 0.4))
        if process.pid and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
    process = started(_archive_and_report, *arguments)
    process.join(60)
    assert process.exitcode == 0


@pytest.mark.parametrize("times", [8, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_killed_at_random_moments_the_archive_is_as_if_it_never_was(database: str, tmp_path: Path, times: int) -> None:
    killed_again_and_again(database, tmp_path, times, random.Random(times))  # noqa: S311 - a test that repeats itself
    archive = Archive.open(database, tmp_path / "warc", clock=lambda: START)
    kept = {row.record_id for row in rows(archive, "SELECT record_id FROM captures")}
    files = list((tmp_path / "warc").iterdir())
    records = [stored.capture.record_id for path in files for _, stored in walk(path)]
    assert sorted(records) == sorted(kept)
    assert rows(archive, _TWICE) == []
    assert all(path.name.endswith(".warc.gz") for path in files)
    visits = {row.visit_id for row in rows(archive, "SELECT visit_id FROM visits")}
    assert visits >= set((tmp_path / "reported").read_text(encoding="utf-8").split())
    archive.close()

    alone = f"sqlite:///{tmp_path / 'alone.db'}"
    _archive_and_report(alone, tmp_path / "alone", tmp_path / "alone-reported")
    assert meaning(database, tmp_path / "warc") == meaning(alone, tmp_path / "alone")
