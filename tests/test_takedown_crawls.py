"""What was taken down stays away, whatever a publisher goes on listing; through the command line, as people do it."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator

from tests.cli_process import complaint
from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FERRY, LIBRARY, SEAL = "ferry-strike-averted", "library-roof-fund", "seal-pup-rescue"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.list_only(FERRY, LIBRARY, SEAL)
        desk = Desk(newsroom, tmp_path)
        desk.configure("courier")
        yield desk


def places_of(directory: Path, *sentences: str) -> set[tuple[str, str]]:
    """In which files, as they are or unpacked, which of the sentences stand."""
    held = {path.name: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    for path in (directory / "warc").glob("*.warc.gz*"):
        held[f"unpacked {path.name}"] = gzip.decompress(path.read_bytes())
        held |= {f"{path.name} {record.stream_pos}": record.reader.read() for record in ArchiveIterator(str(path))}
    return {(name, each) for name, data in held.items() for each in sentences if each.encode() in data}


def words_of(desk: Desk, slug: str) -> tuple[str, ...]:
    article = desk.article(slug)
    return (article["title"], *(line for line in article["text"].split("\n") if len(line) > 40))


@pytest.mark.slow
def test_forgotten_article_is_not_fetched_again_and_its_words_do_not_come_back(desk: Desk) -> None:
    assert desk.crawl() == {"new": 3}
    url, words = desk.newsroom.url(SEAL), words_of(desk, SEAL)
    assert {each for _, each in places_of(desk.directory, *words)} == set(words)
    desk.warraq("forget", url, "--reason", "a court order", "--yes")
    assert places_of(desk.directory, *words) == set()
    desk.newsroom.forget_hits()
    desk.newsroom.edit(FERRY, "ferry", "boat")  # so that the feed is another one, and lists it anew
    desk.newsroom.list_url("courier", f"{url}?amp=1", words[0])
    desk.crawl()
    assert desk.recheck() == {"unchanged": 1, "edited": 1}
    assert desk.crawl(url, code=1) == {"refused": 1}
    assert desk.outcomes_of(url)[-1] == ("refused", "taken down by us: it is not fetched again")
    assert not desk.newsroom.hits(url=url)
    assert [article["status"] for article in desk.exported()] == ["live", "live"]
    desk.warraq("forget", "--finish")
    assert places_of(desk.directory, *words) == set()
    assert desk.rows("SELECT count(*) FROM discoveries WHERE listed_title = ?", words[0]) == [(0,)]
    desk.warraq("reextract")
    assert desk.rows("SELECT count(*) FROM versions") == [(3,)]


@pytest.mark.slow
def test_redirect_to_a_forgotten_article_is_not_followed(desk: Desk) -> None:
    desk.crawl()
    desk.warraq("forget", desk.newsroom.url(SEAL), "--reason", "a court order", "--yes")
    desk.newsroom.forget_hits()
    reply = Reply(301, (("Location", desk.newsroom.url(SEAL)),))
    short = desk.newsroom.serve("courier", "/short", reply, title="A seal")
    assert desk.crawl() == {"refused": 1}
    assert desk.outcomes_of(short) == [("refused", "taken down by us: it is not fetched again")]
    assert desk.crawl() == {}
    assert desk.newsroom.hits(url=short)
    assert not desk.newsroom.hits(url=desk.newsroom.url(SEAL))


@pytest.mark.slow
def test_command_tells_what_would_go_and_asks(desk: Desk) -> None:
    desk.crawl()
    url, words = desk.newsroom.url(SEAL), words_of(desk, SEAL)
    told = desk.warraq("forget", url, "--dry-run").stderr
    assert "1 versions and 1 extractions" in told
    assert "1 captures of feeds" in told
    assert "say --yes" in complaint(desk.warraq("forget", url, "--reason", "x", code=2))
    assert "give a --reason" in complaint(desk.warraq("forget", url, code=2))
    assert "give either" in complaint(desk.warraq("forget", code=2))
    assert "nothing in the archive" in complaint(
        desk.warraq("forget", "http://a.example/", "--reason", "x", "--yes", code=1)
    )
    assert {each for _, each in places_of(desk.directory, *words)} == set(words)
    desk.warraq("forget", url, "--reason", "at their own wish", "--yes")
    assert "was taken down on" in desk.warraq("forget", url, "--reason", "again", "--yes").stderr
    assert "at their own wish" in desk.warraq("history", url).stderr
    assert "nothing of it is left to be proven" in complaint(desk.warraq("prove", url, code=1))
    assert "taken down: at their own wish" in desk.warraq("articles").stdout
    (shown,) = (each for each in json.loads(desk.warraq("articles", "--format", "json").stdout) if each["url"] == url)
    assert (shown["status"], shown["title"], shown["taken_down_reason"]) == ("withheld", "", "at their own wish")


@pytest.mark.slow
def test_several_are_taken_down_at_once_or_none_where_one_is_unknown(desk: Desk) -> None:
    desk.crawl()
    urls = [desk.newsroom.url(slug) for slug in (SEAL, LIBRARY)]
    words = words_of(desk, SEAL) + words_of(desk, LIBRARY)
    unknown = desk.warraq("forget", *urls, "http://a.example/", "--reason", "x", "--yes", code=1)
    assert "nothing in the archive" in complaint(unknown)
    assert len(desk.exported()) == 3
    said = desk.warraq("forget", *urls, urls[0], "--reason", "x", "--yes").stderr.splitlines()
    assert [line.partition(" is withheld")[0] for line in said[:2]] == urls
    assert said.count("rewriting the files of the database") == 1
    assert places_of(desk.directory, *words) == set()
    assert [article["url"] for article in desk.exported()] == [desk.newsroom.url(FERRY)]
