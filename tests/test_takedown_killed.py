"""Takedowns that are killed at any moment, beside somebody who goes on writing: each is finished by the next one."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.archive import Archive
from storage.queries import Queries
from storage.records import ArticleStatus
from storage.repack import repack
from tests.storage_fixtures import START, ManualClock, rows
from tests.takedown_scene import findings, finish_at_once, forget, places_of, remaining

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage_fixtures import Desk

DAY = timedelta(days=1)
FEW = 12


def url_of(number: int) -> str:
    return f"http://gazette.example/{number}"


def sentence_of(number: int) -> str:
    return f"Witness number {number:03} saw what happened there at {number + 700} o'clock, and told us all of it."


def fill(desk: Desk, count: int) -> None:
    """Articles of two days with two versions each; the first day's are repacked."""
    for day in range(2):
        for number in range(day, count, 2):
            at = START + day * DAY + timedelta(minutes=number)
            desk.see(url_of(number), f"{sentence_of(number)}\nThe first version.", at, title=f"Headline {number:03}")
            later = at + timedelta(hours=1)
            desk.see(url_of(number), f"{sentence_of(number)}\nAnd the second.", later, title=f"Headline {number:03}")
    desk.warc.close()
    repack(desk.archive, before=START + DAY)


def _forget(database: str, warc_dir: Path, number: int) -> None:
    archive = Archive.open(database, warc_dir, clock=ManualClock(START + 9 * DAY))
    forget(archive, url_of(number))
    archive.close()


def assert_whole(archive: Archive, count: int) -> set[int]:
    """The articles that are withheld; all others are as they ever were."""
    queries, withheld = Queries(archive), set()
    for number in range(count):
        view = queries.find(url_of(number))
        if view.status is ArticleStatus.WITHHELD:
            withheld.add(number)
            assert (view.title, view.versions) == ("", ())
        else:
            assert [version.text.split("\n")[0] for version in view.versions] == [sentence_of(number)] * 2
    seen = {capture.url for capture in remaining(archive)}
    assert {url_of(number) for number in range(count)} - {url_of(number) for number in withheld} <= seen
    return withheld


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("times", [FEW, 60])
def test_killed_takedowns_are_finished_by_the_next(
    desk: Desk, database: str, tmp_path: Path, clock: ManualClock, times: int
) -> None:
    if times > FEW and not database.startswith("sqlite"):
        pytest.skip("a server takes its time over each: the few must do")
    chance = random.Random(times)  # noqa: S311 - a test that repeats itself
    count = times + 4
    fill(desk, count)
    before = {capture.record_id: capture for capture in remaining(desk.archive)}
    for number in range(times):
        arguments = (database, desk.archive.warc_dir, number)
        process = multiprocessing.get_context("fork").Process(target=_forget, args=arguments)
        process.start()
        time.sleep(chance.uniform(0, 1.2))
        if process.pid and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert assert_whole(desk.archive, count) <= set(range(number + 1))
    clock.advance(days=9)  # not before the processes that were killed
    assert finish_at_once(desk.archive).left == ()
    withheld = assert_whole(desk.archive, count)
    assert withheld  # or all were killed before they had begun
    assert places_of(desk.archive, tmp_path, *(sentence_of(number) for number in withheld)) == set()
    assert rows(desk.archive, "SELECT count(*) FROM withheld_articles WHERE finished_at IS NULL") == [(0,)]
    assert {capture.record_id: capture for capture in remaining(desk.archive)}.items() <= before.items()
    assert findings(desk.archive) == []
    assert len(remaining(desk.archive)) == 2 * (count - len(withheld))
