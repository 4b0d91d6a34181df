"""Redirects of every kind."""

from __future__ import annotations

from dataclasses import replace

from tests.hostile.case import Case, Exchange
from tests.hostile.stories import moved, story
from tests.publisher.replies import Reply


def _story(name: str) -> Reply:
    return story(name).reply()


async def _deeper(exchange: Exchange) -> None:
    """Always one folder further down."""
    await exchange.reply(moved(f"{exchange.path}/x"))


async def _other_each_time(exchange: Exchange) -> None:
    number = int(exchange.path.rpartition("=")[2] or 0) if "=" in exchange.path else 0
    await exchange.reply(moved(f"/story?n={number + 1}"))


async def _then_front_page(exchange: Exchange) -> None:
    await exchange.reply(_story("then front") if exchange.crawls == 1 else moved("/"))


async def _then_login(exchange: Exchange) -> None:
    login = moved("/login?next=/story")
    await exchange.reply(_story("then login") if exchange.crawls == 1 else login)


async def _then_moved(exchange: Exchange) -> None:
    await exchange.reply(_story("then moved") if exchange.crawls == 1 else moved("/new-slug", 301))


async def _then_other_article(exchange: Exchange) -> None:
    await exchange.reply(_story("then other") if exchange.crawls == 1 else moved("/other", 301))


_FRONT = Reply.html(
    "<!DOCTYPE html><title>The Example</title><body>"
    + "".join(f"<h2><a href='/n{n}'>A headline of the day, number {n} of many</a></h2>" for n in range(20))
)
_LOGIN = Reply.html(
    "<!DOCTYPE html><title>Log in</title><form action='/login' method=post><h1>Log in</h1>"
    "<label>Name <input name=user></label><label>Password <input type=password name=password></label>"
    "<button>Log in</button></form><p>Forgot your password?</p>"
)
_META = '<!DOCTYPE html><title>Moved</title><meta http-equiv="refresh" content="{content}"><p>Moved.'


def _refresh(content: str) -> Reply:
    return Reply.html(_META.replace("{content}", content))


CASES = (
    *(
        Case(
            f"redirects/{status}",
            f"answers {status} and then the page",
            {"/story": moved("/there", status), "/there": _story(f"redirect {status}")},
            title=story(f"redirect {status}").title,
            requests=2,
        )
        for status in (301, 302, 303, 307, 308)
    ),
    Case(
        "redirects/300",
        "answers 300 Multiple Choices with a Location",
        {"/story": moved("/there", 300), "/there": _story("redirect 300")},
        "failed",
        why="300",
    ),
    Case(
        "redirects/chain of five",
        "redirects five times, as often as is allowed",
        {"/story": moved("/1"), **{f"/{n}": moved(f"/{n + 1}") for n in range(1, 5)}, "/5": _story("chain of five")},
        requests=6,
    ),
    Case(
        "redirects/chain of six",
        "redirects six times",
        {"/story": moved("/1"), **{f"/{n}": moved(f"/{n + 1}") for n in range(1, 6)}, "/6": _story("chain of six")},
        "failed",
        why="more than 5 redirects",
        requests=6,
    ),
    Case(
        "redirects/loop",
        "redirects to and fro",
        {"/story": moved("/b"), "/b": moved("/story")},
        "failed",
        why="more than 5 redirects",
        requests=6,
    ),
    Case(
        "redirects/to itself",
        "redirects to itself",
        {"/story": moved("/story")},
        "failed",
        why="more than 5 redirects",
        requests=6,
    ),
    Case(
        "redirects/ever deeper",
        "redirects to one folder further down, for ever",
        {"*": Reply(), "/story": _deeper, **{"/story" + "/x" * n: _deeper for n in range(1, 9)}},
        "failed",
        why="more than 5 redirects",
        requests=6,
    ),
    Case(
        "redirects/another query each time",
        "redirects to another query each time",
        {"/story": _other_each_time},
        "failed",
        why="more than 5 redirects",
        requests=6,
    ),
    Case(
        "redirects/relative",
        "redirects to a relative path",
        {"/a/story": moved("../b/there"), "/b/there": _story("relative")},
        listed=("/a/story",),
        requests=2,
    ),
    Case(
        "redirects/query only",
        "redirects to another query of the same path",
        {"/story?id=7": _story("query only"), "/story": moved("?id=7")},
        requests=2,
    ),
    Case(
        "redirects/without scheme",
        "redirects to `//host/path`",
        {"/story": moved("//{host}/there"), "/there": _story("without scheme")},
        requests=2,
    ),
    Case(
        "redirects/without location",
        "answers 302 without a Location",
        {"/story": Reply(302, (), b"gone elsewhere")},
        "failed",
        why="302",
    ),
    Case(
        "redirects/empty location",
        "answers 302 with an empty Location",
        {"/story": moved("")},
        "failed",
        why="more than 5 redirects",
        requests=6,
    ),
    Case(
        "redirects/bad location", "redirects to `http://[`", {"/story": moved("http://[")}, "failed", why="redirect|URL"
    ),
    Case(
        "redirects/location of spaces",
        "redirects to a path with spaces",
        {"/story": moved("/the new place"), "/the%20new%20place": _story("spaces")},
        requests=2,
    ),
    Case(
        "redirects/raw arabic location",
        "redirects to raw UTF-8 bytes",
        {"/story": moved("/أخبار"), "/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1": story("raw location", "ar").reply()},
        title=story("raw location", "ar").title,
        requests=2,
    ),
    Case(
        "redirects/fragment",
        "redirects to itself with a fragment, then answers",
        {"/story": moved("/there#top"), "/there": _story("fragment")},
        requests=2,
    ),
    Case(
        "redirects/two locations",
        "sends two Location fields",
        {
            "/story": Reply(302, (("Location", "/there"), ("Location", "/elsewhere"))),
            "/there": _story("two locations"),
            "/elsewhere": _story("the second location"),
        },
        requests=2,
    ),
    Case(
        "redirects/huge location",
        "redirects to an address of 100,000 letters",
        {"/story": moved("/" + "a" * 100_000)},
        "missing",
        why="404",
        requests=2,
    ),
    Case(
        "redirects/200 with location",
        "answers 200 and a Location",
        {
            "/story": replace(
                _story("200 with location"), headers=(("Content-Type", "text/html"), ("Location", "/there"))
            )
        },
        title=story("200 with location").title,
    ),
    Case(
        "redirects/other host",
        "redirects to another host",
        {"/story": moved("http://127.1.250.1:{port}/story")},
        "missing",
        why="404",
    ),
    Case(
        "redirects/of robots",
        "redirects robots.txt to itself for ever",
        {"/robots.txt": moved("/robots.txt"), "/story": _story("robots loop")},
    ),
    Case("redirects/304 unasked", "answers 304 to what was never fetched", {"/story": Reply(304)}, "failed", why="304"),
    Case(
        "redirects/meta refresh",
        "is a page that refreshes to the article at once",
        {"/story": _refresh("0; url=/there"), "/there": _story("meta refresh")},
        title=story("meta refresh").title,
        requests=2,
    ),
    Case(
        "redirects/meta refresh to itself",
        "is a page that refreshes to itself",
        {"/story": _refresh("0; url=/story")},
        "not_an_article",
        requests=6,
    ),
    Case(
        "redirects/meta refresh later",
        "is an article that reloads itself every five minutes",
        {"/story": story("reloads").reply(head='<meta http-equiv="refresh" content="300">')},
        title=story("reloads").title,
    ),
    Case(
        "redirects/meta refresh to file",
        "is a page that refreshes to `file:`",
        {"/story": _refresh("0; url=file:///etc/passwd")},
        "not_an_article",
    ),
    Case(
        "redirects/meta refresh to loopback",
        "is a page that refreshes to a forbidden address",
        {"/story": _refresh("0; url=http://127.0.0.1:{port}/a")},
        "refused",
        why="guard",
    ),
    Case(
        "redirects/front page later",
        "redirects a known article to the front page",
        {"/story": _then_front_page, "/": _FRONT},
        then="missing",
        requests=3,
    ),
    Case(
        "redirects/login later",
        "redirects a known article to its login page",
        {"/story": _then_login, "/login": _LOGIN},
        then="not_an_article",
        requests=3,
    ),
    Case(
        "redirects/moved later",
        "redirects a known article to its new address",
        {"/story": _then_moved, "/new-slug": _story("then moved")},
        then="moved",
        requests=3,
    ),
    Case(
        "redirects/another article later",
        "redirects a known article to quite another",
        {"/story": _then_other_article, "/other": story("another one altogether", sentences=8).reply()},
        then="missing",
        requests=3,
    ),
    Case(
        "redirects/new to front page",
        "redirects to the front page",
        {"/story": moved("/"), "/": _FRONT},
        "not_an_article",
        requests=2,
    ),
    Case(
        "redirects/new to login",
        "redirects to the login page",
        {"/story": moved("/login?next=/story"), "/login": _LOGIN},
        "not_an_article",
        requests=2,
    ),
)
