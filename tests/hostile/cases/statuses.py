"""Every status that tells something, and Retry-After in each of its forms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.hostile.case import Case, Exchange
from tests.hostile.stories import story
from tests.publisher.replies import Reply

_PLAIN = (
    # status, what it is, outcome, pattern of the reason, requests
    (400, "Bad Request", "failed", "400", 1),
    (401, "Unauthorized", "failed", "401", 1),
    (402, "Payment Required", "failed", "402", 1),
    (403, "Forbidden", "failed", "403", 1),
    (404, "Not Found", "missing", "404", 1),
    (405, "Method Not Allowed", "failed", "405", 1),
    (406, "Not Acceptable", "failed", "406", 1),
    (407, "Proxy Authentication Required", "failed", "407", 1),
    (408, "Request Timeout", "failed", "408", 2),
    (409, "Conflict", "failed", "409", 1),
    (410, "Gone", "missing", "410", 1),
    (412, "Precondition Failed", "failed", "412", 1),
    (418, "a teapot", "failed", "418", 1),
    (421, "Misdirected Request", "failed", "421", 1),
    (425, "Too Early", "failed", "425", 1),
    (426, "Upgrade Required", "failed", "426", 1),
    (431, "Request Header Fields Too Large", "failed", "431", 1),
    (444, "nginx's own", "failed", "444", 1),
    (451, "Unavailable For Legal Reasons", "missing", "451", 1),
    (500, "Internal Server Error", "failed", "500", 1),
    (501, "Not Implemented", "failed", "501", 1),
    (502, "Bad Gateway", "failed", "502", 2),
    (503, "Service Unavailable", "failed", "503", 2),
    (504, "Gateway Timeout", "failed", "504", 2),
    (508, "Loop Detected", "failed", "508", 1),
    (520, "Cloudflare: unknown error", "failed", "520", 1),
    (522, "Cloudflare: timed out", "failed", "522", 1),
    (525, "Cloudflare: TLS failed", "failed", "525", 1),
    (530, "Cloudflare: 1xxx", "failed", "530", 1),
    (599, "nobody's", "failed", "599", 1),
)


def _plain(status: int, meaning: str, outcome: str, why: str, requests: int) -> Case:
    # With a whole article in its body, so that nothing but the status speaks against it.
    pages = {"/story": story(f"status {status}").reply(status=status)}
    return Case(
        f"statuses/{status}",
        f"answers {status} ({meaning}) over an article",
        pages,
        outcome,
        why=why,
        requests=requests,
    )


def _later(status: int, asked: str) -> Reply:
    return story("later").reply(status=status).with_headers(("Retry-After", asked))


async def _wait_a_second(exchange: Exchange) -> None:
    await exchange.reply(_later(429, "1") if exchange.number == 1 else story("a second").reply())


async def _wait_until(exchange: Exchange) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    await exchange.reply(_later(503, moment))


async def _broken_later(exchange: Exchange) -> None:
    await exchange.reply(story("broken later").reply(status=200 if exchange.crawls == 1 else 500))


async def _gone_later(exchange: Exchange) -> None:
    await exchange.reply(story("gone later").reply(status=200 if exchange.crawls == 1 else 410))


async def _forbidden_later(exchange: Exchange) -> None:
    await exchange.reply(story("forbidden later").reply(status=200 if exchange.crawls == 1 else 403))


async def _unchanged_later(exchange: Exchange) -> None:
    reply = story("unchanged later").reply().with_headers(("ETag", '"a"'))
    await exchange.reply(Reply(304, (("ETag", '"a"'),)) if exchange.headers.get("if-none-match") else reply)


async def _etag_lies(exchange: Exchange) -> None:
    name = "etag one" if exchange.crawls == 1 else "etag two"
    await exchange.reply(story(name).reply().with_headers(("ETag", '"the same"')))


async def _clock_in_page(exchange: Exchange) -> None:
    await exchange.reply(story("clock").reply(after=f"<div class=clock>It is {exchange.crawls}:00 o'clock</div>"))


_HELD = "asked to be left alone"
CASES = (
    *(_plain(*row) for row in _PLAIN),
    Case(
        "statuses/201",
        "answers 201 over an article",
        {"/story": story("201").reply(status=201)},
        title=story("201").title,
    ),
    Case(
        "statuses/203",
        "answers 203 over an article",
        {"/story": story("203").reply(status=203)},
        title=story("203").title,
    ),
    Case("statuses/204", "answers 204", {"/story": Reply(204)}, "failed", why="the answer has no body"),
    Case("statuses/205", "answers 205 without a body", {"/story": Reply(205)}, "failed", why="the answer has no body"),
    Case(
        "statuses/206",
        "answers 206 with a part of the page, unasked",
        {
            "/story": Reply(
                206,
                (("Content-Type", "text/html"), ("Content-Range", "bytes 0-899/4000")),
                story("206").html().encode()[:900],
            )
        },
        "failed",
        why="206",
    ),
    Case("statuses/226", "answers 226", {"/story": story("226").reply(status=226)}, title=story("226").title),
    Case(
        "statuses/429 for an hour",
        "asks to be left alone for an hour: nothing more is asked",
        {"/story": _later(429, "3600"), "/b": story("b").reply(), "/c": story("c").reply()},
        "failed",
        why="429",
    ),
    Case(
        "statuses/429 for a second",
        "asks to be left alone for a second",
        {"/story": _wait_a_second},
        title=story("a second").title,
        requests=2,
    ),
    Case(
        "statuses/429 bare",
        "answers 429 without Retry-After",
        {"/story": story("bare").reply(status=429)},
        "failed",
        why="429",
        requests=2,
        slow=True,
    ),
    Case(
        "statuses/503 until a date", "asks to be left alone until a date", {"/story": _wait_until}, "failed", why="503"
    ),
    Case(
        "statuses/503 until the past",
        "asks to be left alone until a date in the past",
        {"/story": _later(503, "Wed, 21 Oct 2015 07:28:00 GMT")},
        "failed",
        why="503",
        requests=2,
    ),
    Case(
        "statuses/retry-after in words",
        "asks to be left alone for `a while`",
        {"/story": _later(503, "a while")},
        "failed",
        why="503",
        requests=2,
    ),
    Case(
        "statuses/retry-after negative",
        "asks to be left alone for -5 seconds",
        {"/story": _later(503, "-5")},
        "failed",
        why="503",
        requests=2,
    ),
    Case(
        "statuses/retry-after of ages",
        "asks to be left alone for 10^30 seconds",
        {"/story": _later(503, "1" + "0" * 30)},
        "failed",
        why="503",
    ),
    Case(
        "statuses/retry-after fraction",
        "asks to be left alone for 0.5 seconds",
        {"/story": _later(503, "0.5")},
        "failed",
        why="503",
        requests=2,
    ),
    Case(
        "statuses/500 later",
        "fails over a known article: it stays as it is",
        {"/story": _broken_later},
        then="failed",
        requests=2,
    ),
    Case(
        "statuses/403 later",
        "forbids a known article: it stays as it is",
        {"/story": _forbidden_later},
        then="failed",
        requests=2,
    ),
    Case("statuses/410 later", "takes a known article down", {"/story": _gone_later}, then="missing", requests=2),
    Case(
        "statuses/304 later",
        "answers a conditional request with 304",
        {"/story": _unchanged_later},
        then="unchanged",
        requests=2,
    ),
    Case(
        "statuses/etag that lies",
        "sends another article under the same ETag",
        {"/story": _etag_lies},
        then="edited",
        requests=2,
    ),
    Case(
        "statuses/clock in the page",
        "shows another time of day each time",
        {"/story": _clock_in_page},
        then="noise",
        requests=2,
        never=("o'clock",),
    ),
)
