"""What an article is filed under: its section, its tags, and whether only subscribers may read it in full.

Stated for machines first (JSON-LD, then meta elements); where those are silent, what the page links beside the article:
``rel=category`` and ``rel=tag`` (https://microformats.org/wiki/rel-tag), lists that their class calls tags, the path
of breadcrumbs. Links count only in the smallest part of the page that also holds the headline: those of related stories
stand outside it. Links that only their address or class makes one of these (``filing``) come last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline.filing import read_filing, read_spot
from pipeline.json_ld import text_of
from pipeline.page_signs import Signs, node_text, text_content
from pipeline.site_profile import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from pipeline.headline import Headline
    from pipeline.json_ld import Node
    from pipeline.spots import Surroundings

_MAX_TAGS = 50
_MAX_TAG = 100
_MAX_SECTION = 60
_MOST_SECTIONS = 4
"""Categories a publisher files one article under; more are a menu."""
_FALSE = frozenset({"false", "no", "0", "http://schema.org/false", "https://schema.org/false"})
_TRUE = frozenset({"true", "yes", "1", "http://schema.org/true", "https://schema.org/true"})
_LOCKED = frozenset({"locked", "paid", "premium", "subscription", "subscriber"})
_EDGES = re.compile(r"^[#\s]+|[\s,،]+$")


def read_topics(signs: Signs, headline: Headline, around: Surroundings) -> tuple[str | None, tuple[str, ...]]:
    """The section of an article and its tags."""
    section: str | None = _stated_section(signs)
    if not section and len(found := read_spot(signs, headline, around.spot(Shown.SECTION))) == 1:
        section = found[0]
    section = section or _linked_section(signs, headline.element)
    tags = _stated_tags(signs) or read_spot(signs, headline, around.spot(Shown.TAGS))
    tags = tags or tuple(dict.fromkeys(_beside(signs.tags, headline.element)))[:_MAX_TAGS]
    if section and tags:
        return section, tags
    filing = read_filing(signs, headline)
    if not section and 0 < len(filing.categories) <= _MOST_SECTIONS:
        section = filing.categories[0]
    return section, tags or filing.tags


def _stated_section(signs: Signs) -> str:
    """The section that a page states for machines."""
    return node_text(signs.articles, "articleSection") or signs.meta(
        *("article:section", "og:section", "parsely-section", "sailthru.section", "section", "category", "dc.subject")
    )


def _linked_section(signs: Signs, headline: HtmlElement | None) -> str | None:
    """The section that a page links; the last of a path of sections, which is the narrowest."""
    linked = _beside(signs.categories, headline)
    if 0 < len(linked) <= _MOST_SECTIONS:
        return linked[0]
    return _crumb(signs)


def _crumb(signs: Signs) -> str | None:
    """The last step of the breadcrumbs that is neither the front page nor the article itself."""
    for node in signs.json_ld.of_types(frozenset({"breadcrumblist"})):
        items = node.get("itemListElement")
        steps = [step for item in items if (step := _step(item))] if isinstance(items, list) else []
        told = {signs.meta("og:title"), signs.title, node_text(signs.articles, "headline")}
        inner = [step for step in steps[1:] if step not in told and len(step) <= _MAX_SECTION]
        if inner:
            # A trail that ends with the article names it last, under whatever title.
            return inner[-1] if len(inner) < len(steps) - 1 or len(inner) == 1 else inner[-2]
    return None


def _step(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return text_of(item.get("name")) or text_of(item.get("item"))


def _stated_tags(signs: Signs) -> tuple[str, ...]:
    """The tags that a page states for machines, in its order."""
    stated = list(signs.metas.get("article:tag", ()))
    named = signs.meta("news_keywords", "keywords", "parsely-tags", "sailthru.tags")
    for source in (_keywords(signs), named, ",".join(signs.metas.get("tags", ()))):  # Pelican gives each its element
        stated = stated or source.replace("،", ",").replace(";", ",").split(",")
        stated = [tag.strip() for tag in stated if 0 < len(tag.strip()) <= _MAX_TAG]
    return tuple(dict.fromkeys(stated))[:_MAX_TAGS]


def _keywords(signs: Signs) -> str:
    for node in signs.articles:
        words = node.get("keywords")
        listed = words if isinstance(words, list) else [words]
        if joined := ",".join(filter(None, map(text_of, listed))):
            return joined
    return ""


def _beside(links: list[HtmlElement], headline: HtmlElement | None) -> list[str]:
    """The words of the links that stand in the smallest part of the page that holds any of them and the headline."""
    if not links or headline is None:
        return []
    around = [set(link.iterancestors()) for link in links]
    for part in headline.iterancestors():
        if part.tag in {"body", "html"}:
            break
        inside = [link for link, above in zip(links, around, strict=True) if part in above]
        if inside:
            words = (_EDGES.sub("", text_content(link)) for link in inside)
            return [word for word in dict.fromkeys(words) if 0 < len(word) <= _MAX_TAG]
    return []


def is_paywalled(signs: Signs) -> bool | None:
    """Whether the page says that only subscribers may read it in full; None where it does not say."""
    nodes = [*signs.articles, *signs.pages]
    stated = [*_flags(nodes), *signs.metas.get("isaccessibleforfree", ())]
    for flag in stated:
        if flag.lower() in _FALSE:
            return True
        if flag.lower() in _TRUE:
            return False
    tier = signs.meta("article:content_tier", "og:article:content_tier").lower()
    return True if tier in _LOCKED else False if tier == "free" else None


def _flags(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        flag = node.get("isAccessibleForFree")
        if flag is not None:
            yield str(flag)
