"""The Merkle tree of RFC 6962, section 2.1: hashes, roots, inclusion proofs and consistency proofs.

Proofs are checked by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which RFC 6962 leaves open. Pure: what
it does not hold itself it asks a ``RootOf`` for. Our own, since pymerkle, the one library for Python that is kept, is
under the GPL and brings its own storage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

RootOf = Callable[[int, int], bytes]
"""Gives MTH(D[begin:end]), the root over the leaves from ``begin`` up to but without ``end``."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf that holds ``entry``."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees that leaves put one after another make: all that is needed to add to them.

    Holds one hash for each bit set in the number of leaves. The first leaf's place in the tree must be a multiple of
    a power of two that is no less than the number of leaves.
    """

    def __init__(self) -> None:
        self._roots: list[tuple[int, bytes]] = []

    def append(self, root: bytes, leaves: int = 1) -> None:
        """Adds a complete subtree; its ``leaves`` are a power of two, and divide the number of those before it."""
        while self._roots and self._roots[-1][0] == leaves:
            root = node_hash(self._roots.pop()[1], root)
            leaves *= 2
        self._roots.append((leaves, root))

    def extend(self, other: Frontier) -> None:
        """Adds what another has gathered, which begins where this one ends."""
        for leaves, root in other._roots:
            self.append(root, leaves)

    def copy(self) -> Frontier:
        """Another one over the same leaves."""
        other = Frontier()
        other._roots = self._roots.copy()
        return other

    @property
    def size(self) -> int:
        """The number of leaves."""
        return sum(leaves for leaves, _ in self._roots)

    @property
    def root(self) -> bytes:
        """The root over all of them."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1][1]
        for _, left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root


def inclusion_proof(index: int, size: int, root_of: RootOf) -> list[bytes]:
    """PATH(index, D[size]): what shows that the leaf at ``index`` is in the tree over the first ``size`` leaves.

    Raises:
        ValueError: there is no such leaf in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    return _path(index, 0, size, root_of)


def _path(index: int, begin: int, end: int, root_of: RootOf) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle, root_of), root_of(middle, end)]
    return [*_path(index, middle, end, root_of), root_of(begin, middle)]


def consistency_proof(old: int, new: int, root_of: RootOf) -> list[bytes]:
    """PROOF(old, D[new]): what shows that the first ``old`` leaves are the same in both trees.

    Raises:
        ValueError: the old tree is empty or larger than the new one.
    """
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} leaves does not come before one of {new}")
    return _subproof(old, 0, new, root_of, is_known=True)


def _subproof(old: int, begin: int, end: int, root_of: RootOf, *, is_known: bool) -> list[bytes]:
    if old == end:
        return [] if is_known else [root_of(begin, end)]
    middle = begin + _split(end - begin)
    if old <= middle:
        return [*_subproof(old, begin, middle, root_of, is_known=is_known), root_of(middle, end)]
    return [*_subproof(old, middle, end, root_of, is_known=False), root_of(begin, middle)]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows the leaf with that hash at ``index`` of the tree of ``size`` leaves with that root."""
    if not 0 <= index < size:
        return False
    place, last, hashed = index, size - 1, leaf
    for item in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node_hash(item, hashed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, item)
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree ``new`` begins with the leaves of ``old``; each is a size and a root."""
    (old_size, old_root), (new_size, new_root) = old, new
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    of_old = of_new = path[0]
    for item in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            of_old, of_new = node_hash(item, of_old), node_hash(item, of_new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            of_new = node_hash(of_new, item)
        place, last = place >> 1, last >> 1
    return last == 0 and of_old == old_root and of_new == new_root


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
