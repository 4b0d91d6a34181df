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
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from pipeline.outline import Outline

_LEAST_TEXT = 25
"""Characters; a breaking-news line is an article, one word is not."""
_LITTLE_TEXT = 600
"""Characters that error pages, challenges and consent walls stay under, however they are worded."""
_LISTING_TEASERS = 8
_LISTING_TEXT = 300
_LISTING_LINKS = 0.45
_ARTICLE_TEXT = 1200
"""A page whose main text is longer is an article whatever else is on it."""
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
_ARTICLE_TYPES = frozenset({"article", "newsarticle", "reportagenewsarticle", "blogposting", "liveblogposting", "report"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict is drawn from.

    ``kinds`` are the page's own words for itself (``og:type``, JSON-LD types), lower case; ``outline`` was measured on
    the tree as parsed.
    """

    url: str
    title: str
    text: str
    kinds: frozenset[str]
    has_date: bool


def judge(tree: HtmlElement, outline: Outline, evidence: Evidence, headings: Sequence[str] = ()) -> NotArticle | None:
    """Why the page is no article; None when it is one, or may be.

    ``tree`` and ``outline`` are the page as parsed; ``headings`` its first-level headings.
    """
    if len(evidence.text) >= _ARTICLE_TEXT and not _is_root(evidence.url):
        return None
    little = len(evidence.text) < _LITTLE_TEXT
    if little and _is_challenge(tree, evidence):
        return NotArticle.CHALLENGE
    if little and _is_not_found(evidence, headings):
        return NotArticle.SOFT_404
    if little and _is_consent(tree, evidence):
        return NotArticle.CONSENT_WALL
    if _is_root(evidence.url) and not _says_article(evidence):
        return NotArticle.FRONT_PAGE
    if _is_listing(outline, evidence):
        return NotArticle.LISTING
    return NotArticle.EMPTY if len(evidence.text) < _LEAST_TEXT else None


def _says_article(evidence: Evidence) -> bool:
    return bool(evidence.kinds & _ARTICLE_TYPES)


def _is_root(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.query and _INDEX_NAMES.fullmatch(parts.path or "/") is not None


def _is_not_found(evidence: Evidence, headings: Sequence[str]) -> bool:
    """An error message as a title or heading, alone or before the site's name."""
    names = [evidence.title, *headings, *re.split(r"\s+[|–—»:-]\s+", evidence.title)]
    return any(wording.is_exactly("not_found", name) for name in names if name)


def _is_challenge(tree: HtmlElement, evidence: Evidence) -> bool:
    if _says_article(evidence) and evidence.has_date:
        return False
    if wording.is_exactly("challenges", evidence.title):
        return True
    said = wording.says("challenges", evidence.title) or wording.says("challenges", evidence.text)
    return said and any(_CHALLENGE_MARKUP.search(_script(script)) for script in tree.iter("script", "iframe", "div", "form"))


def _script(element: HtmlElement) -> str:
    held = (element.text or "")[:4000] if element.tag == "script" else ""
    return " ".join((element.get("src") or "", element.get("id") or "", element.get("class") or "", held))


def _is_consent(tree: HtmlElement, evidence: Evidence) -> bool:
    """A consent text that is all there is to read, on a page without an article's headings."""
    if _says_article(evidence) or evidence.has_date:
        return False
    shown = " ".join(" ".join(tree.itertext("p", "div", "h1", "h2", "button", "span")).split())[: 4 * _LITTLE_TEXT]
    return wording.says("consent", evidence.title) or (
        wording.says("consent", evidence.text or shown) and len(shown) < 3 * _LITTLE_TEXT
    )


def _is_listing(outline: Outline, evidence: Evidence) -> bool:
    """Little text of its own, many linked headlines, and an address or silence about itself that fits."""
    if _says_article(evidence) or len(evidence.text) >= _LISTING_TEXT * 2:
        return False
    teasers = sum(
        1
        for position, element in enumerate(outline.elements)
        if element.tag in {"h2", "h3", "h4", "article"} and outline.links[position] > 0
    )
    if teasers < _LISTING_TEASERS:
        return False
    if _LISTING_PATH.search(urlsplit(evidence.url).path):
        return True
    return len(evidence.text) < _LISTING_TEXT and outline.link_share(0) > _LISTING_LINKS and not evidence.has_date
