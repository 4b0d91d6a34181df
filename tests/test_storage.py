"""What the writer promises, on both databases."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from storage.errors import RecordRefusedError
from storage.records import Address, ArticleStatus, CanonicalUrl, FeedKind, Listing, Outcome, Validators, WarcLocation
from storage.records_stored import FeedState, VersionMarks, VisitRow
from tests.storage_fixtures import SOURCE, START, a_capture, a_change, an_extraction, count, rows

if TYPE_CHECKING:
    from storage.archive import Archive
    from tests.storage_fixtures import Desk, ManualClock

URL = CanonicalUrl("http://gazette.example/a")
PLACE = WarcLocation("warraq-x.warc.gz", 100, 50)


def test_source_added_twice_keeps_its_due_time(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.set_due(SOURCE.key, START)
        writer.upsert_source(replace(SOURCE, name="Gazette"))
        assert writer.source(SOURCE.key) == replace(SOURCE, name="Gazette")
    assert rows(archive, "SELECT count(next_due_at) FROM sources") == [(1,)]


def test_writing_left_by_an_exception_keeps_nothing(archive: Archive) -> None:
    def fail() -> None:
        with archive.writing() as writer:
            writer.upsert_source(SOURCE)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert count(archive, "sources") == 0


def test_savepoint_left_by_an_exception_undoes_only_itself(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        with suppress(KeyError), writer.savepoint():
            writer.upsert_source(replace(SOURCE, key="other"))
            raise KeyError
    assert count(archive, "sources") == 1


def test_capture_added_twice_has_one_row(archive: Archive) -> None:
    capture = a_capture()
    with archive.writing() as writer:
        first = writer.add_capture(capture, PLACE)
        assert writer.add_capture(capture, PLACE) == first
    assert count(archive, "captures") == 1


def test_visit_added_twice_has_one_row(archive: Archive) -> None:
    visit = VisitRow("0" * 32, None, SOURCE.key, URL, START, Outcome.FAILED)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        assert not writer.has_visit(visit.visit_id)
        writer.add_visit(visit=visit)
        writer.add_visit(visit=visit)
        assert writer.has_visit(visit.visit_id)
    assert count(archive, "visits") == 1


def test_article_created_twice_is_one(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        first = writer.create_article(SOURCE.key, URL, START)
        assert writer.create_article(SOURCE.key, URL, START) == first
        found = writer.find_article([URL])
        assert found is not None
        assert (found.id, found.status, found.runs) == (first, ArticleStatus.LIVE, ())


def test_article_whose_url_leads_to_another_is_that_other(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        known = writer.create_article(SOURCE.key, URL, START)
        writer.add_article_urls(known, [Address("http://gazette.example/b")], START)
        assert writer.create_article(SOURCE.key, CanonicalUrl("http://gazette.example/b"), START) == known
    assert count(archive, "articles") == 1


def test_article_at_an_address_that_another_has_left_gets_an_id_of_its_own(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        first = writer.create_article(SOURCE.key, URL, START)
        writer.set_canonical_url(first, CanonicalUrl("http://gazette.example/moved"))
        assert writer.create_article(SOURCE.key, URL, START) == first
    assert count(archive, "articles") == 1


def test_find_article_takes_the_first_url_that_matches(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.create_article(SOURCE.key, URL, START)
        second = writer.create_article(SOURCE.key, CanonicalUrl("http://gazette.example/b"), START)
        found = writer.find_article(["http://gazette.example/none", "http://gazette.example/b", URL])
        assert found is not None
        assert found.id == second
        assert writer.find_article(["http://gazette.example/none"]) is None


def test_canonical_url_of_another_article_is_not_taken(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        first = writer.create_article(SOURCE.key, URL, START)
        writer.create_article(SOURCE.key, CanonicalUrl("http://gazette.example/b"), START)
        writer.set_canonical_url(first, CanonicalUrl("http://gazette.example/b"))
        found = writer.find_article([URL])
        assert found is not None
        assert found.canonical_url == URL


def test_version_added_twice_has_one_row_and_one_public_id(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        article = writer.create_article(SOURCE.key, URL, START)
        capture = writer.add_capture(a_capture(), PLACE)
        marks = VersionMarks(START, capture, "t", "x")
        first = writer.add_version(article, an_extraction(), marks)
        assert writer.add_version(article, an_extraction(), marks) == first
        assert writer.version_content(first) == ("Headline", "Body.")
    assert count(archive, "versions") == 1


def test_article_seen_again_keeps_first_and_last_sight_in_any_order(archive: Archive) -> None:
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        article = writer.create_article(SOURCE.key, URL, START)
        for days in (2, -3, 1):
            writer.update_article(article, a_change(START + timedelta(days=days)))
        found = writer.find_article([URL])
        assert found is not None
        assert (found.first_seen_at, found.last_seen_at) == (START - timedelta(days=3), START + timedelta(days=2))


def test_text_that_no_database_can_hold_is_kept_without_the_offence(archive: Archive) -> None:
    read = an_extraction("a\x00b \ud800 نص", title="T\x00", authors=("ماري",), published_on=date(2026, 3, 1))
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        article = writer.create_article(SOURCE.key, URL, START)
        capture = writer.add_capture(a_capture(), PLACE)
        version = writer.add_version(article, read, VersionMarks(START, capture, "t", "x"))
        assert writer.version_content(version) == ("T", "ab \ufffd نص")


def test_row_that_is_refused_leaves_the_others(archive: Archive) -> None:
    with archive.writing() as writer:
        with pytest.raises(RecordRefusedError), writer.savepoint():
            writer.begin_crawl("no such source", START)
        writer.upsert_source(SOURCE)
    assert count(archive, "sources") == 1


def test_naive_time_is_refused(archive: Archive) -> None:
    with pytest.raises(Exception, match="without a zone"), archive.writing() as writer:
        writer.begin_crawl(SOURCE.key, datetime(2026, 1, 1))  # noqa: DTZ001 - the fault under test


def test_time_in_another_zone_comes_back_in_utc(archive: Archive) -> None:
    eastern = datetime.fromisoformat("2026-03-01T14:00:00.123456+02:00")
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.create_article(SOURCE.key, URL, eastern)
        found = writer.find_article([URL])
        assert found is not None
        assert found.first_seen_at == eastern
        assert found.first_seen_at.tzinfo is UTC


def test_feed_that_answers_304_keeps_its_validators(archive: Archive) -> None:
    state = FeedState("http://gazette.example/feed", FeedKind.RSS, Validators('"e"', "then"), START)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        feed = writer.save_feed(SOURCE.key, state)
        again = replace(state, kind=None, validators=Validators(), not_modified=True)
        assert writer.save_feed(SOURCE.key, again) == feed
    (row,) = rows(archive, "SELECT kind, etag, last_modified, failures FROM feeds")
    assert tuple(row) == ("rss", '"e"', "then", 0)


def test_feed_that_fails_counts_and_keeps_its_validators(archive: Archive, clock: ManualClock) -> None:
    state = FeedState("http://gazette.example/feed", FeedKind.RSS, Validators('"e"'), START)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.save_feed(SOURCE.key, state)
        for _ in range(2):
            failed = FeedState(state.url, None, Validators(), clock.advance(hours=1), problem="timed out")
            writer.save_feed(SOURCE.key, failed)
    (row,) = rows(archive, "SELECT etag, failures, problem FROM feeds")
    assert tuple(row) == ('"e"', 2, "timed out")


def test_discovery_stays_open_until_it_is_settled(archive: Archive, clock: ManualClock) -> None:
    listing = Listing(URL, "Title", "Sun, 1 Mar 2026")
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.add_discoveries(SOURCE.key, None, [listing], clock())
        writer.add_discoveries(SOURCE.key, None, [replace(listing, title="Later")], clock.advance(hours=1))
        (target,) = writer.open_targets(SOURCE.key, None, now=clock())
        assert target.listing == listing
        writer.settle_discovery(SOURCE.key, URL, Outcome.NEW, clock())
        assert writer.open_targets(SOURCE.key, None, now=clock()) == []


def test_postponed_discovery_comes_back_when_it_is_due(archive: Archive, clock: ManualClock) -> None:
    later = clock() + timedelta(minutes=10)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.add_discoveries(SOURCE.key, None, [Listing(URL)], clock())
        writer.postpone_discovery(SOURCE.key, URL, next_try_at=later, outcome=Outcome.FAILED)
        assert writer.open_targets(SOURCE.key, None, now=clock()) == []
        assert len(writer.open_targets(SOURCE.key, None, now=later)) == 1
        assert len(writer.open_targets(SOURCE.key, [URL], now=None)) == 1
        assert writer.discovery_attempts(SOURCE.key, URL) == 1
        assert writer.discovery_attempts(SOURCE.key, "http://gazette.example/unknown") == 0


def test_open_targets_of_many_urls_come_oldest_first(archive: Archive, clock: ManualClock) -> None:
    urls = [f"http://gazette.example/{number}" for number in range(1200)]
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        writer.add_discoveries(SOURCE.key, None, [Listing(url) for url in urls[600:]], clock())
        writer.add_discoveries(SOURCE.key, None, [Listing(url) for url in urls[:600]], clock.advance(hours=1))
        found = writer.open_targets(SOURCE.key, urls, now=clock())
        assert {target.url for target in found} == set(urls)
        assert {target.url for target in found[:600]} == set(urls[600:])
        assert len(writer.open_targets(SOURCE.key, urls, now=clock(), limit=7)) == 7


def test_extraction_of_another_release_is_kept_beside_and_chosen(archive: Archive) -> None:
    with archive.writing() as writer:
        capture = writer.add_capture(a_capture(), PLACE)
        old = writer.add_extraction(capture, an_extraction(), chosen=True, keep_text=True)
        assert writer.add_extraction(capture, an_extraction("other"), chosen=True, keep_text=True) == old
    with archive.writing() as writer:
        new = writer.add_extraction(capture, an_extraction(release="2"), chosen=True, keep_text=True)
        assert new != old
    found = rows(archive, "SELECT release, chosen, text FROM extractions ORDER BY id")
    assert [tuple(row) for row in found] == [("1", False, "other"), ("2", True, "Body.")]


def test_run_compares_as_its_latest_extraction_saw_it(desk: Desk) -> None:
    version = desk.see(URL, "Body.", START)
    capture = a_capture(url=URL, captured_at=START + timedelta(days=1))
    location = desk.keep(capture)
    with desk.archive.writing() as writer:
        capture_id = writer.add_capture(capture, location)
        read = an_extraction("Body", release="2")
        writer.add_extraction(capture_id, read, chosen=True, keep_text=True, digests=("t2", "x2"))
        writer.extend_version(version, capture.captured_at)
        article = writer.find_article([URL])
        assert article is not None
        writer.link_capture(capture_id, article_id=article.id, version_id=version)
        (run,) = found.runs if (found := writer.find_article([URL])) else ()
        assert (run.release, run.title_digest, run.text_digest) == ("2", "t2", "x2")
        assert run.last_payload_digest == capture.payload_digest
        assert writer.latest_capture(version) == location
