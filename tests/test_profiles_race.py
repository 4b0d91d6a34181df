"""What a site's profile learns while its pages are read and concluded side by side never makes a version."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.records import Outcome
from tests.test_ingest import T0, Desk, capture, html, visit

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.visits import Visit

_PLACES = [
    f"{kind} of {town}" for kind in ("ferry", "bakery", "school", "mill") for town in ("Aln", "Bow", "Cray", "Dee")
]
_STANDING = [
    f"Standing paragraph number {number} tells readers what the paper thinks of matter {number}." for number in range(6)
]


def _page(place: str, number: int, round_: int) -> Visit:
    lots = random.Random(place)  # noqa: S311 - nothing secret
    own = [
        f"The council spoke at length about the {place} on Monday, and no one in the room had expected it to do so.",
        f"Those who live beside the {place} had asked for a decision since spring, in letters that went unanswered.",
        f"A first estimate puts the cost of the {place} at more than the town collects in a year from its visitors.",
    ]
    for paragraph in lots.sample(_STANDING, 3):
        own.insert(lots.randrange(1, len(own) + 1), paragraph)
    body = html(f"Council speaks about the {place}", own, f"<!-- {round_} -->")
    at = T0 + timedelta(days=round_, minutes=number)
    return visit(capture(f"http://bridge.test/{number}", at=at, body=body))


@pytest.mark.slow
def test_paragraphs_that_become_furniture_while_pages_are_read_make_no_version(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for round_ in range(5):
        pages = [_page(place, number, round_) for number, place in enumerate(_PLACES)]
        seen = desk.run(*pages)
        assert set(seen) == {Outcome.NEW if not round_ else Outcome.NOISE}, f"round {round_}"
