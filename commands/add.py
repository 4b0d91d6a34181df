"""``warraq add``: a new source in the configuration, with every way of finding articles that its site offers."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import click

from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.logs import log_to_stderr
from commands.output import say
from commands.settings import load
from commands.table import print_table
from commands.times import now, shown
from crawler.runner import run_loop
from crawler.site import look_over
from crawler.sources import NewSource, add_source, free_key
from pipeline.urls import normalize_url
from storage.errors import ConfigError, CrawlError
from storage.records import FeedKind

if TYPE_CHECKING:
    from crawler.config import Settings
    from crawler.discovery.autodiscovery import Findings, FoundFeed
    from crawler.discovery.extent import Extent

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?![A-Za-z])")


@click.command(cls=WarraqCommand, example="warraq add https://news.example/ --key example")
@click.argument("url", metavar="URL")
@click.option("--key", metavar="K", help="The source's short name; else one is made from the host.")
@pass_invocation
def add(invocation: Invocation, url: str, key: str | None) -> None:
    """Add a site to the configuration: find what lists its articles, show it, write the source into the file.

    Feeds, sitemaps, the WordPress API and the front page itself are tried; the table tells how many articles each lists
    and how far back, and which are read from now on. URL is the site's home page, or a feed of it. What the file holds,
    comments included, stays as it is.
    """
    settings = load(invocation)
    _refuse_known(settings, url, key)
    log_to_stderr(level=logging.ERROR, debug=invocation.debug)
    findings = run_loop(lambda: look_over(url, settings, now), settings)
    _print(findings)
    source = _source(findings, url, key or free_key(settings, url))
    add_source(settings.file, source)
    say(f"added {source.key} to {settings.file}; set its timezone there if its dates are not in UTC")
    say(f"next: `warraq crawl {source.key}`")


def _refuse_known(settings: Settings, url: str, key: str | None) -> None:
    """Faults that need no look at the site are told before it is asked."""
    for source in settings.sources:
        if source.key == key:
            raise ConfigError(f'{settings.file} has a source "{key}" already', remedy="choose another with --key")
        if source.url == url:
            raise ConfigError(f'{url} is the source "{source.key}" already', remedy=f"edit it in {settings.file}")


def _print(findings: Findings) -> None:
    rows = [
        ("yes" if feed.chosen else "no", feed.kind or "-", *_extent(feed.extent), feed.url) for feed in findings.feeds
    ]
    print_table(("read", "kind", "articles", "newest", "oldest", "url"), rows)


def _extent(extent: Extent | None) -> tuple[str, str, str]:
    if extent is None:
        return "-", "-", "-"
    of = f" in the newest of {extent.of_sitemaps}" if extent.of_sitemaps else ""
    return f"{extent.articles}{of}", shown(extent.newest), shown(extent.oldest)


def _source(findings: Findings, url: str, key: str) -> NewSource:
    chosen = [feed for feed in findings.feeds if feed.chosen]
    if not chosen:
        raise CrawlError(
            f"{url}: nothing that lists articles was found", remedy="give the URL of a feed in its place", subject=url
        )
    language = _LANGUAGE.match(findings.language or "")
    return NewSource(
        key=key,
        url=_home(findings.feeds, normalize_url(url)),
        name=findings.title,
        feeds=tuple(feed.url for feed in chosen if feed.kind is not FeedKind.FRONT_PAGE),
        sections=tuple(feed.url for feed in chosen if feed.kind is FeedKind.FRONT_PAGE),
        language=language[0].lower() if language else None,
    )


def _home(feeds: tuple[FoundFeed, ...], url: str) -> str:
    """The home page: where a feed was given in its place, the front page of the feed's host."""
    given = next((feed for feed in feeds if feed.url == url), None)
    return urljoin(url, "/") if given and given.kind is not FeedKind.FRONT_PAGE else url
