"""The short lines that stand around a headline: where a page shows its byline and its date.

Lines come nearest first, those behind the headline before those in front of it, for that is where most publishers put
both. Boxes about other things (navigation, related articles, comments, clocks in a header) are left out, and captions:
they name who took a picture, and when. Quotations are left out too: under a quoted document or an embedded post
stand its own author and day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.page_signs import KEPT_NAMES, fold_space, is_hidden, marks, name_parts, text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "select", "textarea", "iframe", "figcaption"})
_CONTROLS = frozenset({"button", "form"})  # but for one that an unclosed tag or a web framework wraps around the page
_ELSEWHERE = frozenset({"nav", "footer", "aside", "blockquote"})
_NEVER_SHORT = frozenset({"nav", "blockquote"})
_WHOLE = frozenset({"body", "html", "main", "article"})
_BREAKS = frozenset({"br", "hr"})
_NOTED = frozenset({"a", "time", "abbr"})
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "cite", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup"),
        *("time", "u", "label", "img"),
    }
)
AUTHOR_PAGE = re.compile(
    r"(?i)/(?:authors?|writers?|contributors?|reporters?|journalists?|columnists?|people|person|staff|profiles?|"
    r"auteurs?|autor(?:es|in|innen)?|autori|redakteure?|yazar(?:lar)?|kuttab|katib)/[^/?#]{2,}|[?&]_?author="
)
_SHORT = 200
_SENTENCE = 80
_MOST_NEAR = 40
_MOST_AFTER = 300
_MOST_BEFORE = 12
_MOST_PROSE = 600  # characters of sentences: a standfirst and the first paragraph, behind which dates are the story's
_MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line a reader sees: its text, the texts of the elements within it, and the block that holds it.

    ``author`` is the text of a link within it that leads to a page about an author; empty for none.
    ``times`` are the machine's dates within it, those of ``time`` and of hAtom's ``published``. ``is_behind`` is false
    for lines in front of the headline, ``is_near`` for lines that stand behind the first paragraphs of the story.
    """

    text: str
    pieces: tuple[str, ...]
    block: HtmlElement
    author: str = ""
    times: tuple[str, ...] = ()
    is_behind: bool = True
    is_near: bool = True


@dataclass(slots=True)
class _Walk:
    anchor: HtmlElement | None
    before: list[Line] = field(default_factory=list)
    after: list[Line] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    author: str = ""
    times: list[str] = field(default_factory=list)
    prose: int = 0
    is_past: bool = False
    is_near: bool = True
    is_done: bool = False
    only_near: bool = False

    def add(self, text: str) -> None:
        """Go on with a line; it does not begin with the white space between two tags."""
        if self.pieces or not text.isspace():
            self.pieces.append(text)

    def note(self, element: HtmlElement) -> None:
        """Keep what an element says in attributes."""
        if element.tag == "a" and not self.author and AUTHOR_PAGE.search(element.get("href") or ""):
            self.author = text_content(element)
        elif element.tag == "time" and element.get("datetime"):
            self.times.append(element.get("datetime") or "")
        elif element.tag == "abbr" and element.get("title") and "published" in (element.get("class") or "").split():
            # hAtom's way, older than ``time``: https://microformats.org/wiki/datetime-design-pattern
            self.times.append(element.get("title") or "")

    def flush(self, block: HtmlElement) -> None:
        """End a line."""
        self.author, author = "", self.author
        if not self.pieces and not self.times:
            return
        text, parts = fold_space("".join(self.pieces)), self.pieces
        self.pieces = []
        if len(text) > _SENTENCE and self.is_past:
            self.prose += len(text)
        times, self.times = tuple(self.times), []
        if (text or times) and len(text) <= _SHORT:
            pieces = tuple(filter(None, map(fold_space, parts))) if len(parts) > 1 else (text,) if text else ()
            line = Line(text, pieces, block, author, times, self.is_past, self.is_near)
            (self.after if self.is_past else self.before).append(line)
        self.is_near = self.prose < _MOST_PROSE and len(self.after) < _MOST_NEAR
        self.is_done = len(self.after) >= _MOST_AFTER or (self.only_near and not self.is_near)


def lines_within(element: HtmlElement) -> list[Line]:
    """The short lines of an element, in order, as if they stood right behind the headline."""
    walk = _Walk(None, is_past=True)
    _walk(element, walk, 0)
    return walk.after


def lines_near(tree: HtmlElement, anchor: HtmlElement | None, *, only_near: bool = False) -> list[Line]:
    """The short lines around a headline, the near ones first; those of the page's beginning where it shows none.

    ``only_near`` leaves those out that stand behind the first paragraphs of the story.
    """
    body = tree.find(".//body")
    walk = _Walk(anchor, is_past=anchor is None, only_near=only_near)
    _walk(body if body is not None else tree, walk, 0)
    near = [line for line in walk.after if line.is_near]
    return near + walk.before[: -_MOST_BEFORE - 1 : -1] + walk.after[len(near) :]


def _walk(element: HtmlElement, walk: _Walk, depth: int) -> None:
    """One element and all in it; every element of a page passes here, hence the care for what is called."""
    tag = element.tag
    if walk.is_done or depth > _MAX_DEPTH or tag in _UNSEEN or not isinstance(tag, str):
        return
    if element is walk.anchor:
        walk.flush(element)
        walk.is_past = True
        return
    if is_hidden(element) or _is_passed_over(element, walk.anchor):
        return
    is_block = tag not in _INLINE
    if is_block:
        walk.flush(element)
    if tag in _NOTED:
        walk.note(element)
    if text := element.text:
        walk.add(text)
    for child in element:
        _walk(child, walk, depth + 1)
        if tail := child.tail:
            walk.add(tail)
    if is_block or tag in _BREAKS:
        walk.flush(element)


def _is_passed_over(element: HtmlElement, anchor: HtmlElement | None) -> bool:
    return (element.tag in _CONTROLS or _is_elsewhere(element)) and not _holds(element, anchor)


def _is_elsewhere(element: HtmlElement) -> bool:
    """Whether a box is about other things than the article; an article's own footer and short asides are not."""
    tag = str(element.tag)
    if tag in _WHOLE:
        return False
    if tag in _ELSEWHERE:
        return tag in _NEVER_SHORT or not (is_within_article(element) and len(text_content(element)) <= 2 * _SHORT)
    names, identity = element.get("class"), element.get("id")
    return bool(names or identity) and _is_named_elsewhere(f"{names or ''} {identity or ''}")


@lru_cache(maxsize=KEPT_NAMES)
def _is_named_elsewhere(names: str) -> bool:
    return not marks("elsewhere").isdisjoint(name_parts(names))


def is_within_article(element: HtmlElement) -> bool:
    """Whether an element stands in an ``article``."""
    return any(parent.tag == "article" for parent in element.iterancestors())


def _holds(element: HtmlElement, anchor: HtmlElement | None) -> bool:
    return anchor is not None and any(parent is element for parent in anchor.iterancestors())
