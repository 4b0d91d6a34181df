"""Pages that are no articles, however much they look like them."""

from __future__ import annotations

from tests.hostile.case import Case, Exchange, Raw
from tests.hostile.stories import story
from tests.publisher.replies import Reply

_HEADLINES = "".join(
    f"<article><h2><a href='/n{n}'>The headline of story number {n} of the day</a></h2><p>A line about it.</p></article>"
    for n in range(24)
)
_CHALLENGE = (
    "<!DOCTYPE html><title>Just a moment...</title><body><div class=main><h1>news.example</h1>"
    "<h2>Checking your browser before accessing the site.</h2><div id=cf-challenge></div>"
    "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script></div></body>"
)
_CAPTCHA = (
    "<!DOCTYPE html><title>Are you a robot?</title><body><h1>Please verify that you are a human</h1>"
    "<div class='g-recaptcha' data-sitekey='x'></div><p>To continue, please complete the security check.</p>"
)
_CONSENT = (
    "<!DOCTYPE html><title>Before you continue</title><body><h1>We value your privacy</h1><p>We and our partners use "
    "cookies to store and access personal data. By clicking accept all you consent to our use of cookies.</p>"
    "<button>Accept all</button><button>Reject all</button>"
)
_NOT_FOUND = "<!DOCTYPE html><title>Page not found - The Example</title><body><h1>Page not found</h1><p>The page you were looking for does not exist.</p>"
_NOT_FOUND_AR = "<!DOCTYPE html><html lang=ar dir=rtl><title>الصفحة غير موجودة</title><body><h1>404</h1><p>عذرا، الصفحة التي تبحث عنها غير موجودة.</p>"
_MAINTENANCE = "<!DOCTYPE html><title>Site under maintenance</title><body><h1>We'll be back soon!</h1><p>Sorry for the inconvenience. We are performing some maintenance at the moment.</p>"
_LOGIN = "<!DOCTYPE html><title>Log in</title><body><form><h1>Log in</h1><input name=user><input type=password><button>Log in</button></form>"
_VIDEO = "<!DOCTYPE html><title>Video: the flood</title><meta property=og:type content=video.other><body><h1>Video: the flood</h1><video src=/v.mp4></video>"
_PARKED = "<!DOCTYPE html><title>news.example is for sale</title><body><h1>news.example</h1><p>This domain is for sale. Buy this domain.</p>"
_NOTICE = (
    "<!DOCTYPE html><title>The Example moves house</title><body><h1>Moving house</h1><p>Our servers are on a lorry "
    "between two towns, and nothing can be read here before they have been carried up to the third floor.</p>"
    "<p>Until then the radio has the news of the day, and our readers have the thanks of everybody on the desk.</p>"
)
_DATED = "<meta property='article:published_time' content='2026-03-02T08:00:00Z'>"
_LISTING_PATH = "/tag/floods"


def _not(name: str, does: str, page: str, why: str, *, path: str = "/story", fails: str = "") -> Case:
    pages = {path: Reply.html(page)}
    return Case(f"not articles/{name}", does, pages, "not_an_article", why=why, listed=(path,), fails=fails)


def _typed(name: str, does: str, kind: str, body: bytes) -> Case:
    return Case(
        f"not articles/{name}",
        does,
        {"/story.html": Reply(200, (("Content-Type", kind),), body)},
        "not_an_article",
        why="not_html",
        listed=("/story.html",),
    )


def _later(name: str, page: str, does: str, then: str, fails: str = "") -> Case:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(story(name).reply() if exchange.crawls == 1 else Reply.html(page))

    return Case(
        f"not articles/{name}", does, {"/story": answer}, then=then, requests=2, title=story(name).title, fails=fails
    )


def _dated_then_notice(name: str) -> Raw:
    async def answer(exchange: Exchange) -> None:
        known = Reply.html(story(name).html(head=_DATED))
        await exchange.reply(known if exchange.crawls == 1 else Reply.html(_NOTICE))

    return answer


_STUB = story("stub", sentences=2).html(
    head='<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","isAccessibleForFree":false,'
    '"hasPart":{"@type":"WebPageElement","isAccessibleForFree":false,"cssSelector":".paywall"}}</script>',
    after="<div class=paywall><p>Subscribe to continue reading this article.</p></div>",
)
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 500
_PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n" + b"stream data " * 100
CASES = (
    _not(
        "front page",
        "shows the front page",
        f"<!DOCTYPE html><title>The Example</title>{_HEADLINES}",
        "front_page|listing|empty",
        path="/",
    ),
    _not(
        "tag list",
        "shows the list of a tag",
        f"<!DOCTYPE html><title>Floods</title><h1>Floods</h1>{_HEADLINES}",
        "listing",
        path=_LISTING_PATH,
    ),
    _not(
        "search results",
        "shows search results",
        f"<!DOCTYPE html><title>Search</title><h1>Results</h1>{_HEADLINES}",
        "listing",
        path="/search",
    ),
    _not("challenge", "shows a bot challenge with 200", _CHALLENGE, "challenge"),
    _not("captcha", "shows a captcha with 200", _CAPTCHA, "challenge"),
    Case(
        "not articles/challenge with 403",
        "shows a bot challenge with 403",
        {"/story": Reply.html(_CHALLENGE, 403)},
        "failed",
        why="403|challenge",
    ),
    Case(
        "not articles/challenge with 503",
        "shows a bot challenge with 503",
        {"/story": Reply.html(_CHALLENGE, 503)},
        "failed",
        why="503|challenge",
        requests=2,
    ),
    _not("consent wall", "asks for consent in place of the article", _CONSENT, "consent_wall"),
    _not("soft 404", "says `not found` with 200", _NOT_FOUND, "soft_404"),
    _not("soft 404 in Arabic", "says `not found` in Arabic, with 200", _NOT_FOUND_AR, "soft_404"),
    _not(
        "maintenance",
        "is under maintenance, with 200",
        _MAINTENANCE,
        "maintenance",
    ),
    Case(
        "not articles/maintenance with 503",
        "is under maintenance, with 503",
        {"/story": Reply.html(_MAINTENANCE, 503)},
        "failed",
        why="503",
        requests=2,
    ),
    _not("login", "asks for a password in place of the article", _LOGIN, "login|empty|consent"),
    _not("video only", "has a video and no text", _VIDEO, "media"),
    _not("parked domain", "offers its domain for sale", _PARKED, "maintenance"),
    _typed("pdf", "sends a PDF behind .html", "application/pdf", _PDF),
    _typed("pdf as html", "sends a PDF and calls it HTML", "text/html", _PDF),
    _typed("image", "sends an image behind .html", "image/png", _PNG),
    _typed("image as html", "sends an image and calls it HTML", "text/html", _PNG),
    _typed("json", "sends JSON", "application/json", b'{"title": "A story", "body": "<p>Words</p>"}'),
    _typed("plain text", "sends plain text", "text/plain", b"Only words and no markup at all. " * 20),
    _typed("zip", "sends a zip archive without a type", "application/octet-stream", b"PK\x03\x04" + bytes(500)),
    _typed("javascript", "sends a script behind .html", "application/javascript", b"var story = '<p>words</p>';" * 20),
    Case(
        "not articles/feed in place of the article",
        "sends a feed behind .html",
        {
            "/story.html": Reply(
                200,
                (("Content-Type", "application/rss+xml"),),
                b"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title></channel></rss>",
            )
        },
        "not_an_article",
        listed=("/story.html",),
    ),
    Case(
        "not articles/paywall stub",
        "shows two paragraphs and asks for money: kept as what it is",
        {"/story": Reply.html(_STUB)},
        "not_an_article",
        why="paywall",
    ),
    _later("challenge later", _CHALLENGE, "shows a bot challenge over a known article: never gone", "not_an_article"),
    _later("consent later", _CONSENT, "shows a consent wall over a known article: never gone", "not_an_article"),
    _later(
        "maintenance later",
        _MAINTENANCE,
        "is under maintenance over a known article: never gone",
        "not_an_article",
    ),
    Case(
        "not articles/notice later",
        "shows the same words, of no kind that is known, over all its articles",
        {f"/story{n}": _dated_then_notice(f"notice later {n}") for n in (1, 2)},
        "new new",
        listed=("/story1", "/story2"),
        then="not_an_article not_an_article",
        requests=4,
    ),
    _later(
        "empty later",
        "<!DOCTYPE html><title>x</title>",
        "shows an empty page over a known article",
        "missing",
    ),
    _later("soft 404 later", _NOT_FOUND, "says `not found` with 200 over a known article", "missing"),
)
