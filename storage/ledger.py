"""The ledger: an append-only Merkle log over captures and versions, as ``docs/ledger.md`` describes it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from storage.errors import WarcError

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.archive import Archive
    from storage.records import WarcLocation

_LEAVES_A_BATCH = 200
"""Others wait for the transaction that appends: in SQLite everybody who writes, for some 20 ms, and for a second while
an archive of before step 0013 has the digests of its WARC records made up for."""


def append_waiting(archive: Archive, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Appends a leaf for every capture and version that waits for one, in batches; how many were served.

    May be called by any number of processes at once; killed at any moment, the next call goes on.

    Args:
        archive: Open.
        is_stopping: Asked after each batch; what waits then is left for the next call.

    Raises:
        ArchiveError: the database cannot be written.
    """
    served = 0
    while True:
        with archive.writing() as writer:
            taken = writer.append_leaves(_LEAVES_A_BATCH, lambda location: _read_digest(archive, location))
        served += taken
        if taken < _LEAVES_A_BATCH or is_stopping():
            return served


def _read_digest(archive: Archive, location: WarcLocation) -> str | None:
    try:
        return hashlib.sha256(archive.read_record_bytes(location)).hexdigest()
    except WarcError:
        return None  # `warraq verify` says what is wrong with it
