"""Crawls into a real archive: what one leaves open the next one visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from crawler.config import ArchiveSettings, SourceSettings
from crawler.reactor import run_loop
from crawler.runner import CrawlJob, Recheck, crawl
from crawler.session import crawling
from storage.errors import CrawlError
from storage.records import Outcome
from tests.loopback import Handler, Reply, Site, Unwatched, now, rss, serving, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crawler.config import Settings
    from storage.records_stored import CrawlReport

SENTENCE = "The harbour office said on Monday that ferry {name} would sail again once its engines had been inspected. "


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        for name in "abc":
            text = "".join(f"<p>{SENTENCE.format(name=name) * 3}</p>" for _ in range(5))
            head = f"<head><title>Ferry {name}</title></head>"
            body = f"<html>{head}<body><article><h1>Ferry {name}</h1>{text}</article></body></html>"
            site.pages[f"/{name}"] = conditional(
                Reply(body.encode(), headers={"ETag": f'"{name}"', "Content-Type": "text/html; charset=utf-8"})
            )
        feed = rss("/a", "/b", "/c")
        feed.headers["ETag"] = '"feed"'
        site.pages["/feed"] = conditional(feed)
        yield site


def conditional(reply: Reply) -> Callable[[Handler], Reply]:
    def answer(handler: Handler) -> Reply:
        is_known = handler.headers.get("If-None-Match") == reply.headers["ETag"]
        return Reply(status=304, headers={"ETag": reply.headers["ETag"]}) if is_known else reply

    return answer


@dataclass
class Archive:
    settings: Settings
    site: Site

    def source(self) -> SourceSettings:
        table = {"key": "ferries", "url": f"{self.site.url}/", "feeds": [f"{self.site.url}/feed"], "every": "1h"}
        return SourceSettings.model_validate(table)

    def crawl(self, *jobs: CrawlJob) -> list[CrawlReport]:
        async def main() -> list[CrawlReport]:
            async with crawling(self.settings, clock=now, progress=Unwatched()) as context:
                reports = [await crawl(job, context) for job in jobs]
                for report in reports:
                    assert context.queries.outcomes(report.crawl_id) == report.outcomes
                return reports

        return run_loop(main, self.settings)


@pytest.fixture
def archive(site: Site, tmp_path: Path) -> Archive:
    where = ArchiveSettings(database=f"sqlite:///{tmp_path}/warraq.db", warc_dir=tmp_path / "warc")
    return Archive(settings_for().model_copy(update={"archive": where}), site)


def test_crawl_with_limit_leaves_the_rest_to_the_next_although_the_feed_answers_304(archive: Archive) -> None:
    source = archive.source()
    first, second, third = archive.crawl(CrawlJob(source, limit=1), CrawlJob(source), CrawlJob(source))
    assert (first.outcomes, second.outcomes, third.outcomes) == ({Outcome.NEW: 1}, {Outcome.NEW: 2}, {})
    assert (first.problems, second.problems) == ((), ())
    assert archive.site.paths == ["/feed", "/a", "/feed", "/b", "/c", "/feed"]
    assert archive.site.sent("/feed")["if-none-match"] == '"feed"'


def test_crawl_with_recheck_asks_known_articles_conditionally(archive: Archive) -> None:
    source = archive.source()
    _, report = archive.crawl(CrawlJob(source), CrawlJob(source, recheck=Recheck.ALL))
    assert report.outcomes == {Outcome.UNCHANGED: 3}
    assert archive.site.sent("/a")["if-none-match"] == '"a"'


@pytest.mark.slow
def test_crawl_with_recheck_visits_known_articles_before_new_ones(archive: Archive) -> None:
    source, site = archive.source(), archive.site
    site.pages["/b-new"] = site.pages["/b"]
    archive.crawl(CrawlJob(source))
    site.pages |= {"/b": Reply(status=301, headers={"Location": "/b-new"}), "/feed": rss("/a", "/b-new", "/c")}
    site.requests.clear()
    archive.crawl(CrawlJob(source, recheck=Recheck.ALL))
    assert site.paths[0] == "/feed"
    assert site.paths.index("/b") < site.paths.index("/b-new")
    assert max(site.paths.index(path) for path in ("/a", "/b", "/c")) < len(site.paths) - 1


def test_crawl_every_open_tries_at_once_what_failed_before(archive: Archive) -> None:
    source, page = archive.source(), archive.site.pages["/a"]
    answers = iter([Reply(status=500), Reply(status=500)])
    archive.site.pages["/a"] = lambda handler: next(answers, None) or page(handler)  # type: ignore[operator] # a callable
    failed, waiting, asked = archive.crawl(CrawlJob(source), CrawlJob(source), CrawlJob(source, every_open=True))
    assert failed.outcomes == {Outcome.NEW: 2, Outcome.FAILED: 1}
    assert failed.problems == (f"{archive.site.url}/a: answered 500",)
    assert (waiting.outcomes, asked.outcomes) == ({}, {Outcome.FAILED: 1})


def test_crawl_of_single_urls_reads_no_feed(archive: Archive) -> None:
    (report,) = archive.crawl(CrawlJob(archive.source(), urls=(f"{archive.site.url}/a#x", f"{archive.site.url}/none")))
    assert report.outcomes == {Outcome.NEW: 1, Outcome.MISSING: 1}
    assert "/feed" not in archive.site.paths


def test_crawl_of_what_is_no_url_is_refused(archive: Archive) -> None:
    with pytest.raises(CrawlError, match="mailto:x cannot be crawled"):
        archive.crawl(CrawlJob(archive.source(), urls=("mailto:x",)))
