"""A reply as a value, and the ways in which a server can spoil it.

A fault takes the request and the reply that the site would have given and returns another; nothing here touches a
socket. To show a new kind of misbehaviour, add a function that returns a `Fault`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

_SMALLEST_WORTH_PACKING = 300


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; header names are lower case."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply and how it is delivered.

    `wait_seconds` passes before the first byte (the server stopping ends the wait). `length` is announced in place of
    the body's own. With `chunk_bytes` the body goes out in pieces, `pause_seconds` apart.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    wait_seconds: float = 0
    length: int | None = None
    chunk_bytes: int = 0
    pause_seconds: float = 0

    @classmethod
    def html(cls, page: str, status: int = 200) -> Reply:
        """A page in UTF-8."""
        return cls(status, (("Content-Type", "text/html; charset=UTF-8"),), page.encode())

    @classmethod
    def text(cls, body: str) -> Reply:
        """Plain text in UTF-8."""
        return cls(200, (("Content-Type", "text/plain; charset=utf-8"),), body.encode())

    def header(self, name: str) -> str:
        """The value of a header; empty where there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def with_headers(self, *headers: tuple[str, str]) -> Reply:
        """The reply with these headers in place of those of the same names."""
        names = {name.lower() for name, _ in headers}
        return replace(self, headers=(*(pair for pair in self.headers if pair[0].lower() not in names), *headers))


Fault = Callable[[Request, Reply], Reply]


def failing(status: int, retry_after: str | int | None = None) -> Fault:
    """An error in place of the page."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return lambda _request, _reply: Reply.html(f"<h1>{status}</h1>", status).with_headers(*headers)


def lying(_request: Request, reply: Reply) -> Reply:
    """The validators of the first edition for ever: whoever asks with them is told that nothing changed."""
    return reply.with_headers(("ETag", '"first"'), ("Last-Modified", "Mon, 02 Feb 2026 08:00:00 GMT"))


def hanging(seconds: float) -> Fault:
    """Nothing at all for so long, then the page."""
    return lambda _request, reply: replace(reply, wait_seconds=seconds)


def truncated(kept_bytes: int) -> Fault:
    """The head and a part of the body, then the connection closes."""

    def spoil(_request: Request, reply: Reply) -> Reply:
        whole = reply.with_headers(("Content-Encoding", "identity"))
        return replace(whole, body=reply.body[:kept_bytes], length=len(reply.body))

    return spoil


def dripping(chunk_bytes: int, pause_seconds: float) -> Fault:
    """The page a few bytes at a time."""
    return lambda _request, reply: replace(reply, chunk_bytes=chunk_bytes, pause_seconds=pause_seconds)


def encoded(encoding: str, *, header: str | None, meta: str | None) -> Fault:
    """The page in another charset, declared in the header and in the page as told (None: not at all)."""

    def spoil(_request: Request, reply: Reply) -> Reply:
        page = reply.body.decode().replace('<meta charset="UTF-8">', f'<meta charset="{meta}">' if meta else "")
        kind = "text/html" + (f"; charset={header}" if header else "")
        spoiled = replace(reply, body=page.encode(encoding, errors="xmlcharrefreplace"))
        return spoiled.with_headers(("Content-Type", kind))

    return spoil


def conditioned(request: Request, reply: Reply) -> Reply:
    """304 where the client has the page already: If-None-Match before If-Modified-Since (RFC 9110, 13.2.2)."""
    if reply.status != 200:
        return reply
    if sent := request.headers.get("if-none-match", ""):
        is_known = reply.header("ETag") in [tag.strip().removeprefix("W/") for tag in sent.split(",")]
    else:
        is_known = _is_not_newer(reply.header("Last-Modified"), request.headers.get("if-modified-since", ""))
    if not is_known:
        return reply
    kept = tuple(pair for pair in reply.headers if pair[0] in {"ETag", "Last-Modified"})
    return replace(reply, status=304, headers=kept, body=b"")


def _is_not_newer(modified: str, since: str) -> bool:
    if not (modified and since):
        return False
    return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)


def compressed(request: Request, reply: Reply) -> Reply:
    """The reply in gzip where the client takes it and it pays."""
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    if not accepts or len(reply.body) < _SMALLEST_WORTH_PACKING or reply.header("Content-Encoding"):
        return reply
    packed = replace(reply, body=gzip.compress(reply.body, compresslevel=5, mtime=0))
    return packed.with_headers(("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))
