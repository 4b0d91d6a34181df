"""Tombstones: what stands in a WARC file in the place of records that were taken down.

A tombstone is a WARC metadata record (ISO 28500:2017, section 6.5) that names the record it stands for and says when
that was taken down, and nothing of what it held. As a gzip member it can be made as long as the records it covers, so
that every other record of the file stays where it is: what is missing is filled with blanks in deflate blocks that are
stored as they are (RFC 1951, section 3.2.4), which any reader unpacks. Knows neither files nor rows.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from typing import TYPE_CHECKING

from storage import warc_records
from storage.errors import WarcError

if TYPE_CHECKING:
    from datetime import datetime

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: deflate, no flags, no time, no system
_TRAILER_BYTES = 8
_BLOCK_HEAD_BYTES = 5
_LONGEST_BLOCK = 0xFFFF
_RECORD_END = b"\r\n\r\n"
_TRIES = 64


def tombstone(record_id: str, at: datetime, padding: int = 0) -> bytes:
    """The record that stands for the capture with this record id, uncompressed, with so many blanks in its block."""
    return warc_records.tombstone_record(uuid.uuid4().hex, record_id, at, padding)


def packed_tombstone(record_id: str, at: datetime, length: int) -> bytes:
    """The tombstone as one gzip member of exactly ``length`` bytes.

    Raises:
        WarcError: it cannot be made so short; a response with its request is never that short.
    """
    padding = 0
    for _ in range(_TRIES):
        # Each has an id of its own and packs a byte or two longer or shorter for it, so that a length which one id
        # passes over is met by another.
        member = _packed(tombstone(record_id, at, padding), padding)
        missing = length - len(member)
        if missing == 0:
            return member
        padding = max(0, padding + missing)
    raise WarcError(f"{length} bytes are too few for a tombstone", subject=record_id)


def _packed(record: bytes, padding: int) -> bytes:
    """The record as a gzip member: what it says is deflated, its blanks and its end are stored."""
    says = len(record) - padding - len(_RECORD_END)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(record[:says]) + deflater.flush(zlib.Z_FULL_FLUSH)
    rest = record[says:]
    blocks = [rest[start : start + _LONGEST_BLOCK] for start in range(0, len(rest), _LONGEST_BLOCK)]
    stored = b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )
    return _HEAD + packed + stored + struct.pack("<II", zlib.crc32(record), len(record) & 0xFFFFFFFF)
