"""WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/): a WARC file, its index and a list of its pages in one zip.

Everything is stored uncompressed in the zip, so that a player reads any part by its place. The index is cut into gzip
members of 1,024 lines with a list of their first keys (pywb's ZipNum), so that it reads only the members it needs.
"""

from __future__ import annotations

import json
import os
import zipfile
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from storage.export_warc import HashedStream, has_replay
from storage.surt import surt
from storage.warc import RECORD_LEVEL, compressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import BinaryIO

    from storage.export_captures import ExportedPage
    from storage.export_progress import ExportProgress
    from storage.export_warc import CopiedCapture, WarcHead

_VERSION = "1.1.1"
_WARC = "archive/{}"
_INDEX = "index.cdx.gz"
_LINES_A_MEMBER = 1024
_PIECE_BYTES = 1 << 20
_MIME_END = (";", " ", "\t")


def write_wacz(
    file: BinaryIO,
    head: WarcHead,
    copy: Callable[[HashedStream], Iterable[CopiedCapture]],
    pages: Iterable[ExportedPage],
    progress: ExportProgress,
) -> None:
    """Writes a package, from the beginning of the file; what was kept of one begun before is read for its digests.

    Args:
        file: Can be read and sought in.
        head: Names the WARC file inside, the program and the time.
        copy: Writes the WARC file, or the rest of it, into the stream it is given, capture by capture.
        pages: The pages to list, asked for when the captures are written.
        progress: Says what was kept, and keeps the lines of the index.

    Raises:
        ArchiveError: the archive cannot be read.
        OSError: the file cannot be written.
    """
    file.seek(0)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        package = _Package(archive, head.made_at)
        with package.entry(_WARC.format(head.name)) as stream:
            _pass_again(file, progress.kept, stream)
            for copied in copy(stream):
                if has_replay(copied):
                    progress.add_line(_index_line(copied, head.name))
        first_keys = _write_index(package, progress.sorted_lines())
        with package.entry("indexes/index.idx") as stream:
            for line in first_keys:
                stream.write(f"{line}\n".encode())
        with package.entry("pages/pages.jsonl") as stream:
            for page in _page_lines(pages):
                stream.write(f"{_json(page)}\n".encode())
        package.finish(head)


class _Package:
    """The zip, and what its descriptor says of each file in it."""

    def __init__(self, archive: zipfile.ZipFile, made_at: datetime) -> None:
        self._archive = archive
        self._made_at = made_at
        self._resources: list[dict[str, Any]] = []

    @contextmanager
    def entry(self, path: str) -> Iterator[HashedStream]:
        """A file of the package, written in the block; one at a time."""
        info = zipfile.ZipInfo(path, self._made_at.timetuple()[:6])
        info.external_attr = 0o644 << 16
        with self._archive.open(info, "w", force_zip64=True) as raw:
            stream = HashedStream(raw)
            yield stream
        name = path.rpartition("/")[2]
        self._resources.append({"name": name, "path": path, "hash": stream.digest, "bytes": stream.length})

    def finish(self, head: WarcHead) -> None:
        """Writes the descriptor of the package and the digest by which it is checked."""
        described = {
            "profile": "data-package",
            "wacz_version": _VERSION,
            "title": head.name.removesuffix(".warc.gz"),
            "created": _time(head.made_at),
            "software": head.software,
            "resources": list(self._resources),
        }
        with self.entry("datapackage.json") as stream:
            stream.write(json.dumps(described, ensure_ascii=False, indent=2).encode())
        with self.entry("datapackage-digest.json") as digest:
            digest.write(json.dumps({"path": "datapackage.json", "hash": stream.digest}, indent=2).encode())


def _pass_again(file: BinaryIO, end: int, stream: HashedStream) -> None:
    """Writes what stands in the file from here to ``end`` over itself, so that the package knows its digests."""
    begin = file.tell()
    while begin < end:
        data = os.pread(file.fileno(), min(_PIECE_BYTES, end - begin), begin)
        stream.write(data)
        begin += len(data)


def _index_line(copied: CopiedCapture, file_name: str) -> str:
    capture = copied.capture
    fields = {
        "url": capture.url,
        "mime": "warc/revisit" if copied.is_revisit else _mime(capture.content_type),
        "status": str(capture.status),
        "digest": capture.payload_digest,
        "length": str(copied.length),
        "offset": str(copied.offset),
        "filename": file_name,
    }
    return f"{surt(capture.url)} {capture.captured_at:%Y%m%d%H%M%S} {_json(fields)}"


def _mime(content_type: str | None) -> str:
    mime = content_type or ""
    for end in _MIME_END:
        mime = mime.partition(end)[0]
    return mime or "unk"


def _write_index(package: _Package, lines: Iterable[str]) -> list[str]:
    """Writes the index and gives the lines that say where each of its members begins."""
    first_keys = [f"!meta 0 {_json({'format': 'cdxj-gzip-1.0', 'filename': _INDEX})}"]
    rest = iter(lines)
    with package.entry(f"indexes/{_INDEX}") as stream:
        while member := list(islice(rest, _LINES_A_MEMBER)):
            data = compressed("".join(f"{line}\n" for line in member).encode(), RECORD_LEVEL)
            key = member[0].partition(" {")[0]
            first_keys.append(f"{key} {_json({'offset': stream.length, 'length': len(data)})}")
            stream.write(data)
    return first_keys


def _page_lines(pages: Iterable[ExportedPage]) -> Iterator[dict[str, str]]:
    yield {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    for page in pages:
        yield {"id": page.version_id, "url": page.url, "ts": _time(page.captured_at), "title": page.title}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
