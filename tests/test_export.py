"""Which articles an export takes, and the tables that are made of them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.search_query import read_query
from storage.export import ExportChoice, count_articles, exported_articles, read_articles, wanted_articles
from storage.export_csv import guarded, write_csv
from storage.export_table import COLUMNS, version_rows
from storage.queries import Queries
from storage.records import ArticleStatus
from storage.records_search import Search
from storage.search import search
from tests.storage_fixtures import START, Desk

if TYPE_CHECKING:
    from storage.archive import Archive

URL = "http://gazette.example/"
DAY = timedelta(days=1)


def urls(archive: Archive, choice: ExportChoice) -> list[str]:
    return [each.article.url.removeprefix(URL) for each in exported_articles(archive, choice)]


def withhold(desk: Desk, url: str) -> None:
    with desk.archive.engine.begin() as connection:
        connection.execute(text("UPDATE articles SET status = 'withheld' WHERE canonical_url = :url"), {"url": url})


def unguarded(cell: str) -> str:
    """As docs/export.md says it is undone."""
    return cell.removeprefix("'")


@pytest.fixture
def dated(desk: Desk) -> Desk:
    """Articles with every kind of date, by names that say which."""
    seen = START + 10 * DAY
    desk.see(f"{URL}timed", "word", seen, published_at=START + DAY, published_on=date(2026, 3, 2))
    desk.see(f"{URL}day", "word two", seen, published_on=date(2026, 3, 2), language="ar")
    desk.see(f"{URL}undated", "word three", seen)
    desk.see(f"{URL}future", "word four", seen, published_on=date(2031, 1, 1))
    desk.see(f"{URL}old", "word five", seen, published_at=START - 400 * DAY)
    return desk


def test_every_article_comes_with_every_version_in_order_of_keeping(desk: Desk) -> None:
    for number in range(60):
        desk.see(f"{URL}{number}", "one", START)
    desk.see(f"{URL}7", "two", START + DAY)
    queries = Queries(desk.archive)
    found = [each.article for each in exported_articles(desk.archive, ExportChoice())]
    assert [view.url for view in found] == [f"{URL}{number}" for number in range(60)]
    assert [found[7], found[59]] == [queries.find(f"{URL}7"), queries.find(f"{URL}59")]
    assert [version.text for version in found[7].versions] == ["one", "two"]


def test_current_only_leaves_out_the_versions_before_and_keeps_the_number(desk: Desk) -> None:
    desk.see(URL, "one", START)
    desk.see(URL, "two", START + DAY)
    (found,) = exported_articles(desk.archive, ExportChoice(current_only=True))
    assert [(version.number, version.text, version.change) for version in found.article.versions] == [
        (2, "two", "text")
    ]


@pytest.mark.parametrize(
    "moment",
    [
        START - 401 * DAY,
        START + DAY,
        START + 1.2 * DAY,
        datetime(2026, 3, 3, tzinfo=UTC),
        START + 10 * DAY,
        START + 11 * DAY,
    ],
    ids=str,
)
def test_since_and_until_choose_what_the_search_chooses(dated: Desk, moment: datetime) -> None:
    archive, query = dated.archive, read_query("word")
    for wanted, choice in (
        (Search(query, since=moment), ExportChoice(since=moment)),
        (Search(query, until=moment), ExportChoice(until=moment)),
    ):
        found = (each.url.removeprefix(URL) for each in search(archive, wanted))
        assert sorted(urls(archive, choice)) == sorted(found)


def test_source_language_and_status_narrow_and_the_count_agrees(dated: Desk) -> None:
    dated.lose(f"{URL}old", START + 20 * DAY)
    archive = dated.archive
    assert urls(archive, ExportChoice(language="ar")) == ["day"]
    assert urls(archive, ExportChoice(status=ArticleStatus.GONE)) == ["old"]
    assert urls(archive, ExportChoice(source="other")) == []
    for choice in (ExportChoice(), ExportChoice(language="ar"), ExportChoice(since=START), ExportChoice(source="x")):
        assert count_articles(archive, choice) == len(urls(archive, choice))


def test_withheld_article_is_not_exported(dated: Desk) -> None:
    withhold(dated, f"{URL}day")
    assert urls(dated.archive, ExportChoice()) == ["timed", "undated", "future", "old"]
    assert urls(dated.archive, ExportChoice(language="ar")) == []


def test_by_month_gives_each_month_together(dated: Desk) -> None:
    dated.see(f"{URL}later", "word", START + 40 * DAY)
    choice = ExportChoice()
    with dated.archive.reading() as connection:
        wanted = wanted_articles(connection, choice, by_month=True)
        found = list(read_articles(connection, wanted, choice))
    assert [(each.month, each.article.url.removeprefix(URL)) for each in found] == [
        ("2025-01", "old"),
        *(("2026-03", name) for name in ("timed", "day", "undated", "future")),
        ("2026-04", "later"),
    ]


def test_article_without_a_version_is_a_row_without_one(desk: Desk) -> None:
    desk.see(URL, "one", START)
    with desk.archive.engine.begin() as connection:
        connection.execute(text("UPDATE captures SET version_id = NULL"))
        connection.execute(text("UPDATE articles SET current_version_id = NULL"))
        for table in ("search_entries", "visits", "versions"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - names of tables
    (found,) = exported_articles(desk.archive, ExportChoice(since=START))
    (row,) = version_rows(found.article)
    assert (row["url"], row["version_id"], row["text"], row.keys()) == (URL, None, None, COLUMNS.keys())


# --- CSV ------------------------------------------------------------------------------------------------------------


def read_back(content: str, delimiter: str = ",") -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(content, newline=""), delimiter=delimiter)
    return [{name: unguarded(cell) for name, cell in row.items()} for row in rows]


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+961",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        '"=1',
        "'=1",
        "\ufeff=1",
        "\u200f=1",
        "« -5",
        "＝1",
        "\x00=1",
        "\u00a0@a",
        "“+1”",
    ],
)
def test_cell_that_might_be_a_formula_begins_with_an_apostrophe(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "قُتل 12", "a=b", "1-2", "«قال»", '"quoted"', " spaced", "[-1]", "https://x/"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert guarded(cell) == cell


@given(st.text())
def test_guarding_can_be_undone_and_leaves_no_formula(cell: str) -> None:
    written = guarded(cell)
    assert unguarded(written) == cell
    assert not written.lstrip().startswith(("=", "+", "-", "@"))


CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"))


@given(st.lists(st.tuples(CELLS, st.lists(CELLS), CELLS), max_size=5), st.sampled_from(",;\t"))
def test_csv_gives_back_what_was_written(cells: list[tuple[str, list[str], str]], delimiter: str) -> None:
    rows: list[dict[str, Any]] = [
        dict.fromkeys(COLUMNS) | {"title": title, "authors": authors, "text": words} for title, authors, words in cells
    ]
    stream = io.StringIO(newline="")
    write_csv(rows, stream, delimiter=delimiter)
    back = read_back(stream.getvalue(), delimiter)
    assert [(row["title"], row["text"]) for row in back] == [(title, words) for title, _, words in cells]
    assert all(listed(row["authors"]) == authors for row, (_, authors, _) in zip(back, cells, strict=True))


def listed(cell: str) -> list[str]:
    return list(json.loads(cell)) if cell else []


def test_csv_holds_every_kind_of_value(dated: Desk) -> None:
    (found,) = [each for each in exported_articles(dated.archive, ExportChoice()) if each.article.url.endswith("timed")]
    stream = io.StringIO(newline="")
    write_csv(version_rows(found.article), stream)
    (row,) = read_back(stream.getvalue())
    assert (row["published_at"], row["published_on"], row["paywalled"]) == ("2026-03-02T12:00:00Z", "2026-03-02", "")
    assert (row["is_current"], row["version"], row["urls"]) == ("true", "1", f'["{URL}timed"]')
