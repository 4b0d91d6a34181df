"""Repacks finished WARC files with zstd: one file a source and day, with a dictionary trained on that source.

Pages of one site repeat its template, so a dictionary of it saves what gzip stores again with every page. A row is
moved only after its records stand, synced and read back, in the new file; a gzip file is removed only when every record
in it has a row that points elsewhere. Killed at any moment, the next run goes on: a file that no row points to is made
anew.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select

from storage import warc_records
from storage.columns import UtcTime
from storage.errors import WarcError
from storage.faults import unwritable
from storage.lock import locked_file
from storage.records import WarcLocation
from storage.statements import captures, erasures, location_of
from storage.warc import OPEN_SUFFIX, finish_file, gzip_members, read_span, walk_from
from storage.warc_zstd import LEVEL, SUFFIX, ZstdFile

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDict, compress, finalize_dict
else:
    from backports.zstd import ZstdDict, compress, finalize_dict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from storage.archive import Archive

_DICTIONARY_BYTES = 512 * 1024
"""Measured with ``benchmarks/warc.py`` on four portals: whole pages as the dictionary's content take 19 % of the bytes
of warcio's files with 512 KB, 28 % with 110 KB; a dictionary trained by zstd's own choice of fragments 43 %."""
_PAGES_TRIED = 12
_HEADER_BYTES = 1024  # the entropy tables that zstd puts before the content
_SMALLEST_SAMPLE = 2048  # a 304 or a request has nothing that a page has not
_GZIP = "%.warc.gz"


@dataclass(frozen=True, slots=True)
class Repacked:
    """What came of it: files made and removed, and the bytes of each kind."""

    captures: int = 0
    files_made: int = 0
    files_removed: int = 0
    bytes_before: int = 0
    bytes_after: int = 0


@dataclass(frozen=True, slots=True)
class Moving:
    """A capture on its way: the id of its row, where its records are, and the records themselves, uncompressed.

    There are two, response and request; or one, the tombstone of a capture that was taken down.
    """

    row_id: int
    record_id: str
    location: WarcLocation
    captured_at: datetime
    records: tuple[bytes, ...]


_in_gzip = captures.c.warc_file.like(_GZIP)
_AT = bindparam("before", type_=UtcTime())
_ROWS = select(
    captures.c.id,
    captures.c.record_id,
    captures.c.source_key,
    captures.c.captured_at,
    captures.c.warc_file,
    captures.c.warc_offset,
    captures.c.warc_length,
    captures.c.refers_to,
).where(
    _in_gzip,
    captures.c.captured_at < _AT,
    # What is about to be overwritten stays where it can be overwritten in its place.
    ~exists().where(erasures.c.capture_id == captures.c.id, erasures.c.erased_at.is_(None)),
)
_SOURCES = (
    select(captures.c.source_key)
    .where(_in_gzip, captures.c.captured_at < _AT)
    .distinct()
    .order_by(captures.c.source_key)
)
_POINTING_TO = select(func.count()).select_from(captures).where(captures.c.warc_file == bindparam("file"))
_ELSEWHERE = select(captures.c.warc_file).where(
    captures.c.record_id == bindparam("record"), captures.c.warc_file != bindparam("file")
)


def repack(archive: Archive, *, before: datetime) -> Repacked:
    """Repacks every capture made before that moment whose gzip file is closed and at hand.

    Args:
        archive: Open.
        before: Usually the beginning of today, so that a day's file is made once.

    Raises:
        ArchiveBusyError: another process is repacking these files.
        WarcError: a record is missing or damaged; the rows before it were moved, it and its file are left alone.
        ArchiveUnavailableError: the WARC directory cannot be written.
    """
    with locked_file(archive.warc_dir / ".repack.lock", f"another process is repacking {archive.warc_dir}"):
        for left in archive.warc_dir.glob(f"*{SUFFIX}{OPEN_SUFFIX}"):
            left.unlink()
        total = Repacked()
        with archive.reading() as connection:
            keys = list(connection.execute(_SOURCES, {"before": before}).scalars())
        for key in keys:
            for day, rows in _days(archive, key, before):
                total = _sum(total, _repack_day(archive, key, day, rows))
        return _sum(total, _remove_superseded(archive))


def _days(archive: Archive, source_key: str, before: datetime) -> Iterator[tuple[date, list[Any]]]:
    """The rows of a source that can be moved, by the day of their capture in UTC."""
    statement = _ROWS.where(captures.c.source_key == source_key).order_by(captures.c.captured_at, captures.c.id)
    with archive.reading() as connection:
        rows = connection.execute(statement, {"before": before}).all()
    by_day: dict[date, list[Any]] = {}
    for row in rows:
        if (archive.warc_dir / row.warc_file).exists():
            by_day.setdefault(row.captured_at.date(), []).append(row)
    yield from by_day.items()


def _repack_day(archive: Archive, source_key: str, day: date, rows: Sequence[Any]) -> Repacked:
    moving = [_read(archive.warc_dir, row) for row in rows]
    site = re.sub(r"[^\w.-]+", "_", source_key)
    path = free_path(archive, f"warraq-{day:%Y%m%d}-{site}")
    moved = write_file(path, moving)
    finish_file(path, is_empty=False)
    _move_rows(archive, moving, moved)
    return Repacked(
        captures=len(moving),
        files_made=1,
        bytes_before=sum(item.location.length for item in moving),
        bytes_after=path.with_suffix("").stat().st_size,
    )


def _read(directory: Path, row: Any) -> Moving:
    location = location_of(row)
    where = f"{location.file} at {location.offset}"
    try:
        records = list(gzip_members(read_span(directory / location.file, location)))
    except OSError as error:
        raise WarcError(f"{where}: {error.strerror or error}", subject=where) from error
    if warc_records.tombstone_of(records[0]) == row.record_id:
        return Moving(row.id, row.record_id, location, row.captured_at, (records[0],))
    stored = warc_records.read_records(b"".join(records), where)
    if len(records) != 2 or stored.capture.record_id != row.record_id:  # noqa: PLR2004 - response and request
        raise WarcError(f"{where}: another record than that of capture {row.record_id}", subject=where)
    return Moving(row.id, row.record_id, location, row.captured_at, tuple(records))


def free_path(archive: Archive, stem: str, suffix: str = SUFFIX) -> Path:
    """The first unfinished name of that stem that no row points to; what a killed run left under it is removed."""
    number = 1
    while True:
        name = f"{stem}-{number:03}{suffix}"
        with archive.reading() as connection:
            taken = connection.execute(_POINTING_TO, {"file": name}).scalar()
        if not taken:
            (archive.warc_dir / name).unlink(missing_ok=True)
            return archive.warc_dir / (name + OPEN_SUFFIX)
        number += 1


def write_file(path: Path, moving: Sequence[Moving]) -> list[WarcLocation]:
    """Writes, syncs and reads back a file of these records, with a dictionary of them; where each stands in it.

    The file keeps its name for unfinished ones.

    Raises:
        ArchiveUnavailableError: it cannot be written.
        WarcError: a record reads back otherwise than written.
    """
    try:
        moved = _write(path, moving)
    except OSError as error:
        raise unwritable(error, str(path)) from error
    _check(path, moving, moved)
    return moved


def _write(path: Path, moving: Sequence[Moving]) -> list[WarcLocation]:
    name = path.name.removesuffix(OPEN_SUFFIX)
    with path.open("wb", buffering=0) as stream:
        file = ZstdFile(stream, train(moving))
        file.append(warc_records.warcinfo(name, "warraq repack", max(item.captured_at for item in moving)))
        moved = []
        for item in moving:
            parts = [file.append(record) for record in item.records]
            length = sum(length for _, length in parts)
            moved.append(WarcLocation(name, parts[0][0], length, item.location.refers_to))
        os.fsync(stream.fileno())
    return moved


def train(moving: Sequence[Moving]) -> bytes | None:
    """A dictionary for these records: pages of the site, as many as fit, evenly chosen; None where none would pay."""
    pages = [item.records[0] for item in moving if len(item.records[0]) >= _SMALLEST_SAMPLE]
    if len(pages) < 2:  # noqa: PLR2004 - one page has nothing to share
        return None
    wanted = max(1, _DICTIONARY_BYTES * len(pages) // sum(map(len, pages)))
    chosen = pages[:: max(1, len(pages) // wanted)]
    content = b"".join(reversed(chosen))[-_DICTIONARY_BYTES:]
    dictionary = finalize_dict(ZstdDict(content, is_raw=True), chosen, len(content) + _HEADER_BYTES, LEVEL)
    return dictionary.dict_content if _pays(dictionary, pages) else None


def _pays(dictionary: ZstdDict, pages: Sequence[bytes]) -> bool:
    """Whether the dictionary saves more than it takes itself; where servers send compressed pages it saves nothing."""
    sample = pages[:: max(1, len(pages) // _PAGES_TRIED)]
    saved = sum(len(compress(page, LEVEL)) - len(compress(page, LEVEL, zstd_dict=dictionary)) for page in sample)
    return saved * len(pages) > len(compress(dictionary.dict_content, LEVEL)) * len(sample)


def _check(path: Path, moving: Sequence[Moving], moved: Sequence[WarcLocation]) -> None:
    """Reads every record back before a row is to point at it."""
    for item, location in zip(moving, moved, strict=True):
        if read_span(path, location) != b"".join(item.records):
            raise WarcError(f"{path.name} at {location.offset}: reads back otherwise than written", subject=path.name)


def _move_rows(archive: Archive, moving: Sequence[Moving], moved: Sequence[WarcLocation]) -> None:
    values = [
        {
            "row": item.row_id,
            "old_file": item.location.file,
            "file": new.file,
            "begins": new.offset,
            "bytes": new.length,
        }
        for item, new in zip(moving, moved, strict=True)
    ]
    with archive.writing() as writer:
        writer.move_captures(values)


def _remove_superseded(archive: Archive) -> Repacked:
    """Removes the gzip files whose every record stands elsewhere by now."""
    total = Repacked()
    for path in sorted(archive.warc_dir.glob("*.warc.gz")):
        if _is_superseded(archive, path):
            path.unlink()
            total = replace(total, files_removed=total.files_removed + 1)
    return total


def _is_superseded(archive: Archive, path: Path) -> bool:
    with archive.reading() as connection:
        if connection.execute(_POINTING_TO, {"file": path.name}).scalar():
            return False
        end = 0
        for _, stored, reached in walk_from(path, 0):
            end = reached
            if stored is None:
                continue
            values = {"record": stored.capture.record_id, "file": path.name}
            elsewhere = connection.execute(_ELSEWHERE, values).scalar()
            if elsewhere is None or not (archive.warc_dir / elsewhere).exists():
                return False
    return end == path.stat().st_size  # what the walk did not reach is nobody's to remove


def _sum(one: Repacked, other: Repacked) -> Repacked:
    return Repacked(*(getattr(one, name) + getattr(other, name) for name in Repacked.__slots__))
