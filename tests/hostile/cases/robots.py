"""robots.txt, by each rule of RFC 9309 and against each bad habit."""

from __future__ import annotations

from tests.hostile.case import Answer, Case, Exchange
from tests.hostile.stories import moved, story
from tests.publisher.replies import Reply


def _rules(
    name: str, does: str, rules: str | Answer, expects: str, path: str = "/story", *, slow: bool = False
) -> Case:
    told = story(f"robots {name}")
    answer = Reply.text(rules) if isinstance(rules, str) else rules
    asked = 1 if expects == "new" else 0
    return Case(
        f"robots/{name}",
        does,
        {"/robots.txt": answer, path: told.reply()},
        expects,
        why="robots.txt|larger than 2 MB" if expects == "refused" else "",
        listed=(path,),
        requests=asked,
        slow=slow,
    )


async def _endless(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nUser-agent: *\nDisallow: /story\n")
    while True:
        await exchange.send(b"Disallow: /and/so/on\n" * 1000)


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


_MEGABYTE = "User-agent: *\nDisallow: /story\n" + "Disallow: /a/very/long/path/that/nobody/asks/for\n" * 20_000
_LATE = "User-agent: *\n" + "Disallow: /a/very/long/path/that/nobody/asks/for\n" * 8_000 + "Disallow: /story\n"
CASES = (
    _rules("all forbidden", "forbids everything", "User-agent: *\nDisallow: /", "refused"),
    _rules("all allowed", "forbids nothing", "User-agent: *\nDisallow:", "new"),
    _rules("empty", "is empty", "", "new"),
    _rules(
        "our name",
        "forbids us by our name",
        "User-agent: Warraq\nDisallow: /story\n\nUser-agent: *\nDisallow:",
        "refused",
    ),
    _rules(
        "our name in lower case",
        "forbids us by our name in lower case",
        "user-agent: warraq\ndisallow: /story",
        "refused",
    ),
    _rules(
        "our name allowed", "forbids all but us", "User-agent: *\nDisallow: /\n\nUser-agent: Warraq\nAllow: /", "new"
    ),
    _rules("another name", "forbids somebody else", "User-agent: GPTBot\nDisallow: /", "new"),
    _rules(
        "several names",
        "forbids a group of names, ours among them",
        "User-agent: A\nUser-agent: Warraq\nUser-agent: B\nDisallow: /story",
        "refused",
    ),
    _rules(
        "groups of one name",
        "has two groups for all: both hold",
        "User-agent: *\nDisallow: /x\n\nUser-agent: *\nDisallow: /story",
        "refused",
    ),
    _rules(
        "longest match allows",
        "allows the longer of two paths",
        "User-agent: *\nDisallow: /news\nAllow: /news/story",
        "new",
        "/news/story",
    ),
    _rules(
        "longest match forbids",
        "forbids the longer of two paths",
        "User-agent: *\nAllow: /news\nDisallow: /news/story",
        "refused",
        "/news/story",
    ),
    _rules(
        "equal match",
        "allows and forbids the same path: allowed",
        "User-agent: *\nDisallow: /story\nAllow: /story",
        "new",
    ),
    _rules("wildcard", "forbids by a wildcard", "User-agent: *\nDisallow: /*/story", "refused", "/news/story"),
    _rules("end of path", "forbids by a path's end", "User-agent: *\nDisallow: /*.html$", "refused", "/news/a.html"),
    _rules(
        "end of path not met",
        "forbids by an end that the path does not have",
        "User-agent: *\nDisallow: /story$",
        "new",
        "/story.html",
    ),
    _rules("case of the path", "forbids another path by its capitals", "User-agent: *\nDisallow: /Story", "new"),
    _rules("query", "forbids a query", "User-agent: *\nDisallow: /*?print=", "refused", "/story?print=1"),
    _rules(
        "percent-encoded",
        "forbids an Arabic path, percent-encoded",
        "User-agent: *\nDisallow: /%D8%AE%D8%A8%D8%B1",
        "refused",
        "/%D8%AE%D8%A8%D8%B1",
    ),
    _rules(
        "raw arabic",
        "forbids an Arabic path in raw letters",
        "User-agent: *\nDisallow: /خبر",
        "refused",
        "/%D8%AE%D8%A8%D8%B1",
    ),
    _rules("byte order mark", "begins with a byte order mark", "\ufeffUser-agent: *\nDisallow: /story", "refused"),
    _rules(
        "comments", "has comments everywhere", "# hello\nUser-agent: * # all\nDisallow: /story # not this", "refused"
    ),
    _rules("carriage returns", "ends its lines with carriage returns", "User-agent: *\rDisallow: /story\r", "refused"),
    _rules("spaces", "has spaces around everything", "  User-agent :  *  \n  Disallow :  /story  ", "refused"),
    _rules(
        "unknown lines",
        "has lines that nobody knows",
        "Noindex: /\nHost: x\nUser-agent: *\nRequest-rate: 1/5\nDisallow: /story",
        "refused",
    ),
    _rules(
        "html",
        "answers with an HTML page",
        Reply.html("<!DOCTYPE html><title>Home</title><p>User-agent: nobody"),
        "new",
    ),
    _rules(
        "utf-16",
        "is written in UTF-16",
        Reply(200, (("Content-Type", "text/plain"),), "User-agent: *\nDisallow: /x".encode("utf-16")),
        "new",
    ),
    _rules(
        "binary", "answers with an image", Reply(200, (("Content-Type", "image/png"),), b"\x89PNG" + bytes(2000)), "new"
    ),
    _rules("404", "has none", Reply.html("Not found", 404), "new"),
    _rules("401", "answers 401: as if there were none", Reply.html("Who are you?", 401), "new"),
    _rules("403", "answers 403: as if there were none", Reply.html("Forbidden", 403), "new"),
    _rules("410", "answers 410", Reply.html("Gone", 410), "new"),
    _rules("429", "answers 429: forbidden for now", Reply(429, (("Retry-After", "3600"),), b""), "refused"),
    _rules("500", "answers 500: forbidden for now", Reply.html("Oops", 500), "refused"),
    _rules("503", "answers 503: forbidden for now", Reply.html("Oops", 503), "refused"),
    _rules("204", "answers 204", Reply(204), "new"),
    _rules("hangs up", "hangs up on who asks for it", _reset, "failed"),
    _rules("endless", "never ends", _endless, "refused"),
    _rules("megabyte", "is 1 MB long", _MEGABYTE, "refused"),
    _rules("rule at 390 kB", "has its rule after 390 kB, within what must be read", _LATE, "refused"),
    _rules(
        "star bomb",
        "has a path of 5,000 stars",
        "User-agent: *\nDisallow: /" + "*a" * 5000 + "$\n",
        "new",
        "/" + "a" * 200,
    ),
    Case(
        "robots/redirect",
        "redirects to another path",
        {
            "/robots.txt": moved("/other.txt"),
            "/other.txt": Reply.text("User-agent: *\nDisallow: /story"),
            "/story": story("robots redirect").reply(),
        },
        "refused",
        why="robots.txt",
        requests=1,
    ),
    Case(
        "robots/redirect to forbidden address",
        "redirects to a forbidden address",
        {"/robots.txt": moved("http://127.0.0.1:{port}/robots.txt"), "/story": story("robots evil").reply()},
        "refused",
        why="guard",
        requests=0,
    ),
    Case(
        "robots/redirect target forbidden",
        "redirects an article to a forbidden path",
        {
            "/robots.txt": Reply.text("User-agent: *\nDisallow: /private"),
            "/story": moved("/private/story"),
            "/private/story": story("private").reply(),
        },
        "refused",
        why="robots.txt",
    ),
    Case(
        "robots/crawl delay",
        "asks for half a second between requests",
        {
            "/robots.txt": Reply.text("User-agent: *\nCrawl-delay: 0.5"),
            "/a": story("delay a").reply(),
            "/b": story("delay b").reply(),
        },
        "new new",
        listed=("/a", "/b"),
        requests=2,
    ),
    Case(
        "robots/crawl delay nonsense",
        "asks for a delay that is no number",
        {"/robots.txt": Reply.text("User-agent: *\nCrawl-delay: slow"), "/story": story("delay nonsense").reply()},
    ),
)
