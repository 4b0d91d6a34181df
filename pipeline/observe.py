"""What a visit showed: from captures and their extraction to one observation. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pipeline.decide import Observation, Sighting, sighting_of_page, sighting_of_status
from pipeline.page import Page, decode_head
from pipeline.page_marks import is_challenge
from pipeline.urls import identity_url, is_front_page
from pipeline.workers import ExtractionFailure
from storage.records import NotArticle, Outcome

_LINK = re.compile(r"<\s*([^<>\s]*)\s*>((?:\s*;\s*[^,;=\s]+\s*(?:=\s*(?:\"[^\"]*\"|[^\",;\s]*))?)*)")
_CHALLENGING = frozenset({401, 403, 429, 503})
_HEAD_BYTES = 32 * 2**10
_CANONICAL = re.compile(r";\s*rel\s*=\s*(?:canonical\b|\"(?:[^\"]*\s)?canonical(?:\s[^\"]*)?\")", re.IGNORECASE)

if TYPE_CHECKING:
    from pipeline.fingerprint import Fingerprint
    from pipeline.visits import Visit
    from storage.records import Capture, Extraction, SourceRecord


def page_of(capture: Capture, source: SourceRecord) -> Page:
    """The page that a capture holds, as extraction takes it."""
    return Page(
        url=capture.url,
        body=capture.body,
        content_type=capture.header("Content-Type"),
        content_encoding=capture.header("Content-Encoding"),
        seen_at=capture.captured_at,
        timezone=source.timezone,
        language=source.language,
    )


def page_to_extract(visit: Visit) -> Page | None:
    """The page at the end of a visit, or None where its status or a failure already says all there is."""
    if visit.failure or not visit.captures:
        return None
    final = visit.captures[-1]
    sighting, _ = sighting_of_status(final.status)
    return page_of(final, visit.source) if sighting is Sighting.ARTICLE else None


def declared_url(visit: Visit, extraction: Extraction) -> str | None:
    """The address that the page names as its canonical, or its HTTP header does (RFC 8288, RFC 6596), unverified."""
    if extraction.declared_url or not visit.captures:
        return extraction.declared_url
    final = visit.captures[-1]
    fields = ", ".join(value for name, value in final.response_headers if name.lower() == "link")
    named = {target for target, parameters in _LINK.findall(fields) if _CANONICAL.search(parameters)}
    return urljoin(final.url, named.pop()) if len(named) == 1 else None


def with_robots(extraction: Extraction, visit: Visit) -> Extraction:
    """The extraction with the directives for robots that the response's header gave, beside those of the page."""
    fields = [value for name, value in visit.captures[-1].response_headers if name.lower() == "x-robots-tag"]
    given = [word for value in fields for part in value.lower().split(",") if (word := part.strip())]
    if not given:
        return extraction
    stated = (extraction.robots or "").split(", ") if extraction.robots else []
    return replace(extraction, robots=", ".join(dict.fromkeys((*stated, *given))))


def observe(
    visit: Visit,
    extraction: Extraction | ExtractionFailure | None,
    marks: Fingerprint | None,
    *,
    is_known: bool,
) -> Observation:
    """The observation that a visit amounts to.

    Args:
        visit: What was received.
        extraction: What was made of its page.
        marks: The extraction's fingerprint.
        is_known: The visit's address led to an article before.
    """
    sighting, reason = _sighting(visit, extraction, is_known=is_known)
    if sighting is not Sighting.ARTICLE:
        return Observation(visit.visited_at, sighting, reason)
    return Observation(
        visit.captures[-1].captured_at,
        sighting,
        reason,
        fingerprint=marks,
        payload_digest=visit.captures[-1].payload_digest,
    )


def _sighting(
    visit: Visit, extraction: Extraction | ExtractionFailure | None, *, is_known: bool
) -> tuple[Sighting, str]:
    if visit.failure:
        return _of_failure(visit.failure.kind), visit.failure.reason
    if not visit.captures:
        return Sighting.FAILED, "no response"
    sighting, reason = sighting_of_status(visit.captures[-1].status)
    if sighting is not Sighting.ARTICLE:
        return sighting, reason + (", a bot challenge" if _is_challenged(visit.captures[-1]) else "")
    return _of_page(visit, extraction, is_known=is_known)


def _of_page(
    visit: Visit, extraction: Extraction | ExtractionFailure | None, *, is_known: bool
) -> tuple[Sighting, str]:
    if is_known and is_front_page(visit.final_url) and not is_front_page(visit.requested_url):
        return Sighting.ABSENT, "redirects to the front page"
    if not visit.captures[-1].body.strip():
        # A script that failed sends this, a proxy that lost its server; nobody takes an article down so.
        return Sighting.FAILED, "the answer has no body"
    if is_known and _leads_to_a_list(visit, extraction):
        return Sighting.ABSENT, "redirects to a list of articles"
    return _of_extraction(extraction, is_known=is_known)


def _leads_to_a_list(visit: Visit, extraction: Extraction | ExtractionFailure | None) -> bool:
    """Whether another address was shown in place of the one asked for, and lists articles."""
    if extraction is None or isinstance(extraction, ExtractionFailure):
        return False
    is_list = extraction.not_article is NotArticle.LISTING
    return is_list and identity_url(visit.final_url) != identity_url(visit.requested_url)


def _is_challenged(capture: Capture) -> bool:
    if capture.status not in _CHALLENGING:
        return False
    start = decode_head(capture.body, capture.header("Content-Encoding"), _HEAD_BYTES)
    return is_challenge(start.decode("latin-1"))


def _of_extraction(extraction: Extraction | ExtractionFailure | None, *, is_known: bool) -> tuple[Sighting, str]:
    if extraction is None or isinstance(extraction, ExtractionFailure):
        return Sighting.FAILED, extraction.reason if extraction else "not extracted"
    if extraction.refused is not None:
        return Sighting.REFUSED, f"the page is {extraction.refused.replace('_', ' ')}"
    if extraction.not_article is not None:
        return sighting_of_page(extraction.not_article, is_known=is_known)
    return Sighting.ARTICLE, ""


def _of_failure(kind: Outcome) -> Sighting:
    return Sighting.REFUSED if kind is Outcome.REFUSED else Sighting.FAILED
