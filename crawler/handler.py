"""Scrapy's HTTP/1.1 download handler with our manners: a turn for every request, a checked address, bounded headers.

The whole exchange, from asking for a connection to the last byte of the body, has one time limit, so that a server that
sends a byte a second is cut off; the body's size is bounded by ``DOWNLOAD_MAXSIZE`` and never decompressed here. Scrapy
offers no hook for the status line, the header fields as sent and the peer before the body is read: this module reaches
into its handler for them, and is held to Scrapy's minor release by the lock file and ``tests/test_crawl_wire.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _ScrapyAgent,
)
from scrapy.exceptions import NotConfigured
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH

from crawler.bodies import header
from crawler.guard import Guard, GuardRefusalError
from crawler.politeness import Pace, host_key
from crawler.reactor import installed_guard
from crawler.run import run_of
from crawler.trail import Wire, note_wire

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.web._newclient import HTTP11ClientProtocol

    from storage.records import Headers

MAX_HEADER_BYTES = 256 * 1024
"""Of a response's status line and header fields; browsers stop at the same size (Chromium: 256 KiB)."""


class HeadersTooLargeError(Exception):
    """A response's header section does not end within ``MAX_HEADER_BYTES``."""


class GuardedHandler(HTTP11DownloadHandler):
    """Downloads one request in the host's turn, and gives up when the crawl is stopped."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        guard = installed_guard()
        if guard is None:
            raise NotConfigured("no guard stands on the reactor")
        self._run = run_of(crawler)
        settings = self._run.settings
        self._pace = Pace(settings.delay.total_seconds(), settings.connections_per_host)
        self._timeout_seconds = settings.timeout.total_seconds()
        self._pool._factory = _factory(guard)  # noqa: SLF001 - Scrapy sets its own the same way

    async def download_request(self, request: Request) -> Response:
        """The response, its body as sent.

        Raises:
            GuardRefusalError: The address connected to is not public.
            HostHeldError: The host asked to be left alone.
            StoppedError: The crawl was stopped.
        """
        return await self._run.until_stopped(self._in_turn(request))

    async def _in_turn(self, request: Request) -> Response:
        host = host_key(request.url)
        async with self._run.hosts.turn(host, self._pace):
            agent = _NotingAgent(
                contextFactory=self._contextFactory,
                connectTimeout=self._timeout_seconds,
                bindAddress=self._bind_address,
                pool=self._pool,
                maxsize=self._default_maxsize,
                fail_on_dataloss=True,
                crawler=self._crawler,
            )
            with wrap_twisted_exceptions():
                response = await maybe_deferred_to_future(agent.download_request(request))
            # Before the turn ends, so that no other request starts in between.
            asked = header(response, "Retry-After")
            if not self._run.hosts.heed(host, response.status, asked, self._run.clock()):
                request.meta["dont_retry"] = True
            return response


class _NotingAgent(_ScrapyAgent):
    """Notes what Scrapy's response does not keep."""

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        fields = _pairs(txresponse.headers)
        if txresponse.length is not UNKNOWN_LENGTH:
            # Twisted keeps the fields that frame the message apart; this one says how much was sent.
            fields = (("Content-Length", str(txresponse.length)), *fields)
        note_wire(request, Wire(txresponse.phrase.decode("latin-1"), _pairs(txresponse.request.headers), fields))
        return super()._cb_bodyready(txresponse, request)


def _pairs(headers: Any) -> Headers:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.getAllRawHeaders()
        for value in values
    )


class _GuardedProtocol(_LenientHTTP11ClientProtocol):
    """Checks the address once more before anything is sent (DNS rebinding), and bounds the header section."""

    def __init__(self, guard: Guard, quiescent: Any) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call] # Twisted's
        self._guard = guard
        self._header_bytes: int | None = None

    def request(self, request: Any) -> Deferred[Any]:
        transport: Any = self.transport
        refusal = self._guard.refusal_of_address(transport.getPeer().host)
        if refusal:
            transport.abortConnection()
            return fail(GuardRefusalError(refusal))
        self._header_bytes = 0
        return super().request(request).addBoth(self._end_headers)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._header_bytes is not None:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                transport: Any = self.transport
                transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call] # Twisted's

    def _end_headers(self, result: Any) -> Any:
        too_large = self._header_bytes is not None and self._header_bytes > MAX_HEADER_BYTES
        self._header_bytes = None
        if too_large and isinstance(result, Failure):
            raise HeadersTooLargeError
        return result


def _factory(guard: Guard) -> type[_LenientHTTP11ClientFactory]:
    class GuardedFactory(_LenientHTTP11ClientFactory):
        def buildProtocol(self, addr: object) -> HTTP11ClientProtocol:  # noqa: N802 - Twisted's name
            del addr
            return _GuardedProtocol(guard, self._quiescentCallback)

    return GuardedFactory
