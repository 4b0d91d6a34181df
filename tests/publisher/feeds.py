"""The feeds that a site can offer: RSS 2.0 and Atom."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one page; any URL may be listed, an article's or not."""

    url: str
    title: str
    published_at: datetime
    updated_at: datetime
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself."""

    title: str
    home_url: str
    url: str
    language: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """A way of writing a feed."""

    media_type: str
    render: Callable[[Feed, Sequence[Entry]], str]


def _rss(feed: Feed, entries: Sequence[Entry]) -> str:
    items = "\n".join(
        f"<item><title>{escape(entry.title)}</title><link>{escape(entry.url)}</link>"
        f'<guid isPermaLink="true">{escape(entry.url)}</guid>'
        f"<pubDate>{format_datetime(entry.published_at)}</pubDate>"
        f"<description>{escape(entry.summary)}</description></item>"
        for entry in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>\n'
        f"<title>{escape(feed.title)}</title><link>{escape(feed.home_url)}/</link>\n"
        f'<atom:link href={quoteattr(feed.url)} rel="self" type="application/rss+xml"/>\n'
        f"<description>{escape(feed.title)}</description><language>{feed.language}</language>\n"
        f"<lastBuildDate>{format_datetime(feed.changed_at)}</lastBuildDate>\n{items}\n</channel></rss>\n"
    )


def _atom(feed: Feed, entries: Sequence[Entry]) -> str:
    items = "\n".join(
        f"<entry><title>{escape(entry.title)}</title><id>{escape(entry.url)}</id>"
        f'<link rel="alternate" type="text/html" href={quoteattr(entry.url)}/>'
        f"<published>{entry.published_at.isoformat()}</published><updated>{entry.updated_at.isoformat()}</updated>"
        f"<summary>{escape(entry.summary)}</summary></entry>"
        for entry in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}">\n'
        f"<title>{escape(feed.title)}</title><id>{escape(feed.url)}</id><updated>{feed.changed_at.isoformat()}</updated>\n"
        f'<link rel="self" href={quoteattr(feed.url)}/><link rel="alternate" href={quoteattr(feed.home_url + "/")}/>\n'
        f"{items}\n</feed>\n"
    )


FEEDS = {"rss": FeedFormat("application/rss+xml", _rss), "atom": FeedFormat("application/atom+xml", _atom)}
