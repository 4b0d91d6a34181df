"""A tombstone is exactly as long as the records that it covers, whatever their length, and every reader reads it."""

from __future__ import annotations

import gzip
import io
from uuid import uuid4

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import example, given
from hypothesis import strategies as st

from storage.errors import WarcError
from storage.warc import gzip_members
from storage.warc_records import tombstone_of
from storage.warc_tombstones import packed_tombstone
from tests.storage_fixtures import START

SHORTEST = 345  # a capture's response and request, neither with a body, take more


# Ids differ from run to run, and with them the lengths that blanks alone can meet: these were met seldom or never.
@example(SHORTEST)
@example(406)
@example(556)
@example(65_869)
@example(65_870)
@example(65_871)
@example(131_410)
@given(st.integers(SHORTEST, 200_000))
def test_tombstone_has_any_length_and_says_whose_it_is(length: int) -> None:
    record_id = uuid4().hex
    member = packed_tombstone(record_id, START, length)
    assert len(member) == length
    (content,) = gzip_members(member)
    assert gzip.decompress(member) == content
    assert tombstone_of(content) == record_id


def test_tombstones_one_after_the_other_are_read_from_their_offsets() -> None:
    lengths = range(SHORTEST, SHORTEST + 300)
    members = [packed_tombstone(uuid4().hex, START, length) for length in lengths]
    records = list(ArchiveIterator(io.BytesIO(b"".join(members)), parse_http=False))
    assert [record.stream_pos for record in records] == [sum(lengths[:number]) for number in range(len(lengths))]


def test_tombstone_of_a_length_that_none_has_is_refused() -> None:
    with pytest.raises(WarcError, match="too few"):
        packed_tombstone(uuid4().hex, START, 100)
