"""``warraq edits``, ``gone`` and the two ways of showing a diff."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from tests.cli_archive import EDITED_URL, GONE_URL, fill
from tests.cli_process import complaint
from tests.quick_program import QuickProgram

if TYPE_CHECKING:
    from pathlib import Path

FSI, PDI = "\u2068", "\u2069"


@pytest.fixture
def program(tmp_path: Path) -> QuickProgram:
    return QuickProgram(tmp_path)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fill(tmp_path_factory.mktemp("archive"))


def answer(program: QuickProgram, database: str, *words: str) -> Any:
    return json.loads(program("--database", database, *words, "--format", "json").stdout)


def test_edits_as_json_tells_class_flags_and_words(program: QuickProgram, database: str) -> None:
    (edit,) = answer(program, database, "edits")
    assert (edit["url"], edit["edit_class"], edit["from_version"], edit["to_version"]) == (
        EDITED_URL,
        "substantive",
        1,
        2,
    )
    assert (edit["words_added"], edit["words_removed"], edit["reverts_to"]) == (1, 1, None)
    assert edit["flags"] == ["headline", "lead", "number"]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--class", "substantive"], 1),
        (["--class", "typo"], 0),
        (["--since", "2026-07-01T10:00"], 1),
        (["--since", "2026-07-02"], 0),
        (["--source", "naba", "--limit", "1"], 1),
    ],
)
def test_edits_narrowed_are_those_asked_for(
    program: QuickProgram, database: str, options: list[str], count: int
) -> None:
    assert len(answer(program, database, "edits", *options)) == count


def test_edits_as_a_table_is_one_line_an_edit(program: QuickProgram, database: str) -> None:
    head, line = program("--database", database, "edits").stdout.splitlines()
    assert head.split()[:3] == ["id", "source", "edited"]
    assert "headline, lead, number" in line


def test_gone_tells_when_and_why(program: QuickProgram, database: str) -> None:
    (gone,) = answer(program, database, "gone")
    assert (gone["url"], gone["text"], gone["versions"]) == (GONE_URL, "Nothing left.", 1)
    assert gone["gone_at"] == "2026-07-02T09:00:00Z"
    assert answer(program, database, "gone", "--since", "2026-07-03") == []
    assert GONE_URL in program("--database", database, "gone").stdout


@pytest.mark.parametrize("command", ["edits", "gone"])
def test_changes_of_an_unknown_source_is_one_line(program: QuickProgram, database: str, command: str) -> None:
    assert "nobody" in complaint(program("--database", database, command, "--source", "nobody", code=1))


def test_diff_side_by_side_fits_the_terminal_and_keeps_columns_apart(program: QuickProgram, database: str) -> None:
    lines = program("--database", database, "diff", EDITED_URL, "--side-by-side").stdout.splitlines()
    rows = [line for line in lines if " │ " in line]
    assert all(cell_len(line.replace(FSI, "").replace(PDI, "")) <= 80 for line in lines)
    assert all(line.count(FSI) == line.count(PDI) for line in lines)
    # The article is Arabic: its reader begins on the right, with the older version.
    changed = [row.split(" │ ") for row in rows if "قُتل" in row]
    assert [("{+13+}" in left, "[-12-]" in right) for left, right in changed] == [(True, True)] * 2


class _Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.setdefault(self.open[-1] if self.open else "", []).append(data)


def test_diff_html_is_whole_and_loads_nothing(program: QuickProgram, database: str) -> None:
    told = program("--database", database, "diff", EDITED_URL, "--html", "diff.html")
    assert "diff.html" in told.stderr
    page = _Page((program.directory / "diff.html").read_text(encoding="utf-8"))
    assert page.open == []
    names = [tag for tag, _ in page.tags]
    assert not {"script", "img", "link", "iframe"} & set(names)
    table = next(attributes for tag, attributes in page.tags if tag == "table")
    assert (table["lang"], table["dir"]) == ("ar", "rtl")
    assert page.words["del"] == ["12", "12"]
    assert page.words["ins"] == ["13", "13"]
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")


def test_diff_of_pages_read_by_two_rules_tells_what_the_edit_was(program: QuickProgram, tmp_path: Path) -> None:
    database = fill(tmp_path)
    assert "rule" not in program("--database", database, "diff", EDITED_URL).stderr
    with closing(sqlite3.connect(tmp_path / "kept.db")) as archive, archive:
        # As an earlier release may have read it: with a line of the site's.
        archive.execute(
            "UPDATE versions SET text = 'اشترك في نشرتنا البريدية' || char(10) || text WHERE text LIKE '%12%'"
        )
    told = program("--database", database, "diff", EDITED_URL, "--html", "diff.html").stderr
    assert "the publisher's edit is +1 -1 words" in told
    assert "the publisher&#x27;s edit is +1 -1 words" in (program.directory / "diff.html").read_text(encoding="utf-8")


def test_diff_html_where_it_cannot_be_written_is_one_line(program: QuickProgram, database: str) -> None:
    assert "no/such" in complaint(
        program("--database", database, "diff", EDITED_URL, "--html", "no/such/x.html", code=1)
    )
