"""Every hostile or odd case of tests/hostile, in one crawl over real HTTP; docs/robustness.md tells them to people."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hostile.cases import CASES
from tests.hostile.crawling import can_give_names, crawl_cases
from tests.hostile.judging import faults
from tests.hostile.table import PAGE, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hostile.case import Case
    from tests.hostile.crawling import HostileCrawl

# One crawl of all cases takes a minute on an idle machine, and the first test that needs it waits for it.
pytestmark = pytest.mark.timeout(700)
MOST_BYTES = 300_000_000
QUICK = [case for case in CASES if not case.slow and not case.backfill]
SLOW = [case for case in CASES if case.slow]
BACKFILLS = [case for case in CASES if case.backfill]


def parameters(cases: Sequence[Case]) -> list[object]:
    return [pytest.param(case, id=case.name, marks=_marks(case)) for case in cases]


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=case.fails)] if case.fails else []


def crawled(cases: Sequence[Case], directory: Path) -> HostileCrawl:
    has_names = can_give_names()
    return crawl_cases([case for case in cases if has_names or not case.names], directory)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> HostileCrawl:
    return crawled(QUICK, tmp_path_factory.mktemp("quick"))


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> HostileCrawl:
    return crawled(SLOW, tmp_path_factory.mktemp("slow"))


@pytest.fixture(scope="module")
def backfills(tmp_path_factory: pytest.TempPathFactory) -> HostileCrawl:
    return crawled(BACKFILLS, tmp_path_factory.mktemp("backfills"))


def check(case: Case, crawl: HostileCrawl) -> None:
    if case.name not in crawl.seen:
        pytest.skip("host names of its own take root and a mount namespace")
    assert faults(case, crawl.seen[case.name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters(QUICK))
def test_hostile_case_is_archived_as_its_row_says(case: Case, quick: HostileCrawl) -> None:
    check(case, quick)


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters(SLOW))
def test_slow_hostile_case_is_archived_as_its_row_says(case: Case, slow: HostileCrawl) -> None:
    check(case, slow)


@pytest.mark.slow
@pytest.mark.parametrize("case", parameters(BACKFILLS))
def test_hostile_backfill_is_archived_as_its_row_says(case: Case, backfills: HostileCrawl) -> None:
    check(case, backfills)


def check_whole(crawl: HostileCrawl) -> None:
    assert crawl.breaches == []
    assert "Traceback" not in crawl.stderr
    assert "error inside Warraq" not in crawl.stderr
    assert crawl.memory.crawler_bytes < MOST_BYTES


@pytest.mark.slow
def test_crawl_of_all_cases_stays_within_its_memory_and_network(quick: HostileCrawl) -> None:
    check_whole(quick)


@pytest.mark.slow
def test_crawl_of_all_slow_cases_stays_within_its_memory_and_network(slow: HostileCrawl) -> None:
    check_whole(slow)


@pytest.mark.slow
def test_backfill_of_all_its_cases_stays_within_its_memory_and_network(backfills: HostileCrawl) -> None:
    check_whole(backfills)


def test_cases_have_names_of_their_own_and_are_many() -> None:
    assert [name for name, count in Counter(case.slug for case in CASES).items() if count > 1] == []
    assert len(CASES) >= 150


@pytest.mark.slow
def test_judging_another_result_than_expected_tells_every_difference(quick: HostileCrawl) -> None:
    case = next(each for each in QUICK if not each.fails and each.expects == "new" and each.name in quick.seen)
    wrong = replace(case, expects="failed", title="another", text=("nowhere in it",), requests=0, then="gone")
    assert len(faults(wrong, quick.seen[case.name])) >= 5


def test_robustness_page_tells_every_case() -> None:
    assert Path(PAGE).read_text(encoding="utf-8") == render(CASES), "run: python -m tests.hostile table"
