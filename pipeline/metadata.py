"""What an article's page says about the article: headline, authors, dates, section, tags, picture, address.

The rule of trust, everywhere the same: what the page states for machines about this very article comes first (JSON-LD
whose address is the page's, then other article nodes, then meta elements, then item properties), then what it shows a
reader beside the headline, then its address. A statement is passed over where it cannot be true (a day before 1990 or
after the page was seen, an author named "admin") and where it speaks of the site rather than the article (the site's
name in a title). The parts have their own modules: :mod:`pipeline.headline`, :mod:`pipeline.byline`,
:mod:`pipeline.publication`. Nothing is invented: what a page does not say is None or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pipeline.byline import read_byline
from pipeline.headline import find_headline, site_names
from pipeline.json_ld import node_types, text_of, url_of
from pipeline.page_signs import Signs, gather, node_text
from pipeline.publication import Moment, read_publication
from pipeline.relative_dates import Reading
from pipeline.surroundings import Line, lines_near

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from lxml.html import HtmlElement

__all__ = ["Metadata", "Moment", "read_metadata"]

_MAX_TAGS = 50
_MAX_TAG = 100


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of its article.

    ``title`` is without the site's name. ``authors`` are the people of the byline, or the organisation it names where
    it names no one (an agency, the staff); ``organisations`` are all that it names. ``declared_url`` is what the page
    calls its canonical address: absolute, unverified. ``kinds`` are its own words for what it is (``og:type``,
    JSON-LD types), lower case. ``article_body`` is the JSON-LD text of the article, which may be cut or wrong.
    """

    title: str = ""
    site_name: str | None = None
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    declared_url: str | None = None
    image_url: str | None = None
    kinds: frozenset[str] = frozenset()
    article_body: str | None = None


def read_metadata(tree: HtmlElement, *, url: str, seen_at: datetime, zone: tzinfo) -> Metadata:
    """What a page says of its article. Reads the tree once and never changes it; never raises for what a page holds.

    Args:
        tree: The parsed page.
        url: Its address, after redirects.
        seen_at: When it was fetched; aware.
        zone: The source's zone, for times without one.
    """
    signs = gather(tree, url)
    reading = Reading(seen_at, zone)
    headline = find_headline(signs, reading)

    @cache
    def lines() -> list[Line]:
        return lines_near(tree, headline.element)

    names = site_names(signs)
    byline = read_byline(signs, names, lines)
    dates = read_publication(signs, reading, lines)
    return Metadata(
        title=headline.text,
        site_name=names[0] if names else None,
        authors=byline.named,
        organisations=byline.organisations,
        published=dates.published,
        modified=dates.modified,
        section=_section(signs),
        tags=_tags(signs),
        description=_description(signs),
        declared_url=_absolute(signs, signs.links.get("canonical") or signs.meta("og:url")),
        image_url=_absolute(signs, _image(signs)),
        kinds=_kinds(signs),
        article_body=node_text(signs.articles, "articleBody") or None,
    )


def _section(signs: Signs) -> str | None:
    stated = node_text(signs.articles, "articleSection")
    return stated or signs.meta("article:section", "og:section", "parsely-section", "section", "category") or None


def _tags(signs: Signs) -> tuple[str, ...]:
    stated = [tag for tag in signs.metas.get("article:tag", ()) if tag]
    for source in (_keywords(signs), signs.meta("news_keywords", "keywords", "parsely-tags", "sailthru.tags")):
        stated = stated or [tag.strip() for tag in source.replace("،", ",").replace(";", ",").split(",")]
        stated = [tag for tag in stated if tag and len(tag) <= _MAX_TAG]
    return tuple(dict.fromkeys(stated))[:_MAX_TAGS]


def _keywords(signs: Signs) -> str:
    for node in signs.articles:
        words = node.get("keywords")
        listed = words if isinstance(words, list) else [words]
        if joined := ",".join(filter(None, map(text_of, listed))):
            return joined
    return ""


def _description(signs: Signs) -> str | None:
    stated = signs.meta("og:description", "description", "twitter:description", "dc.description")
    return stated or node_text(signs.articles, "description", "abstract") or None


def _image(signs: Signs) -> str:
    stated = signs.meta("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
    nodes = (signs.json_ld.resolve(node.get(key)) for node in signs.articles for key in ("image", "thumbnailUrl"))
    return stated or next(filter(None, map(url_of, nodes)), "") or signs.links.get("image_src", "")


def _absolute(signs: Signs, address: str) -> str | None:
    """An address made absolute; None for none and for what is not http."""
    if not address:
        return None
    try:
        joined = urljoin(signs.url, address)
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in {"http", "https"} and parts.hostname else None


def _kinds(signs: Signs) -> frozenset[str]:
    stated = {kind.lower() for kind in signs.metas.get("og:type", ())}
    return frozenset(stated.union(*(node_types(node) for node in signs.json_ld.nodes)))
