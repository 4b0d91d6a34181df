"""What of an article shows why a search found it: a stretch of the publisher's own text, with the places of the words.

Words are found in the folded text and shown as the publisher wrote them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from pipeline.fold import fold_with_offsets
from pipeline.terms import levelled_pieces, placed_words, shortened, variants_of
from storage.records_search import Phrase, Term, Without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.records_search import Query

_WORDS = 36
_WORDS_BEFORE = 8
_FURTHEST_EDGE = 24  # letters to the end of a word: scripts without spaces have none
_PIECE = re.compile(r"\S+")
Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text, and where in it stands what was sought: beginning and end of each place, in order."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    """Words ``first`` to ``last`` of a text, which the part of the query with that number finds."""

    first: int
    last: int
    part: int


class Marker:
    """Marks what one query finds in any number of texts.

    Args:
        query: The query; what it does not want is not marked.
    """

    def __init__(self, query: Query) -> None:
        self._parts = [(part, _core(part)) for part in _wanted_parts(query)]

    def marked(self, text: str) -> Marked:
        """The whole text, on one line, with every place that the query finds."""
        words = _Words(text)
        return Marked(_on_one_line(text), _joined([words.place(hit) for hit in self._hits(words.words)]))

    def snippet(self, text: str) -> Marked:
        """Some thirty words of the text around the places that hold most of what was sought, else its beginning."""
        words = _Words(text)
        hits = sorted(self._hits(words.words), key=lambda hit: hit.first)
        start, end, places = 0, len(text), []
        if words.words:
            first, last = words.stretch(_best_start(hits))
            start, end = words.edges(first, last)
            # The edges may let in some letters more, each of which may be a word.
            near = (hit for hit in hits if first - _FURTHEST_EDGE <= hit.first and hit.last <= last + _FURTHEST_EDGE)
            places = [(at, to) for at, to in map(words.place, near) if start <= at and to <= end]
        before, after = "… " if start > 0 else "", " …" if end < len(text.rstrip()) else ""
        shift = len(before) - start
        marks = tuple((at + shift, to + shift) for at, to in _joined(places))
        return Marked(before + _on_one_line(text[start:end]) + after, marks)

    def _hits(self, words: Sequence[str]) -> Iterator[_Hit]:
        for number, (part, core) in enumerate(self._parts):
            # Most words are ruled out by what is quickest asked.
            for at in [at for at, word in enumerate(words) if core in word]:
                if length := _length_found(part, words, at):
                    yield _Hit(at, at + length - 1, number)


def marked(query: Query, text: str) -> Marked:
    """What ``Marker`` says of one text."""
    return Marker(query).marked(text)


def snippet(query: Query, text: str) -> Marked:
    """What ``Marker`` shows of one text."""
    return Marker(query).snippet(text)


class _Words:
    """A text's terms, in order; where one stands in the text is found out only for those that are shown."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = levelled_pieces(text)
        self.words = shortened(self._lines.split())

    def place(self, hit: _Hit) -> Mark:
        """Where the hit stands in the text."""
        return self._placed(hit.first)[0], self._placed(hit.last)[1]

    def stretch(self, first: int) -> tuple[int, int]:
        """The first and the last of some words from about that one on; there must be words."""
        at = max(0, first - _WORDS_BEFORE)
        return at, min(len(self.words), at + _WORDS) - 1

    def edges(self, first: int, last: int) -> Mark:
        """Where in the text those words begin and end, with the signs that stand on them."""
        start = self._placed(first)[0] if first else 0
        return _edge(self.text, start, -1), _edge(self.text, self._placed(last)[1], 1)

    def _placed(self, word: int) -> Mark:
        number = bisect_right(self._firsts, word) - 1
        piece, start = self._pieces[number], self._starts[number]
        first, last = _places_in(piece)[word - self._firsts[number]]
        return start + first, start + last

    @cached_property
    def _firsts(self) -> list[int]:
        """How many words stand before each piece between white space."""
        return list(accumulate(map(len, map(str.split, self._lines.split("\n"))), initial=0))

    @cached_property
    def _pieces(self) -> list[str]:
        return self.text.split()

    @cached_property
    def _starts(self) -> list[int]:
        """Where each piece begins."""
        before = list(accumulate(map(len, self._pieces), initial=0))
        if before[-1] + len(self._pieces) - 1 == len(self.text):  # one space between two, as in all stored texts
            return [letters + spaces for spaces, letters in enumerate(before)]
        return [piece.start() for piece in _PIECE.finditer(self.text)]


@lru_cache(maxsize=4096)
def _places_in(piece: str) -> list[Mark]:
    folded = fold_with_offsets(piece)
    return [(folded.starts[first], folded.ends[last - 1]) for _, first, last in placed_words(folded.text)]


def _edge(text: str, at: int, step: int) -> int:
    """The nearest end of a word from there on, in that direction."""
    for moved in range(_FURTHEST_EDGE):
        edge = at + step * moved
        if edge <= 0 or edge >= len(text):
            return max(0, min(edge, len(text)))
        if text[edge if step > 0 else edge - 1].isspace():
            return edge
    return at


def _wanted_parts(query: Query) -> list[Term | Phrase]:
    if isinstance(query, (Term, Phrase)):
        return [query]
    if isinstance(query, Without):
        return _wanted_parts(query.wanted)
    return [found for part in query.parts for found in _wanted_parts(part)]


def _core(part: Term | Phrase) -> str:
    """Letters of each word that the part may begin with: a variant is a word's end, or ال and such an end."""
    return (part.text if isinstance(part, Term) else part.firsts[0]).removeprefix("ال")


def _finds_term(term: Term, word: str) -> bool:
    if term.is_prefix:
        return word.startswith(term.text) or any(each.startswith(term.text) for each in variants_of(word))
    return word == term.text or term.text in variants_of(word)


def _finds_first(phrase: Phrase, word: str) -> bool:
    """Whether the phrase may begin with that word."""
    is_prefix = phrase.is_prefix and not phrase.rest
    return word.startswith(phrase.firsts) if is_prefix else word in phrase.firsts


def _length_found(part: Term | Phrase, words: Sequence[str], at: int) -> int:
    """How many words the part of the query has that stands there; 0 where it does not."""
    if isinstance(part, Term):
        return int(_finds_term(part, words[at]))
    is_first = _finds_first(part, words[at])
    if not part.rest or not is_first:
        return int(is_first)
    length = len(part.rest) + 1
    *middle, last = words[at + 1 : at + length] or ("",)
    if len(middle) + 2 < length or tuple(middle) != part.rest[:-1]:
        return 0
    return length if last == part.rest[-1] or (part.is_prefix and last.startswith(part.rest[-1])) else 0


def _best_start(hits: Sequence[_Hit]) -> int:
    """The word of the first hit of the stretch that holds most different parts of the query, then most hits."""
    if not hits:
        return 0
    best, best_worth, end = hits[0].first, (0, 0), 0
    parts: Counter[int] = Counter()
    for index, hit in enumerate(hits):
        while end < len(hits) and hits[end].first < hit.first + _WORDS - _WORDS_BEFORE:
            parts[hits[end].part] += 1
            end += 1
        worth = (len(+parts), end - index)
        if worth > best_worth:
            best, best_worth = hit.first, worth
        parts[hit.part] -= 1
    return best


def _joined(places: Sequence[Mark]) -> tuple[Mark, ...]:
    """The places in order, those that overlap made one."""
    joined: list[Mark] = []
    for start, end in sorted(places):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def _on_one_line(text: str) -> str:
    return text.replace("\n", " ")
