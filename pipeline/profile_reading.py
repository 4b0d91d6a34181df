"""Reads a page through its site's profile: only the subtree that holds the body, by rules learned for it.

What comes out are the same blocks as from a full reading. A page that does not fit (no root on which the votes agree,
too little text, too many links, unknown markup, more prose outside than the site has) gives None and is to be read in
full.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from pipeline.outline import INLINE, weigh
from pipeline.reading import blocks_of, read_lines
from pipeline.selectors import find_all, find_first, own_selectors, path_selector, signature
from pipeline.teaching import prose_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from pipeline.blocks import Block
    from pipeline.outline import Outline
    from pipeline.reading import Line
    from pipeline.site_profile import SiteProfile, Template

_LEAST_TEXT = 80
_LITTLE_TEXT = 1000
"""Characters up to which the whole page is looked at: is this an article, and is there no text elsewhere?"""
_VOTES = 0.5
"""Share of a template's votes that the root must get: one renamed class does not unseat it, a redesign does."""
_TRIED = 2
_SCOPE_ELEMENTS = 150
_SCOPE_GROWTH = 2
"""Elements that the scope may have: these, and so many for each of the root's; more would cost what is to be saved."""
_UNKNOWN = 0.35
"""Share of the text that may stand under paths on which no text was seen before: a new kind of box, not a new page."""
_LINKED = 0.5
_BESIDE = 1.5
_SLACK_TEXT = 250
_BESIDE_SLACK = 0.6
"""Prose outside the root for each character inside: so many times the largest seen, and so much more, where short
articles count as this long, and what stands beside the text on every page is not counted. Past that the article may
stand elsewhere, and the page is read in full."""


def exclude(tree: HtmlElement, profile: SiteProfile) -> None:
    """Takes what a person excluded out of a tree."""
    for selector in profile.pins.excluded:
        for element in find_all(tree, selector):
            if element.getparent() is not None:
                element.drop_tree()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile says that the body of a page stands.

    ``scope`` is the element around ``root`` that also holds the headline and the pictures beside it, where that is
    not much more of the page; for a short text it is the whole page, which then has to be judged. ``template`` is None
    where a person pinned the root.
    """

    root: HtmlElement
    scope: HtmlElement
    template: Template | None

    def inside(self, outline: Outline) -> range:
        """Positions of all that the root holds, in the outline of the scope."""
        position = outline.position[self.root]
        return range(position + 1, outline.end[position])

    def learned_furniture(self, outline: Outline) -> list[int]:
        """Positions, in the outline of the scope, of what is furniture by its place within the root."""
        if self.template is None or not self.template.furniture:
            return []
        found: list[int] = []
        inside = self.inside(outline)
        position, end = inside.start, inside.stop
        paths = {position - 1: ""}
        while position < end:
            path = _joined(paths[outline.parent[position]], outline.elements[position])
            paths[position] = path
            if path in self.template.furniture and outline.elements[position].tag not in INLINE:
                found.append(position)
                position = outline.end[position]
            else:
                position += 1
        return found

    def read_blocks(self) -> list[Block] | None:
        """The blocks of the pruned root; None where they do not look like the site's articles."""
        lines = read_lines(self.root)
        if self.template is None:
            return blocks_of(lines) or None
        placed = [(line, self._path(line.element)) for line in lines]
        kept = [(line, path) for line, path in placed if path not in self.template.mixed or line.is_sentence]
        return blocks_of([line for line, _ in kept]) if _fits(kept, self.template) else None

    def _path(self, element: HtmlElement) -> str:
        links: list[str] = []
        step: HtmlElement | None = element
        while step is not None and step is not self.root:
            links.append(signature(step))
            step = step.getparent()
        return ">".join(reversed(links))


def _joined(path: str, element: HtmlElement) -> str:
    return f"{path}>{signature(element)}" if path else signature(element)


def find_place(tree: HtmlElement, profile: SiteProfile) -> Place | None:
    """Where the body of a page stands; None where the page is of no known template."""
    for selector in profile.pins.roots:
        if (root := find_first(tree, selector)) is not None:
            return Place(root, _scope(tree, root), None)
    for template in profile.templates:
        root = _root(tree, template)
        if root is not None and _holds_the_prose(tree, root, template):
            return Place(root, _scope(tree, root), template)
    return None


def _scope(tree: HtmlElement, root: HtmlElement) -> HtmlElement:
    if _is_little(root):
        return tree
    limit = _SCOPE_ELEMENTS + _SCOPE_GROWTH * _size(root)
    headings = set(tree.iter("h1"))
    scope = root
    for above in root.iterancestors():
        if above.tag == "body" or _size(above) > limit:
            break
        scope = above
        if above.tag in {"article", "main"} or not headings.isdisjoint(above.iter("h1")):
            break
    return scope


def _is_little(root: HtmlElement) -> bool:
    """Whether an element holds little text; an ideograph counts as two letters, as everywhere."""
    length = float(_length(root))
    return length < _LITTLE_TEXT and (2 * length < _LITTLE_TEXT or weigh("".join(root.itertext())) < _LITTLE_TEXT)


def _size(element: HtmlElement) -> float:
    return float(_count(element))


_length = etree.XPath("string-length(normalize-space())")
_count = etree.XPath("count(descendant::*)")


def _root(tree: HtmlElement, template: Template) -> HtmlElement | None:
    """The element that the template's ways of finding the body agree on."""
    total = sum(root.votes for root in template.roots)
    for root in template.roots[:_TRIED]:
        element = find_first(tree, root.selector)
        if element is not None and _votes(element, template) >= _VOTES * total:
            return element
    return None


def _votes(element: HtmlElement, template: Template) -> int:
    wanted = {root.selector: root.votes for root in template.roots}
    votes = sum(wanted.pop(selector, 0) for selector in own_selectors(element))
    above = element.getparent()
    if wanted and above is not None:
        votes += sum(wanted.pop(f"{outer} > {element.tag!s}", 0) for outer in own_selectors(above))
    if wanted:
        votes += wanted.get(path_selector(element) or "", 0)
    return votes


def _holds_the_prose(tree: HtmlElement, root: HtmlElement, template: Template) -> bool:
    inside = prose_of(root)
    beside = prose_of(tree) - inside - template.least_beside
    return beside <= (_BESIDE * template.most_beside + _BESIDE_SLACK) * max(inside, _SLACK_TEXT)


def _fits(kept: Sequence[tuple[Line, str]], template: Template) -> bool:
    """Whether lines look like the site's articles: long enough, few links, in known markup."""
    weights = [line.weight for line, _ in kept]
    characters = sum(weights)
    linked = sum(line.link_characters for line, _ in kept)
    unknown = sum(n for n, (line, path) in zip(weights, kept, strict=True) if _is_unknown(line, path, template))
    return characters >= _LEAST_TEXT and linked <= _LINKED * characters and unknown <= _UNKNOWN * characters


def _is_unknown(line: Line, path: str, template: Template) -> bool:
    """Whether a line stands where no text was seen before; a sentence only where its box is a new one.

    A box is new by a class or an id: plain paragraphs, lists and quotations are text on any page.
    """
    if not path or path in template.text:
        return False
    box = path.rpartition(">")[0]
    while box and _NAMED.search(box.rpartition(">")[2]) is None:
        box = box.rpartition(">")[0]
    return not (line.is_sentence and (not box or box in template.text))


_NAMED = re.compile(r"[.#]")
