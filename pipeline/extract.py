"""From one page to one extraction: what it is, what it says, when it was published.

Pure and deterministic: the same page gives the same result whatever pages came before it in the process. Neither
the network nor the archive is known here. The order matters: metadata and the lead image are read from the tree as
parsed, then furniture is taken out of it, then the text is read.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import trafilatura

from pipeline import furniture, wording
from pipeline.body import find_blocks
from pipeline.captions import read_lead_image
from pipeline.cleaning import About, clean
from pipeline.normalize import clean_text
from pipeline.outline import measure
from pipeline.page import Page, Refusal, parse_page
from pipeline.verdict import Reading, glance, judge
from storage.records import Extraction, NotArticle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

EXTRACTOR = "warraq"
RELEASE = f"1+trafilatura.{trafilatura.__version__}"

# It warns of every page it finds no text in; whether that matters is for the verdict here.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def extract(page: Page) -> Extraction:
    """What the page says, or why it is no article. Never raises for what a publisher may send."""
    tree = parse_page(page)
    if isinstance(tree, Refusal):
        return Extraction(EXTRACTOR, RELEASE, NotArticle.EMPTY if tree is Refusal.EMPTY else NotArticle.NOT_HTML)
    return _read(tree, page)


def _read(tree: HtmlElement, page: Page) -> Extraction:
    known = trafilatura.extract_metadata(tree, default_url=page.url)
    image = read_lead_image(tree, url=page.url, declared=known.image)
    outline = measure(tree)
    seen = glance(tree, outline)
    captions = furniture.prune(outline)
    about = About(
        titles=tuple(filter(None, (known.title, *seen.headings))),
        authors=(known.author,) if known.author else (),
        captions=tuple(captions),
        site_name=known.sitename or "",
    )
    blocks = clean(find_blocks(tree, (known.title or "",)), about).blocks
    text = clean_text("\n".join(block.text for block in blocks))
    from datetime import date

    verdict = judge(seen, Reading(page.url, known.title or "", text, frozenset(), bool(known.date)))
    return Extraction(
        EXTRACTOR,
        RELEASE,
        verdict,
        title=known.title or "",
        text=text,
        authors=(known.author,) if known.author else (),
        published_on=date.fromisoformat(known.date) if known.date else None,
        declared_url=known.url,
        image_url=image.url,
        image_caption=image.caption,
        image_credit=image.credit,
    )


def warm() -> None:
    """Pay imports and first-use costs before the first page."""
    wording.warm()
