"""What a person sees while crawls and exports run: bars on a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from commands.output import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.progress import TaskID

    from storage.records import Outcome

T = TypeVar("T")
_PAGES_A_LINE = 25


class Quiet:
    """Progress that nobody watches."""

    def feed(self, source_key: str, url: str, listed: int) -> None:
        """Takes no notice."""

    def visited(self, source_key: str, url: str, outcome: Outcome) -> None:
        """Takes no notice."""

    def backfill(self, source_key: str, pages_read: int, pages_left: int) -> None:
        """Says on standard error, now and then, how far it is: backfills take hours, and run unwatched."""
        if pages_left == 0 or pages_read % _PAGES_A_LINE == 0:
            say(f"{source_key}: backfill: {pages_read} pages of lists read, {pages_left} left")


class Bars:
    """One bar a source: how many of the articles it has to visit are visited."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._expected: dict[str, int] = {}

    def feed(self, source_key: str, url: str, listed: int) -> None:
        """A feed was read that leaves so many articles to visit."""
        del url
        self._expected[source_key] = self._expected.get(source_key, 0) + listed
        self._progress.update(self._task(source_key), total=self._expected[source_key])

    def visited(self, source_key: str, url: str, outcome: Outcome) -> None:
        """An article was visited."""
        del url, outcome
        self._progress.advance(self._task(source_key))

    def backfill(self, source_key: str, pages_read: int, pages_left: int) -> None:
        """A backfill has read so many pages of lists, and knows of so many more."""
        told = f"{source_key} (lists: {pages_read} read, {pages_left} left)"
        self._progress.update(self._task(source_key), description=told)

    def _task(self, source_key: str) -> TaskID:
        if source_key not in self._tasks:
            self._tasks[source_key] = self._progress.add_task(source_key, total=None)
        return self._tasks[source_key]


@contextmanager
def steps_done(task: str, total: int) -> Iterator[Callable[[int], None]]:
    """One bar on standard error while the block runs, moved on by so many steps a call."""
    with _progress() as progress:
        bar = progress.add_task(task, total=total)
        yield lambda steps: progress.advance(bar, steps)


@contextmanager
def watched() -> Iterator[Bars | Quiet]:
    """Progress bars on standard error while the block runs, where that is a terminal."""
    if not sys.stderr.isatty():
        yield Quiet()
        return
    with _progress() as progress:
        yield Bars(progress)


@contextmanager
def followed(items: Iterable[T], total: int, *, done: int = 0, is_shown: bool = True) -> Iterator[Iterable[T]]:
    """The items, with a bar on standard error that moves as they are taken, where that is a terminal.

    Args:
        items: Taken one by one.
        total: How many there are, with those that are done.
        done: How many were taken before.
        is_shown: False where the bar would stand in the way of an answer on the same terminal.
    """
    if not is_shown or not sys.stderr.isatty():
        yield items
        return
    with _progress() as progress:
        yield progress.track(items, total=total, completed=done, description="exporting")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
