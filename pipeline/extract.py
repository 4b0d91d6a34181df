"""From one page to one extraction: what it is, what it says, when it was published.

Pure and deterministic: the same page gives the same result whatever pages came before it in the process. Neither
the network nor the archive is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trafilatura
from trafilatura.settings import Extractor

from pipeline.normalize import clean_text
from pipeline.page import Page, Refusal, parse_page
from storage.records import Extraction, NotArticle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

EXTRACTOR = "warraq"
RELEASE = f"1+trafilatura.{trafilatura.__version__}"


def extract(page: Page) -> Extraction:
    """What the page says, or why it is no article. Never raises for what a publisher may send."""
    tree = parse_page(page)
    if isinstance(tree, Refusal):
        return Extraction(EXTRACTOR, RELEASE, NotArticle.EMPTY if tree is Refusal.EMPTY else NotArticle.NOT_HTML)
    return _read(tree, page)


def _read(tree: HtmlElement, page: Page) -> Extraction:
    known = trafilatura.extract_metadata(tree, default_url=page.url)
    document = trafilatura.bare_extraction(tree, options=Extractor(output_format="python", comments=False, dedup=False))
    text = clean_text(getattr(document, "text", "") or "")
    return Extraction(
        EXTRACTOR,
        RELEASE,
        None if text else NotArticle.EMPTY,
        title=known.title or "",
        text=text,
        authors=(known.author,) if known.author else (),
        declared_url=known.url,
        image_url=known.image,
    )


def warm() -> None:
    """Pay imports and first-use costs before the first page."""
