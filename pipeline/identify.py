"""Which article a visit is about, whatever its address is called today.

An address is believed by what its page tells. A redirect, a declared canonical URL, an AMP or mobile spelling only name
a candidate; that it is the same article is settled by the text, so that a template that declares one address for every
page merges nothing. Reads the archive and changes nothing: ``pipeline.conclude`` carries out what is found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pipeline.observe import declared_url
from pipeline.placement import latest_run
from pipeline.similarity import is_nested, is_same_article
from pipeline.urls import address_key, canonical_url, identity_url, is_front_page, is_same_address, is_same_page
from storage.records import ArticleStatus
from storage.writer_identity import Telling

if TYPE_CHECKING:
    from pipeline.fingerprint import Fingerprint
    from pipeline.visits import Visit
    from storage.archive import Writer
    from storage.records import CanonicalUrl, Extraction
    from storage.records_stored import StoredArticle

_ONE_DAY = timedelta(days=1)
_ABSENT = (ArticleStatus.MISSING, ArticleStatus.GONE)


@dataclass(frozen=True, slots=True)
class Identity:
    """The article that a visit is about, or None for one never seen, and what it is to be called.

    Attributes:
        stored: The article.
        canonical: What identifies it.
        has_moved: Its address leads to a new address of the same article.
        led_elsewhere: Set where its address now leads to something that is not that article.
        is_elsewhere: It was seen at another of its addresses than the one its versions come from.
        same_as: Another stored article that turned out to be the same one.
        disowned: Addresses that pages declared, and that turned out not to identify the articles of those pages.
    """

    stored: StoredArticle | None
    canonical: CanonicalUrl | None = None
    has_moved: bool = False
    led_elsewhere: str | None = None
    is_elsewhere: bool = False
    same_as: StoredArticle | None = None
    disowned: tuple[CanonicalUrl, ...] = ()


def requested_article(writer: Writer, visit: Visit) -> StoredArticle | None:
    """The article that was seen under the URL that the visit asked for."""
    return writer.find_article(_spellings(visit.requested_url), seen_only=True)


def identify(
    writer: Writer, visit: Visit, extraction: Extraction, marks: Fingerprint, asked: StoredArticle | None
) -> Identity:
    """The article on a page that was seen at the end of a visit; ``asked`` is that seen under the requested URL."""
    if asked is not None and not _is_kept(asked):
        return Identity(asked, asked.canonical_url)
    page = _Page(writer, visit, extraction, marks)
    if asked is None:
        return page.at_first_sight()
    if is_same_address(visit.requested_url, visit.final_url):
        return page.at_its_address(asked)
    return page.after_redirect(asked)


class _Page:
    """An article's page at the end of a visit, and the archive to look it up in."""

    def __init__(self, writer: Writer, visit: Visit, extraction: Extraction, marks: Fingerprint) -> None:
        self._writer = writer
        self._source_key = visit.source.key
        self._text = extraction.text
        self._url = visit.final_url
        self._found = identity_url(visit.final_url)
        self._canonical = canonical_url(visit.final_url, declared_url(visit, extraction))
        self._telling = Telling(
            marks.title_digest, marks.text_digest, extraction.published_on, visit.visited_at, _ONE_DAY
        )

    def at_its_address(self, asked: StoredArticle) -> Identity:
        """A known article, where it was asked for."""
        if self._canonical not in (self._found, asked.canonical_url):
            other = self._writer.find_article([self._canonical])
            if other is not None and other.id != asked.id and _is_kept(other) and self._tells(other):
                return _one_of(asked, other, Identity(asked, self._canonical))
        return self._seen(asked)

    def after_redirect(self, asked: StoredArticle) -> Identity:
        """A known article's address that led to another address."""
        found = self._writer.find_article(_spellings(self._url), seen_only=True)
        if found is not None and found.id == asked.id:
            return self._moved(asked) if self._is_new_address(asked) else Identity(asked, asked.canonical_url)
        if found is not None and not _is_kept(found):
            return Identity(found, found.canonical_url)
        if is_front_page(self._url):
            return Identity(asked, asked.canonical_url, led_elsewhere="redirects to the front page")
        if not self._is_told_by(asked):
            return Identity(asked, asked.canonical_url, led_elsewhere=f"redirects to another page, {self._url}")
        return _one_of(asked, found, self._moved(asked)) if found else self._moved(asked)

    def at_first_sight(self) -> Identity:
        """An address under which nothing was seen before."""
        known = self._writer.find_article(_spellings(self._url))
        if known is not None and (self._is_seen(self._url) or self._tells(known)):
            return self._seen(known)
        disowned = () if known is None else (self._found,)
        candidate = self._candidate()
        if candidate is not None:
            return replace(self._seen(candidate), disowned=disowned)
        if self._canonical == self._found or self._writer.find_article([self._canonical]) is None:
            return Identity(None, self._canonical, disowned=disowned)
        # A template that declares one address for many pages: believing it would merge different articles.
        if not self._is_seen(self._canonical):
            disowned = (*disowned, self._canonical)
        return Identity(None, self._found, disowned=disowned)

    def _is_seen(self, url: str) -> bool:
        return self._writer.find_article(_spellings(url), seen_only=True) is not None

    def _candidate(self) -> StoredArticle | None:
        """The known article that this page is: by the address it declares, another spelling, or its words."""
        declared = None if self._canonical == self._found else self._writer.find_article([self._canonical])
        if declared is not None and self._tells(declared):
            return declared
        spelled_alike = self._writer.articles_by_key(self._source_key, address_key(self._url))
        alike = next((article for article in spelled_alike if self._tells(article)), None)
        told = alike or self._writer.article_of_telling(self._source_key, self._telling)
        # What is known of the site's furniture changes: the same page comes to a line more or less at another time.
        nests = partial(is_nested, self._text)
        return told or self._writer.article_of_headline(self._source_key, self._telling, nests)

    def _seen(self, stored: StoredArticle) -> Identity:
        """A known article at the address of its versions, or at another."""
        home = latest_run(stored.runs).last_url if stored.runs else None
        if home is None or is_same_page(self._url, home):
            return Identity(stored, stored.canonical_url)
        if stored.status in _ABSENT:
            return self._moved(stored) if self._is_new_address(stored) else Identity(stored, stored.canonical_url)
        is_canonical = is_same_page(self._url, stored.canonical_url) and self._has_text_of(stored)
        return Identity(stored, stored.canonical_url, is_elsewhere=not is_canonical)

    def _moved(self, stored: StoredArticle) -> Identity:
        owner = self._writer.find_article([self._canonical], seen_only=True)
        is_free = owner is None or owner.id == stored.id
        return Identity(stored, self._canonical if is_free else self._found, has_moved=True)

    def _is_new_address(self, stored: StoredArticle) -> bool:
        known = address_key(stored.canonical_url)
        return known not in (address_key(self._url), address_key(self._canonical))

    def _has_text_of(self, stored: StoredArticle) -> bool:
        return any(run.text_digest == self._telling.text_digest for run in stored.runs)

    def _is_told_by(self, asked: StoredArticle) -> bool:
        """As ``_tells``; an article rewritten while it moved is known by its headline."""
        return self._tells(asked) or any(run.title_digest == self._telling.title_digest for run in asked.runs)

    def _tells(self, stored: StoredArticle) -> bool:
        if not stored.runs or self._has_text_of(stored):
            return True
        _, text = self._writer.version_content(latest_run(stored.runs).version_id)
        return is_same_article(text, self._text)


def _is_kept(stored: StoredArticle) -> bool:
    """Whether we have what it says: of one that was taken down nothing is left to compare a page with."""
    return stored.status is not ArticleStatus.WITHHELD


def _one_of(asked: StoredArticle, other: StoredArticle, seen: Identity) -> Identity:
    """The identity of two stored articles that are one: the one known for longer goes on."""
    kept, merged = sorted((asked, other), key=lambda article: (article.first_seen_at, article.id))
    return replace(seen, stored=kept, same_as=merged)


def _spellings(url: str) -> list[str]:
    return list(dict.fromkeys((url, identity_url(url))))
