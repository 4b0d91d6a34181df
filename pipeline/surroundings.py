"""The short lines that stand around a headline: where a page shows its byline and its date.

Lines come nearest first, those behind the headline before those in front of it, for that is where most publishers put
both. Boxes about other things (navigation, related articles, comments, clocks in a header) are left out, and captions:
they name who took a picture, and when.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.page_signs import element_parts, fold_space, is_hidden, marks, text_content

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "select", "textarea", "iframe", "figcaption"})
_CONTROLS = frozenset({"button", "form"})  # but for one that an unclosed tag or a web framework wraps around the page
_ELSEWHERE = frozenset({"nav", "footer", "aside"})
_WHOLE = frozenset({"body", "html", "main", "article"})
_BREAKS = frozenset({"br", "hr"})
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "cite", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup"),
        *("time", "u", "label", "img"),
    }
)
_AUTHOR_PAGE = re.compile(
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

    def note(self, element: HtmlElement) -> None:
        """Keep what an element says in attributes."""
        if element.tag == "a" and not self.author and _AUTHOR_PAGE.search(element.get("href") or ""):
            self.author = text_content(element)
        elif element.tag == "time" and element.get("datetime"):
            self.times.append(element.get("datetime") or "")
        elif element.tag == "abbr" and element.get("title") and "published" in (element.get("class") or "").split():
            # hAtom's way, older than ``time``: https://microformats.org/wiki/datetime-design-pattern
            self.times.append(element.get("title") or "")

    def flush(self, block: HtmlElement) -> None:
        """End a line."""
        text = fold_space("".join(self.pieces))
        pieces = tuple(piece for piece in map(fold_space, self.pieces) if piece)
        author, self.pieces, self.author = self.author, [], ""
        if len(text) > _SENTENCE and self.is_past:
            self.prose += len(text)
        times, self.times = tuple(self.times), []
        if (text or times) and len(text) <= _SHORT:
            line = Line(text, pieces, block, author, times, self.is_past, self.is_near)
            (self.after if self.is_past else self.before).append(line)
        self.is_near = self.prose < _MOST_PROSE and len(self.after) < _MOST_NEAR
        self.is_done = len(self.after) >= _MOST_AFTER


def lines_near(tree: HtmlElement, anchor: HtmlElement | None) -> list[Line]:
    """The short lines around a headline, the near ones first; those of the page's beginning where it shows none."""
    body = tree.find(".//body")
    walk = _Walk(anchor, is_past=anchor is None)
    _walk(body if body is not None else tree, walk, 0)
    near = [line for line in walk.after if line.is_near]
    return near + walk.before[: -_MOST_BEFORE - 1 : -1] + walk.after[len(near) :]


def _walk(element: HtmlElement, walk: _Walk, depth: int) -> None:
    if walk.is_done or depth > _MAX_DEPTH or not isinstance(element.tag, str):
        return
    if element is walk.anchor:
        walk.flush(element)
        walk.is_past = True
        return
    if element.tag in _UNSEEN or is_hidden(element):
        return
    if (element.tag in _CONTROLS or _is_elsewhere(element)) and not _holds(element, walk.anchor):
        return
    is_block = element.tag not in _INLINE
    if is_block:
        walk.flush(element)
    walk.note(element)
    if element.text:
        walk.pieces.append(element.text)
    for child in element:
        _walk(child, walk, depth + 1)
        if child.tail:
            walk.pieces.append(child.tail)
    if is_block or element.tag in _BREAKS:
        walk.flush(element)


def _is_elsewhere(element: HtmlElement) -> bool:
    """Whether a box is about other things than the article; an article's own footer and short asides are not."""
    if element.tag in _WHOLE:
        return False
    if element.tag in _ELSEWHERE:
        return not (element.tag != "nav" and is_within_article(element) and len(text_content(element)) <= 2 * _SHORT)
    return not marks("elsewhere").isdisjoint(element_parts(element))


def is_within_article(element: HtmlElement) -> bool:
    """Whether an element stands in an ``article``."""
    return any(parent.tag == "article" for parent in element.iterancestors())


def _holds(element: HtmlElement, anchor: HtmlElement | None) -> bool:
    return anchor is not None and any(parent is element for parent in anchor.iterancestors())
