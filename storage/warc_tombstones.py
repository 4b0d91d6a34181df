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
_HEAD_WITH_COMMENT = b"\x1f\x8b\x08\x10" + _HEAD[4:]  # FCOMMENT: up to a zero byte
_LONGEST_BLOCK = 0xFFFF
_RECORD_END = b"\r\n\r\n"


def tombstone(record_id: str, at: datetime, padding: int = 0) -> bytes:
    """The record that stands for the capture with this record id, uncompressed, with so many blanks in its block."""
    return warc_records.tombstone_record(uuid.uuid4().hex, record_id, at, padding)


def packed_tombstone(record_id: str, at: datetime, length: int) -> bytes:
    """The tombstone as one gzip member of exactly ``length`` bytes.

    Raises:
        WarcError: it cannot be made so short; a response with its request is never that short.
    """
    own_id = uuid.uuid4().hex
    padding = max(0, length - len(_member(own_id, record_id, at, 0)))
    # Not every length can be met by blanks: what says how many there are packs a few bytes longer or shorter, and each
    # further block has a head. So there are as many as fit, and the member's own head takes up the rest.
    while (missing := length - len(member := _member(own_id, record_id, at, padding))) < 0:
        if padding == 0:
            raise WarcError(f"{length} bytes are too few for a tombstone", subject=record_id)
        padding = max(0, padding + missing)
    return _lengthened(member, missing)


def _member(own_id: str, record_id: str, at: datetime, padding: int) -> bytes:
    return _packed(warc_records.tombstone_record(own_id, record_id, at, padding), padding)


def _lengthened(member: bytes, missing: int) -> bytes:
    """The gzip member, so many bytes longer by a comment of blanks in its head, which every reader passes over."""
    if missing == 0:
        return member
    return _HEAD_WITH_COMMENT + b" " * (missing - 1) + b"\0" + member[len(_HEAD) :]


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
