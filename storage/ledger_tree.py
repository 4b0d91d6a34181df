"""The ledger's tree as the database holds it: leaves, and the roots of whole subtrees of 256, 65,536, ... of them.

With those a tree head or a proof reads a few hundred hashes, however long the log is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from storage.merkle import Frontier, leaf_hash
from storage.statements import ledger, ledger_nodes

if TYPE_CHECKING:
    from sqlalchemy import Connection

WIDTH_BITS = 8
WIDTH = 1 << WIDTH_BITS
"""How many hashes one stored root covers on the level below."""
_SIZE = select(func.coalesce(func.max(ledger.c.position) + 1, 0))
_LEAVES = (
    select(ledger.c.leaf_hash)
    .where(ledger.c.position >= bindparam("begin"), ledger.c.position < bindparam("end"))
    .order_by(ledger.c.position)
)
_NODES = (
    select(ledger_nodes.c.hash)
    .where(
        ledger_nodes.c.level == bindparam("of_level"),
        ledger_nodes.c.number >= bindparam("begin"),
        ledger_nodes.c.number < bindparam("end"),
    )
    .order_by(ledger_nodes.c.number)
)


class LedgerTree:
    """The tree over the leaves that this connection sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def size(self) -> int:
        """The number of leaves."""
        return int(self._connection.execute(_SIZE).scalar_one())

    def root_of(self, begin: int, end: int) -> bytes:
        """MTH(D[begin:end]); ``begin`` is a multiple of a power of two that is no less than the number of leaves.

        Raises:
            LookupError: a leaf or a stored root is missing.
        """
        return self._frontier(begin, end).root

    def whole(self, level: int, number: int) -> bytes:
        """The root of a complete subtree, from the hashes of the level below."""
        begin = number * WIDTH
        frontier = Frontier()
        for item in self._hashes(level - 1, begin, begin + WIDTH):
            frontier.append(item)
        return frontier.root

    def _frontier(self, begin: int, end: int) -> Frontier:
        frontier = Frontier()
        while begin < end:
            level = ((end - begin).bit_length() - 1) // WIDTH_BITS
            leaves = 1 << level * WIDTH_BITS
            stop = begin + (end - begin) // leaves * leaves
            for item in self._hashes(level, begin // leaves, stop // leaves):
                frontier.append(item, leaves)
            begin = stop
        return frontier

    def _hashes(self, level: int, begin: int, end: int) -> list[bytes]:
        if level == 0:
            rows = self._connection.execute(_LEAVES, {"begin": begin, "end": end}).scalars()
            found = [leaf_hash(bytes.fromhex(row)) for row in rows]
        else:
            values = {"of_level": level, "begin": begin, "end": end}
            found = [bytes.fromhex(row) for row in self._connection.execute(_NODES, values).scalars()]
        if len(found) != end - begin:
            raise LookupError(f"the ledger lacks {end - begin - len(found)} of its hashes from {begin} to {end}")
        return found
