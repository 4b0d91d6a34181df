"""Pictures and style sheets kept with articles, over real HTTP and a real archive."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from crawler.config import ArchiveSettings, AssetSettings, SourceSettings
from crawler.reactor import run_loop
from crawler.runner import CrawlJob, Recheck, crawl
from crawler.session import crawling
from pipeline.assets import AssetKind, find_styles, is_asset
from storage.archive import Archive as Store
from storage.records import Outcome, Role, SourceRecord, WarcLocation
from storage.records_assets import AssetPage
from tests.loopback import Handler, Reply, Site, Unwatched, now, rss, serving, settings_for
from tests.storage_fixtures import a_capture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crawler.config import Settings
    from storage.records_stored import CrawlReport

SENTENCE = "The harbour office said on Monday that ferry {name} would sail again once its engines had been inspected. "
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20
IMAGE = {"Content-Type": "image/png"}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        for name in "ab":
            site.pages[f"/{name}"] = article(name)
            site.pages[f"/lead-{name}.png"] = Reply(PNG + name.encode(), headers=IMAGE)
            site.pages[f"/in-{name}.png"] = Reply(PNG + b"in" + name.encode(), headers=IMAGE)
        site.pages["/style.css"] = Reply(b"p { color: red }", headers={"Content-Type": "text/css"})
        site.pages["/feed"] = rss("/a", "/b")
        yield site


def article(name: str, word: str = "Monday", lead: str | None = None) -> Reply:
    told = SENTENCE.format(name=name).replace("Monday", word)
    paragraphs = [
        f"<p>{told} {day} {told}</p>" for day in ("One engine", "The rudder", "A pump", "The radio", "Both doors")
    ]
    picture = f"<figure><img src=/in-{name}.png width=600 height=400><figcaption>Inside</figcaption></figure>"
    paragraphs.insert(2, picture)
    head = f"<head><title>Ferry {name}</title><meta property=og:image content={lead or f'/lead-{name}.png'}>"
    head += "<link rel=StyleSheet href=style.css><link rel=stylesheet media=print href=print.css></head>"
    body = f"<html>{head}<body><article><h1>Ferry {name}</h1>{''.join(paragraphs)}</article></body></html>"
    return Reply(body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@dataclass
class Desk:
    settings: Settings
    site: Site
    folder: Path

    def crawl(self, assets: str = "lead", recheck: Recheck = Recheck.NONE, **budgets: int) -> CrawlReport:
        table = {"key": "ferries", "url": f"{self.site.url}/", "feeds": [f"{self.site.url}/feed"], "every": "1h"}
        source = SourceSettings.model_validate({**table, "assets": assets})
        settings = self.settings.model_copy(update={"assets": AssetSettings(**budgets)})
        self.site.requests.clear()

        async def main() -> CrawlReport:
            async with crawling(settings, clock=now, progress=Unwatched()) as context:
                return await crawl(CrawlJob(source, recheck=recheck), context)

        return run_loop(main, settings)

    @property
    def asked(self) -> list[str]:
        """The assets that were asked for."""
        return sorted(path for path in self.site.paths if path not in ("/feed", "/a", "/b"))

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "warraq.db")) as database:
            return database.execute(sql).fetchall()

    def shown(self) -> list[tuple[str, str, int]]:
        """Page, asset as named there, and the status of its capture."""
        rows = self.rows(
            "SELECT p.url, l.url, a.status FROM capture_assets l JOIN captures p ON p.id = l.page_id "
            "JOIN captures a ON a.id = l.asset_id ORDER BY p.url, l.url, a.id"
        )
        return [(page.rpartition("/")[2], urlsplit(url).path, status) for page, url, status in rows]


@pytest.fixture
def desk(site: Site, tmp_path: Path) -> Desk:
    where = ArchiveSettings(database=f"sqlite:///{tmp_path}/warraq.db", warc_dir=tmp_path / "warc")
    return Desk(settings_for().model_copy(update={"archive": where}), site, tmp_path)


def test_crawl_keeps_the_lead_picture_of_each_article_by_default(desk: Desk) -> None:
    report = desk.crawl()
    assert (report.outcomes, report.assets, report.assets_failed) == ({Outcome.NEW: 2}, 2, 0)
    assert desk.asked == ["/lead-a.png", "/lead-b.png"]
    assert desk.shown() == [("a", "/lead-a.png", 200), ("b", "/lead-b.png", 200)]
    assert desk.rows("SELECT assets, assets_failed FROM crawls") == [(2, 0)]
    assert desk.rows("SELECT count(*) FROM visits") == [(2,)]
    assert "image/avif" in desk.site.sent("/lead-a.png")["accept"]


def test_crawl_for_all_assets_keeps_pictures_of_the_text_and_style_sheets_once(desk: Desk) -> None:
    report = desk.crawl("all")
    assert desk.asked == ["/in-a.png", "/in-b.png", "/lead-a.png", "/lead-b.png", "/style.css"]
    assert report.assets == 5
    assert ("b", "/style.css", 200) in desk.shown()
    assert ("a", "/style.css", 200) in desk.shown()


@pytest.mark.slow
def test_crawl_for_no_assets_asks_for_none(desk: Desk) -> None:
    assert desk.crawl("none").assets == 0
    assert desk.asked == []


@pytest.mark.slow
def test_asset_that_is_kept_is_not_fetched_again(desk: Desk) -> None:
    desk.crawl()
    assert desk.crawl(recheck=Recheck.ALL).assets == 0
    assert desk.asked == []


@pytest.mark.slow
def test_asset_that_another_article_shows_is_linked_without_a_request(desk: Desk) -> None:
    desk.site.pages["/feed"] = rss("/a")
    desk.crawl()
    desk.site.pages["/feed"] = rss("/a", "/b")
    desk.site.pages["/b"] = article("b", lead="/lead-a.png")
    desk.crawl()
    assert desk.asked == []
    assert desk.shown() == [("a", "/lead-a.png", 200), ("b", "/lead-a.png", 200)]


@pytest.mark.slow
def test_asset_of_an_edited_article_is_asked_for_conditionally(desk: Desk) -> None:
    def lead(handler: Handler) -> Reply:
        is_known = handler.headers.get("If-None-Match") == '"1"'
        return Reply(status=304, headers={"ETag": '"1"'}) if is_known else Reply(PNG, headers={**IMAGE, "ETag": '"1"'})

    desk.site.pages["/lead-a.png"] = lead
    desk.crawl()
    desk.site.pages["/a"], desk.site.pages["/b"] = article("a", "Tuesday"), article("b", "Tuesday")
    report = desk.crawl(recheck=Recheck.ALL)
    assert report.outcomes == {Outcome.EDITED: 2}
    assert desk.asked == ["/lead-a.png"]  # that of the other came without validators
    assert [status for page, _, status in desk.shown() if page == "a"] == [200, 304]
    assert [status for page, _, status in desk.shown() if page == "b"] == [200, 200]


@pytest.mark.slow
def test_asset_behind_a_redirect_is_kept_with_the_way_to_it(desk: Desk) -> None:
    desk.site.pages["/lead-a.png"] = Reply(status=302, headers={"Location": "/real.png"})
    desk.site.pages["/real.png"] = Reply(PNG, headers=IMAGE)
    desk.crawl()
    assert [row for row in desk.shown() if row[0] == "a"] == [("a", "/lead-a.png", 302), ("a", "/lead-a.png", 200)]
    assert desk.crawl(recheck=Recheck.ALL).assets == 0
    assert desk.asked == []


@pytest.mark.slow
def test_asset_with_a_body_that_is_stored_is_a_revisit(desk: Desk) -> None:
    desk.site.pages["/lead-b.png"] = desk.site.pages["/lead-a.png"]
    desk.crawl()
    assert desk.rows("SELECT count(*), count(refers_to) FROM captures WHERE role = 'asset'") == [(2, 1)]


def never(_: Handler) -> None:
    return None


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<!DOCTYPE html><p>sign in", headers=IMAGE),
        Reply(b"<p>sign in", headers={"Content-Type": "text/html"}),
        Reply(b"gone", 404, IMAGE),
        Reply(b"", headers=IMAGE),
        Reply(PNG * 100, headers=IMAGE),
        Reply(status=302, headers={"Location": "http://10.0.0.1/x.png"}),
        Reply(status=302, headers={"Location": "file:///etc/passwd"}),
        never,
    ],
)
def test_asset_that_is_none_is_dropped_and_harms_no_article(
    desk: Desk, reply: Reply | Callable[[Handler], Reply | None]
) -> None:
    desk.site.pages["/lead-a.png"] = reply
    report = desk.crawl(max_asset=5000)
    assert (report.outcomes, report.assets, report.assets_failed) == ({Outcome.NEW: 2}, 1, 1)
    assert report.problems == ()
    assert desk.rows("SELECT count(*) FROM captures WHERE role = 'asset'") == [(1,)]


@pytest.mark.slow
def test_asset_that_robots_forbids_is_not_asked_for(desk: Desk) -> None:
    desk.site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /lead-a.png\n")
    assert desk.crawl().assets_failed == 1
    assert desk.asked == ["/lead-b.png"]


@pytest.mark.slow
def test_assets_over_a_budget_are_left_out_and_told(desk: Desk) -> None:
    assert desk.crawl("all", article_count=2).left_out == {"assets.article_count": 2}
    assert len(desk.asked) == 4


@pytest.mark.slow
def test_assets_over_the_budget_of_a_crawl_are_left_out_and_told(desk: Desk) -> None:
    report = desk.crawl("all", crawl_count=3)
    assert (report.assets, report.left_out) == (3, {"assets.crawl_count": 2})


@pytest.mark.slow
def test_assets_over_a_budget_of_bytes_are_not_fetched(desk: Desk) -> None:
    report = desk.crawl("all", article_bytes=160)
    assert report.assets + report.assets_failed + report.left_out.get("assets.bytes", 0) == 5
    assert desk.rows("SELECT sum(payload_bytes) <= 320 FROM captures WHERE role = 'asset'") == [(1,)]


@pytest.mark.slow
def test_asset_record_without_a_row_is_linked_to_its_page_when_it_is_recovered(desk: Desk) -> None:
    desk.crawl()
    for sql in ("DELETE FROM capture_assets", "DELETE FROM captures WHERE role = 'asset'"):
        with closing(sqlite3.connect(desk.folder / "warraq.db")) as database:
            database.execute(sql)
            database.commit()
    for path in (desk.folder / "warc").iterdir():
        path.rename(f"{path}.open")
    assert desk.crawl().assets == 0
    assert desk.shown() == [("a", "/lead-a.png", 200), ("b", "/lead-b.png", 200)]


@pytest.mark.slow
def test_crawl_takes_up_the_assets_of_one_that_was_cut_short(desk: Desk) -> None:
    desk.crawl("none")
    with closing(sqlite3.connect(desk.folder / "warraq.db")) as database:
        database.execute("UPDATE crawls SET finished_at = NULL")
        database.commit()
    assert desk.crawl().assets == 2


@pytest.mark.slow
def test_asset_capture_is_read_back_with_the_page_it_belongs_to(desk: Desk) -> None:
    desk.crawl()
    ((record, offset, length, file, page),) = desk.rows(
        "SELECT a.record_id, a.warc_offset, a.warc_length, a.warc_file, p.record_id FROM capture_assets l "
        "JOIN captures a ON a.id = l.asset_id JOIN captures p ON p.id = l.page_id WHERE l.url LIKE '%lead-a.png'"
    )
    with closing(Store.open(f"sqlite:///{desk.folder}/warraq.db", desk.folder / "warc", clock=now)) as store:
        capture = store.read_capture(WarcLocation(file, offset, length))
    assert (capture.record_id, capture.role, capture.belongs_to) == (record, Role.ASSET, page)
    assert capture.body == PNG + b"a"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("image/jpeg", b"whatever", True),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", True),
        (None, PNG, True),
        ("application/octet-stream", b"RIFF\0\0\0\0WEBPVP8 ", True),
        ("application/octet-stream", b"\0\0\0\x20ftypavif\0\0", True),
        ("application/octet-stream", b"MZ program", False),
        ("application/pdf", b"%PDF-", False),
        ("image/png", b"\n <HTML><body>", False),
    ],
)
def test_picture_is_known_by_its_type_and_first_bytes(content_type: str | None, body: bytes, *, expected: bool) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    assert is_asset(a_capture(body, response_headers=headers), AssetKind.IMAGE) is expected


def test_style_sheets_are_found_by_the_base_of_their_page() -> None:
    page = AssetPage(
        "0",
        "http://n.example/a/b",
        SourceRecord("n", "n", "http://n.example/"),
        WarcLocation("", 0, 0),
        None,
        (),
        is_edit=False,
    )
    body = b"<html><base href=/x/><link rel='preload stylesheet' href=1.css><link rel=stylesheet href=data:text/css,p>"
    body += b"<link rel=icon href=2.css><link rel=stylesheet href=//cdn.example/3.css>"
    found = find_styles(replace(a_capture(body), url=page.url), page)
    assert found == ("http://n.example/x/1.css", "http://cdn.example/3.css")
