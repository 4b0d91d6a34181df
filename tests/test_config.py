from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import AssetSettings, Overrides, RenderSettings, load_settings, user_agent
from crawler.durations import format_duration, format_size, parse_duration, parse_size
from storage.errors import ConfigError
from storage.records_assets import Assets

if TYPE_CHECKING:
    from crawler.config import Settings

SOURCE = '[[sources]]\nkey = "a"\nurl = "https://a.example/"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warraq.toml"


def load(file: Path, text: str, overrides: Overrides | None = None, /, **environment: str) -> Settings:
    file.write_text(text, encoding="utf-8")
    return load_settings(file, overrides or Overrides(), environment)


def problems(file: Path, text: str, overrides: Overrides | None = None, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(file, text, overrides, **environment)
    return [problem.replace(f"{file}: ", "") for problem in caught.value.problems]


def test_config_empty_file_has_every_default(file: Path) -> None:
    settings = load(file, "")
    assert settings.archive.database == f"sqlite:///{file.parent}/warraq.db"
    assert settings.archive.warc_dir == file.parent / "warc"
    assert settings.crawler.delay == timedelta(seconds=1)
    assert settings.crawler.max_body == 20_000_000
    assert settings.gone.confirm_after == timedelta(hours=6)
    assert (settings.sources, settings.guard.allow_networks) == ((), ())


def test_config_every_key_is_read(file: Path) -> None:
    settings = load(
        file,
        """
        [archive]
        database = "postgresql+psycopg://u@h/n"
        warc_dir = "/data/warc"
        [crawler]
        contact = "me@example.org"
        delay = "1.5s"
        connections_per_host = 4
        timeout = "1m"
        max_body = "2MiB"
        max_redirects = 0
        [guard]
        allow_networks = ["10.0.0.0/8", "fd00::/8"]
        [workers]
        count = 3
        page_timeout = "5s"
        memory = "500MB"
        [assets]
        max_asset = "1MB"
        article_count = 3
        article_bytes = "2MB"
        crawl_count = 4
        crawl_bytes = "3MB"
        [render]
        chromium = "/opt/chromium"
        browsers = 3
        timeout = "20s"
        memory = "2GB"
        restart_after = 10
        max_bytes = "5MB"
        max_requests = 50
        sandbox = false
        [gone]
        confirm_after = "1d"
        [[sources]]
        key = "a"
        name = "A"
        url = "https://a.example/"
        feeds = ["https://a.example/feed"]
        language = "ar"
        country = "SY"
        timezone = "Asia/Damascus"
        cron = "*/10 6-23 * * *"
        render = true
        assets = "all"
        """,
    )
    assert settings.archive.database == "postgresql+psycopg://u@h/n"
    assert settings.archive.warc_dir == Path("/data/warc")
    assert settings.crawler.user_agent == user_agent("me@example.org")
    assert settings.crawler.max_body == 2 * 2**20
    assert settings.guard.allow_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.render == RenderSettings(
        chromium="/opt/chromium",
        browsers=3,
        timeout=timedelta(seconds=20),
        memory=2_000_000_000,
        restart_after=10,
        max_bytes=5_000_000,
        max_requests=50,
        sandbox=False,
    )
    source = settings.sources[0]
    assert source.render
    assert source.assets is Assets.ALL
    assert settings.assets == AssetSettings(
        max_asset=1_000_000, article_count=3, article_bytes=2_000_000, crawl_count=4, crawl_bytes=3_000_000
    )
    assert (source.feeds, source.timezone) == (("https://a.example/feed",), "Asia/Damascus")
    due = source.timetable().next_after(datetime(2026, 1, 1, 20, 55, tzinfo=UTC))  # 23:55 in Damascus
    assert due == datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def test_config_tells_every_fault_at_once_with_key_and_nearest_name(file: Path) -> None:
    found = problems(
        file,
        """
        [archve]
        [crawler]
        timeot = "3s"
        delay = 5
        max_body = "20 potatoes"
        connections_per_host = 0
        [guard]
        allow_networks = ["10.0.0.1/8"]
        [[sources]]
        key = "a"
        url = "ftp://x"
        timezone = "Asia/Damascuss"
        every = "15m"
        cron = "* * * * *"
        [[sources]]
        key = "a"
        timezone = "beirut"
        evry = "1h"
        [[sources]]
        key = "b c"
        url = "https://b.example/"
        cron = "61 * * * *"
        feeds = "https://b.example/feed"
        [[sources]]
        key = "d"
        url = "https://d.example/"
        """,
    )
    expected = {
        "archve: unknown key": '(did you mean "archive"?)',
        "crawler.timeot: unknown key": '(did you mean "timeout"?)',
        "crawler.delay: 5 is not a duration": '"15m"',
        "crawler.max_body: ": "potatoes",
        "crawler.connections_per_host: ": "greater than or equal to 1",
        "guard.allow_networks[1]: ": "10.0.0.1/8",
        "sources[1]: has both every and cron": "",
        "sources[1].url: ": "ftp://x",
        "sources[1].timezone: ": '(did you mean "Asia/Damascus"?)',
        "sources[2].key: ": "sources[1]",
        "sources[2].url: is missing": "",
        "sources[2].timezone: ": '(did you mean "Asia/Beirut"?)',
        "sources[2].evry: unknown key": '(did you mean "every"?)',
        "sources[3].key: ": "b c",
        "sources[3].cron: ": "61 * * * *",
        "sources[3].feeds: must be a list": "",
        "sources[4]: has no timetable": 'every = "15m"',
    }
    for start, part in expected.items():
        assert any(line.startswith(start) and part in line for line in found), start
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[crawler\ncontact = "x"', "line 1"),
        ("a = 1\na = 2", "is not TOML: "),
        ("[crawler]\ncontact = nope", "line 2"),
        ("crawler = 3", "crawler: must be a table"),
        ('sources = "x"', "sources: must be a list"),
        ("sources = [1]", "sources[1]: must be a table"),
        ("[workers]\ncount = true\nmemory = -5", "workers.memory"),
        ('[archive]\ndatabase = ""', "archive.database"),
        ('[crawler]\ntimeout = "0s"', "crawler.timeout: must be more than nothing"),
        (SOURCE + 'every = "1h"\nassets = "some"', "sources[1].assets"),
        ("[render]\nbrowsers = 0", "render.browsers"),
        (SOURCE + 'every = "1h"\nrender = "always"', "sources[1].render"),
        (SOURCE + 'every = "10ms"', "sources[1].every"),
        (SOURCE + 'every = "20y"', "sources[1].every"),
        ('file = "x"', "file: unknown key"),
    ],
)
def test_config_fault_names_its_place(file: Path, text: str, part: str) -> None:
    assert any(part in line for line in problems(file, text))


def test_config_lines_begin_with_the_file(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, "[nope]")
    assert caught.value.problems[0].startswith(f"{file}: nope: ")


def test_config_missing_file_names_the_remedy(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"does not exist.*warraq init"):
        load_settings(file)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"name = '\xe9'"])
def test_config_that_is_not_utf8_is_told(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_settings(file)


def test_config_directory_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


def test_config_byte_order_mark_is_allowed(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[workers]\ncount = 5")
    assert load_settings(file).workers.count == 5


def test_config_flag_comes_before_variable_before_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent.parent)
    text = '[archive]\ndatabase = "sqlite:///file.db"\n[guard]\nallow_networks = ["10.0.0.0/8"]'
    variables = {"WARRAQ_DATABASE": "sqlite:///variable.db", "WARRAQ_ALLOW_NETWORK": "127.0.0.0/8, ::1/128"}
    assert load(file, text).archive.database == f"sqlite:///{file.parent}/file.db"
    assert load(file, text, None, **variables).archive.database == f"sqlite:///{file.parent.parent}/variable.db"
    flags = Overrides(database="sqlite:///flag.db", warc_dir=Path("w"), allow_networks=("192.168.0.0/16",))
    settings = load(file, text, flags, **variables)
    assert settings.archive.database == f"sqlite:///{file.parent.parent}/flag.db"
    assert settings.archive.warc_dir == file.parent.parent / "w"
    assert settings.guard.allow_networks == (ip_network("192.168.0.0/16"),)
    assert load(file, text, None, **variables).guard.allow_networks == (
        ip_network("127.0.0.0/8"),
        ip_network("::1/128"),
    )


def test_config_fault_in_a_flag_or_variable_is_told_under_its_name(file: Path) -> None:
    assert problems(file, "", Overrides(allow_networks=("zz",)))[0].startswith("--allow-network: 'zz'")
    assert problems(file, "", WARRAQ_ALLOW_NETWORK="zz")[0].startswith("WARRAQ_ALLOW_NETWORK: 'zz'")


def test_config_duration_of_nothing_needs_no_unit(file: Path) -> None:
    assert load(file, "[crawler]\ndelay = 0").crawler.delay == timedelta(0)
    (problem,) = problems(file, "[crawler]\ntimeout = 0")
    assert problem.startswith("crawler.timeout: ")


def test_config_file_is_named_by_the_environment(file: Path) -> None:
    file.write_text("[workers]\ncount = 7")
    assert load_settings(None, environment={"WARRAQ_CONFIG": str(file)}).workers.count == 7


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:////abs/x.db"])
def test_config_database_that_is_no_relative_file_stays(file: Path, url: str) -> None:
    assert load(file, f'[archive]\ndatabase = "{url}"').archive.database == url


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("1s", 1), ("15m", 900), ("1h30m", 5400), ("2d", 172_800), ("1.5 h", 5400), (0, 0), ("0s", 0)],
)
def test_duration_is_read(text: object, seconds: float) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "-1s", "1s 2", "1w", 5, 0.5, -1, None, True, False, "99999999d"])
def test_duration_that_is_none_is_told(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|years"):
        parse_duration(text)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["s", "m", "h"]))
def test_duration_written_and_read_is_the_number_times_its_unit(number: int, unit: str) -> None:
    factor = {"s": 1, "m": 60, "h": 3600}[unit]
    if number * factor <= 3650 * 86_400:
        assert parse_duration(f"{number}{unit}") == timedelta(seconds=number * factor)


@pytest.mark.parametrize(
    ("text", "size"),
    [("20MB", 20_000_000), ("500 kB", 500_000), ("1GiB", 2**30), ("1.5MB", 1_500_000), (10, 10), ("7B", 7)],
)
def test_size_is_read(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "20 potatoes", "0MB", 0, True, None, "1TB", "1IB"])
def test_size_that_is_none_is_told(text: object) -> None:
    with pytest.raises(ValueError, match="is no"):
        parse_size(text)


def test_durations_and_sizes_are_told_in_their_largest_whole_unit() -> None:
    durations = [timedelta(milliseconds=500), timedelta(seconds=90), timedelta(minutes=2), timedelta(hours=36)]
    assert [format_duration(each) for each in durations] == ["500 ms", "90 s", "2 min", "36 h"]
    assert [format_size(each) for each in (5, 1500, 20_000_000, 10**9)] == ["5 B", "1.5 kB", "20 MB", "1 GB"]
