"""What an article's page says about the article: headline, authors, dates, section, tags, picture, address.

The rule of trust, everywhere the same: what the page states for machines about this very article comes first (JSON-LD
whose address is the page's, then other article nodes, then meta elements, then item properties), then what it shows a
reader beside the headline, then its address. A statement is passed over where it cannot be true (a day before 1990 or
after the page was seen, an author named "admin") and where it speaks of the site rather than the article (the site's
name in a title). What each field is read from, in order, stands in ``docs/extraction.md``. The parts have their own
modules: :mod:`pipeline.headline`, :mod:`pipeline.byline`, :mod:`pipeline.publication`, :mod:`pipeline.topics`.
Nothing is invented: what a page does not say is None or empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.byline import read_byline
from pipeline.filing_spots import sight_filing
from pipeline.headline import find_headline, sight_headline, site_names
from pipeline.json_ld import node_types, url_of
from pipeline.page_signs import Signs, gather, node_text
from pipeline.publication import Moment, read_publication
from pipeline.relative_dates import Reading
from pipeline.site_profile import NO_SPOTS
from pipeline.spots import Surroundings, find_spot
from pipeline.topics import is_paywalled, read_topics
from pipeline.urls import absolute, address_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, tzinfo

    from lxml.html import HtmlElement

    from pipeline.site_profile import Spots
    from pipeline.spots import Sought

__all__ = ["Metadata", "Moment", "read_metadata"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of its article.

    ``title`` is without the site's name. ``authors`` are the people of the byline, or the organisation it names where
    it names no one (an agency, the staff); ``organisations`` are all that it names, ``agencies`` those that are not the
    site itself. ``paywalled`` is None where the page does not say. ``declared_url`` is what the page
    calls its canonical address: absolute, unverified. ``kinds`` are its own words for what it is (``og:type``,
    JSON-LD types), lower case. ``article_body`` is the JSON-LD text of the article, which may be cut or wrong.
    ``base_url`` is what relative addresses on the page resolve against. ``sought`` is where the page shows what it
    says: found out when it is asked for, once, while the tree is as it was parsed.
    """

    title: str = ""
    site_name: str | None = None
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    description: str | None = None
    declared_url: str | None = None
    image_url: str | None = None
    kinds: frozenset[str] = frozenset()
    paywalled: bool | None = None
    article_body: str | None = None
    robots: str | None = None
    base_url: str = ""
    sought: Iterable[Sought] = field(default=(), compare=False, repr=False)


def read_metadata(tree: HtmlElement, *, url: str, seen_at: datetime, zone: tzinfo, spots: Spots = NO_SPOTS) -> Metadata:
    """What a page says of its article. Reads the tree once and never changes it; never raises for what a page holds.

    Args:
        tree: The parsed page.
        url: Its address, after redirects.
        seen_at: When it was fetched; aware.
        zone: The source's zone, for times without one.
        spots: Where the site shows what metadata is silent of.
    """
    signs = gather(tree, url)
    reading = Reading(seen_at, zone)
    headline = find_headline(signs, reading, find_spot(tree, spots.headline), spots.site_titles)
    around = Surroundings(tree, headline.element, spots)
    names = site_names(signs)
    byline, sought_byline = read_byline(signs, names, around)
    dates, sought_date = read_publication(signs, reading, around, headline.element)
    section, tags = read_topics(signs, headline, around)
    return Metadata(
        title=headline.text,
        site_name=names[0] if names else None,
        authors=byline.named,
        organisations=byline.organisations,
        agencies=byline.agencies,
        published=dates.published,
        modified=dates.modified,
        section=section,
        tags=tags,
        description=_description(signs),
        declared_url=_declared(signs),
        image_url=_absolute(signs, _image(signs)),
        kinds=_kinds(signs),
        paywalled=is_paywalled(signs),
        base_url=absolute(signs.base, url) or url,
        article_body=node_text(signs.articles, "articleBody") or None,
        robots=", ".join(dict.fromkeys(_directives(signs))) or None,
        sought=chain(
            filter(None, (sought_byline, sought_date)),
            sight_headline(tree, signs, headline),
            sight_filing(signs, headline, section, tags, byline.named),
        ),
    )


def _declared(signs: Signs) -> str | None:
    """The page's canonical address. ``og:url`` is a weaker word: themes put the section or the front page there."""
    if signs.links.get("canonical"):
        return _absolute(signs, signs.links["canonical"])
    hinted = _absolute(signs, signs.meta("og:url"))
    try:
        return hinted if hinted and address_key(hinted) == address_key(signs.url) else None
    except ValueError:
        return None


def _directives(signs: Signs) -> Iterator[str]:
    """What the page asks of all robots, in lower case (``noindex``, ``noarchive``, …)."""
    for content in signs.metas.get("robots", ()):
        yield from (word for part in content.lower().split(",") if (word := part.strip()))


def _description(signs: Signs) -> str | None:
    stated = signs.meta("og:description", "description", "twitter:description", "dc.description")
    return stated or node_text(signs.articles, "description", "abstract") or None


def _image(signs: Signs) -> str:
    stated = signs.meta("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
    nodes = (signs.json_ld.resolve(node.get(key)) for node in signs.articles for key in ("image", "thumbnailUrl"))
    return stated or next(filter(None, map(url_of, nodes)), "") or signs.links.get("image_src", "")


def _absolute(signs: Signs, address: str) -> str | None:
    return absolute(address, signs.url) if address else None


def _kinds(signs: Signs) -> frozenset[str]:
    stated = {kind.lower() for kind in signs.metas.get("og:type", ())}
    return frozenset(stated.union(*(node_types(node) for node in signs.json_ld.nodes)))
