"""Bodies as they were before the server compressed them; Scrapy hands them on as sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.page import Page, Refusal, decode_body, decode_head

if TYPE_CHECKING:
    from scrapy.http import Response

_NEVER = datetime.min.replace(tzinfo=UTC)


def decoded(response: Response, max_bytes: int) -> bytes | Refusal:
    """The response's body with its content encodings undone, or why it has none within the limit."""
    coding = header(response, "Content-Encoding")
    return decode_body(Page(response.url, response.body, None, coding, _NEVER), max_bytes)


def decoded_head(response: Response, most_bytes: int) -> bytes:
    """The start of the response's body, decompressed no further than that; empty where it cannot be."""
    return decode_head(response.body, header(response, "Content-Encoding"), most_bytes)


def header(response: Response, name: str) -> str | None:
    """The response's header field of that name, its lines joined by commas (RFC 9110 section 5.3)."""
    values = response.headers.getlist(name)
    return ", ".join(value.decode("latin-1") for value in values) if values else None
