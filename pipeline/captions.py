"""What a page says of a picture: its caption, and who took it.

Reads the tree as parsed, before furniture is taken out of it, and changes nothing. A caption belongs to the picture
it shares a figure or a small box with; its maker is named by markup or by a phrase such as ``Photo:``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.furniture import element_names

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
_HOLDERS = frozenset({"a", "picture"})
_CREDIT_NAME = re.compile(r"(?i)(?:^|[^a-z])(?:credits?|copyright|photographer|source|byline|attribution)(?:[^a-z]|$)")
_SPOKEN_ONLY = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text|assistive-text)(?:\s|$)")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{2,80})[)\]]\s*$")
_CREDIT_TAIL = re.compile(r"\s*(?:[|•·©]|\s[–—-]\s)\s*([^|•·©]{2,60})$")


def caption_of(image: HtmlElement, outline: Outline) -> tuple[str | None, str | None]:
    """Caption and credit in the nearest small box around a picture; None where it has none."""
    box = searched = image
    for step in range(_CLIMB_ALONE):
        parent = box.getparent()
        if parent is None or parent.tag in {"body", "article", "main"} or parent not in outline.position:
            break
        box = parent
        if outline.text[outline.position[box]] > _BOX_TEXT or (step >= _CLIMB and len(box.findall(".//img")) > 1):
            break
        found = _caption_in(box, image, searched)
        searched = box
        if found is not None:
            return _split(found)
    return None, None


def _caption_in(box: HtmlElement, image: HtmlElement, searched: HtmlElement) -> HtmlElement | None:
    """The caption in a box around a picture; in the child ``searched`` there is none."""
    for element in _inside(box, searched):
        if element is image or not isinstance(element.tag, str):
            continue
        named = element.tag == "figcaption" or (element is not box and element_names(element).caption)
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


def _split(caption: HtmlElement) -> tuple[str | None, str | None]:
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
    if wording.is_photo_credit(text) and len(text) < _SHORT:
        return None, _bare_credit(text)
    return text or None, None


def _bare_credit(text: str) -> str:
    """The name without the word that introduces it."""
    name = text.partition(":")[2].strip() if ":" in text and wording.is_photo_credit(text) else text
    return name.strip(" .()[]|©–—-").strip() or text.strip()
