"""What a killed process left behind: WARC files still ``.open``, perhaps torn at their end, perhaps without rows."""

from __future__ import annotations

import fcntl
import logging
import os
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from storage.errors import WarcError
from storage.faults import unwritable
from storage.statements import captures
from storage.warc import OPEN_SUFFIX, finish_file, walk_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.archive import Archive
    from storage.records import Capture, WarcLocation
    from storage.warc_records import StoredCapture

_log = logging.getLogger(__name__)
_SPANS = (
    select(captures.c.warc_offset, captures.c.warc_length)
    .where(captures.c.warc_file == bindparam("file"))
    .order_by(captures.c.warc_offset)
)


class Recovery:
    """One look at all files that were left ``.open``; holds their locks until it is settled or released."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._descriptors: dict[Path, int] = {}
        self._found: dict[str, WarcLocation] = {}

    def captures(self) -> Iterator[tuple[tuple[Capture, ...], tuple[WarcLocation, ...]]]:
        """The captures without a row and where they are; those of one visit together.

        A visit's records stand one after the other, since they are appended together.

        Raises:
            ArchiveUnavailableError: a file cannot be read or cut.
        """
        for path in self._take_files():
            for visit_id, group in groupby(self._walk(path), key=lambda found: found[1].capture.visit_id):
                whole = [(self._completed(stored), location) for location, stored in group]
                if visit_id is not None:
                    yield tuple(capture for capture, _ in whole), tuple(location for _, location in whole)
                    continue
                for capture, location in whole:
                    yield (capture,), (location,)

    def _completed(self, stored: StoredCapture) -> Capture:
        """The capture with its body, or without where its original cannot be read.

        A file that is missing then costs this one capture, rather than every later start of the daemon.
        """
        try:
            return self._archive.complete(stored)
        except WarcError as error:
            _log.warning("recovered without its body: %s", error, extra={"url": stored.capture.url})
            return stored.capture

    def locate(self, record_id: str) -> WarcLocation | None:
        """Where a capture is that has been walked but may have no row yet."""
        return self._found.get(record_id)

    def settle(self) -> None:
        """Gives the walked files their final names; one that holds nothing is removed.

        Raises:
            ArchiveUnavailableError: the directory cannot be written.
        """
        for path, descriptor in self._descriptors.items():
            finish_file(path, is_empty=os.fstat(descriptor).st_size == 0)
        self.release()

    def release(self) -> None:
        """Lets go of the files as they are."""
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors.clear()

    def _take_files(self) -> list[Path]:
        """The open files that no living process holds; their names sort by time."""
        for path in sorted(self._archive.warc_dir.glob(f"*.warc.gz{OPEN_SUFFIX}")):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue  # its writer has closed it since
            except OSError as error:
                raise unwritable(error, str(path)) from error
            if _is_ours(descriptor, path):
                self._descriptors[path] = descriptor
            else:
                os.close(descriptor)
        return list(self._descriptors)

    def _walk(self, path: Path) -> Iterator[tuple[WarcLocation, StoredCapture]]:
        """The captures without a row. Those with one are skipped unread: rows follow the sync of their records."""
        with self._archive.reading() as connection:
            name = path.name.removesuffix(OPEN_SUFFIX)
            spans = {row.warc_offset: row.warc_length for row in connection.execute(_SPANS, {"file": name})}
        whole = 0
        while True:
            for location, stored, end in walk_from(path, whole):
                whole = end
                if stored is not None:
                    self._found[stored.capture.record_id] = location
                    yield location, stored
                if whole in spans:
                    break
            # Where a record before one with a row is damaged, the file is not torn but ill: nothing is cut off then.
            following = min((offset for offset in spans if offset >= whole), default=None)
            if following is None:
                break
            whole = following
            while whole in spans:
                whole += spans[whole]
        _cut(self._descriptors[path], path, whole)


def _is_ours(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return path.exists()  # it may have been renamed between listing and locking


def _cut(descriptor: int, path: Path, length: int) -> None:
    if os.fstat(descriptor).st_size == length:
        return
    try:
        os.ftruncate(descriptor, length)
        os.fsync(descriptor)
    except OSError as error:
        raise unwritable(error, str(path)) from error
