"""A takedown leaves nothing of an article and everything else, whatever its records have to do with others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.copies import CopyFinder
from storage.errors import TakenDownError
from storage.export import ExportChoice, exported_articles
from storage.ledger import append_waiting
from storage.queries import Queries
from storage.records import ArticleStatus, Role, WarcLocation
from tests.storage_fixtures import START, a_capture, count, rows
from tests.takedown_scene import (
    ASKED,
    COPY,
    FIRST,
    HEADLINE,
    NEEDLES,
    OTHER,
    SECOND,
    URL,
    article_id,
    fill,
    findings,
    finish_at_once,
    forget,
    keep,
    places_of,
    remaining,
    takedown_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from storage.archive import Archive
    from tests.storage_fixtures import Desk

# On PostgreSQL a takedown waits 30 s, table by table, for whoever writes in any database of the server.
pytestmark = pytest.mark.timeout(300)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_nothing_of_it_is_left_in_any_file(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    desk.warc.close()
    assert {word for _, word in places_of(archive, tmp_path)} == set(NEEDLES)
    others = [capture for capture in remaining(archive) if capture.url == OTHER]
    progress = forget(archive)
    assert progress.left == ()
    assert places_of(archive, tmp_path) == set()
    assert remaining(archive) == others
    assert findings(archive) == []
    assert takedown_of(archive).is_finished


def test_rendered_page_of_it_goes_too(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    raw = next(capture for capture, _ in desk.captures if capture.url == URL)
    seen = a_capture(f"<p>{FIRST}, as Chromium saw it</p>", url=URL, role=Role.RENDERED, belongs_to=raw.record_id)
    keep(desk, replace(seen, visit_id=raw.visit_id, request_headers=()), article_id(archive), url=URL)
    desk.warc.close()
    words = (FIRST, "as Chromium saw it")
    assert {word for _, word in places_of(archive, tmp_path, *words)} == set(words)
    forget(archive)
    assert places_of(archive, tmp_path, *words) == set()
    assert findings(archive) == []


def test_tombstone_is_shown_and_everything_else_is_as_it_was(desk: Desk, archive: Archive) -> None:
    fill(desk)
    queries = Queries(archive)
    version = queries.find(URL).versions[0].public_id
    other = queries.find(OTHER)
    forget(archive)
    for name in (URL, version, queries.find(URL).public_id):
        view = queries.find(name)
        assert (view.url, view.status, view.title, view.versions) == (URL, ArticleStatus.WITHHELD, "", ())
        assert (view.taken_down_at, view.taken_down_reason) == (START, ASKED.reason)
    assert {view.url: view.taken_down_reason for view in queries.articles()} == {URL: ASKED.reason, OTHER: None}
    assert [each.article for each in exported_articles(archive, ExportChoice())] == [queries.find(OTHER)] == [other]
    (shown,) = rows(archive, "SELECT url, reason, captures, finished_at FROM withheld_articles")
    assert (shown.url, shown.reason, shown.captures, shown.finished_at is None) == (URL, ASKED.reason, 4, False)
    assert [row.url for row in rows(archive, "SELECT url FROM current_articles")] == [OTHER]
    listed = rows(archive, "SELECT listed_title, CAST(listed_categories AS VARCHAR) FROM discoveries ORDER BY url")
    assert [tuple(row) for row in listed] == [("Bridge", '["About Bridge"]'), ("", "[]")]


def test_search_finds_the_others_only(desk: Desk, archive: Archive) -> None:
    fill(desk)
    forget(archive)
    assert count(archive, "search_entries") == 1


def test_ledger_keeps_its_leaves_and_loses_the_nonces(desk: Desk, archive: Archive) -> None:
    fill(desk)
    append_waiting(archive)
    hashes = rows(archive, "SELECT leaf_hash FROM ledger ORDER BY position")
    forget(archive)
    after = rows(archive, "SELECT kind, leaf_hash, nonce, withheld_at FROM ledger ORDER BY position")
    assert [(row.leaf_hash,) for row in after[: len(hashes)]] == [(row.leaf_hash,) for row in hashes]
    withheld = [row for row in after if row.withheld_at is not None]
    assert {row.nonce for row in withheld} == {None}
    assert len(withheld) == 2 + 4  # versions, and captures of pages and of the feed
    assert [row.kind for row in after[len(hashes) :]] == ["takedown"]


def test_copy_in_another_article_is_kept(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    said = f"{FIRST}\n{SECOND}\n" * 3
    desk.see(URL, said, START, title=HEADLINE)
    desk.see(COPY, f"{said}وأعيد نشره هنا", START + HOUR, title="عن شهادة طبيب")
    with archive.writing() as writer:
        for found in rows(archive, "SELECT id FROM articles ORDER BY id"):
            CopyFinder().note(writer, found.id, START)
    kept = Queries(archive).find(COPY)
    forget(archive)
    assert Queries(archive).find(COPY) == kept
    assert count(archive, "copies") == 0
    assert [capture.url for capture in remaining(archive)] == [COPY]
    assert places_of(archive, tmp_path, HEADLINE) == set()


def test_body_that_others_cite_is_moved_to_them(desk: Desk, archive: Archive) -> None:
    """Two other articles were answered with the very bytes of this one; their captures cite its record."""
    body = f"<h1>{HEADLINE}</h1>{FIRST}"
    desk.see(URL, FIRST, START, title=HEADLINE)
    for number, url in enumerate((COPY, OTHER)):
        desk.see(url, FIRST, START + number * HOUR, title=HEADLINE)
    cited = rows(archive, "SELECT refers_to FROM captures WHERE refers_to IS NOT NULL")
    assert len(cited) == 2
    before = [capture for capture in remaining(archive) if capture.url != URL]
    forget(archive)
    assert remaining(archive) == before
    assert [capture.body.decode() for capture in before] == [body, body]
    found = rows(archive, "SELECT url, refers_to, warc_file FROM captures WHERE url <> :url ORDER BY id", url=URL)
    assert [row.refers_to is None for row in found] == [True, False]
    assert all(row.warc_file.startswith("warraq-kept-") for row in found)
    assert findings(archive) == []


def test_visit_under_way_is_taken_along(desk: Desk, archive: Archive, tmp_path: Path) -> None:
    fill(desk)
    forget(archive)
    keep(desk, a_capture(f"<p>{FIRST}</p>", url=URL, requested_url=URL), article_id(archive))
    keep(desk, a_capture(f"<b>{FIRST}</b>", url=URL, requested_url=URL), None)  # of a visit that was not concluded
    assert places_of(archive, tmp_path, FIRST) != set()
    assert finish_at_once(archive).erased == 2
    assert places_of(archive, tmp_path) == set()
    assert findings(archive) == []
    assert takedown_of(archive).is_finished


def test_doing_it_again_changes_nothing(desk: Desk, archive: Archive) -> None:
    fill(desk)
    first = forget(archive)
    assert (first.erased, first.left) == (4, ())
    before = rows(archive, "SELECT * FROM withheld_articles")
    assert forget(archive).erased == 0
    assert rows(archive, "SELECT * FROM withheld_articles") == before


def test_taken_down_capture_says_so(desk: Desk, archive: Archive) -> None:
    fill(desk)
    forget(archive)
    query = "SELECT warc_file, warc_offset, warc_length, refers_to, payload_bytes, etag FROM captures WHERE url = :url"
    for row in rows(archive, query, url=URL):
        assert (row.payload_bytes, row.etag) == (0, None)
        with pytest.raises(TakenDownError, match="was taken down"):
            archive.read_capture(WarcLocation(*row[:4]))
