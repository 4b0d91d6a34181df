"""WARC files: written by one process each, closed when all they hold is in the database, read by anyone.

While a file is written its name ends in ``.open`` and the writer holds an flock on it; both the database and other
readers know it by its final name. Compression is a gzip member a record, which every tool reads.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import re
import socket
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import deflate
from fastwarc.warc import ArchiveIterator

from storage import warc_records, warc_zstd
from storage.errors import WarcError
from storage.faults import unwritable
from storage.records import WarcLocation
from storage.warc_records import Original, StoredCapture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from storage.records import Capture, Clock, PayloadDigest

OPEN_SUFFIX = ".open"
RECORD_LEVEL = 8
"""libdeflate's level 8 gives smaller files than zlib's level 9 in half its time (41,781 bytes and 2.1 ms a page against
41,939 and 4.0 on the 181 pages of the scrapinghub set)."""
_SMALL_LEVEL = 12
_SMALL_BYTES = 4096
_ENCODED_LEVEL = 1
"""A body that is compressed already gains nothing from a higher level; only the headers do."""
_REMEMBERED_BODIES = 4096
_OK = 200
_NOT_MODIFIED = 304
_GZIP_WBITS = 31  # zlib: a gzip header and trailer, the largest window
_READ_BYTES = 1 << 18


class Originals(Protocol):
    """Where bodies that are stored already can be looked up: the archive's rows."""

    def identical(self, digest: PayloadDigest) -> Original | None:
        """A capture that holds this very body."""

    def latest(self, url: str) -> Original | None:
        """The capture that last gave a body for this URL."""

    def is_taken_down(self, record_id: str) -> bool:
        """Whether that capture's records are overwritten, or going to be."""


@dataclass(slots=True)
class _OpenFile:
    """A file that is being written, or waits for its last records to be confirmed."""

    path: Path
    descriptor: int
    synced_bytes: int = 0
    unsynced: bytearray = field(default_factory=bytearray)
    unconfirmed: set[int] = field(default_factory=set)
    is_retired: bool = False

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(OPEN_SUFFIX)

    @property
    def end(self) -> int:
        return self.synced_bytes + len(self.unsynced)


class WarcWriter:
    """The one writer of WARC files in a process; all its methods are called from one thread at a time.

    Args:
        directory: Holds the files; made if only its last part is missing.
        clock: Names files and dates their head.
        max_bytes: A file that has grown this large is followed by the next.
        software: Names the program and its release in each file.
        originals: Where to look for bodies that are stored already. Without it only this process's own are known.

    Raises:
        ArchiveUnavailableError: the directory cannot be made or written.
    """

    def __init__(
        self,
        directory: Path,
        *,
        clock: Clock,
        software: str,
        max_bytes: int = 1_000_000_000,
        originals: Originals | None = None,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._max_bytes = max_bytes
        self._software = software
        self._originals = originals
        self._recent: OrderedDict[str, Original] = OrderedDict()
        self._unsynced_digests: list[str] = []
        self._files: dict[str, _OpenFile] = {}
        self._current: _OpenFile | None = None
        self._number = 0
        make_directory(directory)

    def append(self, capture: Capture) -> WarcLocation:
        """Where the capture's records will be once ``sync`` has returned.

        A 304, and a body that is stored already, become revisit records.

        Raises:
            ArchiveUnavailableError: no file can be begun.
        """
        file = self._file()
        original = self._original(capture)
        records = (warc_records.response_record(capture, original), warc_records.request_record(capture))
        level = _ENCODED_LEVEL if capture.header("Content-Encoding") else RECORD_LEVEL
        data = b"".join(compressed(record, level) for record in records)
        digest = hashlib.sha256(records[0])
        digest.update(records[1])
        refers_to = original.record_id if original else None
        location = WarcLocation(file.name, file.end, len(data), refers_to, digest.hexdigest())
        file.unsynced += data
        file.unconfirmed.add(location.offset)
        if original is None and capture.body:
            self._remember(capture)
        return location

    def sync(self) -> None:
        """Puts everything appended so far on the disk.

        Raises:
            ArchiveUnavailableError: it cannot be written. What was appended since the last sync is dropped, and the
                file ends where it did then.
        """
        file = self._current
        if file is None or not file.unsynced:
            return
        try:
            _write_all(file.descriptor, file.unsynced)
            os.fsync(file.descriptor)
        except OSError as error:
            self._take_back(file)
            raise unwritable(error, str(file.path)) from error
        file.synced_bytes = file.end
        file.unsynced = bytearray()
        self._unsynced_digests.clear()

    def confirm(self, locations: Iterable[WarcLocation]) -> None:
        """Takes note that the database knows these records; a full file is closed with its last one.

        Locations in files of other writers are passed over.

        Raises:
            ArchiveUnavailableError: a file that is complete cannot be renamed.
        """
        touched = set()
        for location in locations:
            if location.file in self._files:
                self._files[location.file].unconfirmed.discard(location.offset)
                touched.add(location.file)
        for name in touched:
            self._settle(self._files[name])

    def close(self) -> None:
        """Syncs and closes. A file with records that were never confirmed stays ``.open`` for the next opening.

        Raises:
            ArchiveUnavailableError: the last records cannot be written.
        """
        try:
            self.sync()
        finally:
            if self._current is not None:
                self._retire(self._current)
            for file in self._files.values():
                os.close(file.descriptor)
            self._files.clear()

    def _file(self) -> _OpenFile:
        if self._current is not None and self._current.end >= self._max_bytes:
            self.sync()
            self._retire(self._current)
        if self._current is None:
            self._current = self._begin()
            self._files[self._current.name] = self._current
        return self._current

    def _begin(self) -> _OpenFile:
        now = self._clock()
        path = self._free_path(now)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sync_directory(self._directory)
        except OSError as error:
            raise unwritable(error, str(path)) from error
        name = path.name.removesuffix(OPEN_SUFFIX)
        head = compressed(warc_records.warcinfo(name, self._software, now), RECORD_LEVEL)
        return _OpenFile(path, descriptor, unsynced=bytearray(head))

    def _free_path(self, now: datetime) -> Path:
        """A name not taken yet: a clock may be set back, and in a container every process has the same number."""
        host = re.sub(r"[^\w.]+", "_", socket.gethostname())
        stamp = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}"
        while True:
            self._number += 1
            path = self._directory / f"warraq-{stamp}-{host}-{os.getpid()}-{self._number:05}.warc.gz{OPEN_SUFFIX}"
            if not path.exists() and not path.with_suffix("").exists():
                return path

    def _original(self, capture: Capture) -> Original | None:
        if capture.status == _NOT_MODIFIED:
            return self._originals.latest(capture.url) if self._originals else None
        if not capture.body:
            return None
        known = self._recent.get(capture.payload_digest)
        if known is not None and self._originals is not None and self._originals.is_taken_down(known.record_id):
            known = None
        if known is None and self._originals is not None:
            known = self._originals.identical(capture.payload_digest)
        return known if known is None or known.record_id != capture.record_id else None

    def _remember(self, capture: Capture) -> None:
        """Rows follow records by a batch or more, so the bodies just written are not in the database yet."""
        self._recent[capture.payload_digest] = Original(capture.record_id, capture.url, capture.captured_at)
        self._unsynced_digests.append(capture.payload_digest)
        if len(self._recent) > _REMEMBERED_BODIES:
            self._recent.popitem(last=False)

    def _take_back(self, file: _OpenFile) -> None:
        """Undoes a write that failed halfway: a later record must not follow a torn one."""
        for digest in self._unsynced_digests:
            self._recent.pop(digest, None)
        self._unsynced_digests.clear()
        file.unconfirmed = {offset for offset in file.unconfirmed if offset < file.synced_bytes}
        file.unsynced = bytearray()
        try:
            os.ftruncate(file.descriptor, file.synced_bytes)
        except OSError:
            self._retire(file)  # it cannot be trusted with another record; a new file is begun
            return
        if file.synced_bytes == 0:
            self._retire(file)

    def _retire(self, file: _OpenFile) -> None:
        file.is_retired = True
        self._current = None
        self._settle(file)

    def _settle(self, file: _OpenFile) -> None:
        if not file.is_retired or file.unconfirmed:
            return
        finish_file(file.path, is_empty=file.synced_bytes == 0)
        os.close(file.descriptor)
        del self._files[file.name]


def make_directory(directory: Path) -> None:
    """Makes the directory if only its last part is missing.

    Raises:
        ArchiveUnavailableError: it cannot be made, or is none.
    """
    try:
        directory.mkdir(exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(13, "access is denied")
    except OSError as error:
        raise unwritable(error, str(directory)) from error


def sync_directory(directory: Path) -> None:
    """Puts the directory's own entries on the disk: a new or renamed file is safe only then."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def finish_file(path: Path, *, is_empty: bool) -> None:
    """Gives a complete file its final name, or removes one that holds nothing.

    Raises:
        ArchiveUnavailableError: the directory cannot be written.
    """
    try:
        if is_empty:
            path.unlink()
        else:
            path.rename(path.with_name(path.name.removesuffix(OPEN_SUFFIX)))
        sync_directory(path.parent)
    except OSError as error:
        raise unwritable(error, str(path)) from error


def _write_all(descriptor: int, data: bytearray) -> None:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        rest.release()


def compressed(record: bytes, level: int) -> bytes:
    """One record as one gzip member; a small one, such as a 304, as tightly as can be."""
    return bytes(deflate.gzip_compress(record, _SMALL_LEVEL if len(record) < _SMALL_BYTES else level))


def has_file(directory: Path, name: str) -> bool:
    """Whether the file of that final name is in the directory, closed or still written."""
    return (directory / name).exists() or (directory / (name + OPEN_SUFFIX)).exists()


def find_file(directory: Path, name: str) -> Path:
    """The file of that final name, whether it is closed or still written.

    Raises:
        WarcError: there is none.
    """
    for path in (directory / name, directory / (name + OPEN_SUFFIX)):
        if path.exists():
            return path
    raise WarcError(f"{directory / name} is missing", remedy="restore it from a backup", subject=name)


def read_stored(directory: Path, location: WarcLocation) -> StoredCapture:
    """The capture at that place, with an empty body where it is a revisit.

    Raises:
        WarcError: the file or the record is missing or damaged.
    """
    where = f"{location.file} at {location.offset}"
    try:
        return warc_records.read_records(read_span(find_file(directory, location.file), location), where)
    except OSError as error:
        raise WarcError(f"{where}: {error.strerror or error}", subject=where) from error


def read_records_at(directory: Path, location: WarcLocation) -> bytes:
    """The records at that place, uncompressed.

    Raises:
        WarcError: the file is missing, or is torn or damaged there.
    """
    where = f"{location.file} at {location.offset}"
    try:
        data = read_span(find_file(directory, location.file), location)
        return data if location.file.endswith(warc_zstd.SUFFIX) else b"".join(gzip_members(data))
    except OSError as error:
        raise WarcError(f"{where}: {error.strerror or error}", subject=where) from error


def read_span(path: Path, location: WarcLocation) -> bytes:
    """The records at that place in a file; those of a zstd file are uncompressed, since they need its dictionary.

    Raises:
        OSError: the file cannot be read, or the place is torn.
    """
    with path.open("rb") as file:
        file.seek(location.offset)
        data = file.read(location.length)
    return warc_zstd.decompressed(path, data) if location.file.endswith(warc_zstd.SUFFIX) else data


def walk(path: Path) -> Iterator[tuple[WarcLocation, StoredCapture]]:
    """The captures of a WARC file of ours in order; those of a gzip file up to the first torn or damaged record.

    Whether a record is whole is decided by its gzip trailer, its length and its block digest: FastWARC alone gives
    a torn record as if it were whole.
    """
    if path.name.endswith(warc_zstd.SUFFIX):
        yield from warc_zstd.walk(path)
        return
    for location, stored, _ in walk_from(path, 0):
        if stored is not None:
            yield location, stored


def walk_from(path: Path, offset: int) -> Iterator[tuple[WarcLocation, StoredCapture | None, int]]:
    """As ``walk``, from an offset where a record begins; with each capture the offset where the next begins.

    A warcinfo record and a tombstone give no capture. A response without its request is torn: the two are written
    together.
    """
    name = path.name.removesuffix(OPEN_SUFFIX)
    response: tuple[int, bytes] | None = None
    for start, end, data in _members(path, offset):
        try:
            if not _has_capture(data):
                yield WarcLocation(name, start, end - start), None, end
            elif response is None:
                response = (start, data)
            else:
                first, head = response
                records = head + data
                stored = warc_records.read_records(records, f"{name} at {first}")
                digest = hashlib.sha256(records).hexdigest()
                yield WarcLocation(name, first, end - first, stored.refers_to, digest), stored, end
                response = None
        except (WarcError, ValueError):
            return


def _has_capture(data: bytes) -> bool:
    record = next(iter(ArchiveIterator(io.BytesIO(data), parse_http=False)), None)
    return record is None or warc_records.has_capture(record.headers)


def gzip_members(data: bytes) -> Iterator[bytes]:
    """The content of each gzip member.

    Raises:
        OSError: the last is torn or one is damaged.
    """
    rest = data
    while rest:
        inflater = zlib.decompressobj(_GZIP_WBITS)
        try:
            content = inflater.decompress(rest)
        except zlib.error as error:
            raise OSError(f"damaged: {error}") from error
        if not inflater.eof:
            raise OSError("torn")
        yield content
        rest = inflater.unused_data


def _members(path: Path, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and content of each whole gzip member; its trailer (CRC and length) is checked by zlib."""
    with path.open("rb") as file:
        file.seek(offset)
        rest, start = b"", offset
        while True:
            inflater, pieces = zlib.decompressobj(_GZIP_WBITS), []
            try:
                while not inflater.eof:
                    chunk = rest or file.read(_READ_BYTES)
                    if not chunk:
                        return
                    rest = b""
                    pieces.append(inflater.decompress(chunk))
            except zlib.error:
                return
            rest = inflater.unused_data
            end = file.tell() - len(rest)
            yield start, end, b"".join(pieces)
            start = end
