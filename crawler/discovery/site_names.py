"""A site's name for itself, without its tagline."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.discovery.listing import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml import html

_LONGEST = 200
_SEPARATOR = re.compile(r"\s+[|–—·•»«:-]+\s+|\s*[|–—•»«]\s*|:\s+")
_GENERIC = re.compile(
    r"(?:home(?: ?page)?|welcome(?: to)?|front ?page|index|latest news|news|blog|rss|feed|posts|articles"
    r"|الرئيسية|الصفحة الرئيسية|أخبار|accueil|inicio|startseite)",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[\W_]+")


def site_name(page: html.HtmlElement, url: str, feed_titles: Sequence[str] = ()) -> str:
    """The name that the front page declares; else what of its title names it, by its feeds' titles and its host."""
    declared = page.xpath("string((//meta[@property='og:site_name' or @name='application-name']/@content)[1])")
    for name in (plain_text(declared), *_structured_names(page)):
        if name:
            return without_tagline(name, url, feed_titles)[:_LONGEST]
    title = plain_text(page.xpath("string((//head/title)[1])")) or next(iter(feed_titles), "")
    return without_tagline(title, url, feed_titles)[:_LONGEST]


def without_tagline(title: str, url: str, others: Sequence[str] = ()) -> str:
    """The name within a title of the kind 'Name – what it is about' or 'Latest news | Name'.

    The part that another title or the host repeats is the name; else the first part that says more than 'Home'.
    """
    parts = [part.strip() for part in _SEPARATOR.split(title) if part and part.strip()]
    named = [part for part in parts if not _GENERIC.fullmatch(part)]
    if len(parts) < 2 or not named:  # noqa: PLR2004 - nothing to choose from
        return title.strip()
    host = _letters((urlsplit(url).hostname or "").removeprefix("www.").rpartition(".")[0])
    elsewhere = [_letters(each) for other in others for each in _SEPARATOR.split(other) if each]
    repeated = [part for part in named if _letters(part) in elsewhere]
    hosted = [part for part in named if _are_alike(_letters(part), host)]
    return min(hosted or repeated or named[:1], key=len)


def _structured_names(page: html.HtmlElement) -> Iterator[str]:
    for script in page.xpath("//script[@type='application/ld+json']/text()")[:10]:
        try:
            found = json.loads(script)
        except (ValueError, RecursionError):
            continue
        items = found.get("@graph", [found]) if isinstance(found, dict) else found
        for item in items if isinstance(items, list) else []:
            if isinstance(item, dict) and _is_site(item.get("@type")) and isinstance(item.get("name"), str):
                yield plain_text(item["name"])


def _is_site(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return bool({"WebSite", "NewsMediaOrganization"} & {each for each in kinds if isinstance(each, str)})


def _are_alike(name: str, host: str) -> bool:
    return bool(name and host) and (name in host or host in name)


def _letters(text: str) -> str:
    return _LETTERS.sub("", text).lower()
