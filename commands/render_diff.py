"""A word diff for people: coloured where the terminal has colours, with marks where it has none."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from commands.bidi import printable
from pipeline.diff import Change

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.console import Console

    from pipeline.diff import ParagraphDiff, Run, TextDiff

_STYLES = {Change.EQUAL: "", Change.REMOVED: "strike red", Change.ADDED: "bold green"}
# The marks of `wdiff` and of `git diff --word-diff`.
_MARKS = {Change.EQUAL: ("", ""), Change.REMOVED: ("[-", "-]"), Change.ADDED: ("{+", "+}")}


def print_diff(console: Console, diff: TextDiff) -> None:
    """Prints the changed paragraphs in full; of the others only how many lie between."""
    for is_equal, group in groupby(diff.paragraphs, key=lambda paragraph: paragraph.is_equal):
        paragraphs = list(group)
        if is_equal:
            console.print(unchanged(len(paragraphs)), style="dim", markup=False)
        else:
            for paragraph in paragraphs:
                print_paragraph(console, paragraph)


def unchanged(count: int) -> str:
    """What stands in place of paragraphs that did not change."""
    return f"… {count} unchanged paragraph{'' if count == 1 else 's'}"


def print_paragraph(console: Console, paragraph: ParagraphDiff, label: str = "") -> None:
    """Prints one paragraph with its removed and added words, after the label."""
    console.print(Text(label) + marked(console, paragraph), soft_wrap=not console.is_terminal)


def has_colour(console: Console) -> bool:
    """Whether changed words can be told by their colour."""
    return console.is_terminal and not console.no_color and console.color_system is not None


def marked(console: Console, paragraph: ParagraphDiff, changes: Collection[Change] = tuple(Change)) -> Text:
    """The paragraph with its changed words coloured or marked; of the changes only those that are wanted."""
    in_colour = has_colour(console)
    line = Text()
    previous: Run | None = None
    for run in paragraph.runs:
        if run.change is not Change.EQUAL and run.change not in changes:
            continue
        line.append(_joint(previous, run, in_colour=in_colour))
        opening, closing = ("", "") if in_colour else _MARKS[run.change]
        line.append(f"{opening}{printable(run.text)}{closing}", style=_STYLES[run.change] if in_colour else "")
        previous = run
    return line


def _joint(previous: Run | None, run: Run, *, in_colour: bool) -> str:
    """What stands between two runs: marks keep a removed word and the one in its place apart, colours do not."""
    if previous is None:
        return ""
    is_replacement = (previous.change, run.change) == (Change.REMOVED, Change.ADDED)
    return "" if is_replacement and not in_colour else " "
