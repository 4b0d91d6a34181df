"""What a rendered page is let load: the answer that was archived as its document, scripts and data, no pictures.

Every request of the page's context is shown here before it is made; what is let through still has to pass the proxy.
Pictures and fonts do not change the document: they are answered from here, so that no script takes one for missing.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Frame, Page, Request, Response, Route

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NOT_LOADED = frozenset({"media", "font", "ping", "texttrack", "manifest", "eventsource"})
_ASKS_FOR_PATIENCE = frozenset({429, 503})
_NOT_SENT = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "content-disposition"})


@dataclass(frozen=True, slots=True)
class Document:
    """The answer that a page begins with: its URL after redirects, header fields, and body without content encoding."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass  # without slots: Playwright marks the object whose methods it is given
class Gate:
    """Decides over the requests of one page.

    Args:
        document: What the page is given when it is first opened.
        may_open: Whether a script may send the page to that URL.
        heed: Is told of answers that ask for patience: URL, status, and the ``Retry-After`` field.
        navigations: How often it may.
        requests_left: How many requests it may make.
    """

    document: Document
    may_open: Callable[[str], Awaitable[bool]]
    heed: Callable[[str, int, str | None], object]
    navigations: int
    requests_left: int
    requests: int = 0
    page: Page | None = None
    _is_open: bool = False
    has_moved: bool = False

    async def handle(self, route: Route) -> None:
        """Called by Playwright for every request."""
        with suppress(Error):  # the page is closed meanwhile
            await self._answer(route, route.request)

    def note_answer(self, response: Response) -> None:
        """Called by Playwright for every answer from the network."""
        if response.status in _ASKS_FOR_PATIENCE and response.url != self.document.url:
            self.heed(response.url, response.status, response.headers.get("retry-after"))

    async def _answer(self, route: Route, request: Request) -> None:
        kind = request.resource_type
        if request.is_navigation_request() and _frame(request) in (None, self.page and self.page.main_frame):
            await self._open(route, request)
        elif kind == "image":
            await route.fulfill(status=200, content_type="image/gif", body=_PIXEL)
        elif kind in _NOT_LOADED or not self._take_request():
            await route.abort()
        else:
            await route.continue_()

    async def _open(self, route: Route, request: Request) -> None:
        if not self._is_open and _frame(request) is not None:
            self._is_open = True
            await route.fulfill(status=self.document.status, headers=_fields(self.document), body=self.document.body)
        elif await self._may_move(request):
            self.has_moved = True
            await route.continue_()
        else:
            await route.abort()

    async def _may_move(self, request: Request) -> bool:
        self.navigations -= 1
        is_plain = request.method == "GET" and _frame(request) is not None
        return self.navigations >= 0 and is_plain and self._take_request() and await self.may_open(request.url)

    def _take_request(self) -> bool:
        if self.requests_left <= 0:
            return False
        self.requests_left -= 1
        self.requests += 1
        return True


def _frame(request: Request) -> Frame | None:
    """The frame that asks; None where it is a window that is not open yet."""
    try:
        return request.frame
    except Error:
        return None


def _fields(document: Document) -> dict[str, str]:
    """The answer's header fields as Playwright takes them: lines of one field joined by line breaks for cookies."""
    fields: dict[str, str] = {}
    for name, value in document.headers:
        lower = name.lower()
        if lower not in _NOT_SENT:
            joint = "\n" if lower == "set-cookie" else ", "
            fields[lower] = f"{fields[lower]}{joint}{value}" if lower in fields else value
    return fields
