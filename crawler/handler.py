"""Scrapy's HTTP/1.1 download handler with our manners: a turn for every request, a checked address, bounded headers.

The whole exchange, from asking for a connection to the last byte of the body, has one time limit, so that a server that
sends a byte a second is cut off; the body's size is bounded by ``DOWNLOAD_MAXSIZE`` and never decompressed here. Scrapy
offers no hook for the status line, the header fields as sent and the peer before the body is read: this module reaches
into its handler for them, and is held to Scrapy's minor release by the lock file and ``tests/test_crawl_wire.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    TunnelError,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _ScrapyAgent,
)
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    NotConfigured,
)
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH

from crawler.bodies import header
from crawler.guard import Guard, GuardRefusalError
from crawler.politeness import Answer, host_key, pace_of
from crawler.proxy import Proxy, ProxyError, refusal_of_name
from crawler.reactor import installed_guard
from crawler.run import run_of
from crawler.trail import Wire, has_wire, note_wire

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.web._newclient import HTTP11ClientProtocol

    from storage.records import Headers

_PROXY_AUTHENTICATION_REQUIRED = 407


class HeadersTooLargeError(Exception):
    """A response's header section does not end within ``max_headers``."""


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
        self._pace = pace_of(settings)
        self._guard = guard
        self._proxy = Proxy.named(settings.proxy)
        self._timeout_seconds = settings.timeout.total_seconds()
        self._pool._factory = _factory(guard, settings.max_headers)  # noqa: SLF001 - Scrapy sets its own the same way

    async def download_request(self, request: Request) -> Response:
        """The response, its body as sent.

        Raises:
            GuardRefusalError: Every address of the host, or the one connected to, is not public.
            ProxyError: The proxy cannot be used.
            HostHeldError: The host is to be left alone.
            StoppedError: The crawl was stopped, or the archive cannot be used, which stops it.
        """
        return await self._run.hand_over(self._in_turn(request))

    async def _in_turn(self, request: Request) -> Response:
        host = host_key(request.url)
        async with self._run.hosts.turn(host, self._pace, self._run.source.key):
            # Before the turn ends, so that no other request starts in between.
            try:
                response = await (self._by_proxy(request, self._proxy) if self._proxy else self._exchange(request))
            except DownloadTimeoutError:
                if not has_wire(request):
                    self._run.hosts.heed(host, Answer(None), self._run.clock())
                raise
            seconds = request.meta.get("download_latency", 0.0)
            answer = Answer(response.status, header(response, "Retry-After"), seconds)
            if not self._run.hosts.heed(host, answer, self._run.clock()):
                request.meta["dont_retry"] = True
            return response

    async def _by_proxy(self, request: Request, proxy: Proxy) -> Response:
        refusal = refusal_of_name(urlsplit(request.url).hostname or "", self._guard.allow_networks)
        if refusal:
            raise GuardRefusalError(refusal)
        request.meta["proxy"] = proxy.url
        if proxy.authorization:
            request.headers["Proxy-Authorization"] = proxy.authorization
        try:
            response = await self._exchange(request)
        except (CannotResolveHostError, DownloadConnectionRefusedError) as error:
            raise ProxyError(f"the proxy {proxy.host}:{proxy.port} cannot be reached") from error
        except TunnelError as error:
            raise ProxyError(f"the proxy {proxy.host}:{proxy.port} opens no tunnel to the site") from error
        if response.status == _PROXY_AUTHENTICATION_REQUIRED:
            raise ProxyError(f"the proxy {proxy.host}:{proxy.port} asks for another name and password")
        return response

    async def _exchange(self, request: Request) -> Response:
        agent = _NotingAgent(
            contextFactory=self._contextFactory,
            connectTimeout=self._timeout_seconds,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=True,
            crawler=self._crawler,
        )
        try:
            with wrap_twisted_exceptions():
                return await maybe_deferred_to_future(agent.download_request(request))
        except CannotResolveHostError:
            # Here the URL is the one that was asked, be it the end of a redirect.
            refusal = self._guard.refusal_of_host(urlsplit(request.url).hostname or "")
            if refusal is None:
                raise
            raise GuardRefusalError(refusal) from None


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

    def __init__(self, guard: Guard, most_bytes: int, quiescent: Any) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call] # Twisted's
        self._guard = guard
        self._most_bytes = most_bytes
        self._header_bytes: int | None = None

    def request(self, request: Any) -> Deferred[Any]:
        transport: Any = self.transport
        refusal = self._guard.refusal_of_address(transport.getPeer().host)
        if refusal:
            transport.abortConnection()
            return fail(GuardRefusalError(refusal))
        self._header_bytes = 0
        answer = super().request(request).addBoth(self._end_headers)
        # Twisted hangs up on a line of more than 16 kB; some sites' Content-Security-Policy is longer.
        if self._parser is not None:
            self._parser.MAX_LENGTH = self._most_bytes
        return answer

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self._header_bytes is not None:
            self._header_bytes += len(data)
            if self._header_bytes > self._most_bytes:
                transport: Any = self.transport
                transport.abortConnection()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call] # Twisted's

    def _end_headers(self, result: Any) -> Any:
        too_large = self._header_bytes is not None and self._header_bytes > self._most_bytes
        self._header_bytes = None
        if too_large and isinstance(result, Failure):
            raise HeadersTooLargeError
        return result


def _factory(guard: Guard, most_bytes: int) -> type[_LenientHTTP11ClientFactory]:
    class GuardedFactory(_LenientHTTP11ClientFactory):
        def buildProtocol(self, addr: object) -> HTTP11ClientProtocol:  # noqa: N802 - Twisted's name
            del addr
            return _GuardedProtocol(guard, most_bytes, self._quiescentCallback)

    return GuardedFactory
