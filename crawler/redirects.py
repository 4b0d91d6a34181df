"""Redirects: by status, by the ``Refresh`` header and by a meta element, all of them hops of one visit.

What they have in common is bounded in common (``max_redirects``), and each hop passes the guard, robots.txt and the
delays like any request. A redirected request says nothing of what we have: an ETag or a date belongs to the page that
gave it, and sent to another one it would be answered with "not modified" for a page that was never fetched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from scrapy.downloadermiddlewares.redirect import BaseRedirectMiddleware, RedirectMiddleware

from crawler.bodies import decoded_head, header
from crawler.trail import trail_of
from pipeline.charset import decode_text
from pipeline.page import Refusal, parse_text
from pipeline.urls import is_same_page
from storage.records import Role

if TYPE_CHECKING:
    from typing import Any

    from lxml.html import HtmlElement
    from scrapy import Request
    from scrapy.http import Response

_LONGEST_WAIT_SECONDS = 10
"""A page that sends its reader on after that long is meant to be read; news pages reload themselves after minutes."""
_HEAD_BYTES = 16 * 2**10
"""The element stands in the head of a page, and a page that only sends on is shorter than this."""
_SIGN = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
_REFRESH = re.compile(r"\s*(\d+)(?:\.\d*)?\s*[;,]?\s*(?:url\s*=)?\s*[\"']?([^\"']*)", re.IGNORECASE)
_PASSED_OVER = frozenset({"noscript", "template"})
_OK = 200


def _without_conditions(redirected: Request) -> Request:
    for name in ("If-None-Match", "If-Modified-Since"):
        redirected.headers.pop(name, None)
    return redirected


class StatusRedirectMiddleware(RedirectMiddleware):
    """Scrapy's own, for 301, 302, 303, 307 and 308 (order 600)."""

    def _redirect(self, redirected: Request, request: Request, reason: Any) -> Request:
        return super()._redirect(_without_conditions(redirected), request, reason)


class RefreshMiddleware(BaseRedirectMiddleware):
    """Follows a page that sends its reader on at once (order 580).

    Only the start of a body is decompressed for it, and only where it holds the words is it read.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Called by Scrapy after every exchange."""
        if response.status != _OK or trail_of(request).role is Role.ROBOTS:
            return response
        wait_seconds, target = _refresh(response)
        if target is None or wait_seconds > _LONGEST_WAIT_SECONDS or not _leads_on(response.url, target):
            return response
        redirected = self._redirect_request_using_get(request, response, target)
        return self._redirect(_without_conditions(redirected), request, "refresh")


def _refresh(response: Response) -> tuple[float, str | None]:
    """The seconds to wait and the URL that a response sends on to; None where it sends on to nothing."""
    if field := header(response, "Refresh"):
        return _refresh_of(field, response.url)
    head = decoded_head(response, _HEAD_BYTES)
    if not _SIGN.search(head):
        return 0, None
    tree = parse_text(decode_text(head, header(response, "Content-Type"))[0])
    for meta in () if isinstance(tree, Refusal) else tree.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() == "refresh" and not _is_passed_over(meta):
            return _refresh_of(meta.get("content") or "", response.url)
    return 0, None


def _refresh_of(value: str, url: str) -> tuple[float, str | None]:
    found = _REFRESH.match(value)
    if not found or not found[2].strip():
        return 0, None
    try:
        return float(found[1]), urljoin(url, found[2].strip())
    except ValueError:  # an address that cannot be taken apart
        return 0, None


def _is_passed_over(meta: HtmlElement) -> bool:
    return any(above.tag in _PASSED_OVER for above in meta.iterancestors())


def _leads_on(here: str, target: str) -> bool:
    try:
        return urlsplit(target).scheme in ("http", "https") and not is_same_page(here, target)
    except ValueError:
        return False
