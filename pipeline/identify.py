"""Which article a visit is about, whatever its address is called today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.similarity import is_same_article
from pipeline.urls import canonical_url, identity_url, is_front_page, is_same_address

if TYPE_CHECKING:
    from pipeline.visits import Visit
    from storage.archive import Writer
    from storage.records import CanonicalUrl, Extraction, StoredArticle


@dataclass(frozen=True, slots=True)
class Identity:
    """The article that a visit is about, or None for one never seen, and what it is to be called.

    ``led_elsewhere`` is set where the address of a known article now leads to something that is not that article;
    ``has_moved`` where it leads to a new address of the same article.
    """

    stored: StoredArticle | None
    canonical: CanonicalUrl | None = None
    has_moved: bool = False
    led_elsewhere: str | None = None


def requested_article(writer: Writer, visit: Visit) -> StoredArticle | None:
    """The article known under the URL that the visit asked for."""
    return writer.find_article(_spellings(visit.requested_url))


def identify(writer: Writer, visit: Visit, extraction: Extraction, asked: StoredArticle | None) -> Identity:
    """The article on a page that was seen at the end of a visit; ``asked`` is that known under the requested URL."""
    canonical = canonical_url(visit.final_url, extraction.declared_url)
    if asked is None:
        return _first_sight(writer, visit, extraction, canonical)
    if is_same_address(visit.requested_url, visit.final_url):
        return Identity(asked, asked.canonical_url)
    return _redirected(writer, visit, extraction, asked)


def _redirected(writer: Writer, visit: Visit, extraction: Extraction, asked: StoredArticle) -> Identity:
    found = writer.find_article(_spellings(visit.final_url))
    if found is not None and found.id == asked.id:
        return Identity(asked, asked.canonical_url)
    if is_front_page(visit.final_url):
        return Identity(asked, asked.canonical_url, led_elsewhere="redirects to the front page")
    if not _tells_the_same(writer, asked, extraction):
        return Identity(asked, asked.canonical_url, led_elsewhere=f"redirects to another page, {visit.final_url}")
    canonical = asked.canonical_url if found else canonical_url(visit.final_url, extraction.declared_url)
    return Identity(asked, canonical, has_moved=True)


def _first_sight(writer: Writer, visit: Visit, extraction: Extraction, canonical: CanonicalUrl) -> Identity:
    if visit.final_url != visit.requested_url:
        found = writer.find_article(_spellings(visit.final_url))
        if found is not None:
            return Identity(found, found.canonical_url)
    declared = None if canonical == identity_url(visit.requested_url) else writer.find_article([canonical])
    if declared is None:
        return Identity(None, canonical)
    if _tells_the_same(writer, declared, extraction):
        return Identity(declared, declared.canonical_url)
    # A template that declares one canonical URL for many pages: believing it would merge different articles.
    return Identity(None, identity_url(visit.final_url))


def _tells_the_same(writer: Writer, stored: StoredArticle, extraction: Extraction) -> bool:
    if not stored.runs:
        return True
    _, text = writer.version_content(stored.runs[-1].version_id)
    return is_same_article(text, extraction.text)


def _spellings(url: str) -> list[str]:
    return list(dict.fromkeys((url, identity_url(url))))
