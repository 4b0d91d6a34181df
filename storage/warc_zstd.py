"""WARC files compressed with zstd: a frame a record, and the file's own dictionary in its first frame.

The format is the IIPC's 'Zstandard Compression for WARC Files 1.0': a skippable frame of magic 0x184D2A5D at the
beginning holds the dictionary, which may itself be compressed, and every frame of the file uses it.
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from fastwarc.stream_io import ZstdReader, ZstdWriter
from fastwarc.warc import ArchiveIterator

from storage import warc_records
from storage.records import WarcLocation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from storage.warc_records import StoredCapture

SUFFIX = ".warc.zst"
_DICTIONARY_MAGIC = 0x184D2A5D
HEAD_BYTES = 8  # magic and length of the first frame
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
LEVEL = 9
"""Higher levels take several times as long for one per cent (``benchmarks/warc.py``)."""


class ZstdFile:
    """A file that is written record by record; ``append`` says where each stands."""

    def __init__(self, stream: BinaryIO, dictionary: bytes | None) -> None:
        self._stream = stream
        self._writer = ZstdWriter(
            stream, compression_level=LEVEL, dictionary=dictionary, compress_dictionary_frame=True
        )

    def append(self, record: bytes) -> tuple[int, int]:
        """Offset and length of the record's frame; the first one's begin with the dictionary."""
        offset = self._stream.tell()
        self._writer.write(record)
        self._writer.finish()
        self._writer.flush()  # only then does the stream stand where the next frame begins
        return offset, self._stream.tell() - offset


def decompressed(path: Path, data: bytes) -> bytes:
    """The records in a part of a file, uncompressed.

    Raises:
        OSError: it is torn or damaged.
    """
    return decompressed_with(_dictionary(path, path.stat().st_size), data)


def decompressed_with(dictionary: bytes | None, data: bytes) -> bytes:
    """As ``decompressed``, with the file's dictionary.

    Raises:
        OSError: it is torn or damaged.
    """
    return ZstdReader(io.BytesIO(data), dictionary=dictionary).read(-1)


def dictionary_length(head: bytes) -> int:
    """How long the dictionary is that a file with this head begins with, in bytes as stored; 0 where there is none."""
    if len(head) < HEAD_BYTES:
        return 0
    magic, length = struct.unpack("<II", head)
    return length if magic == _DICTIONARY_MAGIC else 0


def plain_dictionary(content: bytes) -> bytes:
    """A dictionary as it is used, from the form in which the file holds it."""
    return ZstdReader(io.BytesIO(content)).read(-1) if content.startswith(_ZSTD_MAGIC) else content


@lru_cache(maxsize=32)
def _dictionary(path: Path, _size: int) -> bytes | None:
    """A file's dictionary; its size is a part of the key, since a file of the same name may be made anew."""
    with path.open("rb") as file:
        length = dictionary_length(file.read(HEAD_BYTES))
        return plain_dictionary(file.read(length)) if length else None


def walk(path: Path) -> Iterator[tuple[WarcLocation, StoredCapture]]:
    """The captures of a finished file in order; tombstones are passed over.

    Raises:
        WarcError: a record is damaged.
        OSError: the file is.
    """
    records = [
        (record.stream_pos, warc_records.has_capture(record.headers))
        for record in ArchiveIterator(str(path), parse_http=False)
    ]
    ends = [*(begin for begin, _ in records[1:]), path.stat().st_size]
    data = path.read_bytes()
    kept = [(begin, end) for (begin, is_kept), end in zip(records, ends, strict=True) if is_kept]
    for (begin, _), (_, end) in zip(kept[::2], kept[1::2], strict=True):  # response and request
        stored = warc_records.read_records(decompressed(path, data[begin:end]), f"{path.name} at {begin}")
        yield WarcLocation(path.name, begin, end - begin, stored.refers_to), stored
