"""What two sequences have in common, in order, in bounded time.

A longest common subsequence where that is affordable; else the parts between anchors (items that occur once in
both, as in Bram Cohen's patience diff), each aligned for itself.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

Pair = tuple[int, int]

# The bit matrix of LCSseq takes one bit a cell: 25 million cells are 3 MB and 15 ms.
_CELLS = 25_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """``size`` items that are the same from ``before`` on in one sequence and from ``after`` on in the other."""

    before: int
    after: int
    size: int


def common_blocks(before: Sequence[Hashable], after: Sequence[Hashable], *, cells: int = _CELLS) -> list[Block]:
    """The blocks that both sequences share, in order, none touching the next on both sides.

    Args:
        before: The older sequence.
        after: The newer sequence.
        cells: Above this product of lengths (1 or more) a part is cut at anchors instead of being solved exactly.
    """
    numbers: dict[Hashable, int] = {}
    # Numbers, not hashes: two items with one hash would be taken for the same.
    left = [numbers.setdefault(item, len(numbers)) for item in before]
    right = [numbers.setdefault(item, len(numbers)) for item in after]
    return _joined(_matches(left, right, 0, 0, cells))


def heaviest_chain(weights: dict[Pair, float]) -> list[Pair]:
    """The pairs, rising in both members, whose weights add up to most.

    A prefix-maximum (Fenwick) tree over the second member: n log n for n pairs.
    """
    columns = sorted({column for _, column in weights})
    best: list[Pair | None] = [None] * (len(columns) + 1)
    total: dict[Pair | None, float] = {None: 0.0}
    previous: dict[Pair, Pair | None] = {}
    # Within a row from right to left, so that no pair builds on another of its own row.
    for pair in sorted(weights, key=lambda p: (p[0], -p[1])):
        rank = bisect_left(columns, pair[1])
        link = max(_prefix(best, rank), key=total.__getitem__, default=None)
        previous[pair] = link
        total[pair] = weights[pair] + total[link]
        _raise(best, rank + 1, pair, total)
    return _unwound(max(total, key=total.__getitem__), previous)


def _prefix(tree: list[Pair | None], count: int) -> Iterator[Pair | None]:
    while count > 0:
        yield tree[count]
        count &= count - 1


def _raise(tree: list[Pair | None], place: int, pair: Pair, total: dict[Pair | None, float]) -> None:
    while place < len(tree):
        if total[pair] > total[tree[place]]:
            tree[place] = pair
        place += place & -place


def _unwound(last: Pair | None, previous: dict[Pair, Pair | None]) -> list[Pair]:
    chain: list[Pair] = []
    while last is not None:
        chain.append(last)
        last = previous[last]
    return chain[::-1]


def _matches(left: list[int], right: list[int], at_left: int, at_right: int, cells: int) -> Iterator[Block]:
    head = _shared_head(left, right)
    tail = _shared_head(left[head:][::-1], right[head:][::-1])
    yield Block(at_left, at_right, head)
    inner_left, inner_right = left[head : len(left) - tail], right[head : len(right) - tail]
    if inner_left and inner_right:
        yield from _inner(inner_left, inner_right, at_left + head, at_right + head, cells)
    yield Block(at_left + len(left) - tail, at_right + len(right) - tail, tail)


def _shared_head(left: list[int], right: list[int]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))


def _inner(left: list[int], right: list[int], at_left: int, at_right: int, cells: int) -> Iterator[Block]:
    if len(left) * len(right) <= cells:
        for block in LCSseq.opcodes(left, right).as_matching_blocks():
            yield Block(at_left + block.a, at_right + block.b, block.size)
        return
    for (a, b), (end_a, end_b) in _parts(left, right):
        yield from _matches(left[a:end_a], right[b:end_b], at_left + a, at_right + b, cells)


def _parts(left: list[int], right: list[int]) -> Iterator[tuple[Pair, Pair]]:
    """Cuts at the anchors; at the middle of both where there is none."""
    cuts = _anchors(left, right) or [(len(left) // 2, len(right) // 2)]
    ends = [*cuts, (len(left), len(right))]
    return zip([(0, 0), *cuts], ends, strict=True)


def _anchors(left: list[int], right: list[int]) -> list[Pair]:
    """Where items that occur once in both stand, in an order that holds on both sides; never (0, 0)."""
    once_left, once_right = _once(left), _once(right)
    shared = [(place, once_right[item]) for item, place in once_left.items() if item in once_right]
    return [pair for pair in _rising(shared) if pair != (0, 0)]


def _once(items: list[int]) -> dict[int, int]:
    counts = Counter(items)
    return {item: place for place, item in enumerate(items) if counts[item] == 1}


def _rising(pairs: list[Pair]) -> list[Pair]:
    """The longest part of ``pairs`` (already rising in the first member) that rises in the second (patience)."""
    tops: list[int] = []
    piles: list[Pair] = []
    previous: dict[Pair, Pair | None] = {}
    for pair in pairs:
        pile = bisect_right(tops, pair[1])
        previous[pair] = piles[pile - 1] if pile else None
        tops[pile : pile + 1] = [pair[1]]
        piles[pile : pile + 1] = [pair]
    return _unwound(piles[-1] if piles else None, previous)


def _joined(blocks: Iterable[Block]) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and (last.before + last.size, last.after + last.size) == (block.before, block.after):
            joined[-1] = Block(last.before, last.after, last.size + block.size)
        elif block.size:
            joined.append(block)
    return joined
