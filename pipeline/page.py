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
from charset_normalizer import from_bytes
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore] # Python 3.14 and later
except ImportError:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MAX_HTML_BYTES = 10 * 2**20
"""Decoded bytes a page may have: five times the largest of 1,449 news pages measured (1.8 MB)."""
MAX_ELEMENTS = 150_000
"""Elements a page may have; past it no extractor ends within its time (largest news page measured: 20,000)."""
MAX_LAYERS = 5
"""Content encodings that may be stacked; servers send one, now and then two by mistake."""
_CHUNK = 64 * 2**10
_SNIFFED = 20_000
_TOLERATED_FAULTS = 0.05
"""Share of the non-ASCII characters that may be undecodable before the declared charset is taken for a lie."""

_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
_CONTROL_REFERENCES = re.compile(
    rb"&#(?:0*(?:[0-8]|1[12]|1[4-9]|2\d|3[01]|6553[45])(?!\d)|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_TWICE = re.compile("(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_FEWEST_C1 = 10
_NON_ASCII = re.compile(rb"[\x80-\xff]+")
_NON_ASCII_TEXT = re.compile("[^\x00-\x7f]")
_MARKUP = re.compile(rb"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>")
_TAG = re.compile(rb"(?i)<(?:!doctype\s+html|html|head|body|title|meta|div|p|a|article|h1|table|span|br)\b")
_SELF_CLOSED_HTML = re.compile(rb"(?i)(<html\b[^>]*?)\s*/>")
_DOCTYPE = re.compile(rb"(?i)\s*<!doctype[^>]*>")
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain"})
_UNTYPED = frozenset({"", "application/octet-stream", "unknown/unknown", "*/*"})


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
    when it looks like HTML. A truncated stream gives what it holds.
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
    return Refusal.TOO_LARGE if len(body) > max_bytes else body


def _undo(layer: _Decompressor, body: bytes, limit: int) -> bytes | Refusal:
    try:
        return layer(body, limit)
    except _TooLargeError:
        return Refusal.TOO_LARGE
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError):
        return Refusal.UNDECODABLE


def decode_text(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """The text of a decoded body and the charset it was read with.

    In order: byte order mark; strict UTF-8 (no other charset's prose passes it by accident, and pages that declare
    Latin-1 while sending UTF-8 are common); what the header, then the markup declare; detection, only where nothing
    is declared or the declared charset leaves more than one in twenty of the non-ASCII characters undecodable.
    """
    mark, offset = read_bom(body)
    if mark and offset:
        return body.removeprefix(offset).decode(mark, "replace"), mark
    declared = _declared(body, content_type)
    if utf8 := _strict_utf8(body, declared):
        return (_undo_double_encoding(utf8) if len(_C1.findall(body)) >= _FEWEST_C1 else utf8), "utf-8"
    text, faults = _decode(body, declared) if declared else ("", 1.0)
    if declared and faults <= _TOLERATED_FAULTS:
        return text, declared
    guessed = _detect(body)
    if guessed is None:
        return (text, declared) if text and declared else (body.decode("utf-8", "replace"), "utf-8")
    other, other_faults = _decode(body, guessed)
    if not text or other_faults < faults:
        return other, guessed
    return text, declared or guessed


def _declared(body: bytes, content_type: str | None) -> str | None:
    header, markup = http_content_type_encoding(content_type), html_body_declared_encoding(body)
    # Latin-1 in the header is a server's default that its writers never saw; what the page says of itself is meant.
    return markup if markup and header in {None, "cp1252", "ascii"} else header


def _strict_utf8(body: bytes, declared: str | None) -> str | None:
    # Pure ASCII says nothing against charsets that hide in it (ISO-2022-JP, HZ): the declaration decides there.
    if declared and declared not in {"utf-8", "ascii"} and body.isascii():
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut in the middle of a letter, as by a size limit, is still UTF-8.
        if error.start >= len(body) - 3 and error.reason == "unexpected end of data":
            return body[: error.start].decode("utf-8")
        return None


def _undo_double_encoding(text: str) -> str:
    """UTF-8 that a publisher's database took for Latin-1 and encoded again, put right.

    Its sign are C1 control characters (U+0080 to U+009F), the second half of such letters: prose never holds them.
    """
    return _TWICE.sub(lambda run: run[0].encode("latin-1").decode("utf-8", "replace"), text)


def _decode(body: bytes, charset: str) -> tuple[str, float]:
    text = body.decode(charset, "replace")
    foreign = len(_NON_ASCII_TEXT.findall(text))
    return text, text.count("\ufffd") / foreign if foreign else 0.0


def _detect(body: bytes) -> str | None:
    """The charset that makes the page's own words readable, markup and scripts left out; None when nobody knows."""
    words = _MARKUP.sub(b" ", body[: 10 * _SNIFFED])
    lines = [line for line in words.split(b"\n") if _NON_ASCII.search(line)]
    sample = b"\n".join(lines)[:_SNIFFED]
    best = from_bytes(sample, explain=False).best() if sample else None
    return resolve_encoding(best.encoding) if best else None


def _is_html(body: bytes, content_type: str | None) -> bool:
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind in _HTML_TYPES or kind in _UNTYPED:
        return _TAG.search(body.replace(b"\0", b"") if b"\0" in body[:200] else body, 0, 10 * _SNIFFED) is not None
    return False


def _repair(text: str) -> bytes:
    """The text as UTF-8, without what no XML tree may hold and without two faults that make libxml2 drop a document."""
    body = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    if b"\xef\xbf" in body:
        body = _NONCHARACTERS.sub(b"", body)
    if b"&#" in body:
        body = _CONTROL_REFERENCES.sub(b"", body)
    # lxml bug 1955915: some legacy doctypes swallow what follows; `<html … />` closes the document at once.
    head = _SELF_CLOSED_HTML.sub(rb"\1>", _DOCTYPE.sub(b"", body[:4096], count=1), count=1)
    return head + body[4096:]


def parse_text(text: str) -> HtmlElement | Refusal:
    """The tree of a page's text; comments and processing instructions left out."""
    encoded = _repair(text)
    if not encoded.strip():
        return Refusal.EMPTY
    # A parser keeps its error log, so each page has its own. Past 2,048 levels libxml2 stops and drops the rest.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False)
    try:
        tree = document_fromstring(encoded, parser=parser, ensure_head_body=True)
    except (etree.ParserError, ValueError):
        return Refusal.EMPTY
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        return Refusal.TOO_DEEP
    return Refusal.TOO_LARGE if _has_more(tree, MAX_ELEMENTS) else tree


def _has_more(tree: HtmlElement, limit: int) -> bool:
    count: Callable[..., object] = etree.XPath("count(//*)")
    return float(str(count(tree))) > limit


def parse_page(page: Page, max_bytes: int = MAX_HTML_BYTES) -> HtmlElement | Refusal:
    """The page's tree, or why there is none. The tree is the caller's own: it may be changed."""
    if not page.body.strip():
        return Refusal.EMPTY
    body = decode_body(page, max_bytes)
    if isinstance(body, Refusal):
        return body
    if not body.strip():
        return Refusal.EMPTY
    if not _is_html(body, page.content_type):
        return Refusal.NOT_HTML
    return parse_text(decode_text(body, page.content_type)[0])
