"""A tree on its way to being pruned: what the rules that find furniture share."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.outline import Outline

FURNITURE = 1
CAPTION = 2
"""What was taken out as said of a picture; the picture may stand in the same box and is the article's all the same."""
MOST_PROSE = 0.2
"""Share of a page's prose that a block of furniture may have; above it the name is taken to mean something else."""
GROUP_LINKS = 0.5
"""Share of its text that is links' in a block that is made of links, and may have a few words between them."""
FRAME = frozenset({"html", "body", "main", "article", "head"})
"""The elements that hold the whole of a page or of an article."""


class Pruning:
    """One tree on its way to being pruned: its outline, what has been marked for removal so far.

    ``read`` are the positions within the element that text will be read from: lines are looked at there alone.
    """

    def __init__(self, outline: Outline, read: range | None = None) -> None:
        self.outline = outline
        self.read = range(1, len(outline.elements)) if read is None else read
        self.gone = bytearray(len(self.outline.elements))
        self.captions: list[str] = []
        self.openings: list[int] = []
        self.prose = self.outline.prose[0]
        self._headings = [self.outline.position[heading] for heading in self.outline.elements[0].iter("h1")]

    def mark(self, position: int, why: int = FURNITURE) -> None:
        """Mark an element and all it holds."""
        end = self.outline.end[position]
        self.gone[position:end] = bytes((why,)) * (end - position)

    def line(self, position: int) -> str:
        """The text of an element as a reader sees it, white space folded."""
        return " ".join(" ".join(self.outline.elements[position].itertext()).split())

    def has_headline(self, position: int) -> bool:
        """Whether a heading of the first rank stands in an element, or is it."""
        first = bisect_left(self._headings, position)
        return first < len(self._headings) and self._headings[first] < self.outline.end[position]

    def is_light(self, position: int, share: float = MOST_PROSE) -> bool:
        """Whether a block holds little enough of the page's prose to be furniture."""
        return self.outline.prose[position] <= share * self.prose
