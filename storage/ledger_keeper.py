"""Keeps the ledger while an archive is written: appends what waits, makes tree heads when due, has them stamped.

What an authority or a webhook does not take stays due: it is tried again in each round, by this process or a later one.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from storage.columns import stored_time
from storage.errors import LedgerError
from storage.ledger import append_waiting
from storage.ledger_heads import (
    Stamp,
    append_head,
    append_posted,
    append_stamp,
    made_head,
    public_key_pem,
    read_heads,
    signing_key,
)
from storage.ledger_stamps import post, request_stamp, stamp_time
from storage.ledger_tree import LedgerTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.archive import Archive
    from storage.ledger_heads import Head
    from storage.records import Clock

_log = logging.getLogger(__name__)
_HURRIED_SECONDS = 2.0
"""Of the 10 s in which a daemon is to end."""
_OWED_HEADS = 48
"""How far back heads are stamped and posted late: two days of an authority that is down. A stamp of a later head covers
every leaf of the earlier ones too."""


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """Where heads go and when they are made; ``authority`` and ``webhook`` are URLs, empty for none."""

    heads: Path
    key: Path
    every: timedelta = timedelta(hours=1)
    authority: str = ""
    webhook: str = ""
    timeout_seconds: float = 5.0


def default_places(database: str, warc_dir: Path) -> tuple[Path, Path]:
    """Where heads and key are unless the configuration says so: beside an SQLite file, else beside the WARC directory.

    Args:
        database: The archive's name, as ``Archive.name``.
        warc_dir: The directory of its WARC files.
    """
    beside = warc_dir.absolute().parent / "warraq" if "://" in database else Path(database)
    return beside.with_name(f"{beside.name}.heads.jsonl"), beside.with_name(f"{beside.name}.ledger.key")


class LedgerKeeper:
    """One process's part in keeping the ledger of an archive; its methods are called from one thread at a time."""

    def __init__(self, archive: Archive, plan: LedgerPlan, clock: Clock) -> None:
        self._archive = archive
        self._plan = plan
        self._clock = clock
        self._last: Head | None = None
        self._unstamped: list[Head] = []
        self._unposted: list[Head] = []
        self._seen_bytes = -1

    def round(self, *, is_last: bool = False, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Appends what waits, and makes and sends the heads that are due. What fails is logged, and tried again.

        Args:
            is_last: The process ends with it: a head is made however young the last one is, and what cannot be done
                in some 2 s is left for the next process.
            is_stopping: Whether a last round is wanted instead of the rest of this one.

        Raises:
            ArchiveError: the database or the file of heads cannot be written.
        """
        ends_at = time.monotonic() + _HURRIED_SECONDS
        append_waiting(self._archive, (lambda: time.monotonic() >= ends_at) if is_last else is_stopping)
        if is_last or not is_stopping():
            self.make_head(is_forced=is_last)
            self.send(is_hurried=is_last)

    def make_head(self, *, is_forced: bool = False) -> Head | None:
        """Signs a head over all leaves and keeps it; None where there is no new leaf, or the last head is too young.

        Args:
            is_forced: However young the last one is.

        Raises:
            LedgerError: the log is not the one that the last head saw.
            ArchiveError: the database cannot be read, or key or heads cannot be written.
        """
        self._look()
        now = self._clock()
        last = self._last
        if last is not None and not is_forced and now - last.made_at < self._plan.every:
            return None
        with self._archive.reading() as connection:
            tree = LedgerTree(connection)
            size = tree.size()
            if size == (last.size if last is not None else 0):
                return None
            root = _root(tree, size, last)
        head = made_head(size, root, now, signing_key(self._plan.key))
        append_head(self._plan.heads, head)
        self._note(head)
        return head

    def send(self, *, is_hurried: bool = False) -> None:
        """Has heads stamped that are not, and posts those that are not posted, oldest first.

        Args:
            is_hurried: Sends the youngest head only, and waits 2 s at most: the rest is sent at the next start.

        Raises:
            ArchiveUnavailableError: the file of heads cannot be written.
        """
        self._look()
        seconds = _HURRIED_SECONDS if is_hurried else self._plan.timeout_seconds
        ways = ((self._plan.authority, self._unstamped, self._stamp), (self._plan.webhook, self._unposted, self._post))
        for url, owed, send in ways:
            try:
                while url and owed:
                    head = owed[-1 if is_hurried else 0]
                    send(head, seconds)
                    owed.remove(head)
                    if is_hurried:
                        break
            except LedgerError as error:
                _log.warning("tree head not sent yet: %s", error)

    def _stamp(self, head: Head, timeout_seconds: float) -> None:
        authority = self._plan.authority
        response = request_stamp(authority, head.note.encode(), timeout_seconds)
        append_stamp(self._plan.heads, head, Stamp(response, authority, self._clock()))
        self._saw()
        _log.info("tree head stamped", extra={"leaves": head.size, "stamped_at": stored_time(stamp_time(response))})

    def _post(self, head: Head, timeout_seconds: float) -> None:
        told = {"head": head.note, "leaves": head.size, "root": head.root.hex(), "made_at": stored_time(head.made_at)}
        body = json.dumps({**told, "public_key": public_key_pem(head.public_key)}, ensure_ascii=False)
        post(self._plan.webhook, body.encode(), "application/json", timeout_seconds)
        append_posted(self._plan.heads, head, self._plan.webhook, self._clock())
        self._saw()

    def _look(self) -> None:
        """Reads the heads where another process has written some since."""
        if self._size() == self._seen_bytes:
            return
        log = read_heads(self._plan.heads)
        self._last = log.heads[-1] if log.heads else None
        owed = log.heads[-_OWED_HEADS:]
        self._unstamped = [head for head in owed if head.digest not in log.stamps]
        self._unposted = [head for head in owed if head.digest not in log.posted]
        self._saw()

    def _note(self, head: Head) -> None:
        self._last = head
        self._unstamped.append(head)
        self._unposted.append(head)
        self._saw()
        _log.info("tree head made", extra={"leaves": head.size, "root": head.root.hex()})

    def _saw(self) -> None:
        self._seen_bytes = self._size()

    def _size(self) -> int:
        return self._plan.heads.stat().st_size if self._plan.heads.exists() else 0


def _root(tree: LedgerTree, size: int, last: Head | None) -> bytes:
    """The root over all leaves, once the log has shown that it continues what was signed last."""
    remedy = "see what `warraq verify` finds"
    try:
        continues = last is None or (last.size <= size and tree.root_of(0, last.size) == last.root)
        root = tree.root_of(0, size)
    except LookupError as error:
        raise LedgerError(f"the ledger is not signed: {error}", remedy=remedy) from error
    if not continues:
        raise LedgerError("the ledger is not signed: it is not the one that the last head saw", remedy=remedy)
    return root
