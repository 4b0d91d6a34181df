"""Articles with a past are taken down, after real crawls: nothing of them is left anywhere, and none comes back."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crawler.config import RenderSettings
from crawler.rendering.chromium import check_can_render
from storage.archive import Archive
from storage.errors import ConfigError
from storage.queries import Queries
from storage.records import ArticleStatus
from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.publisher.articles import Block, BlockKind
from tests.storage_fixtures import START, rows
from tests.takedown_scene import places_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SEAL, FERRY, MOVED, CARRIED = "seal-pup-rescue", "ferry-strike-averted", "seal-pup-is-back", "carried-by-others"
REASON = "court order 12/2026"
ROUNDS = 6
REWRITTEN = tuple(
    Block(BlockKind.PARAGRAPH, f"{start} was told by Mr Tamsin Oakhollow to the harbour office, {end}.")
    for start, end in (
        ("What the keepers had done that night", "who wrote it down and asked him to come again on Thursday"),
        ("The story of the third basket", "where two clerks found it hard to believe and said so"),
        ("A rather different tale", "after the doors had been shut and the lamps were out"),
    )
)


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.keep_only(SEAL, FERRY)
        desk = Desk(newsroom, tmp_path)
        follow(desk, database)
        yield desk


def follow(desk: Desk, database: str, **source: str) -> None:
    """Writes warraq.toml for both sites, the Courier last and with these lines more."""
    store = {"database": json.dumps(database), "warc_store": json.dumps(f"file://{desk.directory}/store")}
    desk.configure("marsad", "courier", archive=store, render={"sandbox": "false", "browsers": "1"})
    with (desk.directory / "warraq.toml").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = {value}\n" for name, value in source.items())


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be forgotten: what it ever said, and every name that it ever had."""

    words: tuple[str, ...]
    urls: tuple[str, ...]
    ids: tuple[str, ...]


def words_of(desk: Desk, slug: str) -> tuple[str, ...]:
    """The headline and the longer lines of an article as they are published, none of which another one holds."""
    article = desk.newsroom.article(slug)
    return (article.title, *(block.text for block in article.blocks if len(block.text) > 40))


def ids_of(desk: Desk, url: str) -> tuple[str, ...]:
    (found,) = desk.at(url)
    return (found["id"], *(version["id"] for version in found["versions"]))


def plain(desk: Desk, _database: str) -> Subject:
    """An article with an edit; its WARC files are in a store."""
    before = words_of(desk, SEAL)
    desk.crawl()
    desk.newsroom.set_title(SEAL, "A seal comes home to the harbour after all")
    desk.recheck()
    assert list((desk.directory / "store").rglob("*.warc.gz"))
    return subject(desk, SEAL, before, (desk.newsroom.url(SEAL),))


def moved(desk: Desk, _database: str) -> Subject:
    """An article whose address has changed since."""
    words, old = words_of(desk, SEAL), desk.newsroom.url(SEAL)
    desk.crawl()
    desk.newsroom.redirect(SEAL, MOVED)
    desk.crawl()
    desk.recheck()
    return subject(desk, MOVED, words, (old, desk.newsroom.url(MOVED)))


def merged(desk: Desk, database: str) -> Subject:
    """One that was rewritten under its headline while it moved: two, until the old address led to the new one."""
    words, old = words_of(desk, SEAL), desk.newsroom.url(SEAL)
    desk.crawl()
    ids = ids_of(desk, old)
    site = desk.newsroom.site("courier")
    desk.newsroom.set_blocks(SEAL, REWRITTEN)
    desk.newsroom.redirect(SEAL, MOVED)
    leads = dict(site.redirects)
    site.redirects.clear()  # the old address is not asked yet
    desk.crawl()
    ids += ids_of(desk, desk.newsroom.url(MOVED))
    site.redirects |= leads
    desk.recheck()
    with closing(Archive.open(database, desk.directory / "warc", clock=lambda: START)) as archive:
        assert rows(archive, "SELECT count(*) FROM former_ids") == [(1,)]
    return subject(desk, MOVED, words, (old, desk.newsroom.url(MOVED)), ids)


def pictured(desk: Desk, database: str) -> Subject:
    """One whose pictures and style sheets were kept."""
    follow(desk, database, assets='"all"')
    desk.crawl()
    with closing(Archive.open(database, desk.directory / "warc", clock=lambda: START)) as archive:
        assert rows(archive, "SELECT count(*) FROM capture_assets")[0][0] > 0
    return subject(desk, SEAL, words_of(desk, SEAL), (desk.newsroom.url(SEAL),))


def rendered(desk: Desk, database: str) -> Subject:
    """One whose page was put through Chromium."""
    follow(desk, database, render="true")
    desk.crawl()
    with closing(Archive.open(database, desk.directory / "warc", clock=lambda: START)) as archive:
        assert rows(archive, "SELECT count(*) FROM captures WHERE role = 'rendered'")[0][0] > 0
    return subject(desk, SEAL, words_of(desk, SEAL), (desk.newsroom.url(SEAL),))


def backfilled(desk: Desk, _database: str) -> Subject:
    """One that no feed lists any more: an archive page of its site does."""
    desk.newsroom.site("courier").ways = frozenset({"archives", "sitemap"})
    desk.newsroom.unlist(SEAL)
    published = desk.newsroom.article(SEAL).published_at
    since = f"{published.astimezone(UTC) - timedelta(days=40):%Y-%m-%d}"
    desk.warraq("crawl", "courier", "--backfill", "--since", since)
    desk.crawl()
    return subject(desk, SEAL, words_of(desk, SEAL), (desk.newsroom.url(SEAL),))


def subject(desk: Desk, slug: str, words: tuple[str, ...], urls: tuple[str, ...], ids: tuple[str, ...] = ()) -> Subject:
    every = {*words, *words_of(desk, slug)}
    return Subject(tuple(every), urls, tuple({*ids, *ids_of(desk, urls[-1])}))


def forget(desk: Desk, name: str) -> None:
    """Takes it down, and goes on as the command asks where a PostgreSQL server is at work for others."""
    words = ["forget", name, "--reason", REASON, "--yes"]
    for _ in range(ROUNDS):
        with desk.program.start(*words) as running:
            _, said = running.communicate(timeout=200)
        if running.returncode == 0:
            return
        assert "warraq forget --finish" in said, said
        words = ["forget", "--finish"]
    raise AssertionError(said)


SCENES: tuple[Callable[[Desk, str], Subject], ...] = (plain, moved, merged, pictured, rendered, backfilled)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: str(scene.__name__))
def test_nothing_is_left_and_no_name_of_it_leads_to_it_again(
    desk: Desk, database: str, scene: Callable[[Desk, str], Subject]
) -> None:
    if scene is rendered:
        try:
            check_can_render(RenderSettings())
        except ConfigError as error:
            pytest.skip(str(error))
    told = scene(desk, database)
    with closing(Archive.open(database, desk.directory / "warc", clock=lambda: START)) as archive:
        held = {word for _, word in places_of(archive, desk.directory, *told.words)}
        assert held == set(told.words)
        others = [article for article in desk.exported() if not {*article["urls"]} & {*told.urls}]
        forget(desk, told.urls[0])
        assert places_of(archive, desk.directory, *told.words) == set()
        desk.warraq("verify")  # which fails where it finds anything amiss
        assert desk.exported() == others
        for name in (*told.urls, *told.ids):
            assert REASON in desk.warraq("history", name).stderr
        desk.newsroom.forget_hits()
        for url in told.urls:
            assert desk.crawl(url, code=1) == {"refused": 1}
        desk.crawl()
        desk.recheck()
        assert not any(desk.newsroom.hits(url=url) for url in told.urls)
        assert places_of(archive, desk.directory, *told.words) == set()


def test_copy_in_another_source_stays_and_is_named_before(desk: Desk, database: str) -> None:
    story = desk.newsroom.article(SEAL)
    copy = replace(story, slug=CARRIED, number=story.number + 900, language="en", title="Seal pup, says the Courier")
    desk.newsroom.publish("marsad", replace(copy, published_at=datetime.now(UTC) - timedelta(hours=1)))
    desk.crawl()
    url, carried = desk.newsroom.url(SEAL), desk.newsroom.url(CARRIED)
    assert carried in desk.warraq("copies", url).stdout
    before = desk.article(CARRIED)
    forget(desk, url)
    with closing(Archive.open(database, desk.directory / "warc", clock=lambda: START)) as archive:
        assert places_of(archive, desk.directory, story.title) == set()
        assert desk.article(CARRIED)["text"] == before["text"]
        assert Queries(archive).find(url).status is ArticleStatus.WITHHELD
    assert carried not in desk.warraq("copies").stdout
    desk.warraq("verify")
    forget(desk, carried)
    with closing(Archive.open(database, desk.directory / "warc", clock=lambda: START)) as archive:
        assert places_of(archive, desk.directory, *words_of(desk, SEAL)) == set()
