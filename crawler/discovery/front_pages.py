"""Front and section pages: which of their links are articles.

Three things tell, none of them enough alone: the shape of the URL, where its links stand in the page, and what the
site's known article URLs look like. The weights were set by hand on the layouts of ``tests/test_front_pages.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree, html

from crawler.discovery.listing import Document, Entry, Reading, absolute, linked, listings_of, plain_text
from crawler.discovery.url_shapes import Shape, pattern_of, shape_of, words_of
from pipeline.charset import decode_text
from pipeline.urls import is_same_address, same_site
from storage.records import FeedKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

MOST_LINKS = 5_000
_MOST_BYTES = 4_000_000  # of a page: its tree takes 20 times as much, in the crawling process
"""Links read of one page by default; the front page of a large newspaper has some 500."""
_DEEPEST = 60  # ancestors looked at above a link
_ENOUGH = 2
_SURELY = 3
_FEW_WORDS = 2
_HEADLINE_WORDS = 4
_COMMON_SHARE = 20  # a pattern counts as the site's own where it is one of as many known URLs
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
_MENU = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|menus|submenu|dropdown|footer|breadcrumbs?|topbar|masthead|offcanvas"
    r"|social|share|sharing|login|tags?|tagcloud|categories|cat-links|byline|author|authors|languages?|cookie|copyright"
    r"|pagination|pager|paging|nav-links|site-header|page-header|skip)(?:$|[\s_-])",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?:^|[\s_-])(?:article|card|teaser|story|stories|post|entry|headline|promo|news|item)s?(?:$|[\s_-])",
    re.IGNORECASE,
)
_NEXT = re.compile(r"(?:^|[\s_-])next(?:$|[\s_-])|nextpostslink", re.IGNORECASE)
_NEXT_WORDS = frozenset(
    {"next", "next page", "older", "older posts", "older entries", "التالي", "الصفحة التالية", "التالية", "الأقدم"}
    | {"مقالات أقدم", "بعدی", "suivant", "weiter", "siguiente", "›", "»", "→", "next ›", "next »", "next →"}
)


@dataclass(frozen=True, slots=True)
class KnownUrls:
    """What is known of a site's URLs: patterns of those that are articles, and of those that are none."""

    articles: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, articles: Iterable[str], others: Iterable[str] = ()) -> KnownUrls:
        """From samples of both."""
        return cls(Counter(map(pattern_of, articles)), Counter(map(pattern_of, others)))

    def weight(self, pattern: str) -> int:
        """How much a pattern speaks for an article (positive) or against it."""
        known, against = self.articles[pattern], self.others[pattern]
        if against > known:
            return -4 if against >= _SURELY else -1
        if known > 1 and known * _COMMON_SHARE >= self.articles.total():
            return 2
        return 0


NOTHING_KNOWN = KnownUrls()


@dataclass(slots=True)
class _Link:
    """All links of a page to one URL, taken together."""

    title: str = ""
    place: int = 0
    in_heading: bool = False
    in_card: bool = False
    in_menu: bool = False
    in_text: bool = False
    has_picture: bool = False


def read_front_page(document: Document, known: KnownUrls = NOTHING_KNOWN, most: int = MOST_LINKS) -> Reading | None:
    """The articles that an HTML page links to; None where it is no HTML page.

    Only links on the page's own site count. ``next_url`` is the page after it, where it is one of several.
    """
    page = parse_page(document)
    if page is None:
        return None
    base = base_of(page, document.url)
    found, left_out = _links(page, base, document.url, most)
    entries = [Entry(url, found[url].title) for url in _articles(found, known)]
    return Reading(
        FeedKind.FRONT_PAGE,
        listings_of(entries, document.url, most),
        next_url=_next_page(page, base, document),
        left_out=left_out + document.body[_MOST_BYTES:].lower().count(b"<a "),
    )


def _articles(found: dict[str, _Link], known: KnownUrls) -> list[str]:
    """The URLs that are articles, in the page's order.

    Those just short of it are taken where the page's others that look like them were: a headline may be one word.
    """
    scores = {url: _score(url, link, known) for url, link in found.items() if link.title}
    sure = Counter(pattern_of(url) for url, score in scores.items() if score >= _ENOUGH)
    unsure = Counter(pattern_of(url) for url, score in scores.items() if score < _ENOUGH)

    def is_article(url: str, score: int) -> bool:
        pattern = pattern_of(url)
        is_like_others = sure[pattern] > max(1, unsure[pattern]) and not found[url].in_menu
        return score >= _ENOUGH or (score == _ENOUGH - 1 and is_like_others)

    return [url for url, score in scores.items() if is_article(url, score)]


def parse_page(document: Document) -> html.HtmlElement | None:
    """The page's tree, its charset found out; None where it is not HTML."""
    text = decode_text(document.body[:_MOST_BYTES], document.content_type)[0]
    if not re.search(r"<(?:!doctype\s+html|html|head|body|a)\b", text[:20_000], re.IGNORECASE):
        return None
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, huge_tree=False)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return None


def base_of(page: html.HtmlElement, url: str) -> str:
    """What the page's references are relative to."""
    named = page.xpath("string((//base/@href)[1])").strip()
    return absolute(named, url) or url if named else url


def _links(page: html.HtmlElement, base: str, url: str, most: int) -> tuple[dict[str, _Link], int]:
    anchors = [anchor for anchor in page.iter("a") if anchor.get("href")]
    menus = _Menus(len(anchors))
    found: dict[str, _Link] = {}
    for anchor in anchors[:most]:
        target = absolute(anchor.get("href", ""), base)
        if target is None or not same_site(target, url) or is_same_address(target, url):
            continue
        _note(found.setdefault(target, _Link(place=len(found))), anchor, menus)
    return found, max(0, len(anchors) - most)


def _note(link: _Link, anchor: html.HtmlElement, menus: _Menus) -> None:
    text = plain_text(" ".join(anchor.itertext()))
    inner = {element.tag for element in anchor.iter(etree.Element)}
    heading = next((element for element in anchor.iter(*_HEADINGS)), None)
    if heading is not None:
        text = plain_text(" ".join(heading.itertext())) or text
    title = text or plain_text(anchor.get("title") or anchor.get("aria-label") or _alternative(anchor))
    around = list(_ancestors(anchor))
    in_heading = heading is not None or any(each.tag in _HEADINGS for each in around)
    if (in_heading, words_of(title)) > (link.in_heading, words_of(link.title)):
        link.title = title
    link.has_picture |= bool(inner & {"img", "picture", "figure"})
    in_menu = any(menus.is_menu(each, around) for each in around)
    link.in_menu |= in_menu
    link.in_heading |= in_heading
    link.in_card |= not in_menu and any(_is_card(each) for each in around)
    link.in_text |= _is_in_text(anchor)


def _ancestors(element: html.HtmlElement) -> Iterator[html.HtmlElement]:
    for depth, ancestor in enumerate(element.iterancestors()):
        if depth >= _DEEPEST or ancestor.tag in {"body", "html"}:
            return
        yield ancestor


def _alternative(anchor: html.HtmlElement) -> str:
    return next((image.get("alt") or "" for image in anchor.iter("img") if image.get("alt")), "")


def _is_card(element: html.HtmlElement) -> bool:
    return element.tag == "article" or bool(_CARD.search(element.get("class") or ""))


def _is_in_text(anchor: html.HtmlElement) -> bool:
    """Whether the link is a few words within a paragraph."""
    parent = anchor.getparent()
    return (
        parent is not None
        and parent.tag == "p"
        and len(plain_text(" ".join(parent.itertext()))) > 3 * len(plain_text(" ".join(anchor.itertext())) or "x")
    )


class _Menus:
    """Tells the menus of a page from its contents."""

    def __init__(self, links: int) -> None:
        self._links = links
        self._known: dict[html.HtmlElement, bool] = {}

    def is_menu(self, element: html.HtmlElement, around: Collection[html.HtmlElement]) -> bool:
        if element not in self._known:
            self._known[element] = self._looks_like_menu(element, around)
        return self._known[element]

    def _looks_like_menu(self, element: html.HtmlElement, around: Collection[html.HtmlElement]) -> bool:
        if element.tag == "nav" or element.get("role") in {"navigation", "menu", "menubar", "contentinfo"}:
            return True
        if element.tag in {"header", "footer"}:  # a page's, not an article's: cards have them too
            outside = {each.tag for each in element.iterancestors()}
            return not outside & {"article", "section", "main", "li"} and not _has_headlines(element)
        if element.tag in {"article", "main"} or not _MENU.search(
            f"{element.get('class') or ''} {element.get('id') or ''}"
        ):
            return False
        # A wrapper around the whole page may be named after the menu that it opens.
        held = sum(1 for _ in element.iter("a"))
        return held * 2 < self._links or len(around) == 0


def _has_headlines(element: html.HtmlElement) -> bool:
    return sum(1 for _ in element.iter(*_HEADINGS)) > 2  # noqa: PLR2004 - a site's name, and perhaps a slogan


def _score(url: str, link: _Link, known: KnownUrls) -> int:
    shape, weight, words = shape_of(url), known.weight(pattern_of(url)), words_of(link.title)
    if shape is Shape.OTHER or (shape is Shape.LISTING and weight <= 0):
        return -1
    score = weight + (2 if shape is Shape.ARTICLE else 0)
    score += 2 if link.in_heading and not link.in_menu else 0
    score += 1 if link.in_card else 0
    score += 1 if link.has_picture and words > _FEW_WORDS else 0
    score += 1 if words >= _HEADLINE_WORDS else -1 if words <= _FEW_WORDS else 0
    # Sections stand in the menu and again above their block; articles may stand in a menu of the latest.
    score -= (2 if shape is Shape.ARTICLE or weight > 0 else 4) if link.in_menu else 0
    score -= 1 if link.in_text else 0
    if known.articles and weight <= 0:
        score -= 1
    return score


def _next_page(page: html.HtmlElement, base: str, document: Document) -> str | None:
    said = linked(document.header("Link"), "next")
    if said and (target := absolute(said, base)):
        return target
    for element in page.iter("link", "a"):
        relations = (element.get("rel") or "").lower().split()
        if "next" in relations or (element.tag == "a" and _is_next(element)):
            target = absolute(element.get("href") or "", base)
            if target and same_site(target, document.url) and target != document.url:
                return target
    return None


def _is_next(anchor: html.HtmlElement) -> bool:
    if _NEXT.search(anchor.get("class") or ""):
        return True
    return plain_text(" ".join(anchor.itertext())).lower() in _NEXT_WORDS
