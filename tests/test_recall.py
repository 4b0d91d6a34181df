"""Completeness: estimates whose intervals hold what they promise, and the command that tells them."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recall import Way, estimate, estimate_recall, ways_of
from storage.archive import Archive
from storage.listed import kinds_that_listed
from storage.records import FeedKind, Listing, Validators
from storage.records_stored import FeedState
from storage.warc import WarcWriter
from tests.quick_program import QuickProgram
from tests.storage_fixtures import SOURCE, START, Desk, ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WAYS = tuple(Way)


def simulated(rng: random.Random, articles: int, chances: Iterable[float]) -> tuple[int, tuple[int, ...]]:
    """How many of so many articles are found, and how many by each way, each caught by chance."""
    caught = [[rng.random() < chance for chance in chances] for _ in range(articles)]
    return sum(map(any, caught)), tuple(map(sum, zip(*caught, strict=True)))


@pytest.mark.parametrize(
    ("articles", "chances"),
    [
        (400, (0.8, 0.6)),
        (400, (0.95, 0.3)),
        (1500, (0.9, 0.9)),
        (150, (0.5, 0.5)),
        (400, (0.8, 0.6, 0.4)),
        (300, (0.95, 0.9, 0.2)),
        (150, (0.5, 0.4, 0.3)),
    ],
)
def test_interval_of_independent_ways_holds_the_truth_about_as_often_as_it_says(
    articles: int, chances: tuple[float, ...]
) -> None:
    rng, rounds = random.Random(20260301), 400  # noqa: S311 - a simulation
    found = [estimate(*simulated(rng, articles, chances)) for _ in range(rounds)]
    covered = sum(each.low <= articles <= each.high for each in found) / rounds
    assert 0.92 <= covered <= 1
    assert abs(sum(each.articles for each in found) / rounds / articles - 1) < 0.02


@pytest.mark.parametrize(
    ("found", "caught", "expected"),
    [(155, (100, 80), 313.65), (100, (100, 60), 100.0), (100, (100, 100), 100.0)],
)
def test_estimate_of_two_ways_is_chapmans(found: int, caught: tuple[int, int], expected: float) -> None:
    assert estimate(found, caught).articles == pytest.approx(expected, abs=0.05)


HISTORIES = st.dictionaries(
    st.frozensets(st.sampled_from(WAYS), min_size=1), st.integers(0, 500), min_size=1, max_size=7
)


@given(histories=HISTORIES)
def test_recall_of_any_histories_is_consistent(histories: dict[frozenset[Way], int]) -> None:
    recall = estimate_recall(histories)
    assert recall.found == sum(histories.values())
    assert all(recall.only_by[way] <= recall.by_way[way] for way in recall.by_way)
    if recall.estimate is None:
        assert recall.note
        return
    assert recall.found <= recall.estimate.low <= recall.estimate.high
    assert recall.found - 1e-6 <= recall.estimate.articles <= recall.estimate.high
    assert recall.share is not None
    assert 0 < recall.share <= 1 + 1e-9


def test_two_feeds_of_one_publishing_system_are_one_way() -> None:
    assert ways_of([FeedKind.RSS, FeedKind.ATOM, FeedKind.WORDPRESS]) == {Way.FEED}
    recall = estimate_recall(Counter({frozenset({Way.FEED}): 40}))
    assert (recall.estimate, recall.note) == (None, "only one independent way lists its articles")


def test_every_kind_of_feed_belongs_to_a_way() -> None:
    assert {way for kind in FeedKind for way in ways_of([kind])} == set(Way)


def test_ways_that_share_nothing_or_little_say_so() -> None:
    apart = {frozenset({Way.FEED}): 40, frozenset({Way.SITEMAP}): 30}
    assert estimate_recall(apart).note == "no two ways list the same article"
    little = estimate_recall({**apart, frozenset({Way.FEED, Way.SITEMAP}): 3})
    assert little.estimate is not None
    assert "rough guess" in little.note


def listed(desk: Desk, kind: FeedKind, *urls: str) -> None:
    with desk.archive.writing() as writer:
        writer.upsert_source(SOURCE)
        feed = writer.save_feed(SOURCE.key, FeedState(f"http://gazette.example/{kind}", kind, Validators(), START))
        writer.add_discoveries(SOURCE.key, feed, [Listing(url) for url in urls], START)


def test_articles_count_by_the_kinds_that_listed_them_in_the_time_asked_for(desk: Desk) -> None:
    urls = [f"http://gazette.example/{number}" for number in range(4)]
    listed(desk, FeedKind.RSS, *urls[:3])
    listed(desk, FeedKind.SITEMAP, *urls[1:])
    listed(desk, FeedKind.NEWS_SITEMAP, urls[3])
    for number, url in enumerate(urls):
        published = (START - timedelta(days=40 * (number == 0))).date()
        desk.see(url, f"Text {number}", START + timedelta(minutes=number), published_on=published)
    desk.see("http://gazette.example/unlisted", "Another", START + timedelta(hours=1))
    counted = kinds_that_listed(desk.archive, START - timedelta(days=30))
    assert counted == {
        SOURCE.key: Counter(
            {
                frozenset({FeedKind.RSS, FeedKind.SITEMAP}): 2,
                frozenset({FeedKind.SITEMAP, FeedKind.NEWS_SITEMAP}): 1,
            }
        )
    }


def test_recall_on_the_command_line_tells_each_source(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'warraq.db'}"
    archive = Archive.open(database, tmp_path / "warc", clock=ManualClock())
    warc = WarcWriter(archive.warc_dir, clock=ManualClock(), software="test", originals=archive)
    desk, today = Desk(archive, warc), datetime.now(UTC)
    urls = [f"http://gazette.example/{number}" for number in range(12)]
    listed(desk, FeedKind.RSS, *urls[:10])
    listed(desk, FeedKind.SITEMAP, *urls[2:])
    for number, url in enumerate(urls):
        desk.see(url, f"Text {number}", today, published_on=today.date())
    warc.close()
    archive.close()
    program = QuickProgram(tmp_path)
    recall = ("--database", database, "sources", "--recall")
    (row,) = json.loads(program(*recall, SOURCE.key, "--format", "json").stdout)
    assert (row["found"], row["only_by"], row["low"]) == (12, {"feed": 2, "sitemap": 2}, 12)
    assert 12 <= row["estimated"] <= row["high"]
    assert "feed 10, sitemap 10" in program(*recall).stdout
    assert program(*recall, "nobody", code=1).stderr.count("\n") == 1
