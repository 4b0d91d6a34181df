"""Recomputes the ledger: every leaf from its row, every stored subtree, and the roots of tree heads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, union_all

from storage.findings import Finding, What, Withheld
from storage.ledger_records import leaf_entry, records_of, text_digest
from storage.ledger_tree import WIDTH
from storage.merkle import Frontier, leaf_hash
from storage.records import LedgerChange, LedgerKind
from storage.statements import (
    captures,
    erasures,
    extractions,
    former_ids,
    ledger,
    ledger_nodes,
    ledger_waiting,
    takedowns,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from storage.archive import Archive
    from storage.findings import Tally

_ROWS_A_PAGE = 500
_PAGE = select(ledger).where(ledger.c.position >= bindparam("begin")).order_by(ledger.c.position).limit(_ROWS_A_PAGE)
_OF_SUBJECT = (ledger.c.kind == bindparam("of_kind"), ledger.c.subject_id == bindparam("subject"))
_LAST_POSITION = select(func.max(ledger.c.position)).where(*_OF_SUBJECT)
_IS_WAITING = select(ledger_waiting.c.id).where(
    ledger_waiting.c.kind == bindparam("of_kind"), ledger_waiting.c.subject_id == bindparam("subject")
)
_IS_FORMER = select(former_ids.c.public_id).where(former_ids.c.public_id == bindparam("subject"))
_TAKEN_DOWN = {
    LedgerKind.CAPTURE: select(erasures.c.capture_id)
    .join(captures, captures.c.id == erasures.c.capture_id)
    .where(captures.c.record_id == bindparam("subject")),
    LedgerKind.VERSION: select(takedowns.c.article_id)
    .join(former_ids, former_ids.c.article_id == takedowns.c.article_id)
    .where(former_ids.c.public_id == bindparam("subject")),
}
_READINGS = (
    select(extractions.c.text)
    .join(captures, captures.c.id == extractions.c.capture_id)
    .where(captures.c.record_id == bindparam("record"), extractions.c.text.is_not(None))
)
_NODE = select(ledger_nodes.c.hash).where(
    ledger_nodes.c.level == bindparam("of_level"), ledger_nodes.c.number == bindparam("wanted")
)
_LEAFLESS = union_all(
    *(
        select(bindparam(f"kind_{kind}", kind.value).label("kind"), subject.label("subject_id")).where(
            ~exists().where(ledger.c.kind == kind, ledger.c.subject_id == subject),
            ~exists().where(ledger_waiting.c.kind == kind, ledger_waiting.c.subject_id == subject),
            *conditions,
        )
        for kind, subject, conditions in (
            # What came in while its article was being taken down never had a leaf.
            (LedgerKind.CAPTURE, captures.c.record_id, (~exists().where(erasures.c.capture_id == captures.c.id),)),
            (LedgerKind.VERSION, versions.c.public_id, ()),
        )
    )
)
_WAITING = select(func.count()).select_from(ledger_waiting)
_URL_OF_CAPTURE = select(captures.c.url).where(captures.c.record_id == bindparam("subject"))
_URL_OF_VERSION = (
    select(captures.c.url)
    .join(versions, versions.c.first_capture_id == captures.c.id)
    .where(versions.c.public_id == bindparam("subject"))
)


class LedgerCheck:
    """One pass over the log in order; each page of it is read in a transaction of its own.

    Args:
        archive: Open.
        sizes: The numbers of leaves that tree heads vouch for; ``roots`` has the roots found at them afterwards.
        tally: Is told what was looked at.
        advance: Is told how many leaves were done.
    """

    def __init__(
        self, archive: Archive, sizes: Iterable[int], tally: Tally, advance: Callable[[int], None] = lambda _: None
    ) -> None:
        self._archive = archive
        self._sizes = frozenset(sizes)
        self._tally = tally
        self._advance = advance
        # The tree by levels of 256: how many whole subtrees of each there were, and what has come since the last.
        self._levels: list[tuple[int, Frontier]] = [(0, Frontier())]
        self.roots: dict[int, bytes] = {}

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the log's order, then rows that no leaf vouches for."""
        begin = 0
        while True:
            with self._archive.reading() as connection:
                rows = connection.execute(_PAGE, {"begin": begin}).all()
                found = list(self._page(connection, rows, begin))
            yield from found
            if not rows:
                break
            begin = rows[-1].position + 1
            self._tally.leaves += len(rows)
            self._advance(len(rows))
        yield from self._leafless()

    def root(self) -> bytes:
        """The root over all leaves that were seen."""
        whole = Frontier()
        for _, frontier in reversed(self._levels):
            whole.extend(frontier)
        return whole.root

    def _page(self, connection: Connection, rows: Sequence[Any], begin: int) -> Iterator[Finding]:
        records = {
            kind: records_of(connection, kind, [row.subject_id for row in rows if row.kind == kind])
            for kind in LedgerKind
        }
        for row in rows:
            if row.position != begin:
                yield Finding(What.REMOVED, _leaves(begin, row.position), "they are gone from the log")
            begin = row.position + 1
            yield from self._leaf(connection, row, records[LedgerKind(row.kind)].get(row.subject_id))
            yield from self._hash(connection, row)

    def _leaf(self, connection: Connection, row: Any, current: bytes | None) -> Iterator[Finding]:
        subject = f"{row.kind} {row.subject_id}"
        if row.nonce is None:
            yield from self._withheld(connection, row, subject)
        elif row.record is not None:
            self._tally.restated += 1
            yield from self._superseded(connection, row, current)
        elif current is None:
            if LedgerKind(row.kind) is not LedgerKind.TAKEDOWN:
                yield Finding(What.REMOVED, subject, f"its row is gone; leaf {row.position} vouches for it")
        elif not _answers(row, current):
            yield self._changed(connection, row, subject)

    def _withheld(self, connection: Connection, row: Any, subject: str) -> Iterator[Finding]:
        takedown = _TAKEN_DOWN.get(LedgerKind(row.kind))
        is_named = takedown is not None and connection.execute(takedown, {"subject": row.subject_id}).first()
        if row.withheld_at is None or not is_named:
            problem = f"the nonce of {subject} was deleted, and by no takedown"
            yield Finding(What.CHANGED, f"ledger leaf {row.position}", problem)
        else:
            self._tally.withheld.append(Withheld(subject, row.withheld_at))

    def _changed(self, connection: Connection, row: Any, subject: str) -> Finding:
        values = {"of_kind": row.kind, "subject": row.subject_id}
        of_url = _URL_OF_CAPTURE if row.kind == LedgerKind.CAPTURE else _URL_OF_VERSION
        url = connection.execute(of_url, {"subject": row.subject_id}).scalar()
        problem = f"its row is not what was hashed into leaf {row.position}"
        if connection.execute(_LAST_POSITION, values).scalar() != row.position:
            problem += ", and was not when Warraq changed it after"
        return Finding(What.CHANGED, f"{subject} ({url})" if url else subject, problem)

    def _superseded(self, connection: Connection, row: Any, current: bytes | None) -> Iterator[Finding]:
        """A leaf whose record was kept: it must be the one hashed, and something later must stand for the row."""
        subject = f"{row.kind} {row.subject_id}"
        values = {"of_kind": row.kind, "subject": row.subject_id}
        if not _answers(row, row.record.encode()):
            yield Finding(What.CHANGED, f"ledger leaf {row.position}", f"the kept record of {subject} was changed")
            return
        if current is None:
            is_merged = connection.execute(_IS_FORMER, {"subject": row.subject_id}).first() is not None
            if row.change != LedgerChange.MERGED or not is_merged:
                yield Finding(What.REMOVED, subject, f"its row is gone; leaf {row.position} vouches for it")
        elif (
            connection.execute(_LAST_POSITION, values).scalar() == row.position
            and connection.execute(_IS_WAITING, values).first() is None
        ):
            yield Finding(What.CHANGED, subject, f"its row differs from leaf {row.position}, and no leaf came after")
        if row.kind == LedgerKind.VERSION and not _keeps_text(connection, json.loads(row.record), current):
            problem = f"the text that leaf {row.position} vouches for is kept nowhere any more"
            yield Finding(What.REMOVED, subject, problem)

    def _hash(self, connection: Connection, row: Any) -> Iterator[Finding]:
        """Adds the leaf to the tree, compares subtrees that it completes, and notes the root where a head wants it."""
        self._levels[0][1].append(leaf_hash(_unhexed(row.leaf_hash)))
        level = 0
        while self._levels[level][1].size == WIDTH ** (level + 1):
            done, frontier = self._levels[level]
            stored = connection.execute(_NODE, {"of_level": level + 1, "wanted": done}).scalar()
            if stored != frontier.root.hex():
                kind = What.REMOVED if stored is None else What.CHANGED
                yield Finding(kind, f"ledger node {level + 1}/{done}", "it is not the root of its leaves")
            if level + 1 == len(self._levels):
                self._levels.append((0, Frontier()))
            self._levels[level] = (done + 1, Frontier())
            level += 1
            self._levels[level][1].append(frontier.root, WIDTH**level)
        size = row.position + 1
        if size in self._sizes:
            self.roots[size] = self.root()

    def _leafless(self) -> Iterator[Finding]:
        with self._archive.reading() as connection:
            self._tally.waiting = int(connection.execute(_WAITING).scalar_one())
            for row in connection.execution_options(yield_per=_ROWS_A_PAGE).execute(_LEAFLESS):
                yield Finding(What.ADDED, f"{row.kind} {row.subject_id}", "no leaf vouches for its row")


def _answers(row: Any, record: bytes) -> bool:
    return leaf_entry(_unhexed(row.nonce), record).hex() == str(row.leaf_hash)


def _unhexed(text: str) -> bytes:
    """The bytes; none where somebody wrote what is no hex, which then answers to nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _keeps_text(connection: Connection, record: dict[str, Any], current: bytes | None) -> bool:
    """Whether the text of a restated version is still to be had: in its row, or from an extraction of its capture."""
    wanted = record["text_sha256"]
    if record["first_capture"] is None:
        return True  # a row of the first releases, whose readings cannot be told from others'
    if current is not None and json.loads(current)["text_sha256"] == wanted:
        return True
    texts = connection.execute(_READINGS, {"record": record["first_capture"]}).scalars()
    return any(text_digest(text) == wanted for text in texts)


def _leaves(begin: int, end: int) -> str:
    return f"ledger leaf {begin}" if end == begin + 1 else f"ledger leaves {begin} to {end - 1}"
