"""Copies over both databases: who carries whose text, what only looks like it, and the rows that say so."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from pipeline.copies import CopyFinder
from pipeline.fold import fold
from pipeline.kinship import kinship
from pipeline.normalize import compare_form
from pipeline.shingles import SAMPLE, shingle
from storage.archive import Archive
from storage.queries import Queries
from storage.records import CopyKind, SourceRecord
from storage.writer_copies import generation_of
from tests.storage_fixtures import START, Desk, ManualClock, count

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from storage.copy_queries import CopyView
    from storage.warc import WarcWriter

DAY = timedelta(days=1)
WORDS = [f"{first}{second}" for first in ("ba", "ko", "li", "mu", "se", "ta", "za", "ro") for second in "abcdefghijk"]


def prose(seed: int, words: int = 120) -> str:
    """Words drawn by lot: two seeds share no run of three words to speak of."""
    lots = random.Random(seed)  # noqa: S311 - nothing secret
    return " ".join(f"{lots.choice(WORDS)}{lots.choice(WORDS)}" for _ in range(words))


def changed(text: str, every: int) -> str:
    """The text with every so-many-th word another one."""
    return " ".join(f"{word}x" if place % every == 0 else word for place, word in enumerate(text.split(), start=1))


@dataclass
class Press:
    """Several outlets, each an article an address; every article is compared when it is archived."""

    archive: Archive
    warc: WarcWriter
    clock: ManualClock
    finder: CopyFinder = field(default_factory=CopyFinder)

    def publish(self, url: str, text: str, at: datetime | None = None, *, credit: str | None = None) -> None:
        at = at or self.clock.advance(minutes=1)
        key = url.partition("/")[0]
        desk = Desk(self.archive, self.warc, SourceRecord(key, key.title(), f"http://{key}.example/"))
        full = f"http://{key}.example/{url.partition('/')[2]}"
        desk.see(full, text, at, published_at=at, agency_credit=credit)
        with self.archive.writing() as writer:
            stored = writer.find_article([full])
            assert stored is not None
            self.finder.note(writer, stored.id, self.clock())

    def copies(self, kind: CopyKind = CopyKind.COPY) -> set[tuple[str, str]]:
        """Each article that carries a text, and its original, without the address's tail."""
        views: list[CopyView] = []
        queries = Queries(self.archive)
        for article in queries.articles():
            views += queries.copies_of(article.public_id)
        return {(_short(view.url), _short(view.original_url)) for view in views if view.kind is kind}


def _short(url: str) -> str:
    return url.removeprefix("http://").replace(".example", "")


@pytest.fixture
def press(desk: Desk, clock: ManualClock) -> Press:
    return Press(desk.archive, desk.warc, clock)


def test_copies_of_one_story_stand_beside_the_earliest(press: Press) -> None:
    story = prose(1)
    press.publish("gazette/a", story)
    press.publish("herald/b", f"{prose(2, 30)} {story}")
    press.publish("herald/own", prose(3))
    press.publish("times/c", changed(story, 9))
    assert press.copies() == {("herald/b", "gazette/a"), ("times/c", "gazette/a")}


def test_copies_found_before_an_earlier_one_arrives_stand_beside_that(press: Press) -> None:
    story = prose(1)
    press.clock.advance(hours=5)
    press.publish("gazette/a", story)
    press.publish("times/c", story)
    press.publish("herald/b", story, START)
    assert press.copies() == {("gazette/a", "herald/b"), ("times/c", "herald/b")}


def test_copy_that_credits_the_other_is_not_the_original(press: Press) -> None:
    story = prose(1)
    press.publish("gazette/a", story, credit="Source: Herald agency")
    press.publish("herald/b", story)
    assert press.copies() == {("gazette/a", "herald/b")}


def test_copy_of_a_copy_joins_the_cluster(press: Press) -> None:
    story = prose(1, 200)
    once = changed(story, 5)
    press.publish("gazette/a", story)
    press.publish("herald/b", once)
    press.publish("times/c", changed(once, 7))
    assert {copy for copy, _ in press.copies()} == {"herald/b", "times/c"}


def test_copies_two_clusters_that_turn_out_to_be_one_are_joined(press: Press) -> None:
    parts = [prose(number, 60) for number in range(3)]
    short, late = parts[0], f"{parts[1]} {parts[2]} {prose(9, 20)}"
    press.publish("gazette/a", short)
    press.publish("herald/a", short)
    press.publish("gazette/b", late)
    press.publish("herald/b", late)
    assert {original for _, original in press.copies()} == {"gazette/a", "gazette/b"}
    press.publish("times/whole", " ".join(parts))
    assert {original for _, original in press.copies()} == {"gazette/a"}


def test_digest_of_two_stories_does_not_make_them_one(press: Press) -> None:
    for outlet in ("gazette", "herald"):
        press.publish(f"{outlet}/a", prose(1))
        press.publish(f"{outlet}/b", prose(2))
    press.publish("times/digest", f"{prose(1)} {prose(2)}")
    assert {original for _, original in press.copies()} == {"gazette/a", "gazette/b"}


def test_text_told_as_background_is_shared_not_copied(press: Press) -> None:
    press.publish("gazette/a", prose(1, 60))
    press.publish("herald/b", f"{prose(2, 150)} {prose(1, 60)}")
    assert press.copies() == set()
    assert press.copies(CopyKind.SHARES_TEXT) == {("herald/b", "gazette/a")}


def test_bulletins_with_other_numbers_are_not_copies(press: Press) -> None:
    bulletin = prose(1, 60) + " gold {} silver {} copper {} tin {}"
    press.publish("gazette/monday", bulletin.format(2410, 31, 8.5, 33000))
    press.publish("gazette/tuesday", bulletin.format(2415, 32, 8.6, 33100))
    assert press.copies() == press.copies(CopyKind.SHARES_TEXT) == set()


def test_notice_under_every_article_of_a_source_is_furniture(press: Press) -> None:
    notice = prose(99, 80)
    for number in range(7):
        press.publish(f"gazette/{number}", f"{prose(number, 60)} {notice}")
    assert press.copies() == set()


def test_pages_of_which_little_but_furniture_was_read_are_no_copies_once_they_are_many(press: Press) -> None:
    # Nine tenths of each is the site's, so that any two are as alike as one story in two outlets.
    furniture = prose(99, 180)
    for number in range(12):
        press.publish(f"gazette/{number}", f"{prose(number, 20)} {furniture}")
    assert press.copies() == set()


def test_story_that_many_outlets_carry_is_found_below_the_box_of_one_that_has_many_articles(press: Press) -> None:
    story, box = prose(1), prose(99, 40)
    for number in range(9):
        press.publish(f"gazette/{number}", f"{prose(number + 50)} {box}")
    for number in range(12):
        press.publish(f"outlet{number}/a", f"{story} {prose(number + 10, 6)}")
    press.publish("gazette/story", f"{story} {box}")
    assert ("gazette/story", "outlet0/a") in press.copies()
    assert len(press.copies()) == 12


def test_story_that_many_outlets_carry_is_no_furniture(press: Press) -> None:
    story = prose(1)
    for number in range(14):
        press.publish(f"outlet{number}/a", f"{story} {prose(number + 10, 6)}")
    assert press.copies() == {(f"outlet{number}/a", "outlet0/a") for number in range(1, 14)}


def test_edit_that_leaves_nothing_of_a_copy_takes_it_out(press: Press) -> None:
    press.publish("gazette/a", prose(1))
    press.publish("herald/b", prose(1))
    press.publish("herald/b", prose(2))
    assert press.copies() == set()


def test_edit_of_one_word_keeps_a_copy_in_its_cluster(press: Press) -> None:
    press.publish("gazette/a", prose(1))
    press.publish("herald/b", prose(1))
    press.publish("herald/b", f"{prose(1)} corrected")
    assert press.copies() == {("herald/b", "gazette/a")}


def test_text_noted_twice_changes_nothing(press: Press) -> None:
    press.publish("gazette/a", prose(1))
    press.publish("herald/b", prose(1))
    shingles, copies = count(press.archive, "shingles"), press.copies()
    press.publish("herald/b", prose(1))
    assert (count(press.archive, "shingles"), press.copies()) == (shingles, copies)


def test_text_older_than_the_window_is_not_compared_and_leaves_the_index(press: Press) -> None:
    press.publish("gazette/a", prose(1))
    press.clock.advance(days=130)
    press.publish("herald/b", prose(2))
    with press.archive.writing() as writer:
        writer.sort_in()
    held = count(press.archive, "shingles")
    press.clock.advance(days=200)
    press.publish("times/c", prose(1))
    assert press.copies() == set()
    assert 0 < count(press.archive, "shingles") < held


def test_sorting_in_keeps_every_text_findable(press: Press) -> None:
    press.publish("gazette/a", prose(1))
    with press.archive.writing() as writer:
        writer.sort_in()
        assert writer.fresh_hashes() == 0
    press.publish("herald/b", prose(1))
    assert press.copies() == {("herald/b", "gazette/a")}


def test_look_up_in_postgresql_reads_only_what_it_seeks(postgres: str, tmp_path: Path) -> None:
    archive, connections = Archive.open(postgres, tmp_path, clock=ManualClock()), list[Any]()
    event.listen(archive.engine, "checkout", lambda one, *_: connections.append(one))
    part = generation_of(START.date())
    with archive.writing() as writer:
        for article in range(40):
            writer.index_text(article, range(article, article + 400))
        assert sorted(writer.holders([0, 1, 7000], [part - 1, part])) == [(0, 0), (1, 0), (1, 1)]
        read = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'shingles'"
        assert connections[-1].execute(read).fetchone() == (0,)
    archive.close()


def test_text_that_is_forgotten_is_in_no_index(press: Press) -> None:
    press.publish("gazette/a", prose(1))
    with press.archive.writing() as writer:
        stored = writer.find_article(["http://gazette.example/a"])
        assert stored is not None
        writer.forget_text(stored.id)
    assert count(press.archive, "shingles") == 0


def test_generation_is_ninety_days() -> None:
    assert generation_of((START + 89 * DAY).date()) - generation_of(START.date()) <= 1
    assert generation_of((START + 90 * DAY).date()) - generation_of(START.date()) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أحمد", "احمد"),
        ("مدرسة", "مدرسه"),
        ("على", "علي"),
        ("قُتِلَ", "قتل"),
        ("العـــراق", "العراق"),
        ("٢٠٢٦", "2026"),
        ("Café", "CAFE"),
        ("کیف", "كيف"),
        ("ﻻ", "لا"),
    ],
)
def test_fold_of_two_spellings_is_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_fold_is_never_used_to_compare() -> None:
    assert fold("قُتل") == fold("قَتل")
    assert compare_form("قُتل") != compare_form("قَتل")


@given(st.text())
def test_fold_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_shingle_of_any_text_is_complete(text: str) -> None:
    found = shingle(text)
    assert found.sketch <= found.hashes == set(found.ordered)
    assert all(-(2**63) <= run < 2**63 for run in found.ordered)
    assert {run for run in found.hashes if run % SAMPLE == 0} <= found.sketch


@given(st.lists(st.sampled_from(WORDS), min_size=12, max_size=60))
def test_kinship_of_a_text_with_itself_is_whole(words: list[str]) -> None:
    text = shingle(" ".join(words))
    kin = kinship(text, text)
    assert kin is not None
    assert (kin.kind, kin.share) == (CopyKind.COPY, 1)


def test_shingle_of_chinese_has_runs_although_nobody_writes_spaces() -> None:
    text = "北京市政府今天宣布从明年一月起地铁票价将会上涨并且公布了新的票价表引起市民热烈讨论"
    one, other = shingle(text), shingle(f"据报道{text}记者表示")
    kin = kinship(one, other)
    assert kin is not None
    assert kin.kind is CopyKind.COPY


def test_who_copies_whom_counts_articles_of_each_pair_of_sources(press: Press) -> None:
    for number in (1, 2):
        press.publish(f"gazette/{number}", prose(number))
        press.publish(f"herald/{number}", prose(number))
    press.publish("times/2", prose(2))
    queries = Queries(press.archive)
    pairs = queries.who_copies_whom()
    assert [(pair.source, pair.original_source, pair.articles) for pair in pairs] == [
        ("herald", "gazette", 2),
        ("times", "gazette", 1),
    ]
    assert pairs[0].hours_later == pytest.approx(1 / 60, abs=0.01)
    assert [pair.source for pair in queries.who_copies_whom(source="times")] == ["times"]
    assert queries.who_copies_whom(since=press.clock() + DAY) == []
