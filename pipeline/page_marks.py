"""What the markup of a page says it is: marks that publishing software, challenges and walls leave, in one walk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from pipeline.outline import Outline


class Mark(StrEnum):
    """One thing that markup may say of its page."""

    CHALLENGE = "challenge"
    PASSWORD_FIELD = "password_field"  # noqa: S105 - a mark's name
    LOCKED_POST = "locked_post"
    PAYWALL = "paywall"
    PLAYER = "player"
    FRONT = "front"
    LIST = "list"
    ERROR = "error"


_CHALLENGES = (
    *("cf-challenge", "cf_chl_", "challenge-platform", "/_incapsula_resource", "captcha-delivery", "px-captcha"),
    *("_pxappid", "ddos-guard", "g-recaptcha", "h-captcha", "cf-turnstile", "geo.captcha", "datadome", "sgcaptcha"),
    *("awswaf", "/.within.website/", "anubis_challenge"),
)
_PAYWALL = re.compile(
    r"(?:^|[\s_-])(?:paywall|regwall|subscribe-wall|subscriber-only|subscribers-only|premium-content-gate|"
    r"article-gate|metered-gate|piano-offer|tp-container-inner|c-paywall|abo-wall|paid-content-wall)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PLAYERS = re.compile(
    r"(?:youtube(?:-nocookie)?\.com/embed|player\.vimeo\.com|dailymotion\.com/embed|facebook\.com/plugins/video|"
    r"rutube\.ru/play|aparat\.com/video|players\.brightcove|jwplatform|jwplayer)",
    re.IGNORECASE,
)
# The body's class in WordPress (https://developer.wordpress.org/reference/functions/body_class/) and Drupal.
_SINGLE = re.compile(r"^(?:single(?:-.*)?|postid-\d+|page-id-\d+|page-node-\d+|node-type-.*|page-node-type-.*)$")
_LIST_CLASSES = frozenset({"archive", "search-results", "search-no-results", "path-taxonomy", "page-taxonomy-term"})
_FRONT_CLASSES = frozenset({"blog", "path-frontpage"})
_HOME = {"home", "blog"}
_SCRIPT_CHARACTERS = 4000
_CHALLENGERS = frozenset({"script", "iframe", "div", "form"})
_MOVING = frozenset({"video", "audio", "object", "embed"})


@dataclass(frozen=True, slots=True)
class Teasers:
    """The linked headlines of a page: all, and those that stand within its prose."""

    all: int
    within_prose: int


def is_challenge(start: str) -> bool:
    """Whether the beginning of a page bears the mark of a bot challenge; for answers that are not read as pages."""
    lowered = start.lower()  # seventeen searches for plain words cost less than one for any of them
    return any(mark in lowered for mark in _CHALLENGES)


def read_marks(tree: HtmlElement) -> frozenset[Mark]:
    """Every mark that a page bears."""
    found = _of_body(tree)
    for element in tree.iter(
        "script", "iframe", "div", "form", "input", "video", "audio", "object", "embed", "section"
    ):
        found |= _of_element(element)
    return frozenset(found)


def _of_body(tree: HtmlElement) -> set[Mark]:
    body = tree.find("body")
    classes = set((body.get("class") or "").lower().split()) if body is not None else set()
    if any(_SINGLE.match(name) for name in classes - {"page-id-0"}) and not classes >= _HOME:
        return set()
    found = set()
    if classes & _LIST_CLASSES:
        found.add(Mark.LIST)
    if classes >= _HOME or "path-frontpage" in classes:
        found.add(Mark.FRONT)
    if "error404" in classes:
        found.add(Mark.ERROR)
    return found


def _of_element(element: HtmlElement) -> set[Mark]:
    tag = element.tag
    found: set[Mark] = set()
    if tag == "input":
        return {Mark.PASSWORD_FIELD} if (element.get("type") or "").lower() == "password" else found
    if tag in _MOVING or (tag == "iframe" and _PLAYERS.search(element.get("src") or element.get("data-src") or "")):
        found.add(Mark.PLAYER)
    names = f"{element.get('id') or ''} {element.get('class') or ''}"
    if tag in _CHALLENGERS:
        script = (element.text or "")[:_SCRIPT_CHARACTERS] if tag == "script" else ""
        if is_challenge(f"{element.get('src') or ''} {names} {script}"):
            found.add(Mark.CHALLENGE)
    if tag == "form" and ("post-password-form" in names or "action=postpass" in (element.get("action") or "")):
        found.add(Mark.LOCKED_POST)
    if tag in ("div", "section") and _PAYWALL.search(names):
        found.add(Mark.PAYWALL)
    return found


_HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4"})
_TEASER_TAGS = frozenset({"h2", "h3", "h4", "article"})
_HEADLINE = 25
"""Characters of a linked list item that make it a headline rather than the name of a section."""
_MOSTLY = 0.8
_PROSE_SHARE = 0.6
_TOGETHER = 0.5


def count_teasers(outline: Outline) -> Teasers:
    """The linked headlines of a page, and how many stand in the smallest element that holds most of its prose.

    A list interleaves headlines that lead elsewhere with summaries; beside an article they stand apart from its text.
    """
    everywhere = sum(
        (element.tag in _TEASER_TAGS and outline.links[position] > 0)
        or (element.tag == "li" and outline.links[position] >= _HEADLINE)
        for position, element in enumerate(outline.elements)
    )
    return Teasers(everywhere, _linked_headings(outline, _prose_holder(outline)))


def _prose_holder(outline: Outline) -> int:
    """The smallest element with most of the page's prose."""
    holder, least = 0, _PROSE_SHARE * outline.prose[0]
    while True:
        inner = next((child for child in outline.children(holder) if outline.prose[child] >= max(least, 1)), None)
        if inner is None:
            return holder
        holder = inner


def _linked_headings(outline: Outline, holder: int) -> int:
    """The linked headlines among an element's prose; none where half of that stands together, as an article's does."""
    count, run, longest, total = 0, 0, 0, 0
    for position in range(holder, outline.end[holder]):
        if _is_linked_heading(outline, position):
            count, run = count + 1, 0
        elif outline.is_leaf_block(position):
            run += outline.prose[position]
            total += outline.prose[position]
            longest = max(longest, run)
    return count if longest < _TOGETHER * total else 0


def _is_linked_heading(outline: Outline, position: int) -> bool:
    is_heading = outline.elements[position].tag in _HEADING_TAGS and outline.text[position] > 0
    return is_heading and outline.link_share(position) >= _MOSTLY
