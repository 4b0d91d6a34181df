"""Whether a page is an article, and if not, what it is.

Losing a real article is far worse than keeping another page, so each verdict needs a sign of its own: a title that
is an error message, a challenge's script, a root address, a page made of links. Where signs disagree it is an
article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline import wording
from storage.records import NotArticle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from pipeline.outline import Outline

_LEAST_TEXT = 25
"""Characters; a breaking-news line is an article, one word is not."""
_LITTLE_TEXT = 600
"""Characters that error pages, challenges and consent walls stay under, however they are worded."""
_LISTING_TEASERS = 8
_LISTING_TEXT = 300
_LISTING_LINKS = 0.45
_PAGE_TEXT = 4000
_HEADLINE = 25
"""Characters of a linked list item that make it a headline rather than the name of a section."""
_TEASER_TAGS = frozenset({"h2", "h3", "h4", "article"})
_CHALLENGERS = ("script", "iframe", "div", "form")
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_TITLE_PARTS = re.compile(r"\s+[|–—»:-]\s+")
_INDEX_NAMES = re.compile(
    r"(?:^|/)(?:index(?:\.\w+)?|home(?:\.\w+)?|default\.\w+|main\.\w+|[a-z]{2}(?:[-_][a-z]{2})?)?/?$", re.IGNORECASE
)
_LISTING_PATH = re.compile(
    r"/(?:category|categories|tags?|topics?|sections?|authors?|archives?|search|page/\d+|label|rubric|rubrique|kategorie|"
    r"kategori|categoria|etiqueta|thema|themen)(?:/[^/]+)?/?$",
    re.IGNORECASE,
)
_CHALLENGE_MARKUP = re.compile(
    r"cf-challenge|cf_chl_|challenge-platform|/_incapsula_resource|captcha-delivery|px-captcha|_pxappid|ddos-guard|"
    r"g-recaptcha|h-captcha|cf-turnstile|geo\.captcha|datadome|sgcaptcha",
    re.IGNORECASE,
)
_ARTICLE_TYPES = frozenset(
    {"article", "newsarticle", "reportagenewsarticle", "blogposting", "liveblogposting", "report"}
)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a page shows before furniture is taken out of it.

    ``shown`` is its text where there is little enough to be an error, a challenge or a consent wall, else empty.
    """

    headings: tuple[str, ...]
    shown: str
    has_challenge: bool
    teasers: int
    link_share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a page; ``kinds`` are its own words for itself (``og:type``, JSON-LD types), lower case."""

    url: str
    title: str
    text: str
    kinds: frozenset[str]
    has_date: bool

    @property
    def says_article(self) -> bool:
        """Whether the page calls itself an article."""
        return bool(self.kinds & _ARTICLE_TYPES)


def glance(tree: HtmlElement, outline: Outline) -> Glance:
    """Look at a page as parsed; ``outline`` is the tree's own."""
    body = tree.find("body")
    little = outline.text[0] <= _PAGE_TEXT
    shown = " ".join(" ".join(_visible(tree if body is None else body)).split()) if little else ""
    return Glance(
        headings=tuple(" ".join(heading.text_content().split()) for heading in tree.iter("h1")),
        shown=shown,
        has_challenge=little and any(_CHALLENGE_MARKUP.search(_marks(element)) for element in tree.iter(*_CHALLENGERS)),
        teasers=sum(
            (element.tag in _TEASER_TAGS and outline.links[position] > 0)
            or (element.tag == "li" and outline.links[position] >= _HEADLINE)
            for position, element in enumerate(outline.elements)
        ),
        link_share=outline.link_share(0),
    )


def _visible(body: HtmlElement) -> Iterator[str]:
    for element in body.iter():
        if element.tag not in _UNSEEN:
            yield element.text or ""
        yield element.tail or ""


def _marks(element: HtmlElement) -> str:
    held = (element.text or "")[:4000] if element.tag == "script" else ""
    return " ".join((element.get("src") or "", element.get("id") or "", element.get("class") or "", held))


def judge(seen: Glance, reading: Reading) -> NotArticle | None:
    """Why the page is no article; None when it is one, or may be."""
    if len(reading.text) < _LITTLE_TEXT:
        if _is_challenge(seen, reading):
            return NotArticle.CHALLENGE
        if _is_not_found(seen, reading):
            return NotArticle.SOFT_404
        if _is_consent(seen, reading):
            return NotArticle.CONSENT_WALL
    if _is_front_page(seen, reading):
        return NotArticle.FRONT_PAGE
    if _is_listing(seen, reading):
        return NotArticle.LISTING
    return NotArticle.EMPTY if len(reading.text) < _LEAST_TEXT else None


def _is_front_page(seen: Glance, reading: Reading) -> bool:
    """The site's own address, and a page of linked headlines. One-article sites publish at their root too."""
    if reading.says_article or reading.has_date or not _is_root(reading.url):
        return False
    return seen.teasers >= _LISTING_TEASERS and seen.link_share > _LISTING_LINKS


def _is_root(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.query and _INDEX_NAMES.fullmatch(parts.path or "/") is not None


def _is_not_found(seen: Glance, reading: Reading) -> bool:
    """An error message as a title or heading, alone or beside the site's name."""
    names = [reading.title, *seen.headings, *_TITLE_PARTS.split(reading.title)]
    return any(wording.is_exactly("not_found", name) for name in names if name)


def _is_challenge(seen: Glance, reading: Reading) -> bool:
    if not seen.shown or (reading.says_article and reading.has_date):
        return False
    if wording.is_exactly("challenges", reading.title):
        return True
    return seen.has_challenge and (wording.says("challenges", reading.title) or wording.says("challenges", seen.shown))


def _is_consent(seen: Glance, reading: Reading) -> bool:
    """A consent text that is all there is to read."""
    if not seen.shown or reading.says_article or reading.has_date:
        return False
    return wording.says("consent", reading.title) or wording.says("consent", seen.shown)


def _is_listing(seen: Glance, reading: Reading) -> bool:
    """Little text of its own, many linked headlines, and an address or a silence about itself that fits."""
    if reading.says_article or seen.teasers < _LISTING_TEASERS or len(reading.text) >= 2 * _LISTING_TEXT:
        return False
    if _LISTING_PATH.search(reading.url.partition("?")[0]):
        return True
    return len(reading.text) < _LISTING_TEXT and seen.link_share > _LISTING_LINKS and not reading.has_date
