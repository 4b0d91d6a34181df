"""What a page says of a picture: its caption, and who took it.

Reads the tree as parsed, before furniture is taken out of it, and changes nothing. A caption belongs to the picture
it shares a figure or a small box with; its maker is named by markup or by a phrase such as ``Photo:``.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.furniture import element_names, is_picture_box
from pipeline.lesson import Sighting
from pipeline.repeats import whole_form
from pipeline.selectors import own_selectors
from pipeline.site_profile import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from pipeline.outline import Outline

_LONGEST = 900
_BOX_TEXT = 1000
_CLIMB = 3
_CLIMB_ALONE = 5
"""Levels to climb from a picture; more where it is the only one of its box, as in a table of picture and caption."""
_SHORT = 80
_LEAST_WORDS = 4
"""Of what a box says beside its picture, with no mark-up to call it a caption: fewer are a name or a label."""
_LINES = frozenset({"p", "div", "span", "small", "em", "i", "dd", "td"})
_HOLDERS = frozenset({"a", "picture"})
_CREDIT_NAME = re.compile(r"(?i)(?:^|[^a-z])(?:credits?|copyright|photographer|source|byline|attribution)(?:[^a-z]|$)")
_SPOKEN_ONLY = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text|assistive-text)(?:\s|$)")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{2,80})[)\]]\s*$")
_LAST_SENTENCE = re.compile(r"(?<=[.!?؟。…])\s+([^.!?؟。…:()]{2,30}:[^.!?؟。…:()]{2,60})\.?$")
_CREDIT_TAIL = re.compile(r"\s*(?:[|•·©]|\s[–—-]\s)\s*([^|•·©]{2,60})$")


def find_caption(image: HtmlElement, outline: Outline, known: frozenset[str] = frozenset()) -> HtmlElement | None:
    """The element that says something of a picture, in the nearest small box around it; None where none does.

    ``known`` are selectors of what the site's captions stand in, beside what markup and names say of them.
    """
    box = searched = image
    pictured: HtmlElement | None = None
    for step in range(_CLIMB_ALONE):
        parent = box.getparent()
        if parent is None or parent.tag in {"body", "article", "main"} or parent not in outline.position:
            break
        box = parent
        if outline.text[outline.position[box]] > _BOX_TEXT or (step >= _CLIMB and len(box.findall(".//img")) > 1):
            break
        found = _caption_in(box, image, searched, known)
        searched = box
        if found is not None:
            return found
        if pictured is None and is_picture_box(box, outline):
            pictured = box
    return pictured


def is_known(element: HtmlElement, known: frozenset[str]) -> bool:
    """Whether an element is what the site's captions stand in, with nothing else to call it a caption."""
    is_said = bool(known) and not known.isdisjoint(own_selectors(element))
    return is_said and not _is_named(element) and element.find(".//img") is None


def _is_named(element: HtmlElement) -> bool:
    return element.tag == "figcaption" or element_names(element).caption


def sight_caption(image: HtmlElement, said_in: HtmlElement | None, outline: Outline) -> Sighting | None:
    """Where a page says something of a picture, or may: in words that share a box with that picture alone."""
    element = said_in if said_in is not None else _likely_caption(image, outline)
    if element is None:
        return None
    selectors = tuple(own_selectors(element))
    return Sighting(Shown.CAPTION, selectors, is_found=True, is_near=True, forms=(whole_form(_text(element)),))


def _likely_caption(image: HtmlElement, outline: Outline) -> HtmlElement | None:
    for box in islice(image.iterancestors(), _CLIMB):
        position = outline.position.get(box, 0)
        if not position or outline.text[position] > _BOX_TEXT or len(box.findall(".//img")) > 1:
            return None
        if weight := outline.text[position]:
            inside = (outline.elements[n] for n in range(outline.end[outline.position[image]], outline.end[position]))
            line = next((e for e in inside if e.tag in _LINES and outline.text[outline.position[e]] == weight), None)
            is_said = line is not None and not outline.links[position] and line.find(".//img") is None
            return line if is_said and len(_text(box).split()) >= _LEAST_WORDS else None
    return None


def _caption_in(
    box: HtmlElement, image: HtmlElement, searched: HtmlElement, known: frozenset[str]
) -> HtmlElement | None:
    """The caption in a box around a picture; in the child ``searched`` there is none."""
    for element in _inside(box, searched):
        if element is image or not isinstance(element.tag, str):
            continue
        named = element.tag == "figcaption" or (element is not box and element_names(element).caption)
        named = named or (element is not box and is_known(element, known))
        if named and element.find(".//img") is not image and (text := _text(element)) and len(text) <= _LONGEST:
            return element
    # Some themes name the box of picture and caption for the caption, and the line below the picture not at all.
    is_named = box is not image and box.tag not in _HOLDERS and element_names(box).caption
    return box if is_named and 0 < len(_text(box)) <= _LONGEST and len(box.findall(".//img")) == 1 else None


def _inside(box: HtmlElement, searched: HtmlElement) -> Iterator[HtmlElement]:
    yield box
    for child in box:
        if child is searched:
            yield child
        else:
            yield from child.iter()


def _text(element: HtmlElement, without: HtmlElement | None = None) -> str:
    """The text a reader sees: icons' names and labels for screen readers are not part of it."""
    parts: list[str] = [element.text or ""]
    for child in element:
        hidden = child is without or child.tag in {"script", "style", "noscript", "button", "svg"}
        if not hidden and not _SPOKEN_ONLY.search(child.get("class") or ""):
            parts.append(_text(child, without))
        parts.append(child.tail or "")
    return " ".join(" ".join(parts).split()) if without is None else " ".join(parts)


def split_caption(caption: HtmlElement) -> tuple[str | None, str | None]:
    """Caption and credit, told apart by markup first, then by wording."""
    marked = next((child for child in caption.iterdescendants() if _CREDIT_NAME.search(child.get("class") or "")), None)
    if marked is not None:
        rest = " ".join(_text(caption, marked).split())
        return rest or None, _bare_credit(_text(marked)) or None
    text = _text(caption)
    if (
        _CREDIT_NAME.search(caption.get("class") or "")
        and caption.tag != "figcaption"
        and wording.is_photo_credit(text)
    ):
        return None, _bare_credit(text) or None
    return split_text(text)


def split_text(text: str) -> tuple[str | None, str | None]:
    """Caption and credit of one line that is said of a picture."""
    bracketed = _IN_BRACKETS.search(text)
    if bracketed and wording.is_photo_credit(bracketed[1]):
        return text[: bracketed.start()].strip() or None, _bare_credit(bracketed[1])
    tail = _CREDIT_TAIL.search(text)
    if tail and wording.is_photo_credit(tail[1]):
        return text[: tail.start()].strip() or None, _bare_credit(tail[1])
    # As agencies write: "The ferry in March. Photo: Ann Lee". Without a colon it may be a sentence about a photograph.
    last = _LAST_SENTENCE.search(text)
    if last and wording.is_photo_credit(last[1]):
        return text[: last.start()].strip() or None, _bare_credit(last[1])
    if wording.is_photo_credit(text) and len(text) < _SHORT:
        return None, _bare_credit(text)
    return text or None, None


def _bare_credit(text: str) -> str:
    """The name without the word that introduces it."""
    name = text.partition(":")[2].strip() if ":" in text and wording.is_photo_credit(text) else text
    return name.strip(" .()[]|©–—-").strip() or text.strip()
