"""The digests by which two captures' headlines and texts are found equal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import change_words, wording
from pipeline.normalize import compare_blocks, compare_form

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_LABEL = 90
_LEAST_REPEATED = 25
"""Characters from which on a line that says what another holds can be no chance: a row of a table may well be one."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256, in hex, of the compared form of a headline and of a text."""

    title_digest: str
    text_digest: str


def fingerprint(title: str, text: str) -> Fingerprint:
    """The fingerprint of an article's headline and text; equal for texts that a reader would call the same."""
    return Fingerprint(_digest(compare_form(title)), _digest(" ".join(compared_blocks(text))))


def compared_blocks(text: str) -> tuple[str, ...]:
    """The paragraphs by which two captures are compared: those in compared form that say anything of the article.

    Counters, controls and pointers to something else to watch or read come and go with the page and are left out,
    where extraction did not know them for furniture. A line is left out for what it says alone, never for being
    short or at an end, so that no edit hides behind it. So is one that another paragraph holds word for word: the
    theme's pull quote, the embedded post that the text quotes. How words are parted into paragraphs is the theme's
    matter too.
    """
    blocks = [block for block in _distinct(compare_blocks(text)) if not _is_furniture(block)]
    whole = "\n".join(blocks)
    return tuple(block for block in blocks if len(block) < _LEAST_REPEATED or whole.count(block) == 1)


def _distinct(blocks: tuple[str, ...]) -> Iterator[str]:
    """The blocks without the later ones of long ones that are alike."""
    known: set[str] = set()
    for block in blocks:
        if len(block) < _LEAST_REPEATED or block not in known:
            yield block
        known.add(block)


def _is_furniture(block: str) -> bool:
    if len(block) <= _LONGEST_LABEL and wording.is_control(block):
        return True
    return change_words.is_pointer(block)


def _digest(form: str) -> str:
    return hashlib.sha256(form.encode()).hexdigest()
