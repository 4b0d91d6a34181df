"""From one page to one extraction: what it is, what it says, when it was published.

Pure and deterministic: the same page gives the same result whatever pages came before it in the process. Neither
the network nor the archive is known here. The order matters: metadata and the lead image are read from the tree as
parsed, then furniture is taken out of it, then the text is read.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from importlib.metadata import version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline import body, furniture, language, wording
from pipeline.body import find_blocks, with_declared
from pipeline.captions import read_lead_image
from pipeline.cleaning import About, clean
from pipeline.metadata import Metadata, read_metadata
from pipeline.normalize import clean_text
from pipeline.outline import measure
from pipeline.page import Page, Refusal, parse_page
from pipeline.verdict import Reading, glance, judge
from storage.records import Extraction, NotArticle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

EXTRACTOR = "warraq"
RELEASE = f"3+trafilatura.{version('trafilatura')}"
"""Our own rules' number, raised with every change to what is read, and trafilatura's release."""

_LANGUAGE_SAMPLE = 1500
"""Characters of the text that tell its language: more change no answer and cost as much as parsing."""

# It warns of every page it finds no text in; whether that matters is for the verdict here.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


_WARM_PAGE = Page(
    "https://warm.example/2020/01/01/first",
    b"<html lang=en><head><title>First</title></head><body><div><h1>First</h1><p>1 January 2020</p>"
    b"<aside>Too little text for trafilatura alone, so it compares its fallbacks.</aside></div></body></html>",
    "text/html",
    None,
    datetime(2020, 1, 2, tzinfo=UTC),
)


def extract(page: Page) -> Extraction:
    """What the page says, or why it is no article. Never raises for what a publisher may send."""
    tree = parse_page(page)
    if isinstance(tree, Refusal):
        return _refuse(tree)
    try:
        return _read(tree, page)
    except RecursionError:
        # trafilatura walks nested lists and quotes by recursion; hundreds of levels are an attack or a broken template.
        return _refuse(Refusal.TOO_DEEP)


def _refuse(refusal: Refusal) -> Extraction:
    if refusal is Refusal.EMPTY:
        return Extraction(EXTRACTOR, RELEASE, NotArticle.EMPTY)
    unread = None if refusal is Refusal.NOT_HTML else refusal.value
    return Extraction(EXTRACTOR, RELEASE, NotArticle.NOT_HTML, refused=unread)


def _read(tree: HtmlElement, page: Page) -> Extraction:
    known = read_metadata(tree, url=page.url, seen_at=page.seen_at, zone=_zone(page.timezone))
    image = read_lead_image(tree, url=page.url, declared=known.image_url)
    outline = measure(tree)
    seen = glance(tree, outline)
    about = About(
        titles=(known.title, *seen.headings),
        authors=(*known.authors, *known.organisations),
        captions=tuple(furniture.prune(outline)),
        site_name=known.site_name or "",
    )
    cleaned = clean(with_declared(find_blocks(tree, (known.title,)), known.article_body), about)
    text = clean_text("\n".join(block.text for block in cleaned.blocks))
    verdict = judge(seen, Reading(page.url, known.title, text, known.kinds, known.published is not None))
    spoken = language.detect_language(text[:_LANGUAGE_SAMPLE]) or language.detect_language(known.title)
    return replace(
        _described(known),
        not_article=verdict,
        text=text,
        language=spoken,
        direction=language.text_direction(spoken, text or known.title),
        image_url=image.url,
        image_caption=image.caption,
        image_credit=image.credit,
        agency_credit=cleaned.agency_credit,
    )


def _described(known: Metadata) -> Extraction:
    """What the page says of its article beside the text."""
    published, modified = known.published, known.modified
    return Extraction(
        EXTRACTOR,
        RELEASE,
        None,
        title=known.title,
        authors=known.authors,
        published_at=published.at if published else None,
        published_on=published.on if published else None,
        published_raw=published.raw if published else None,
        published_from=published.origin if published else None,
        modified_at=modified.at if modified else None,
        modified_raw=modified.raw if modified else None,
        section=known.section,
        tags=known.tags,
        description=known.description,
        declared_url=known.declared_url,
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def warm() -> None:
    """Pay imports and first-use costs before the first page: models, patterns, word lists."""
    wording.warm()
    language.warm()
    tree = parse_page(_WARM_PAGE)
    if not isinstance(tree, Refusal):
        body.warm(tree)
    extract(_WARM_PAGE)
