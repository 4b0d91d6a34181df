"""What each word in a date string may mean: ``lexicon/dates.toml``, folded and indexed once.

A word may mean several things ("mar" is March, Tuesday in French; "م" is the afternoon or the Christian era), so a
phrase maps to all its senses and the patterns choose.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.date_text import fold

_FILE = Path(__file__).parent / "lexicon" / "dates.toml"
_WORD = re.compile(r"\d+|[^\W\d_]+")
PLACES = "places"


class Kind(StrEnum):
    """What a piece of a date string may be."""

    MONTH = "month"
    HIJRI_MONTH = "hijri_month"
    JALALI_MONTH = "jalali_month"
    WEEKDAY = "weekday"
    ORDINAL = "ordinal"
    COUNT = "count"
    UNIT = "unit"
    SINCE = "since"
    AGO = "ago"
    ABOUT = "about"
    NOW = "now"
    TODAY = "today"
    HALF = "half"
    GREGORIAN = "gregorian"
    HIJRI = "hijri"
    SOLAR = "solar"
    LABEL = "label"
    BYLINE = "byline"
    FILLER = "filler"
    HOUR = "hour"
    RANGE = "range"
    OTHER_DATE = "other_date"
    ZONE = "zone"
    ZONE_INTRO = "zone_intro"
    PLACE = "place"
    # Not words: what the tokeniser finds besides.
    DAY = "day"
    NUMBER = "number"
    YEAR = "year"
    SHORT_YEAR = "short_year"
    QUANTITY = "quantity"
    NUMERIC = "numeric"
    CLOCK = "clock"
    DECIMAL = "decimal"
    OFFSET = "offset"
    WORD = "word"
    COMMA = "comma"
    DASH = "dash"
    SLASH = "slash"
    DOT = "dot"
    COLON = "colon"
    PAREN = "paren"
    BAR = "bar"
    APOSTROPHE = "apostrophe"


class Half(StrEnum):
    """What a word says about the half of the day that a clock means."""

    AM = "am"
    PM = "pm"
    DAWN = "dawn"
    NOON = "noon"
    NIGHT = "night"


class Label(StrEnum):
    """What a date stands for, as a word before it says."""

    PUBLISHED = "published"
    MODIFIED = "modified"


@dataclass(frozen=True, slots=True)
class Amount:
    """A unit of time as a word gives it; ``count`` is 1 or 2 where the word counts by itself, else None."""

    unit: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Sense:
    """All that one phrase may mean: values by kind, and the languages that use it."""

    values: dict[Kind, Any]
    languages: frozenset[str]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds it may be read as."""
        return frozenset(self.values)


@dataclass(slots=True)
class _Builder:
    senses: dict[tuple[str, ...], dict[Kind, Any]] = field(default_factory=dict)
    languages: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    language: str = ""

    def add(self, kind: Kind, phrase: str, value: object) -> None:
        """Note one sense. Two meanings of one phrase in one kind are joined (weekdays) or leave it unknown."""
        key = tuple(_WORD.findall(fold(phrase)))
        if not key:
            return
        known = self.senses.setdefault(key, {})
        self.languages.setdefault(key, set()).add(self.language)
        if kind in {Kind.WEEKDAY, Kind.UNIT}:
            known[kind] = known.get(kind, frozenset()) | {value}
        elif kind in _VALUED and known.get(kind, value) != value:
            known[kind] = None
        else:
            known[kind] = value


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every phrase with its senses. ``longest`` is the most words a phrase that begins so may have."""

    senses: dict[tuple[str, ...], Sense]
    longest: dict[str, int]


_LISTS = {
    "months": Kind.MONTH,
    "hijri_months": Kind.HIJRI_MONTH,
    "jalali_months": Kind.JALALI_MONTH,
    "weekdays": Kind.WEEKDAY,
    "ordinals": Kind.ORDINAL,
    "numbers": Kind.COUNT,
    "today": Kind.TODAY,
}
_WORDS = {
    "since": Kind.SINCE,
    "ago": Kind.AGO,
    "about": Kind.ABOUT,
    "now": Kind.NOW,
    "filler": Kind.FILLER,
    "hour": Kind.HOUR,
    "range": Kind.RANGE,
    "byline": Kind.BYLINE,
    "not_publication": Kind.OTHER_DATE,
}
# Kinds whose value decides the day or the hour: two values for one spelling leave it unknown.
_VALUED = frozenset(
    {Kind.MONTH, Kind.HIJRI_MONTH, Kind.JALALI_MONTH, Kind.ORDINAL, Kind.COUNT, Kind.TODAY, Kind.HALF, Kind.LABEL}
) | {Kind.ZONE, Kind.PLACE}
_FIRST = {Kind.TODAY: 0, Kind.WEEKDAY: 0}  # all others count from one


@cache
def lexicon() -> Lexicon:
    """The words of dates in all languages."""
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    build = _Builder()
    _add_zones(build, tables.pop("zones"))
    for language, table in tables.items():
        build.language = language
        _add_language(build, table)
    senses = {
        key: Sense(
            {kind: value for kind, value in values.items() if value is not None}, frozenset(build.languages[key])
        )
        for key, values in build.senses.items()
    }
    longest: dict[str, int] = {}
    for key in senses:
        longest[key[0]] = max(longest.get(key[0], 1), len(key))
    return Lexicon(senses, longest)


def _add_zones(build: _Builder, table: dict[str, Any]) -> None:
    for name, minutes in table["offsets"].items():
        build.add(Kind.ZONE, name, minutes)
    for name in table["shared"]:
        build.add(Kind.ZONE, name, "")
    for zone, places in table[PLACES].items():
        for place in places:
            build.add(Kind.PLACE, place, zone)


def _add_language(build: _Builder, table: dict[str, Any]) -> None:
    for name, kind in _LISTS.items():
        for number, variants in enumerate(table.get(name, ()), start=_FIRST.get(kind, 1)):
            for variant in variants:
                _add_inflected(build, kind, variant, number, table)
    for name, kind in _WORDS.items():
        for word in table.get(name, ()):
            build.add(kind, word, word)
    _add_units(build, table.get("units", {}))
    _add_named(build, table)


def _add_inflected(build: _Builder, kind: Kind, variant: str, number: int, table: dict[str, Any]) -> None:
    inflected = kind in {Kind.MONTH, Kind.WEEKDAY}
    for prefix in ["", *table.get("prefixes", ())] if inflected else [""]:
        for suffix in ["", *table.get("suffixes", ())] if inflected else [""]:
            build.add(kind, f"{prefix}{variant}{suffix}", number)


def _add_units(build: _Builder, units: dict[str, dict[str, list[str]]]) -> None:
    for unit, forms in units.items():
        for count, name in ((1, "one"), (2, "two"), (None, "many")):
            for word in forms.get(name, ()):
                build.add(Kind.UNIT, word, Amount(unit, count))


def _add_named(build: _Builder, table: dict[str, Any]) -> None:
    for half, words in table.get("half", {}).items():
        for word in words:
            build.add(Kind.HALF, word, Half(half))
    for marker, words in table.get("markers", {}).items():
        for word in words:
            build.add(Kind(marker), word, marker)
    for label, words in table.get("labels", {}).items():
        for word in words:
            build.add(Kind.LABEL, word, Label(label))
    zones = table.get("zones", {})
    for word in zones.get("intro", ()):
        build.add(Kind.ZONE_INTRO, word, word)
    for word in zones.get("local", ()):
        build.add(Kind.PLACE, word, "local")
