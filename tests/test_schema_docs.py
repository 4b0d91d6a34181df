"""docs/schema.md is current, and everything in it runs."""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from storage.dictionary import with_generated_parts
from tests.storage_fixtures import START, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = Path(__file__).parents[1] / "docs" / "schema.md"
DAY = timedelta(days=1)
_QUESTION = re.compile(r"^### (\d+\. .+?)$(.*?)(?=^##)", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def questions() -> Iterator[tuple[str, str, str]]:
    """Heading, database and SQL of every question, for both databases."""
    for heading, content in _QUESTION.findall(DOCUMENT.read_text(encoding="utf-8")):
        for language, database, sql in _BLOCK.findall(content):
            if language == "sql":
                for dialect in [database] if database else ["sqlite", "postgresql"]:
                    yield heading, dialect, sql


def block(language: str, database: str = "") -> str:
    found: list[tuple[str, str, str]] = _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
    return next(code for kind, name, code in found if (kind, name) == (language, database))


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """An archive in which every question has an answer."""
    url = "http://gazette.example/bridge"
    fields: dict[str, Any] = {"published_on": date(2026, 3, 2), "authors": ("Sara", "عمر")}
    desk.see(url, "The bridge is closed. 5 are hurt.", START + DAY, title="Bridge closed", **fields)
    desk.see(url, "The bridge is closed. 7 are hurt.", START + 2 * DAY, title="Bridge shut", **fields)
    desk.see("http://gazette.example/gone", "Another bridge.", START, **fields)
    desk.lose("http://gazette.example/gone", START + 9 * DAY)
    return desk


def test_generated_parts_are_current() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_generated_parts(document) == document, "run: python -m storage.dictionary docs/schema.md"


def test_there_are_ten_questions_for_both_databases() -> None:
    asked = list(questions())
    for dialect in ("sqlite", "postgresql"):
        assert len({heading for heading, database, _ in asked if database == dialect}) == 10


def test_every_question_has_an_answer(filled: Desk) -> None:
    dialect = filled.archive.engine.dialect.name
    for heading, database, sql in questions():
        if database == dialect:
            with filled.archive.reading() as connection:
                assert connection.execute(text(sql.rstrip().rstrip(";").replace(":", r"\:"))).all(), heading


@pytest.fixture
def folder(filled: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if filled.archive.engine.dialect.name != "sqlite":
        pytest.skip("these tools read the SQLite file")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_pandas_reads_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    exec(compile(block("python"), str(folder), "exec"), {})  # noqa: S102 - the example of our own document
    assert "gazette" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_duckdb_reads_the_file() -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    extensions = pytest.importorskip(
        "duckdb_extensions", reason="duckdb-extensions and duckdb-extension-sqlite-scanner are not installed"
    )
    with duckdb.connect() as connection:
        extensions.import_extension("sqlite_scanner", con=connection)
        assert connection.execute(block("sql", "duckdb")).fetchall()[0][:2] == ("gazette", 2)


def test_datasette_reads_the_file(folder: Path) -> None:
    cli = pytest.importorskip("datasette.cli", reason="datasette is not installed")
    testing = pytest.importorskip("click.testing")
    result = testing.CliRunner().invoke(cli.cli, [str(folder / "warraq.db"), "--get", "/warraq/current_articles.json"])
    assert result.exit_code == 0, result.output
    assert "Bridge shut" in result.output


def test_sqlite_file_is_read_while_the_archive_is_open(folder: Path) -> None:
    with sqlite3.connect(f"file:{folder / 'warraq.db'}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT count(*) FROM current_articles").fetchone() == (2,)
    connection.close()
