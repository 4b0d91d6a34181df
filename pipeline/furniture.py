"""Takes a page's furniture out of its tree before the text is read.

A block is furniture by what its markup calls it, by what it says, or by being made of links. Each rule is held back
where the block has prose: losing a paragraph of an article is worse than keeping a share bar, and what slips through
here is caught line by line in :mod:`pipeline.cleaning`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.outline import tags

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from pipeline.outline import Outline

MOST_PROSE = 0.2
"""Share of a page's prose that a block of furniture may have; above it the name is taken to mean something else."""
"""As above for names that often mean something else."""
_WEAK_TEXT = 160
_SENTENCE = 100
_PARAGRAPH = 300
"""Prose of two or three sentences: as much as an appeal or a share bar ever has."""
_LABEL = 80
_LINE = 250
_GROUP_LINKS = 0.5
_LINK_LINE = 0.85
_CAPTION_LONGEST = 900
_EMBEDDED_SHARE = 1.5
_BETWEEN = 2
"""Short lines that may stand between two lines of an appeal."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary", "menu"})
_FRAME = frozenset({"html", "body", "main", "article", "head"})
_NAMED = tags(
    "div section aside ul ol li p span nav footer header blockquote table td dl dd figure form details button "
    "a h2 h3 h4 h5 h6 small center strong em b i label figcaption"
)
_BOXES = tags("div section aside ul ol nav footer form table button dl details dialog menu header")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PAGE_PARTS = frozenset({"h1", "article", "main"})
_CODE = frozenset({"pre", "code"})
_ENDS = re.compile(r"[.!?…。！？؟۔»”\"')]$")
_STOPS = re.compile(r"(?<!\.)[.。۔][\"'”’»)]*$")
_LINK_LINES = frozenset({"p", "h2", "h3", "h4", "h5", "h6", "div", "section"})
_BARE = frozenset({"nav", "footer", "form", "dialog", "menu", "aside"})
_SWALLOWERS = tags(
    "aside button dialog fieldset figure footer form header label legend marquee menu nav object option select time"
)
_SWALLOWED = 0.5
_HIDDEN = re.compile(r"(?i)display:\s*none|visibility:\s*hidden")
_EMBEDS = re.compile(
    r"\b(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|fb-post)\b"
)
_GIVING = re.compile(
    r"(?i)(?:^|[/.?=&_-])(?:donat(?:e|ion|ions)|donar|donaciones|donativos|don|dons|faire-un-don|spenden?|bagis|tabarr?u[a3]|"
    r"support-?us|support-our-\w+|contribute|sostienici|doacao|doar|apoie|patreon|liberapay|ko-?fi|buymeacoffee|gofundme|"
    r"podderzhat|wesprzyj|support\.theguardian)(?:[/.?=&_-]|$)"
)


@dataclass(frozen=True, slots=True)
class Names:
    """What an element's class and id say of it."""

    certain: bool
    strong: bool
    weak: bool
    caption: bool
    keep: bool


@cache
def _vocabulary(kind: str) -> re.Pattern[str]:
    # Parts are joined by hyphens, so one search finds single words and runs of words alike.
    words = "|".join(re.escape(word) for word in sorted(wording.markup_words(kind), key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")


@lru_cache(maxsize=8192)
def read_names(names: str) -> Names:
    """What a class and id attribute say, once for each distinct value."""
    joined = " ".join("-".join(part.lower() for part in _PARTS.findall(name)) for name in names.split())
    return Names(
        certain=_vocabulary("certain").search(joined) is not None,
        strong=_vocabulary("strong").search(joined) is not None,
        weak=_vocabulary("weak").search(joined) is not None,
        caption=_vocabulary("caption").search(joined) is not None,
        keep=_vocabulary("keep").search(joined) is not None,
    )


def element_names(element: HtmlElement) -> Names:
    """What an element's class and id say of it; the id of a heading is its own words and says nothing."""
    spoken = "" if element.tag in _HEADINGS else element.get("id") or ""
    return read_names(f"{element.get('class') or ''} {spoken}")


class Pruning:
    """One tree on its way to being pruned: its outline, what has been marked for removal so far."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.gone = bytearray(len(self.outline.elements))
        self.captions: list[str] = []
        self.prose = self.outline.prose[0]

    def mark(self, position: int) -> None:
        """Mark an element and all it holds."""
        end = self.outline.end[position]
        self.gone[position:end] = b"\1" * (end - position)

    def line(self, position: int) -> str:
        """The text of an element as a reader sees it, white space folded."""
        return " ".join(" ".join(self.outline.elements[position].itertext()).split())

    def is_light(self, position: int, share: float = MOST_PROSE) -> bool:
        """Whether a block holds little enough of the page's prose to be furniture."""
        return self.outline.prose[position] <= share * self.prose


def prune(outline: Outline) -> list[str]:
    """Remove a page's furniture from the tree that was outlined; its captions come back, white space folded."""
    pruning = Pruning(outline)
    _open_swallowed(pruning)
    _keep_embedded_posts(pruning)
    _by_name(pruning)
    _by_wording(pruning)
    _by_links(pruning)
    _appeals(pruning)
    _remove(pruning)
    return pruning.captions


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
    for position, element in enumerate(outline.elements):
        if element.tag not in _SWALLOWERS or outline.prose[position] <= _SWALLOWED * pruning.prose:
            continue
        if element.tag != "form" or not _is_to_be_filled_in(pruning, position):
            element.tag = "div"


def _keep_embedded_posts(pruning: Pruning) -> None:
    """Posts of others that an article embeds are quotes: the names of their wrappers must not make them furniture."""
    outline = pruning.outline
    for position, element in enumerate(outline.elements):
        if element.tag == "blockquote" and _EMBEDS.search(element.get("class") or ""):
            size, up = outline.text[position], position
            while up > 0 and outline.text[up] <= _EMBEDDED_SHARE * size and outline.elements[up].tag not in _FRAME:
                outline.elements[up].attrib.pop("class", None)
                outline.elements[up].attrib.pop("id", None)
                up = outline.parent[up]


def _by_name(pruning: Pruning) -> None:
    outline, position = pruning.outline, 1
    while position < len(outline.elements):
        if outline.elements[position].tag in _CODE:
            position = outline.end[position]
        elif outline.elements[position].tag in _NAMED and _is_named(pruning, position):
            pruning.mark(position)
            position = outline.end[position]
        else:
            position += 1


def _is_named(pruning: Pruning, position: int) -> bool:
    element, outline = pruning.outline.elements[position], pruning.outline
    names = element_names(element)
    if (element.tag == "figcaption" or names.caption) and outline.text[position] < _CAPTION_LONGEST:
        return _take_caption(pruning, position)
    if names.keep and outline.prose[position]:
        return False
    if element.tag == "form" and _is_to_be_filled_in(pruning, position):
        return True
    if names.certain:
        return pruning.is_light(position)
    if names.strong or element.get("role") in _ROLES or is_hidden(element):
        return pruning.is_light(position) and outline.prose[position] <= _PARAGRAPH
    return element.tag in _BOXES and (names.weak or element.tag in _BARE) and _is_bare(pruning, position)


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
    return element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None


def _is_bare(pruning: Pruning, position: int) -> bool:
    """No prose, and either mostly links or a few words without a heading among them."""
    outline = pruning.outline
    if outline.link_share(position) > _GROUP_LINKS:
        return pruning.is_light(position)
    if outline.prose[position]:
        return False
    inside = outline.elements[position + 1 : outline.end[position]]
    return outline.text[position] <= _WEAK_TEXT and not any(element.tag in _HEADINGS for element in inside)


def _take_caption(pruning: Pruning, position: int) -> bool:
    if not pruning.is_light(position, 0.5):
        return False
    if text := pruning.line(position):
        pruning.captions.append(text)
    return True


def _by_wording(pruning: Pruning) -> None:
    """Lines that are labels or point elsewhere, and the lists of links that a heading opens."""
    outline = pruning.outline
    for position in range(1, len(outline.elements)):
        if pruning.gone[position] or not outline.is_leaf_block(position) or not 0 < outline.text[position] <= _LINE:
            continue
        line = pruning.line(position)
        if outline.text[position] <= _LABEL and wording.is_heading(line):
            pruning.mark(position)
            _mark_group(pruning, position)
        elif outline.links[position] and _points_elsewhere(pruning, position, line):
            pruning.mark(position)


def _points_elsewhere(pruning: Pruning, position: int, line: str) -> bool:
    if wording.has_lead_mark(line):
        return True
    return pruning.outline.link_share(position) > _GROUP_LINKS and wording.starts_lead(line)


def _mark_group(pruning: Pruning, heading: int) -> None:
    """What follows a heading of a list of links, as far as it is links; the box itself where nothing else is in it."""
    outline, position = pruning.outline, heading
    while True:
        up = outline.parent[position]
        if up <= 0 or outline.elements[up].tag in _FRAME or pruning.gone[up]:
            return
        following = [child for child in outline.children(up) if child > position and not pruning.gone[child]]
        preceding = any(
            outline.text[child] for child in outline.children(up) if child < position and not pruning.gone[child]
        )
        for sibling in following:
            if outline.prose[sibling] and outline.link_share(sibling) < _GROUP_LINKS:
                return
            if outline.text[sibling] and not outline.links[sibling]:
                return
            pruning.mark(sibling)
        if preceding or any(outline.text[child] for child in following):
            return
        position = up


def _by_links(pruning: Pruning) -> None:
    """Lists whose every item is a link, and paragraphs that are one link and no sentence."""
    outline = pruning.outline
    for position in range(1, len(outline.elements)):
        if pruning.gone[position] or not outline.links[position] or outline.link_share(position) < _LINK_LINE:
            continue
        named = outline.elements[position].tag in _LINK_LINES and not _has_h1(pruning, position)
        if named and pruning.is_light(position):
            # A whole sentence in a link is a paragraph that somebody linked.
            if outline.text[position] >= _SENTENCE and _ENDS.search(pruning.line(position)):
                continue
            pruning.mark(position)


def _has_h1(pruning: Pruning, position: int) -> bool:
    elements = pruning.outline.elements
    return any(elements[n].tag == "h1" for n in range(position, pruning.outline.end[position]))


def _appeals(pruning: Pruning) -> None:
    """Requests for money: a line whose link leads to giving, and its short neighbours that ask as well.

    A neighbour goes when it speaks of giving, repeats the text of a giving link elsewhere on the page, or stands
    between two lines already known; an article about donations has none of these next to a link to give.
    """
    outline = pruning.outline
    labels: set[str] = set()
    known: list[int] = []
    for position, element in enumerate(outline.elements):
        if element.tag == "a" and _GIVING.search(element.get("href") or ""):
            labels.add(wording.key(pruning.line(position)))
            block = outline.block[position]
            if outline.link_share(block) > _GROUP_LINKS and outline.text[block] <= _LINE:
                known.append(block)
    for block in known:
        pruning.mark(block)
        for step in (-1, 1):
            _mark_appeal_run(pruning, block, step, labels)


def _mark_appeal_run(pruning: Pruning, block: int, step: int, labels: set[str]) -> None:
    """Walk from a known line of an appeal over its short neighbours, as long as more of them are found to ask."""
    outline = pruning.outline
    siblings = [child for child in outline.children(outline.parent[block]) if outline.text[child]]
    if block not in siblings:
        return
    waiting: list[int] = []
    for sibling in siblings[siblings.index(block) :][1:] if step > 0 else siblings[: siblings.index(block)][::-1]:
        line = pruning.line(sibling) if outline.text[sibling] <= _LABEL else ""
        if line and _asks(line, labels):
            for position in (*waiting, sibling):
                pruning.mark(position)
            waiting = []
        elif not line or len(waiting) == _BETWEEN or pruning.gone[sibling] or _STOPS.search(line):
            return
        else:
            waiting.append(sibling)


def _asks(line: str, labels: set[str]) -> bool:
    """A slogan about giving, or a giving link's own words; a sentence with a full stop may be the article's."""
    return wording.key(line) in labels or (wording.has_donation(line) and not _STOPS.search(line))
