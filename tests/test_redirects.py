"""Redirects that are no redirects by status: refresh headers and elements, as hops of the same visit."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from crawler.spiders.source import Plan
from storage.records import Outcome, Role, Target, Validators
from tests.loopback import Reply, Site, crawl, serving, visit

if TYPE_CHECKING:
    from collections.abc import Iterator

HTML = {"Content-Type": "text/html; charset=utf-8"}
ARTICLE = b"<html><h1>Here</h1><p>The article.</p></html>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages["/new"] = Reply(ARTICLE, headers=HTML)
        yield site


def refreshing(content: str, before: str = "", after: str = "") -> Reply:
    page = (
        f"<html><head>{before}<meta http-equiv='Refresh' content=\"{content}\">{after}</head><body>Moved</body></html>"
    )
    return Reply(page.encode(), headers=HTML)


@pytest.mark.parametrize("content", ["0;url=/new", "3; URL='/new'", "0;URL=new", " 0 ; url = /new", "1; /new"])
def test_page_that_sends_on_at_once_is_a_hop_of_the_visit(site: Site, content: str) -> None:
    site.pages["/old"] = refreshing(content)
    result = visit(f"{site.url}/old")
    assert [(each.role, each.url) for each in result.captures] == [
        (Role.HOP, f"{site.url}/old"),
        (Role.ARTICLE, f"{site.url}/new"),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        refreshing("300;url=/new"),
        refreshing("0"),
        refreshing("0;url=/old"),
        refreshing("0;url=javascript:alert(1)"),
        refreshing("0;url=http://[broken"),
        refreshing("0;url=/new", "<noscript>", "</noscript>"),
        refreshing("0;url=/new", "<!--", "-->"),
        Reply(b"<p>" + b"x" * 20_000 + b"<meta http-equiv=refresh content='0;url=/new'>", headers=HTML),
    ],
)
def test_page_that_does_not_send_on_at_once_is_the_page(site: Site, reply: Reply) -> None:
    site.pages["/old"] = reply
    assert [each.url for each in visit(f"{site.url}/old").captures] == [f"{site.url}/old"]


def test_refresh_in_the_header_and_in_a_compressed_page_is_followed(site: Site) -> None:
    packed = gzip.compress(refreshing("0;url=/b").body)
    site.pages["/a"] = Reply(packed, headers={**HTML, "Content-Encoding": "gzip"})
    site.pages["/b"] = Reply(b"<p>on</p>", headers={**HTML, "Refresh": "0; url=/new"})
    assert [each.url.rpartition("/")[2] for each in visit(f"{site.url}/a").captures] == ["a", "b", "new"]


def test_refresh_in_a_circle_ends_at_the_limit_of_redirects(site: Site) -> None:
    site.pages["/a"] = refreshing("0;url=/b")
    site.pages["/b"] = Reply(b"", 302, {"Location": "/a"})
    result = visit(f"{site.url}/a")
    assert result.failure is not None
    assert "redirects" in result.failure.reason
    assert len(site.paths) < 30


def test_refresh_to_a_forbidden_address_is_refused(site: Site) -> None:
    site.pages["/a"] = refreshing("0;url=http://169.254.169.254/latest/meta-data/")
    failure = visit(f"{site.url}/a").failure
    assert failure is not None
    assert failure.kind is Outcome.REFUSED


def test_refresh_to_what_robots_txt_forbids_is_refused(site: Site) -> None:
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /new")
    site.pages["/a"] = refreshing("0;url=/new")
    assert visit(f"{site.url}/a").failure is not None
    assert site.paths == ["/a"]


def test_redirected_request_says_nothing_of_what_we_have_of_another_page(site: Site) -> None:
    site.pages["/old"] = Reply(b"", 301, {"Location": "/new"})
    target = Target(f"{site.url}/old", Validators('"1"', "Sun, 01 Mar 2026 09:30:00 GMT"))
    crawl(Plan(targets=(target,)))
    assert site.sent("/old")["if-none-match"] == '"1"'
    assert not {"if-none-match", "if-modified-since"} & site.sent("/new").keys()
