"""Section and tags of articles whose pages name none: those under which a feed files them, marked so."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from crawler.config import ArchiveSettings, SourceSettings
from crawler.reactor import run_loop
from crawler.runner import CrawlJob, Recheck, crawl
from crawler.session import crawling
from pipeline.listed_topics import with_listed_topics
from pipeline.reextract import Selection, reextract
from pipeline.visits import Visit
from storage.archive import Archive
from storage.models import Base
from storage.queries import Queries
from storage.records import Extraction, Listing, Outcome
from tests.extraction_pool import lasting_pool
from tests.loopback import Reply, Site, Unwatched, now, serving, settings_for
from tests.storage_fixtures import SOURCE, START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.reextract import Comparison
    from storage.article_views import VersionView

SENTENCE = "The harbour office said on Monday that ferry {name} would sail again once its engines had been inspected. "
FEEDS = {
    "rss": '<rss version="2.0"><channel><title>F</title>'
    "<item><link>/a</link><title>Ferry a</title><category>Uncategorized</category><category>Harbour</category></item>"
    "<item><link>/b</link><title>Ferry b</title><category>Ships</category><category>Engines</category></item>"
    "<item><link>/c</link><title>Ferry c</title><category>Elsewhere</category></item></channel></rss>",
    "atom": '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>'
    '<entry><link href="/a"/><title>Ferry a</title><category term="Harbour"/></entry>'
    '<entry><link href="/b"/><title>Ferry b</title><category term="Ships"/><category term="Engines"/></entry>'
    '<entry><link href="/c"/><title>Ferry c</title><category term="Elsewhere"/></entry></feed>',
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "F",
            "items": [
                {"id": "1", "url": "/a", "title": "Ferry a", "tags": ["Harbour"]},
                {"id": "2", "url": "/b", "title": "Ferry b", "tags": ["Ships", "Engines"]},
                {"id": "3", "url": "/c", "title": "Ferry c", "tags": ["Elsewhere"]},
            ],
        }
    ),
}


def page(name: str, *, sentences: int = 3) -> Reply:
    text = "".join(f"<p>{SENTENCE.format(name=name) * sentences}</p>" for _ in range(5))
    own = '<meta property="article:section" content="The page\'s own">' if name == "c" else ""
    head = f"<head><title>Ferry {name}</title>{own}</head>"
    body = f"<html>{head}<body><article><h1>Ferry {name}</h1>{text}</article></body></html>"
    return Reply(body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.pages |= {f"/{name}": page(name) for name in "abc"}
        yield site


@pytest.fixture
def crawled(site: Site, database: str, tmp_path: Path) -> Crawled:
    return Crawled(site, database, tmp_path)


class Crawled:
    """A site's archive, filled by crawls over loopback."""

    def __init__(self, site: Site, database: str, folder: Path) -> None:
        self._site, self._database, self._folder = site, database, folder

    def crawl(self, recheck: Recheck = Recheck.NONE) -> dict[Outcome, int]:
        where = ArchiveSettings(database=self._database, warc_dir=self._folder / "warc")
        settings = settings_for().model_copy(update={"archive": where})
        table = {"key": "ferries", "url": f"{self._site.url}/", "feeds": [f"{self._site.url}/feed"], "every": "1h"}
        job = CrawlJob(SourceSettings.model_validate(table), recheck=recheck)

        async def main() -> dict[Outcome, int]:
            async with crawling(settings, clock=now, progress=Unwatched()) as context:
                return (await crawl(job, context)).outcomes

        return run_loop(main, settings)

    def archive(self) -> Archive:
        return Archive.open(self._database, self._folder / "warc", clock=now)

    def versions(self, path: str) -> tuple[VersionView, ...]:
        with closing(self.archive()) as archive:
            return Queries(archive).find(f"{self._site.url}{path}").versions

    def filed(self, path: str) -> list[tuple[str | None, tuple[str, ...], str | None]]:
        return [(each.section, each.tags, each.topics_from) for each in self.versions(path)]


@pytest.mark.parametrize("kind", FEEDS)
def test_page_without_section_and_tags_takes_the_feeds(crawled: Crawled, site: Site, kind: str) -> None:
    site.pages["/feed"] = Reply(FEEDS[kind].encode(), headers={"Content-Type": "application/xml"})
    assert crawled.crawl() == {Outcome.NEW: 3}
    assert crawled.filed("/a") == [("Harbour", (), "feed")]
    assert crawled.filed("/b") == [(None, ("Ships", "Engines"), "feed")]
    assert crawled.filed("/c") == [("The page's own", (), None)]


def test_feeds_section_makes_no_version_and_stays_with_later_ones(crawled: Crawled, site: Site) -> None:
    site.pages["/feed"] = Reply(FEEDS["rss"].encode(), headers={"Content-Type": "application/xml"})
    crawled.crawl()
    assert crawled.crawl(Recheck.ALL) == {Outcome.UNCHANGED: 3}
    site.pages["/a"] = page("a", sentences=4)
    site.pages["/feed"] = Reply(FEEDS["rss"].replace("Harbour", "Coast").encode())
    assert crawled.crawl(Recheck.ALL) == {Outcome.UNCHANGED: 2, Outcome.EDITED: 1}
    assert crawled.filed("/a") == [("Harbour", (), "feed")] * 2


def test_reextract_keeps_the_feeds_section_and_tags(crawled: Crawled, site: Site) -> None:
    site.pages["/feed"] = Reply(FEEDS["atom"].encode(), headers={"Content-Type": "application/xml"})
    crawled.crawl()
    read: list[Comparison] = []
    with closing(crawled.archive()) as archive:
        with archive.writing() as writer:
            for table in ("versions", "extractions"):
                writer._run(update(Base.metadata.tables[table]).values(release="0"), {})
        asyncio.run(reextract(archive, lasting_pool(), Selection(), is_kept=True, tell=read.append))
    assert len(read) == 3
    assert crawled.filed("/a") == [("Harbour", (), "feed")]
    assert crawled.filed("/b") == [(None, ("Ships", "Engines"), "feed")]
    assert crawled.versions("/a")[0].release != "0"


@pytest.mark.parametrize(
    ("categories", "section", "tags"),
    [
        ((), None, ()),
        (("Sport",), "Sport", ()),
        (("Sport", "SPORT"), "Sport", ()),
        (("Sport", "Tennis", "sport"), None, ("Sport", "Tennis")),
        (("Uncategorized",), None, ()),
        (("Sin Categoría", "Deportes"), "Deportes", ()),
        (("غير مصنّف", "Без рубрики", "دسته‌بندی نشده", "Allgemein", "Non classé"), None, ()),
        (("s" * 61,), None, ()),
    ],
)
def test_one_category_is_the_section_and_several_are_tags(
    categories: tuple[str, ...], section: str | None, tags: tuple[str, ...]
) -> None:
    url = "http://ferries.example/a"
    visit = Visit("1", SOURCE, None, url, START, listing=Listing(url, categories=categories))
    read = with_listed_topics(Extraction("warraq", "1", None, "Ferry", "Text"), visit)
    assert (read.section, read.tags) == (section, tags)
    assert read.topics_from == ("feed" if section or tags else None)
