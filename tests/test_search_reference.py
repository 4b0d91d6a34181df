"""Searches of random archives give the very list that reading every text would give, in both databases."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from pipeline.indexing import index_missing
from pipeline.search_query import read_query
from storage.records import ArticleStatus, SourceRecord
from storage.records_search import Search
from storage.search import search
from storage.statements import articles, search_entries, versions
from tests.search_words import ANY_QUERY, WORDS, finds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.archive import Archive

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = ("gazette", "La-Presse.2")
LANGUAGES = ("ar", "en", "zh-hant", None)
MINUTES = 6  # few, so that many articles share one


@dataclass(frozen=True)
class Said:
    """A version: what it says, and the minute it was published in; None where the page does not say."""

    title: str
    text: str
    language: str | None
    minute: int | None


@dataclass(frozen=True)
class Story:
    """An article with its versions, the last of them current."""

    source: str
    status: ArticleStatus
    seen: int
    said: list[Said]


def random_archive(seed: int) -> list[Story]:
    """Up to a dozen articles; drawn from a seed, since hypothesis would take longer over them than the searches do."""
    chance = random.Random(seed)  # noqa: S311 - no secrets here

    def words() -> str:
        return " ".join(chance.choices(WORDS, k=chance.randrange(8)))

    def said() -> Said:
        minute = chance.choice((None, *range(MINUTES)))
        return Said(words(), words(), chance.choice(LANGUAGES), minute)

    return [
        Story(
            chance.choice(SOURCES),
            chance.choice((ArticleStatus.LIVE, *ArticleStatus)),
            chance.randrange(MINUTES),
            [said() for _ in range(chance.choice((1, 1, 2, 3)))],
        )
        for _ in range(chance.randrange(13))
    ]


moments = st.one_of(st.none(), st.integers(0, MINUTES).map(lambda minute: START + timedelta(minutes=minute)))
searches = st.builds(
    Search,
    ANY_QUERY.map(read_query),
    source=st.one_of(st.none(), st.sampled_from(SOURCES)),
    language=st.one_of(st.none(), st.sampled_from(LANGUAGES)),
    since=moments,
    until=moments,
    status=st.one_of(st.none(), st.sampled_from(ArticleStatus)),
    limit=st.integers(1, 5),
    all_versions=st.booleans(),
)


def write(connection: Connection, told: list[Story]) -> None:
    """The rows of the articles instead of those that are there; versions are numbered in the order given."""
    connection.execute(update(articles).values(current_version_id=None))
    connection.execute(delete(versions))
    connection.execute(delete(articles))
    version_id = 0
    for article_id, story in enumerate(told, 1):
        seen = START + timedelta(minutes=story.seen)
        row: dict[str, Any] = {"id": article_id, "public_id": f"a{article_id}", "source_key": story.source}
        row |= {"canonical_url": f"http://a.example/{article_id}", "status": story.status.value}
        connection.execute(articles.insert(), row | {"first_seen_at": seen, "last_seen_at": seen})
        for one in story.said:
            version_id += 1
            row = {"id": version_id, "public_id": f"v{version_id}", "article_id": article_id, "title_digest": ""}
            row |= {"text_digest": "", "word_count": 0, "authors": [], "tags": [], "extractor": "x", "release": "1"}
            row |= {"title": one.title, "text": one.text, "language": one.language}
            at = None if one.minute is None else START + timedelta(minutes=one.minute)
            row |= {"published_at": at, "first_captured_at": seen, "last_captured_at": seen}
            connection.execute(versions.insert(), row)
        connection.execute(update(articles).where(articles.c.id == article_id).values(current_version_id=version_id))


def fill(archive: Archive, told: list[Story]) -> None:
    """Makes the archive one of these articles and no others."""
    with archive.writing() as writer:
        for key in SOURCES:
            writer.upsert_source(SourceRecord(key, key, "http://a.example/"))
    with archive.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(delete(search_entries))
        write(connection, told)
    index_missing(archive)


def reference(told: list[Story], wanted: Search) -> list[str]:
    """The ids of the versions that a reader of all of them would name, in that order."""
    hits: list[tuple[int, int, int]] = []
    version_id = 0
    for article_id, story in enumerate(told, 1):
        for number, one in enumerate(story.said, 1):
            version_id += 1
            minute = story.seen if one.minute is None else min(one.minute, story.seen)
            if _is_wanted(story, one, minute, wanted, is_current=number == len(story.said)):
                hits.append((minute, version_id, article_id))
    newest: dict[int, int] = {}
    for _, version_id, article_id in sorted(hits, reverse=True):
        newest.setdefault(article_id, version_id)
    return [f"v{version_id}" for version_id in newest.values()][: wanted.limit]


def _is_wanted(story: Story, one: Said, minute: int, wanted: Search, *, is_current: bool) -> bool:
    at = START + timedelta(minutes=minute)
    return (
        story.status is not ArticleStatus.WITHHELD
        and (is_current or wanted.all_versions)
        and wanted.source in (None, story.source)
        and wanted.language in (None, one.language)
        and wanted.status in (None, story.status)
        and (wanted.since is None or wanted.since <= at)
        and (wanted.until is None or at < wanted.until)
        and finds(wanted.query, one.title, one.text)
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), asked=st.lists(searches, min_size=1, max_size=8))
def test_search_of_any_archive_equals_reading_all_of_it(archive: Archive, seed: int, asked: list[Search]) -> None:
    told = random_archive(seed)
    fill(archive, told)
    for wanted in asked:
        assert [hit.version_id for hit in search(archive, wanted)] == reference(told, wanted)


def test_search_goes_on_past_the_matches_that_are_read_at_once(archive: Archive) -> None:
    """Matches are read five hundred at a time; with a status, every second of them is not wanted."""
    told = [
        Story(
            "gazette", ArticleStatus.GONE if number % 2 else ArticleStatus.LIVE, number, [Said("", "river", "en", None)]
        )
        for number in range(1, 1103)
    ]
    fill(archive, told)
    query = read_query("river")
    for wanted in (Search(query, limit=1000), Search(query, limit=540, status=ArticleStatus.GONE)):
        assert [hit.version_id for hit in search(archive, wanted)] == reference(told, wanted)
    ranked = [hit.version_id for hit in search(archive, Search(query, limit=1100, rank_newest=1001))]
    assert sorted(ranked) == sorted(reference(told, Search(query, limit=1001)))
