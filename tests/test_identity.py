"""Which article a page is, over real archives of both kinds: one article, whatever it is called."""

from __future__ import annotations

import uuid
from datetime import UTC, date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.archive import Archive
from storage.models import Base
from storage.queries import Queries
from storage.records import ArticleStatus, Outcome
from storage.statements import articles
from storage.warc import WarcWriter
from tests.reporter import BRIDGE, FERRY, HOME, Reporter
from tests.storage_fixtures import SOURCE, ManualClock, count, rows

if TYPE_CHECKING:
    from pathlib import Path


FORMS = [
    ("/1", "/1/amp"),
    ("/2", "/amp/2"),
    ("/3", "/3?amp=1"),
    ("/4", "/4?outputType=amp"),
    ("/5", "/5/print"),
    ("/6", "/6?print=1"),
    ("/7", "http://m.gazette.example/7"),
    ("/Eight", "/eight"),
    ("/9/", "/9/index.html"),
    ("/m/10", "/10"),
]
SPELLINGS = [
    ("/1", "https://www.gazette.example/1/"),
    ("/خبر-آخر", "/%D8%AE%D8%A8%D8%B1-%D8%A7%D9%93%D8%AE%D8%B1"),
    ("http://أخبار.example/a", "http://www.xn--igbicxr.example/a"),
]


def test_page_in_another_form_is_the_same_article_and_no_edit(reporter: Reporter) -> None:
    for number, (first, second) in enumerate(FORMS):
        text = f"{number}. {BRIDGE}"
        reporter.see(first, text)
        assert reporter.see(second, text.replace("on Tuesday ", "")) is Outcome.NOISE, second
        assert reporter.see(second, text) in (Outcome.UNCHANGED, Outcome.NOISE), second
    assert [len(view.urls) for view in reporter.all] == [2] * len(FORMS)
    assert count(reporter.archive, "versions") == len(FORMS)


def test_address_spelled_otherwise_is_the_same_page_where_edits_are_seen(reporter: Reporter) -> None:
    for number, (first, second) in enumerate(SPELLINGS):
        text = f"{chr(65 + number)}. {BRIDGE}"  # three that differ in a figure alone would be the site's line
        reporter.see(first, text)
        assert reporter.see(second, text.replace("on Tuesday ", "")) is Outcome.EDITED, second
    assert len(reporter.all) == len(SPELLINGS)


def test_page_in_another_form_that_tells_something_else_is_another_article(reporter: Reporter) -> None:
    reporter.see("/story")
    assert reporter.see("/print/story", FERRY) is Outcome.NEW
    assert len(reporter.all) == 2


@pytest.mark.parametrize(
    "link",
    ['<http://gazette.example/story>; rel="canonical"', "</x.css>; rel=preload, </story>; rel=canonical; title=a"],
)
def test_canonical_in_the_http_header_is_believed(reporter: Reporter, link: str) -> None:
    reporter.see("/story")
    reporter.see("/index.php?id=7", BRIDGE + " More.", link=link)
    assert set(reporter.only.urls) == {f"{HOME}/story", f"{HOME}/index.php?id=7"}


def test_canonical_headers_that_disagree_are_not_believed(reporter: Reporter) -> None:
    reporter.see("/story", link='</a>; rel="canonical", </b>; rel="canonical"')
    assert reporter.only.url == f"{HOME}/story"


def test_canonical_that_cannot_be_is_not_believed(reporter: Reporter) -> None:
    for number, declared in enumerate(["/", "/en/", "http://elsewhere.example/story", "/tag/bridges", "/news"]):
        reporter.see(f"/news/old-bridge-{number}", f"{number}. {BRIDGE}", declared_url=declared)
    assert {view.url for view in reporter.all} == {f"{HOME}/news/old-bridge-{number}" for number in range(5)}


def test_canonical_of_many_pages_names_none_of_them(reporter: Reporter) -> None:
    reporter.see("/1", declared_url="/story")
    assert reporter.only.url == f"{HOME}/story"
    for number, text in enumerate((FERRY, FERRY[::-1], BRIDGE[::-1]), 2):
        assert reporter.see(f"/{number}", text, title=f"Story {number}", declared_url="/story") is Outcome.NEW
    assert {view.url for view in reporter.all} == {f"{HOME}/{number}" for number in (1, 2, 3, 4)}


def test_declared_address_that_holds_another_article_is_that_articles(reporter: Reporter) -> None:
    reporter.see("/1", declared_url="/story")
    assert reporter.see("/story", FERRY, title="A second boat") is Outcome.NEW
    assert {view.url for view in reporter.all} == {f"{HOME}/1", f"{HOME}/story"}
    assert reporter.see("/story", FERRY, title="A second boat") is Outcome.UNCHANGED


def test_declared_address_that_is_absent_says_nothing_about_the_article(reporter: Reporter) -> None:
    reporter.see("/1", declared_url="/story")
    reporter.see("/story", status=404)
    assert reporter.only.status is ArticleStatus.LIVE


def test_two_pages_that_declare_each_other_are_one_where_they_tell_the_same(reporter: Reporter) -> None:
    reporter.see("/1", declared_url="/2")
    reporter.see("/2", declared_url="/1")
    reporter.see("/1", declared_url="/2")
    assert set(reporter.only.urls) == {f"{HOME}/1", f"{HOME}/2"}
    assert len(reporter.only.versions) == 1


def test_two_different_pages_that_declare_each_other_stay_two(reporter: Reporter) -> None:
    reporter.see("/1", declared_url="/2")
    reporter.see("/2", FERRY, title="A second boat", declared_url="/1")
    reporter.see("/1", declared_url="/2")
    reporter.see("/2", FERRY, title="A second boat", declared_url="/1")
    assert [view.title for view in reporter.all] == ["A second boat", "Old bridge is closed"]
    assert reporter.seen == [Outcome.NEW, Outcome.NEW, Outcome.UNCHANGED, Outcome.UNCHANGED]


def test_same_text_headline_and_day_under_two_addresses_is_one_article(reporter: Reporter) -> None:
    day = date(2026, 3, 1)
    reporter.see("/politics/17", published_on=day)
    assert reporter.see("/cities/4711", published_on=day) is Outcome.UNCHANGED
    assert set(reporter.only.urls) == {f"{HOME}/politics/17", f"{HOME}/cities/4711"}


def test_same_headline_and_day_with_a_line_more_or_less_is_one_article(reporter: Reporter) -> None:
    day, story = date(2026, 3, 1), f"{BRIDGE}\n{FERRY}"
    reporter.see("/politics/17", f"{story}\nStand with the only paper that has no owner.", published_on=day)
    assert reporter.see("/cities/4711", story, published_on=day) is Outcome.NOISE
    assert len(reporter.only.versions) == 1


def test_same_headline_and_day_with_another_sentence_is_another_article(reporter: Reporter) -> None:
    day = date(2026, 3, 1)
    reporter.see("/rates/1", f"{BRIDGE}\nThe pound stood at 12 in the morning.", published_on=day)
    assert reporter.see("/rates/2", f"{BRIDGE}\nThe pound stood at 14 at noon.", published_on=day) is Outcome.NEW
    assert reporter.see("/rates/3", BRIDGE, published_on=date(2026, 3, 2)) is Outcome.NEW


def test_same_text_and_headline_on_another_day_is_another_article(reporter: Reporter) -> None:
    reporter.see("/weather/1", published_on=date(2026, 3, 1))
    assert reporter.see("/weather/2", published_on=date(2026, 3, 2)) is Outcome.NEW


def test_same_text_under_another_headline_is_another_article(reporter: Reporter) -> None:
    reporter.see("/1")
    assert reporter.see("/2", title="Bridge: what we know") is Outcome.NEW


def test_new_address_listed_before_the_old_one_is_seen_to_redirect_ends_as_moved(reporter: Reporter) -> None:
    reporter.see("/old-slug")
    reporter.see("/new-slug")
    (known,) = Queries(reporter.archive).recheck_targets(SOURCE.key)
    (due,) = Queries(reporter.archive).due_articles(SOURCE.key, reporter.at)
    assert (known.target.url, due.is_first) == (f"{HOME}/old-slug", True)
    assert reporter.see("/new-slug", via=("/old-slug",)) is Outcome.MOVED
    view = reporter.only
    assert (view.url, view.status) == (f"{HOME}/new-slug", ArticleStatus.MOVED)
    assert set(view.urls) == {f"{HOME}/old-slug", f"{HOME}/new-slug"}
    assert len(view.versions) == 1
    assert reporter.see("/new-slug") is Outcome.UNCHANGED
    assert reporter.only.status is ArticleStatus.MOVED


def test_article_rewritten_while_it_moved_is_merged_when_the_old_address_leads_there(reporter: Reporter) -> None:
    reporter.see("/old-slug", FERRY)
    first = reporter.only
    reporter.see("/new-slug", BRIDGE)
    second = next(view for view in reporter.all if view.public_id != first.public_id)
    second = Queries(reporter.archive).find(second.public_id)
    assert reporter.see("/new-slug", via=("/old-slug",)) is Outcome.MOVED
    view = reporter.only
    assert (view.public_id, view.url, view.status) == (first.public_id, f"{HOME}/new-slug", ArticleStatus.MOVED)
    assert [version.text for version in view.versions] == [FERRY, BRIDGE]
    old_ids = [version.public_id for version in (*first.versions, *second.versions)]
    assert [version.public_id for version in view.versions] == old_ids
    find = Queries(reporter.archive).find
    assert find(second.public_id).public_id == first.public_id
    assert find(second.versions[0].public_id).text == BRIDGE
    assert count(reporter.archive, "former_ids") == 1


def test_merging_joins_runs_of_one_text_and_keeps_every_id_and_word(reporter: Reporter) -> None:
    # Two rows with one text come from before the text was compared at first sight, or from two crawlers at once.
    reporter.see("/old-slug", BRIDGE, published_on=date(2026, 3, 1), section="Cities")
    reporter.see("/new-slug", BRIDGE.replace("’", "'"), published_on=date(2026, 3, 2), section="Region")
    ids = [version.public_id for view in reporter.all for version in Queries(reporter.archive).find(view.url).versions]
    assert len(set(ids)) == 2
    reporter.see("/new-slug", via=("/old-slug",), published_on=date(2026, 3, 2))
    assert len(reporter.only.versions) == 1
    assert {Queries(reporter.archive).find(public_id).url for public_id in ids} == {f"{HOME}/new-slug"}
    details = rows(reporter.archive, "SELECT text, details FROM extractions ORDER BY capture_id")
    assert sum("Region" in str(row.details) for row in details) == 1


def test_old_address_that_vanishes_while_the_new_one_lives_is_moved_not_gone(reporter: Reporter) -> None:
    reporter.see("/old-slug")
    reporter.see("/new-slug")
    assert reporter.see("/old-slug", status=404) is Outcome.MISSING
    (due,) = Queries(reporter.archive).recheck_targets(SOURCE.key)
    assert due.target.url == f"{HOME}/new-slug"
    assert reporter.see("/new-slug") is Outcome.MOVED
    assert (reporter.only.url, reporter.only.missing_since) == (f"{HOME}/new-slug", None)


DAY = date(2026, 3, 1)
RENAMED = "Why the old bridge is closed"


@pytest.mark.parametrize("is_listed_first", [True, False])
def test_other_headline_at_another_address_is_a_move_once_the_old_one_is_absent(
    reporter: Reporter, *, is_listed_first: bool
) -> None:
    reporter.see("/old-slug", published_on=DAY)
    first = reporter.only.public_id
    if is_listed_first:
        assert reporter.see("/new-slug", BRIDGE + " More.", title=RENAMED, published_on=DAY) is Outcome.NEW
        assert reporter.see("/old-slug", status=404) is Outcome.MOVED
    else:
        assert reporter.see("/old-slug", status=404) is Outcome.MISSING
        assert reporter.see("/new-slug", BRIDGE + " More.", title=RENAMED, published_on=DAY) is Outcome.MOVED
    view = reporter.only
    assert (view.public_id, view.url, view.status) == (first, f"{HOME}/new-slug", ArticleStatus.MOVED)
    assert [version.text for version in view.versions] == [BRIDGE, BRIDGE + " More."]
    assert (view.missing_since, view.gone_at) == (None, None)
    assert reporter.see("/new-slug", BRIDGE + " More.", title=RENAMED, published_on=DAY) is Outcome.UNCHANGED
    assert reporter.see("/old-slug", status=404) is Outcome.MISSING
    assert reporter.see("/new-slug", BRIDGE + " More.", title=RENAMED, published_on=DAY) is Outcome.UNCHANGED


def test_other_headline_at_another_address_is_no_move_while_both_live_or_on_another_day(reporter: Reporter) -> None:
    reporter.see("/weather/1", published_on=DAY)
    reporter.see("/weather/one", title=RENAMED, published_on=DAY)
    reporter.see("/weather/2", title="And today", published_on=date(2026, 3, 2))
    assert len(reporter.all) == 3
    assert reporter.see("/weather/2", status=404) is Outcome.MISSING
    assert len(reporter.all) == 3


def test_redirect_to_another_article_is_missing_not_merged(reporter: Reporter) -> None:
    reporter.see("/1")
    reporter.see("/2", FERRY, title="A second boat")
    assert reporter.see("/2", FERRY, title="A second boat", via=("/1",)) is Outcome.MISSING
    assert len(reporter.all) == 2


def test_every_table_that_knows_articles_is_moved_by_merging() -> None:
    """A table that comes to refer to articles or versions must be thought of in ``merge_articles``."""
    known = {
        "article_urls",
        "captures",
        "copies",
        "edit_measures",
        "former_ids",
        "search_entries",
        "takedowns",  # what was taken down is merged with nothing
        "versions",
        "visits",
        "articles",
    }
    referring = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in ("articles", "versions")
    }
    assert referring == known
    assert articles.name in known


VISITS = st.lists(
    st.tuples(st.sampled_from(["/a", "/b", "/c"]), st.sampled_from([BRIDGE, FERRY]), st.booleans()), max_size=8
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits=VISITS)
def test_merging_in_any_order_keeps_captures_in_maximal_runs(visits: list[Any], tmp_path: Path) -> None:
    folder = tmp_path / uuid.uuid4().hex
    archive = Archive.open(f"sqlite:///{folder}.db", folder, clock=ManualClock())
    warc = WarcWriter(folder, clock=ManualClock(), software="test", originals=archive)
    reporter = Reporter(archive, warc)
    given_out: set[str] = set()
    for path, text, is_redirected in visits:
        reporter.see(path, text, via=("/a",) if is_redirected and path != "/a" else ())
        given_out |= {row[0] for row in rows(archive, "SELECT public_id FROM versions")}
        given_out |= {row[0] for row in rows(archive, "SELECT public_id FROM articles")}
    query = (
        "SELECT c.article_id, c.captured_at, v.id, v.article_id AS of_article, v.text_digest, v.first_captured_at, "
        "v.last_captured_at FROM captures c JOIN versions v ON v.id = c.version_id ORDER BY c.article_id, c.captured_at"
    )
    found = rows(archive, query)
    assert all(row.article_id == row.of_article for row in found)
    assert all(row.first_captured_at <= row.captured_at <= row.last_captured_at for row in found)
    for one, next_one in pairwise(found):
        if one.article_id == next_one.article_id:
            assert (one.id == next_one.id) == (one.text_digest == next_one.text_digest)
    assert {Queries(archive).find(public_id).public_id for public_id in given_out} <= given_out
    assert sum(count(archive, table) for table in ("visits",)) == len(visits)
    sought = {row.id for row in rows(archive, "SELECT version_id AS id FROM search_entries")}
    assert sought == {row.id for row in rows(archive, "SELECT id FROM versions")}
    assert rows(archive, "SELECT count(*) AS n FROM search_terms")[0].n == len(sought)
    warc.close()
    archive.close()


def test_article_seen_elsewhere_counts_as_seen(reporter: Reporter) -> None:
    reporter.see("/story")
    reporter.see("/story/amp", BRIDGE + " Read more.")
    view = reporter.only
    assert view.last_seen_at == reporter.at.astimezone(UTC)
    kept = rows(reporter.archive, "SELECT text FROM extractions WHERE text IS NOT NULL")
    assert [row.text for row in kept] == [BRIDGE + " Read more."]
