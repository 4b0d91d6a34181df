"""The tree of RFC 6962: roots and proofs against its definitions, spelled out again here."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.merkle import RootOf

# The leaves of the reference test of the Certificate Transparency project's Merkle tree
# (certificate-transparency/cpp/merkletree/merkle_tree_test.cc), whose roots those of other implementations agree with.
REFERENCE = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
REFERENCE.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
REFERENCE_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) as section 2.1 writes it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def root_of(leaves: Sequence[bytes]) -> RootOf:
    return lambda begin, end: mth(leaves[begin:end])


def made_leaves(count: int) -> list[bytes]:
    return [str(i).encode() for i in range(count)]


def test_roots_of_the_reference_leaves() -> None:
    assert {n: mth(REFERENCE[:n]).hex() for n in range(1, 9)} == REFERENCE_ROOTS
    frontier = Frontier()
    for n, leaf in enumerate(REFERENCE, 1):
        frontier.append(leaf_hash(leaf))
        assert (frontier.size, frontier.root.hex()) == (n, REFERENCE_ROOTS[n])


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Frontier().root == EMPTY_ROOT == mth([])


@settings(max_examples=40)
@given(st.integers(0, 70), st.integers(0, 6))
def test_frontier_of_whole_subtrees_has_the_same_root(count: int, bits: int) -> None:
    leaves = made_leaves(count)
    width = 1 << bits
    frontier = Frontier()
    whole = count // width * width
    for begin in range(0, whole, width):
        frontier.append(mth(leaves[begin : begin + width]), width)
    rest = Frontier()
    for leaf in leaves[whole:]:
        rest.append(leaf_hash(leaf))
    before = frontier.copy()
    frontier.extend(rest)
    assert (frontier.size, frontier.root) == (count, mth(leaves))
    assert before.size == whole


@settings(max_examples=40)
@given(st.data())
def test_every_inclusion_proof_holds_and_for_no_other_leaf_place_or_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = made_leaves(size)
    proof = inclusion_proof(index, size, root_of(leaves))
    leaf, root = leaf_hash(leaves[index]), mth(leaves)
    assert is_included(leaf, index, size, proof, root)
    assert not is_included(leaf_hash(b"other"), index, size, proof, root)
    assert not is_included(leaf, index, size, proof, leaf_hash(b"other"))
    other = data.draw(st.integers(-1, size))
    assert other == index or not is_included(leaf, other, size, proof, root)
    assert not is_included(leaf, index, size, [*proof, root], root)
    for cut in range(len(proof)):
        assert not is_included(leaf, index, size, proof[:cut], root)
        wrong = [*proof[:cut], leaf_hash(b"wrong"), *proof[cut + 1 :]]
        assert not is_included(leaf, index, size, wrong, root)


@settings(max_examples=40)
@given(st.data())
def test_every_consistency_proof_holds_and_for_no_other_tree(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, new))
    leaves = made_leaves(new)
    proof = consistency_proof(old, new, root_of(leaves))
    first, second = (old, mth(leaves[:old])), (new, mth(leaves))
    assert is_consistent(first, second, proof)
    wrong = leaf_hash(b"wrong")
    assert not is_consistent((old, wrong), second, proof)
    assert not is_consistent(first, (new, wrong), proof)
    assert not is_consistent(first, second, [*proof, wrong])
    for cut in range(len(proof)):
        assert not is_consistent(first, second, [*proof[:cut], wrong, *proof[cut + 1 :]])
        assert not is_consistent(first, second, proof[:cut])


@settings(max_examples=40)
@given(st.integers(2, 60), st.data())
def test_no_proof_that_we_can_make_reconciles_a_changed_leaf(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    leaves = made_leaves(new)
    other = [*leaves[:changed], b"changed", *leaves[changed + 1 :]]
    kept = (old, mth(leaves[:old]))
    for tree in (leaves, other):
        assert not is_consistent(kept, (new, mth(other)), consistency_proof(old, new, root_of(tree)))


def test_proof_for_a_leaf_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="not among"):
        inclusion_proof(3, 3, root_of(made_leaves(3)))
    with pytest.raises(ValueError, match="does not come before"):
        consistency_proof(4, 3, root_of(made_leaves(3)))


def test_leaf_and_node_are_told_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert node_hash(left, right) != leaf_hash(left + right)
