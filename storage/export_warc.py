"""Copies of captures' records in one WARC file that every tool reads: a gzip member each, however they were kept.

Records are copied as they are, byte by byte. Only a revisit whose original is not in the file becomes the response that
it stands for, with the body of its original.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage import warc_records
from storage.errors import WarcError
from storage.records import Role
from storage.warc import RECORD_LEVEL, compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import IO

    from storage.archive import Archive
    from storage.export_captures import ExportedCapture
    from storage.warc_records import StoredCapture

_NOT_MODIFIED = 304
_HEAD_END = b"\r\n\r\n"
_RECORD_END = 4  # two line breaks follow a block


@dataclass(frozen=True, slots=True)
class WarcHead:
    """What the first record of the file says: its name, the program and its release, and when it was made."""

    name: str
    software: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class CopiedCapture:
    """A capture that was copied, and where its response or revisit record stands in the new file."""

    capture: ExportedCapture
    offset: int
    length: int
    is_revisit: bool


@dataclass(slots=True)
class _Records:
    """The records of one capture: their gzip members, and the capture that they were read as."""

    members: list[bytes]
    stored: StoredCapture


class HashedStream:
    """Passes bytes on to a stream, counts them and keeps their SHA-256.

    Args:
        stream: Where they go.
        length: How many are there already, which count and are not in the digest.
    """

    def __init__(self, stream: IO[bytes], length: int = 0) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.length = length

    def write(self, data: bytes) -> None:
        """Writes all of it."""
        self._stream.write(data)
        self._hash.update(data)
        self.length += len(data)

    @property
    def digest(self) -> str:
        """``sha256:`` and the hex digest of what was written so far."""
        return f"sha256:{self._hash.hexdigest()}"


def copy_captures(
    archive: Archive,
    wanted: Iterable[ExportedCapture],
    stream: HashedStream,
    head: WarcHead,
    *,
    leave_out: Callable[[ExportedCapture, WarcError], None],
) -> Iterator[CopiedCapture]:
    """Writes the captures, a warcinfo record before the first one, and gives each when it is written.

    Args:
        archive: Where their records are.
        wanted: The captures.
        stream: Gets the file, or the rest of one that was begun.
        head: What the file says of itself.
        leave_out: Is told of each capture whose record is missing or damaged; the others are written.

    Raises:
        ArchiveError: the archive cannot be read.
        OSError: the stream cannot be written.
    """
    if not stream.length:
        stream.write(compressed(warc_records.warcinfo(head.name, head.software, head.made_at), RECORD_LEVEL))
    for capture in wanted:
        try:
            records = _resolved(archive, capture, _found(archive, capture))
        except WarcError as error:
            leave_out(capture, error)
            continue
        offset = stream.length
        for member in records.members:
            stream.write(member)
        yield CopiedCapture(capture, offset, len(records.members[0]), records.stored.refers_to is not None)


def _found(archive: Archive, capture: ExportedCapture) -> _Records:
    """The capture's records; looked for again where they were repacked since the export began."""
    try:
        return _read(archive, capture)
    except WarcError:
        moved = archive.locate(capture.record_id)
        if moved is None or (moved.file, moved.offset) == (capture.location.file, capture.location.offset):
            raise
        return _read(archive, replace(capture, location=moved))


def _read(archive: Archive, capture: ExportedCapture) -> _Records:
    location = capture.location
    where = f"{location.file} at {location.offset}"
    data = archive.read_record_bytes(location)
    contents = _split(data, where)
    stored = warc_records.read_records(data, where)
    if len(contents) != 2 or stored.capture.record_id != capture.record_id:  # noqa: PLR2004 - response and request
        raise WarcError(f"{where}: another record than that of capture {capture.record_id}", subject=where)
    return _Records([compressed(content, RECORD_LEVEL) for content in contents], stored)


def _split(data: bytes, where: str) -> list[bytes]:
    """Each of the uncompressed records by itself.

    Raises:
        WarcError: the last one is torn.
    """
    records = []
    while data:
        head, separator, _ = data.partition(_HEAD_END)
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        if not separator or len(lengths) != 1:
            raise WarcError(f"{where}: a record without a length", subject=where)
        end = len(head) + len(separator) + int(lengths[0].partition(b":")[2]) + _RECORD_END
        records.append(data[:end])
        data = data[end:]
    return records


def _resolved(archive: Archive, capture: ExportedCapture, records: _Records) -> _Records:
    stored = records.stored
    if capture.has_original or not stored.lacks_body:
        return records
    whole = archive.complete(stored)
    response = compressed(warc_records.response_record(whole, None), RECORD_LEVEL)
    return _Records([response, records.members[1]], warc_records.StoredCapture(whole))


def has_replay(copied: CopiedCapture) -> bool:
    """Whether replay tools can show it; a rendered page is a conversion record, which they pass over."""
    return copied.capture.role is not Role.RENDERED
