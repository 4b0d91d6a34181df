"""Four days of one newsroom: what its editors do to eighteen articles, and what the archive makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk import Desk
from tests.newsroom import Hit, Newsroom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

EDITS: dict[str, Callable[[Newsroom, str], None]] = {
    "ferry-strike-averted": lambda newsroom, slug: newsroom.edit(slug, "£1.2m", "£900,000"),
    "seal-pup-rescue": lambda newsroom, slug: newsroom.edit(slug, "Stavros Lenn", "Stavros Lenk"),
    "hospital-night-clinic": lambda newsroom, slug: newsroom.edit(slug, "Not everyone is", "Everyone is"),
    "tidal-turbine-test": lambda newsroom, slug: newsroom.edit(slug, "2,000 days", "2,001 days"),
    "rugby-promotion": lambda newsroom, slug: newsroom.set_title(slug, "Tarrant's boot sends Wexcombe up"),
}
REMOVED = {"museum-coin-hoard": 404, "school-meals-garden": 410, "bakery-sourdough-court": 451}
FAILING = {"bridge-weight-limit": 403, "theatre-understudy": 429, "broadband-islands": 500, "pension-fund-fossil": 503}
TOUCHED = "library-roof-fund"
MOVED, MOVED_TO = "bell-ringers-shortage", "bells-ring-again"
CUT_SHORT = "drought-reservoir-levels"
COUNT = 18
LEFT_ALONE = COUNT - len(EDITS) - len(REMOVED) - len(FAILING) - 3


@dataclass(frozen=True)
class Day:
    """What one crawl came to: its outcomes, the outcome at each URL, every article, the requests it took."""

    desk: Desk
    outcomes: dict[str, int]
    at: dict[str, tuple[str, str]]
    articles: list[dict[str, Any]]
    hits: list[Hit]

    @classmethod
    def crawled(cls, desk: Desk, outcomes: dict[str, int]) -> Day:
        asked = "SELECT requested_url, outcome, reason FROM visits ORDER BY visited_at, id"
        at = {str(url): (str(outcome), str(reason)) for url, outcome, reason in desk.rows(asked)}
        return cls(desk, outcomes, at, desk.exported(), desk.newsroom.hits())

    @property
    def newsroom(self) -> Newsroom:
        return self.desk.newsroom

    def next(self) -> Day:
        return Day.crawled(self.desk, self.desk.recheck())

    def outcome(self, slug: str) -> str:
        return self.at[self.newsroom.url(slug)][0]

    def article(self, slug: str) -> dict[str, Any]:
        (found,) = [article for article in self.articles if self.newsroom.url(slug) in article["urls"]]
        return found


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Everything is new."""
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path_factory.mktemp("days"))
        desk.configure("courier")
        yield Day.crawled(desk, desk.crawl())


@pytest.fixture(scope="module")
def second(first: Day) -> Day:
    """The editors have been at work, and some of the servers are ill."""
    newsroom = first.newsroom
    for slug, edit in EDITS.items():
        edit(newsroom, slug)
    for slug, status in REMOVED.items():
        newsroom.delete(slug, status)
    for slug, status in FAILING.items():
        newsroom.fail(newsroom.url(slug), status)
    newsroom.touch_furniture(TOUCHED)
    newsroom.touch_furniture(CUT_SHORT)
    newsroom.truncate(newsroom.url(CUT_SHORT), 2500)
    newsroom.redirect(MOVED, MOVED_TO)
    newsroom.forget_hits()
    return first.next()


@pytest.fixture(scope="module")
def third(second: Day) -> Day:
    """Nothing has changed since."""
    return second.next()


@pytest.fixture(scope="module")
def fourth(third: Day) -> Day:
    """What was taken down is back, the servers are well, a design is taken back."""
    for slug in REMOVED:
        third.newsroom.restore(slug)
    for slug in (*FAILING, CUT_SHORT):
        third.newsroom.heal(third.newsroom.url(slug))
    return third.next()


def test_first_day_everything_is_new(first: Day) -> None:
    assert first.outcomes == {"new": COUNT}


@pytest.mark.parametrize("slug", EDITS)
def test_edit_makes_one_version_and_keeps_the_other(first: Day, second: Day, slug: str) -> None:
    assert second.outcome(slug) == "edited"
    before, after = first.article(slug), second.article(slug)
    assert [version["text"] for version in after["versions"]] == [before["text"], second.newsroom.article(slug).text]
    assert [version["title"] for version in after["versions"]] == [before["title"], second.newsroom.article(slug).title]


def test_versions_tell_what_changed(second: Day) -> None:
    told = {slug: second.article(slug)["versions"][1]["change"] for slug in EDITS}
    assert set(told.values()) == {"text", "headline"}
    assert told["rugby-promotion"] == "headline"


def test_touched_furniture_is_noise(second: Day) -> None:
    assert second.outcome(TOUCHED) == "noise"
    assert len(second.article(TOUCHED)["versions"]) == 1


def test_article_left_alone_is_answered_by_304(second: Day) -> None:
    assert second.outcomes["unchanged"] == LEFT_ALONE
    assert len([hit for hit in second.hits if hit.status == 304 and hit.path != "/atom.xml"]) == LEFT_ALONE


@pytest.mark.parametrize("slug", REMOVED)
def test_removed_article_is_missing_then_gone_then_restored(second: Day, third: Day, fourth: Day, slug: str) -> None:
    days = (second, third, fourth)
    assert [day.outcome(slug) for day in days] == ["missing", "gone", "restored"]
    assert [day.article(slug)["status"] for day in days] == ["missing", "gone", "restored"]
    assert all(day.article(slug)["text"] == day.newsroom.article(slug).text for day in days)
    assert len(fourth.article(slug)["versions"]) == 1


@pytest.mark.parametrize("slug", FAILING)
def test_error_of_the_server_is_never_a_disappearance(second: Day, third: Day, fourth: Day, slug: str) -> None:
    assert [day.outcome(slug) for day in (second, third, fourth)] == ["failed", "failed", "unchanged"]
    assert [day.article(slug)["status"] for day in (second, third, fourth)] == ["live"] * 3
    assert str(FAILING[slug]) in second.at[second.newsroom.url(slug)][1]


def test_page_cut_short_is_no_edit(second: Day, fourth: Day) -> None:
    assert second.outcome(CUT_SHORT) == "failed"
    assert fourth.outcome(CUT_SHORT) == "noise"
    assert len(fourth.article(CUT_SHORT)["versions"]) == 1


def test_redirected_article_is_the_same_article_moved(first: Day, second: Day) -> None:
    before, after = next(a for a in first.articles if a["url"].endswith(MOVED)), second.article(MOVED_TO)
    assert second.outcomes["moved"] == 1
    assert after["id"] == before["id"]
    assert before["url"] in after["urls"]
    assert (after["url"], after["status"]) == (second.newsroom.url(MOVED_TO), "moved")


def test_newsroom_of_eighteen_articles_stays_at_eighteen(fourth: Day) -> None:
    assert len(fourth.articles) == COUNT


def test_third_day_tells_nothing_new(third: Day) -> None:
    assert third.outcomes == {
        "unchanged": COUNT - len(REMOVED) - len(FAILING) - 1,
        "gone": len(REMOVED),
        "failed": len(FAILING) + 1,
    }
