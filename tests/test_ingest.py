"""From captures to rows, over a real archive, real WARC files and real extraction workers."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import pytest

from pipeline.ingest import Ingest
from pipeline.visits import Failure, FeedReading, Listed, Visit
from storage.archive import Archive
from storage.queries import Queries
from storage.records import (
    ArticleStatus,
    Capture,
    FeedKind,
    Listing,
    Outcome,
    PayloadDigest,
    Role,
    SourceRecord,
    Validators,
)
from storage.warc import WarcWriter
from tests.extraction_pool import lasting_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

T = TypeVar("T")
T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOURCE = SourceRecord("bridge", "Bridge News", "http://bridge.test/")
PARAGRAPHS = [
    "The council voted on Tuesday to close the old bridge until the spring, after engineers found deep cracks in it.",
    "Some 4,000 people cross it every day on their way to the market, and many of them will have to take the ferry.",
    "The mayor said that the repairs would cost two million, and that the state had promised to pay half of the sum.",
    "Shopkeepers on the east bank asked for a temporary footbridge, which the army could build within three weeks.",
]


def html(title: str = "Old bridge is closed", paragraphs: list[str] | None = None, head: str = "") -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f"<nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


def capture(  # noqa: PLR0913 - one argument a thing that a test varies
    url: str = "http://bridge.test/1",
    *,
    at: datetime = T0,
    status: int = 200,
    body: bytes | None = None,
    visit_id: str | None = None,
    role: Role = Role.ARTICLE,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),),
    requested_url: str | None = None,
) -> Capture:
    body = (html() if status == 200 else b"") if body is None else body
    return Capture(
        record_id=uuid4().hex,
        source_key=SOURCE.key,
        role=role,
        url=url,
        requested_url=requested_url or url,
        captured_at=at,
        status=status,
        reason="",
        request_headers=(("User-Agent", "test"),),
        response_headers=headers,
        body=body,
        payload_digest=PayloadDigest(f"sha256:{hashlib.sha256(body).hexdigest()}"),
        visit_id=visit_id,
    )


def visit(*captures: Capture, failure: Failure | None = None, at: datetime | None = None) -> Visit:
    visit_id = captures[0].visit_id if captures and captures[0].visit_id else uuid4().hex
    asked = captures[0].requested_url if captures else "http://bridge.test/1"
    visited_at = at or (captures[-1].captured_at if captures else T0)
    return Visit(visit_id, SOURCE, None, asked, visited_at, captures, failure)


class Desk:
    """An archive with an ingest over it, opened and closed as a process would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open_archive(self) -> Archive:
        return Archive.open(f"sqlite:///{self.folder / 'warraq.db'}", self.folder / "warc", clock=lambda: T0)

    @asynccontextmanager
    async def ingest(self) -> AsyncIterator[Ingest]:
        archive = self.open_archive()
        with archive.writing() as writer:
            writer.upsert_source(SOURCE)
        warc = WarcWriter(self.folder / "warc", clock=lambda: T0, software="test", originals=archive)
        ingest = Ingest(archive, warc, lasting_pool(), confirm_after=timedelta(hours=6))
        try:
            yield ingest
        finally:
            await ingest.close()
            archive.close()

    def run(self, *visits: Visit) -> list[Outcome]:
        async def one_by_one() -> list[Outcome]:
            async with self.ingest() as ingest:
                return [await ingest.visit(each) for each in visits]

        return asyncio.run(one_by_one())

    def do(self, work: Callable[[Ingest], Coroutine[object, object, T]]) -> T:
        async def inside() -> T:
            async with self.ingest() as ingest:
                return await work(ingest)

        return asyncio.run(inside())

    @property
    def queries(self) -> Queries:
        return Queries(self.open_archive())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_visit_of_a_new_page_archives_its_text(desk: Desk) -> None:
    assert desk.run(visit(capture())) == [Outcome.NEW]
    article = desk.queries.find("http://bridge.test/1")
    assert article.text.split("\n") == PARAGRAPHS
    assert article.title == "Old bridge is closed"


def test_visit_with_the_same_bytes_is_unchanged_and_other_furniture_is_noise(desk: Desk) -> None:
    touched = html().replace(b"Home", b"Home (3 new)")
    outcomes = desk.run(
        visit(capture()), visit(capture(at=T0 + MINUTE)), visit(capture(at=T0 + 2 * MINUTE, body=touched))
    )
    assert outcomes == [Outcome.NEW, Outcome.UNCHANGED, Outcome.NOISE]
    assert len(desk.queries.find("http://bridge.test/1").versions) == 1


def test_visit_of_an_edited_text_and_of_an_edited_headline_makes_versions(desk: Desk) -> None:
    text = html(paragraphs=[*PARAGRAPHS[:2], PARAGRAPHS[2].replace("two million", "three million"), PARAGRAPHS[3]])
    headline = html(title="Old bridge is shut")
    outcomes = desk.run(
        visit(capture()),
        visit(capture(at=T0 + MINUTE, body=text)),
        visit(capture(at=T0 + 2 * MINUTE, body=headline)),
    )
    assert outcomes == [Outcome.NEW, Outcome.EDITED, Outcome.EDITED]
    versions = desk.queries.find("http://bridge.test/1").versions
    assert [version.number for version in versions] == [1, 2, 3]
    assert "three million" in (versions[1].text or "")


def test_visit_of_an_earlier_capture_takes_its_place_in_time(desk: Desk) -> None:
    edited = html(paragraphs=[*PARAGRAPHS[:3], "The ferry will run until midnight from now on."])
    desk.run(
        visit(capture(at=T0)),
        visit(capture(at=T0 + 2 * MINUTE)),
        visit(capture(at=T0 + MINUTE, body=edited)),
    )
    versions = desk.queries.find("http://bridge.test/1").versions
    assert ["midnight" in (version.text or "") for version in versions] == [False, True, False]


def test_visit_of_headlines_that_take_turns_keeps_two_versions_and_tells(desk: Desk) -> None:
    one, other = html(), html(title="Old bridge is shut")
    turns = [one, other, one, other, one]
    outcomes = desk.run(*(visit(capture(at=T0 + n * MINUTE, body=body)) for n, body in enumerate(turns)))
    assert outcomes == [Outcome.NEW, Outcome.EDITED, Outcome.NOISE, Outcome.NOISE, Outcome.NOISE]
    first, second = desk.queries.find("http://bridge.test/1").versions
    assert (first.title, second.title) == ("Old bridge is closed", "Old bridge is shut")
    assert second.captured_at < first.last_captured_at


def test_visit_of_a_headline_put_back_after_days_is_a_revert(desk: Desk) -> None:
    day = timedelta(days=1)
    turns = [html(), html(title="Old bridge is shut"), html()]
    outcomes = desk.run(*(visit(capture(at=T0 + n * day, body=body)) for n, body in enumerate(turns)))
    assert outcomes == [Outcome.NEW, Outcome.EDITED, Outcome.EDITED]


def test_visit_of_an_older_capture_between_two_headlines_that_take_turns_cuts_both(desk: Desk) -> None:
    one, other = html(), html(title="Old bridge is shut")
    turns = [one, other, one, other]
    desk.run(*(visit(capture(at=T0 + 2 * n * MINUTE, body=body)) for n, body in enumerate(turns)))
    late = html(paragraphs=[*PARAGRAPHS[:3], "The ferry will run until midnight from now on."])
    assert desk.run(visit(capture(at=T0 + 3 * MINUTE, body=late))) == [Outcome.EDITED]
    versions = desk.queries.find("http://bridge.test/1").versions
    assert ["shut" in version.title for version in versions] == [False, True, False, False, True]
    assert ["midnight" in version.text for version in versions] == [False, False, True, False, False]


def test_visit_of_gzip_body_is_kept_as_received_and_read(desk: Desk) -> None:
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"))
    assert desk.run(visit(capture(body=gzip.compress(html()), headers=headers))) == [Outcome.NEW]


def test_visit_404_is_missing_then_gone_after_the_wait_then_restored(desk: Desk) -> None:
    hours = timedelta(hours=1)
    outcomes = desk.run(
        visit(capture()),
        visit(capture(at=T0 + hours, status=404)),
        visit(capture(at=T0 + 2 * hours, status=404)),
        visit(capture(at=T0 + 8 * hours, status=404)),
    )
    assert outcomes == [Outcome.NEW, Outcome.MISSING, Outcome.MISSING, Outcome.GONE]
    gone = desk.queries.find("http://bridge.test/1")
    assert (gone.status, gone.text.split("\n")) == (ArticleStatus.GONE, PARAGRAPHS)
    assert desk.run(visit(capture(at=T0 + 9 * hours))) == [Outcome.RESTORED]


@pytest.mark.parametrize(
    "page",
    [
        html(paragraphs=["This article has been removed at the request of the person concerned."]),
        html(paragraphs=["تم حذف هذا المقال من الموقع ولم يعد متاحا للقراءة."]),
        html(title="Bridge News", paragraphs=[""]),
    ],
    ids=["notice", "Arabic notice", "empty"],
)
def test_visit_of_a_notice_or_nothing_in_an_articles_place_is_missing_then_gone(desk: Desk, page: bytes) -> None:
    hours = timedelta(hours=1)
    other = html(title="Ferry gets a second boat", paragraphs=[each[::-1] for each in PARAGRAPHS])
    outcomes = desk.run(
        visit(capture()),
        visit(capture("http://bridge.test/2", body=other)),
        visit(capture(at=T0 + hours, body=page)),
        visit(capture(at=T0 + 8 * hours, body=page)),
        visit(capture(at=T0 + 9 * hours, body=page)),
        visit(capture(at=T0 + 10 * hours)),
    )
    assert outcomes[2:] == [Outcome.MISSING, Outcome.GONE, Outcome.GONE, Outcome.RESTORED]
    assert len(desk.queries.find("http://bridge.test/1").versions) == 1


def test_visit_of_a_retraction_is_a_version_and_no_disappearance(desk: Desk) -> None:
    page = html(paragraphs=["We have retracted this article because its account of the vote could not be confirmed."])
    assert desk.run(visit(capture()), visit(capture(at=T0 + MINUTE, body=page))) == [Outcome.NEW, Outcome.EDITED]


@pytest.mark.slow
def test_visit_of_a_site_whose_pages_are_all_empty_concludes_nothing(desk: Desk) -> None:
    addresses = [f"http://bridge.test/{n}" for n in range(4)]
    pages = [html(f"Bridge {n}", [f"{each} ({n})" for each in PARAGRAPHS]) for n in range(4)]
    desk.run(*(visit(capture(url, body=page)) for url, page in zip(addresses, pages, strict=True)))
    empty = html(title="Bridge News", paragraphs=[""])
    later = [T0 + timedelta(days=day) for day in (5, 6)]
    first, second = [desk.run(*(visit(capture(url, at=at, body=empty)) for url in addresses)) for at in later]
    assert first == [Outcome.MISSING, *[Outcome.NOT_AN_ARTICLE] * 3]
    assert second == [Outcome.NOT_AN_ARTICLE] * 4


DATED = (
    '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-02-27T09:00:00Z">'
)
NOTICE = [
    "Dear readers, our servers are moving to another building this week, and our pages cannot be shown until then.",
    "We thank you for your patience, and ask you to follow the radio for the news of the day in the meantime.",
]


def _looks(desk: Desk, notice: bytes, *, head: str = "") -> tuple[list[Outcome], list[Outcome]]:
    """Outcomes of two later looks at four articles of a site that shows one page in the place of all of them."""
    words = ("harbour", "library", "railway", "orchard")
    urls = [f"http://bridge.test/{n}" for n in range(4)]
    pages = [
        html(f"News of the {word}", [f"{word} {' '.join(each.split()[::step])}" for each in PARAGRAPHS], head)
        for step, word in enumerate(words, 1)
    ]
    assert (
        desk.run(*(visit(capture(url, body=page)) for url, page in zip(urls, pages, strict=True))) == [Outcome.NEW] * 4
    )
    days = [T0 + timedelta(days=day) for day in (5, 6)]
    first, second = [desk.run(*(visit(capture(url, at=at, body=notice)) for url in urls)) for at in days]
    return first, second


@pytest.mark.slow
def test_visit_of_a_site_that_shows_one_notice_in_place_of_its_dated_articles_concludes_nothing(desk: Desk) -> None:
    first, second = _looks(desk, html("Bridge News", NOTICE), head=DATED)
    assert first + second == [Outcome.NOT_AN_ARTICLE] * 8


@pytest.mark.slow
def test_visit_of_a_site_that_shows_one_notice_in_place_of_its_articles_makes_one_edit_at_most(desk: Desk) -> None:
    first, second = _looks(desk, html("Bridge News", NOTICE))
    assert first == [Outcome.EDITED, *[Outcome.NOT_AN_ARTICLE] * 3]
    assert second == [Outcome.UNCHANGED, *[Outcome.NOT_AN_ARTICLE] * 3]


@pytest.mark.slow
def test_visit_of_a_site_that_shows_one_line_in_place_of_its_articles_concludes_nothing(desk: Desk) -> None:
    first, second = _looks(desk, html("Bridge News", ["Our servers move house; the radio has the news."]))
    assert first == [Outcome.MISSING, *[Outcome.NOT_AN_ARTICLE] * 3]
    assert second == [Outcome.NOT_AN_ARTICLE] * 4


@pytest.mark.slow
def test_visit_of_articles_taken_down_with_the_same_words_finds_them_all_missing(desk: Desk) -> None:
    removed = html("Removed", ["This article has been removed at the request of the person concerned."])
    first, second = _looks(desk, removed)
    assert (first, second) == ([Outcome.MISSING] * 4, [Outcome.GONE] * 4)


def test_visit_of_a_dated_article_written_anew_is_an_edit(desk: Desk) -> None:
    anew = html("The ferry runs", NOTICE, DATED)
    outcomes = desk.run(visit(capture(body=html(head=DATED))), visit(capture(at=T0 + MINUTE, body=anew)))
    assert outcomes == [Outcome.NEW, Outcome.EDITED]


def test_visit_failing_server_leaves_the_article_alone(desk: Desk) -> None:
    outcomes = desk.run(
        visit(capture()),
        visit(capture(at=T0 + MINUTE, status=503)),
        visit(failure=Failure(Outcome.FAILED, "timed out after 30 s"), at=T0 + 2 * MINUTE),
        visit(failure=Failure(Outcome.REFUSED, "refused by robots.txt"), at=T0 + 3 * MINUTE),
    )
    assert outcomes == [Outcome.NEW, Outcome.FAILED, Outcome.FAILED, Outcome.REFUSED]
    assert desk.queries.find("http://bridge.test/1").status is ArticleStatus.LIVE


def test_visit_redirected_to_a_new_slug_is_the_same_article_moved(desk: Desk) -> None:
    visit_id = uuid4().hex
    hop = capture(at=T0 + MINUTE, status=301, visit_id=visit_id, role=Role.HOP)
    final = capture(
        "http://bridge.test/new-slug", at=T0 + MINUTE, visit_id=visit_id, requested_url="http://bridge.test/1"
    )
    assert desk.run(visit(capture()), visit(hop, final)) == [Outcome.NEW, Outcome.MOVED]
    article = desk.queries.find("http://bridge.test/new-slug")
    assert article.url == "http://bridge.test/new-slug"
    assert {"http://bridge.test/1", "http://bridge.test/new-slug"} <= set(article.urls)
    assert len(article.versions) == 1


def test_visit_redirected_to_the_front_page_is_missing(desk: Desk) -> None:
    visit_id = uuid4().hex
    hop = capture(at=T0 + MINUTE, status=302, visit_id=visit_id, role=Role.HOP)
    front = capture("http://bridge.test/", at=T0 + MINUTE, visit_id=visit_id, requested_url="http://bridge.test/1")
    assert desk.run(visit(capture()), visit(hop, front)) == [Outcome.NEW, Outcome.MISSING]


def test_visit_of_pages_that_all_declare_one_canonical_url_keeps_them_apart(desk: Desk) -> None:
    head = '<link rel="canonical" href="http://bridge.test/article">'
    other = html("Ferry gets a second boat", [p.replace("bridge", "ferry")[::-1] for p in PARAGRAPHS], head)
    outcomes = desk.run(
        visit(capture("http://bridge.test/1", body=html(head=head))),
        visit(capture("http://bridge.test/2", body=other, at=T0 + MINUTE)),
    )
    assert outcomes == [Outcome.NEW, Outcome.NEW]
    assert len(list(desk.queries.articles())) == 2


def test_visit_of_two_addresses_with_one_canonical_and_one_text_is_one_article(desk: Desk) -> None:
    page = html(head='<link rel="canonical" href="http://bridge.test/1">')
    outcomes = desk.run(
        visit(capture("http://bridge.test/1", body=page)),
        visit(capture("http://bridge.test/amp/1", body=page, at=T0 + MINUTE)),
    )
    assert outcomes == [Outcome.NEW, Outcome.UNCHANGED]
    assert len(list(desk.queries.articles())) == 1


def test_visit_of_a_text_under_another_headline_and_address_is_told_as_a_duplicate_and_counted_once(desk: Desk) -> None:
    outcomes = desk.run(
        visit(capture("http://bridge.test/1")),
        visit(
            capture("http://bridge.test/district/7", body=html(title="The east bank loses its bridge"), at=T0 + MINUTE)
        ),
    )
    assert outcomes == [Outcome.NEW, Outcome.NEW]
    with desk.open_archive().reading() as connection:
        marked = connection.exec_driver_sql(
            "SELECT url, duplicate_of FROM current_articles ORDER BY first_seen_at"
        ).all()
        first = connection.exec_driver_sql("SELECT article_id FROM current_articles ORDER BY first_seen_at").scalar()
        counted = connection.exec_driver_sql("SELECT articles FROM source_health").scalar()
    assert [tuple(row) for row in marked] == [("http://bridge.test/1", None), ("http://bridge.test/district/7", first)]
    assert counted == 1


def test_visits_at_once_are_all_archived_and_counted(desk: Desk) -> None:
    async def all_at_once(ingest: Ingest) -> list[Outcome]:
        pages = [
            capture(f"http://bridge.test/{n}", body=html(f"Bridge {n}", [f"{p} ({n})" for p in PARAGRAPHS]))
            for n in range(120)
        ]
        return await asyncio.gather(*(ingest.visit(visit(page)) for page in pages))

    assert desk.do(all_at_once) == [Outcome.NEW] * 120
    assert len(list(desk.queries.articles())) == 120


def reading(*urls: str, at: datetime = T0, etag: str = "1") -> FeedReading:
    feed = capture("http://bridge.test/feed", body=b"<rss/>", role=Role.FEED, at=at)
    listings = tuple(Listing(url) for url in urls)
    return FeedReading(SOURCE, None, feed.url, FeedKind.RSS, at, (feed,), listings, Validators(etag))


def test_feed_gives_what_is_still_to_be_visited_until_a_visit_settles_it(desk: Desk) -> None:
    one, two = "http://bridge.test/1", "http://bridge.test/2"

    async def crawl(ingest: Ingest) -> list[Listed]:
        first = await ingest.feed(reading(one, two))
        await ingest.visit(visit(capture(one)))
        return [first, await ingest.feed(reading(one, two, at=T0 + MINUTE))]

    first, second = desk.do(crawl)
    assert ({target.url for target in first.targets}, first.new) == ({one, two}, 2)
    assert ([target.url for target in second.targets], second.new) == ([two], 0)


LISTED = Listing("http://bridge.test/1", published_raw="Sun, 01 Mar 2026 09:30:00 +0300")


def test_visit_of_a_page_without_a_date_takes_the_feeds_and_says_so(desk: Desk) -> None:
    assert desk.run(replace(visit(capture()), listing=LISTED)) == [Outcome.NEW]
    (version,) = desk.queries.find("http://bridge.test/1").versions
    assert (version.published_on, version.published_from) == (date(2026, 3, 1), "feed")
    assert version.published_at == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


def test_feeds_date_stays_with_the_versions_that_later_looks_begin(desk: Desk) -> None:
    edited = html("Bridge", [*PARAGRAPHS[:-1], "The bridge stays closed until the spring, the council said."])
    looks = (replace(visit(capture()), listing=LISTED), visit(capture(at=T0 + MINUTE, body=edited)))
    assert desk.run(*looks) == [Outcome.NEW, Outcome.EDITED]
    dates = [(each.published_on, each.published_from) for each in desk.queries.find("http://bridge.test/1").versions]
    assert dates == [(date(2026, 3, 1), "feed")] * 2


@pytest.mark.parametrize("raw", ["Sun, 01 Mar 2076 09:30:00 +0300", "Thu, 01 Jan 1970 00:00:00 +0000", "soon", ""])
def test_visit_listed_with_a_date_that_cannot_be_has_none(desk: Desk, raw: str) -> None:
    desk.run(replace(visit(capture()), listing=replace(LISTED, published_raw=raw)))
    assert desk.queries.find("http://bridge.test/1").published_on is None


def test_visit_of_a_page_that_inflates_past_the_limit_is_refused(desk: Desk) -> None:
    headers = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    bomb = gzip.compress(html() + b"<!--" + b"x" * 30_000_000 + b"-->")
    assert desk.run(visit(capture(body=bomb, headers=headers))) == [Outcome.REFUSED]


def test_recover_after_a_stop_between_disk_and_rows_concludes_the_visit(desk: Desk) -> None:
    archive = desk.open_archive()
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
    warc = WarcWriter(desk.folder / "warc", clock=lambda: T0, software="test", originals=archive)
    warc.append(capture(visit_id=uuid4().hex))
    warc.close()
    archive.close()

    async def recover(ingest: Ingest) -> int:
        return await ingest.recover()

    assert desk.do(recover) == 1
    assert desk.do(recover) == 0
    assert desk.queries.find("http://bridge.test/1").text.split("\n") == PARAGRAPHS


@pytest.mark.parametrize("is_read_before", [True, False])
def test_visit_sent_by_a_sitemap_takes_the_date_and_topics_of_the_feed_beside_it(
    desk: Desk, *, is_read_before: bool
) -> None:
    url = LISTED.url
    told = replace(reading(url), listings=(replace(LISTED, title="Bridge", categories=("Transport",)),))

    async def crawl(ingest: Ingest) -> None:
        readings = (reading(url, etag="2"), told)
        for each in readings if is_read_before else reversed(readings):
            await ingest.feed(each)
        await ingest.visit(replace(visit(capture()), listing=Listing(url)))

    desk.do(crawl)
    (version,) = desk.queries.find(url).versions
    assert (version.published_on, version.published_from, version.section) == (date(2026, 3, 1), "feed", "Transport")
