"""Text of unknown origin on a terminal: nothing in it may act on the terminal or reorder its neighbours.

Text stays in logical order: arranging right-to-left letters is the terminal's work (Unicode Annex 9), and a program
that does it too gets them wrong twice.
"""

from __future__ import annotations

import re

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
# Strong right-to-left letters and Arabic digits: Hebrew to Arabic Extended-A, the presentation forms, and the
# right-to-left blocks of the Supplementary Multilingual Plane (Unicode 16, DerivedBidiClass.txt).
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
# C0 and C1 controls (ESC and CSI start the sequences that a terminal obeys), and the embeddings, overrides and
# isolates whose effect would reach past their own text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"[\t\n]+")


def printable(text: str) -> str:
    """The text with line breaks and tabs folded to spaces and without characters that act on the terminal."""
    return _UNSAFE.sub("", _SPACE.sub(" ", text))


def isolated(text: str) -> str:
    """The text, set apart where it holds right-to-left letters, so that they cannot reorder what shares its line."""
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if _RIGHT_TO_LEFT.search(text) else text
