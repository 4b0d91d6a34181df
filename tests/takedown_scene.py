"""An archive with an article that is to be taken down, and a search of every byte it is made of."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastwarc.warc import ArchiveIterator
from sqlalchemy import text

from pipeline.copies import CopyFinder
from pipeline.takedown import Asked, Progress, finish, take_down
from storage import warc_zstd
from storage.findings import Tally
from storage.ledger import append_waiting
from storage.records import FeedKind, Listing, Role, Validators, WarcLocation
from storage.records_stored import FeedState
from storage.takedown_queries import TakedownQueries
from storage.verify import Against, verify
from tests.storage_fixtures import SOURCE, START, a_capture, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from storage.archive import Archive
    from storage.findings import Finding
    from storage.records import Capture
    from tests.storage_fixtures import Desk

URL = "http://gazette.example/secret"
OTHER = "http://gazette.example/other"
COPY = "http://gazette.example/copy"
FEED = "http://gazette.example/feed"
HEADLINE = "شهادة الطبيب يوسف القنواتي عن ليلة المستشفى"
FIRST = "قال الطبيب يوسف القنواتي إن الجرحى نقلوا ليلا عبر معبر زمرايا الجبلي"
SECOND = "وأضاف أن سبعة وثلاثين مريضا بقوا في قبو المشفى الوطني حتى الفجر"
EDITED = "ثم صحح الطبيب أقواله وذكر أن عددهم كان ثمانية وعشرين مريضا فقط"
NEEDLES = (HEADLINE, FIRST, SECOND, EDITED, "القنواتي", "زمرايا", "شهاده", "المستشفي")
"""What must not be found any more: headline, sentences, words that nothing else holds; the last two as folded for the
search.
"""
OTHER_TEXT = "The council met on Monday and spoke of the bridge at length.\nNobody voted against the plan that day."
ASKED = Asked("court order 12/2026", "editor@desk")
_PATIENCE = 4


@dataclass(frozen=True, slots=True)
class Scene:
    """The archive, and when the last thing happened in it."""

    desk: Desk
    at: datetime


def fill(desk: Desk) -> Scene:
    """Archives an article with two versions, another one, a feed that lists both, and a revisit in each direction."""
    at = START
    desk.see(OTHER, OTHER_TEXT, at, title="The council speaks of a bridge")
    desk.see(URL, f"{FIRST}\n{SECOND}", at + timedelta(minutes=5), title=HEADLINE)
    keep_feed(desk, at + timedelta(minutes=6))
    desk.see(URL, f"{FIRST}\n{SECOND}", at + timedelta(minutes=30), title=HEADLINE)  # the same bytes: a revisit
    desk.see(URL, f"{FIRST}\n{EDITED}", at + timedelta(hours=2), title=HEADLINE)
    with desk.archive.writing() as writer:
        for found in rows(desk.archive, "SELECT id FROM articles ORDER BY id"):
            CopyFinder().note(writer, found.id, at)
    return Scene(desk, at + timedelta(hours=2))


def keep_feed(desk: Desk, at: datetime) -> None:
    """Archives a feed that lists both articles, with the headline as RSS has it."""
    listed = {URL: HEADLINE, OTHER: "Bridge"}
    items = "".join(f"<item><title>{title}</title><link>{url}</link></item>" for url, title in listed.items())
    capture = a_capture(
        f"<rss>{items}</rss>", role=Role.FEED, url=FEED, requested_url=FEED, captured_at=at, visit_id=None
    )
    location = desk.keep(capture)
    with desk.archive.writing() as writer:
        writer.add_capture(capture, location)
        state = FeedState(FEED, FeedKind.RSS, Validators(), at, not_modified=False, problem=None)
        feed = writer.save_feed(SOURCE.key, state)
        writer.add_discoveries(SOURCE.key, feed, [_listing(url, title) for url, title in listed.items()], at)
    desk.warc.confirm([location])


def keep(desk: Desk, capture: Capture, article: int | None, *, url: str | None = None) -> None:
    """Archives a capture from which nothing is concluded but whose it is."""
    kept = replace(capture, url=url or capture.url, requested_url=url or capture.url)
    location = desk.keep(kept)
    with desk.archive.writing() as writer:
        writer.add_capture(kept, location, article_id=article)
    desk.warc.confirm([location])


def article_id(archive: Archive, url: str = URL) -> int:
    """The article's row."""
    (found,) = rows(archive, "SELECT article_id FROM article_urls WHERE url = :url", url=url)
    return int(found.article_id)


def forget(archive: Archive, url: str = URL) -> Progress:
    """Takes the article down as the command does, where nobody else writes."""
    take_down(archive, article_id(archive, url), ASKED)
    return finish_at_once(archive)


def finish_at_once(archive: Archive) -> Progress:
    """Finishes where nobody else writes; a PostgreSQL server may be at work for others, who are waited for."""
    done = finish(archive, settling=timedelta(0))
    for _ in range(_PATIENCE):
        if not any("keeps the server from" in each for each in done.left):
            break
        done = replace(done, left=finish(archive, settling=timedelta(0)).left)
    return done


def remaining(archive: Archive) -> list[Capture]:
    """Every capture that was not taken down, read through its row."""
    query = (
        "SELECT warc_file, warc_offset, warc_length, refers_to FROM captures "
        "WHERE id NOT IN (SELECT capture_id FROM erasures) ORDER BY id"
    )
    return [archive.read_capture(WarcLocation(*row)) for row in rows(archive, query)]


def findings(archive: Archive) -> list[Finding]:
    """What `verify` finds amiss, in the ledger and in the WARC files."""
    append_waiting(archive)
    return list(verify(archive, Against(), Tally()))


def places_of(archive: Archive, directory: Path, *words: str) -> set[tuple[str, str]]:
    """Where the words stand: in files as they are, in every record unpacked, in the database's own files."""
    places = [*_files(directory), *_records(archive.warc_dir), *_database(archive)]
    sought = {word: word.encode() for word in words or NEEDLES}
    return {(place, word) for place, held in places for word, wanted in sought.items() if wanted in held}


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in directory.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()


def _records(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(directory.glob("*.warc*")):
        if path.name.endswith(warc_zstd.SUFFIX):
            yield f"dictionary of {path.name}", warc_zstd._dictionary(path, path.stat().st_size) or b""
        else:
            yield f"all of {path.name}", gzip.decompress(path.read_bytes())
        for record in ArchiveIterator(str(path), parse_http=False):
            yield (
                f"{path.name} at {record.stream_pos}",
                bytes(str(dict(record.headers)), "utf-8") + record.reader.read(),
            )


def _database(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """PostgreSQL's files, as its server reads them; those of SQLite are in the directory."""
    if archive.engine.dialect.name != "postgresql":
        return
    named = text(
        "SELECT c.relname AS name, pg_relation_filepath(c.oid) AS path FROM pg_class AS c "
        "WHERE c.relkind IN ('r', 'i', 't') AND (c.relnamespace = CAST(current_schema() AS regnamespace) "
        "OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace)) "
        "OR c.relname = 'pg_statistic')"
    )
    with archive.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        for row in connection.execute(named).all():
            held: Any = connection.execute(text("SELECT pg_read_binary_file(:path)"), {"path": row.path}).scalar()
            yield f"{row.name} in PostgreSQL", bytes(held or b"")


def takedown_of(archive: Archive) -> Any:
    """What the archive says of the takedown."""
    return TakedownQueries(archive).takedown(article_id(archive))


def _listing(url: str, title: str) -> Listing:
    return Listing(url, title, categories=(f"About {title}",))
