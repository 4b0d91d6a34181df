"""What is not HTTP, or hardly: status lines, header sections, broken connections, TLS."""

from __future__ import annotations

from tests.hostile.case import Answer, Case, Exchange
from tests.hostile.stories import moved, story

_HEADERS_TOO_LARGE = "refused by the guard: headers larger than"
_HUNG_UP = "closed the connection without an answer"
_NO_HTTP = "is not HTTP"


def _raw(*parts: bytes) -> Answer:
    async def answer(exchange: Exchange) -> None:
        for part in parts:
            await exchange.send(part)

    return answer


def _whole(name: str, status: bytes = b"HTTP/1.1 200 OK", fields: bytes = b"", ends: bytes = b"\r\n") -> Answer:
    body = story(name).html().encode()
    head = ends.join([status, b"Content-Type: text/html; charset=utf-8", b"Content-Length: %d" % len(body)])
    return _raw(head + ends + fields + ends + body)


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _reset_in_head(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    exchange.reset()


async def _reset_in_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<html>")
    exchange.reset()


async def _broken_once(exchange: Exchange) -> None:
    if exchange.number > 1:
        await exchange.reply(story("broken once").reply())


async def _drip_of_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while await exchange.wait(0.2):
        await exchange.send(b"X-Slow: 1\r\n")


async def _drip_in_header(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while await exchange.wait(0.2):
        await exchange.send(b"a")


async def _endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X-More: and more\r\n" * 1000)


async def _endless_header(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await exchange.send(b"a" * 10_000)


async def _endless_status(exchange: Exchange) -> None:
    while True:
        await exchange.send(b"HTTP/1.1 200 " + b"O" * 10_000)


async def _flood(exchange: Exchange) -> None:
    for _ in range(200):
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    await exchange.reply(story("flood").reply())


async def _endless_flood(exchange: Exchange) -> None:
    while True:
        await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


async def _no_tls(exchange: Exchange) -> None:
    exchange.reset()


CASES = (
    Case(
        "wire/http 0.9",
        "sends a page without any head",
        {"/story": _raw(story("http 0.9").html().encode())},
        "failed",
        why=_NO_HTTP,
        requests=2,
    ),
    Case(
        "wire/http 1.0",
        "answers by HTTP/1.0",
        {"/story": _whole("http 1.0", b"HTTP/1.0 200 OK")},
        title=story("http 1.0").title,
    ),
    Case(
        "wire/http 2 in clear",
        "answers with an HTTP/2 frame",
        {"/story": _raw(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64" * 4)},
        "failed",
        requests=2,
    ),
    Case(
        "wire/status without phrase",
        "leaves out the reason phrase",
        {"/story": _whole("no phrase", b"HTTP/1.1 200")},
        title=story("no phrase").title,
    ),
    Case(
        "wire/status in words",
        "sends a status that is no number",
        {"/story": _raw(b"HTTP/1.1 OK fine\r\n\r\n")},
        "failed",
        why=_NO_HTTP,
        requests=2,
    ),
    Case(
        "wire/status 000",
        "sends status 000",
        {"/story": _raw(b"HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n")},
        "failed",
        requests=2,
    ),
    Case(
        "wire/status 999",
        "sends status 999",
        {"/story": _raw(b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n")},
        "failed",
        why="999",
    ),
    Case(
        "wire/status of ten digits",
        "sends a status of ten digits",
        {"/story": _raw(b"HTTP/1.1 2000000000 Large\r\nContent-Length: 0\r\n\r\n")},
        "failed",
        requests=2,
    ),
    Case(
        "wire/smtp",
        "speaks SMTP",
        {"/story": _raw(b"220 mail.example ESMTP\r\n500 what?\r\n")},
        "failed",
        why=_NO_HTTP,
        requests=2,
    ),
    Case(
        "wire/bare line feeds",
        "ends its lines with a bare line feed",
        {"/story": _whole("bare line feeds", ends=b"\n")},
        title=story("bare line feeds").title,
    ),
    Case(
        "wire/field without colon",
        "sends a header line without a colon",
        {"/story": _whole("no colon", fields=b"this is no field\r\n")},
        title=story("no colon").title,
    ),
    Case(
        "wire/folded field",
        "folds a header field over two lines",
        {"/story": _whole("folded", fields=b"X-Folded: one\r\n two\r\n")},
        title=story("folded").title,
    ),
    Case(
        "wire/latin-1 field",
        "sends Latin-1 in a header field",
        {"/story": _whole("latin field", fields=b"X-Author: Jos\xe9\r\n")},
        title=story("latin field").title,
    ),
    Case(
        "wire/nul in field",
        "sends a NUL in a header field",
        {"/story": _whole("nul field", fields=b"X-Nul: a\0b\r\n")},
        title=story("nul field").title,
    ),
    Case(
        "wire/one large field",
        "sends a header field of 60 kB",
        {"/story": _whole("large field", fields=b"X-Large: " + b"a" * 60_000 + b"\r\n")},
        title=story("large field").title,
    ),
    Case(
        "wire/huge field",
        "sends a header field of 1 MB",
        {"/story": _whole("huge field", fields=b"X-Huge: " + b"a" * 1_000_000 + b"\r\n")},
        "refused",
        why=_HEADERS_TOO_LARGE,
        requests=2,
    ),
    Case(
        "wire/many cookies",
        "sets 1,000 cookies",
        {"/story": _whole("cookies", fields=b"".join(b"Set-Cookie: c%d=1\r\n" % n for n in range(1000)))},
        title=story("cookies").title,
    ),
    Case(
        "wire/100,000 fields",
        "sends 100,000 header fields",
        {"/story": _whole("many fields", fields=b"X-Many: 1\r\n" * 100_000)},
        "refused",
        why=_HEADERS_TOO_LARGE,
        requests=2,
    ),
    Case(
        "wire/endless fields",
        "never ends its header section",
        {"/story": _endless_headers},
        "refused",
        why=_HEADERS_TOO_LARGE,
        requests=2,
    ),
    Case(
        "wire/endless field",
        "never ends a header field",
        {"/story": _endless_header},
        "refused",
        why=_HEADERS_TOO_LARGE,
        requests=2,
    ),
    Case(
        "wire/endless status line",
        "never ends its status line",
        {"/story": _endless_status},
        "refused",
        why=_HEADERS_TOO_LARGE,
        requests=2,
    ),
    Case(
        "wire/drip of fields",
        "sends a header field now and then",
        {"/story": _drip_of_headers},
        "failed",
        why="timed out after 8 s",
        slow=True,
    ),
    Case(
        "wire/drip in a field",
        "sends a header field a letter at a time",
        {"/story": _drip_in_header},
        "failed",
        why="timed out after 8 s",
        slow=True,
    ),
    Case("wire/early hints", "sends 200 answers of 103 before its own", {"/story": _flood}, title=story("flood").title),
    Case(
        "wire/endless continue",
        "never stops sending 100 Continue",
        {"/story": _endless_flood},
        "refused",
        why=_HEADERS_TOO_LARGE,
        requests=2,
    ),
    Case("wire/hangs up", "hangs up without a word", {"/story": _raw()}, "failed", why=_HUNG_UP, requests=3),
    Case(
        "wire/hangs up once",
        "hangs up once, then answers",
        {"/story": _broken_once},
        title=story("broken once").title,
        requests=2,
    ),
    Case("wire/reset", "resets the connection", {"/story": _reset}, "failed", why=_HUNG_UP, requests=3),
    Case(
        "wire/reset in the head",
        "resets the connection in its header section",
        {"/story": _reset_in_head},
        "failed",
        requests=2,
    ),
    Case(
        "wire/reset in the body", "resets the connection in the body", {"/story": _reset_in_body}, "failed", requests=2
    ),
    Case(
        "wire/closed port",
        "lists an address where nobody listens",
        {},
        "failed",
        why="connection refused by",
        listed=("http://127.1.250.2:1/a",),
        requests=0,
    ),
    Case(
        "wire/self-signed",
        "has a certificate signed by itself",
        {"/story": story("self-signed").reply()},
        title=story("self-signed").title,
        tls=True,
    ),
    Case("wire/reset under tls", "resets a TLS connection", {"/story": _no_tls}, "failed", tls=True, requests=3),
    Case(
        "wire/https to http",
        "listens in clear where https is asked for",
        {"/story": story("clear").reply()},
        "failed",
        why="TLS: ",
        listed=("https://{host}/story",),
        requests=0,
    ),
    Case(
        "wire/http to https",
        "listens by TLS where http is asked for",
        {"/story": story("tls").reply()},
        "failed",
        listed=("http://{tls}/story",),
        tls=True,
        requests=0,
    ),
    Case(
        "wire/http to https redirect",
        "redirects from http to https",
        {"/up": moved("https://{tls}/story"), "/story": story("up").reply()},
        listed=("/up",),
        requests=2,
    ),
)
