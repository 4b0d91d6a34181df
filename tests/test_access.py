"""A subscriber's cookies and header fields: sent to the source's site, and neither kept nor sent anywhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from crawler.access import load_access
from crawler.capture import without_sessions
from crawler.config import SourceSettings, load_settings
from crawler.reactor import run_loop
from crawler.runner import carry_out
from crawler.spiders.source import Plan, SourceSpider
from storage.errors import ConfigError
from storage.records import Target
from tests.loopback import Recorder, Reply, Site, run_for, serving, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.visits import Visit

SECRET = "tok-7351"  # noqa: S105 - what must not be found again
HEAD = "# Netscape HTTP Cookie File\n"


def cookies(directory: Path, *lines: tuple[str, str, str, str], expires: float | None = None) -> Path:
    """A file as curl writes it, of (domain, path, name, value)."""
    until = int(time.time() + 3600 if expires is None else expires)
    file = directory / "cookies.txt"
    rows = (
        f"{domain}\t{str(domain.startswith('.')).upper()}\t{path}\tFALSE\t{until}\t{name}\t{value}\n"
        for domain, path, name, value in lines
    )
    file.write_text(HEAD + "".join(rows), encoding="utf-8")
    return file


def source(url: str, **settings: object) -> SourceSettings:
    return SourceSettings.model_validate({"key": "paper", "url": url, "every": "1h", **settings})


def visits(site: Site, *urls: str, **settings: object) -> list[Visit]:
    recorder, configured = Recorder(), settings_for()

    async def main() -> None:
        run = run_for(configured, recorder, f"{site.url}/")
        run.access = load_access(source(f"{site.url}/", **settings))
        await carry_out(run, SourceSpider, plan=Plan(targets=tuple(map(Target, urls))))

    run_loop(main, configured)
    return recorder.visits


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/a"] = Reply(b"members only", headers={"Set-Cookie": f"sid={SECRET}; Path=/; HttpOnly"})
        yield site


def test_cookies_and_headers_reach_the_source_and_no_record(site: Site, tmp_path: Path) -> None:
    file = cookies(tmp_path, ("127.0.0.1", "/", "sid", SECRET), ("127.0.0.1", "/other", "no", "1"))
    (visit,) = visits(site, f"{site.url}/a", cookies_file=file, headers={"X-Subscriber": SECRET})
    assert site.sent("/a")["cookie"] == f"sid={SECRET}"
    assert site.sent("/a")["x-subscriber"] == SECRET
    assert SECRET not in repr(visit)
    assert visit.captures[-1].header("set-cookie") == "sid=withheld"


def test_redirect_to_another_host_takes_no_secret_along(site: Site, tmp_path: Path) -> None:
    """The other host is the same machine under another name, so that it can be asked what came."""
    site.pages["/out"] = Reply(status=302, headers={"Location": f"http://localhost:{site.port}/back"})
    site.pages["/back"] = Reply(status=302, headers={"Location": f"{site.url}/a"})
    file = cookies(tmp_path, ("127.0.0.1", "/", "sid", SECRET))
    visits(site, f"{site.url}/out", cookies_file=file, headers={"Authorization": f"Bearer {SECRET}"})
    assert SECRET not in str(site.sent("/back"))
    for path in ("/out", "/a"):
        assert site.sent(path)["authorization"] == f"Bearer {SECRET}"
        assert site.sent(path)["cookie"] == f"sid={SECRET}"


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "https://news.example.evil.example/",
        "http://news.example/",
        "https://news.example:99/",
    ],
)
def test_headers_go_to_no_other_host_and_no_plainer_connection(url: str) -> None:
    access = load_access(source("https://www.news.example/", headers={"X-Key": SECRET}))
    assert access
    assert access.fields_for(url) == {}
    assert access.fields_for("https://news.example/a") == {"X-Key": SECRET}


def test_cookies_reach_the_subdomains_that_they_name(tmp_path: Path) -> None:
    file = cookies(tmp_path, (".news.org", "/", "sid", SECRET))
    access = load_access(source("https://www.news.org/", cookies_file=file))
    assert access
    assert access.fields_for("https://m.news.org/a") == {"Cookie": f"sid={SECRET}"}
    assert access.fields_for("https://cdn.example/a") == {}
    assert SECRET not in repr(access)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file"),
        (f"not a cookie file {SECRET}", "is not a cookie file"),
        (HEAD + f"news.example\tFALSE\t{SECRET}\n", "is not a cookie file"),
        (HEAD, "holds no cookie for news.example"),
        (HEAD + f"other.example\tFALSE\t/\tFALSE\t0\ta\t{SECRET}\n", "holds no cookie for news.example"),
        (HEAD + f"news.example\tFALSE\t/\tFALSE\t1000\ta\t{SECRET}\n", "have all expired"),
        (b"\xff\xfe\x00", "is not a cookie file"),
    ],
    ids=["missing", "other", "torn", "empty", "foreign", "expired", "binary"],
)
def test_cookie_file_that_cannot_be_used_is_told_without_its_content(
    tmp_path: Path, content: str | bytes | None, told: str
) -> None:
    file = tmp_path / "jar.txt"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=told) as caught:
        load_access(source("https://news.example/", cookies_file=file))
    assert SECRET not in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("name", ["Cookie", "Host", "User-Agent", "bad name", "Content-Length"])
def test_header_that_is_not_the_users_to_set_is_a_fault_that_tells_no_value(tmp_path: Path, name: str) -> None:
    file = tmp_path / "warraq.toml"
    file.write_text(
        f'[[sources]]\nkey = "k"\nurl = "https://k.example/"\nevery = "1h"\nheaders = {{ "{name}" = "{SECRET}" }}\n'
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    (problem,) = caught.value.problems
    assert "sources[1].headers" in problem
    assert SECRET not in problem


def test_cookie_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "warraq.toml"
    file.write_text('[[sources]]\nkey = "k"\nurl = "https://k.example/"\nevery = "1h"\ncookies_file = "jar.txt"\n')
    assert load_settings(file).sources[0].cookies_file == tmp_path / "jar.txt"


def test_set_cookie_keeps_its_name_only() -> None:
    headers = (("Set-Cookie", "a=b; Domain=.x"), ("set-cookie", "odd"), ("ETag", "1=2"))
    assert without_sessions(headers) == (("Set-Cookie", "a=withheld"), ("set-cookie", "odd=withheld"), ("ETag", "1=2"))


@pytest.mark.parametrize("headers", ['"X-Key: 1"', "{ X-Key = 1 }", '["X-Key"]', '{ X-Key = { a = "b" } }'])
def test_headers_that_are_no_table_of_text_are_a_fault(tmp_path: Path, headers: str) -> None:
    file = tmp_path / "warraq.toml"
    file.write_text(f'[[sources]]\nkey = "k"\nurl = "https://k.example/"\nevery = "1h"\nheaders = {headers}\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert "must be a table of header fields" in caught.value.problems[0]


def test_source_with_secrets_can_be_a_key_and_tells_none() -> None:
    made = source("https://k.example/", headers={"X-Key": SECRET})
    assert {made: 1}[made] == 1
    assert SECRET not in repr(made)
