"""A capture as WARC records, and back: ISO 28500:2017 (WARC/1.1), one response or revisit and its request.

A rendered page never came over the wire: it is a conversion record that refers to the raw answer's, and a metadata
record in place of the request says what made it.

What HTTP does not carry (source, role, visit, the URL the visit set out for) stands in extension fields that begin
with ``Warraq-``, so that the whole archive can be rebuilt from its WARC files. What the HTTP library no longer had as
it came over the wire is said in the file's warcinfo record, and in a request record where a header was put back.
Knows neither files nor compression.
"""

from __future__ import annotations

import hashlib
import io
import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, HeaderMap, WarcRecord, WarcRecordType

from storage.columns import stored_time
from storage.errors import TakenDownError, WarcError
from storage.records import Capture, PayloadDigest, Role

if TYPE_CHECKING:
    from storage.records import Headers

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_NOT_MODIFIED = 304
_HTTP_TYPE = "application/http; msgtype="
_FIELDS_TYPE = "application/warc-fields"
# The body comes to us with its transfer coding undone, so the header must not promise one; the name is Common Crawl's.
_TRANSFER_ENCODING = "transfer-encoding"
_KEPT_TRANSFER_ENCODING = "X-Crawler-Transfer-Encoding"
_TOMBSTONE = "Warraq-Tombstone"
_LINE_BREAKS = re.compile(r"[\r\n]+")
_EMPTY_DIGEST = PayloadDigest("sha256:" + hashlib.sha256(b"").hexdigest())


@dataclass(frozen=True, slots=True)
class Original:
    """The capture that holds a body, as a revisit record refers to it."""

    record_id: str
    url: str
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture as its records have it.

    ``refers_to`` is the record id of the original where this is a revisit; the body is then empty, although the
    server sent one unless its status was 304.
    """

    capture: Capture
    refers_to: str | None = None

    @property
    def lacks_body(self) -> bool:
        """Whether the body has to be fetched from the original."""
        return self.refers_to is not None and self.capture.status != _NOT_MODIFIED


def warcinfo(file_name: str, software: str, made_at: datetime) -> bytes:
    """The record at the head of a file, uncompressed."""
    record = _record(WarcRecordType.warcinfo, uuid.uuid4().hex, made_at)
    record.headers["WARC-Filename"] = file_name
    record.headers["Content-Type"] = "application/warc-fields"
    fields = (
        f"software: {software}\r\n"
        "format: WARC File Format 1.1\r\n"
        "conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
        "robots: obey\r\n"
        # Said once a file: in every record it would cost as much as some pages' whole answers.
        "warraq-reconstructed: status-line, request-line, header-case, transfer-coding\r\n"
    )
    return _with_block(record, fields.encode())


def tombstone_record(own_id: str, record_id: str, at: datetime, padding: int) -> bytes:
    """The uncompressed record that stands in the place of a capture's two records once they were taken down.

    Args:
        own_id: Its own record id.
        record_id: That of the capture.
        at: When it was taken down.
        padding: How many blanks its block ends with.
    """
    record = _record(WarcRecordType.metadata, own_id, at)
    record.headers["WARC-Refers-To"] = _urn(record_id)
    record.headers["Content-Type"] = _FIELDS_TYPE
    record.headers[_TOMBSTONE] = "taken down by the archive"
    return _with_block(record, b"warraq-tombstone: response, request\r\n" + b" " * padding)


def has_capture(headers: HeaderMap) -> bool:
    """Whether a record with these fields is one of a capture's two, and neither a file's head nor a tombstone."""
    return headers.get("WARC-Type") != "warcinfo" and headers.get(_TOMBSTONE) is None


def tombstone_of(data: bytes) -> str | None:
    """The record id of the capture that this uncompressed record is the tombstone of; None where it is none."""
    record = next(iter(ArchiveIterator(io.BytesIO(data), parse_http=False)), None)
    if record is None or record.headers.get(_TOMBSTONE) is None:
        return None
    return _hex(record.headers.get("WARC-Refers-To") or "")


def response_record(capture: Capture, original: Original | None) -> bytes:
    """The uncompressed response record, or a revisit record where the body is stored in ``original``.

    Of a rendered page it is a conversion record, or a revisit record too.
    """
    if capture.role is Role.RENDERED:
        return _conversion_record(capture, original)
    is_not_modified = capture.status == _NOT_MODIFIED
    is_revisit = is_not_modified or original is not None
    kind = WarcRecordType.revisit if is_revisit else WarcRecordType.response
    record = _record(kind, capture.record_id, capture.captured_at)
    headers = record.headers
    headers["WARC-Target-URI"] = capture.url
    headers["Content-Type"] = _HTTP_TYPE + "response"
    if capture.remote_address:
        headers["WARC-IP-Address"] = capture.remote_address
    if not is_not_modified:
        headers["WARC-Payload-Digest"] = capture.payload_digest
    if is_revisit:
        headers["WARC-Profile"] = _PROFILE + ("server-not-modified" if is_not_modified else "identical-payload-digest")
    if original is not None:
        _refer_to(record, original)
    _add_own_fields(record, capture)
    status_line = f"{capture.protocol} {capture.status} {capture.reason}"
    return _with_block(
        record, _http_head(status_line, capture.response_headers) + (b"" if is_revisit else capture.body)
    )


def _conversion_record(capture: Capture, original: Original | None) -> bytes:
    kind = WarcRecordType.conversion if original is None else WarcRecordType.revisit
    record = _record(kind, capture.record_id, capture.captured_at)
    headers = record.headers
    headers["WARC-Target-URI"] = capture.url
    headers["Content-Type"] = capture.header("Content-Type") or "text/html"
    headers["WARC-Payload-Digest"] = capture.payload_digest
    if original is not None:
        headers["WARC-Profile"] = _PROFILE + "identical-payload-digest"
        _refer_to(record, original)
    elif capture.belongs_to:
        headers["WARC-Refers-To"] = _urn(capture.belongs_to)
    _add_own_fields(record, capture)
    return _with_block(record, b"" if original else capture.body)


def _refer_to(record: WarcRecord, original: Original) -> None:
    record.headers["WARC-Refers-To"] = _urn(original.record_id)
    record.headers["WARC-Refers-To-Target-URI"] = original.url
    record.headers["WARC-Refers-To-Date"] = stored_time(original.captured_at)


def _add_own_fields(record: WarcRecord, capture: Capture) -> None:
    headers = record.headers
    headers["Warraq-Source"] = capture.source_key
    headers["Warraq-Role"] = capture.role.value
    if capture.visit_id:
        headers["Warraq-Visit"] = capture.visit_id
    if capture.requested_url != capture.url:
        headers["Warraq-Requested-URI"] = capture.requested_url
    if capture.belongs_to:
        headers["Warraq-Belongs-To"] = _urn(capture.belongs_to)


def request_record(capture: Capture) -> bytes:
    """The uncompressed request record that belongs to the response; of a rendered page, what it was rendered by."""
    if capture.role is Role.RENDERED:
        return _rendering_record(capture)
    record = _record(WarcRecordType.request, _request_id(capture.record_id), capture.captured_at)
    headers = record.headers
    headers["WARC-Target-URI"] = capture.url
    headers["WARC-Concurrent-To"] = _urn(capture.record_id)
    headers["Content-Type"] = _HTTP_TYPE + "request"
    parts = urlsplit(capture.url)
    lines = capture.request_headers
    if all(name.lower() != "host" for name, _ in lines):
        lines = (("Host", parts.netloc.rpartition("@")[2]), *lines)
        headers["Warraq-Reconstructed"] = "host"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _with_block(record, _http_head(f"{capture.method} {target} {capture.protocol}", lines))


def _rendering_record(capture: Capture) -> bytes:
    record = _record(WarcRecordType.metadata, _request_id(capture.record_id), capture.captured_at)
    headers = record.headers
    headers["WARC-Target-URI"] = capture.url
    headers["WARC-Refers-To"] = _urn(capture.record_id)
    headers["Content-Type"] = _FIELDS_TYPE
    first_line = f"status: {capture.status} {capture.reason}".rstrip()
    return _with_block(record, _http_head(first_line, capture.response_headers))


def read_records(data: bytes, where: str) -> StoredCapture:
    """The capture whose uncompressed response and request records are ``data``.

    Raises:
        TakenDownError: a tombstone stands there.
        WarcError: they are not such records, or are damaged.
    """
    if (taken_down := tombstone_of(data)) is not None:
        raise TakenDownError(f"{where}: capture {taken_down} was taken down", subject=where)
    blocks: dict[str, tuple[HeaderMap, bytes]] = {}
    for record in ArchiveIterator(io.BytesIO(data), parse_http=False):
        headers = record.headers
        blocks.setdefault(headers.get("WARC-Type") or "", (headers, checked_block(record, where)))
    if "metadata" in blocks:
        return _stored_rendering(blocks, where)
    response = blocks.get("response") or blocks.get("revisit")
    if response is None:
        raise WarcError(f"{where}: there is no response record", subject=where)
    return _stored_capture(*response, *blocks.get("request", (None, b"")))


def split_records(data: bytes) -> tuple[bytes, ...]:
    """Uncompressed records, each by itself, byte for byte."""
    starts = [record.stream_pos for record in ArchiveIterator(io.BytesIO(data), parse_http=False)]
    return tuple(data[begin:end] for begin, end in pairwise([*starts, len(data)]))


def checked_block(record: WarcRecord, where: str) -> bytes:
    """The record's block.

    Raises:
        WarcError: it is shorter than its header says, or its digest differs.
    """
    block = record.reader.read()
    if len(block) != record.content_length:
        raise WarcError(f"{where}: the record is cut off", subject=where)
    declared = record.headers.get("WARC-Block-Digest")
    if declared and declared.startswith("sha256:") and declared != _digest(block):
        raise WarcError(f"{where}: the record is damaged, its digest differs", subject=where)
    return block


def _stored_capture(
    headers: HeaderMap, response_block: bytes, request: HeaderMap | None, request_block: bytes
) -> StoredCapture:
    status_line, response_headers, body = _split_http(response_block)
    protocol, _, rest = status_line.partition(" ")
    status, _, reason = rest.partition(" ")
    request_line, request_headers, _ = _split_http(request_block)
    if request is not None and request.get("Warraq-Reconstructed") == "host":
        request_headers = request_headers[1:]
    refers_to = headers.get("WARC-Refers-To")
    capture = replace(
        _described(headers, int(status), response_headers, body),
        reason=reason,
        request_headers=request_headers,
        remote_address=headers.get("WARC-IP-Address"),
        protocol=protocol,
        method=request_line.partition(" ")[0] or "GET",
    )
    return StoredCapture(capture, _hex(refers_to) if refers_to else None)


def _stored_rendering(blocks: dict[str, tuple[HeaderMap, bytes]], where: str) -> StoredCapture:
    page = blocks.get("conversion") or blocks.get("revisit")
    if page is None:
        raise WarcError(f"{where}: there is no conversion record", subject=where)
    headers, body = page
    status_line, response_headers, _ = _split_http(blocks["metadata"][1])
    status, _, reason = status_line.removeprefix("status: ").partition(" ")
    capture = replace(_described(headers, int(status), response_headers, body), reason=reason)
    refers_to = headers.get("WARC-Refers-To") if "revisit" in blocks else None
    return StoredCapture(capture, _hex(refers_to) if refers_to else None)


def _described(headers: HeaderMap, status: int, response_headers: Headers, body: bytes) -> Capture:
    """The capture as its record's own header fields tell it, without what stood in HTTP."""
    url = headers.get("WARC-Target-URI") or ""
    belongs_to = headers.get("Warraq-Belongs-To")
    return Capture(
        record_id=_hex(headers.get("WARC-Record-ID") or ""),
        source_key=headers.get("Warraq-Source") or "",
        role=Role(headers.get("Warraq-Role") or Role.ARTICLE),
        url=url,
        requested_url=headers.get("Warraq-Requested-URI") or url,
        captured_at=datetime.fromisoformat(headers.get("WARC-Date") or "").astimezone(UTC),
        status=status,
        reason="",
        request_headers=(),
        response_headers=response_headers,
        body=body,
        payload_digest=PayloadDigest(headers.get("WARC-Payload-Digest") or _EMPTY_DIGEST),
        visit_id=headers.get("Warraq-Visit"),
        belongs_to=_hex(belongs_to) if belongs_to else None,
    )


def with_body_of(capture: Capture, original: Capture) -> Capture:
    """A revisit with the body that its original holds.

    Raises:
        WarcError: the original holds another body.
    """
    if capture.payload_digest != original.payload_digest:
        raise WarcError(f"{capture.url}: its original {original.record_id} holds another body", subject=capture.url)
    return replace(capture, body=original.body)


def _record(kind: WarcRecordType, record_id: str, made_at: datetime) -> WarcRecord:
    record = WarcRecord()
    record.init_headers(kind)
    record.headers["WARC-Record-ID"] = _urn(record_id)
    record.headers["WARC-Date"] = stored_time(made_at)
    return record


def _with_block(record: WarcRecord, block: bytes) -> bytes:
    record.headers["WARC-Block-Digest"] = _digest(block)
    record.set_bytes_content(block)
    out = io.BytesIO()
    record.write(out)
    return out.getvalue()


def _http_head(first_line: str, headers: Headers) -> bytes:
    lines = [first_line]
    for name, value in headers:
        kept = _KEPT_TRANSFER_ENCODING if name.lower() == _TRANSFER_ENCODING else name
        lines.append(f"{kept}: {value}")
    return ("\r\n".join(_LINE_BREAKS.sub(" ", line) for line in lines) + "\r\n\r\n").encode("latin-1", "replace")


def _split_http(block: bytes) -> tuple[str, Headers, bytes]:
    head, _, body = block.partition(b"\r\n\r\n")
    first_line, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    headers = tuple(
        ("Transfer-Encoding" if name == _KEPT_TRANSFER_ENCODING else name, value.removeprefix(" "))
        for name, _, value in pairs
    )
    return first_line, headers, body


def _digest(block: bytes) -> str:
    return "sha256:" + hashlib.sha256(block).hexdigest()


def _urn(record_id: str) -> str:
    return f"<{uuid.UUID(record_id).urn}>"


def _hex(urn: str) -> str:
    return urn.strip("<>").removeprefix("urn:uuid:").replace("-", "")


def _request_id(record_id: str) -> str:
    return uuid.uuid5(uuid.UUID(record_id), "request").hex
