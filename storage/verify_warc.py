"""Recomputes what the WARC files hold: each capture's records and body, and that nothing else stands between them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, tuple_

from storage import warc_records, warc_zstd
from storage.errors import WarcError
from storage.findings import Finding, What
from storage.statements import captures, erasures, location_of
from storage.warc import walk_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from storage.archive import Archive
    from storage.findings import Tally
    from storage.records import WarcLocation

_ROWS_A_PAGE = 200
_PLACE = (captures.c.warc_file, captures.c.warc_offset, captures.c.id)
_WITH_ERASURES = select(captures, erasures.c.capture_id.label("erasure"), erasures.c.erased_at).outerjoin(
    erasures, erasures.c.capture_id == captures.c.id
)
_PAGE = (
    _WITH_ERASURES.where(tuple_(*_PLACE) > tuple_(bindparam("file"), bindparam("begins"), bindparam("row")))
    .order_by(*_PLACE)
    .limit(_ROWS_A_PAGE)
)
_AGAIN = _WITH_ERASURES.where(captures.c.id == bindparam("row"))
_KNOWN = select(captures.c.record_id).where(captures.c.record_id.in_(bindparam("wanted", expanding=True)))
_NOT_MODIFIED = 304
_OF_ROW = ("record_id", "source_key", "role", "url", "captured_at", "status", "visit_id", "remote_address")


class WarcCheck:
    """One pass over all captures in the order of their places.

    Args:
        archive: Open.
        tally: Is told what was looked at.
        advance: Is told how many captures were done.
    """

    def __init__(self, archive: Archive, tally: Tally, advance: Callable[[int], None] = lambda _: None) -> None:
        self._archive = archive
        self._tally = tally
        self._advance = advance
        self._file = ""
        self._end = 0
        self._seen_files: set[str] = set()

    def findings(self) -> Iterator[Finding]:
        """What is wrong, file by file."""
        after: dict[str, Any] = {"file": "", "begins": 0, "row": 0}
        while True:
            with self._archive.reading() as connection:
                rows = connection.execute(_PAGE, after).all()
                originals = _known(connection, {row.refers_to for row in rows if row.refers_to})
            if not rows:
                break
            for row in rows:
                yield from self._between(row.warc_file, row.warc_offset)
                self._end = max(self._end, row.warc_offset + row.warc_length)
                yield from self._capture(row, originals)
            after = {"file": rows[-1].warc_file, "begins": rows[-1].warc_offset, "row": rows[-1].id}
            self._tally.captures += len(rows)
            self._advance(len(rows))
        yield from self._between("", 0)
        yield from self._unnamed_files()

    def _capture(self, row: Any, originals: set[str]) -> Iterator[Finding]:
        problem = self._problem(row)
        if problem is not None:
            # The records may have moved since the page was read: they are looked for where the row has them now.
            with self._archive.reading() as connection:
                row = connection.execute(_AGAIN, {"row": row.id}).first()
            problem = self._problem(row) if row is not None else None
        if problem is not None:
            yield Finding(What.CHANGED, f"capture {row.record_id} ({row.url})", problem)
        elif row.refers_to is not None and row.refers_to not in originals:
            problem = f"capture {row.refers_to}, which holds its body, has no row"
            yield Finding(What.REMOVED, f"capture {row.record_id} ({row.url})", problem)

    def _problem(self, row: Any) -> str | None:
        location = location_of(row)
        where = f"{location.file} at {location.offset}"
        try:
            data = self._archive.read_record_bytes(location)
            self._tally.warc_bytes += len(data)
            if row.erasure is not None:
                return _erasure_problem(row, data, where)
            stored = warc_records.read_records(data, where)
        except WarcError as error:
            return error.problem
        except (ValueError, KeyError) as error:
            return f"{where}: no record that can be read: {error}"
        if row.record_digest is not None and hashlib.sha256(data).hexdigest() != row.record_digest:
            return f"{where}: the WARC record is not the one that was written"
        return _difference(row, stored, where)

    def _between(self, file: str, offset: int) -> Iterator[Finding]:
        """What stands before the next capture: the head of a file, or records that no row names."""
        if self._file and file != self._file:
            yield from self._strangers(self._file, self._end, None)
        if file != self._file:
            self._file, self._end = file, 0
            self._seen_files.add(file)
        if file and offset > self._end:
            yield from self._strangers(file, self._end, offset)

    def _strangers(self, file: str, begin: int, end: int | None) -> Iterator[Finding]:
        path = self._archive.warc_dir / file
        is_walkable = not file.endswith(warc_zstd.SUFFIX) and path.exists()
        if not is_walkable:
            return  # still written, in the store, or zstd: what stands there is found by its captures
        size = path.stat().st_size
        until = size if end is None else end
        for location, stored, stop in walk_from(path, begin):
            if location.offset >= until:
                break
            begin = stop
            if stored is not None:
                yield from self._stranger(stored.capture.record_id, location)
        if begin < until:
            yield Finding(
                What.ADDED if end is None else What.CHANGED,
                f"{file} at {begin}",
                f"{until - begin} bytes are no records of any capture",
            )

    def _stranger(self, record_id: str, location: WarcLocation) -> Iterator[Finding]:
        with self._archive.reading() as connection:
            if not _known(connection, {record_id}):
                place = f"{location.file} at {location.offset}"
                yield Finding(What.ADDED, f"WARC record {record_id}", f"{place}: no capture has a row for it")

    def _unnamed_files(self) -> Iterator[Finding]:
        for path in sorted(self._archive.warc_dir.glob("*.warc.gz")):
            if path.name not in self._seen_files:
                yield from self._strangers(path.name, 0, None)


def _known(connection: Connection, wanted: set[str]) -> set[str]:
    return set(connection.execute(_KNOWN, {"wanted": sorted(wanted)}).scalars()) if wanted else set()


def _erasure_problem(row: Any, data: bytes, where: str) -> str | None:
    """What is wrong with the records of a capture that was taken down; until they are overwritten they are as ever."""
    if row.erased_at is None or warc_records.tombstone_of(data) == row.record_id:
        return None
    return f"{where}: it was taken down, and there is no tombstone of it"


def _difference(row: Any, stored: warc_records.StoredCapture, where: str) -> str | None:
    """What record and row tell otherwise of one capture, or None."""
    for name in _OF_ROW:
        told, kept = getattr(stored.capture, name), getattr(row, name)
        if told != kept:
            return f"{where}: its row has {name} {kept}, the WARC record {told}"
    if stored.capture.payload_digest != row.payload_digest and row.status != _NOT_MODIFIED:
        return f"{where}: its row has another payload digest than the WARC record"
    if stored.refers_to != row.refers_to:
        return f"{where}: its row refers to {row.refers_to}, the WARC record to {stored.refers_to}"
    if stored.refers_to is None and "sha256:" + hashlib.sha256(stored.capture.body).hexdigest() != row.payload_digest:
        return f"{where}: the body is not that of the payload digest"
    return None
