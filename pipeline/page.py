"""A page as it was received, and the one tree that everything downstream reads.

Undoes the content encoding, finds the charset, parses once. Each step is bounded: a compression bomb costs at most
the limit, and a page too large, too deep or not HTML at all comes back as a :class:`Refusal`, which is a value and
never an exception. Knows nothing of what the page says.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import brotli
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from pipeline.charset import decode_text
from pipeline.page_limits import MAX_DEPTH, MAX_HTML_BYTES, USUAL_LIMITS, PageLimits

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore] # Python 3.14 and later
except ImportError:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_LAYERS = 5
"""Content encodings that may be stacked; servers send one, now and then two by mistake."""
_CHUNK = 64 * 2**10
_GZIP = b"\x1f\x8b\x08"
_SNIFFED = 20_000

_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
_CONTROL_REFERENCES = re.compile(
    rb"&#(?:0*(?:[0-8]|1[12]|1[4-9]|2\d|3[01]|6553[45])(?!\d)|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_TAG = re.compile(rb"(?i)<(?:!doctype\s+html|html|head|body|title|meta|div|p|a|article|h1|table|span|br)\b")
_SELF_CLOSED_HTML = re.compile(rb"(<(?i:html)\b[^>]*?)\s*/>")
_DOCTYPE = re.compile(rb"<!(?i:doctype)[^>]*>")
_FLOW = frozenset({"header", "main", "article", "section", "nav", "aside", "footer", "figure"})
# How files begin that publishers serve behind addresses in .html: PDF, PNG, GIF, JPEG, RIFF, ZIP, MP4.
_OTHER_MEDIA = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"PK\x03\x04", b"\0\0\0")
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain"})
_UNTYPED = frozenset({"", "application/octet-stream", "unknown/unknown", "*/*"})
# lxml.html asks a Python function for the class of each element, every time one is touched: a seventh of the time that
# a page took. Nothing here needs its classes for forms and fields, so that all elements are of the common one.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)


class Refusal(StrEnum):
    """Why a page cannot be read at all."""

    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    UNDECODABLE = "undecodable"
    NOT_HTML = "not_html"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Page:
    """One response, as extraction needs it.

    ``body`` is content-encoded as received; ``seen_at`` is aware and in UTC; ``timezone`` is the IANA zone of the
    source; ``language`` is a hint only and never decides. ``content_type`` and ``content_encoding`` are the header
    fields as sent.
    """

    url: str
    body: bytes
    content_type: str | None
    content_encoding: str | None
    seen_at: datetime
    timezone: str = "UTC"
    language: str | None = None
    limits: PageLimits = USUAL_LIMITS


class _Decompressor(Protocol):
    """What one layer of content encoding needs: fed bytes, it gives at most ``limit`` decoded ones."""

    def __call__(self, body: bytes, limit: int) -> bytes: ...


class _TooLargeError(Exception):
    """A layer gave more than its limit."""


def _inflate(body: bytes, limit: int, wbits: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    while body:
        stream = zlib.decompressobj(wbits)
        part = stream.decompress(body, left + 1)
        left -= len(part)
        if left < 0:
            raise _TooLargeError
        parts.append(part)
        # A gzip body may hold several members; what follows a whole deflate stream is padding.
        body = stream.unused_data.lstrip(b"\0") if stream.eof and wbits > zlib.MAX_WBITS else b""
        if body[:2] != b"\x1f\x8b":
            break
    return b"".join(parts)


def _gunzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, zlib.MAX_WBITS + 16)


def _undeflate(body: bytes, limit: int) -> bytes:
    # RFC 9110 section 8.4.1.2 means the zlib format; many servers send the bare stream.
    try:
        return _inflate(body, limit, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, limit, -zlib.MAX_WBITS)


def _unbrotli(body: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    parts, left = [], limit
    part = stream.process(body, output_buffer_limit=_CHUNK)
    while part:
        left -= len(part)
        if left < 0:
            raise _TooLargeError
        parts.append(part)
        part = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=_CHUNK)
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    part = zstd.ZstdDecompressor().decompress(body, max_length=limit + 1)
    if len(part) > limit:
        raise _TooLargeError
    return bytes(part)


_LAYERS: dict[str, _Decompressor] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}


def decode_body(page: Page, max_bytes: int = MAX_HTML_BYTES) -> bytes | Refusal:
    """The body with its content encodings undone, outermost first.

    A header that claims an encoding the bytes do not have is common behind proxies: such a body is taken as it is
    when it looks like HTML. One that is gzip and does not say so is unpacked. A truncated stream gives what it holds.
    """
    body = page.body
    layers = [name.strip().lower() for name in (page.content_encoding or "").split(",")]
    layers = [name for name in layers if name and name != "identity"]
    if len(layers) > MAX_LAYERS:
        return Refusal.UNDECODABLE
    for name in reversed(layers):
        undo = _LAYERS.get(name)
        decoded = _undo(undo, body, max_bytes) if undo else Refusal.UNDECODABLE
        if decoded is Refusal.UNDECODABLE and _TAG.search(body, 0, _SNIFFED):
            continue
        if isinstance(decoded, Refusal):
            return decoded
        body = decoded
    if body.startswith(_GZIP):
        unpacked = _undo(_gunzip, body, max_bytes)
        if unpacked is Refusal.TOO_LARGE:
            return unpacked
        body = unpacked if isinstance(unpacked, bytes) else body
    return Refusal.TOO_LARGE if len(body) > max_bytes else body


def _undo(layer: _Decompressor, body: bytes, limit: int) -> bytes | Refusal:
    try:
        return layer(body, limit)
    except _TooLargeError:
        return Refusal.TOO_LARGE
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError):
        return Refusal.UNDECODABLE


def decode_head(body: bytes, content_encoding: str | None, most_bytes: int) -> bytes:
    """The first bytes of a body, its content encoding undone no further than that; as received where it cannot be."""
    name = (content_encoding or "identity").strip().lower()
    try:
        if name in ("gzip", "x-gzip", "deflate"):
            return zlib.decompressobj(zlib.MAX_WBITS + 32).decompress(body, most_bytes)
        if name == "br":
            return bytes(brotli.Decompressor().process(body, output_buffer_limit=most_bytes))[:most_bytes]
        if name == "zstd":
            return bytes(zstd.ZstdDecompressor().decompress(body, max_length=most_bytes))
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError):
        pass
    return body[:most_bytes]


def _is_html(body: bytes, content_type: str | None) -> bool:
    kind = (content_type or "").partition(";")[0].strip().lower()
    if body[:_SNIFFED].lstrip().startswith(_OTHER_MEDIA):
        return False
    if kind in _HTML_TYPES or kind in _UNTYPED:
        return _TAG.search(body.replace(b"\0", b"") if b"\0" in body[:200] else body, 0, 10 * _SNIFFED) is not None
    return False


def _repair(text: str) -> bytes:
    """The text as UTF-8, without what no XML tree may hold and without two faults that make libxml2 drop a document."""
    body = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    if "\ufffe" in text or "\uffff" in text:
        body = _NONCHARACTERS.sub(b"", body)
    if b"&#" in body:
        body = _CONTROL_REFERENCES.sub(b"", body)
    # lxml bug 1955915: some legacy doctypes swallow what follows; `<html … />` closes the document at once.
    head = _SELF_CLOSED_HTML.sub(rb"\1>", _DOCTYPE.sub(b"", body[:4096], count=1), count=1)
    return head + body[4096:]


def parse_text(text: str, limits: PageLimits = USUAL_LIMITS) -> HtmlElement | Refusal:
    """The tree of a page's text; comments and processing instructions left out."""
    encoded = _repair(text)
    if not encoded.strip():
        return Refusal.EMPTY
    # A parser keeps its error log, so each page has its own. Past 2,048 levels libxml2 stops and drops the rest.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = document_fromstring(encoded, parser=parser, ensure_head_body=True)
    except (etree.ParserError, ValueError):
        return Refusal.EMPTY
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        return Refusal.TOO_DEEP
    if limits.depth < MAX_DEPTH and _is_deeper(tree, limits.depth):
        return Refusal.TOO_DEEP
    # The parser adds elements that are left out, hardly ever one for each that is written.
    if 2 * encoded.count(b"<") > limits.elements and _has_more(tree, limits.elements):
        return Refusal.TOO_LARGE
    _begin_body(tree)
    return tree


def _has_more(tree: HtmlElement, limit: int) -> bool:
    count: Callable[..., object] = etree.XPath("count(//*)")
    return float(str(count(tree))) > limit


def _is_deeper(tree: HtmlElement, limit: int) -> bool:
    return bool(tree.getroottree().xpath("boolean(" + "/*" * (limit + 1) + ")"))


def _begin_body(tree: HtmlElement) -> None:
    """Gives the body what belongs to it where its tag is left out, as HTML allows and minifiers do.

    libxml2 ends the head at the elements of HTML 4; ``header``, ``main`` and ``article`` it takes for unknown ones and
    leaves them, and all after them, in the head.
    """
    head, body = tree.find("head"), tree.find("body")
    if head is None or body is None:
        return
    first = next((place for place, element in enumerate(head) if element.tag in _FLOW), None)
    if first is not None:
        body.text, moved_text = None, body.text
        body[:0] = head[first:]
        if moved_text:
            body[-1].tail = (body[-1].tail or "") + moved_text


def parse_page(page: Page) -> HtmlElement | Refusal:
    """The page's tree, or why there is none. The tree is the caller's own: it may be changed."""
    if not page.body or page.body.isspace():
        return Refusal.EMPTY
    body = decode_body(page, page.limits.decoded_bytes)
    if isinstance(body, Refusal):
        return body
    if not body or body.isspace():
        return Refusal.EMPTY
    if not _is_html(body, page.content_type):
        return Refusal.NOT_HTML
    return parse_text(decode_text(body, page.content_type)[0], page.limits)
