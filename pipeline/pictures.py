"""The pictures of a page, what is said of each, and which of them are the article's.

Read from the tree before furniture is taken out of it, because captions go with the furniture; which pictures belong
to the article shows only afterwards, by where its text was found. Changes nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipeline.captions import find_caption, sight_caption, split_caption
from pipeline.outline import measure
from pipeline.page_signs import fold_space
from pipeline.pruning import FURNITURE
from pipeline.urls import absolute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lxml.html import HtmlElement

    from pipeline.blocks import Block
    from pipeline.lesson import Sighting
    from pipeline.outline import Outline

MOST_PICTURES = 200
"""A picture story has some sixty; past this a page is a catalogue."""
MOST_IMAGES = 2000
_SMALL_PIXELS = 80
_BODY_SHARE = 0.8
_BOX_STEPS = 3
"""So many elements above a picture its caption is looked for."""
_MOST_SIGHTED = 8
_LEADS = 3
"""Pictures that may stand between a headline and the text: one, or a small row of them."""
_UNRELATED = frozenset({"header", "nav", "footer", "aside", "form"})
_SOURCES = ("data-src", "data-lazy-src", "data-original", "src")
_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_ICON = re.compile(
    r"(?i)(?:^|[/_.-])(?:icons?|logo|avatar|gravatar|sprite|pixel|blank|spacer|placeholder|emoji|smilies|loader)(?:[/_.-]|$)"
    r"|^data:|\.svg(?:\?|$)"
)
_PERSON = re.compile(r"(?i)(?:^|[\s_-])(?:avatar|author|byline|logo|emoji|wp-smiley|icon)(?:$|[\s_-])")
_PICTURE_FILE = re.compile(r"(?i)\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])")
_SIZE = re.compile(r"[-_](?:\d{2,4}x\d{2,4}|scaled|\d{2,4}w|large|medium|small|thumb\w*)(?=\.|$)")
_CANDIDATE = re.compile(r"(\S*[^\s,])(?:\s+(\d+(?:\.\d+)?)[wx])?\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as its page shows it: its element, its address as written, what is said of it, and in which element."""

    element: HtmlElement
    address: str
    caption: str | None
    credit: str | None
    said_in: HtmlElement | None = None

    @property
    def alt(self) -> str | None:
        """Its text for those who cannot see it."""
        return fold_space(self.element.get("alt") or "") or None

    @property
    def stem(self) -> str:
        """What names the picture whatever size it is served in."""
        return stem(self.address)


@dataclass(frozen=True, slots=True)
class LeadImage:
    """An absolute image address, its caption and its credit; each None where the page gives none."""

    url: str | None = None
    caption: str | None = None
    credit: str | None = None


def find_pictures(outline: Outline, captions: frozenset[str] = frozenset()) -> list[Picture]:
    """The pictures of a page that are no icons and stand in no menu, in order, each once.

    ``captions`` are selectors of what the site's captions stand in.
    """
    found: dict[str, Picture] = {}
    headings = [outline.position[heading] for heading in outline.elements[0].iter("h1")]
    images = outline.elements[0].iter("img", "amp-img", "video")
    for image in islice(images, MOST_IMAGES):
        if _is_small(image) or (address := _address(image)) is None or not _is_content(image, outline, headings):
            continue
        known = found.get(name := _without_size(address))
        # Once for readers without scripts and once for those with: the copy with a caption counts.
        if known is None or not known.caption:
            picture = _picture(image, address, outline, captions)
            if known is None or picture.caption:
                found[name] = picture
    return list(found.values())[:MOST_PICTURES]


def _picture(image: HtmlElement, address: str, outline: Outline, captions: frozenset[str]) -> Picture:
    said_in = find_caption(image, outline, captions)
    return Picture(image, address, *(split_caption(said_in) if said_in is not None else (None, None)), said_in)


def sight_captions(pictures: Iterable[Picture], outline: Outline) -> tuple[Sighting, ...]:
    """Where a page says something of its pictures, or may."""
    found = (sight_caption(picture.element, picture.said_in, outline) for picture in pictures)
    return tuple(dict.fromkeys(filter(None, found)))[:_MOST_SIGHTED]


def find_lead_above(part: HtmlElement, declared: str | None, captions: frozenset[str] = frozenset()) -> Picture | None:
    """The picture above a part of the page that ``declared`` names (the page's own metadata); None where there is none.

    For pages of which that part alone is read; the small box around the picture tells what is said of it.
    """
    images: list[HtmlElement] = _before(part) if declared else []
    for image in images[:-MOST_PICTURES:-1]:
        address = None if _is_small(image) else _address(image)
        if address is None or stem(address) != stem(str(declared)) or any(map(_is_unrelated, image.iterancestors())):
            continue
        box = next(islice(image.iterancestors(), _BOX_STEPS, None), image)
        return _picture(image, address, measure(box), captions)
    return None


_before: Any = etree.XPath("preceding::img")


def _is_unrelated(box: HtmlElement) -> bool:
    return box.tag in _UNRELATED and box.find(".//h1") is None


def choose_lead(pictures: Iterable[Picture], declared: str | None, base: str) -> LeadImage:
    """The picture that ``declared`` names (the page's own metadata), else the first one that has a caption."""
    wanted = stem(declared) if declared else None
    first: Picture | None = None
    for picture in pictures:
        if wanted is not None and picture.stem == wanted:
            return LeadImage(declared, picture.caption, picture.credit)
        first = first or (picture if picture.caption else None)
    if first is None:
        return LeadImage(declared)
    return LeadImage(declared or absolute(first.address, base), first.caption, first.credit)


def choose_own(
    pictures: Sequence[Picture], blocks: Sequence[Block], outline: Outline, gone: bytearray, declared: str | None
) -> list[Picture]:
    """The article's pictures: those among its text, and those with a caption (or named by the page) right above it.

    A picture that leads to another page, with nothing said of it, announces that page.
    """
    holder = text_holder(blocks, outline)
    if holder is None:
        return []
    wanted = stem(declared) if declared else None
    top = beginning(outline, holder)
    above: list[Picture] = []
    inside: list[Picture] = []
    for picture in pictures:
        position = outline.position[picture.element]
        is_named = wanted is not None and picture.stem == wanted
        if holder <= position < outline.end[holder]:
            is_gone = gone[position] == FURNITURE
            if not is_gone and (picture.caption or is_named or not _announces(picture)):
                inside.append(picture)
        elif position < holder and (is_named or (picture.caption and position > top and gone[position] != FURNITURE)):
            above.append(picture)
    return above[-_LEADS:] + inside


def text_holder(blocks: Sequence[Block], outline: Outline) -> int | None:
    """The position of the smallest element that holds nearly all of the article's text; None where nobody can tell."""
    weights: Counter[int] = Counter()
    total = 0
    for block in blocks:
        position = outline.position.get(block.element, -1) if block.element is not None else -1
        if position >= 0:
            total += len(block.text)
        while position >= 0:
            weights[position] += len(block.text)
            position = outline.parent[position]
    holding = [position for position, weight in weights.items() if weight >= _BODY_SHARE * total]
    # Of nested elements with the same text the innermost comes last in the document.
    return max(holding, default=None)


def beginning(outline: Outline, holder: int) -> int:
    """The position from which what stands above the text belongs to it: the article's element, or the headline."""
    up = holder
    while up > 0:
        if outline.elements[up].tag in {"article", "main"}:
            return up
        up = outline.parent[up]
    headings = [n for h in outline.elements[0].iter("h1") if (n := outline.position.get(h, holder)) < holder]
    return headings[-1] if headings else outline.parent[holder]


def _announces(picture: Picture) -> bool:
    """Whether a picture is a link to another page rather than to a larger copy of itself."""
    for above in list(picture.element.iterancestors())[:3]:
        if above.tag == "a":
            target = above.get("href") or "#"
            return not (
                target.startswith("#") or _PICTURE_FILE.search(target) or "attachment" in (above.get("rel") or "")
            )
    return False


def _address(image: HtmlElement) -> str | None:
    """The address of a picture: that of the real one, where a script puts it in the place of a blank."""
    for name in _SOURCES:
        address = (image.get(name) or "").strip()
        if address and not _ICON.search(address):
            return address
    return next(filter(None, map(_largest, _sets(image))), None)


def _sets(image: HtmlElement) -> Iterator[str]:
    parent = image.getparent()
    sources = parent.iterchildren("source") if parent is not None and parent.tag == "picture" else ()
    for element in (image, *sources):
        for name in _SETS:
            yield element.get(name) or ""


def _largest(srcset: str) -> str | None:
    """The widest picture of a ``srcset`` (https://html.spec.whatwg.org/multipage/images.html#srcset-attributes)."""
    offered = [(float(found[2] or 1), found[1]) for found in _CANDIDATE.finditer(srcset.strip()) if found[1]]
    address = max(offered, key=lambda pair: pair[0])[1] if offered else None
    return None if address is None or _ICON.search(address) else address


def _is_small(image: HtmlElement) -> bool:
    return _is_few(image.get("width")) or _is_few(image.get("height"))


def _is_few(pixels: str | None) -> bool:
    return pixels is not None and pixels.isdecimal() and int(pixels) <= _SMALL_PIXELS


def _is_content(image: HtmlElement, outline: Outline, headings: list[int]) -> bool:
    """Whether a picture is no portrait or logo and stands in no menu; a box that holds the headline is no menu."""
    if _PERSON.search(image.get("class") or ""):
        return False
    for above in image.iterancestors():
        position = outline.position.get(above)
        if position is None:
            break
        if above.tag in _UNRELATED and bisect_left(headings, position) == bisect_left(headings, outline.end[position]):
            return False
    return True


def _without_size(address: str) -> str:
    """An address without what says in which size the picture is to be served."""
    path, mark, query = address.partition("?")
    return _SIZE.sub("", path) + ("" if _PICTURE_FILE.search(path) else mark + query)


def stem(address: str) -> str:
    """A file's name without size marks: publishers serve one picture under many sizes, also from several places."""
    name = address.partition("?")[0].partition("#")[0].rsplit("/", 1)[-1]
    return _SIZE.sub("", name).rpartition(".")[0].lower() or address.lower()
