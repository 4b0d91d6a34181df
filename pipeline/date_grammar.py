"""The grammar of dates: patterns over the shape of a string (see :mod:`pipeline.date_tokens`).

Each pattern is written over kinds of pieces, never over words, so that one grammar serves all languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipeline.date_tokens import Shapes

if TYPE_CHECKING:
    import re

DATE_MARK, CLOCK_MARK, PARTIAL_MARK = "X", "C", "P"
"""What stands in a shape for pieces already read; no piece has an ASCII letter as its shape."""

_GAP = "<filler|comma|dash|slash|dot|apostrophe|paren>{0,4}?"
_ANY_MONTH = "<month|hijri_month|jalali_month>"
_MONTH = f"(?P<month>{_ANY_MONTH}(?:<slash|dash|paren|comma>{{1,2}}<month><paren>?)?)<dot>?"
_DAY = "(?P<day><day|ordinal>)"
_YEAR = "(?P<year><year>)"
_SHORT = "(?P<year><short_year>)"
_ZONE = (
    "<paren|dash|comma>{0,2}"
    "(?P<zone><zone><offset>?|<offset>|<zone_intro><place|word|filler>{1,3}|<place><zone_intro>)<paren>?"
)
_CLOCK = "(?P<clock><clock>)<dot|comma>?(?P<half><half>)?<dot>?"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns, compiled over one set of shapes.

    ``dates`` and ``clocks`` are tried in order; ``partial`` is a day of another calendar without its year.
    """

    shapes: Shapes
    dates: tuple[re.Pattern[str], ...]
    clocks: tuple[re.Pattern[str], ...]
    partial: re.Pattern[str]
    since: re.Pattern[str]
    ago: re.Pattern[str]
    today: re.Pattern[str]
    now: re.Pattern[str]


@cache
def patterns() -> Patterns:
    """All patterns, compiled once."""
    shapes = Shapes()
    edge = "<label|filler|comma|colon|dash|dot|bar|paren|weekday>*?"
    amount = "(?P<{0}><number|count>?<unit>|<unit><count>)"
    amounts = f"{amount.format('first')}(?:<range|comma|filler>?{amount.format('second')})?"
    day_end = f"{edge}(?:{CLOCK_MARK}+{edge})?"
    return Patterns(
        shapes=shapes,
        dates=tuple(
            map(
                shapes.compile,
                (
                    f"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}",
                    f"{_MONTH}{_GAP}{_DAY}{_GAP}(?P<inner>{_CLOCK}(?:{_ZONE})?)?{_GAP}{_YEAR}",
                    f"{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}",
                    f"{_DAY}{_GAP}{_MONTH}<dash|comma|slash|filler>?(?P<mark><apostrophe>)?{_SHORT}",
                    f"{_MONTH}{_DAY}<filler>?<comma>?(?P<mark><apostrophe>){_SHORT}",
                    "(?P<figures><numeric>)",
                ),
            )
        ),
        clocks=tuple(
            map(
                shapes.compile,
                (
                    f"(?P<before><half>)?{_CLOCK}(?:{_ZONE})?",
                    f"(?P<clock><decimal>)(?:(?P<half><half>)|<hour>)(?:{_ZONE})?",
                    f"<hour><colon>?(?P<clock><decimal>)(?P<half><half>)?(?:{_ZONE})?",
                    "(?P<clock><number>)<hour>(?P<minute><number>)?<unit>?",
                    "<hour><colon>?(?P<clock><number>)(?P<half><half>)?",
                    f"(?P<clock><number>)(?P<half><half>)(?:{_ZONE})?",
                ),
            )
        ),
        partial=shapes.compile(f"<day|ordinal>{_GAP}<hijri_month|jalali_month>{_GAP}<hijri|solar>?"),
        since=shapes.compile(f"{edge}<since><about>?{amounts}{edge}"),
        ago=shapes.compile(f"{edge}<about>?{amounts}<filler>?<ago>{edge}"),
        today=shapes.compile(f"{edge}(?:{CLOCK_MARK}+{edge})?(?P<today><today>){day_end}"),
        now=shapes.compile(f"{edge}<now>{edge}"),
    )
