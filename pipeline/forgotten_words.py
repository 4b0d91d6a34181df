"""The words of an article that is taken down, and whether something else the archive keeps tells them. Pure.

Texts are compared in the form that edits are (``normalize.compare_form``), so that a feed which writes a headline with
other quotes, entities or escapes is known for what it is.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipeline.charset import decode_text
from pipeline.normalize import compare_form
from pipeline.page import Refusal, decode_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.page import Page
    from storage.records_takedown import ArticleWords

_LEAST_CHARACTERS = 16
"""Shorter lines ("Read more", a date) stand in many texts and tell nothing of one; of a headline see below."""
_LEAST_WORDS = 3
_MOST_BYTES = 1 << 28
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\([/\"\\nrt])")
_PLAIN = {"n": " ", "r": " ", "t": " "}
_BARE_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)\b")
_HEADLINED = re.compile(r"<(?:\w+:)?(?:title|caption)\b")


@dataclass(frozen=True, slots=True)
class ForgottenWords:
    """What must not be told any more: addresses, and lines in the form in which texts are compared."""

    urls: frozenset[str]
    lines: frozenset[str]

    @classmethod
    def of(cls, words: ArticleWords) -> ForgottenWords:
        """The article's headlines of three words and more, and its lines that are long enough to be its own."""
        titles = (compare_form(title) for title in words.titles)
        lines = (compare_form(line) for text in words.texts for line in text.split("\n"))
        own = {title for title in titles if len(title.split()) >= _LEAST_WORDS}
        own |= {line for line in lines if len(line) >= _LEAST_CHARACTERS and len(line.split()) >= _LEAST_WORDS}
        return cls(frozenset(words.urls), frozenset(own))

    def are_in_list(self, page: Page) -> bool:
        """Whether a feed, a front page or another list tells of the article.

        Any list that names its address does, since its summary is in the publisher's words; but not a sitemap that
        gives nothing but addresses.
        """
        body = decode_body(page, _MOST_BYTES)
        if isinstance(body, Refusal):
            return True  # what cannot be looked into is not kept
        text, _ = decode_text(body, page.content_type)
        said = _unescaped(text)
        if self.are_in(said):
            return True
        is_bare = _BARE_SITEMAP.search(text) is not None and _HEADLINED.search(text) is None
        return not is_bare and any(url in form for form in (said, unquote(said)) for url in self._spellings())

    def are_in(self, text: str) -> bool:
        """Whether a text holds one of the lines."""
        form = compare_form(text)
        return any(line in form for line in self.lines)

    def hold(self, example: str) -> bool:
        """Whether a phrase of a page, perhaps cut short, is the article's own; or names it."""
        form = compare_form(example)
        if len(form) < _LEAST_CHARACTERS:
            return False
        return any(form in line or line in form for line in self.lines)

    def _spellings(self) -> Iterable[str]:
        return {each.partition("://")[2] or each for url in self.urls for each in (url, unquote(url))}


def _unescaped(text: str) -> str:
    """The text with the escapes of JSON undone, and those of XML and HTML, which RSS has one inside the other."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN.get(found[2], found[2]), text)
    return html.unescape(html.unescape(plain))
