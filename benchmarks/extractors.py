"""The extractors a benchmark compares, each behind one function from bytes and URL to a reading.

A tool is imported on its first use, so that a missing peer costs nothing to those who do not ask for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tool says of a page; ``date`` is an ISO calendar day or None."""

    text: str
    title: str = ""
    date: str | None = None
    authors: tuple[str, ...] = ()


def read_warraq(html: bytes, url: str) -> Reading:
    """Ours, the whole of it: text, metadata, verdict."""
    from pipeline.extract import extract  # noqa: PLC0415 -- as above
    from pipeline.page import Page  # noqa: PLC0415 -- as above

    found = extract(Page(url, html, "text/html", None, datetime.now(UTC)))
    day = found.published_on.isoformat() if found.published_on else None
    return Reading(found.text, found.title, day, found.authors)


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
    from pipeline.page import decode_text  # noqa: PLC0415 -- as above

    return decode_text(html, "text/html")[0].replace("\x00", "")


TOOLS: dict[str, Callable[[bytes, str], Reading]] = {
    "warraq": read_warraq,
    "trafilatura": read_trafilatura,
    "trafilatura-precision": read_trafilatura_precision,
    "trafilatura-fast": read_trafilatura_fast,
    "newspaper4k": read_newspaper,
    "readability-lxml": read_readability,
    "resiliparse": read_resiliparse,
}


def warm_up(tool: str) -> None:
    """Pay a tool's first-use costs that one easy page does not."""
    if tool == "warraq":
        from pipeline.extract import warm  # noqa: PLC0415 -- as above

        warm()
    elif tool.startswith("trafilatura"):
        from trafilatura.external import jt_stoplist_init  # noqa: PLC0415 -- as above

        jt_stoplist_init()
