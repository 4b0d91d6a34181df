"""``warraq export``: its forms, its filters, and what it says of what cannot be done."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from storage.archive import Archive
from storage.export_table import COLUMNS
from storage.records import CanonicalUrl, SourceRecord
from storage.records_stored import VersionMarks
from tests.cli_archive import EDITED_URL, FIRST, GONE_URL, SECOND, START, fill
from tests.cli_process import ROOT, Program, complaint

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli_process import Ended

DOCUMENT = ROOT / "docs" / "export.md"
NOTHING = "nothing in the archive matches"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def empty(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/empty.db"
    Archive.open(url, tmp_path / "warc", clock=lambda: START).close()
    return url


def export(program: Program, database: str, *words: str | Path, code: int = 0) -> Ended:
    return program("export", "--database", database, *words, code=code)


def table(content: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=delimiter))


def test_csv_has_a_row_for_each_version(program: Program, database: str) -> None:
    rows = table(export(program, database, "--format", "csv").stdout)
    assert [(row["url"], row["version"], row["is_current"], row["status"]) for row in rows] == [
        (EDITED_URL, "1", "false", "live"),
        (EDITED_URL, "2", "true", "live"),
        (GONE_URL, "1", "true", "gone"),
    ]
    assert [row["text"] for row in rows] == [FIRST.text, SECOND.text, "Nothing left."]


def test_csv_for_excel_has_its_mark_and_its_delimiter(program: Program, database: str) -> None:
    target = program.directory / "جدول الأخبار.csv"
    said = export(program, database, "--format", "csv", "--bom", "--delimiter", "semicolon", "--output", target).stderr
    assert said == f"2 articles written to {target}\n"
    content = target.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfsource;article_id;")
    assert [row["title"] for row in table(content.decode("utf-8-sig"), ";")][:2] == [FIRST.title, SECOND.title]


@pytest.mark.parametrize(
    ("words", "urls"),
    [
        (("--status", "gone"), [GONE_URL]),
        (("--source", "naba", "--language", "AR"), [EDITED_URL, GONE_URL]),
        (("--since", "2026-07-01"), [EDITED_URL, GONE_URL]),
        (("--until", "2026-07-01"), []),
        (("--language", "en"), []),
    ],
    ids=str,
)
def test_filters_narrow_and_one_that_matches_nothing_is_told(
    program: Program, database: str, words: tuple[str, ...], urls: list[str]
) -> None:
    done = export(program, database, *words)
    assert [json.loads(line)["url"] for line in done.stdout.splitlines()] == urls
    assert done.stderr == ("" if urls else f"{NOTHING}\n")


def test_current_only_writes_one_version_an_article(program: Program, database: str) -> None:
    articles = map(json.loads, export(program, database, "--current-only").stdout.splitlines())
    assert [[version["number"] for version in article["versions"]] for article in articles] == [[2], [1]]
    assert [row["version"] for row in table(export(program, database, "--format", "csv", "--current-only").stdout)] == [
        "2",
        "1",
    ]


@pytest.mark.parametrize(
    ("form", "name"),
    [("jsonl", "a.jsonl"), ("csv", "a.csv"), ("parquet", "a"), ("warc", "a.warc.gz"), ("wacz", "a.wacz")],
)
def test_export_of_nothing_makes_nothing_and_says_so(program: Program, empty: str, form: str, name: str) -> None:
    target = program.directory / name
    done = export(program, empty, "--format", form, "--output", target)
    assert (done.stdout, done.stderr) == ("", f"{NOTHING}: {target} was not made\n")
    assert not list(program.directory.glob("a*"))


def test_export_of_an_empty_archive_to_standard_output_is_empty(program: Program, empty: str) -> None:
    assert export(program, empty).stdout == ""
    assert table(export(program, empty, "--format", "csv").stdout) == []


def test_csv_keeps_quotes_breaks_and_leading_signs_of_one_article(program: Program, empty: str) -> None:
    title, words = '=HYPERLINK("http://x/","اضغط")', 'قال: "نعم"\r\n- لا،\x00 شكرًا\n\t؛'
    archive = Archive.open(empty, program.directory / "warc", clock=lambda: START)
    with archive.writing() as writer:
        writer.upsert_source(SourceRecord("naba", "نبأ", "https://naba.example/"))
        article = writer.create_article("naba", CanonicalUrl("https://naba.example/a"), START)
        read = replace(FIRST, title=title, text=words, authors=("-x", 'a"b'))
        writer.add_version(article, read, VersionMarks(START, None, "t", "x"))  # type: ignore[arg-type]  # no capture
    archive.close()
    (row,) = table(export(program, empty, "--format", "csv").stdout)
    assert row["title"] == f"'{title}"
    assert row["text"] == words.replace("\x00", "")  # the database holds no NUL
    assert json.loads(row["authors"]) == ["-x", 'a"b']


def test_parquet_is_parted_by_source_and_month_with_typed_columns(program: Program, database: str) -> None:
    dataset = pytest.importorskip("pyarrow.dataset")
    target = program.directory / "المقالات"
    assert export(program, database, "--format", "parquet", "--output", target).stderr.startswith("2 articles written")
    assert [str(path.relative_to(target)) for path in target.rglob("*.parquet")] == [
        "source=naba/month=2026-07/articles.parquet"
    ]
    found = dataset.dataset(target, partitioning="hive").to_table()
    types = {field.name: str(field.type) for field in found.schema}
    assert (types["captured_at"], types["published_on"]) == ("timestamp[us, tz=UTC]", "date32[day]")
    assert (types["authors"], types["version"]) == ("list<element: string>", "int32")
    rows = found.to_pylist()
    assert [(row["source"], row["month"], row["authors"]) for row in rows] == [("naba", "2026-07", ["ليلى حسن"])] * 3
    assert [(row["text"], row["captured_at"].hour) for row in rows][:2] == [(FIRST.text, 9), (SECOND.text, 10)]


@pytest.mark.slow
def test_query_of_the_docs_runs_on_the_directory(program: Program, database: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    export(program, database, "--format", "parquet", "--output", "articles")
    query = DOCUMENT.read_text(encoding="utf-8").partition("```sql\n")[2].partition("```")[0]
    found = duckdb.sql(query.replace("articles/", f"{program.directory}/articles/")).fetchall()
    assert found == [("naba", "2026-07", 1)]


def test_csv_is_read_as_the_docs_say(program: Program, database: str) -> None:
    export(program, database, "--format", "csv", "--bom", "--output", "2026.csv")
    code = DOCUMENT.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(code.replace("2026.csv", str(program.directory / "2026.csv")), names)  # noqa: S102 - our own documentation
    assert [(row["source"], row["title"]) for row in names["rows"]] == [
        ("naba", title) for title in (FIRST.title, SECOND.title, "Withdrawn")
    ]


def test_every_column_is_in_the_docs() -> None:
    told = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8").partition("## Columns")[2]))
    assert set(COLUMNS) <= told


# --- what cannot be done --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("--format", "parquet"), "--format parquet goes with --output PATH", 2),
        (("--format", "wacz"), "--format wacz goes with --output PATH", 2),
        (("--format", "warc", "--output", "a.warc"), ".warc.gz", 2),
        (("--format", "wacz", "--output", "a.zip"), ".wacz", 2),
        (("--bom",), "--bom and --delimiter go with --format csv", 2),
        (("--format", "xlsx"), "'xlsx' is not one of", 2),
        (("--source", "other"), "there is no source other", 1),
        (("--output", "no/such/a.jsonl"), "there is no such directory", 1),
        (("--output", "."), ". exists already", 1),
        (("--output", "kept"), "kept exists already: give another name, or remove it first", 1),
        (("--format", "parquet", "--output", "kept"), "kept exists already", 1),
        (("--format", "warc", "--output", "a.warc.gz"), "not one of the captures could be read: check warc_dir", 1),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    program: Program, database: str, words: tuple[str, ...], said: str, code: int
) -> None:
    (program.directory / "kept").write_text("mine")
    done = export(program, database, *words, code=code)
    assert said in done.stderr.splitlines()[-1]
    assert [path.name for path in program.directory.iterdir() if path.name != "warc"] == ["kept"]
    assert (program.directory / "kept").read_text() == "mine"


def test_parquet_without_pyarrow_names_the_extra(program: Program, database: str) -> None:
    hidden = program.directory / "hidden" / "pyarrow"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError")
    done = program.apart(
        *("export", "--database", database, "--format", "parquet", "--output", "a"),
        code=1,
        PYTHONPATH=f"{hidden.parent}{os.pathsep}{ROOT}",
    )
    assert complaint(done).endswith("which is not installed: install it with: pip install 'warraq[parquet]'")


def test_part_of_a_killed_export_is_begun_anew_and_one_being_written_is_left(program: Program, database: str) -> None:
    part = program.directory / "a.jsonl.part"
    part.write_text("half a line" * 10_000)
    with part.open() as held:
        import fcntl  # noqa: PLC0415

        fcntl.flock(held, fcntl.LOCK_EX)
        busy = export(program, database, "--output", "a.jsonl", code=1)
        assert complaint(busy).startswith("another export is writing a.jsonl.part")
        assert part.read_text().startswith("half")
    export(program, database, "--output", "a.jsonl")
    assert not part.exists()
    assert len((program.directory / "a.jsonl").read_text().splitlines()) == 2


def test_bar_is_shown_on_a_terminal_only(program: Program, database: str) -> None:
    head, terminal = pty.openpty()
    command = [sys.executable, "-m", "cli", "export", "--database", database, "--output", "a.jsonl"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}
    subprocess.run(command, cwd=program.directory, env=env, stderr=terminal, check=True, timeout=60)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(head, 4096):
            shown += piece
    except OSError:  # the terminal's other end is closed
        pass
    os.close(head)
    assert "exporting" in shown.decode()
    assert "2/2" in shown.decode()
