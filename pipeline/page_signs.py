"""What a page says of itself in its markup, gathered in one walk over the tree: the raw signs, unweighed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from lxml import etree

from pipeline.json_ld import ARTICLE_TYPES, PAGE_TYPES, JsonLd, Node, read_json_ld, text_of, url_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FILE = Path(__file__).parent / "lexicon" / "metadata.toml"
_PARTS = re.compile(r"[\s_\-]+|(?<=[a-z])(?=[A-Z])")
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg"})
_MAX_HEADINGS = 30
KEPT_NAMES = 4096  # a page repeats its class names hundreds of times, and a site its pages


@cache
def words(section: str, key: str) -> tuple[str, ...]:
    """A list of ``lexicon/metadata.toml``; all languages of a list that is kept by language."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    for name in section.split("."):
        found = found[name]
    value: Any = found[key]
    return tuple(value) if isinstance(value, list) else tuple(word for words in value.values() for word in words)


@cache
def marks(key: str) -> frozenset[str]:
    """A list of class names of ``lexicon/metadata.toml``."""
    return frozenset(words("markup", key))


@dataclass(slots=True)
class Signs:
    """The signs of one page. Meta names and item properties are in lower case; texts have their white space folded."""

    url: str
    base: str = ""
    metas: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    title: str = ""
    language: str = ""
    headings: list[HtmlElement] = field(default_factory=list)
    subheadings: list[HtmlElement] = field(default_factory=list)
    times: list[HtmlElement] = field(default_factory=list)
    properties: dict[str, list[HtmlElement]] = field(default_factory=dict)
    bylines: list[HtmlElement] = field(default_factory=list)
    categories: list[HtmlElement] = field(default_factory=list)
    tags: list[HtmlElement] = field(default_factory=list)
    json_ld: JsonLd = field(default_factory=lambda: JsonLd(()))
    articles: list[Node] = field(default_factory=list)
    pages: list[Node] = field(default_factory=list)

    def meta(self, *names: str) -> str:
        """The first content that any of the names has, in the order of the names."""
        return next((text for name in names for text in self.metas.get(name, ())), "")

    def note_json_ld(self, json_ld: JsonLd) -> None:
        """Keep the page's JSON-LD, its nodes that are articles or pages apart: the one about this very page first."""
        self.json_ld = json_ld
        self.articles = sorted(json_ld.of_types(ARTICLE_TYPES), key=lambda node: not self._is_own(node))
        self.pages = sorted(json_ld.of_types(PAGE_TYPES), key=lambda node: not self._is_own(node))

    def _is_own(self, node: Node) -> bool:
        stated = {url_of(node.get(key)) for key in ("url", "@id", "mainEntityOfPage")}
        here = {_bare(self.url), _bare(self.links.get("canonical", ""))} - {""}
        return any(_bare(url) in here for url in stated if url)


def _bare(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|[#?].*$|/+$", "", url.strip())


def split_address(address: str) -> SplitResult:
    """The parts of an address; empty ones where it is none."""
    try:
        return urlsplit(address)
    except ValueError:  # an unclosed bracket, a port that is no number
        return urlsplit("")


def gather(tree: HtmlElement, url: str) -> Signs:
    """All signs of a page. Reads the tree and changes nothing."""
    signs = Signs(url, language=(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""))
    for element in tree.iter(*_READERS):
        _READERS[str(element.tag)](signs, element)
    for element in _telling(tree):
        _read_attributes(signs, element)
    signs.note_json_ld(read_json_ld(tree))
    return signs


def _telling(tree: HtmlElement) -> list[HtmlElement]:
    """The elements whose attributes may tell something, in order: few of a page's thousands, found by libxml2."""
    names = [name for name in {*_all_classes(tree), *_all_ids(tree)} if _tells(name) != _NOTHING]
    found: list[HtmlElement] = _naming(tree, names=f"|{'|'.join(names)}|") if names else _marked(tree)
    return found


# "//" would ask the pieces of text as well for their attributes.
_all_classes: Any = etree.XPath("/descendant::*/@class", smart_strings=False)
_all_ids: Any = etree.XPath("/descendant::*/@id", smart_strings=False)
_marked: Any = etree.XPath("/descendant::*/@itemprop/.. | /descendant::*/@rel/..")
_naming: Any = etree.XPath(
    "/descendant::*/@itemprop/.. | /descendant::*/@rel/.."
    " | /descendant::*/@class[contains($names, concat('|', ., '|'))]/.."
    " | /descendant::*/@id[contains($names, concat('|', ., '|'))]/.."
)


@lru_cache(maxsize=KEPT_NAMES)
def _tells(names: str) -> tuple[bool, bool]:
    """Whether a class or an id is one of bylines, and of lists of tags."""
    parts = name_parts(names)
    return not marks("byline").isdisjoint(parts), not marks("tags").isdisjoint(parts)


def _read_meta(signs: Signs, element: HtmlElement) -> None:
    content = fold_space(element.get("content") or "")
    if content:
        for key in ("property", "name", "itemprop", "http-equiv"):
            if name := element.get(key):
                signs.metas.setdefault(name.strip().lower(), []).append(content)


def _read_link(signs: Signs, element: HtmlElement) -> None:
    for relation in (element.get("rel") or "").lower().split():
        if element.get("href"):
            signs.links.setdefault(relation, (element.get("href") or "").strip())


def _read_title(signs: Signs, element: HtmlElement) -> None:
    parent = element.getparent()
    if not signs.title and (parent is None or parent.tag != "svg"):
        signs.title = fold_space(element.text_content())


def _read_heading(signs: Signs, element: HtmlElement) -> None:
    if len(signs.headings) < _MAX_HEADINGS:
        signs.headings.append(element)


def _read_subheading(signs: Signs, element: HtmlElement) -> None:
    if len(signs.subheadings) < _MAX_HEADINGS:
        signs.subheadings.append(element)


def _read_base(signs: Signs, element: HtmlElement) -> None:
    signs.base = signs.base or element.get("href") or ""


def _read_time(signs: Signs, element: HtmlElement) -> None:
    signs.times.append(element)


_READERS = {
    "base": _read_base,
    "meta": _read_meta,
    "link": _read_link,
    "title": _read_title,
    "h1": _read_heading,
    "h2": _read_subheading,
    "h3": _read_subheading,
    "time": _read_time,
}


def _read_attributes(signs: Signs, element: HtmlElement) -> None:
    named = element.get("itemprop")
    if named:
        for name in named.lower().split():
            signs.properties.setdefault(name, []).append(element)
    related = element.get("rel")
    is_byline, is_tags = _tells(element.get("class") or element.get("id") or "")
    if not (related or is_byline or is_tags) or (tag := element.tag) not in _MARKED:
        return
    relations = (related or "").lower().split()
    if tag in _BYLINES and ("author" in relations or is_byline):
        signs.bylines.append(element)
    # WordPress marks categories as both; its block themes mark them as tags, in a box that says what they are.
    if "category" in relations or ("tag" in relations and _CATEGORIES in _box_names(element)):
        signs.categories.append(element)
    elif "tag" in relations:
        signs.tags.append(element)
    elif tag in _LISTS and is_tags:
        signs.tags += element.iter("a")


def _box_names(element: HtmlElement) -> list[str]:
    box = element.getparent()
    return (box.get("class") or "").split() if box is not None else []


_CATEGORIES = "taxonomy-category"
_BYLINES = frozenset({"a", "span", "div", "p", "li", "address", "strong", "h2", "h3", "h4", "h5", "h6", "cite", "b"})
_LISTS = frozenset({"ul", "div", "p", "section", "span"})
_MARKED = _BYLINES | _LISTS
_NOTHING = (False, False)


@lru_cache(maxsize=KEPT_NAMES)
def name_parts(names: str) -> frozenset[str]:
    """The words that class names are made of, and the names themselves, in lower case."""
    # Elementor, which a tenth of all sites are built with, calls each of its boxes a widget.
    names = names.replace("elementor-widget", "") if "elementor-widget" in names else names
    return frozenset({part.lower() for part in _PARTS.split(names) if part} | set(names.lower().split()))


def element_parts(element: HtmlElement) -> frozenset[str]:
    """The words of an element's class and id."""
    return name_parts(f"{element.get('class') or ''} {element.get('id') or ''}")


def fold_space(text: str) -> str:
    """The text on one line with single spaces."""
    return " ".join(text.split())


def text_content(element: HtmlElement) -> str:
    """What a reader sees of an element, on one line: its text without scripts and styles, blocks set apart."""
    return fold_space(_seen_text(element))


def text_lines(element: HtmlElement) -> list[str]:
    """What a reader sees of an element, a line for each block in it that has text of its own."""
    return [line for part in _seen_text(element).split(_GAP) if (line := fold_space(part))]


def _seen_text(element: HtmlElement) -> str:
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))  # trees nest deeper than Python recurses
    for event, part in walk:
        gap = "" if part.tag in _INLINE else _GAP
        if event == "start" and (part.tag in _UNSEEN or not isinstance(part.tag, str)):
            walk.skip_subtree()
        elif event == "start":
            parts += [gap, part.text or ""]
        if event == "end" and part is not element:
            parts += [gap, part.tail or ""]
    return "".join(parts)


_GAP = "\x1e"
"""Unicode's record separator: white space to Python, and not to be found in HTML."""
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u"}
)


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element says that nobody sees it."""
    style = element.get("style")
    is_unshown = bool(style) and "display:none" in str(style).replace(" ", "").lower()
    return is_unshown or element.get("hidden") is not None


def node_text(nodes: list[Node], *keys: str) -> str:
    """The first text that any of the nodes has under any of the keys."""
    return next((text for node in nodes for key in keys if (text := text_of(node.get(key)))), "")
