from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.timetable import Cron, Every, Outside, QuietHours, check_cron, parse_hours

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(seconds=1), timedelta(days=30)))
def test_every_is_due_an_interval_later(moment: datetime, interval: timedelta) -> None:
    if moment.year < 9999:
        assert Every(interval).next_after(moment) == moment + interval


def test_every_shorter_than_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Every(timedelta(0))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_cron_is_due_later_and_on_the_minute(moment: datetime) -> None:
    due = Cron("*/10 6-23 * * *", ZoneInfo("Asia/Gaza")).next_after(moment)
    assert moment < due
    assert (due.minute % 10, due.second, due.tzinfo) == (0, 0, UTC)


def test_cron_reads_hours_in_the_zone_of_the_source() -> None:
    assert Cron("0 6 * * *", ZoneInfo("Asia/Baghdad")).next_after(NOON) == datetime(2026, 7, 2, 3, tzinfo=UTC)


def test_cron_counts_sunday_as_0_and_7() -> None:
    sunday = datetime(2026, 7, 5, tzinfo=UTC)
    assert [Cron(f"0 0 * * {day}", UTC).next_after(NOON) for day in "07"] == [sunday, sunday]


def test_cron_hour_skipped_by_summer_time_is_due_right_after() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = datetime(2025, 3, 29, 12, tzinfo=UTC)
    assert Cron("30 2 * * *", paris).next_after(before) == datetime(2025, 3, 30, 1, tzinfo=UTC)


def test_cron_hour_doubled_by_winter_time_is_due_once() -> None:
    cron = Cron("30 2 * * *", ZoneInfo("Europe/Paris"))
    first = cron.next_after(datetime(2025, 10, 25, 12, tzinfo=UTC))
    assert cron.next_after(first) - first > timedelta(hours=24)


@pytest.mark.parametrize("line", ["* * * * *", "5,10-12/2 0 * jan mon-fri", "0 0 29 2 *", "0 0 L * *"])
def test_cron_line_that_comes_due_is_accepted(line: str) -> None:
    check_cron(line)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("61 * * * *", "bad minute field"),
        ("0 25 * * *", "bad hour field"),
        ("0 0 31 2 *", "bad day-of-month field"),
        ("0 0 * * mon#6", "bad day-of-week field"),
        ("*/0 * * * *", "bad minute field"),
        ("* * * *", "takes 5 fields"),
        ("0 * * * * *", "takes 5 fields"),
        ("@daily", "takes 5 fields"),
        ("", "takes 5 fields"),
    ],
)
def test_cron_line_at_fault_is_refused_with_its_part(line: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        check_cron(line)


@given(st.text(alphabet="0123456789*/-,#Lmon ", max_size=20))
def test_cron_line_of_any_form_is_refused_or_comes_due(line: str) -> None:
    try:
        cron = Cron(line, UTC)
    except ValueError:
        return
    assert cron.next_after(NOON) > NOON


@pytest.mark.parametrize(
    ("timetable", "words"),
    [
        (Every(timedelta(minutes=15)), "every 15m"),
        (Every(timedelta(days=2)), "every 2d"),
        (Every(timedelta(minutes=90)), "every 90m"),
        (Cron("0 6 * * *", UTC), "cron 0 6 * * *"),
    ],
)
def test_timetable_is_told_as_it_is_written(timetable: Every | Cron, words: str) -> None:
    assert str(timetable) == words


QUIET = QuietHours(*parse_hours("23:00-06:00"), ZoneInfo("Asia/Baghdad"))  # 20:00 to 03:00 UTC


@pytest.mark.parametrize(("hour", "is_quiet"), [(19, False), (20, True), (23, True), (0, True), (2, True), (3, False)])
def test_quiet_hours_over_midnight_are_of_the_sources_zone(hour: int, *, is_quiet: bool) -> None:
    ends_at = QUIET.ends_at(datetime(2026, 7, 1, hour, tzinfo=UTC))
    assert ends_at == (datetime(2026, 7, 1 if hour < 3 else 2, 3, tzinfo=UTC) if is_quiet else None)


def test_quiet_hours_put_off_what_falls_due_in_them() -> None:
    every = Outside(Every(timedelta(hours=1)), QUIET)
    assert every.next_after(datetime(2026, 7, 1, 19, 30, tzinfo=UTC)) == datetime(2026, 7, 2, 3, tzinfo=UTC)
    assert every.next_after(NOON) == NOON + timedelta(hours=1)
    assert str(every) == "every 1h, not 23:00-06:00"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_quiet_hours_begin_and_end_whatever_summer_time_does(moment: datetime) -> None:
    quiet = QuietHours(*parse_hours("1:30-2:30"), ZoneInfo("Europe/London"))
    begins_at, ends_at = quiet.begins_after(moment), quiet.ends_at(moment)
    assert moment < begins_at <= moment + timedelta(hours=26)
    assert ends_at is None or moment < ends_at <= moment + timedelta(hours=2)


@pytest.mark.parametrize(
    "text", ["", "23-6", "25:00-06:00", "06:00-06:00", "23:00", "23:00-06:00-07:00", "٢٣:٠٠-٠٦:٠٠"]
)
def test_quiet_hours_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write them as in"):
        parse_hours(text)
