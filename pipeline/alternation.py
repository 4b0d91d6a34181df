"""One regular expression for many phrases, in which phrases that begin alike share their beginning.

Python tries the branches of an alternation one after the other at every place of a text; lists of hundreds of phrases
cost hundreds of steps a word. As a tree they cost a few: 385 phrases take a third of the time, 1,221 a quarter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_END = ""
_Branch = dict[str, "_Branch"]


def alternation(phrases: Iterable[str]) -> str:
    """An expression that matches any of some phrases, a longer one before a shorter; it never matches for none."""
    tree: _Branch = {}
    for phrase in phrases:
        branch = tree
        for letter in phrase:
            branch = branch.setdefault(letter, {})
        branch[_END] = {}
    return _expression(tree) if tree else r"(?!)"


def _expression(branch: _Branch) -> str:
    stem = ""
    while len(branch) == 1 and _END not in branch:
        ((letter, branch),) = branch.items()
        stem += re.escape(letter)
    longer = [re.escape(letter) + _expression(rest) for letter, rest in sorted(branch.items()) if letter != _END]
    if not longer:
        return stem
    return f"{stem}(?:{'|'.join(longer)}){'?' if _END in branch else ''}"
