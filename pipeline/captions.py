"""The lead image of an article: its address, what is said of it, and who took it.

Reads the tree as parsed, before furniture is taken out of it, and changes nothing. A caption belongs to the picture
it shares a figure or a small box with; its maker is named by markup or by a phrase such as ``Photo:``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pipeline import wording
from pipeline.furniture import element_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_LONGEST = 900
_BOX_TEXT = 1000
_CLIMB = 3
_SMALL_PIXELS = 80
_UNRELATED = frozenset({"header", "nav", "footer", "aside", "form", "noscript"})
_SOURCES = ("data-src", "data-lazy-src", "data-original", "src")
_ICON = re.compile(
    r"(?i)(?:^|[/_.-])(?:icons?|logo|avatar|sprite|pixel|blank|spacer|placeholder|emoji|loader)(?:[/_.-]|$)|^data:|\.svg(?:\?|$)"
)
_SIZE = re.compile(r"[-_](?:\d{2,4}x\d{2,4}|scaled|\d{2,4}w|large|medium|small|thumb\w*)(?=\.|$)")
_CREDIT_NAME = re.compile(r"(?i)(?:^|[^a-z])(?:credits?|copyright|photographer|source|byline|attribution)(?:[^a-z]|$)")
_SPOKEN_ONLY = re.compile(r"(?:^|\s)(?:sr-only|visually-hidden|screen-reader-text|assistive-text)(?:\s|$)")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{2,80})[)\]]\s*$")
_CREDIT_TAIL = re.compile(r"\s*(?:[|•·©]|\s[–—-]\s)\s*([^|•·©]{2,60})$")


@dataclass(frozen=True, slots=True)
class LeadImage:
    """An absolute image address, its caption and its credit; each None where the page gives none."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


def read_lead_image(tree: HtmlElement, *, url: str, declared: str | None) -> LeadImage:
    """The picture that ``declared`` names (the page's own metadata), else the first one that has a caption."""
    wanted = _stem(declared) if declared else None
    first: LeadImage | None = None
    for image in _images(tree):
        source = _source(image)
        matches = wanted is not None and source is not None and _stem(source) == wanted
        if first is not None and not matches:
            continue
        caption, credit = _caption_of(image)
        if matches and (caption or first is None):
            return LeadImage(declared, caption, credit)
        if caption and first is None:
            first = LeadImage(declared or (urljoin(url, source) if source else None), caption, credit)
    return first or LeadImage(declared)


def _images(tree: HtmlElement) -> Iterator[HtmlElement]:
    for image in tree.iter("img", "amp-img", "video"):
        source = _source(image)
        if (source is None or not _ICON.search(source)) and not _is_small(image) and _is_content(image):
            yield image


def _is_small(image: HtmlElement) -> bool:
    sizes = (image.get("width") or "", image.get("height") or "")
    return any(size.isdigit() and int(size) <= _SMALL_PIXELS for size in sizes)


def _is_content(image: HtmlElement) -> bool:
    return not any(above.tag in _UNRELATED and above.find(".//h1") is None for above in image.iterancestors())


def _source(image: HtmlElement) -> str | None:
    return next((value for name in _SOURCES if (value := (image.get(name) or "").strip())), None)


def _stem(address: str) -> str:
    """The file name without size marks: publishers serve one picture under many sizes."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return address
    return _SIZE.sub("", path.rsplit("/", 1)[-1]).rpartition(".")[0].lower() or path.lower()


def _caption_of(image: HtmlElement) -> tuple[str | None, str | None]:
    """The caption in the nearest small box around a picture."""
    box = image
    for _ in range(_CLIMB):
        parent = box.getparent()
        if parent is None or parent.tag in {"body", "article", "main"}:
            break
        box = parent
        if len(box.text_content()) > _BOX_TEXT:
            break
        found = _caption_in(box, image)
        if found is not None:
            return _split(found)
    return None, None


def _caption_in(box: HtmlElement, image: HtmlElement) -> HtmlElement | None:
    for element in box.iter():
        if element is image or not isinstance(element.tag, str):
            continue
        named = element.tag == "figcaption" or (element is not box and element_names(element).caption)
        if named and element.find(".//img") is not image and (text := _text(element)) and len(text) <= _LONGEST:
            return element
    return None


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
    return _split_text(text)


def _split_text(text: str) -> tuple[str | None, str | None]:
    bracketed = _IN_BRACKETS.search(text)
    if bracketed and wording.is_photo_credit(bracketed[1]):
        return text[: bracketed.start()].strip() or None, _bare_credit(bracketed[1])
    tail = _CREDIT_TAIL.search(text)
    if tail and wording.is_photo_credit(tail[1]):
        return text[: tail.start()].strip() or None, _bare_credit(tail[1])
    if wording.is_photo_credit(text) and len(text) < _SMALL_PIXELS:
        return None, _bare_credit(text)
    return text or None, None


def _bare_credit(text: str) -> str:
    """The name without the word that introduces it."""
    name = text.partition(":")[2].strip() if ":" in text and wording.is_photo_credit(text) else text
    return name.strip(" .()[]|©–—-").strip() or text.strip()
