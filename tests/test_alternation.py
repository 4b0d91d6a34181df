"""Phrases as one expression: it finds what the plain alternation finds, the longest first."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alternation import alternation

_LETTERS = st.text(alphabet="ab. لا", max_size=6)


@given(st.lists(_LETTERS.filter(bool), min_size=1, max_size=12), st.text(alphabet="ab. لا", max_size=40))
def test_alternation_finds_what_the_plain_one_finds(phrases: list[str], text: str) -> None:
    plain = "|".join(re.escape(phrase) for phrase in sorted(set(phrases), key=len, reverse=True))
    for shape in ("{}", r"(?<!\w)(?:{})(?!\w)"):
        found = [match.span() for match in re.finditer(shape.format(f"(?:{alternation(phrases)})"), text)]
        assert found == [match.span() for match in re.finditer(shape.format(f"(?:{plain})"), text)]


def test_alternation_of_nothing_matches_nothing() -> None:
    assert re.search(alternation([]), "anything") is None
