"""What a person sees while crawls run: a bar a source on a terminal, and nothing elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from storage.records import Outcome


class Quiet:
    """Progress that nobody watches."""

    def feed(self, source_key: str, url: str, listed: int) -> None:
        """Takes no notice."""

    def visited(self, source_key: str, url: str, outcome: Outcome) -> None:
        """Takes no notice."""


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

    def _task(self, source_key: str) -> TaskID:
        if source_key not in self._tasks:
            self._tasks[source_key] = self._progress.add_task(source_key, total=None)
        return self._tasks[source_key]


@contextmanager
def watched() -> Iterator[Bars | Quiet]:
    """Progress bars on standard error while the block runs, where that is a terminal."""
    if not sys.stderr.isatty():
        yield Quiet()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress)
