"""The links by which a page files its article where only their address or class says so.

Most static site generators state neither section nor tags for machines, nor with ``rel``: Pelican writes
``In <a href="/category/local.html">``, Hexo ``<a class="article-category-link">``. Such links stand all over a page (in
menus, clouds of tags, other stories' cards, in the text itself), so that only those count which stand in the article's
own box, in a short line that is not prose, and in no box of another story. A wrong section is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lxml import etree

from pipeline.headline import compared
from pipeline.names import begins_as_byline
from pipeline.page_signs import (
    KEPT_NAMES,
    element_parts,
    fold_space,
    marks,
    name_parts,
    split_address,
    text_content,
    words,
)
from pipeline.reading import chain
from pipeline.surroundings import AUTHOR_PAGE
from pipeline.urls import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.html import HtmlElement

    from pipeline.headline import Headline
    from pipeline.page_signs import Signs

_LONGEST_NAME = 40
_MOST_WORDS = 5
_LONGEST_LINE = 60
"""Characters beside its links of a line that files: "Posted in … by … on 14 September 2024, tagged …"."""
LONGEST_HEAD = 400
"""Characters of the largest box around a headline that holds no more than the lines beside it."""
_MOST_LINKS = 12
"""Tags that one article has without being a cloud of them."""
_MOST_ASKED = 100
"""Such links in one box: a page of more is a list, and each is looked at with all of its line."""
_CLIMBED = 6
"""Boxes around a link that may be a card of another story."""
_BOXES = frozenset({"article", "main"})
_BOX_NAMES = frozenset({"post", "article", "entry", "hentry", "h-entry", "story"})
BLOCKS = frozenset({"p", "div", "ul", "ol", "li", "dl", "dd", "section", "header", "footer", "td", "article", "main"})
_ELSEWHERE = frozenset({"nav", "aside", "form", "dialog", "figure", "blockquote", "table"})
text_length: Any = etree.XPath("string-length(normalize-space())")
_links: Any = etree.XPath(".//a[@href]")
_linked_headings: Any = etree.XPath(
    ".//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5][.//a or ancestor::a]"
)


class _Kind(Enum):
    CATEGORY = auto()
    TAG = auto()


@dataclass(frozen=True, slots=True)
class Filing:
    """The names of the categories and tags that a page links its article to, in the page's order."""

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read_filing(signs: Signs, headline: Headline) -> Filing:
    """What the links in an article's own box file it under; nothing where that box is not to be told."""
    shown = headline.element if headline.element is not None else lesser_heading(signs, headline.text)
    box = own_box(shown) if shown is not None else None
    if shown is None or box is None:
        return Filing()
    found: dict[_Kind, dict[str, None]] = {kind: {} for kind in _Kind}
    for link, name in _own_links(signs, shown, box, lambda link: _kind(link) is not None):
        if kind := _kind(link):
            found[kind][name] = None
    return Filing(*(tuple(found[kind]) if len(found[kind]) <= _MOST_LINKS else () for kind in _Kind))


def read_spot(signs: Signs, headline: Headline, spot: HtmlElement | None) -> tuple[str, ...]:
    """The names of the links at the place where a site files its articles, as far as they are the article's own."""
    shown = headline.element
    box = own_box(shown) if shown is not None else None
    if spot is None or shown is None or box is None:
        return ()
    inside = set(spot.iter("a"))
    links = links_at(signs, shown, box, inside.__contains__)
    return tuple(dict.fromkeys(name for _, name in links)) if len(links) <= _MOST_LINKS else ()


def _own_links(
    signs: Signs, shown: HtmlElement, box: HtmlElement, asks: Callable[[HtmlElement], bool]
) -> list[tuple[HtmlElement, str]]:
    """Those links of an article's box that file it, with their names; none where the box is a list of such links."""
    about = {*chain(shown), *shown.iter()}
    asked = [link for link in _links(box) if link not in about and asks(link)]
    named = [(link, name_of(link)) for link in asked] if len(asked) <= _MOST_ASKED else []
    return [(link, name) for link, name in named if is_name(name) and _stays(link, signs) and _is_own(link, box, about)]


def name_of(link: HtmlElement) -> str:
    """What a link calls the list that it leads to, without the signs that tags bear."""
    return fold_space(link.text_content()).strip("#.,،; ")


def _kind(link: HtmlElement) -> _Kind | None:
    return _named(link.get("class") or "") or _addressed(link.get("href") or "")


def _links_author(link: HtmlElement) -> bool:
    """Whether a link says itself that it leads to a writer."""
    return AUTHOR_PAGE.search(link.get("href") or "") is not None or "author" in (link.get("rel") or "").lower()


def _is_in_byline(signs: Signs, link: HtmlElement) -> bool:
    """Whether mark-up or words make a byline of the line that a link stands in; for links of short lines."""
    line = next((above for above in link.iterancestors() if above.tag in BLOCKS), link)
    return any(step in signs.bylines for step in chain(link)) or begins_as_byline(text_content(line)) is not None


def links_at(
    signs: Signs, shown: HtmlElement, box: HtmlElement, asks: Callable[[HtmlElement], bool]
) -> list[tuple[HtmlElement, str]]:
    """The links that file an article, but for those to its writers."""
    links = _own_links(signs, shown, box, lambda link: asks(link) and not _links_author(link))
    return [(link, name) for link, name in links if not _is_in_byline(signs, link)]


def lesser_heading(signs: Signs, headline: str) -> HtmlElement | None:
    """The heading of lesser rank that shows a headline, where the first rank is the site's name."""
    wanted = compared(headline)
    return next((heading for heading in signs.subheadings if compared(text_content(heading)) == wanted), None)


def own_box(headline: HtmlElement) -> HtmlElement | None:
    """The element that holds the article and nothing else; else the largest that holds only lines near its headline."""
    above = [element for element in headline.iterancestors() if element.tag not in {"body", "html"}]
    article = next((element for element in above if element.tag == "article"), None)
    if article is not None:
        return article
    named = [element for element in above if element.tag in _BOXES or element_parts(element) & _BOX_NAMES]
    if named:
        return named[-1]
    near = list(takewhile(lambda element: text_length(element) <= LONGEST_HEAD, above))
    return near[-1] if near else None


def is_name(text: str) -> bool:
    """Whether a text may be the name of a section or a tag."""
    return 0 < len(text) <= _LONGEST_NAME and text.count(" ") < _MOST_WORDS and any(map(str.isalpha, text))


def _stays(link: HtmlElement, signs: Signs) -> bool:
    """Whether a link leads to the page's own site."""
    address = absolute(link.get("href") or "", signs.base or signs.url)
    return _bare(split_address(address or "").hostname) in {
        _bare(split_address(url).hostname) for url in _own_addresses(signs)
    }


def _own_addresses(signs: Signs) -> Iterator[str]:
    yield signs.url
    if canonical := signs.links.get("canonical"):
        yield canonical


def _bare(host: str | None) -> str:
    return (host or "").removeprefix("www.")


@lru_cache(maxsize=KEPT_NAMES)
def _named(names: str) -> _Kind | None:
    """What a link's class says; asked first, since some generators keep categories and tags at one address."""
    parts = name_parts(names)
    if not marks("tag_links").isdisjoint(parts):
        return _Kind.TAG
    return None if marks("category_links").isdisjoint(parts) else _Kind.CATEGORY


@lru_cache(maxsize=KEPT_NAMES)
def _addressed(address: str) -> _Kind | None:
    """What an address leads to whose last step but one says so; an article may stand deeper below its section."""
    steps = [
        step
        for step in unquote(split_address(address).path).casefold().split("/")
        if step and not step.startswith("index.")
    ]
    return _steps().get(steps[-2]) if len(steps) > 1 else None


@cache
def _steps() -> dict[str, _Kind]:
    kinds = {"categories": _Kind.CATEGORY, "tags": _Kind.TAG}
    return {word.casefold(): kind for key, kind in kinds.items() for word in words("addresses", key)}


def _is_own(link: HtmlElement, box: HtmlElement, about: set[HtmlElement]) -> bool:
    """Whether a link files this article: not one of its text, of a menu, of a cloud or of another story."""
    block = next((element for element in link.iterancestors() if element.tag in BLOCKS), box)
    lengths = [text_length(other) for other in _links(block) if other not in about]
    if block not in about and (text_length(block) - sum(lengths) > _LONGEST_LINE or max(lengths) > _LONGEST_NAME):
        return False
    elsewhere = marks("elsewhere") - {"footer"} if box.tag == "article" else marks("elsewhere")
    for step, element in enumerate(chain(link)):
        if element is box:
            return True
        if element.tag in _ELSEWHERE or not elsewhere.isdisjoint(element_parts(element)):
            return False
        if step <= _CLIMBED and element not in about and _linked_headings(element):
            return False
    return True
