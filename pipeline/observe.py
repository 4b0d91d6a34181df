"""What a visit showed: from captures and their extraction to one observation. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.decide import Observation, Sighting, sighting_of_page, sighting_of_status
from pipeline.page import Page
from pipeline.urls import is_front_page
from pipeline.workers import ExtractionFailure
from storage.records import Outcome

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
        return sighting, reason
    if is_known and is_front_page(visit.final_url) and not is_front_page(visit.requested_url):
        return Sighting.ABSENT, "redirects to the front page"
    return _of_extraction(extraction, is_known=is_known)


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
