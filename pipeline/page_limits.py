"""How large a page may be and still be read; apart from the reader, which takes long to import."""

from __future__ import annotations

from dataclasses import dataclass

MAX_HTML_BYTES = 10 * 2**20
"""Decoded bytes a page may have: five times the largest of 1,449 news pages measured (1.8 MB)."""
MAX_ELEMENTS = 150_000
"""Elements a page may have; past it no extractor ends within its time (largest news page measured: 20,000)."""
MAX_DEPTH = 2048
"""Levels of elements a page may have: past them libxml2 itself stops, and drops the rest."""


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How large a page may be and still be read: decoded bytes, elements, and levels of them."""

    decoded_bytes: int = MAX_HTML_BYTES
    elements: int = MAX_ELEMENTS
    depth: int = MAX_DEPTH


USUAL_LIMITS = PageLimits()
