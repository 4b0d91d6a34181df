"""Pages of our own making for the extraction tests: an article, and what a theme puts around and into it."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from pipeline.extract import extract
from pipeline.page import Page

if TYPE_CHECKING:
    from storage.records import Extraction

SEEN_AT = datetime(2023, 12, 1, 9, 0, tzinfo=UTC)
TITLE = "Harbour council delays the vote on the new ferry line"
PROSE = (
    "The harbour council put off its vote on the new ferry line on Tuesday after a debate that lasted past midnight.",
    "Members on both sides said they wanted to see the engineers’ second report before they commit any money to it.",
    "The line would join the island’s three villages with the mainland twice a day, in winter as well as in summer.",
    "A first trial two years ago ended when the only vessel broke down, and nobody has been found to repair it since.",
)


def paragraphs(*texts: str) -> str:
    """Texts as HTML paragraphs."""
    return "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in texts)


def article_page(inner: str, *, title: str = TITLE, before: str = "", after: str = "", head: str = "") -> str:
    """A whole page whose article column holds ``inner``."""
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(title)} | The Islander</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(title)}">{head}</head>'
        f'<body><header><nav><a href="/">Home</a> <a href="/news">News</a></nav></header>{before}'
        f'<div class="column"><h1>{escape(title)}</h1><div class="story-text">{inner}</div></div>{after}'
        "<footer><p>The Islander</p></footer></body></html>"
    )


def read(
    html: str | bytes, *, url: str = "https://islander.example/2023/ferry", content_type: str = "text/html"
) -> Extraction:
    """What extraction makes of a page."""
    body = html if isinstance(html, bytes) else html.encode()
    return extract(Page(url, body, content_type, None, SEEN_AT))


def lines_of(html: str) -> list[str]:
    """The paragraphs that extraction keeps of a page."""
    return read(html).text.split("\n")
