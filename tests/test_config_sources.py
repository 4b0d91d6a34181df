from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from crawler.config import Overrides, Settings, SourceSettings, load_settings
from crawler.sources import NewSource, ad_hoc_source, add_source, find_source, free_key, source_of_url, source_record
from storage.errors import ConfigError, UnknownSourceError
from storage.records import SourceRecord

if TYPE_CHECKING:
    from pathlib import Path

COMMENTED = """\
# my archive
[crawler]
contact = "me@example.org"   # reach me here

# the first source
[[sources]]
key = "one"  # short
url = "https://one.example/"
every = "15m"

# end of sources
"""


def settings_with(*sources: tuple[str, str]) -> Settings:
    return Settings(
        sources=tuple(SourceSettings.model_validate({"key": k, "url": u, "every": "1h"}) for k, u in sources)
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "warraq.toml"
    file.write_text(COMMENTED)
    return file


def test_source_record_has_the_key_for_a_name_where_none_is_given() -> None:
    source = settings_with(("one", "https://one.example/")).sources[0]
    assert source_record(source) == SourceRecord("one", "one", "https://one.example/")


def test_source_by_unknown_key_names_the_nearest() -> None:
    settings = settings_with(("enabbaladi", "https://a.example/"), ("other", "https://b.example/"))
    assert find_source(settings, "other").key == "other"
    with pytest.raises(UnknownSourceError, match=r'"enabaladi".*did you mean "enabbaladi"'):
        find_source(settings, "enabaladi")


def test_source_of_url_prefers_the_host_then_the_site() -> None:
    settings = settings_with(("ar", "https://ar.news.org/"), ("en", "https://www.news.org/"))
    assert source_of_url(settings, "https://news.org/x").key == "en"
    assert source_of_url(settings, "https://ar.news.org/x").key == "ar"
    assert source_of_url(settings, "https://sport.news.org/x").key == "ar"


def test_source_of_foreign_url_is_ad_hoc_and_named_by_its_host() -> None:
    found = source_of_url(settings_with(("a", "https://a.example/")), "https://user:pw@Else.example:8443/x")
    assert found == SourceRecord("else.example:8443", "else.example:8443", "https://else.example:8443/", ad_hoc=True)
    assert found == ad_hoc_source("https://else.example:8443/y")


def test_free_key_is_the_sites_name_with_a_number_where_taken() -> None:
    settings = settings_with(("enabbaladi", "https://x.example/"))
    assert free_key(settings, "https://www.enabbaladi.net/feed/") == "enabbaladi-2"
    assert free_key(settings, "https://english.news.example/") == "english"
    assert free_key(settings, "http://127.0.0.1:8000/") == "127-0-0-1"


def test_add_source_keeps_comments_and_can_be_loaded(file: Path) -> None:
    source = NewSource(
        "two", "https://two.example/", 'The "Two"', ("https://two.example/f",), (), "ar", "SY", "Asia/Damascus"
    )
    add_source(file, source)
    text = file.read_text()
    for line in COMMENTED.splitlines():
        assert line in text
    two = load_settings(file, Overrides(), {}).sources[1]
    assert (two.key, two.name, two.feeds, two.timezone) == ("two", 'The "Two"', source.feeds, "Asia/Damascus")


def test_add_source_to_a_file_without_sources_and_again(tmp_path: Path) -> None:
    file = tmp_path / "warraq.toml"
    file.write_text("# nothing yet\n")
    for key in ("a", "b"):
        add_source(file, NewSource(key, f"https://{key}.example/"))
    assert [source.key for source in load_settings(file, Overrides(), {}).sources] == ["a", "b"]
    assert file.read_text().startswith("# nothing yet\n")


def test_add_source_leaves_a_line_empty_between_two(tmp_path: Path) -> None:
    (file := tmp_path / "warraq.toml").write_text("")
    for key in ("one", "two", "three"):
        add_source(file, NewSource(key, f"https://{key}.example/"))
    assert file.read_text().strip().count("\n\n[[sources]]") == 2


def test_add_source_with_a_known_key_changes_nothing(file: Path) -> None:
    with pytest.raises(ConfigError, match=r'"one" already.*--key'):
        add_source(file, NewSource("one", "https://else.example/"))
    assert file.read_text() == COMMENTED


def test_add_source_keeps_the_files_mode_and_leaves_nothing_behind(file: Path) -> None:
    file.chmod(0o640)
    add_source(file, NewSource("two", "https://two.example/"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(file.parent.iterdir()) == [file]


def test_add_source_through_a_link_changes_the_file_behind_it(file: Path) -> None:
    link = file.with_name("link.toml")
    link.symlink_to(file)
    add_source(link, NewSource("two", "https://two.example/"))
    assert link.is_symlink()
    assert "two.example" in file.read_text()


def test_add_source_to_a_broken_or_missing_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[a")
    with pytest.raises(ConfigError, match="not TOML"):
        add_source(broken, NewSource("a", "https://a.example/"))
    with pytest.raises(ConfigError, match="cannot be changed"):
        add_source(tmp_path / "none.toml", NewSource("a", "https://a.example/"))
