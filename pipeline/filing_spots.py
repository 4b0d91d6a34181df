"""Where the pages of a site show their section and their tags: what a page that is read in full teaches of it.

Pages whose mark-up says neither still show both, at one place from page to page. What stands there is judged by the
rules that read all links by which an article is filed; places alone say nothing of a link to a writer or a menu's.
"""

from __future__ import annotations

from collections import defaultdict, deque
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from lxml import etree

from pipeline.branches import is_slug, segments_of
from pipeline.filing import BLOCKS, LONGEST_HEAD, is_name, lesser_heading, links_at, name_of, own_box, text_length
from pipeline.headline import compared
from pipeline.names import is_agency
from pipeline.site_profile import Shown
from pipeline.spots import Sought
from pipeline.urls import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from pipeline.headline import Headline
    from pipeline.page_signs import Signs

_MOST_BEHIND = 3
_MOST_SIGHTED = 8
"""Lines of one page that may be its section, or its tags; each is looked at several times."""
_links_before: Any = etree.XPath("preceding::a[@href]")


def sight_filing(
    signs: Signs, headline: Headline, section: str | None, tags: Sequence[str], authors: Sequence[str]
) -> Iterator[Sought]:
    """Where a page shows its section and its tags; where it has none to be read, the links that may be such.

    A page that says its section elsewhere, and shows other words at such links, speaks against them.
    """
    shown = headline.place if headline.place is not None else lesser_heading(signs, headline.text)
    box = own_box(shown) if shown is not None else None
    if shown is None or box is None:
        return
    lines = _lines_of_links(signs, shown, box, frozenset(map(compared, authors)))
    near = _near(shown)
    alone = [line for line in lines if len(line) == 1 and line[0][0] in near]
    yield from _sight(signs, (shown, box), Shown.SECTION, alone, [section or ""])
    yield from _sight(signs, (shown, box), Shown.TAGS, [line for line in lines if len(line) > 1], tags)


def _near(shown: HtmlElement) -> set[HtmlElement]:
    """The links in front of a headline and right behind it: what leads to other sections stands behind the story."""
    behind = takewhile(lambda element: text_length(element) <= LONGEST_HEAD, islice(shown.itersiblings(), _MOST_BEHIND))
    head = deque(takewhile(lambda element: text_length(element) <= LONGEST_HEAD, shown.iterancestors()), maxlen=1)
    return {*_links_before(shown), *(link for box in (*behind, *head) for link in box.iter("a"))}


_Link = tuple["HtmlElement", str]


def _lines_of_links(signs: Signs, shown: HtmlElement, box: HtmlElement, authors: frozenset[str]) -> list[list[_Link]]:
    """The links of an article's box that may file it, by the line they stand in."""

    def asks(link: HtmlElement) -> bool:
        name = name_of(link)
        return is_name(name) and compared(name) not in authors

    lines: defaultdict[HtmlElement, list[_Link]] = defaultdict(list)
    for link, name in links_at(signs, shown, box, asks):
        lines[_line_of(link, box)].append((link, name))
    return list(lines.values())


def _sight(
    signs: Signs, place: tuple[HtmlElement, HtmlElement], what: Shown, lines: list[list[_Link]], told: Sequence[str]
) -> Iterator[Sought]:
    known = {compared(name) for name in told if name}
    found = [
        line
        for line in lines
        if (known.issuperset(compared(name) for _, name in line) if known else _may_file(signs, line))
    ]
    for line in found[:_MOST_SIGHTED]:
        element = line[0][0] if what is Shown.SECTION else _line_of(line[0][0], place[1])
        names = tuple(name for _, name in line)
        yield Sought(what, element, partial(_gives, signs, *place, names), words=names)
    if known and not found:
        yield Sought(what, place[0], lambda _: False)


def _gives(signs: Signs, shown: HtmlElement, box: HtmlElement, words: tuple[str, ...], spot: HtmlElement) -> bool:
    inside = set(spot.iter("a"))
    links = links_at(signs, shown, box, inside.__contains__)
    return tuple(name for _, name in links) == words


def _line_of(link: HtmlElement, box: HtmlElement) -> HtmlElement:
    """The block that a link stands in; the list whose item it is."""
    blocks = (above for above in link.iterancestors() if above.tag in BLOCKS - {"li"})
    return next(blocks, box)


def _may_file(signs: Signs, links: Sequence[tuple[HtmlElement, str]]) -> bool:
    """Whether the addresses of one line's links may be those of lists of articles, rather than of articles.

    One link: to what the article's own address stands under, or one word for a name. Several: to addresses of one kind,
    which is not the article's, and not all of them of several words, as names of people are.
    """
    own = segments_of(signs.url)
    targets = [segments_of(absolute(link.get("href") or "", signs.base or signs.url) or "") for link, _ in links]
    names = [name for _, name in links]
    if not all(targets) or any(is_agency(name) or any(map(str.isdigit, name)) for name in names):
        return False
    if len(links) == 1:
        (target,) = targets
        is_above = len(target) < len(own) and target == own[: len(target)]
        return is_above or (" " not in links[0][1] and target != own and not is_slug(target[-1]))
    kinds = {tuple(target[:-1]) for target in targets}
    return (
        len(kinds) == 1 and () not in kinds and tuple(own[:-1]) not in kinds and any(" " not in name for name in names)
    )
