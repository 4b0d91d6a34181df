"""Bodies: bombs, wrong and nested encodings, wrong lengths, endless and dripping ones."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

import brotli
from backports import zstd

from tests.hostile.case import Answer, Case, Exchange
from tests.hostile.stories import story
from tests.publisher.replies import Reply

_GUARD = "refused by the guard: larger than 2 MB"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def _page(name: str) -> bytes:
    return story(name).html().encode()


def _encoded(body: bytes, encoding: str) -> Reply:
    return Reply(200, (("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", encoding)), body)


def _zeros(size: int) -> bytes:
    return b"<html><p>" + b" " * size


def _zstd(body: bytes) -> bytes:
    return bytes(zstd.compress(body))


def _raw(*parts: bytes) -> Answer:
    async def answer(exchange: Exchange) -> None:
        for part in parts:
            await exchange.send(part)

    return answer


def _chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Answer:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return _raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + end)


async def _endless(exchange: Exchange) -> None:
    await exchange.send(_HEAD + b"\r\n<html>")
    while True:
        await exchange.send(b"<p>and so on and so forth" * 2000)


async def _endless_chunks(exchange: Exchange) -> None:
    await exchange.send(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await exchange.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


async def _endless_gzip(exchange: Exchange) -> None:
    await exchange.send(_HEAD + b"Content-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(wbits=31)
    await exchange.send(packer.compress(b"\0") + packer.flush(zlib.Z_FULL_FLUSH))
    block = packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    while True:
        await exchange.send(block * 50)


async def _drip(exchange: Exchange) -> None:
    await exchange.send(_HEAD + b"Content-Length: 100000\r\n\r\n")
    while await exchange.wait(0.2):
        await exchange.send(b"x")


async def _drip_chunks(exchange: Exchange) -> None:
    await exchange.send(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while await exchange.wait(0.2):
        await exchange.send(b"1\r\nx\r\n")


async def _stall(exchange: Exchange) -> None:
    await exchange.send(_HEAD + b"Content-Length: 100000\r\n\r\n<html>")
    await exchange.wait(60)


async def _silence(exchange: Exchange) -> None:
    await exchange.wait(60)


def _length(name: str, length: int) -> Reply:
    return replace(story(name).reply(), length=length)


def _nested(body: bytes, layers: int) -> Reply:
    for _ in range(layers):
        body = gzip.compress(body)
    return _encoded(body, ", ".join(["gzip"] * layers))


_CUT = "the connection broke before the whole body came"
_TOO_LARGE = "too large|larger than"
_BODILESS = "the answer has no body"
_SLOW = "timed out after 8 s"
CASES = (
    *(
        Case(
            f"bodies/{encoding}",
            f"sends the page in {encoding}",
            {"/story": _encoded(pack(_page(encoding)), encoding)},
            title=story(encoding).title,
            text=story(encoding).paragraphs,
        )
        for encoding, pack in (
            ("gzip", gzip.compress),
            ("x-gzip", gzip.compress),
            ("deflate", zlib.compress),
            ("br", brotli.compress),
            ("zstd", _zstd),
        )
    ),
    Case(
        "bodies/raw deflate",
        "calls a stream without its zlib header deflate",
        {"/story": _encoded(zlib.compress(_page("raw deflate"), wbits=-15), "deflate")},
        title=story("raw deflate").title,
    ),
    Case(
        "bodies/gzip in two members",
        "sends gzip in two members",
        {"/story": _encoded(gzip.compress(_page("members")[:500]) + gzip.compress(_page("members")[500:]), "gzip")},
        text=story("members").paragraphs,
    ),
    Case(
        "bodies/gzip with rubbish after",
        "sends rubbish after the gzip member",
        {"/story": _encoded(gzip.compress(_page("rubbish")) + b"rubbish" * 50, "gzip")},
        text=story("rubbish").paragraphs,
    ),
    Case(
        "bodies/gzip truncated",
        "cuts the gzip stream short of its last bytes",
        {"/story": _encoded(gzip.compress(_page("truncated gzip"))[:-8], "gzip")},
        text=story("truncated gzip").paragraphs,
    ),
    Case(
        "bodies/gzip in name only",
        "says gzip and sends plain text",
        {"/story": _encoded(_page("plain as gzip"), "gzip")},
        title=story("plain as gzip").title,
    ),
    Case(
        "bodies/gzip unsaid",
        "sends gzip without saying so",
        {"/story": Reply(200, (("Content-Type", "text/html"),), gzip.compress(_page("unsaid gzip")))},
        text=story("unsaid gzip").paragraphs,
    ),
    Case(
        "bodies/br in name only",
        "says br and sends gzip",
        {"/story": _encoded(gzip.compress(_page("gzip as br")), "br")},
        "refused",
        why="undecodable",
    ),
    Case(
        "bodies/unknown encoding",
        "says an encoding that nobody knows, and sends plain text",
        {"/story": _encoded(_page("unknown encoding"), "rot13")},
        title=story("unknown encoding").title,
    ),
    Case(
        "bodies/twice gzip",
        "packs the page twice and says so",
        {"/story": _nested(_page("twice"), 2)},
        title=story("twice").title,
    ),
    Case(
        "bodies/nine times gzip",
        "packs the page nine times",
        {"/story": _nested(_page("nine times"), 9)},
        "refused",
        why="undecodable",
    ),
    Case(
        "bodies/identity",
        "says identity",
        {"/story": _encoded(_page("identity"), "identity")},
        title=story("identity").title,
    ),
    Case(
        "bodies/empty gzip",
        "sends an empty body as gzip",
        {"/story": _encoded(b"", "gzip")},
        "failed",
        why=_BODILESS,
    ),
    Case(
        "bodies/gzip bomb",
        "sends 300 MB in 300 kB of gzip",
        {"/story": _encoded(gzip.compress(_zeros(300_000_000)), "gzip")},
        "refused",
        why=_TOO_LARGE,
        slow=True,
    ),
    Case(
        "bodies/gzip bomb of 30 MB",
        "sends 30 MB in 30 kB of gzip",
        {"/story": _encoded(gzip.compress(_zeros(30_000_000)), "gzip")},
        "refused",
        why=_TOO_LARGE,
    ),
    Case(
        "bodies/nested gzip bomb",
        "sends 300 MB, packed twice",
        {"/story": _encoded(gzip.compress(gzip.compress(_zeros(300_000_000))), "gzip, gzip")},
        "refused",
        why=_TOO_LARGE,
        slow=True,
    ),
    Case(
        "bodies/deflate bomb",
        "sends 30 MB in deflate",
        {"/story": _encoded(zlib.compress(_zeros(30_000_000)), "deflate")},
        "refused",
        why=_TOO_LARGE,
    ),
    Case(
        "bodies/br bomb",
        "sends 100 MB in brotli",
        {"/story": _encoded(brotli.compress(_zeros(100_000_000), quality=1), "br")},
        "refused",
        why=_TOO_LARGE,
    ),
    Case(
        "bodies/zstd bomb",
        "sends 100 MB in zstd",
        {"/story": _encoded(_zstd(_zeros(100_000_000)), "zstd")},
        "refused",
        why=_TOO_LARGE,
    ),
    Case(
        "bodies/endless gzip",
        "never stops packing zeros",
        {"/story": _endless_gzip},
        "refused",
        why=_TOO_LARGE,
        slow=True,
    ),
    Case(
        "bodies/announced large",
        "announces 4 GB",
        {"/story": _raw(_HEAD + b"Content-Length: 4000000000\r\n\r\n<html>")},
        "refused",
        why=_GUARD,
    ),
    Case(
        "bodies/large",
        "sends 5 MB",
        {"/story": Reply.html("<html>" + "<p>Words without end. " * 250_000)},
        "refused",
        why=_GUARD,
    ),
    Case("bodies/endless", "never stops sending", {"/story": _endless}, "refused", why=_GUARD),
    Case("bodies/endless chunks", "never stops sending chunks", {"/story": _endless_chunks}, "refused", why=_GUARD),
    Case("bodies/drip", "sends the body a byte at a time", {"/story": _drip}, "failed", why=_SLOW, slow=True),
    Case(
        "bodies/drip of chunks", "sends chunks of a byte each", {"/story": _drip_chunks}, "failed", why=_SLOW, slow=True
    ),
    Case("bodies/stall", "stops in the middle of the body", {"/story": _stall}, "failed", why=_SLOW, slow=True),
    Case("bodies/silence", "says nothing at all", {"/story": _silence}, "failed", why=_SLOW, slow=True),
    Case(
        "bodies/robots silence",
        "says nothing to who asks for robots.txt",
        {"/robots.txt": _silence, "/story": story("robots silence").reply()},
        "refused",
        why="robots.txt timed out",
        requests=0,
        slow=True,
    ),
    Case(
        "bodies/too long a length",
        "announces more than it sends, and hangs up",
        {"/story": _length("too long", 50_000)},
        "failed",
        why=_CUT,
        requests=2,
    ),
    Case("bodies/too short a length", "announces less than it sends", {"/story": _length("too short", 700)}, "new"),
    Case(
        "bodies/length of nought",
        "announces nothing and sends a page",
        {"/story": _length("nought", 0)},
        "failed",
        why=_BODILESS,
    ),
    Case(
        "bodies/two equal lengths",
        "announces the same length twice",
        {
            "/story": _raw(
                _HEAD
                + b"Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % ((len(_page("two lengths")),) * 2)
                + _page("two lengths")
            )
        },
        title=story("two lengths").title,
    ),
    Case(
        "bodies/two lengths",
        "announces two different lengths",
        {"/story": _raw(_HEAD + b"Content-Length: 10\r\nContent-Length: 2000\r\n\r\n" + _page("two other lengths"))},
        "failed",
        requests=2,
    ),
    Case(
        "bodies/negative length",
        "announces a negative length",
        {"/story": _raw(_HEAD + b"Content-Length: -5\r\n\r\n" + _page("negative"))},
        "failed",
        requests=2,
    ),
    Case(
        "bodies/length in words",
        "announces a length that is no number",
        {"/story": _raw(_HEAD + b"Content-Length: many\r\n\r\n" + _page("in words"))},
        "failed",
        requests=2,
    ),
    Case(
        "bodies/length and chunks",
        "announces a length and sends chunks",
        {
            "/story": _raw(
                _HEAD
                + b"Content-Length: 20\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(_page("both"))
                + _page("both")
                + b"\r\n0\r\n\r\n"
            )
        },
        title=story("both").title,
    ),
    Case(
        "bodies/chunks",
        "sends the page in chunks of 100 bytes",
        {"/story": _chunked(*(_page("chunks")[n : n + 100] for n in range(0, len(_page("chunks")), 100)))},
        text=story("chunks").paragraphs,
    ),
    Case(
        "bodies/chunks unfinished",
        "sends no last chunk",
        {"/story": _chunked(_page("unfinished"), end=b"")},
        "failed",
        why=_CUT,
        requests=2,
    ),
    Case(
        "bodies/chunk size rubbish",
        "sends rubbish for a chunk's size",
        {"/story": _raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + _page("rubbish size"))},
        "failed",
        requests=2,
    ),
    Case(
        "bodies/chunk too short",
        "sends more than the chunk's size says",
        {"/story": _raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + _page("short chunk") + b"\r\n0\r\n\r\n")},
        "failed",
        requests=2,
    ),
    Case(
        "bodies/chunk of endless size",
        "announces a chunk of 16 EB",
        {"/story": _raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + _page("huge chunk"))},
        "failed",
        requests=2,
    ),
    Case(
        "bodies/until the end",
        "sends no length and hangs up at the end",
        {"/story": _raw(_HEAD + b"Connection: close\r\n\r\n" + _page("until the end"))},
        text=story("until the end").paragraphs,
    ),
    Case("bodies/empty", "sends nothing", {"/story": Reply.html("")}, "failed", why=_BODILESS),
    Case(
        "bodies/white space",
        "sends white space",
        {"/story": Reply.html(" \n\t " * 1000)},
        "failed",
        why=_BODILESS,
    ),
    Case(
        "bodies/nul bytes",
        "sends 100 kB of NUL bytes",
        {"/story": Reply.html("\0" * 100_000)},
        "not_an_article",
        why="empty|not_html",
    ),
)
