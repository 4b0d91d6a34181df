"""Dates as publishers write them, in their languages and calendars, and what must not be taken for one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.dates import Label, parse_date, parse_epoch
from tests.date_strings import GREGORIAN, NOT_A_DAY, OTHER_CALENDARS, RELATIVE

BAGHDAD = ZoneInfo("Asia/Baghdad")  # three hours ahead all year
NOW = datetime(2025, 6, 18, 9, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Baghdad


def day_of(text: str, *, day_first: bool | None = None) -> str | None:
    parsed = parse_date(text, seen_at=NOW, zone=BAGHDAD, day_first=day_first)
    return parsed.on.isoformat() if parsed else None


def instant_of(text: str) -> str | None:
    parsed = parse_date(text, seen_at=NOW, zone=BAGHDAD)
    assert parsed is not None, text
    return parsed.at.isoformat() if parsed.at else None


@pytest.mark.parametrize(("text", "expected"), GREGORIAN)
def test_parse_date_of_a_written_date_gives_its_day(text: str, expected: str) -> None:
    assert day_of(text) == expected


@pytest.mark.parametrize(("text", "expected"), OTHER_CALENDARS)
def test_parse_date_of_another_calendar_gives_the_gregorian_day(text: str, expected: str) -> None:
    assert day_of(text) == expected


@pytest.mark.parametrize(("text", "expected"), RELATIVE)
def test_parse_date_of_a_relative_form_gives_the_day_and_no_instant(text: str, expected: str | None) -> None:
    parsed = parse_date(text, seen_at=NOW, zone=BAGHDAD)
    assert (parsed.on.isoformat() if parsed else None) == expected
    assert parsed is None or parsed.at is None


@pytest.mark.parametrize("text", NOT_A_DAY)
def test_parse_date_of_what_settles_no_day_is_none(text: str) -> None:
    assert parse_date(text, seen_at=NOW, zone=BAGHDAD) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17 تموز 2023 10:30 ص", "2023-07-17T07:30:00+00:00"),
        ("17 تموز 2023 - 10:30 مساءً", "2023-07-17T19:30:00+00:00"),
        ("17 تموز 2023 12:15 ص", "2023-07-16T21:15:00+00:00"),
        ("17 تموز 2023م 12:15م", "2023-07-17T09:15:00+00:00"),
        ("17 تموز 2023 1:30 ظهراً", "2023-07-17T10:30:00+00:00"),
        ("17 تموز 2023 11:45 ليلاً", "2023-07-17T20:45:00+00:00"),
        ("17 تموز 2023 4:10 فجراً", "2023-07-17T01:10:00+00:00"),
        ("17 تموز 2023 5:00 عصراً", "2023-07-17T14:00:00+00:00"),
        ("17 تموز 2023 22:30 مساءً", "2023-07-17T19:30:00+00:00"),
        ("الساعة 9:05، 17 تموز 2023", "2023-07-17T06:05:00+00:00"),
        ("17 تموز 2023 10:30 بتوقيت غرينتش", "2023-07-17T10:30:00+00:00"),
        ("17 تموز 2023 10:30 بتوقيت القاهرة", "2023-07-17T07:30:00+00:00"),
        ("17 تموز 2023، 10:30 (غرينتش+3)", "2023-07-17T07:30:00+00:00"),
        ("17 July 2023, 10:30 GMT+2", "2023-07-17T08:30:00+00:00"),
        ("July 17, 2023 10:30 PM EDT", "2023-07-18T02:30:00+00:00"),
        ("July 17, 2023 at 10.30 p.m.", "2023-07-17T19:30:00+00:00"),
        ("17. Juli 2023, 10:30 Uhr", "2023-07-17T07:30:00+00:00"),
        ("17.07.2023 10.30 Uhr MESZ", "2023-07-17T08:30:00+00:00"),
        ("17 juillet 2023 à 10h30", "2023-07-17T07:30:00+00:00"),
        ("17 июля 2023, 10:30 (МСК)", "2023-07-17T07:30:00+00:00"),
        ("17 Temmuz 2023 Pazartesi 22:30", "2023-07-17T19:30:00+00:00"),
        ("۲۶ تیر ۱۴۰۲ ساعت ۱۰:۳۰ ب.ظ", "2023-07-17T19:30:00+00:00"),
        ("١٧ی تەممووزی ٢٠٢٣ - ١٠:٣٠ د.ن", "2023-07-17T19:30:00+00:00"),
        ("17 جولائی 2023 رات 10:30 بجے", "2023-07-17T19:30:00+00:00"),
        ("2023年7月17日 下午2:30", "2023-07-17T11:30:00+00:00"),
        ("2023-07-17T10:30:00", "2023-07-17T07:30:00+00:00"),
        ("2023-07-17T10:30:00.250Z", "2023-07-17T10:30:00.250000+00:00"),
        ("2023-07-17 10:30:00 -0500", "2023-07-17T15:30:00+00:00"),
        ("20230717T103000Z", "2023-07-17T10:30:00+00:00"),
        ("Mon, 17 Jul 2023 10:30:00 +0200", "2023-07-17T08:30:00+00:00"),
        ("أمس 10:30 مساءً", "2025-06-17T19:30:00+00:00"),
        ("hier à 10h30", "2025-06-17T07:30:00+00:00"),
        ("Today at 10:30 AM", "2025-06-18T07:30:00+00:00"),
    ],
)
def test_parse_date_of_a_date_with_a_clock_gives_the_instant(text: str, expected: str) -> None:
    assert instant_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "17 تموز 2023 12:30 ليلاً",  # midnight of which day
        "17 تموز 2023 10:30 بتوقيت المريخ",
        "17 July 2023 10:30 IST",  # India, Israel or Ireland
        "17 July 2023 25:10",
        "17 تموز 2023 14:30 صباحاً",
        "17 July 2023, 10:30 - 11:45",
        "17 تموز 2023 الساعة العاشرة صباحاً",
        "2023-07-17T24:30:00",
    ],
)
def test_parse_date_of_a_day_with_an_unsure_clock_gives_the_day_alone(text: str) -> None:
    assert day_of(text) == "2023-07-17"
    assert instant_of(text) is None


def test_parse_date_of_universal_time_gives_the_day_of_the_source() -> None:
    assert day_of("2023-07-17T22:30:00Z") == "2023-07-18"
    assert day_of("Mon, 17 Jul 2023 22:30:00 +0000") == "2023-07-18"


def test_parse_date_of_the_publishers_own_offset_gives_the_day_as_written() -> None:
    assert day_of("2023-07-17T23:30:00-04:00") == "2023-07-17"


def test_parse_date_of_midnight_in_universal_time_is_a_day_without_a_time() -> None:
    parsed = parse_date("2023-07-17T00:00:00Z", seen_at=NOW, zone=ZoneInfo("America/New_York"))
    assert parsed is not None
    assert (parsed.on, parsed.at) == (date(2023, 7, 17), None)


@pytest.mark.parametrize(
    ("text", "expected", "at"),
    [
        ("26/03/2023 02:30", "2023-03-26", "2023-03-26T01:30:00+00:00"),  # skipped: read with the winter offset
        ("29/10/2023 02:30", "2023-10-29", "2023-10-29T00:30:00+00:00"),  # repeated: the first of the two
    ],
)
def test_parse_date_when_the_clocks_change_reads_the_offset_before(text: str, expected: str, at: str) -> None:
    parsed = parse_date(text, seen_at=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert parsed is not None
    assert parsed.at is not None
    assert (parsed.on.isoformat(), parsed.at.isoformat()) == (expected, at)


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("05/06/2023", None, "2023-06-05"),
        ("05/06/2023", True, "2023-06-05"),
        ("05/06/2023", False, "2023-05-06"),
        ("Published 05/06/2023", True, "2023-06-05"),
        ("Published 05/06/2023", False, "2023-05-06"),
        ("05/16/2023", True, "2023-05-16"),
        ("Monday 05/06/2023", None, "2023-06-05"),
        ("Saturday 05/06/2023", None, "2023-05-06"),
        ("Saturday 05/06/2023", True, None),
        ("نشر في 05/06/2023", None, "2023-06-05"),
    ],
)
def test_parse_date_of_figures_follows_the_sources_order(
    text: str,
    day_first: bool | None,  # noqa: FBT001 - pytest passes a case by name
    expected: str | None,
) -> None:
    assert day_of(text, day_first=day_first) == expected


@pytest.mark.parametrize(
    ("text", "expected", "label"),
    [
        ("نشر في 3 تموز 2023 - آخر تحديث 5 تموز 2023", "2023-07-03", Label.PUBLISHED),
        ("آخر تحديث 5 تموز 2023 | نشر في 3 تموز 2023", "2023-07-03", Label.PUBLISHED),
        ("July 3, 2023 (Updated: July 5, 2023)", "2023-07-03", None),
        ("Updated July 5, 2023", "2023-07-05", Label.MODIFIED),
        ("Mis à jour le 05/07/2023", "2023-07-05", Label.MODIFIED),
    ],
)
def test_parse_date_of_several_dates_follows_their_labels(text: str, expected: str, label: Label | None) -> None:
    parsed = parse_date(text, seen_at=NOW, zone=BAGHDAD)
    assert parsed is not None
    assert (parsed.on.isoformat(), parsed.label) == (expected, label)


def test_parse_date_of_hours_near_midnight_is_none_where_the_day_is_open() -> None:
    just_past = datetime(2025, 6, 18, 0, 50, tzinfo=BAGHDAD)
    assert parse_date("منذ ساعة", seen_at=just_past, zone=BAGHDAD) is None
    late = parse_date("منذ 3 ساعات", seen_at=just_past, zone=BAGHDAD)
    assert late is not None
    assert late.on == date(2025, 6, 17)


def test_parse_date_of_months_back_to_a_day_that_month_lacks_is_none() -> None:
    assert parse_date("منذ شهر", seen_at=datetime(2025, 3, 31, 12, tzinfo=UTC), zone=UTC) is None


def test_parse_date_keeps_the_string() -> None:
    parsed = parse_date("  نشر في: 3 تموز 2023 ", seen_at=NOW, zone=BAGHDAD)
    assert parsed is not None
    assert parsed.raw == "نشر في: 3 تموز 2023"


@pytest.mark.parametrize("text", ["1689588000", "1689588000000"])
def test_parse_epoch_of_seconds_or_milliseconds_gives_the_instant(text: str) -> None:
    parsed = parse_epoch(text, seen_at=NOW, zone=BAGHDAD)
    assert parsed is not None
    assert parsed.at == datetime(2023, 7, 17, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["168958", "9999999999", "abc", "", "0168958800000"])
def test_parse_epoch_of_anything_else_is_none(text: str) -> None:
    parsed = parse_epoch(text, seen_at=NOW, zone=BAGHDAD)
    assert parsed is None or parsed.on.year < 1976
