"""The word diff of two texts: which words went, which came, paragraph by paragraph.

Paragraphs are lines, words are what single spaces part; punctuation stays with its word, and words stay in logical
order, so that a right-to-left text comes out in the order it is read. Applying a diff gives back both texts exactly.
Knows nothing of how a diff is shown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, product
from typing import TYPE_CHECKING

from pipeline.alignment import Block, Pair, common_blocks, heaviest_chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Two paragraphs are shown as one that was changed when they share this much of their words (Dice); below it a reader
# sees an old paragraph leave and a new one come.
_RELATED = 0.4
# How many paragraph pairs the search for related ones may look at: all of a 300-paragraph article, the pairs that
# share rare words of a longer one.
_PAIR_BUDGET = 200_000
_CANDIDATES = 4
_SENTENCE_ENDS = tuple(f"{mark}{close}" for mark in ".!?؟…۔。" for close in ("", '"', "”", "»", "'", "’", ")"))


class Change(StrEnum):
    """What became of a run of words."""

    EQUAL = "equal"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words with one fate, in reading order; a word may be empty where a text has two spaces in a row."""

    change: Change
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words, parted by single spaces."""
        return " ".join(self.words)

    @property
    def count(self) -> int:
        """How many words it holds, empty ones aside."""
        return sum(1 for word in self.words if word)


@dataclass(frozen=True, slots=True)
class ParagraphDiff:
    """One paragraph, or a pair of them; a side that has no words at all (not even an empty one) does not exist."""

    runs: tuple[Run, ...]

    @property
    def before(self) -> str | None:
        """The older paragraph; None when it was added."""
        return self._side(Change.REMOVED)

    @property
    def after(self) -> str | None:
        """The newer paragraph; None when it was removed."""
        return self._side(Change.ADDED)

    @property
    def is_equal(self) -> bool:
        """Whether nothing changed in it."""
        return all(run.change is Change.EQUAL for run in self.runs)

    def _side(self, change: Change) -> str | None:
        words = [word for run in self.runs if run.change in {Change.EQUAL, change} for word in run.words]
        return " ".join(words) if words else None


@dataclass(frozen=True, slots=True)
class TextDiff:
    """What happened between two texts, in reading order."""

    paragraphs: tuple[ParagraphDiff, ...]

    @property
    def before(self) -> str:
        """The older text, exactly."""
        return "\n".join(side for paragraph in self.paragraphs if (side := paragraph.before) is not None)

    @property
    def after(self) -> str:
        """The newer text, exactly."""
        return "\n".join(side for paragraph in self.paragraphs if (side := paragraph.after) is not None)

    @property
    def words_removed(self) -> int:
        """How many words went."""
        return self._count(Change.REMOVED)

    @property
    def words_added(self) -> int:
        """How many words came."""
        return self._count(Change.ADDED)

    @property
    def is_equal(self) -> bool:
        """Whether the texts are the same."""
        return all(paragraph.is_equal for paragraph in self.paragraphs)

    def _count(self, change: Change) -> int:
        return sum(run.count for paragraph in self.paragraphs for run in paragraph.runs if run.change is change)


def diff_texts(before: str, after: str) -> TextDiff:
    """The word diff from one text to a later one.

    Equal paragraphs are found first, then related ones between them, then the words inside these. Time is bounded
    (two unrelated texts of 50,000 words each take under a second); a diff is not always the shortest one.
    """
    old, new = before.split("\n"), after.split("\n")
    paragraphs: list[ParagraphDiff] = []
    at_old = at_new = 0
    for block in [*common_blocks(old, new), Block(len(old), len(new), 0)]:
        paragraphs += _between(old[at_old : block.before], new[at_new : block.after])
        paragraphs += (_lone(Change.EQUAL, text) for text in old[block.before : block.before + block.size])
        at_old, at_new = block.before + block.size, block.after + block.size
    return TextDiff(tuple(paragraphs))


def diff_paragraph(before: str, after: str) -> ParagraphDiff:
    """The word diff of two paragraphs or headlines."""
    old, new = before.split(" "), after.split(" ")
    runs = _coalesced(_word_runs(old, new))
    return ParagraphDiff(tuple(_slid(_coalesced(_smoothed(runs)))))


def _lone(change: Change, text: str) -> ParagraphDiff:
    return ParagraphDiff((Run(change, tuple(text.split(" "))),))


def _between(old: list[str], new: list[str]) -> Iterator[ParagraphDiff]:
    """The paragraphs of a gap: related ones as pairs, the others as removed, then added."""
    at_old = at_new = 0
    for here, there in [*_related(old, new), (len(old), len(new))]:
        yield from (_lone(Change.REMOVED, text) for text in old[at_old:here])
        yield from (_lone(Change.ADDED, text) for text in new[at_new:there])
        if here < len(old):
            yield diff_paragraph(old[here], new[there])
        at_old, at_new = here + 1, there + 1


def _related(old: list[str], new: list[str]) -> list[Pair]:
    """Pairs of paragraphs that share enough words, in an order that holds on both sides."""
    if not old or not new:
        return []
    bags_old, bags_new = [Counter(text.split()) for text in old], [Counter(text.split()) for text in new]
    weights = {}
    for here, there in _candidates(bags_old, bags_new):
        share = _dice(bags_old[here], bags_new[there])
        if share >= _RELATED:
            weights[here, there] = share
    return heaviest_chain(weights)


def _dice(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _candidates(old: Sequence[Counter[str]], new: Sequence[Counter[str]]) -> Iterator[Pair]:
    """For each older paragraph the newer ones it shares most words with; rare words are looked at first."""
    in_old, in_new = _places(old), _places(new)
    shared = [(len(places) * len(in_new[word]), word) for word, places in in_old.items() if word in in_new]
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    budget = _PAIR_BUDGET
    for cost, word in sorted(shared):
        budget -= cost
        if budget < 0:
            break
        for here, there in product(in_old[word], in_new[word]):
            votes[here][there] += 1
    for here, counts in votes.items():
        yield from ((here, there) for there, _ in counts.most_common(_CANDIDATES))


def _places(bags: Sequence[Counter[str]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, bag in enumerate(bags):
        for word in bag:
            places[word].append(place)
    return places


def _word_runs(old: list[str], new: list[str]) -> Iterator[Run]:
    at_old = at_new = 0
    for block in [*common_blocks(old, new), Block(len(old), len(new), 0)]:
        yield Run(Change.REMOVED, tuple(old[at_old : block.before]))
        yield Run(Change.ADDED, tuple(new[at_new : block.after]))
        yield Run(Change.EQUAL, tuple(old[block.before : block.before + block.size]))
        at_old, at_new = block.before + block.size, block.after + block.size


def _coalesced(runs: Iterator[Run]) -> list[Run]:
    """The same runs with neighbours of one fate joined: between two equal runs at most one removed, then one added."""
    merged: list[Run] = []
    for is_equal, group in groupby((run for run in runs if run.words), key=lambda run: run.change is Change.EQUAL):
        members = list(group)
        for change in (Change.EQUAL,) if is_equal else (Change.REMOVED, Change.ADDED):
            words = tuple(word for run in members if run.change is change for word in run.words)
            merged += [Run(change, words)] if words else []
    return merged


def _smoothed(runs: list[Run]) -> Iterator[Run]:
    """Gives up chance matches: an equal run shorter than the change before it and the change after it.

    The 'semantic cleanup' of Neil Fraser's diff-match-patch, for words, and stricter by one so that two changed words
    around a kept one stay two changes.
    """
    weights = [len(run.words) for run in runs]
    for index, run in enumerate(runs):
        if run.change is Change.EQUAL and weights[index] < min(_change_before(runs, index), _change_after(runs, index)):
            yield Run(Change.REMOVED, run.words)
            yield Run(Change.ADDED, run.words)
        else:
            yield run


def _change_before(runs: list[Run], index: int) -> int:
    neighbours = [run for run in runs[max(0, index - 2) : index] if run.change is not Change.EQUAL]
    return max((len(run.words) for run in neighbours), default=0)


def _change_after(runs: list[Run], index: int) -> int:
    neighbours = [run for run in runs[index + 1 : index + 3] if run.change is not Change.EQUAL]
    return max((len(run.words) for run in neighbours), default=0)


def _slid(runs: list[Run]) -> list[Run]:
    """Moves a lone change between two equal runs to where sentences begin, when its words allow it."""
    slid = list(runs)
    for index in range(1, len(slid) - 1):
        before, run, after = slid[index - 1 : index + 2]
        if run.change is not Change.EQUAL and before.change is after.change is Change.EQUAL:
            words = before.words + run.words + after.words
            # Only the paragraph's first equal run may vanish: elsewhere two changes would touch.
            lowest = 0 if index == 1 else 1
            place = _sentence_start(words, len(before.words), len(run.words), lowest)
            slid[index - 1 : index + 2] = _cut(words, place, run)
    return [run for run in slid if run.words]


def _cut(words: tuple[str, ...], place: int, run: Run) -> tuple[Run, Run, Run]:
    end = place + len(run.words)
    return (Run(Change.EQUAL, words[:place]), Run(run.change, words[place:end]), Run(Change.EQUAL, words[end:]))


def _sentence_start(words: tuple[str, ...], start: int, size: int, lowest: int) -> int:
    """The place nearest to ``start`` where a change of ``size`` words says the same and begins a sentence."""
    first = last = start
    while first > lowest and words[first - 1] == words[first + size - 1]:
        first -= 1
    while last + size + 1 < len(words) and words[last] == words[last + size]:
        last += 1
    places = (place for place in range(first, last + 1) if place == 0 or words[place - 1].endswith(_SENTENCE_ENDS))
    return min(places, key=lambda place: abs(place - start), default=start)
