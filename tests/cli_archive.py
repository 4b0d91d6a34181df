"""A small real archive for the reading commands: what it holds is stated by ``fill``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from pipeline.indexing import index_article
from pipeline.steps import measure_steps
from storage.archive import Archive
from storage.records import (
    Address,
    ArticleStatus,
    CanonicalUrl,
    Capture,
    Extraction,
    Outcome,
    PayloadDigest,
    Role,
    SourceRecord,
    WarcLocation,
)
from storage.records_stored import ArticleChange, CrawlReport, VersionMarks

if TYPE_CHECKING:
    from pathlib import Path

    from storage.archive import Writer

EDITED_URL = "https://naba.example/2026/07/ghaza-12"
GONE_URL = "https://naba.example/2026/07/withdrawn"
START = datetime(2026, 7, 1, 9, tzinfo=UTC)
FIRST = Extraction(
    extractor="trafilatura",
    release="2.3.0",
    not_article=None,
    title="قُتل 12 شخصًا في غزة",
    text="قُتل 12 شخصًا يوم الأربعاء.\nوقالت المصادر إن البحث مستمر.",
    language="ar",
    direction="rtl",
    authors=("ليلى حسن",),
    published_on=START.date(),
    published_raw="١ تموز ٢٠٢٦",
    image_url="https://naba.example/a.jpg",
    image_caption="صورة من المكان",
    agency_credit="تحرير: سامر نور",
)
SECOND = replace(FIRST, title="قُتل 13 شخصًا في غزة", text=FIRST.text.replace("12", "13"))


def fill(directory: Path) -> str:
    """The URL of an archive with a source, an article of two versions and one that is gone.

    Listing gives the article that is gone first: it was seen later.
    """
    database = f"sqlite:///{directory / 'kept.db'}"
    archive = Archive.open(database, directory / "warc", clock=lambda: START)
    with archive.writing() as writer:
        writer.upsert_source(SourceRecord("naba", "نبأ", "https://naba.example/", "ar", "PS", "Asia/Gaza"))
        _add(writer, EDITED_URL, [FIRST, SECOND])
        gone = _add(writer, GONE_URL, [replace(FIRST, title="Withdrawn", text="Nothing left.")])
        at = START + timedelta(days=1)
        writer.update_article(gone, ArticleChange(ArticleStatus.GONE, at, None, at, at, at))
        _crawl(writer)
    archive.close()
    return database


def _crawl(writer: Writer) -> None:
    crawl_id = writer.begin_crawl("naba", START)
    problems = ("https://naba.example/feed: answered 503",)
    writer.finish_crawl(
        CrawlReport(crawl_id, "naba", START, START + timedelta(seconds=9), {Outcome.NEW: 2}, 1, 1, 4, 999, problems)
    )
    writer.set_due("naba", START + timedelta(minutes=15))


def _add(writer: Writer, url: str, extractions: list[Extraction]) -> int:
    """The article's id; each extraction is a version, captured an hour after the one before."""
    offset = timedelta(minutes=len(url) % 7)
    article = writer.create_article("naba", CanonicalUrl(url), START + offset)
    writer.add_article_urls(article, [Address(url), Address(f"{url}?page=amp")], START)
    for hours, extraction in enumerate(extractions):
        capture = _capture(url, START + offset + timedelta(hours=hours), extraction)
        # Reading commands never open a WARC file.
        kept = writer.add_capture(capture, WarcLocation("tests.warc.gz", 0, 1), article_id=article)
        digests = [sha256(part.encode()).hexdigest() for part in (extraction.title, extraction.text)]
        version = writer.add_version(article, extraction, VersionMarks(capture.captured_at, kept, *digests))
        writer.link_capture(kept, article_id=article, version_id=version)
    measure_steps(writer, article)
    index_article(writer, article)
    return article


def _capture(url: str, at: datetime, extraction: Extraction) -> Capture:
    body = f"<h1>{extraction.title}</h1>{extraction.text}".encode()
    digest = PayloadDigest(f"sha256:{sha256(body).hexdigest()}")
    record = uuid5(NAMESPACE_URL, f"{url} {at}").hex
    headers = (("Content-Type", "text/html; charset=utf-8"),)
    return Capture(record, "naba", Role.ARTICLE, url, url, at, 200, "OK", (), headers, body, digest)
