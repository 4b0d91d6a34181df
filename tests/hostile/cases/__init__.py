"""The cases, by theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.cases import (
    addresses,
    bodies,
    charsets,
    feeds,
    identities,
    lists,
    markup,
    not_articles,
    redirects,
    robots,
    statuses,
    texts,
    wire,
)

if TYPE_CHECKING:
    from tests.hostile.case import Case

_THEMES = (
    addresses,
    redirects,
    statuses,
    wire,
    bodies,
    markup,
    charsets,
    texts,
    feeds,
    lists,
    robots,
    not_articles,
    identities,
)
CASES: tuple[Case, ...] = tuple(case for theme in _THEMES for case in theme.CASES)
