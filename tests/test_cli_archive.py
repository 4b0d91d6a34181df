from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from storage.engine import connect
from storage.migrate import migrate
from tests.cli_archive import EDITED_URL, FIRST, GONE_URL, SECOND, fill
from tests.cli_process import Program, complaint

if TYPE_CHECKING:
    from pathlib import Path

SHOW_KEYS = {
    *("url", "urls", "title", "authors", "language", "published_at", "published_on", "published_raw", "image_url"),
    *("image_caption", "agency_credit", "source", "status", "first_seen_at", "last_seen_at", "version", "text"),
    "versions",
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill(tmp_path_factory.mktemp("archive"))


def answer(program: Program, database: str, *words: str) -> Any:
    return json.loads(program("--database", database, *words, "--format", "json").stdout)


def test_articles_lists_the_newest_first_without_a_configuration(program: Program, database: str) -> None:
    lines = program("articles", "--database", database).stdout.splitlines()
    assert lines[0].split() == ["id", "source", "published", "status", "version", "title", "url"]
    assert [line.split()[-1] for line in lines[1:]] == [GONE_URL, EDITED_URL]


def test_articles_limit_since_and_source_narrow_the_list(program: Program, database: str) -> None:
    assert len(answer(program, database, "articles", "--limit", "1")) == 1
    assert answer(program, database, "articles", "--since", "2026-07-02") == []
    assert len(answer(program, database, "articles", "--source", "naba")) == 2


def test_articles_of_an_unknown_source_is_one_line_and_of_one_never_crawled_is_none(
    program: Program, database: str
) -> None:
    assert "other" in complaint(program("--database", database, "articles", "--source", "other", code=1))
    source = '[[sources]]\nkey = "fresh"\nurl = "https://fresh.example/"\nevery = "1h"\n'
    (program.directory / "warraq.toml").write_text(source, encoding="utf-8")
    assert answer(program, database, "articles", "--source", "fresh") == []


def test_show_as_json_has_every_key_of_the_interface(program: Program, database: str) -> None:
    article = answer(program, database, "show", EDITED_URL)
    assert article.keys() >= SHOW_KEYS
    assert (article["title"], article["text"], article["version"]) == (SECOND.title, SECOND.text, 2)
    assert (article["published_at"], article["published_on"], article["status"]) == (None, "2026-07-01", "live")
    assert article["agency_credit"] == SECOND.agency_credit
    assert {"number", "captured_at", "title", "change"} <= article["versions"][0].keys()
    assert article["versions"][1]["captured_at"].endswith("Z")


@pytest.mark.parametrize("suffix", ["", "?page=amp", "#comments", "?utm_source=feed"])
def test_show_answers_to_every_url_of_an_article(program: Program, database: str, suffix: str) -> None:
    assert answer(program, database, "show", EDITED_URL + suffix)["url"] == EDITED_URL


def test_show_answers_to_ids_of_articles_and_versions(program: Program, database: str) -> None:
    article = answer(program, database, "show", EDITED_URL)
    assert answer(program, database, "show", article["id"]) == article
    assert answer(program, database, "show", article["versions"][0]["id"])["title"] == FIRST.title


def test_show_an_earlier_version_by_number_or_time(program: Program, database: str) -> None:
    by_number = answer(program, database, "show", EDITED_URL, "--version", "1")
    assert (by_number["title"], by_number["version"]) == (FIRST.title, 1)
    assert answer(program, database, "show", EDITED_URL, "--as-of", "2026-07-01T09:30") == by_number


def test_show_as_table_has_facts_and_paragraphs(program: Program, database: str) -> None:
    out = program("show", EDITED_URL, "--database", database).stdout
    assert f"\u2068{SECOND.title}\u2069" in out
    assert out.split("\n\n", 1)[1].split("\n\n") == [*SECOND.text.split("\n")[:1], SECOND.text.split("\n")[1] + "\n"]


def test_show_what_is_not_there_is_one_line(program: Program, database: str) -> None:
    assert "answers to" in complaint(program("show", "https://x.example/", "--database", database, code=1))
    assert "from 1 to 2" in complaint(program("show", EDITED_URL, "--version", "9", "--database", database, code=1))


def test_history_lists_versions_with_what_changed(program: Program, database: str) -> None:
    versions = answer(program, database, "history", EDITED_URL)
    assert [(version["number"], version["change"]) for version in versions] == [(1, "new"), (2, "headline and text")]


def test_diff_marks_words_and_counts_them(program: Program, database: str) -> None:
    lines = program("diff", EDITED_URL, "--database", database).stdout.splitlines()
    assert lines[0].endswith("1 word removed, 1 added")
    assert lines[1:] == [
        "headline: قُتل [-12-]{+13+} شخصًا في غزة",
        "قُتل [-12-]{+13+} شخصًا يوم الأربعاء.",
        "… 1 unchanged paragraph",
    ]


def test_diff_in_colour_when_asked_for_has_no_marks(program: Program, database: str) -> None:
    out = program("diff", EDITED_URL, "--database", database, FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[" in out
    assert "[-" not in out


def test_diff_backwards_swaps_removed_and_added(program: Program, database: str) -> None:
    changes = answer(program, database, "diff", EDITED_URL, "2", "1")["paragraphs"][0]
    assert [(run["change"], run["text"]) for run in changes[1:3]] == [("removed", "13"), ("added", "12")]


def test_diff_of_a_single_version_is_one_line(program: Program, database: str) -> None:
    assert "has one version" in complaint(program("diff", GONE_URL, "--database", database, code=1))


def test_export_is_show_with_the_text_of_every_version(program: Program, database: str) -> None:
    lines = program("export", "--format", "jsonl", "--database", database).stdout.splitlines()
    exported = {article["url"]: article for article in map(json.loads, lines)}[EDITED_URL]
    assert [version.pop("text") for version in exported["versions"]] == [FIRST.text, SECOND.text]
    for version, name in product(exported["versions"], ("structure", "images", "links", "embeds")):
        version.pop(name)
    assert exported == answer(program, database, "show", EDITED_URL)


def test_status_tells_the_last_crawl_the_next_run_and_problems(program: Program, database: str) -> None:
    (line,) = program("status", "--database", database).stdout.splitlines()[1:]
    assert "2026-07-01 09:00Z" in line
    assert "2026-07-01 09:15Z" in line
    assert line.endswith("answered 503")


def test_status_lists_sources_that_were_never_crawled(program: Program, database: str) -> None:
    source = '[[sources]]\nkey = "fresh"\nurl = "https://fresh.example/"\nevery = "1h"\n'
    (program.directory / "warraq.toml").write_text(source, encoding="utf-8")
    statuses = answer(program, database, "status")
    assert [(status["key"], status["next_due_at"]) for status in statuses] == [("fresh", None), ("naba", None)]


def test_database_from_the_environment_is_read(program: Program, database: str) -> None:
    assert EDITED_URL in program("articles", WARRAQ_DATABASE=database).stdout


def test_db_url_and_migrate(program: Program, database: str) -> None:
    assert program("db", "url", "--database", database).stdout.strip() == database
    assert "already" in program("db", "migrate", "--database", database).stderr
    fresh = f"sqlite:///{program.directory / 'fresh.db'}"
    assert "migrated from nothing" in program("db", "migrate", "--database", fresh).stderr


def test_database_of_an_earlier_release_is_refused_until_it_is_migrated(program: Program) -> None:
    database = f"sqlite:///{program.directory / 'old.db'}"
    engine = connect(database)
    migrate(engine, to="0001")
    engine.dispose()
    assert "warraq db migrate" in program("articles", "--database", database, code=1).stderr
    assert "migrated from 0001" in program("db", "migrate", "--database", database).stderr
    assert answer(program, database, "articles") == []


def test_missing_database_is_not_made_by_reading(program: Program) -> None:
    assert "there is no database" in complaint(program("articles", "--database", "sqlite:///nope.db", code=1))
    assert not (program.directory / "nope.db").exists()


def test_corrupt_database_is_one_line(program: Program) -> None:
    (program.directory / "bad.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert "bad.db" in complaint(program("articles", "--database", "sqlite:///bad.db", code=1))


def test_database_of_a_later_release_is_one_line(program: Program) -> None:
    database = fill(program.directory)
    with closing(sqlite3.connect(program.directory / "kept.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "later release" in complaint(program("articles", "--database", database, code=1))


@pytest.mark.parametrize("database", ["mysql://x/y", "nonsense", "sqlite://", "://"])
def test_database_of_no_known_kind_is_one_line(program: Program, database: str) -> None:
    assert database in complaint(program("articles", "--database", database, code=1))
    assert not list(program.directory.iterdir())


def test_copies_of_an_article_without_any_says_so(program: Program, database: str) -> None:
    ended = program("--database", database, "copies", EDITED_URL)
    assert ended.stdout == ""
    assert "no copies" in ended.stderr
    assert answer(program, database, "copies") == []


def test_copies_with_both_an_article_and_a_source_is_wrong_usage(program: Program, database: str) -> None:
    line = complaint(program("--database", database, "copies", EDITED_URL, "--source", "naba", code=2))
    assert "either an article" in line


def test_search_marks_what_it_found_and_narrows(program: Program, database: str) -> None:
    table = program("--database", database, "search", "شخصا", "المصادر").stdout
    assert "**شخصًا**" in table
    assert "**المصادر**" in table
    (found,) = answer(program, database, "search", "قتل 13")
    assert (found["url"], found["version"], found["is_current"]) == (EDITED_URL, 2, True)
    assert [found["snippet"][start:end] for start, end in found["snippet_marks"]] == ["قُتل", "13"]
    assert answer(program, database, "search", "12") == []
    assert [hit["version"] for hit in answer(program, database, "search", "12", "--all-versions")] == [1]
    gone = answer(program, database, "search", "nothing", "--status", "gone", "--language", "AR", "--rank")
    assert [hit["url"] for hit in gone] == [GONE_URL]
    assert answer(program, database, "search", "nothing", "--until", "2026-07-01") == []


@pytest.mark.parametrize("query", ["(a", '"a', "a OR", "--", "…"])
def test_search_that_cannot_be_read_is_one_line(program: Program, database: str, query: str) -> None:
    assert "query" in complaint(program("--database", database, "search", query, code=2)).lower()


def test_reindex_says_how_many(program: Program, database: str) -> None:
    assert program("--database", database, "db", "reindex").stderr == "indexed 3 versions for the search\n"
