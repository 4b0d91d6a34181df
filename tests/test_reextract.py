"""Reading stored captures again: what was is kept, can be gone back to, and is never an edit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from pipeline.extract import EXTRACTOR, RELEASE
from pipeline.fingerprint import fingerprint
from pipeline.indexing import index_missing
from pipeline.reextract import Comparison, Difference, Selection, reextract, roll_back
from pipeline.search_query import read_query
from pipeline.steps import measure_missing
from storage.records import CanonicalUrl, Extraction, Outcome
from storage.records_search import Search
from storage.records_stored import VersionMarks
from storage.search import search
from storage.warc import WarcWriter
from tests.extraction_pool import lasting_pool
from tests.test_ingest import PARAGRAPHS, SOURCE, T0, Desk, capture, html, visit

if TYPE_CHECKING:
    from pathlib import Path

    from storage.archive import Archive

URL = "http://bridge.test/1"
LEAKY_TEXT = "\n".join([*PARAGRAPHS, "Subscribe to our newsletter"])
LEAKY = Extraction(EXTRACTOR, "0", None, title="Old bridge is closed", text=LEAKY_TEXT, authors=("A. Writer",))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An archive whose one article was extracted by an earlier release, which let a line of furniture through."""
    desk = Desk(tmp_path)
    archive = desk.open_archive()
    page = capture(URL, visit_id=uuid4().hex)
    warc = WarcWriter(tmp_path / "warc", clock=lambda: T0, software="test", originals=archive)
    location = warc.append(page)
    warc.sync()
    marks = fingerprint(LEAKY.title, LEAKY.text)
    digests = (marks.title_digest, marks.text_digest)
    with archive.writing() as writer:
        writer.upsert_source(SOURCE)
        capture_id = writer.add_capture(page, location)
        article = writer.create_article(SOURCE.key, CanonicalUrl(URL), T0)
        version = writer.add_version(article, LEAKY, VersionMarks(T0, capture_id, *digests))
        writer.add_extraction(capture_id, LEAKY, chosen=True, keep_text=False, digests=digests)
        writer.link_capture(capture_id, article_id=article, version_id=version)
    warc.confirm([location])
    warc.close()
    archive.close()
    return desk


def read_again(archive: Archive, *, is_kept: bool) -> list[Comparison]:
    found: list[Comparison] = []
    asyncio.run(reextract(archive, lasting_pool(), Selection(), is_kept=is_kept, tell=found.append))
    return found


def test_reextract_gives_the_version_todays_text_and_makes_no_other(desk: Desk) -> None:
    (comparison,) = read_again(desk.open_archive(), is_kept=True)
    assert (comparison.difference, comparison.agreement) == (Difference.CHANGED, 1.0)
    article = desk.queries.find(URL)
    assert article.text.split("\n") == PARAGRAPHS
    assert [version.release for version in article.versions] == [RELEASE]


def test_reextract_twice_reads_nothing_the_second_time(desk: Desk) -> None:
    archive = desk.open_archive()
    assert len(read_again(archive, is_kept=True)) == 1
    assert read_again(archive, is_kept=True) == []


def test_reextract_to_compare_writes_nothing(desk: Desk) -> None:
    assert len(read_again(desk.open_archive(), is_kept=False)) == 1
    assert desk.queries.find(URL).text == LEAKY_TEXT


def test_roll_back_brings_the_earlier_text_and_fields_back(desk: Desk) -> None:
    archive = desk.open_archive()
    before = desk.queries.find(URL)
    read_again(archive, is_kept=True)
    assert roll_back(archive, "0", Selection()) == 1
    assert desk.queries.find(URL) == before
    assert roll_back(archive, RELEASE, Selection()) == 1
    assert desk.queries.find(URL).text.split("\n") == PARAGRAPHS


def test_visit_after_an_upgrade_compares_like_with_like_and_sees_no_edit(desk: Desk) -> None:
    later = T0 + timedelta(hours=1)
    touched = html().replace(b"Home", b"Home page")
    assert desk.run(visit(capture(URL, at=later, body=touched))) == [Outcome.NOISE]
    edited = html(paragraphs=[*PARAGRAPHS[:3], "The ferry will run until midnight from now on."])
    assert desk.run(visit(capture(URL, at=later + timedelta(hours=1), body=edited))) == [Outcome.EDITED]


def test_reextract_measures_edits_anew_where_a_version_says_something_else_now(desk: Desk) -> None:
    edited = [*PARAGRAPHS[:3], "The ferry will run until midnight from now on."]
    archive = desk.open_archive()
    desk.run(visit(capture(URL, at=T0 + timedelta(hours=1), body=html(paragraphs=edited))))
    measured = words_removed(archive)
    read_by_release_0(archive, replace(LEAKY, text="\n".join([*edited, "Donate today, please"])))
    assert words_removed(archive) - measured == 4  # "Subscribe to our newsletter"
    read_again(archive, is_kept=True)
    roll_back(archive, RELEASE, Selection())
    assert words_removed(archive) == measured
    assert measure_missing(archive) == 0


def read_by_release_0(archive: Archive, extraction: Extraction) -> None:
    """The newest capture as the earlier release read it, which let furniture through."""
    marks = fingerprint(extraction.title, extraction.text)
    digests = (marks.title_digest, marks.text_digest)
    with archive.reading() as connection:
        capture_id = int(connection.exec_driver_sql("SELECT max(id) FROM captures").scalar_one())
    with archive.writing() as writer:
        writer.add_extraction(capture_id, extraction, chosen=False, keep_text=True, digests=digests)
    roll_back(archive, LEAKY.release, Selection())


def test_search_follows_the_chosen_extraction(desk: Desk) -> None:
    archive = desk.open_archive()
    index_missing(archive)
    sought = Search(read_query("newsletter"))
    assert len(list(search(archive, sought))) == 1
    read_again(archive, is_kept=True)
    assert list(search(archive, sought)) == []
    roll_back(archive, "0", Selection())
    assert len(list(search(archive, sought))) == 1


def words_removed(archive: Archive) -> int:
    with archive.reading() as connection:
        return int(connection.exec_driver_sql("SELECT words_removed FROM edits").scalar_one())
