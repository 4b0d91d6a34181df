"""Feeds: malformed, mislabelled, endless, poisoned."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

from tests.hostile.case import Answer, Case
from tests.hostile.stories import moved, rss, story, xml
from tests.publisher.replies import Reply

_A, _B = story("feed a").reply(), story("feed b", sentences=8).reply()
_TWO = {"/a": _A, "/b": _B}
_READ = rss("/a", "/b")


def _feed(name: str, does: str, feed: Answer, *, problem: str = "", lists: int = 2) -> Case:
    """A feed that brings up the two stories, or none."""
    expects = "" if lists == 0 else " ".join(["new"] * lists)
    return Case(
        f"feeds/{name}",
        does,
        {"/feed.xml": feed, "/new.xml": _READ, **_TWO},
        expects,
        feed="/feed.xml",
        lists=lists,
        problem=problem,
        requests=2,
    )


def _text(body: bytes, kind: str = "application/rss+xml") -> Reply:
    return Reply(200, (("Content-Type", kind),), body)


_ENTRIES = "".join(f"<item><title>T</title><link>/robbed/{n}</link></item>" for n in range(10_000))
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_BOMB = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{_LAUGHS}]><rss version="2.0"><channel><title>&l9;</title><item><link>/a</link></item><item><link>/b</link></item></channel></rss>'
_EXTERNAL = '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/secret">]><rss version="2.0"><channel><title>&x;</title><item><title>&x;</title><link>/a</link></item><item><link>/b</link></item></channel></rss>'
_DTD = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:{port}/evil.dtd"><rss version="2.0"><channel><item><link>/a</link></item><item><link>/b</link></item></channel></rss>'
_XINCLUDE = '<rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><link>/a</link><description><xi:include href="file:///etc/passwd" parse="text"/></description></item><item><link>/b</link></item></channel></rss>'
_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}/deep/"><title>N</title><entry><id>1</id><link href="../a"/></entry><entry><id>2</id><link rel="self" href="/self"/><link rel="alternate" href="../b"/></entry></feed>'
_RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>N</title></channel><item><title>A</title><link>{base}/a</link></item><item><title>B</title><link>{base}/b</link></item></rdf:RDF>'
_JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "N",
        "items": [{"id": "1", "url": "/a"}, {"id": "2", "url": "/b"}],
    }
).encode()
_CHARSET = '<?xml version="1.0" encoding="windows-1256"?><rss version="2.0"><channel><title>أخبار</title><item><title>خبر</title><link>/a</link></item><item><link>/b</link></item></channel></rss>'
_HTML = Reply.html("<!DOCTYPE html><title>The Example</title><p>Our feed has moved.")
_MANY_BAD: dict[str, object] = {
    "version": "https://jsonfeed.org/version/1",
    "items": [
        7,
        None,
        [],
        {"url": 5},
        {"url": {"a": 1}},
        {"id": "x"},
        {"url": "/a", "title": ["t"]},
        {"url": "/b", "date_published": 9e99},
    ],
}
CASES = (
    _feed("rss", "is as it should be", _READ),
    _feed("atom with base", "resolves its links by xml:base", xml(_ATOM, "application/atom+xml")),
    _feed("rdf", "is RSS 1.0", xml(_RDF)),
    _feed("json", "is a JSON Feed called HTML", _text(_JSON, "text/html")),
    _feed(
        "json of wrong types",
        "has values of every wrong type",
        _text(json.dumps(_MANY_BAD).encode(), "application/feed+json"),
    ),
    _feed(
        "json nested deep",
        "is JSON nested 100,000 deep",
        _text(b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 100_000, "application/feed+json"),
        lists=0,
        problem=".",
    ),
    _feed("called html", "is RSS called HTML", replace(_READ, headers=(("Content-Type", "text/html"),))),
    _feed("called nothing", "is RSS without a type", replace(_READ, headers=())),
    _feed(
        "warning before",
        "has a PHP warning before it",
        replace(_READ, body=b"<br />\n<b>Warning</b>: mysql_connect()\n" + _READ.body),
    ),
    _feed(
        "white space before", "has blank lines before its XML declaration", replace(_READ, body=b"\n\n  " + _READ.body)
    ),
    _feed("unclosed", "breaks off in the middle", replace(_READ, body=_READ.body[: _READ.body.rindex(b"</channel>")])),
    _feed(
        "bare ampersands",
        "has bare ampersands in its links",
        replace(_READ, body=_READ.body.replace(b"<title>News</title>", b"<title>News & Views &nbsp; &copy;</title>")),
    ),
    _feed(
        "control characters",
        "has control characters in its titles",
        replace(_READ, body=_READ.body.replace(b"<title>News</title>", b"<title>\x01\x0bNews\x1f</title>")),
    ),
    _feed("windows-1256", "is written in windows-1256", _text(_CHARSET.encode("windows-1256"))),
    _feed("utf-16", "is written in UTF-16", _text(_READ.body.decode().replace("UTF-8", "UTF-16").encode("utf-16"))),
    _feed("gzip unsaid", "is gzip without saying so", _text(gzip.compress(_READ.body))),
    _feed(
        "gzip bomb",
        "expands to 100 MB",
        _text(gzip.compress(b"<rss>" + b" " * 100_000_000)).with_headers(("Content-Encoding", "gzip")),
        lists=0,
        problem="larger than 2 MB",
    ),
    _feed("entity bomb", "declares entities that expand to 3 GB", xml(_BOMB)),
    _feed("external entity", "declares an entity of a forbidden address", xml(_EXTERNAL)),
    _feed("external dtd", "names a DTD at a forbidden address", xml(_DTD)),
    _feed("xinclude", "includes a local file", xml(_XINCLUDE)),
    _feed("nested deep", "nests 50,000 elements", xml("<rss><channel>" + "<a>" * 50_000), lists=0, problem="."),
    _feed("html", "is an HTML page", _HTML, lists=0, problem="is an HTML page"),
    _feed("empty", "is empty", _text(b""), lists=0, problem="is empty"),
    _feed("binary", "is an image", _text(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png"), lists=0, problem="neither"),
    _feed("404", "answers 404", Reply.html("Not found", 404), lists=0, problem="404"),
    _feed("410", "answers 410", Reply.html("Gone", 410), lists=0, problem="410"),
    _feed("403", "answers 403", Reply.html("Forbidden", 403), lists=0, problem="403"),
    _feed("without entries", "has no entries", rss(), lists=0),
    replace(_feed("redirect", "moves to another address", moved("/new.xml", 301)), requests=3),
    _feed("redirect loop", "redirects to itself", moved("/feed.xml"), lists=0, problem="redirect"),
    _feed(
        "redirect to loopback",
        "redirects to a forbidden address",
        moved("http://127.0.0.1:{port}/feed"),
        lists=0,
        problem="guard",
    ),
    _feed("relative links", "has relative links", rss("a", "./b")),
    _feed(
        "tracking links",
        "has tracking parameters in its links",
        rss("/a?utm_source=rss", "/b?utm_source=rss&utm_medium=feed"),
    ),
    _feed("doubled links", "lists each article three times", rss("/a", "/b", "/a", "/b", "/a#x", "/b?utm_source=y")),
    _feed(
        "doubled guids",
        "gives all its articles one guid",
        replace(_READ, body=_READ.body.replace(b"</item>", b"<guid isPermaLink='false'>1</guid></item>")),
    ),
    _feed(
        "guid for a link",
        "has permanent guids in place of links",
        replace(
            _READ,
            body=_READ.body.replace(b"<link>/a</link>", b"<guid>{base}/a</guid>").replace(
                b"<link>/b</link>", b"<guid>{base}/b</guid>"
            ),
        ),
    ),
    _feed(
        "links to elsewhere",
        "lists addresses that must not be asked",
        rss("file:///etc/passwd", "javascript:alert(1)", "mailto:a@b.example", "//[", "ftp://127.0.0.1/a", "/a", "/b"),
    ),
    _feed(
        "future dates",
        "has dates of the year 2099",
        replace(_READ, body=_READ.body.replace(b"</item>", b"<pubDate>Wed, 01 Jan 2099 00:00:00 GMT</pubDate></item>")),
    ),
    _feed(
        "impossible dates",
        "has dates that do not exist",
        replace(
            _READ, body=_READ.body.replace(b"</item>", b"<pubDate>Wed, 31 Feb 99999 25:61:00 +9999</pubDate></item>")
        ),
    ),
    _feed(
        "title of 1 MB",
        "has a title of 1 MB",
        replace(_READ, body=_READ.body.replace(b"</item>", b"<title>" + b"x" * 500_000 + b"</title></item>")),
    ),
    _feed(
        "wrong namespace",
        "writes Atom in a namespace of its own",
        xml(
            '<feed xmlns="http://example.org/made-up"><entry><link href="/a"/></entry><entry><link href="/b"/></entry></feed>'
        ),
    ),
    _feed(
        "style sheet",
        "names a style sheet to be shown with",
        replace(
            _READ,
            body=_READ.body.replace(
                b"?>\n", b'?>\n<?xml-stylesheet href="http://127.0.0.1:{port}/x.xsl" type="text/xsl"?>\n', 1
            ),
        ),
    ),
    Case(
        "feeds/10,000 entries",
        "lists 10,000 articles that robots.txt forbids: 5,000 are taken",
        {
            "/feed.xml": xml(f'<rss version="2.0"><channel><title>N</title>{_ENTRIES}</channel></rss>'),
            "/robots.txt": Reply.text("User-agent: *\nDisallow: /robbed"),
        },
        " ".join(["refused"] * 5000),
        why="robots.txt",
        feed="/feed.xml",
        lists=5000,
        problem="robots.txt",
        requests=0,
        slow=True,
    ),
)
