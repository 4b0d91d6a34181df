"""The extractors a benchmark compares, each behind one function from bytes and URL to a reading.

A tool is imported on its first use, so that a missing peer costs nothing to those who do not ask for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.page import Page
    from storage.records import Extraction


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool says of a page.

    ``date`` is an ISO calendar day or None; ``captions`` stand apart from the text; ``is_through`` is true where a site
    profile found the text.
    """

    text: str
    title: str = ""
    date: str | None = None
    authors: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    is_through: bool = False


def read_warraq(html: bytes, url: str) -> Reading:
    """Ours, the whole of it: text, metadata, verdict; each page alone, as the first of its site."""
    from pipeline.extract import extract  # noqa: PLC0415 -- as above

    return _as_reading(extract(_page(html, url)))


def _page(html: bytes, url: str) -> Page:
    from pipeline.page import Page  # noqa: PLC0415 -- as above

    return Page(url, html, "text/html", None, datetime.now(UTC))


def _as_reading(found: Extraction, *, is_through: bool = False) -> Reading:
    day = found.published_on.isoformat() if found.published_on else None
    said = [" ".join(filter(None, (image.caption, image.credit))) for image in found.images]
    lead = " ".join(filter(None, (found.image_caption, found.image_credit)))
    said += [lead] if lead not in said else []
    return Reading(found.text, found.title, day, found.authors, tuple(filter(None, said)), is_through)


class SiteReader:
    """Ours as a crawl uses it: the pages of one site in order, each read by what those before it taught."""

    def __init__(self) -> None:
        from pipeline.knowledge import Knowledge  # noqa: PLC0415 -- as above
        from pipeline.learning import Study  # noqa: PLC0415 -- as above

        self._known = Knowledge(Study("site"))

    def read(self, html: bytes, url: str) -> Reading:
        """One page; what it teaches serves the next one."""
        from pipeline.extract import read_page  # noqa: PLC0415 -- as above
        from pipeline.knowledge import grow  # noqa: PLC0415 -- as above
        from pipeline.lesson import Manner  # noqa: PLC0415 -- as above

        profile = self._known.profile
        found = read_page(_page(html, url), profile, Manner(teaches=True))
        if found.lesson:
            self._known = grow(self._known, found.lesson, next_number=profile.number + 1 if profile else 1).knowledge
        return _as_reading(found.extraction, is_through=not found.is_full)


def _read_trafilatura(html: bytes, url: str, *, precise: bool = False, fast: bool = False) -> Reading:
    from trafilatura import bare_extraction  # noqa: PLC0415 -- as above

    logging.disable(logging.CRITICAL)
    found: Any = bare_extraction(
        html, url=url, include_comments=False, with_metadata=True, favor_precision=precise, fast=fast
    )
    if found is None:
        return Reading("")
    authors = tuple(found.author.split("; ")) if found.author else ()
    return Reading(found.text or "", found.title or "", found.date, authors)


def read_trafilatura(html: bytes, url: str) -> Reading:
    """Trafilatura as its documentation starts, comments left out as in scrapinghub's benchmark."""
    return _read_trafilatura(html, url)


def read_trafilatura_precision(html: bytes, url: str) -> Reading:
    """Trafilatura with ``favor_precision``."""
    return _read_trafilatura(html, url, precise=True)


def read_trafilatura_fast(html: bytes, url: str) -> Reading:
    """Trafilatura with ``fast``: without its fallbacks."""
    return _read_trafilatura(html, url, fast=True)


def read_newspaper(html: bytes, url: str) -> Reading:
    """newspaper4k, its network and NLP left out."""
    import warnings  # noqa: PLC0415 -- as above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import newspaper  # noqa: PLC0415 -- as above

        article = newspaper.Article(url, fetch_images=False)
        article.download(input_html=_text(html))
        article.parse()
    published: Any = article.publish_date
    day = published.date().isoformat() if isinstance(published, datetime) else None
    return Reading(article.text or "", article.title or "", day, tuple(article.authors))


def read_readability(html: bytes, _url: str) -> Reading:
    """readability-lxml: its summary as text, its short title."""
    from lxml.html import fromstring  # noqa: PLC0415 -- as above
    from readability import Document  # noqa: PLC0415 -- as above

    logging.disable(logging.CRITICAL)
    document = Document(_text(html))
    summary = document.summary()
    text = "\n".join(fromstring(summary).itertext()) if summary.strip() else ""
    return Reading(text, document.short_title() or "")


def read_resiliparse(html: bytes, _url: str) -> Reading:
    """Resiliparse's main-content text; it reads no metadata but the title element."""
    from resiliparse.extract.html2text import extract_plain_text  # noqa: PLC0415 -- as above
    from resiliparse.parse.html import HTMLTree  # noqa: PLC0415 -- as above

    tree = HTMLTree.parse(_text(html))
    text = extract_plain_text(tree, main_content=True, alt_texts=False, list_bullets=False, comments=False)
    return Reading(text, tree.title or "")


def _text(html: bytes) -> str:
    # The peers that want text get it as ours would read it, so that charsets do not decide the comparison.
    from pipeline.charset import decode_text  # noqa: PLC0415 -- as above

    return decode_text(html, "text/html")[0].replace("\x00", "")


PROFILED = "warraq"
"""The tool that learns from page to page of a site; it is made anew for each site."""

TOOLS: dict[str, Callable[[bytes, str], Reading]] = {
    "warraq-alone": read_warraq,
    "trafilatura": read_trafilatura,
    "trafilatura-precision": read_trafilatura_precision,
    "trafilatura-fast": read_trafilatura_fast,
    "newspaper4k": read_newspaper,
    "readability-lxml": read_readability,
    "resiliparse": read_resiliparse,
}


PACKAGES = {
    "newspaper4k": "newspaper",
    "readability-lxml": "readability",
    "resiliparse": "resiliparse",
}
"""The module that each peer needs which is not installed with the program (``pip install '.[bench]'`` has them all)."""


def is_installed(tool: str) -> bool:
    """Whether a tool can be run here."""
    return tool not in PACKAGES or find_spec(PACKAGES[tool]) is not None


def warm_up(tool: str) -> None:
    """Pay a tool's first-use costs that one easy page does not."""
    if tool.startswith("warraq"):
        from pipeline.extract import warm  # noqa: PLC0415 -- as above

        warm()
    elif tool.startswith("trafilatura"):
        from trafilatura.external import jt_stoplist_init  # noqa: PLC0415 -- as above

        jt_stoplist_init()
