"""Overwrites the WARC records of what was taken down, wherever they are, without touching any other record.

A gzip file is overwritten in its place by tombstones of the same length. A zstd file is made anew, since its dictionary
is made of its pages, and so is an object in a store. A body that another capture cites is first written down with that
capture. Everything may be killed at any moment and done again: a record is noted as overwritten when it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fastwarc.warc import ArchiveIterator
from sqlalchemy import bindparam, select

from storage import warc_records
from storage.errors import WarcError
from storage.faults import unwritable
from storage.lock import locked_file
from storage.records import WarcLocation
from storage.repack import Moving, free_path, write_file
from storage.statements import captures, location_of
from storage.takedown_queries import TakedownQueries
from storage.warc import (
    OPEN_SUFFIX,
    compressed,
    find_file,
    finish_file,
    gzip_members,
    has_file,
    read_span,
    sync_directory,
    walk,
    walk_from,
)
from storage.warc_records import Original
from storage.warc_tombstones import packed_tombstone, tombstone
from storage.warc_zstd import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from storage.archive import Archive
    from storage.records_takedown import Grave

_SOFTWARE = "warraq forget"
_GZIP_LEVEL = 8
_GZIP = b"\x1f\x8b\x08"
_BLANKS = bytes(1 << 20)
_ROWS = (
    select(
        captures.c.id,
        captures.c.record_id,
        captures.c.captured_at,
        captures.c.warc_file,
        captures.c.warc_offset,
        captures.c.warc_length,
        captures.c.refers_to,
    )
    .where(captures.c.warc_file == bindparam("file"))
    .order_by(captures.c.warc_offset)
)
_ANY_ROW = select(captures.c.id).where(captures.c.warc_file == bindparam("file")).limit(1)


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of one round: records overwritten, and for each file that is left a sentence that says why."""

    records: int = 0
    left: tuple[str, ...] = ()


def erase_records(archive: Archive, at: datetime, *, tell: Callable[[str], None] = lambda _: None) -> Erased:
    """Overwrites every record that is to be overwritten and whose file is at hand, here or in the store.

    Args:
        archive: Open.
        at: The present, which the tombstones tell.
        tell: Is told each file that is begun.

    Raises:
        ArchiveBusyError: another process is repacking these files, or overwriting records in them.
        ArchiveUnavailableError: the WARC directory cannot be written.
    """
    directory = archive.warc_dir
    with locked_file(directory / ".repack.lock", f"another process is at work on the files of {directory}"):
        for unfinished in directory.glob(f"*{SUFFIX}{OPEN_SUFFIX}"):
            unfinished.unlink()
        return _Round(archive, at, tell).run()


class _Round:
    """One go over all files with records that are to be overwritten."""

    def __init__(self, archive: Archive, at: datetime, tell: Callable[[str], None]) -> None:
        self._archive = archive
        self._directory = archive.warc_dir
        self._queries = TakedownQueries(archive)
        self._at = at
        self._tell = tell

    def run(self) -> Erased:
        count, left = 0, []
        for name, graves in self._queries.graves().items():
            self._tell(name)
            try:
                if self._erase_file(name, graves):
                    count += len(graves)
                else:
                    left.append(f"{name} is neither in {self._directory} nor in a store: it may be on another machine")
            except WarcError as error:
                left.append(str(error))
        self._remove_former_files()
        with self._archive.writing() as writer:
            writer.note_all_erased(self._at)
        return Erased(count, tuple(left))

    def _erase_file(self, name: str, graves: Sequence[Grave]) -> bool:
        is_here = has_file(self._directory, name)
        store = self._archive.store
        if not is_here and (store is None or not store.has_file(name)):
            return False
        self._keep_cited_bodies(graves)
        self._erase_copies(graves, but=name)
        if name.endswith(SUFFIX):
            self._erase_zstd(name, graves)
            return True
        self._overwrite_everywhere(name, {grave.location.offset: grave for grave in graves})
        with self._archive.writing() as writer:
            writer.note_erased([(grave.capture_id, grave.location) for grave in graves], self._at)
        return True

    def _overwrite_everywhere(self, name: str, graves: Mapping[int, Grave]) -> None:
        """In the directory and in the store: while a file is being uploaded it is in both."""
        _overwrite_here(self._directory, name, graves.values(), self._at)
        store = self._archive.store
        if store is None or not store.has_file(name):
            return
        patches = {
            offset: packed_tombstone(grave.record_id, self._at, grave.location.length)
            for offset, grave in graves.items()
        }
        store.overwrite(name, patches, self._directory / f".{name}.scratch")

    def _keep_cited_bodies(self, graves: Sequence[Grave]) -> None:
        """Gives bodies that captures of other articles need to the first of these, and lets the others cite it."""
        for grave, citing in self._queries.citing(graves):
            path = free_path(self._archive, f"warraq-kept-{grave.record_id}", ".warc.gz")
            try:
                locations = self._write_citing(path, citing)
            except OSError as error:
                raise unwritable(error, str(path)) from error
            with self._archive.writing() as writer:
                pairs = zip(citing, locations, strict=True)
                writer.move_citing([(each.capture_id, location) for each, location in pairs])

    def _write_citing(self, path: Path, citing: Sequence[Grave]) -> list[WarcLocation]:
        name = path.name.removesuffix(OPEN_SUFFIX)
        locations: list[WarcLocation] = []
        first: Original | None = None
        with path.open("wb") as file:
            file.write(compressed(warc_records.warcinfo(name, _SOFTWARE, self._at), _GZIP_LEVEL))
            for each in citing:
                capture = self._archive.read_capture(each.location)
                records = (warc_records.response_record(capture, first), warc_records.request_record(capture))
                data = b"".join(compressed(record, _GZIP_LEVEL) for record in records)
                refers_to = first.record_id if first else None
                digest = hashlib.sha256(b"".join(records)).hexdigest()
                locations.append(WarcLocation(name, file.tell(), len(data), refers_to, digest))
                file.write(data)
                first = first or Original(capture.record_id, capture.url, capture.captured_at)
            file.flush()
            os.fsync(file.fileno())
        finish_file(path, is_empty=False)
        return locations

    def _erase_zstd(self, name: str, graves: Sequence[Grave]) -> None:
        """Makes the file anew without the records, and with a dictionary that knows nothing of them."""
        store, old = self._archive.store, self._directory / name
        if not old.exists() and store is not None:
            store.fetch(name, old)
        taken = {grave.capture_id for grave in graves}
        with self._archive.reading() as connection:
            rows = connection.execute(_ROWS, {"file": name}).all()
        moving = [self._moving(old, row, is_taken=row.id in taken) for row in rows]
        path = free_path(self._archive, re.sub(r"-\d+$", "", name.removesuffix(SUFFIX)))
        moved = write_file(path, moving)
        finish_file(path, is_empty=False)
        pairs = list(zip(moving, moved, strict=True))
        with self._archive.writing() as writer:
            others = [_move(item, new) for item, new in pairs if item.row_id not in taken]
            if others:
                writer.move_captures(others)
            writer.note_erased([(item.row_id, new) for item, new in pairs if item.row_id in taken], self._at)
        self._discard(name)

    def _moving(self, path: Path, row: Any, *, is_taken: bool) -> Moving:
        location = location_of(row)
        data = b"" if is_taken else read_span(path, location)
        records = (tombstone(row.record_id, self._at),) if is_taken else tuple(_split(data))
        return Moving(row.id, row.record_id, location, row.captured_at, records)

    def _discard(self, name: str) -> None:
        """Removes a file that no row points to any more, its bytes first."""
        path = self._directory / name
        if path.exists():
            _wipe(path)
        if self._archive.store is not None:
            self._archive.store.remove(name)

    def _remove_former_files(self) -> None:
        """Removes zstd files that held records and were made anew, where the last run was killed before it did."""
        for name in self._queries.former_files():
            if name.endswith(SUFFIX) and not self._has_rows(name):
                self._discard(name)

    def _has_rows(self, name: str) -> bool:
        with self._archive.reading() as connection:
            return connection.execute(_ANY_ROW, {"file": name}).first() is not None

    def _erase_copies(self, graves: Sequence[Grave], *, but: str) -> None:
        """Overwrites what repacking leaves: gzip files with a record in use, zstd files that no row points to."""
        wanted = {grave.record_id: grave for grave in graves}
        for path in sorted(self._directory.glob(f"*{SUFFIX}")):
            if not self._has_rows(path.name) and _holds_any(path, wanted):
                self._discard(path.name)
        if not but.endswith(SUFFIX):
            return
        for path in sorted(self._directory.glob("*.warc.gz")):
            found = {
                location.offset: replace(wanted[stored.capture.record_id], location=location)
                for location, stored, _ in walk_from(path, 0)
                if stored is not None and stored.capture.record_id in wanted
            }
            if found:
                self._overwrite_everywhere(path.name, found)


def _holds_any(path: Path, wanted: Collection[str]) -> bool:
    """Whether a file that no row points to has one of these records, or is half blanked, since a run was killed."""
    try:
        return any(stored.capture.record_id in wanted for _, stored in walk(path))
    except (OSError, ValueError, WarcError):
        return True


def _move(item: Moving, new: WarcLocation) -> dict[str, Any]:
    return {
        "row": item.row_id,
        "old_file": item.location.file,
        "file": new.file,
        "begins": new.offset,
        "bytes": new.length,
    }


def _split(data: bytes) -> Iterator[bytes]:
    """The records, uncompressed, that stand one after the other in these bytes."""
    starts = [record.stream_pos for record in ArchiveIterator(io.BytesIO(data), parse_http=False)]
    for begin, end in zip(starts, [*starts[1:], len(data)], strict=True):
        yield data[begin:end]


def _overwrite_here(directory: Path, name: str, graves: Any, at: datetime) -> None:
    """Overwrites records in a file of the directory; returns where there is none.

    A file that a process writes is locked by it and only ever grows behind what is overwritten. Any other is locked
    against uploading; where it was renamed or removed meanwhile, what came of it is looked for again.
    """
    while has_file(directory, name):
        path = find_file(directory, name)
        try:
            with path.open("r+b", buffering=0) as file:
                _lock(file, path)
                for grave in graves:
                    _overwrite(file, grave, at)
                os.fsync(file.fileno())
                if _is_still(file, path):
                    return
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unwritable(error, str(path)) from error


def _lock(file: Any, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not path.name.endswith(OPEN_SUFFIX):
            fcntl.flock(file, fcntl.LOCK_EX)


def _is_still(file: Any, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _overwrite(file: BinaryIO | Any, grave: Grave, at: datetime) -> None:
    """Puts a tombstone where the capture's records are.

    Raises:
        WarcError: something else is there.
    """
    location = grave.location
    where = f"{location.file} at {location.offset}"
    data = os.pread(file.fileno(), location.length, location.offset)
    if len(data) != location.length or not data.startswith(_GZIP) or not _is_of(grave, data, where):
        raise WarcError(f"{where}: another record than that of capture {grave.record_id}", subject=where)
    os.pwrite(file.fileno(), packed_tombstone(grave.record_id, at, location.length), location.offset)


def _is_of(grave: Grave, data: bytes, where: str) -> bool:
    """Whether these records are the capture's, or a tombstone in their place.

    What cannot be read is taken for it, since its row says so: a tombstone of which a power cut left half.
    """
    try:
        records = b"".join(gzip_members(data))
        taken_down = warc_records.tombstone_of(records)
        return (taken_down or warc_records.read_records(records, where).capture.record_id) == grave.record_id
    except (OSError, ValueError, WarcError):
        return True


def _wipe(path: Path) -> None:
    """Overwrites a file and removes it: its name alone would leave its bytes on the disk."""
    try:
        with path.open("r+b", buffering=0) as file:
            rest = path.stat().st_size
            while rest > 0:
                rest -= file.write(_BLANKS[:rest]) or 0
            os.fsync(file.fileno())
        path.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise unwritable(error, str(path)) from error
