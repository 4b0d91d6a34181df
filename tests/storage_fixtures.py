"""A clock, databases of both kinds, and an archive in each: what every test of storage stands on."""

from __future__ import annotations

import hashlib
import os
import subprocess
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, func, make_url, select, text

from pipeline.indexing import index_article
from pipeline.steps import measure_steps
from storage.archive import Archive
from storage.models import Base
from storage.records import ArticleStatus, CanonicalUrl, Capture, Extraction, Outcome, PayloadDigest, Role, SourceRecord
from storage.records_stored import ArticleChange, VersionMarks, VisitRow
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.archive import Writer
    from storage.records import WarcLocation

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = SourceRecord("gazette", "The Gazette", "http://gazette.example/", timezone="Asia/Beirut")
_NO_SERVER = "WARRAQ_TEST_POSTGRES is not set, e.g. postgresql+psycopg://root@127.0.0.1:5432/test"


@dataclass
class ManualClock:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        self.now += timedelta(**duration)
        return self.now


def a_capture(body: bytes | str = b"<p>body</p>", **changes: Any) -> Capture:
    """A capture of an article page; ``changes`` replace its fields."""
    encoded = body.encode() if isinstance(body, str) else body
    capture = Capture(
        record_id=uuid.uuid4().hex,
        source_key=SOURCE.key,
        role=Role.ARTICLE,
        url="http://gazette.example/a",
        requested_url="http://gazette.example/a",
        captured_at=START,
        status=200,
        reason="OK",
        request_headers=(("User-Agent", "test"), ("Host", "gazette.example")),
        response_headers=(("Content-Type", "text/html"), ("ETag", '"1"')),
        body=encoded,
        payload_digest=PayloadDigest("sha256:" + hashlib.sha256(encoded).hexdigest()),
        remote_address="192.0.2.1",
        visit_id=uuid.uuid4().hex,
    )
    return replace(capture, **changes)


def an_extraction(text: str = "Body.", **changes: Any) -> Extraction:
    """What an extractor made of a page."""
    return replace(Extraction("reader", "1", None, title="Headline", text=text, language="en"), **changes)


def rows(archive: Archive, query: str, **values: Any) -> list[Any]:
    """What a query gives, read as people read the archive."""
    with archive.reading() as connection:
        return list(connection.execute(text(query), values).all())


def count(archive: Archive, table: str) -> int:
    """The number of rows in a table."""
    with archive.reading() as connection:
        counted = connection.execute(select(func.count()).select_from(Base.metadata.tables[table]))
        return int(counted.scalar() or 0)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Desk:
    """Archives what it is told a page showed, the way the pipeline does, one transaction a visit."""

    archive: Archive
    warc: WarcWriter
    source: SourceRecord = SOURCE
    captures: list[tuple[Capture, WarcLocation]] = field(default_factory=list)

    def keep(self, capture: Capture) -> WarcLocation:
        location = self.warc.append(capture)
        self.warc.sync()
        self.captures.append((capture, location))
        return location

    def see(self, url: str, content: str, at: datetime, *, title: str = "Headline", **fields: Any) -> int:
        """The version that a visit at that time came to; a text other than its neighbours' begins one."""
        capture = a_capture(f"<h1>{title}</h1>{content}", url=url, requested_url=url, captured_at=at)
        location = self.keep(capture)
        with self.archive.writing() as writer:
            writer.upsert_source(self.source)
            version = self._write(writer, capture, location, an_extraction(content, title=title, **fields))
        self.warc.confirm([location])
        return version

    def _write(self, writer: Writer, capture: Capture, location: WarcLocation, read: Extraction) -> int:
        at = capture.captured_at
        article = writer.create_article(self.source.key, CanonicalUrl(capture.url), at)
        stored = writer.find_article([capture.url])
        assert stored is not None
        capture_id = writer.add_capture(capture, location)
        digests = digest_of(read.title), digest_of(read.text)
        run = next((run for run in stored.runs if (run.title_digest, run.text_digest) == digests), None)
        if run is None:
            version = writer.add_version(article, read, VersionMarks(at, capture_id, *digests))
        else:
            version = run.version_id
            writer.extend_version(version, at)
        keep_text = writer.version_content(version) != (read.title, read.text)
        writer.add_extraction(capture_id, read, chosen=True, keep_text=keep_text, digests=digests)
        writer.link_capture(capture_id, article_id=article, version_id=version)
        outcome = Outcome.NEW if not stored.runs else Outcome.UNCHANGED if run else Outcome.EDITED
        writer.add_visit(visit=self._visit(capture, outcome, article, version))
        writer.update_article(article, a_change(at))
        measure_steps(writer, article)
        index_article(writer, article)
        return version

    def lose(self, url: str, at: datetime, *, status: ArticleStatus = ArticleStatus.GONE) -> None:
        """The article's address answered 404."""
        capture = a_capture(b"no such page", url=url, requested_url=url, captured_at=at, status=404, reason="Not Found")
        location = self.keep(capture)
        with self.archive.writing() as writer:
            stored = writer.find_article([url])
            assert stored is not None
            writer.add_capture(capture, location, article_id=stored.id)
            since = stored.missing_since or at
            change = replace(a_change(at), status=status, seen_at=None, missing_since=since)
            is_gone = status is ArticleStatus.GONE
            writer.update_article(stored.id, replace(change, gone_at=at if is_gone else None))
            writer.add_visit(visit=self._visit(capture, Outcome(status.value), stored.id, None, "404 not found"))
        self.warc.confirm([location])

    def _visit(
        self, capture: Capture, outcome: Outcome, article: int, version: int | None, reason: str = ""
    ) -> VisitRow:
        assert capture.visit_id is not None
        return VisitRow(
            capture.visit_id,
            None,
            self.source.key,
            capture.url,
            capture.captured_at,
            outcome,
            reason,
            article,
            version,
        )


def a_change(at: datetime) -> ArticleChange:
    return ArticleChange(ArticleStatus.LIVE, at, at, None, None, at + timedelta(hours=1))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for ``postgres`` needs no mark of their own to stay out of `make test`."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgres)


def postgres_url() -> str:
    url = os.environ.get("WARRAQ_TEST_POSTGRES", "")
    if not url:
        pytest.skip(_NO_SERVER)
    return url


def fresh_schema(server: str) -> Iterator[str]:
    """The URL of an empty schema of its own in that database, dropped at the end."""
    schema = f"warraq_test_{uuid.uuid4().hex}"
    engine = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield (
        make_url(server).update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    )
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system small enough to be filled."""
    place = tmp_path / "full"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a full disk is made by mounting a small file system, which this user or container may not")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def postgres() -> Iterator[str]:
    """An empty PostgreSQL database; skipped where no server is given."""
    yield from fresh_schema(postgres_url())


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'warraq.db'}"
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture
def archive(database: str, tmp_path: Path, clock: ManualClock) -> Iterator[Archive]:
    """An empty archive, once in each kind of database."""
    opened = Archive.open(database, tmp_path / "warc", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def desk(archive: Archive, clock: ManualClock) -> Iterator[Desk]:
    """Somebody who archives pages."""
    warc = WarcWriter(archive.warc_dir, clock=clock, software="test", originals=archive)
    yield Desk(archive, warc)
    warc.close()
