"""Somebody who looks at pages that an extractor has read already, over real archives of both kinds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.conclude import Conclusion, Means, Prepared
from pipeline.visits import Visit
from storage.queries import Queries
from storage.records import Outcome, Role
from storage.warc import WarcWriter
from tests.storage_fixtures import SOURCE, START, ManualClock, a_capture, an_extraction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.page import Page
    from storage.archive import Archive
    from storage.article_views import ArticleView
    from storage.records import Extraction

HOME = "http://gazette.example"
BRIDGE = (
    "The council voted on Tuesday to close the old bridge until the spring, after engineers found deep cracks in it."
)
FERRY = "A second boat will serve the islands from May; the company hired nine sailors and a cook, it said on Sunday."
DAY = timedelta(days=1)


def never(_page: Page) -> Extraction:
    raise AssertionError("the extractor's release does not change here")


@dataclass
class Reporter:
    """Visits pages that an extractor has read, one transaction a visit."""

    archive: Archive
    warc: WarcWriter
    at: datetime = START
    seen: list[Outcome] = field(default_factory=list)

    def see(
        self,
        path: str,
        text: str = BRIDGE,
        *,
        via: tuple[str, ...] = (),
        title: str = "Old bridge is closed",
        status: int = 200,
        link: str | None = None,
        **fields: Any,
    ) -> Outcome:
        """The outcome of a visit to the last of the addresses ``(*via, path)``, reached from the first by redirects.

        ``body`` is the page where it is to hold more than what was read from it.
        """
        self.at += timedelta(minutes=1)
        urls = [address if "//" in address else HOME + address for address in (*via, path)]
        body = fields.pop("body", f"{title}{text}".encode())
        headers = (("Content-Type", "text/html"), *([("Link", link)] if link else []))
        common = {"requested_url": urls[0], "captured_at": self.at, "visit_id": uuid.uuid4().hex}
        hops = tuple(a_capture(b"", url=url, status=301, role=Role.HOP, **common) for url in urls[:-1])
        final = a_capture(body, url=urls[-1], status=status, response_headers=headers, **common)
        visit = Visit(common["visit_id"], SOURCE, None, urls[0], self.at, (*hops, final))  # type: ignore[arg-type]  # a UUID in hex
        locations = tuple(self.warc.append(capture) for capture in visit.captures)
        self.warc.sync()
        read = an_extraction(text, title=title, **fields) if status == 200 else None
        with self.archive.writing() as writer:
            writer.upsert_source(SOURCE)
            means = Means(timedelta(hours=6), never, self.archive.read_capture)
            outcome = Conclusion(writer, Prepared(visit, locations, read), means).write()
        self.warc.confirm(locations)
        self.seen.append(outcome)
        return outcome

    @property
    def all(self) -> list[ArticleView]:
        return list(Queries(self.archive).articles())

    @property
    def only(self) -> ArticleView:
        (view,) = self.all
        return Queries(self.archive).find(view.public_id)


@pytest.fixture
def reporter(archive: Archive, clock: ManualClock) -> Iterator[Reporter]:
    warc = WarcWriter(archive.warc_dir, clock=clock, software="test", originals=archive)
    yield Reporter(archive, warc)
    warc.close()
