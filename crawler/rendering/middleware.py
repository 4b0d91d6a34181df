"""The downloader middleware that renders the pages of a source with ``render = true`` (order 50, outside redirects).

The answer that was captured is what the browser is given as the page's document: the publisher is asked for it once,
and the raw capture and the rendered one show the same page. The rendered document becomes a capture of its own, which
is the one that is read.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from scrapy.exceptions import NotConfigured

from crawler.bodies import decoded, header
from crawler.failures import GivenUpError
from crawler.politeness import Answer, host_key, pace_of
from crawler.reactor import installed_resolver
from crawler.rendering.proxy import Budget, PageProxy
from crawler.rendering.renderer import Guise, Rendered, RenderError
from crawler.robots import RobotsReader
from crawler.run import StoppedError, run_of
from crawler.trail import trail_of
from pipeline.page import Refusal
from pipeline.visits import Failure
from storage.records import Capture, Outcome, PayloadDigest, Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.rendering.gate import Gate
_log = logging.getLogger(__name__)
_OK = range(200, 300)
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", ""})
_CONDITIONS = ("If-None-Match", "If-Modified-Since")


class RenderMiddleware:
    """Adds the rendered page to the trail of every article that came well; one page of a source at a time."""

    def __init__(self, crawler: Crawler) -> None:
        run, resolver = run_of(crawler), installed_resolver()
        if run.renderer is None or resolver is None:
            raise NotConfigured
        self._robots = RobotsReader(crawler)
        self._run = run
        self._renderer = run.renderer
        self._resolver = resolver
        settings = run.settings
        self._pace = pace_of(settings)
        language = run.source.language or "en"
        self._guise = Guise(settings.user_agent, language, run.source.timezone, settings.verify_certificates)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RenderMiddleware:
        """Called by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Called by Scrapy before every request: an unchanged document says nothing of what its scripts load."""
        if trail_of(request).role is Role.ARTICLE:
            for name in _CONDITIONS:
                request.headers.pop(name, None)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Called by Scrapy with the answer at the end of all redirects.

        Raises:
            GivenUpError: It cannot be rendered.
            StoppedError: The crawl was stopped.
        """
        trail = trail_of(request)
        if trail.role is not Role.ARTICLE or not _is_page(response):
            return response
        body = decoded(response, self._run.settings.max_body)
        if isinstance(body, Refusal):
            return response  # extraction says the same of it
        raw = trail.captures[-1]
        try:
            rendered = await self._run.until_stopped(self._render(raw, body))
        except RenderError as error:
            raise GivenUpError(Failure(Outcome.FAILED, str(error))) from error
        trail.captures.append(self._capture(raw, rendered))
        return response

    async def _render(self, raw: Capture, body: bytes) -> Rendered:
        from crawler.rendering.gate import Document, Gate  # noqa: PLC0415 - imports an optional dependency

        limits = self._renderer.settings
        document = Document(raw.url, raw.status, raw.response_headers, body)
        gate = Gate(document, self._may_open, self._heed, self._run.settings.max_redirects, limits.max_requests)
        proxy = PageProxy(self._resolver, self._turn, Budget(limits.max_requests, limits.max_bytes))
        async with self._run.rendering, self._renderer.turn(), proxy.serving():
            try:
                return await self._renderer.render(gate, proxy.url, self._guise)
            finally:
                self._note(gate, proxy)

    def _note(self, gate: Gate, proxy: PageProxy) -> None:
        self._run.requests += gate.requests
        self._run.received_bytes += proxy.budget.received_bytes
        if proxy.refused:
            _log.warning(
                "page reached for a forbidden address",
                extra={"url": gate.document.url, "refused": sorted(proxy.refused)},
            )

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        async with self._run.hosts.turn(host, self._pace, self._run.source.key):
            yield

    def _heed(self, url: str, status: int, wait_asked: str | None) -> None:
        self._run.hosts.heed(host_key(url), Answer(status, wait_asked), self._run.clock())

    async def _may_open(self, url: str) -> bool:
        """Whether a script may lead the page to the URL."""
        try:
            await self._robots.check(url)
        except (GivenUpError, StoppedError):
            return False
        return True

    def _capture(self, raw: Capture, rendered: Rendered) -> Capture:
        body = rendered.html.encode("utf-8", "replace")
        return Capture(
            record_id=uuid4().hex,
            source_key=raw.source_key,
            role=Role.RENDERED,
            url=rendered.url,
            requested_url=raw.requested_url,
            captured_at=self._run.clock(),
            status=raw.status,
            reason=raw.reason,
            request_headers=(),
            response_headers=(("Content-Type", "text/html; charset=utf-8"), ("Rendered-By", rendered.browser)),
            body=body,
            payload_digest=PayloadDigest(f"sha256:{hashlib.sha256(body).hexdigest()}"),
            visit_id=raw.visit_id,
            belongs_to=raw.record_id,
        )


def _is_page(response: Response) -> bool:
    kind = (header(response, "Content-Type") or "").partition(";")[0].strip().lower()
    return response.status in _OK and kind in _HTML_TYPES
