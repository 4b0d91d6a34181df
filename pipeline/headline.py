"""An article's headline without its site's name.

Each source errs in its own way: ``<title>``, ``og:title`` and often JSON-LD carry the site's name and words for search
engines, ``h1`` may be the logo or a section. So they are compared. The headline is the ``h1`` that another source
confirms; failing that the ``h1`` that resembles them (it is what readers see, while the others are often one text
written by one plugin); failing that what they say, less the site's name.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from pipeline.dates import parse_date
from pipeline.json_ld import text_of
from pipeline.page_signs import Signs, element_parts, fold_space, is_hidden, node_text, split_address, text_content
from pipeline.repeats import whole_form
from pipeline.site_profile import Shown
from pipeline.spots import Sought
from pipeline.urls import is_front_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    from pipeline.relative_dates import Reading

_SEPARATOR = re.compile(r"\s+(?:[|–—‑»«·•:›‹/]|-{1,2}|::|\\)\s+|\s*(?:\||»|::)\s*|\s+[<>]\s+")
_WORD = re.compile(r"\w+")
_LONGEST = 400
_ALIKE = 0.2
_LEAST_LABEL = 4
_LEAST_CUT = 40
_HEADLINE_WORDS = 4
_LABEL = re.compile(r"\s*\|\s*\S+(?:\s+\S+){0,3}$")
_CUT = re.compile(r"\s*(?:…|\.\.\.)$")
_SHOWING = ("h2", "h3", "h4", "h5", "div", "p", "td", "span", "strong", "b", "font")
_length: Any = etree.XPath("string-length(normalize-space())")
_ELSEWHERE = frozenset({"nav", "footer", "aside"})
_SITE_TYPES = frozenset({"website", "organization", "newsmediaorganization", "corporation"})
_LEVEL = str.maketrans("“”„«»‘’‚′`–—‑−", "\"\"\"\"\"'''''----")


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline as the page writes it, and the element that shows it, if one does.

    ``likely`` is the first heading where the page's titles, which are unlike it, were taken for the headline.
    """

    text: str
    element: HtmlElement | None = None
    likely: HtmlElement | None = None

    @property
    def place(self) -> HtmlElement | None:
        """Where the headline stands, surely or likely."""
        return self.element if self.element is not None else self.likely


def site_names(signs: Signs) -> list[str]:
    """The names a site gives itself, the most explicit first; empty where it gives none."""
    nodes = signs.json_ld.of_types(_SITE_TYPES)
    publishers = [text_of(signs.json_ld.resolve(node.get("publisher"))) for node in signs.articles]
    names = [
        signs.meta("og:site_name", "application-name", "apple-mobile-web-app-title", "al:android:app_name"),
        *publishers,
        *(text_of(node.get("name")) for node in nodes),
    ]
    return list(dict.fromkeys(name for name in names if name))


@lru_cache(maxsize=512)  # a page's few titles and names are compared with each other again and again
def compared(text: str) -> str:
    """The form in which headlines compare: NFKC, one case, quotes and dashes levelled, edge punctuation off."""
    return fold_space(unicodedata.normalize("NFKC", text).translate(_LEVEL).casefold()).strip(" .!-|")


def find_headline(
    signs: Signs, reading: Reading, spot: HtmlElement | None = None, site_titles: Sequence[int] = ()
) -> Headline:
    """The headline of a page; empty where it has none.

    Args:
        signs: What the page says of itself.
        reading: When it was seen, and the zone of its source.
        spot: The element where the site shows its headlines: the first to be looked at, by the rules for all headings,
            and the headline where the page says nothing of it.
        site_titles: Titles that are the site's name (:attr:`pipeline.site_profile.Spots.site_titles`).
    """
    names = _site_keys(signs)
    told = _told(signs)
    stripped = [strip_site(text, names | _section_keys(signs), told) for text in told]
    stripped = [text for text in stripped if text and compared(text) not in names]
    if site_titles:
        stripped = [text for text in stripped if whole_form(compared(text)) not in site_titles]
    headings = signs.headings if spot is None else [spot, *signs.headings]
    shown = _shown(signs, headings, names, stripped, reading)
    said = Counter(compared(text) for text in stripped)
    confirmed = [text for text in shown if compared(text) in said or any(_is_cut_of(key, text) for key in said)]
    if confirmed:
        best = max(confirmed, key=lambda text: said[compared(text)])
        return Headline(best, shown[best])
    for title in stripped:
        if (near := _closest(title, shown)) is not None:
            return Headline(near, shown[near])
    if all(element is spot for element in shown.values()) and (found := _under_lesser_heading(signs, told)):
        return found
    likely = next(iter(shown.values()), None)
    if stripped:
        best = max(stripped, key=lambda text: sum(likeness(text, other) for other in stripped))
        return Headline(best, likely=likely)
    return Headline(*next(iter(shown.items()))) if shown else Headline("")


def _under_lesser_heading(signs: Signs, told: list[str]) -> Headline | None:
    """A part of a title, or the whole, that the page shows as a heading of the second or third rank; the first of them.

    Themes that give the first rank to their logo, or to nothing, have the headline there.
    """
    wanted: set[str] = set()
    for title in told:
        count = len(_SEPARATOR.split(title))
        wanted.update(compared(_slice(title, *cut)) for cut in [(0, count), *_cuts(count)])
    for element in signs.subheadings:
        text = text_content(element)
        if len(text) >= _LEAST_CUT and compared(text) in wanted and not is_hidden(element):
            return Headline(text, element)
    return None


def _shown(
    signs: Signs, headings: list[HtmlElement], names: set[str], told: list[str], reading: Reading
) -> dict[str, HtmlElement]:
    """The headings that readers see, less the site's logo, and their elements."""
    shown: dict[str, HtmlElement] = {}
    for element in headings:
        text = _heading_text(element, names)
        if text and len(text) <= _LONGEST:
            text = strip_site(text, names | _section_keys(signs), told)
            shown.setdefault(_without_date(text, told, reading), element)
    return shown


def _without_date(heading: str, told: list[str], reading: Reading) -> str:
    """A heading without a date that its element also holds: what is left is then what the page says its title is."""
    for title in told:
        rest = heading.removesuffix(title) if heading.endswith(title) else heading.removeprefix(title)
        if rest and rest != heading and parse_date(rest, seen_at=reading.seen_at, zone=reading.zone):
            return title
    return heading


def _told(signs: Signs) -> list[str]:
    """What the page says its headline is, outside its body."""
    told = [
        node_text(signs.articles, "headline", "name"),
        signs.meta("og:title"),
        signs.meta("twitter:title"),
        signs.meta("dc.title", "dcterms.title", "parsely-title", "sailthru.title", "citation_title", "title"),
        signs.title,
    ]
    return [text[:_LONGEST] for text in told if text]


def _heading_text(element: HtmlElement, names: set[str]) -> str:
    if is_hidden(element) or any(parent.tag in _ELSEWHERE for parent in element.iterancestors()):
        return ""
    text = text_content(element)
    text = html.unescape(text) if "&" in text else text
    is_logo = compared(text) in names or bool(element_parts(element) & {"logo", "brand", "site-title"})
    return "" if is_logo else text


def _site_keys(signs: Signs) -> set[str]:
    """The names of the site, its host and the host's labels, in the form in which they compare."""
    host = (split_address(signs.url).hostname or "").removeprefix("www.")
    labels = [label for label in host.split(".")[:-1] if len(label) >= _LEAST_LABEL]
    return {compared(name) for name in [*site_names(signs), *_logos(signs), *labels, host, f"www.{host}"]} - {""}


def _logos(signs: Signs) -> list[str]:
    """The top headings that are nothing but a link to the front page: themes set the site's name so.

    On a front page such a link leads nowhere else and tells nothing; nor is a name what the page has for its title.
    """
    if is_front_page(signs.url):
        return []
    told = {compared(text) for text in _told(signs)}
    linked = [(text_content(element), element.findall(".//a[@href]")) for element in signs.headings]
    return [
        text
        for text, links in linked
        if len(links) == 1
        and text == text_content(links[0])
        and compared(text) not in told
        and _is_home(signs.url, links[0].get("href") or "")
    ]


def _is_home(url: str, link: str) -> bool:
    """Whether a link on a page leads to the front page of its site."""
    try:
        target = urljoin(url, link.strip())
        return urlsplit(url).hostname == urlsplit(target).hostname and is_front_page(target)
    except ValueError:  # an unclosed bracket, a port that is no number
        return False


def _section_keys(signs: Signs) -> set[str]:
    return {compared(signs.meta("article:section")), compared(node_text(signs.articles, "articleSection"))} - {""}


def strip_site(title: str, names: set[str], others: list[str]) -> str:
    """A title without the site's name before or behind it.

    Parts between separators go while they are a name of the site or of its sections, or while the rest is what
    another title of the page says in full. Behind the headline, labels before the site's name go with it.
    """
    title = _without_label(title)
    parts = _SEPARATOR.split(title)
    if len(parts) == 1:
        return title
    said = {compared(other) for other in others if other != title}
    for start, end in _cuts(len(parts)):
        rest = _slice(title, start, end)
        # A quotation's closing mark is no separator.
        if compared(rest) in said and rest.count("«") == rest.count("»"):
            return rest
    start, end = 0, len(parts)
    while end - start > 1 and _is_site(parts[end - 1], names):
        end -= 1
    while end - start > 1 and _is_site(parts[start], names):
        start += 1
    rest = _slice(title, start, end)
    return _without_label(rest) if end < len(parts) else rest


def _without_label(title: str) -> str:
    """A title without short labels behind bars ("… | Opinion"), where what is left is long enough to be a headline."""
    while (found := _LABEL.search(title)) and len(title[: found.start()].split()) >= _HEADLINE_WORDS:
        title = title[: found.start()]
    return title


def _cuts(count: int) -> list[tuple[int, int]]:
    """Ways to leave parts off: behind first, then before, longest rest first."""
    return [(0, end) for end in range(count - 1, 0, -1)] + [(start, count) for start in range(1, count)]


def _slice(title: str, start: int, end: int) -> str:
    places = [0, *(place for found in _SEPARATOR.finditer(title) for place in found.span()), len(title)]
    return title[places[2 * start] : places[2 * end - 1]].strip()


def _is_site(part: str, names: set[str]) -> bool:
    """Whether a part of a title is one of the names, spaces and dots aside, or begins as one does."""
    packed = _packed(part)
    known = {_packed(name) for name in names}
    return packed in known or any(
        min(len(packed), len(name)) > _LEAST_LABEL
        and (packed.startswith(name) or name.startswith(packed) or name.endswith(packed))
        for name in known
    )


def _packed(name: str) -> str:
    return "".join(_WORD.findall(compared(name))).replace("_", "")


def _is_cut_of(said: str, text: str) -> bool:
    """Whether what is said is the beginning of a heading, broken off by a limit on length."""
    bare = _CUT.sub("", said)
    return len(bare) >= _LEAST_CUT and bare != said and compared(text).startswith(bare)


def _closest(title: str, shown: dict[str, HtmlElement]) -> str | None:
    """The heading that shares the most words with a title, if it shares enough."""
    scored = [(likeness(title, text), text) for text in shown]
    score, best = max(scored, default=(0.0, ""))
    return best if score >= _ALIKE else None


def sight_headline(tree: HtmlElement, signs: Signs, headline: Headline) -> Iterator[Sought]:
    """Where a page shows its headline; where its titles are unlike all headings, where it may, with such a title."""
    place = headline.place
    if place is None:
        place = next(filter(_may_be_headline, signs.subheadings), None)
    if place is None:
        place = _worded(tree, headline.text)
    if place is None:
        return
    words = [compared(text_content(place))]
    if headline.element is None and headline.text:
        words.append(compared(headline.text))
    yield Sought(Shown.HEADLINE, place, lambda spot: compared(text_content(spot)) == words[0], words=tuple(words))


def _worded(tree: HtmlElement, headline: str) -> HtmlElement | None:
    """The innermost of the first elements that hold a headline of some length, and nothing else."""
    wanted, found = compared(headline), None
    for element in tree.iter(*_SHOWING) if len(wanted.split()) >= _HEADLINE_WORDS else ():
        if found is not None and element.getparent() is not found:
            break
        if (found is not None or _length(element) <= _LONGEST) and compared(text_content(element)) == wanted:
            found = element
    return found if found is not None and not is_hidden(found) else None


def _may_be_headline(heading: HtmlElement) -> bool:
    """Whether a heading of lesser rank is long enough for a headline, and none of another story, which it leads to."""
    is_bare = heading.find(".//a") is None and not any(above.tag == "a" for above in heading.iterancestors())
    return is_bare and len(text_content(heading).split()) >= _HEADLINE_WORDS and bool(_heading_text(heading, set()))


def likeness(one: str, other: str) -> float:
    """Share of the words of two lines that both have (Jaccard)."""
    first, second = set(_WORD.findall(compared(one))), set(_WORD.findall(compared(other)))
    return len(first & second) / len(first | second) if first | second else 0.0
