"""Exports of what was received: the WARC records of articles, as one WARC file or as a WACZ package."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import TYPE_CHECKING

from commands.output import say
from storage.errors import WarcError
from storage.export_captures import exported_pages, read_captures, wanted_captures
from storage.export_progress import Start
from storage.export_target import unfinished_file
from storage.export_warc import HashedStream, WarcHead, copy_captures
from storage.wacz import write_wacz

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from commands.export_job import Job
    from storage.export_captures import ExportedCapture
    from storage.export_progress import ExportProgress, Wanted
    from storage.export_warc import CopiedCapture

_WARC_SUFFIX = ".warc.gz"
_MOST_TOLD = 20


def export_captures(job: Job, *, is_package: bool) -> None:
    """Writes the captures of the chosen articles; those that cannot be read are told and left out.

    Raises:
        ArchiveError: the archive cannot be read, or the file not written.
        WarcError: some captures were left out, and the file holds the others; or none could be read, and there is none.
    """
    with job.archive.reading() as connection:
        start = Start(connection, job.asked, lambda: wanted_captures(connection, job.choice))
        with unfinished_file(job.output, start) as (file, progress), job.told(progress) as left:
            work = _Work(job, start, progress, file)
            if is_package and progress.total:
                work.pack(left)
            elif progress.total:
                for _ in work.copy(left, HashedStream(file, progress.kept)):
                    pass
    job.conclude(progress.total - progress.left_out, "captures")
    if progress.left_out:
        raise WarcError(
            f"{progress.left_out:,} captures could not be read and are not in {job.output}",
            remedy="restore their WARC files from a backup",
        )


class _Work:
    """Copies captures and notes those that had to be left out."""

    def __init__(self, job: Job, start: Start, progress: ExportProgress, file: BinaryIO) -> None:
        self._job = job
        self._connection = start.connection
        self._progress = progress
        self._file = file
        stem = job.output.name.removesuffix(".wacz").removesuffix(_WARC_SUFFIX)
        self._head = WarcHead(stem + _WARC_SUFFIX, f"warraq {version('warraq')}", progress.made_at)

    def pack(self, left: Iterable[Wanted]) -> None:
        """Writes a WACZ package.

        Raises:
            WarcError: not one capture could be read.
        """
        pages = exported_pages(self._connection, self._job.choice)
        told = (page for page in pages if self._progress.has(page.capture_id))
        write_wacz(self._file, self._head, lambda stream: self.copy(left, stream), told, self._progress)

    def copy(self, left: Iterable[Wanted], stream: HashedStream) -> Iterator[CopiedCapture]:
        """The captures, each when it is written.

        Raises:
            WarcError: not one of them could be read.
        """
        wanted = self._progress.stepped(read_captures(self._connection, left), self._sync)
        yield from copy_captures(self._job.archive, wanted, stream, self._head, leave_out=self._leave_out)
        if self._progress.left_out == self._progress.total:
            raise WarcError("not one of the captures could be read", remedy="check warc_dir and warc_store")

    def _sync(self) -> int:
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def _leave_out(self, capture: ExportedCapture, error: WarcError) -> None:
        if self._progress.left_out < _MOST_TOLD:
            say(f"left out: {capture.url}: {error}")
        self._progress.leave_out(capture.id)
