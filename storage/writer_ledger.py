"""Writing the ledger: what waits for a leaf, the leaves themselves, and the nonces that takedowns delete.

A row and its place in the queue are written in one transaction; a leaf is appended, and its place in the queue given
up, in another. Whoever changes a row that has or awaits a leaf locks its place in the queue first, as the one that
appends does, so that no leaf is made of a row that is just being changed.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, text, update

from storage.columns import UtcTime
from storage.ledger_records import NONCE_BYTES, leaf_entry, records_of
from storage.ledger_tree import WIDTH_BITS, LedgerTree
from storage.records import LedgerKind
from storage.statements import Transaction, captures, insert_into, ledger, ledger_nodes, ledger_waiting, location_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Insert

    from storage.records import LedgerChange, WarcLocation

    ReadDigest = Callable[[WarcLocation], str | None]
    """Gives the digest of the WARC records at a place, or None where they cannot be read."""

_ADVISORY_KEY = 0x7761726C  # "warl": one that appends to the ledger in a PostgreSQL database
_OF_SUBJECT = (ledger.c.kind == bindparam("of_kind"), ledger.c.subject_id == bindparam("subject"))
_PLACE_IN_QUEUE = (
    select(ledger_waiting.c.id)
    .where(ledger_waiting.c.kind == bindparam("of_kind"), ledger_waiting.c.subject_id == bindparam("subject"))
    .with_for_update()
)
_LAST_LEAF = (
    select(ledger.c.position, ledger.c.leaf_hash, ledger.c.nonce, ledger.c.withheld_at)
    .where(*_OF_SUBJECT)
    .order_by(ledger.c.position.desc())
    .limit(1)
)
_KEEP_RECORD = (
    update(ledger)
    .where(ledger.c.position == bindparam("leaf"))
    .values(record=bindparam("kept"), change=bindparam("made"))
)
_DELETE_NONCES = (
    update(ledger)
    .where(*_OF_SUBJECT)
    .values(nonce=None, record=None, withheld_at=bindparam("at", type_=UtcTime()))
    .returning(ledger.c.position)
)
_LEAVE_QUEUE = delete(ledger_waiting).where(
    ledger_waiting.c.kind == bindparam("of_kind"), ledger_waiting.c.subject_id == bindparam("subject")
)
_QUEUE = (
    select(ledger_waiting.c.id, ledger_waiting.c.kind, ledger_waiting.c.subject_id)
    .order_by(ledger_waiting.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_SERVED = delete(ledger_waiting).where(ledger_waiting.c.id == bindparam("served"))
_KEPT_RECORDS = (
    select(ledger.c.subject_id, func.max(ledger.c.position).label("position"))
    .where(ledger.c.kind == bindparam("of_kind"), ledger.c.subject_id.in_(bindparam("wanted", expanding=True)))
    .group_by(ledger.c.subject_id)
    .subquery()
)
_EARLIER_LEAVES = select(ledger.c.subject_id, ledger.c.position, ledger.c.record, ledger.c.withheld_at).join(
    _KEPT_RECORDS, _KEPT_RECORDS.c.position == ledger.c.position
)
_WITHOUT_DIGEST = select(
    captures.c.id, captures.c.warc_file, captures.c.warc_offset, captures.c.warc_length, captures.c.refers_to
).where(
    captures.c.record_id.in_(bindparam("wanted", expanding=True)),
    captures.c.record_digest.is_(None),
)
_SET_DIGEST = update(captures).where(captures.c.id == bindparam("row")).values(record_digest=bindparam("found"))


@cache
def _wait(dialect: str) -> Insert:
    return insert_into(dialect, ledger_waiting).on_conflict_do_nothing(index_elements=["kind", "subject_id"])


class LedgerWrites(Transaction):
    """The part of the writer that keeps the ledger."""

    def await_leaf(self, kind: LedgerKind, subject_id: str) -> None:
        """Queues a row that was just written for its leaf; again changes nothing."""
        self._rows(_wait(self._dialect), kind=kind, subject_id=subject_id)

    def supersede_leaf(self, kind: LedgerKind, subject_id: str, change: LedgerChange) -> None:
        """To be called before Warraq itself changes or deletes a row that a leaf may vouch for.

        The record that was hashed is kept with the leaf, so that it can go on being checked, and the row is queued for
        another leaf; where the row is the same after all, or is no more, none is appended. A row that does not answer
        to its leaf is left to ``verify`` to be told of: its record is not kept.
        """
        queued = self._first(_PLACE_IN_QUEUE, of_kind=kind, subject=subject_id)
        leaf = self._first(_LAST_LEAF, of_kind=kind, subject=subject_id)
        if leaf is None or leaf.withheld_at is not None:
            if queued is None and leaf is None:
                self.await_leaf(kind, subject_id)
            return
        if queued is None:
            record = records_of(self._connection, kind, [subject_id]).get(subject_id)
            if record is not None and leaf_entry(bytes.fromhex(leaf.nonce), record).hex() == leaf.leaf_hash:
                self._rows(_KEEP_RECORD, leaf=leaf.position, kept=record.decode(), made=change)
            self.await_leaf(kind, subject_id)

    def delete_nonces(self, kind: LedgerKind, subject_id: str) -> list[int]:
        """Takes what a takedown withholds out of the ledger: its nonces and kept records; gives the leaves' positions.

        The leaves themselves stay, and so do all tree heads. A row that still waits for its leaf has none to withhold:
        ``storage.ledger.append_waiting`` before the takedown gives it one.
        """
        self._rows(_LEAVE_QUEUE, of_kind=kind, subject=subject_id)
        found = self._rows(_DELETE_NONCES, of_kind=kind, subject=subject_id, at=self._clock())
        return sorted(row.position for row in found)

    def append_leaves(self, most: int, read_digest: ReadDigest) -> int:
        """Appends leaves for what waits longest; how many were taken from the queue.

        In PostgreSQL others that append wait for this transaction.

        Args:
            most: How many to take at most.
            read_digest: Reads the records of captures whose rows were written before step 0013.
        """
        if self._dialect == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:key, hashtext(current_schema()))")
            self._run(lock, {"key": _ADVISORY_KEY})
        queue = self._run(_QUEUE, {"most": most}).all()
        if not queue:
            return 0
        made: dict[tuple[str, str], bytes] = {}
        for kind in LedgerKind:
            subjects = [row.subject_id for row in queue if row.kind == kind]
            if kind is LedgerKind.CAPTURE and subjects:
                self._complete_digests(subjects, read_digest)
            made |= self._due_records(kind, subjects)
        entries = [(row, made[row.kind, row.subject_id]) for row in queue if (row.kind, row.subject_id) in made]
        self._append(entries)
        self._run(_SERVED, [{"served": row.id} for row in queue])
        return len(queue)

    def _complete_digests(self, subjects: Sequence[str], read_digest: ReadDigest) -> None:
        for row in self._run(_WITHOUT_DIGEST, {"wanted": list(subjects)}).all():
            found = read_digest(location_of(row))
            if found is not None:
                self._run(_SET_DIGEST, {"row": row.id, "found": found})

    def _due_records(self, kind: LedgerKind, subjects: Sequence[str]) -> dict[tuple[str, str], bytes]:
        """The records that leaves are to be made of: those that differ from the last leaf's, by kind and subject."""
        records = records_of(self._connection, kind, subjects)
        if not records:
            return {}
        for leaf in self._run(_EARLIER_LEAVES, {"of_kind": kind, "wanted": list(records)}).all():
            is_same = leaf.record is not None and leaf.record.encode() == records[leaf.subject_id]
            if is_same:
                self._rows(_KEEP_RECORD, leaf=leaf.position, kept=None, made=None)
            if is_same or leaf.withheld_at is not None:
                del records[leaf.subject_id]
        return {(kind, subject): record for subject, record in records.items()}

    def _append(self, entries: Sequence[tuple[Any, bytes]]) -> None:
        if not entries:
            return
        tree = LedgerTree(self._connection)
        begin = tree.size()
        self._run(ledger.insert(), [self._leaf(begin + i, row, record) for i, (row, record) in enumerate(entries)])
        self._keep_nodes(tree, begin, begin + len(entries))

    def _leaf(self, position: int, row: Any, record: bytes) -> Mapping[str, Any]:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return {
            "position": position,
            "kind": row.kind,
            "subject_id": row.subject_id,
            "leaf_hash": leaf_entry(nonce, record).hex(),
            "nonce": nonce.hex(),
            "added_at": self._clock(),
        }

    def _keep_nodes(self, tree: LedgerTree, old_size: int, new_size: int) -> None:
        """Writes the roots of the subtrees that these leaves have completed, level by level."""
        level, begin, end = 1, old_size >> WIDTH_BITS, new_size >> WIDTH_BITS
        while begin < end:
            rows = [{"level": level, "number": i, "hash": tree.whole(level, i).hex()} for i in range(begin, end)]
            self._run(ledger_nodes.insert(), rows)
            level, begin, end = level + 1, begin >> WIDTH_BITS, end >> WIDTH_BITS
