"""Dated archives: the pages on which a site lists the articles of a month, such as ``/2016/03/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from crawler.discovery.front_pages import base_of
from crawler.discovery.listing import absolute
from pipeline.urls import same_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from lxml import html

_MONTH_PATH = re.compile(
    r"(?P<before>.*?/)(?P<year>(?:19|20)\d\d)(?P<between>[/_-]?)(?P<month>0[1-9]|1[0-2]|[1-9])(?P<after>/?|\.\w{3,5})"
)
_MONTH_FIELD = re.compile(
    r"(?P<before>(?:.*&)?(?:m|month)=)(?P<year>(?:19|20)\d\d)(?P<between>-?)(?P<month>0[1-9]|1[0-2])"
)
_ARTICLE_PATH = re.compile(r"(?P<before>.*?/)(?P<year>(?:19|20)\d\d)/(?P<month>0[1-9]|1[0-2]|[1-9])/.+")


@dataclass(frozen=True, slots=True)
class MonthlyArchive:
    """Where a site lists the articles of each month; ``width`` is how many digits a month is written with."""

    url: str
    before: str
    between: str
    after: str
    width: int
    in_query: bool = False

    def of(self, year: int, month: int) -> str:
        """The page of that month."""
        written = f"{self.before}{year}{self.between}{month:0{self.width}}{self.after}"
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(query=written) if self.in_query else parts._replace(path=written, query=""))


def monthly_archive(page: html.HtmlElement, url: str, articles: Iterable[str]) -> MonthlyArchive | None:
    """Where a site has its monthly archives: as its home page links to one, else as its article URLs suggest.

    None where neither tells.
    """
    base = base_of(page, url)
    for anchor in page.iter("a", "option"):
        target = absolute(anchor.get("href") or anchor.get("value") or "", base)
        if target and same_site(target, url) and (found := _by_link(target)):
            return found
    for article in articles:
        match = _ARTICLE_PATH.fullmatch(unquote(urlsplit(article).path))
        if match and same_site(article, url):
            return MonthlyArchive(article, match["before"], "/", "/", len(match["month"]))
    return None


def months(since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    """The years and months of a time, the last first."""
    number = until.year * 12 + until.month - 1
    while number >= since.year * 12 + since.month - 1:
        yield number // 12, number % 12 + 1
        number -= 1


def _by_link(url: str) -> MonthlyArchive | None:
    parts = urlsplit(url)
    if match := _MONTH_FIELD.fullmatch(parts.query):
        return MonthlyArchive(url, match["before"], match["between"], "", 2, in_query=True)
    match = _MONTH_PATH.fullmatch(parts.path)
    if match is None or parts.query:
        return None
    return MonthlyArchive(url, match["before"], match["between"], match["after"], len(match["month"]))
