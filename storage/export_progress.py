"""How far an export has come: what was asked for, what it takes, and how much of that is written.

It stands in an SQLite file beside the part, so that a step is there whole or not at all, however the process ends. What
is taken is chosen once, at the start: a continued export takes neither more nor less than one that was never killed.
"""

from __future__ import annotations

import errno
import sqlite3
import time
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select

from storage.errors import ArchiveUnavailableError, WarcError
from storage.statements import former_ids, ledger, takedowns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

T = TypeVar("T")
_SCHEMA = """
BEGIN;
CREATE TABLE asked (words TEXT, archive TEXT, release TEXT, made_at TEXT);
CREATE TABLE state (takedowns INTEGER, merges INTEGER, leaf INTEGER, leaf_hash TEXT);
CREATE TABLE wanted (
    position INTEGER PRIMARY KEY, id INTEGER NOT NULL UNIQUE, note TEXT NOT NULL, left_out INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE reached (done INTEGER, length INTEGER);
CREATE TABLE lines (line TEXT);
"""
_WANTED_A_PAGE = 500
_NOTED_EVERY_SECONDS = 1.0
"""A step is synced: with ten a second an export on a slow disk would wait for nothing else."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an export is asked for.

    ``words`` say the format and the choice as they were typed, ``archive`` names the database, ``release`` is Warraq's;
    ``at`` is the present.
    """

    words: str
    archive: str
    release: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """An article or a capture by its row number, and what was noted of it when it was chosen."""

    id: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What an export begins with: a connection that sees one state of the archive, and how to choose from it."""

    connection: Connection
    asked: Asked
    choose: Callable[[], Iterable[Wanted]]


@dataclass(frozen=True, slots=True)
class _State:
    """What must not change in an archive while an export waits to be continued; ``leaf`` is the ledger's last."""

    takedowns: int
    merges: int
    leaf: int | None
    leaf_hash: str | None

    @classmethod
    def of(cls, connection: Connection) -> _State:
        last = connection.execute(
            select(ledger.c.position, ledger.c.leaf_hash).order_by(ledger.c.position.desc()).limit(1)
        ).first()
        gone, merged = (
            connection.execute(select(func.count()).select_from(each)).scalar_one() for each in (takedowns, former_ids)
        )
        return cls(gone, merged, last.position if last else None, last.leaf_hash if last else None)

    def change(self, connection: Connection) -> str:
        """What became of it since that would make a continued export wrong; empty for nothing."""
        now = _State.of(connection)
        kept = select(ledger.c.leaf_hash).where(ledger.c.position == self.leaf)
        if self.leaf is not None and connection.execute(kept).scalar_one_or_none() != self.leaf_hash:
            return "the database is not the one that it was begun from"
        if now.takedowns != self.takedowns:
            return "an article was taken down since"
        return "" if now.merges == self.merges else "articles were merged since"


class ExportProgress:
    """The progress of one export; ``done`` of its ``total`` articles or captures are written, or were ``left_out``.

    ``kept`` is the length of what an earlier process wrote of the file, ``made_at`` when the export was first begun,
    ``begun_anew`` why that could not be continued (else empty).

    Args:
        file: Where it is kept; made where there is none.
        start: What is asked for now.
        available: The length of the part as it is.

    Raises:
        ArchiveUnavailableError: it is that of another export.
        sqlite3.Error: it cannot be read or written.
    """

    def __init__(self, file: Path, start: Start, available: int) -> None:
        self._file = file
        self.begun_anew = ""
        self._database = sqlite3.connect(file, isolation_level=None)
        try:
            self._load(start, available)
        except BaseException:
            self._database.close()
            raise
        self.total, self.left_out = self._database.execute(
            "SELECT count(*), count(*) FILTER (WHERE left_out) FROM wanted"
        ).fetchone()
        self._noted, self._noted_at = self.done, time.monotonic()
        self._database.execute("BEGIN")

    def _load(self, start: Start, available: int) -> None:
        if not self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'asked'").fetchone():
            self._begin(start)
            return
        words, archive, release, made_at = self._database.execute("SELECT * FROM asked").fetchone()
        self.done, self.kept = self._database.execute("SELECT * FROM reached").fetchone()
        self.made_at = datetime.fromisoformat(made_at)
        if not self.done:
            self._begin_anew(start, "")
        elif (words, archive) != (start.asked.words, start.asked.archive):
            part = self._file.with_suffix("")
            raise ArchiveUnavailableError(
                f"{part} is what an unfinished `{words}` of {archive} left",
                remedy=f"give that command again to finish it, or another name, or remove {part} and {self._file.name}",
            )
        elif reason := self._obstacle(start, release, available):
            self._begin_anew(start, reason)

    def _obstacle(self, start: Start, release: str, available: int) -> str:
        """Why what is there cannot be continued; empty where it can."""
        if release != start.asked.release:
            return "it is of another release of Warraq"
        if self.kept > available:
            return "a part of it is missing"
        return _State(*self._database.execute("SELECT * FROM state").fetchone()).change(start.connection)

    def _begin_anew(self, start: Start, reason: str) -> None:
        self.begun_anew = reason
        self._database.close()
        remove_progress(self._file)
        self._database = sqlite3.connect(self._file, isolation_level=None)
        self._begin(start)

    def _begin(self, start: Start) -> None:
        self.done, self.kept, self.made_at = 0, 0, start.asked.at
        asked, execute = start.asked, self._database.execute
        self._database.executescript(_SCHEMA)
        execute("INSERT INTO asked VALUES (?, ?, ?, ?)", (asked.words, asked.archive, asked.release, str(asked.at)))
        execute("INSERT INTO state VALUES (?, ?, ?, ?)", astuple(_State.of(start.connection)))
        execute("INSERT INTO reached VALUES (0, 0)")
        self._database.executemany(
            "INSERT INTO wanted (id, note) VALUES (?, ?)", ((each.id, each.note) for each in start.choose())
        )
        execute("COMMIT")

    def left(self) -> Iterator[Wanted]:
        """What is still to be written, in the order in which it was chosen."""
        position = self.done
        page = "SELECT position, id, note FROM wanted WHERE position > ? ORDER BY position LIMIT ?"
        while rows := self._database.execute(page, (position, _WANTED_A_PAGE)).fetchall():
            position = rows[-1][0]
            yield from (Wanted(number, note) for _, number, note in rows)

    def stepped(self, items: Iterable[T], sync: Callable[[], int]) -> Iterator[T]:
        """The items, one for each that is left; each must be written when the next one is asked for.

        Args:
            items: What is made of what is left.
            sync: Brings what was written to the disk and gives the length of the file.
        """
        for item in items:
            yield item
            self.done += 1
            if time.monotonic() - self._noted_at >= _NOTED_EVERY_SECONDS:
                self.note(sync())

    def add(self, count: int) -> None:
        """Notes that so many more are done and on the disk, where what is written is no single file."""
        self.done += count
        self.note()

    def note(self, length: int = 0) -> None:
        """Notes that what is done is on the disk, in a file of that length."""
        self._database.execute("UPDATE reached SET done = ?, length = ?", (self.done, length))
        self._database.execute("COMMIT")
        self._database.execute("BEGIN")
        self._noted, self._noted_at = self.done, time.monotonic()

    def leave_out(self, number: int) -> None:
        """Notes that this one could not be written; it counts as done."""
        self._database.execute("UPDATE wanted SET left_out = 1 WHERE id = ?", (number,))
        self.left_out += 1

    def has(self, number: int) -> bool:
        """Whether this one is taken and was not left out."""
        found = "SELECT 1 FROM wanted WHERE id = ? AND NOT left_out"
        return self._database.execute(found, (number,)).fetchone() is not None

    def add_line(self, line: str) -> None:
        """Keeps a line of the index of what is written."""
        self._database.execute("INSERT INTO lines VALUES (?)", (line,))

    def sorted_lines(self) -> Iterator[str]:
        """The lines of the index in the order of their UTF-8 bytes, as players search them; each once."""
        for (line,) in self._database.execute("SELECT DISTINCT line FROM lines ORDER BY line"):
            yield line

    def outlives(self, error: BaseException) -> bool:
        """Whether the export can be continued after this.

        On a full disk it had better go: crawls may write to the same one.
        """
        full = getattr(error, "errno", None) in _FULL or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        return self._noted > 0 and not full and not isinstance(error, WarcError)

    def close(self) -> None:
        """Lets go of the file; what was not noted is forgotten."""
        self._database.close()


def remove_progress(file: Path) -> None:
    """Removes the file of a progress, and the journal of a process that was killed."""
    for each in (file, file.with_name(f"{file.name}-journal")):
        with suppress(FileNotFoundError):
            each.unlink()
