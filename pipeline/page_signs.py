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
_KEPT_NAMES = 4096  # a page repeats its class names hundreds of times, and a site its pages


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
    metas: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    title: str = ""
    language: str = ""
    headings: list[HtmlElement] = field(default_factory=list)
    times: list[HtmlElement] = field(default_factory=list)
    properties: dict[str, list[HtmlElement]] = field(default_factory=dict)
    bylines: list[HtmlElement] = field(default_factory=list)
    json_ld: JsonLd = field(default_factory=lambda: JsonLd(()))

    def meta(self, *names: str) -> str:
        """The first content that any of the names has, in the order of the names."""
        return next((text for name in names for text in self.metas.get(name, ())), "")

    @property
    def articles(self) -> list[Node]:
        """The JSON-LD nodes that are articles, the one about this very page first."""
        nodes = self.json_ld.of_types(ARTICLE_TYPES)
        own = [node for node in nodes if self._is_own(node)]
        return own + [node for node in nodes if node not in own]

    @property
    def pages(self) -> list[Node]:
        """The JSON-LD nodes that are pages, the one about this very page first."""
        nodes = self.json_ld.of_types(PAGE_TYPES)
        return sorted(nodes, key=lambda node: not self._is_own(node))

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
    for element in tree.iter():
        tag = element.tag
        if not isinstance(tag, str):
            continue
        reader = _READERS.get(tag)
        if reader:
            reader(signs, element)
        if element.attrib:
            _read_attributes(signs, element)
    signs.json_ld = read_json_ld(tree)
    return signs


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


def _read_time(signs: Signs, element: HtmlElement) -> None:
    signs.times.append(element)


_READERS = {
    "meta": _read_meta,
    "link": _read_link,
    "title": _read_title,
    "h1": _read_heading,
    "time": _read_time,
}


def _read_attributes(signs: Signs, element: HtmlElement) -> None:
    named = element.get("itemprop")
    if named:
        for name in named.lower().split():
            signs.properties.setdefault(name, []).append(element)
    if element.tag in {"a", "span", "div", "p", "li", "address", "strong", "h2", "h3", "h4", "h5", "h6", "cite", "b"}:
        is_byline = "author" in (element.get("rel") or "").lower().split()
        if is_byline or _has_mark(element, "byline"):
            signs.bylines.append(element)


def _has_mark(element: HtmlElement, kind: str) -> bool:
    names = element.get("class") or element.get("id") or ""
    return bool(names) and not marks(kind).isdisjoint(name_parts(names))


@lru_cache(maxsize=_KEPT_NAMES)
def name_parts(names: str) -> frozenset[str]:
    """The words that class names are made of, and the names themselves, in lower case."""
    return frozenset({part.lower() for part in _PARTS.split(names) if part} | set(names.lower().split()))


def element_parts(element: HtmlElement) -> frozenset[str]:
    """The words of an element's class and id."""
    return name_parts(f"{element.get('class') or ''} {element.get('id') or ''}")


def fold_space(text: str) -> str:
    """The text on one line with single spaces."""
    return " ".join(text.split())


def text_content(element: HtmlElement) -> str:
    """What a reader sees of an element, on one line: its text without scripts and styles, blocks set apart."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))  # trees nest deeper than Python recurses
    for event, part in walk:
        gap = "" if part.tag in _INLINE else " "
        if event == "start" and (part.tag in _UNSEEN or not isinstance(part.tag, str)):
            walk.skip_subtree()
        elif event == "start":
            parts += [gap, part.text or ""]
        if event == "end" and part is not element:
            parts += [gap, part.tail or ""]
    return fold_space("".join(parts))


_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u"}
)


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element says that nobody sees it."""
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or element.get("hidden") is not None


def node_text(nodes: list[Node], *keys: str) -> str:
    """The first text that any of the nodes has under any of the keys."""
    return next((text for node in nodes for key in keys if (text := text_of(node.get(key)))), "")
