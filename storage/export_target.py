"""What an export writes into: a file or directory that has its name only when it is whole.

Until then it is called ``NAME.part``, and how far it has come stands in ``NAME.part.state``. One that a killed export
left is continued by the next; one that another process is writing is left to it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.errors import ArchiveBusyError, ArchiveUnavailableError
from storage.export_progress import ExportProgress, remove_progress
from storage.faults import unwritable
from storage.warc import sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from storage.export_progress import Start

_PART_SUFFIX = ".part"
_STATE_SUFFIX = ".state"


@contextmanager
def unfinished_file(path: Path, start: Start) -> Iterator[tuple[BinaryIO, ExportProgress]]:
    """A file to be written and read, at the end of what an earlier process noted of it.

    At the end of the block it is synced and gets its name, unless nothing was chosen. An error removes it, or leaves it
    to be continued: :meth:`ExportProgress.outlives`.

    Raises:
        ArchiveBusyError: another process writes it.
        ArchiveUnavailableError: there is something of that name already, or the part of another export, or it cannot
            be written.
    """
    refuse_existing(path)
    part = part_of(path)
    with _translating(part):
        descriptor = _locked(part, os.O_RDWR | os.O_CREAT)
        with os.fdopen(descriptor, "r+b") as file, _progress(part, start, os.fstat(descriptor).st_size) as progress:
            file.truncate(progress.kept)
            file.seek(progress.kept)
            yield file, progress
            file.flush()
            os.fsync(descriptor)
        _finish(part, path, progress.total)


@contextmanager
def unfinished_directory(path: Path, start: Start) -> Iterator[tuple[Path, ExportProgress]]:
    """A directory to be filled, with what an earlier process noted; the rest as with ``unfinished_file``.

    Raises:
        ArchiveBusyError: another process fills it.
        ArchiveUnavailableError: there is something of that name already, or the part of another export, or it cannot
            be written.
    """
    refuse_existing(path)
    part = part_of(path)
    with _translating(part):
        part.mkdir(exist_ok=True)
        descriptor = _locked(part, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with _progress(part, start, 0) as progress:
                if not progress.done:
                    _empty(part)
                yield part, progress
                _sync_tree(part)
            _finish(part, path, progress.total)
        finally:
            os.close(descriptor)


def part_of(path: Path) -> Path:
    """What the target is called until it is whole."""
    return path.with_name(path.name + _PART_SUFFIX)


def refuse_existing(path: Path) -> None:
    """An export never writes over anything.

    Raises:
        ArchiveUnavailableError: there is something of that name.
    """
    if os.path.lexists(path):
        raise ArchiveUnavailableError(f"{path} exists already", remedy="give another name, or remove it first")


@contextmanager
def _translating(part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(error, str(part)) from error
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise unwritable(OSError(errno.ENOSPC, str(error)), str(part)) from error
        state = _state_of(part)
        remedy = f"remove {part} and {state}, and run again"
        raise ArchiveUnavailableError(f"{state}: {error}", remedy=remedy) from error


def _locked(part: Path, flags: int) -> int:
    """A descriptor of the part that nobody else holds."""
    descriptor = os.open(part, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its holder may have given it its name between our opening it and our taking the lock.
        is_ours = part.exists() and os.path.samestat(os.fstat(descriptor), part.stat())
    except BlockingIOError:
        is_ours = False
    except BaseException:
        os.close(descriptor)
        raise
    if not is_ours:
        os.close(descriptor)
        raise ArchiveBusyError(f"another export is writing {part}", remedy="wait for it to end, or give another name")
    return descriptor


@contextmanager
def _progress(part: Path, start: Start, available: int) -> Iterator[ExportProgress]:
    """The progress of what is written to the part; an error that it does not outlive removes both."""
    try:
        progress = ExportProgress(_state_of(part), start, available)
    except BaseException:
        if not (any(part.iterdir()) if part.is_dir() else available):
            _remove(part)
        raise
    try:
        yield progress
    except BaseException as error:
        progress.close()
        if not progress.outlives(error):
            _remove(part)
        raise
    progress.close()


def _finish(part: Path, path: Path, total: int) -> None:
    """Gives the part its name and drops its progress."""
    if not total:
        _remove(part)
        return
    refuse_existing(path)  # made by somebody else meanwhile
    part.rename(path)
    sync_directory(path.parent)
    remove_progress(_state_of(part))


def _state_of(part: Path) -> Path:
    return part.with_name(part.name + _STATE_SUFFIX)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)
    remove_progress(_state_of(part))


def _empty(directory: Path) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _sync_tree(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
