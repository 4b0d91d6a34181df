"""A text as the search for copies sees it: its runs of three words, hashed, and a small sketch of them. Pure.

Broder, 'On the resemblance and containment of documents' (1997): the share of a text's runs that another text holds is
measured on their hashes, and candidates are found by a sample of them chosen by the hash itself, so that two texts
choose the same runs.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from xxhash import xxh3_64_digest

from pipeline.fold import fold

WORDS = 3
"""Words a run: long enough to be somebody's wording, short enough to survive a changed word nearby."""
_CHARACTERS = 6  # of a run in scripts that write no spaces, where every character counts as a word
SAMPLE = 8
"""One run in eight is kept in the sketch; at one in four F1 on the development sets is the same at twice the rows."""
FEWEST_KEPT = 24
"""A short text keeps so many at least, its smallest."""
FEWEST_WORDS = 12
"""Below it a text is a caption or a stub, and says too little to be somebody's."""
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Shingled:
    """One text: its folded words, the hash of each run of words in order, the set of them, and the numbers in it.

    Hashes are xxh3-64 as signed integers, which is what SQL databases hold.
    """

    words: tuple[str, ...]
    ordered: tuple[int, ...]
    hashes: frozenset[int]
    numbers: frozenset[str]

    @property
    def is_comparable(self) -> bool:
        """Whether it says enough to be told from other texts."""
        return len(self.words) >= FEWEST_WORDS

    @property
    def sketch(self) -> frozenset[int]:
        """The hashes under which it is found: those divisible by ``SAMPLE``, at least the ``FEWEST_KEPT`` smallest."""
        kept = frozenset([value for value in self.hashes if not value % SAMPLE])
        return kept if len(kept) >= FEWEST_KEPT else kept | frozenset(sorted(self.hashes)[:FEWEST_KEPT])


def shingle(text: str) -> Shingled:
    """The runs of a text. About 0.25 ms for 300 words."""
    folded = fold(text)
    numbers = frozenset(_NUMBER.findall(folded))
    spaced, count = _UNSPACED.subn(r" \1 ", folded)
    words = _WORD.findall(spaced if count else folded)
    width = _CHARACTERS if 2 * count > len(words) else WORDS
    ordered = _runs(words, min(width, len(words)))
    return Shingled(tuple(words), ordered, frozenset(ordered), numbers)


def _runs(words: list[str], width: int) -> tuple[int, ...]:
    if not width:
        return ()
    # Words and digests to bytes and integers all at once: one by one takes half as long again.
    encoded = " ".join(words).encode().split(b" ")
    runs = map(b" ".join, zip(*(encoded[first:] for first in range(width)), strict=False))
    digests = b"".join(map(xxh3_64_digest, runs))
    return struct.unpack(f">{len(digests) // 8}q", digests)
