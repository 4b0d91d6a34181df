from __future__ import annotations

import json
from datetime import UTC, date, datetime
from io import StringIO

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from commands.bidi import isolated, printable
from commands.output import Format, as_json, write_records
from commands.render_diff import print_diff
from commands.table import print_table
from commands.times import Moment, shown
from pipeline.diff import diff_texts

FSI, PDI = "\u2068", "\u2069"


def console(*, width: int = 80, is_terminal: bool = False, colour: bool = False) -> Console:
    return Console(
        file=StringIO(),
        width=width,
        force_terminal=is_terminal,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        _environ={},
    )


def written(screen: Console) -> str:
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def table(rows: list[tuple[str, str]], screen: Console) -> list[str]:
    print_table(("first", "second"), rows, console=screen)
    return written(screen).splitlines()


@given(st.lists(st.tuples(st.text(max_size=30), st.just("|")), min_size=1, max_size=4))
def test_table_columns_align_whatever_the_script(rows: list[tuple[str, str]]) -> None:
    lines = table(rows, console())
    bars = {cell_len(line.rpartition("|")[0]) for line in lines[1:]}
    assert len(bars) == 1


def test_table_with_arabic_isolates_the_cell_and_pads_by_display_width() -> None:
    lines = table([("مُحَمَّد", "x"), ("ab", "y")], console())
    assert lines[1] == f"{FSI}مُحَمَّد{PDI}   x"
    assert lines[2] == "ab     y"


def test_table_off_a_terminal_keeps_long_rows_on_one_line() -> None:
    assert len(table([("word " * 60, "x")], console(width=40))) == 2


def test_table_on_a_terminal_wraps_long_cells_and_isolates_each_line() -> None:
    lines = table([("كلمة " * 20, "x")], console(width=40, is_terminal=True))
    assert len(lines) > 2
    assert all(cell_len(line) <= 40 for line in lines)
    assert all(line.count(FSI) == line.count(PDI) for line in lines)


def test_table_without_rows_prints_nothing() -> None:
    assert table([], console()) == []


def test_printable_removes_what_a_terminal_obeys() -> None:
    assert printable("a\x1b[31mb\x9b2Jc\r\u202ed\u2066e\nf\tg") == "a[31mb2Jcde f g"


def test_isolated_leaves_left_to_right_text_alone() -> None:
    assert isolated("abc 12") == "abc 12"
    assert isolated("abc غزة") == f"{FSI}abc غزة{PDI}"


def test_diff_without_colour_marks_removed_and_added_words() -> None:
    screen = console()
    print_diff(screen, diff_texts("same\nقُتل 12 شخصًا\nsame", "same\nقُتل 13 شخصًا في غزة\nsame"))
    assert written(screen).splitlines() == [
        "… 1 unchanged paragraph",
        "قُتل [-12-]{+13+} شخصًا {+في غزة+}",
        "… 1 unchanged paragraph",
    ]


def test_diff_with_colour_has_no_marks() -> None:
    screen = console(is_terminal=True, colour=True)
    print_diff(screen, diff_texts("a b c", "a x c"))
    text = written(screen)
    assert "\x1b[9;31mb\x1b[0m \x1b[1;32mx\x1b[0m" in text
    assert "[-" not in text


def test_json_times_are_utc_with_z() -> None:
    assert as_json(datetime.fromisoformat("2026-07-01T12:00:00+03:00")) == "2026-07-01T09:00:00Z"
    assert as_json(date(2026, 7, 1)) == "2026-07-01"
    assert shown(datetime(2026, 7, 1, 9, tzinfo=UTC)) == "2026-07-01 09:00Z"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_list_of_any_length_is_valid_and_unescaped(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    write_records(({"title": "غزة"} for _ in range(count)), Format.JSON)
    out = capsys.readouterr().out
    assert json.loads(out) == [{"title": "غزة"}] * count
    assert ("غزة" in out) == bool(count)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-07-01", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026-07-01T12:00", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-07-01T12:00+03:00", datetime(2026, 7, 1, 9, tzinfo=UTC)),
    ],
)
def test_since_reads_days_and_times(text: str, meant: datetime) -> None:
    assert Moment().convert(text, None, None) == meant


def test_since_reads_ages() -> None:
    assert Moment().convert("7d", None, None) < datetime.now(UTC)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "999999w", ""])
def test_since_unreadable_is_a_usage_error(text: str) -> None:
    with pytest.raises(click.UsageError, match="is no time"):
        Moment().convert(text, None, None)
