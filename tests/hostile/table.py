"""docs/robustness.md, written from the rows."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hostile.case import Case

PAGE = Path(__file__).resolve().parents[2] / "docs" / "robustness.md"
_HEAD = """\
# Robustness

What publishers and their servers do to a crawler, and what Warraq makes of it: {count} cases, each served over real
HTTP (or what passes for it) at an address of its own and crawled by the real program, all at once. This page is
written from the rows that the tests run (`python -m tests.hostile table`); a test holds them together.

`python -m tests.hostile serve` shows the cases on loopback, to try other programs on.

Held for all of them together: the crawling process stays under 300 MB of resident memory; nothing but the addresses
allowed is connected to (a listener on all others of the machine counts); no traceback, no fault of our own code.

A row's *outcome* is what the visits to its listed URLs come to ([glossary](glossary.md)), with the reason's wording as
a pattern; *requests* are the most it may cost, robots.txt and feed left out. No answer may keep the crawl longer than
20 s (a slow one times out after 8 s) or send more than 12 MB (the limit of a body is 2 MB here) where the row names no
other bound. Slow cases are marked ◷ and run in `make test-all`; those that need host names of their own, ⌂, need root.
"""


def render(cases: Sequence[Case]) -> str:
    """The whole page."""
    parts = [_HEAD.format(count=len(cases)), _failing(cases)]
    parts += [_theme(theme, list(rows)) for theme, rows in groupby(cases, key=lambda case: case.name.partition("/")[0])]
    return "\n".join(parts)


def _failing(cases: Sequence[Case]) -> str:
    rows = [f"- `{case.name}`: {case.fails}" for case in cases if case.fails]
    return "\n".join(["## Not passed", "", *(rows or ["None."]), ""])


def _theme(theme: str, cases: Sequence[Case]) -> str:
    head = ["| case | what the server does | outcome | archived | requests |", "|---|---|---|---|---|"]
    return "\n".join([f"## {theme.capitalize()}", "", *head, *map(_row, cases), ""])


def _row(case: Case) -> str:
    marks = "".join(sign for sign, holds in ((" ◷", case.slow), (" ⌂", case.names), (" ✗", case.fails)) if holds)
    cells = (f"`{case.name.partition('/')[2]}`{marks}", case.does, _outcome(case), _archived(case), str(case.requests))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _outcome(case: Case) -> str:
    counted = [(name, len(list(group))) for name, group in groupby(sorted(case.outcomes))]
    text = ", ".join(name if count == 1 else f"{count} {name}" for name, count in counted) or "no visit"
    text += f", then {case.then}" if case.then else ""
    text += f": `{case.why}`" if case.why else ""
    return text + (f"; feed: `{case.problem}`" if case.problem else "")


def _archived(case: Case) -> str:
    parts = [f"{case.lists} URLs listed"] if case.lists is not None else []
    count = case.expected_articles
    parts += [{0: "no article", 1: "one article"}.get(count, f"{count} articles")]
    parts += ["headline and text as written"] if case.title and case.text else []
    parts += (
        [f"at most {case.seconds:g} s"] if case.seconds != type(case).__dataclass_fields__["seconds"].default else []
    )
    default_bytes = type(case).__dataclass_fields__["sent_bytes"].default
    parts += [f"at most {case.sent_bytes:,} bytes"] if case.sent_bytes != default_bytes else []
    return ", ".join(parts)


def write(cases: Sequence[Case]) -> None:
    """Writes the page."""
    PAGE.write_text(render(cases), encoding="utf-8")
