"""The newsroom itself: what the other tests rely on it to do."""

from __future__ import annotations

import gzip
import http.client
import json
import subprocess
import sys
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.newsroom import Newsroom, call
from tests.publisher.articles import BlockKind, blocks_of
from tests.publisher.replies import Reply
from tests.publisher.themes import fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

ROOT = Path(__file__).resolve().parent.parent
SLUG = "water-pumps-idlib"


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as serving:
        yield serving


@dataclass(frozen=True)
class Fetched:
    status: int
    headers: Message
    body: bytes


def fetch(url: str, **headers: str) -> Fetched:
    """One GET, without following redirects or unpacking."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=5)) as connection:
        connection.request(
            "GET", parts.path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return Fetched(response.status, response.headers, response.read())


def page(url: str) -> str:
    return fetch(url).body.decode()


@pytest.mark.parametrize(("site", "articles"), [("marsad", 23), ("courier", 18)])
def test_site_serves_every_article_with_all_its_text(newsroom: Newsroom, site: str, articles: int) -> None:
    standings = newsroom.site(site).standings
    assert len(standings) == articles
    for slug, standing in standings.items():
        served = page(newsroom.url(slug))
        assert standing.article.title.replace("'", "&#x27;") in served
        assert all(block.text in served for block in standing.article.blocks), slug


@pytest.mark.parametrize("site", ["marsad", "courier"])
def test_feed_lists_every_article_and_home_page_names_the_feed(newsroom: Newsroom, site: str) -> None:
    served = newsroom.site(site)
    feed = page(served.feed_url)
    assert all(newsroom.url(slug) in feed for slug in served.standings)
    assert f'href="{served.feed_url}"' in page(served.base_url + "/")


def test_page_asked_twice_counts_its_views(newsroom: Newsroom) -> None:
    assert page(newsroom.url(SLUG)) != page(newsroom.url(SLUG))


def test_known_etag_answers_304_until_the_furniture_is_touched(newsroom: Newsroom) -> None:
    url = newsroom.url(SLUG)
    etag = fetch(url).headers["ETag"]
    assert fetch(url, If_None_Match=etag).status == 304
    newsroom.touch_furniture(SLUG)
    assert fetch(url, If_None_Match=etag).status == 200


def test_known_date_answers_304_until_the_article_is_edited(newsroom: Newsroom) -> None:
    url = newsroom.url(SLUG)
    since = fetch(url).headers["Last-Modified"]
    assert fetch(url, If_Modified_Since=since).status == 304
    newsroom.edit(SLUG, "14 قرية", "15 قرية")
    assert "15 قرية" in fetch(url, If_Modified_Since=since).body.decode()


def test_edit_that_changes_nothing_is_an_error(newsroom: Newsroom) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        newsroom.edit(SLUG, "no such words", "others")


def test_page_is_packed_only_for_those_who_take_gzip(newsroom: Newsroom) -> None:
    packed = fetch(newsroom.url(SLUG), Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert newsroom.article(SLUG).blocks[0].text in gzip.decompress(packed.body).decode()
    assert fetch(newsroom.url(SLUG)).headers["Content-Encoding"] is None


def test_deleted_article_answers_its_status_and_leaves_the_feed(newsroom: Newsroom) -> None:
    newsroom.delete(SLUG, status=410)
    assert fetch(newsroom.url(SLUG)).status == 410
    assert newsroom.url(SLUG) not in page(newsroom.site("marsad").feed_url)
    newsroom.restore(SLUG)
    assert fetch(newsroom.url(SLUG)).status == 200


def test_redirected_article_answers_301_to_its_new_address(newsroom: Newsroom) -> None:
    old = newsroom.url("seal-pup-rescue")
    newsroom.redirect("seal-pup-rescue", "seal-pup-at-the-counter")
    assert fetch(old).headers["Location"] == newsroom.url("seal-pup-at-the-counter")
    assert fetch(newsroom.url("seal-pup-at-the-counter")).status == 200


def test_redesign_keeps_the_text_and_changes_everything_else(newsroom: Newsroom) -> None:
    before = page(newsroom.url(SLUG))
    newsroom.retheme("marsad")
    after = page(newsroom.url(SLUG))
    assert "application/ld+json" in after
    assert "application/ld+json" not in before
    assert all(block.text in after for block in newsroom.article(SLUG).blocks)


def test_fault_serves_its_turns_and_then_the_page(newsroom: Newsroom) -> None:
    url = newsroom.url(SLUG)
    newsroom.fail(url, 503, times=2, retry_after=7)
    assert [fetch(url).status for _ in range(3)] == [503, 503, 200]
    assert newsroom.hits(url=url, status=503)[0].path == urlsplit(url).path


def test_truncated_page_breaks_off_before_its_announced_length(newsroom: Newsroom) -> None:
    newsroom.truncate(newsroom.url(SLUG), 200)
    with pytest.raises(http.client.IncompleteRead):
        fetch(newsroom.url(SLUG))


def test_hanging_page_lets_go_when_the_newsroom_closes() -> None:
    with Newsroom() as newsroom:
        newsroom.hang(newsroom.url(SLUG))
        connection = http.client.HTTPConnection(urlsplit(newsroom.url(SLUG)).netloc, timeout=0.2)
        connection.request("GET", newsroom.site("marsad").path(SLUG))
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()


def test_charset_may_differ_from_what_is_declared(newsroom: Newsroom) -> None:
    newsroom.charset(newsroom.url(SLUG), "windows-1256", header="utf-8", meta="windows-1256")
    response = fetch(newsroom.url(SLUG))
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert newsroom.article(SLUG).title in response.body.decode("windows-1256")


def test_host_header_chooses_the_site_on_any_port(newsroom: Newsroom) -> None:
    newsroom.site("courier").hosts = frozenset({"courier.test"})
    response = fetch(newsroom.site("marsad").base_url + "/", Host="courier.test")
    assert "Wexcombe Courier" in response.body.decode()


def test_any_page_can_be_served_and_listed(newsroom: Newsroom) -> None:
    url = newsroom.serve("courier", "/odd", Reply.html("<p>odd"), title="An odd page")
    assert page(url) == "<p>odd"
    assert url in page(newsroom.site("courier").feed_url)


def test_blocks_tell_headings_quotes_and_items_from_paragraphs() -> None:
    kinds = [block.kind for block in blocks_of("One\ntwo.\n\n## Head\n\n> Quote\n\n- a\n- b")]
    assert kinds == [BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.QUOTE, BlockKind.ITEM, BlockKind.ITEM]


def test_template_line_with_an_empty_value_is_left_out() -> None:
    assert fill("<p>$a\n<i>$b</i>\n</p>", {"a": "x", "b": ""}) == "<p>x\n</p>"


def test_newsroom_in_another_process_takes_calls() -> None:
    command = [sys.executable, "-m", "tests.newsroom", "serve", "--control-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout
        addresses = json.loads(serving.stdout.readline())
        call(addresses["control"], "set_title", SLUG, "عنوان جديد")
        with urllib.request.urlopen(addresses["marsad"] + "/feed", timeout=5) as feed:
            assert "عنوان جديد" in feed.read().decode()
        with pytest.raises(ValueError, match="no site publishes"):
            call(addresses["control"], "delete", "unknown")
        serving.terminate()
