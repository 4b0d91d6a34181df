"""A second home for finished WARC files: any file system that fsspec reaches, such as S3.

Files are written locally and uploaded once they are closed; the local copy is removed only after the store has shown
the same length. Until then, and for as long as the store cannot be reached, the WARC directory is the spool. Readers
look in the directory first, then in the store.
"""

from __future__ import annotations

import fcntl
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]  # it ships no types

from storage import warc_records, warc_zstd
from storage.errors import ArchiveError, WarcError
from storage.warc import gzip_members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from storage.records import WarcLocation
    from storage.warc_records import StoredCapture

_log = logging.getLogger(__name__)
_FINISHED = ("*.warc.gz", "*.warc.zst")


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What one round of uploading came to; ``problem`` says why it ended early, ``waiting`` files stay in the spool."""

    files: int = 0
    bytes: int = 0
    waiting: int = 0
    problem: str = ""


class WarcStore:
    """Finished WARC files under one URL.

    Args:
        url: ``s3://bucket/folder``, ``file:///folder`` or any other that fsspec knows. Credentials come from where the
            implementation looks for them (for S3 the environment or the usual files), never from the URL.
        options: Passed to the implementation, for instance ``{"endpoint_url": "http://127.0.0.1:9000"}`` for S3.

    Raises:
        ArchiveError: fsspec does not know such URLs, or its implementation is not installed.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        self.url = url.rstrip("/")
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.url, **_made_ready(self.url), **(options or {}))
        except (ValueError, ImportError) as error:
            raise ArchiveError(
                f"{url} is no store for WARC files: {error}",
                remedy="use s3://bucket/folder, file:///folder or another URL that fsspec knows",
                subject=url,
            ) from error
        self._dictionaries: dict[str, bytes | None] = {}

    def upload_finished(self, directory: Path, *, keep_local: bool = False) -> Uploaded:
        """Uploads every finished file of the directory, oldest first, and removes the local copies.

        A store that cannot be reached is no error: the files stay, and the next round tries again.
        """
        paths = sorted(path for pattern in _FINISHED for path in directory.glob(pattern))
        files = size = 0
        for path in paths:
            if not path.exists():
                continue  # another process has uploaded it meanwhile
            length = path.stat().st_size
            try:
                self._upload(path)
            except Exception as error:  # noqa: BLE001 - each implementation has errors of its own; logged below
                # One file's upload is the unit of isolation: whatever the store says, nothing is lost.
                _log.debug("WARC file stays in the spool", extra={"file": path.name}, exc_info=error)
                problem = f"{self.url} did not take {path.name}: {error or type(error).__name__}"
                return Uploaded(files, size, len(paths) - files, problem)
            files, size = files + 1, size + length
            if not keep_local:
                path.unlink(missing_ok=True)
        return Uploaded(files, size)

    def read_stored(self, location: WarcLocation) -> StoredCapture:
        """The capture at that place, with an empty body where it is a revisit.

        Raises:
            WarcError: the store cannot be reached, or the file or record is missing or damaged.
        """
        return warc_records.read_records(self._records_at(location), self._where(location))

    def read_records_at(self, location: WarcLocation) -> bytes:
        """The records at that place, uncompressed.

        Raises:
            WarcError: as ``read_stored``.
        """
        data = self._records_at(location)
        if location.file.endswith(warc_zstd.SUFFIX):
            return data
        try:
            return b"".join(gzip_members(data))
        except OSError as error:
            raise WarcError(f"{self._where(location)}: {error}", subject=self._where(location)) from error

    def _where(self, location: WarcLocation) -> str:
        return f"{self.url}/{location.file} at {location.offset}"

    def _records_at(self, location: WarcLocation) -> bytes:
        """The records; those of a gzip file as they are stored."""
        with self._answering(f"{location.file} at {location.offset}"):
            data = self._range(location.file, location.offset, location.offset + location.length)
            if location.file.endswith(warc_zstd.SUFFIX):
                data = warc_zstd.decompressed_with(self._dictionary(location.file), data)
        return data

    def has_file(self, name: str) -> bool:
        """Whether the store holds a file of that name.

        Raises:
            WarcError: the store cannot be reached.
        """
        with self._answering(name):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._target(name)))

    def overwrite(self, name: str, patches: Mapping[int, bytes], scratch: Path) -> None:
        """Writes the object anew with these bytes at these offsets, and makes sure that they are there.

        Args:
            name: The file.
            patches: What is to stand where.
            scratch: A file to work in, which is removed.

        Raises:
            WarcError: the store cannot be reached, or still gives the old bytes.
        """
        with self._answering(name):
            try:
                self._files.get_file(self._target(name), str(scratch))
                with scratch.open("r+b") as file:
                    for offset, data in patches.items():
                        file.seek(offset)
                        file.write(data)
                self._files.put_file(str(scratch), self._target(name))
            finally:
                scratch.unlink(missing_ok=True)
            self._files.invalidate_cache()
            if any(self._range(name, at, at + len(data)) != data for at, data in patches.items()):
                raise OSError("it still gives the old bytes")

    def fetch(self, name: str, path: Path) -> None:
        """Copies a file from the store to this path.

        Raises:
            WarcError: the store cannot be reached.
        """
        with self._answering(name):
            self._files.get_file(self._target(name), str(path))

    def remove(self, name: str) -> None:
        """Removes a file, if it is there.

        Raises:
            WarcError: the store cannot be reached.
        """
        with self._answering(name):
            self._files.invalidate_cache()
            if self._files.exists(self._target(name)):
                self._files.rm_file(self._target(name))
        self._dictionaries.pop(name, None)

    def _target(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _answering(self, name: str) -> Iterator[None]:
        """Translates whatever the implementation raises: each has errors of its own."""
        try:
            yield
        except Exception as error:
            where = f"{self.url}/{name}"
            raise WarcError(
                f"{where}: {error or type(error).__name__}", remedy="check the store", subject=where
            ) from error

    def _upload(self, path: Path) -> None:
        target = self._target(path.name)
        with path.open("rb") as held:
            # A takedown waits for this lock before it overwrites, so that no half of the old file gets there.
            fcntl.flock(held, fcntl.LOCK_SH)
            size = path.stat().st_size
            if not self._has(target, size):
                self._files.put_file(str(path), target)
            if not self._has(target, size):
                raise OSError("another length than the local file's")

    def _has(self, target: str, size: int) -> bool:
        self._files.invalidate_cache()
        return bool(self._files.exists(target)) and int(self._files.size(target)) == size

    def _range(self, name: str, begin: int, end: int) -> bytes:
        return bytes(self._files.cat_file(self._target(name), start=begin, end=end))

    def _dictionary(self, name: str) -> bytes | None:
        if name not in self._dictionaries:
            length = warc_zstd.dictionary_length(self._range(name, 0, warc_zstd.HEAD_BYTES))
            begin = warc_zstd.HEAD_BYTES
            content = self._range(name, begin, begin + length) if length else b""
            self._dictionaries[name] = warc_zstd.plain_dictionary(content) if length else None
        return self._dictionaries[name]


def _made_ready(url: str) -> dict[str, Any]:
    """A folder of this machine is made when the first file goes there; a bucket is never made by us."""
    return {"auto_mkdir": True} if url.startswith("file:") else {}
