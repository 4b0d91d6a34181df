"""What holds for every date, every text and every zone; and the benchmark that measures strings from a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hijridate
import jdatetime
import pytest
from babel import Locale
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.dates import measure
from pipeline.date_text import fold
from pipeline.dates import parse_date

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WARRAQ_SHARED", ROOT.parent / "shared"))
LEXICON = tomllib.loads((ROOT / "pipeline/lexicon/dates.toml").read_text(encoding="utf-8"))
NOW = datetime(2031, 1, 2, 12, tzinfo=UTC)
DIGITS = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"]
DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
LOCALES = [
    *("ar_SY", "ar_EG", "ar_DZ", "ar_MA", "ar_SA", "ar_TN", "ar_IQ", "ckb", "ku", "fa", "fa_AF", "ps", "ur", "tr"),
    *("en", "fr", "de", "es", "pt", "it", "nl", "ru", "el", "pl"),
]


def names(key: str) -> list[tuple[str, int]]:
    tables = [table[key] for table in LEXICON.values() if key in table]
    return [(name, number) for table in tables for number, variants in enumerate(table, 1) for name in variants]


def in_digits(text: str, digits: str) -> str:
    return text.translate(str.maketrans(DIGITS[0], digits))


def day_of(text: str) -> date | None:
    parsed = parse_date(text, seen_at=NOW, zone=UTC)
    return parsed.on if parsed else None


@given(
    st.sampled_from(names("months")),
    DAYS,
    st.sampled_from(DIGITS),
    st.sampled_from(["{day} {month} {year}", "{month} {day}, {year}", "{day}/{month}/{year}", "{year} {month} {day}"]),
)
def test_parse_date_of_any_day_in_any_month_name_gives_that_day(
    name: tuple[str, int], day: date, digits: str, form: str
) -> None:
    month, number = name
    day = day.replace(day=min(day.day, 28), month=number)
    written = form.format(day=in_digits(str(day.day), digits), month=month, year=in_digits(str(day.year), digits))
    assert day_of(written) == day


@given(st.sampled_from(names("hijri_months")), st.integers(1411, 1450), st.integers(1, 29), st.sampled_from(DIGITS))
def test_parse_date_of_any_hijri_day_agrees_with_umm_al_qura(
    name: tuple[str, int], year: int, day: int, digits: str
) -> None:
    month, number = name
    expected = date(*hijridate.Hijri(year, number, day).to_gregorian().datetuple())
    assert day_of(in_digits(f"{day} {month} {year} هـ", digits)) == expected


@given(st.sampled_from(names("jalali_months")), st.integers(1369, 1409), st.integers(1, 29), st.sampled_from(DIGITS))
def test_parse_date_of_any_jalali_day_agrees_with_the_calendar_of_iran(
    name: tuple[str, int], year: int, day: int, digits: str
) -> None:
    month, number = name
    assert day_of(in_digits(f"{day} {month} {year}", digits)) == jdatetime.date(year, number, day).togregorian()


@given(DAYS, st.sampled_from(DIGITS), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y年%m月%d日"]))
def test_parse_date_of_any_day_in_figures_gives_that_day(day: date, digits: str, form: str) -> None:
    assert day_of(in_digits(day.strftime(form), digits)) == day


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
@pytest.mark.parametrize("context", ["format", "stand-alone"])
def test_parse_date_knows_the_month_names_of_the_unicode_locale_data(locale: str, width: str, context: str) -> None:
    months = Locale.parse(locale).months[context][width]
    assert {number: day_of(f"17 {name} 2023") for number, name in months.items()} == {
        number: date(2023, number, 17) for number in months
    }


@pytest.mark.parametrize("locale", LOCALES)
def test_parse_date_knows_the_weekdays_of_the_unicode_locale_data(locale: str) -> None:
    weekdays = Locale.parse(locale).days["format"]["wide"]
    monday = date(2023, 7, 17)
    for number, name in weekdays.items():
        day = monday + timedelta(days=number)
        assert day_of(f"{name}, {day:%d/%m/%Y}") == day, name
        assert day_of(f"{name}, {day + timedelta(days=1):%d.%m.%Y}") is None, name


@given(st.text())
@example("8 ديسمبر 99999999999999999999")
@example("منذ 999 سنة")
@example("٣٣:٩٩ 1/1/1")
def test_parse_date_of_any_text_never_raises(text: str) -> None:
    parse_date(text, seen_at=NOW, zone=UTC)


WORDS = [name for name, _ in names("months") + names("hijri_months") + names("jalali_months") + names("weekdays")]
PIECES = [*WORDS, "3", "17", "2023", "1445", "1402", "10:30", "10.30", "17/07/2023", "20230717", "+03:00", "GMT", "منذ"]
PIECES += ["قبل", "ago", "ساعات", "days", "أمس", "today", "هـ", "م", "ص", "PM", "-", "/", ",", "(", ":", "|", "'", "x"]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join))
def test_parse_date_of_any_heap_of_date_words_never_raises(text: str) -> None:
    parsed = parse_date(text, seen_at=NOW, zone=ZoneInfo("Asia/Damascus"))
    assert parsed is None or parsed.raw == text.strip()


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001 - a wall clock, its zone is drawn apart
    st.sampled_from(["Asia/Damascus", "Africa/Casablanca", "Europe/London", "America/New_York", "Asia/Kathmandu"]),
)
def test_parse_date_of_a_naive_time_is_that_wall_clock_in_the_sources_zone(wall: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    wall = wall.replace(microsecond=0)
    parsed = parse_date(wall.isoformat(sep=" "), seen_at=NOW, zone=zone)
    assert parsed is not None
    assert parsed.at == wall.replace(tzinfo=zone).astimezone(UTC)
    assert parsed.on == wall.date()


def test_lexicon_names_only_zones_that_exist() -> None:
    assert {name: ZoneInfo(name).key for name in LEXICON["zones"]["places"]}


@given(st.text())
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_measure_counts_a_null_that_is_answered_with_none_as_right() -> None:
    row: dict[str, Any] = {"form": "", "seen_at": "2025-06-18T12:00:00+03:00"}
    rows = [
        row | {"text": "3 تموز 2023", "expected": "2023-07-03"},
        row | {"text": "تموز 2023", "expected": None},
        row | {"text": "تموز 2023", "expected": "2023-07-01"},
        row | {"text": "3 تموز 2023", "expected": None},
    ]
    result = measure(rows)
    assert (result["right"], result["none"], result["wrong"]) == (2, 1, 1)


@pytest.mark.parametrize("command", [["-m", "benchmarks.dates"], ["benchmarks/dates.py"]])
def test_benchmark_of_a_file_prints_one_json_object(tmp_path: Path, command: list[str]) -> None:
    line = {"form": "", "text": "3 تموز 2023", "seen_at": "2025-06-18T12:00:00+03:00", "expected": "2023-07-03"}
    data = tmp_path / "dates.jsonl"
    data.write_text(json.dumps(line), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *command, "--data", str(data), "--format", "json"], cwd=ROOT, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["right"] == 1


@pytest.mark.shared
def test_parse_date_of_the_shared_date_forms_is_never_wrong() -> None:
    path = SHARED / "data/dates_ar.jsonl"
    if not path.exists():
        pytest.skip("the shared development data is not here")
    result = measure([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    assert result["wrong"] == 0
    assert result["right"] >= 62, result["failures"]
