"""The downloader middleware that makes a capture of every exchange, as it came over the wire.

It stands next to the downloader (order 895), outside compression, redirect and retry, so that it sees content-encoded
bodies and every hop. It concludes nothing and stores nothing: captures wait on the request's trail.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import uuid4

from crawler.run import run_of
from crawler.trail import take_wire, trail_of
from storage.records import Capture, PayloadDigest

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.run import Run
    from storage.records import Headers

REDACTED = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Request header fields that carry a subscriber's secrets: they are sent, and never kept. So are a source's headers."""
_SET_COOKIE = "set-cookie"
_WITHHELD = "withheld"


class CaptureMiddleware:
    """Puts one capture of each exchange on its request's trail, and counts requests and bytes."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._redacted = REDACTED | (run.access.secret_names if run.access else frozenset())

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CaptureMiddleware:
        """Called by Scrapy."""
        return cls(run_of(crawler))

    def process_request(self, request: Request) -> None:
        """Called by Scrapy before every exchange."""
        trail_of(request).go_on()
        self._run.requests += 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Called by Scrapy after every exchange that gave a response."""
        self._run.received_bytes += len(response.body)
        trail_of(request).captures.append(self._capture(request, response))
        return response

    def _capture(self, request: Request, response: Response) -> Capture:
        trail = trail_of(request)
        wire = take_wire(request)
        return Capture(
            record_id=uuid4().hex,
            source_key=self._run.source.key,
            role=trail.role,
            url=response.url,
            requested_url=trail.requested_url,
            captured_at=self._run.clock(),
            status=response.status,
            reason=wire.reason,
            request_headers=tuple(pair for pair in wire.request_headers if pair[0].lower() not in self._redacted),
            response_headers=without_sessions(wire.response_headers) if self._run.access else wire.response_headers,
            body=response.body,
            payload_digest=PayloadDigest(f"sha256:{hashlib.sha256(response.body).hexdigest()}"),
            remote_address=self._remote_address(response),
            visit_id=trail.visit_id,
            protocol=response.protocol or "HTTP/1.1",
            method=request.method,
            belongs_to=trail.belongs_to,
        )

    def _remote_address(self, response: Response) -> str | None:
        """The publisher's address; behind a proxy nobody tells it."""
        if self._run.settings.proxy or not response.ip_address:
            return None
        return str(response.ip_address)


def without_sessions(headers: Headers) -> Headers:
    """The response's header fields with what ``Set-Cookie`` sets taken out: a subscriber's session opens doors."""
    return tuple(
        (name, f"{value.partition('=')[0].strip()}={_WITHHELD}" if name.lower() == _SET_COOKIE else value)
        for name, value in headers
    )
