"""What a page says of itself in JSON-LD (https://schema.org), read as leniently as publishers write it.

Broken blocks are common: HTML comments and CDATA around the object, trailing commas, raw control characters, HTML
entities, several objects in a row, quotation marks inside strings. What can be read is read; of a block that no mending
makes JSON the dates, the headline and the like are taken one by one. Nothing here raises.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

Node = dict[str, Any]

_MAX_CHARACTERS = 2 * 2**20
_MAX_NODES = 2_000
_MAX_DEPTH = 12
_WRAPPING = re.compile(r"<!--|-->|/\*\s*<!\[CDATA\[\s*\*/|/\*\s*\]\]>\s*\*/|(?://\s*)?<!\[CDATA\[|(?://\s*)?\]\]>")
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])', re.DOTALL)
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])')
_PAIR = re.compile(
    r'"(@type|headline|datePublished|dateModified|dateCreated|articleSection|description|inLanguage|isAccessibleForFree|url)"'
    r'\s*:\s*(?:"((?:[^"\\\n]|\\.){1,1000})"|(true|false))(?=\s*[,}\n])'
)
_BETWEEN = re.compile(r"[\s,;]*")
_NAME = re.compile(r"[^/#:]+$")
_NESTING = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "hasPart", "subjectOf")
ARTICLE_TYPES = frozenset(
    {
        *("article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle"),
        *("backgroundnewsarticle", "asknewsarticle", "reviewnewsarticle", "advertisercontentarticle"),
        *("blogposting", "liveblogposting", "socialmediaposting", "report", "techarticle", "scholarlyarticle"),
        *("satiricalarticle", "medicalscholarlyarticle", "medicalwebpage", "review", "criticreview"),
    }
)
PAGE_TYPES = frozenset({"webpage", "itempage", "aboutpage", "faqpage"})


@dataclass(frozen=True)
class JsonLd:
    """All nodes of a page's JSON-LD in document order, and those that others refer to by ``@id``."""

    nodes: tuple[Node, ...]

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """The fullest node of each ``@id``."""
        found: dict[str, Node] = {}
        for node in self.nodes:
            name = node.get("@id")
            if isinstance(name, str) and len(node) > len(found.get(name, {})):
                found[name] = node
        return found

    def resolve(self, value: Any) -> Any:
        """The node that a reference (``{"@id": …}``) stands for; anything else unchanged."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str) and "name" not in value:
            return self.by_id.get(value["@id"], value)
        return value

    def of_types(self, types: frozenset[str]) -> list[Node]:
        """The nodes of some types (lower case), in document order."""
        return [node for node in self.nodes if types & set(node_types(node))]


def read_json_ld(tree: HtmlElement) -> JsonLd:
    """The JSON-LD of a page; empty where there is none that can be read."""
    nodes: list[Node] = []
    for block in _blocks(tree):
        for value in parse_block(block):
            nodes.extend(_flatten(value, 0))
        if len(nodes) > _MAX_NODES:
            break
    return JsonLd(tuple(nodes[:_MAX_NODES]))


def _blocks(tree: HtmlElement) -> Iterator[str]:
    """The texts of a page's blocks: scripts, and meta elements into which frameworks put what was meant as a script."""
    for element in tree.iter("script", "meta"):
        if "ld+json" in (element.get("type") or element.get("name") or "").lower():
            yield element.text or element.get("content") or ""


def parse_block(text: str) -> list[Any]:
    """The values that one block holds; those after a fault that cannot be mended are lost."""
    if len(text) > _MAX_CHARACTERS:
        return []
    text = _WRAPPING.sub(" ", text).strip() if "<!" in text or "]]>" in text or "-->" in text else text.strip()
    for mend in (_as_it_is, html.unescape, _mended):
        values = _decode(mend(text))
        if values:
            return values
    return _salvaged(text)


def _salvaged(text: str) -> list[Any]:
    """The plain facts of a broken block about an article, as one node; nothing where it is about something else.

    The first of each name counts: that of the article stands before those of what it mentions.
    """
    node: Node = {}
    for found in _PAIR.finditer(text):
        name, value = found[1], found[3] or found[2]
        if name == "@type" and value.lower() not in ARTICLE_TYPES:
            continue
        node.setdefault(name, value)
    return [node] if "@type" in node else []


def _as_it_is(text: str) -> str:
    return text


def _mended(text: str) -> str:
    """Without trailing commas outside strings and escapes that JSON does not know."""
    return _STRING_OR_COMMA.sub(lambda found: found[1] or "", _BAD_ESCAPE.sub(r"\\\\", text))


def _decode(text: str) -> list[Any]:
    decoder = json.JSONDecoder(strict=False)  # strict forbids the line breaks that editors leave in strings
    values, place = [], 0
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        values.append(value)
        gap = _BETWEEN.match(text, place)
        place = gap.end() if gap else place
    return values


def _flatten(value: Any, depth: int) -> Iterator[Node]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _flatten(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _NESTING:
            if key in value:
                yield from _flatten(value[key], depth + 1)


def node_types(node: Node) -> list[str]:
    """A node's types in lower case, without their vocabulary's address."""
    declared = node.get("@type")
    names = declared if isinstance(declared, list) else [declared]
    return [found[0].lower() for name in names if isinstance(name, str) and (found := _NAME.search(name.strip()))]


def text_of(value: Any) -> str:
    """A value as one line of text: the first of a list, a node's name or value, entities and tags undone."""
    if isinstance(value, list):
        return next((text for item in value if (text := text_of(item))), "")
    if isinstance(value, dict):
        return text_of(value.get("@value", value.get("name", "")))
    if not isinstance(value, str):
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
    text = html.unescape(html.unescape(value)) if "&" in value else value
    return " ".join(re.sub(r"</?\w[^<>]{0,200}>", " ", text).split()) if "<" in text else " ".join(text.split())


def url_of(value: Any) -> str:
    """The address that a value gives: a string, or a node's ``url``, ``contentUrl`` or ``@id``."""
    if isinstance(value, list):
        return next((url for item in value if (url := url_of(item))), "")
    if isinstance(value, dict):
        return next((url for key in ("url", "contentUrl", "@id") if (url := url_of(value.get(key)))), "")
    return value.strip() if isinstance(value, str) else ""
