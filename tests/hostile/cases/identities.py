"""One article under many addresses, and many articles under one."""

from __future__ import annotations

from tests.hostile.case import Case, Exchange
from tests.hostile.stories import moved, story
from tests.publisher.replies import Reply


def _canonical(url: str) -> str:
    return f'<link rel="canonical" href="{url}">'


async def _same_canonical(exchange: Exchange) -> None:
    """A template that declares one address for every page."""
    await exchange.reply(story(f"template {exchange.path}").reply(head=_canonical("{base}/story")))


_ONE = story("one of many")
_AMP = story("amp").reply(head=_canonical("{base}/story"))
CASES = (
    Case(
        "identities/tracking parameters",
        "lists one article with and without tracking parameters",
        {"/story": story("tracked").reply()},
        listed=("/story", "/story?utm_source=x&utm_medium=rss", "/story?fbclid=IwAR0"),
        requests=1,
    ),
    Case(
        "identities/fragments",
        "lists one article with three fragments",
        {"/story": story("fragments").reply()},
        listed=("/story", "/story#comments", "/story#top"),
        requests=1,
    ),
    Case(
        "identities/session ids",
        "lists one article with two session ids",
        {"/story": story("sessions").reply()},
        listed=("/story?PHPSESSID=0123456789abcdef0123456789abcdef", "/story;jsessionid=0123456789ABCDEF0123"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/numbers in the query",
        "numbers its articles in the query",
        {"/story?id=1": story("id 1").reply(), "/story?id=2": story("id 2").reply()},
        "new new",
        listed=("/story?id=1", "/story?id=2"),
        requests=2,
    ),
    Case(
        "identities/order of the query",
        "lists one article with its query in two orders",
        {"/story": story("order").reply()},
        "new unchanged",
        listed=("/story?a=1&b=2", "/story?b=2&a=1"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/amp",
        "lists an article and its AMP page, which names it",
        {"/story": story("amp").reply(), "/story/amp": _AMP},
        "new unchanged",
        listed=("/story", "/story/amp"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/print",
        "lists an article and its print page, which names it",
        {"/story": story("print").reply(), "/print/story": story("print").reply(head=_canonical("/story"))},
        "new unchanged",
        listed=("/story", "/print/story"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/raw and encoded path",
        "lists one article with its Arabic path raw and percent-encoded",
        {"/%D8%AE%D8%A8%D8%B1": story("path", "ar").reply(), "/%d8%ae%d8%a8%d8%b1": story("path", "ar").reply()},
        "new unchanged",
        listed=("/خبر", "/%D8%AE%D8%A8%D8%B1", "/%d8%ae%d8%a8%d8%b1"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/raw arabic canonical",
        "declares its canonical address in raw Arabic",
        {"/%D8%AE%D8%A8%D8%B1": story("raw canonical", "ar").reply(head=_canonical("{base}/خبر"))},
        listed=("/%D8%AE%D8%A8%D8%B1",),
    ),
    Case(
        "identities/redirects to one",
        "redirects two listed addresses to one article",
        {"/a": moved("/story", 301), "/b": moved("/story"), "/story": story("to one").reply()},
        "new unchanged",
        listed=("/a", "/b"),
        requests=4,
        articles=1,
    ),
    Case(
        "identities/canonical is front page",
        "declares its front page as every page's address",
        {
            "/story": story("front a").reply(head=_canonical("{base}/")),
            "/b": story("front b").reply(head=_canonical("{base}/")),
        },
        "new new",
        listed=("/story", "/b"),
        requests=2,
    ),
    Case(
        "identities/canonical on another site",
        "declares an address on another site",
        {"/story": story("elsewhere").reply(head=_canonical("https://news.example.org/story"))},
    ),
    Case(
        "identities/one canonical for all",
        "declares one address for three different articles",
        {"/story": _same_canonical, "/b": _same_canonical, "/c": _same_canonical},
        "new new new",
        listed=("/story", "/b", "/c"),
        requests=3,
    ),
    Case(
        "identities/canonical loop",
        "declares for each of two pages the other's address",
        {"/story": story("loop").reply(head=_canonical("/b")), "/b": story("loop").reply(head=_canonical("/story"))},
        "new noise",
        listed=("/story", "/b"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/two canonicals",
        "declares two addresses",
        {"/story": story("two canonicals").reply(head=_canonical("/story") + _canonical("/other"))},
    ),
    Case(
        "identities/canonical of javascript",
        "declares `javascript:` as its address",
        {"/story": story("js canonical").reply(head=_canonical("javascript:void(0)"))},
    ),
    Case(
        "identities/bad canonical",
        "declares an address that is none",
        {"/story": story("bad canonical").reply(head=_canonical("http://["))},
    ),
    Case(
        "identities/empty canonical",
        "declares an empty address",
        {"/story": story("empty canonical").reply(head=_canonical(""))},
    ),
    Case(
        "identities/canonical of a forbidden address",
        "declares a forbidden address",
        {"/story": story("evil canonical").reply(head=_canonical("http://127.0.0.1:{port}/story"))},
    ),
    Case(
        "identities/canonical to 404",
        "declares an address that answers 404",
        {"/story": story("to 404").reply(head=_canonical("/not-there"))},
        articles=1,
    ),
    Case(
        "identities/trailing slash",
        "lists one article with and without a final slash",
        {"/story": story("slash").reply(), "/story/": moved("/story", 301)},
        "new unchanged",
        listed=("/story", "/story/"),
        requests=3,
        articles=1,
    ),
    Case(
        "identities/double slashes",
        "lists one article with doubled slashes",
        {"//news//story": story("slashes").reply()},
        listed=("http://{host}//news//story",),
    ),
    Case(
        "identities/dot segments",
        "lists one article by a path with dots",
        {"/news/story": story("dots").reply()},
        listed=("/news/./x/../story",),
    ),
    Case(
        "identities/case of the host",
        "lists one article with its host in capitals",
        {"/story": story("capitals").reply()},
        listed=("http://CAPITALS.TEST:{port}/story", "http://capitals.test:{port}/story"),
        names=("capitals.test",),
    ),
    Case(
        "identities/mobile",
        "lists one article on its mobile host, which names the other",
        {"/story": story("mobile").reply(head=_canonical("http://zaytun-news.org:{port}/story"))},
        "new unchanged",
        listed=("http://zaytun-news.org:{port}/story", "http://m.zaytun-news.org:{port}/story"),
        names=("zaytun-news.org", "m.zaytun-news.org"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/www",
        "lists one article with and without `www.`",
        {"/story": story("www").reply()},
        "new unchanged",
        listed=("http://warda-news.org:{port}/story", "http://www.warda-news.org:{port}/story"),
        names=("warda-news.org", "www.warda-news.org"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/the same text twice",
        "publishes one text at two addresses: one article",
        {"/story": _ONE.reply(), "/b": _ONE.reply()},
        "new unchanged",
        listed=("/story", "/b"),
        requests=2,
        articles=1,
    ),
    Case(
        "identities/long address",
        "lists an address of 3,000 letters",
        {"/" + "a" * 3000: story("long address").reply()},
        listed=("/" + "a" * 3000,),
    ),
    Case(
        "identities/odd letters",
        "lists an address with odd letters",
        {"*": story("odd letters").reply()},
        listed=('/a|b^c`d{e}f\\g"h',),
    ),
    Case(
        "identities/spaces",
        "lists an address with spaces and line feeds around it",
        {"/story": story("spaces around").reply()},
        listed=(" \n http://{host}/story \n ",),
    ),
    Case(
        "identities/plus and percent",
        "lists an address with a bare percent sign",
        {"*": story("percent").reply()},
        listed=("/100%-sure+thing",),
    ),
    Case(
        "identities/refresh header",
        "sends a Refresh field with a forbidden address",
        {
            "/story": Reply(
                200,
                (("Content-Type", "text/html"), ("Refresh", "0; url=http://127.0.0.1/")),
                story("refresh header").html().encode(),
            )
        },
        expects="refused",
        why="guard",
    ),
)
