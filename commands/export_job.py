"""One export into a file or directory: what it is asked for, and what is said of going on with it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from commands.output import say
from commands.progress import followed
from commands.times import now
from storage.export_progress import Asked
from storage.export_target import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.archive import Archive
    from storage.export import ExportChoice
    from storage.export_progress import ExportProgress, Wanted

NOTHING_MATCHES = "nothing in the archive matches"


@dataclass(frozen=True, slots=True)
class Job:
    """What to export of which archive, and into what."""

    archive: Archive
    choice: ExportChoice
    output: Path
    asked: Asked

    @contextmanager
    def told(self, progress: ExportProgress) -> Iterator[Iterable[Wanted]]:
        """What is left, with a bar on a terminal; says what is continued, and how to go on after an interruption."""
        part = part_of(self.output)
        if progress.begun_anew:
            say(f"{part} is begun anew: {progress.begun_anew}")
        elif progress.done:
            say(f"{progress.done:,} of {progress.total:,} are in {part} already: going on")
        try:
            with followed(progress.left(), progress.total, done=progress.done) as left:
                yield left
        except BaseException as error:
            if progress.outlives(error):
                say(f"{progress.done:,} of {progress.total:,} are in {part}: give the same command again to go on")
            raise

    def conclude(self, written: int, what: str) -> None:
        """Says how many were written."""
        if written:
            say(f"{written:,} {what} written to {self.output}")
        else:
            say(f"{NOTHING_MATCHES}: {self.output} was not made")


def asked(archive: Archive, words: str) -> Asked:
    """What the export is asked for now; ``words`` are the command without its output and its archive."""
    name = archive.name if "://" in archive.name else str(Path(archive.name).absolute())
    return Asked(words, name, version("warraq"), now())
