"""Takes a page's furniture out of its tree before the text is read.

A block is furniture by what its markup calls it, by what it says, or by being made of links. Each rule is held back
where the block has prose: losing a paragraph of an article is worse than keeping a share bar, and what slips through
here is caught line by line in :mod:`pipeline.cleaning`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.alternation import alternation
from pipeline.appeals import mark_appeals
from pipeline.embeds import is_post
from pipeline.link_blocks import mark_links, mark_teasers
from pipeline.outline import INLINE, tags
from pipeline.pruning import CAPTION, FRAME, FURNITURE, GROUP_LINKS, Pruning
from pipeline.reading import SENTENCE_END

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from pipeline.outline import Outline

_MOST_COMMENTS = 0.6
"""The same for a box of comments, which may well be as long as the article."""
_WEAK_TEXT = 160
_PARAGRAPH = 300
"""Prose of two or three sentences: as much as an appeal or a share bar ever has."""
_LABEL = 80
_LINE = 250
_CAPTION_LONGEST = 900
_EMBEDDED_SHARE = 1.5

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary", "menu"})
_NAMED = tags(
    "div section aside ul ol li p span nav footer header blockquote table td dl dd figure form details button "
    "a h2 h3 h4 h5 h6 small center strong em b i label figcaption"
)
_BOXES = tags("div section aside ul ol nav footer form table button dl details dialog menu header")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PAGE_PARTS = frozenset({"h1", "article", "main"})
_CODE = frozenset({"pre", "code"})
_BARE = frozenset({"nav", "footer", "form", "dialog", "menu", "aside"})
_SWALLOWERS = tags(
    "aside button dialog fieldset figure footer form header label legend marquee menu nav object option select time"
)
_TEXTUAL = ("p", "li", "dd", "blockquote", "table", "h1", "h2", "h3", "h4", "h5", "h6", "form", "script")
_FEWEST, _PICTURED = 10, 300
_SWALLOWED = 0.5
_HIDDEN = re.compile(r"(?i)display:\s*none|visibility:\s*hidden")


@dataclass(frozen=True, slots=True)
class Names:
    """What an element's class and id say of it."""

    certain: bool
    strong: bool
    unseen: bool
    weak: bool
    caption: bool
    picture: bool
    keep: bool


@cache
def _vocabulary(kind: str) -> re.Pattern[str]:
    # Parts are joined by hyphens, so one search finds single words and runs of words alike.
    words = alternation(wording.markup_words(kind))
    return re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")


@lru_cache(maxsize=8192)
def read_names(names: str) -> Names:
    """What a class and id attribute say, once for each distinct value."""
    joined = " ".join("-".join(part.lower() for part in _PARTS.findall(name)) for name in names.split())
    return Names(
        certain=_vocabulary("certain").search(joined) is not None,
        strong=_vocabulary("strong").search(joined) is not None,
        unseen=_vocabulary("unseen").search(joined) is not None,
        weak=_vocabulary("weak").search(joined) is not None,
        caption=_vocabulary("caption").search(joined) is not None,
        picture=_vocabulary("picture").search(joined) is not None,
        keep=_vocabulary("keep").search(joined) is not None,
    )


def element_names(element: HtmlElement) -> Names:
    """What an element's class and id say of it; the id of a heading is its own words and says nothing."""
    spoken = "" if element.tag in _HEADINGS else element.get("id") or ""
    return read_names(f"{element.get('class') or ''} {spoken}")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken out of a tree, and its captions.

    ``gone`` has a byte for each position of the outline: 0 for what stayed, ``FURNITURE``, ``CAPTION``.
    """

    gone: bytearray
    captions: tuple[str, ...]


def prune(
    outline: Outline, known: Iterable[int] = (), read: range | None = None, captions: Iterable[int] = ()
) -> Pruned:
    """Remove a page's furniture from the tree that was outlined; captions come back with their white space folded.

    Args:
        outline: The tree's own.
        known: Positions of what is known to be furniture whatever it looks like.
        read: The positions within the element that text will be read from; the whole tree, where it is None. Elsewhere
            names alone decide, for the sake of the pictures there.
        captions: Positions of what is known to be said of pictures.
    """
    pruning = Pruning(outline, read)
    for position in known:
        pruning.mark(position)
    for position in captions:
        pruning.mark(position, CAPTION)
        pruning.captions.append(pruning.line(position))
    _open_swallowed(pruning)
    _keep_embedded_posts(pruning)
    _by_name(pruning)
    _by_wording(pruning)
    mark_links(pruning)
    mark_teasers(pruning)
    mark_appeals(pruning)
    _remove(pruning)
    return Pruned(pruning.gone, tuple(pruning.captions))


def _remove(pruning: Pruning) -> None:
    outline, position = pruning.outline, 1
    while position < len(outline.elements):
        if not pruning.gone[position]:
            position += 1
            continue
        outline.elements[position].drop_tree()  # keeps the tail: text after an inline element is its parent's
        position = outline.end[position]


def _open_swallowed(pruning: Pruning) -> None:
    """A control whose end tag is missing swallows the article after it; it becomes a plain container again."""
    outline = pruning.outline
    enough = _SWALLOWED * pruning.prose
    for position, prose in enumerate(outline.prose):
        if prose <= enough or (element := outline.elements[position]).tag not in _SWALLOWERS:
            continue
        if element.tag != "form" or not _is_to_be_filled_in(pruning, position):
            element.tag = "div"


def _keep_embedded_posts(pruning: Pruning) -> None:
    """Posts of others that an article embeds are quotes: the names of their wrappers must not make them furniture."""
    outline = pruning.outline
    for quote in outline.elements[0].iter("blockquote"):
        if is_post(quote):
            up = outline.position[quote]
            size = outline.text[up]
            while up > 0 and outline.text[up] <= _EMBEDDED_SHARE * size and outline.elements[up].tag not in FRAME:
                outline.elements[up].attrib.pop("class", None)
                outline.elements[up].attrib.pop("id", None)
                if outline.elements[up].tag == "figure":
                    outline.elements[up].tag = "div"  # figures are pictures to every reader of text
                up = outline.parent[up]


def _by_name(pruning: Pruning) -> None:
    outline, position = pruning.outline, 1
    while position < len(outline.elements):
        if outline.elements[position].tag in _CODE:
            position = outline.end[position]
        elif outline.elements[position].tag in _NAMED and (why := _what_names_say(pruning, position)):
            pruning.mark(position, why)
            position = outline.end[position]
        else:
            position += 1


def _what_names_say(pruning: Pruning, position: int) -> int:
    """``FURNITURE`` or ``CAPTION``; 0 for a block that stays."""
    element = pruning.outline.elements[position]
    names = element_names(element)
    if names.picture and is_picture_box(element, pruning.outline):
        return CAPTION if _take_caption(pruning, position) else 0
    if (element.tag == "figcaption" or names.caption) and pruning.outline.text[position] < _CAPTION_LONGEST:
        return CAPTION if _take_caption(pruning, position) else 0
    return FURNITURE if _is_named(pruning, position, names) else 0


def _is_named(pruning: Pruning, position: int, names: Names) -> bool:
    element, outline = pruning.outline.elements[position], pruning.outline
    if names.keep and outline.prose[position]:
        return False
    if element.tag == "form" and _is_to_be_filled_in(pruning, position):
        return True
    if (names.certain or names.strong) and _is_within_sentence(element):
        return False
    if names.certain:
        return pruning.is_light(position)
    if names.strong or names.unseen or element.get("role") in _ROLES or is_hidden(element):
        return pruning.is_light(position) and outline.prose[position] <= _PARAGRAPH
    return element.tag in _BOXES and (names.weak or element.tag in _BARE) and _is_bare(pruning, position)


def _is_within_sentence(element: HtmlElement) -> bool:
    """Whether the words of an inline element are some of a sentence, which begins before them and goes on behind them.

    What a company's name in a report is called ("ticker") or a link ("share") says how it looks and what it opens.
    """
    if element.tag not in INLINE or not (element.tail or "").strip():
        return False
    previous, around = element.getprevious(), element.getparent()
    before = previous.tail if previous is not None else around.text if around is not None else None
    before = (before or "").rstrip()
    return bool(before) and SENTENCE_END.search(before) is None


def _is_to_be_filled_in(pruning: Pruning, position: int) -> bool:
    """Whether a form asks for a comment, an address or a password, and is not one that wraps the page.

    It goes even where it has all the words there are: then the page has no text, and the labels are not it.
    """
    outline = pruning.outline
    inside = outline.elements[position : outline.end[position]]
    if outline.prose[position] > _PARAGRAPH or any(element.tag in _PAGE_PARTS for element in inside):
        return False
    return any(element.tag == "textarea" or element.get("type") in {"email", "password"} for element in inside)


def is_hidden(element: HtmlElement) -> bool:
    """Whether a reader sees it only after a click, if ever: tabs and folded paragraphs too, so prose decides."""
    style = element.get("style")
    return bool(style and _HIDDEN.search(style)) or element.get("hidden") is not None


def _is_bare(pruning: Pruning, position: int) -> bool:
    """No prose, and either mostly links or a few words without a heading among them."""
    outline = pruning.outline
    if outline.link_share(position) > GROUP_LINKS:
        return pruning.is_light(position)
    if outline.prose[position]:
        return False
    inside = outline.elements[position + 1 : outline.end[position]]
    return outline.text[position] <= _WEAK_TEXT and not any(element.tag in _HEADINGS for element in inside)


def is_picture_box(element: HtmlElement, outline: Outline) -> bool:
    """Whether a box is named for a picture and holds one, with a few words beside it in no paragraph: its caption.

    Where the words lead to another page, picture and words announce that page.
    """
    position = outline.position[element]
    if not _FEWEST <= outline.text[position] <= _PICTURED or element.tag not in _BOXES:
        return False
    if not element_names(element).picture or outline.link_share(position) > GROUP_LINKS:
        return False
    pictures = islice(element.iter("img"), 2)
    return next(element.iter(*_TEXTUAL), None) is None and sum(1 for _ in pictures) == 1


def _take_caption(pruning: Pruning, position: int) -> bool:
    if not pruning.is_light(position, 0.5):
        return False
    if text := pruning.line(position):
        pruning.captions.append(text)
    return True


def _by_wording(pruning: Pruning) -> None:
    """Lines that are labels or point elsewhere, and the lists of links that a heading opens."""
    outline = pruning.outline
    for position in pruning.read:
        if pruning.gone[position] or not outline.is_leaf_block(position) or not 0 < outline.text[position] <= _LINE:
            continue
        line = pruning.line(position)
        if outline.text[position] <= _LABEL and wording.is_heading(line):
            pruning.mark(position)
            pruning.openings.append(position)
            _mark_group(pruning, position)
            if wording.opens_comments(line):
                _mark_comments(pruning, position)
        elif outline.links[position] and _points_elsewhere(pruning, position, line):
            pruning.mark(position)


def _points_elsewhere(pruning: Pruning, position: int, line: str) -> bool:
    if wording.has_lead_mark(line):
        return True
    return pruning.outline.link_share(position) > GROUP_LINKS and wording.starts_lead(line)


def _mark_group(pruning: Pruning, heading: int) -> None:
    """What follows a heading of a list of links, as far as it is links; the box itself where nothing else is in it."""
    outline, position = pruning.outline, heading
    while True:
        up = outline.parent[position]
        if up <= 0 or outline.elements[up].tag in FRAME or pruning.gone[up]:
            return
        following = [child for child in outline.children(up) if child > position and not pruning.gone[child]]
        preceding = any(
            outline.text[child] for child in outline.children(up) if child < position and not pruning.gone[child]
        )
        for sibling in following:
            if outline.prose[sibling] and outline.link_share(sibling) < GROUP_LINKS:
                return
            if outline.text[sibling] and not outline.links[sibling]:
                return
            pruning.mark(sibling)
        if preceding or any(outline.text[child] for child in following):
            return
        position = up


def _mark_comments(pruning: Pruning, heading: int) -> None:
    """The largest box that begins with a heading of comments and holds neither the headline nor most of the prose."""
    outline, box = pruning.outline, heading
    while True:
        up = outline.parent[box]
        before = any(outline.text[child] for child in outline.children(up) if child < box) if up > 0 else True
        if before or outline.elements[up].tag in FRAME or not pruning.is_light(up, _MOST_COMMENTS):
            break
        box = up
    if box != heading and not pruning.has_headline(box):
        pruning.mark(box)
