"""Writes down what one visit means, inside one transaction. The decision itself is made in ``pipeline.decide``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.decide import Decision, Observation, Placement, PlacementKind, Sighting, decide, neighbours
from pipeline.fingerprint import fingerprint
from pipeline.identify import Identity, identify, requested_article
from pipeline.observe import observe, page_of
from pipeline.rechecks import MOST_ATTEMPTS, next_check, next_try
from pipeline.workers import ExtractionFailure
from storage.records import ArticleChange, Outcome, VersionMarks, VisitRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from pipeline.page import Page
    from pipeline.visits import Visit
    from storage.archive import Writer
    from storage.records import CanonicalUrl, Capture, Extraction, StoredArticle, StoredRun, WarcLocation


@dataclass(frozen=True, slots=True)
class Prepared:
    """A visit whose captures are on disk and whose page, where it has one, is extracted."""

    visit: Visit
    locations: tuple[WarcLocation, ...]
    extraction: Extraction | ExtractionFailure | None

    @property
    def read(self) -> Extraction | None:
        """The extraction, where there is one."""
        return None if isinstance(self.extraction, ExtractionFailure) else self.extraction


@dataclass(frozen=True, slots=True)
class Means:
    """What concluding a visit may draw on besides the archive's rows.

    ``extract`` runs today's extractor; ``read_capture`` gives a stored capture back.
    """

    confirm_after: timedelta
    extract: Callable[[Page], Extraction | ExtractionFailure]
    read_capture: Callable[[WarcLocation], Capture]


class Conclusion:
    """One visit on its way into the rows of one transaction."""

    def __init__(self, writer: Writer, prepared: Prepared, means: Means) -> None:
        self._writer = writer
        self._prepared = prepared
        self._visit = prepared.visit
        self._means = means
        self._capture_ids: list[int] = []
        read = prepared.read
        self._marks = fingerprint(read.title, read.text) if read else None

    def write(self) -> Outcome:
        """Adds everything that the visit means; writing it twice changes nothing.

        Raises:
            ArchiveError: the archive cannot be written; nothing of the visit is kept then.
        """
        pairs = zip(self._visit.captures, self._prepared.locations, strict=True)
        self._capture_ids = [self._writer.add_capture(capture, location) for capture, location in pairs]
        identity, seen = self._identity()
        decision = decide(identity.stored, seen, confirm_after=self._means.confirm_after)
        if decision.outcome is Outcome.EDITED:
            identity, decision = self._compare_like_with_like(identity, seen, decision)
        article_id = self._write_article(identity, decision)
        version_id = self._write_version(article_id, decision) if article_id else None
        self._write_visit(decision, article_id, version_id)
        self._write_discovery(decision)
        return decision.outcome

    def _identity(self) -> tuple[Identity, Observation]:
        asked = requested_article(self._writer, self._visit)
        seen = observe(self._visit, self._prepared.extraction, self._marks, is_known=asked is not None)
        read = self._prepared.read
        if seen.sighting is not Sighting.ARTICLE or read is None:
            return Identity(asked), seen
        identity = identify(self._writer, self._visit, read, asked)
        if identity.led_elsewhere:
            return identity, Observation(seen.seen_at, Sighting.ABSENT, identity.led_elsewhere)
        if identity.stored is None:
            identity = self._with_row(identity)
        return identity, replace(seen, has_moved=identity.has_moved)

    def _with_row(self, identity: Identity) -> Identity:
        """The identity with a row of its own, which another process may have begun a moment ago."""
        canonical = identity.canonical
        if canonical is None:
            raise ValueError("an article that was seen has a canonical URL")
        self._writer.create_article(self._visit.source.key, canonical, self._visit.visited_at)
        return replace(identity, stored=self._writer.find_article([canonical]))

    def _compare_like_with_like(
        self, identity: Identity, seen: Observation, decision: Decision
    ) -> tuple[Identity, Decision]:
        """Looks again at an edit that another release of the extractor may have made.

        The earlier capture is extracted by today's rule and the two results are compared.
        """
        stored, read = identity.stored, self._prepared.read
        if stored is None or read is None:
            return identity, decision
        around, beside = neighbours(stored.runs, seen.seen_at)
        compared = {run.version_id for run in (around, *beside) if run is not None}
        runs = tuple(self._as_read_today(run, read) if run.version_id in compared else run for run in stored.runs)
        if runs == stored.runs:
            return identity, decision
        today = replace(identity, stored=replace(stored, runs=runs))
        return today, decide(today.stored, seen, confirm_after=self._means.confirm_after)

    def _as_read_today(self, run: StoredRun, read: Extraction) -> StoredRun:
        if (run.extractor, run.release) == (read.extractor, read.release):
            return run
        location = self._writer.latest_capture(run.version_id)
        if location is None:
            return run
        again = self._means.extract(page_of(self._means.read_capture(location), self._visit.source))
        if isinstance(again, ExtractionFailure) or again.not_article is not None:
            return run
        marks = fingerprint(again.title, again.text)
        return replace(run, title_digest=marks.title_digest, text_digest=marks.text_digest, release=again.release)

    def _write_article(self, identity: Identity, decision: Decision) -> int | None:
        stored = identity.stored
        if stored is None:
            return None
        if decision.placement is not None:
            self._write_urls(stored, identity.canonical)
        self._writer.update_article(stored.id, self._change(stored, decision))
        return stored.id

    def _write_urls(self, stored: StoredArticle, canonical: CanonicalUrl | None) -> None:
        urls = [self._visit.requested_url, *(capture.url for capture in self._visit.captures)]
        if canonical is not None:
            urls.append(canonical)
        self._writer.add_article_urls(stored.id, list(dict.fromkeys(urls)), self._visit.visited_at)
        if canonical is not None and canonical != stored.canonical_url:
            self._writer.set_canonical_url(stored.id, canonical)

    def _change(self, stored: StoredArticle, decision: Decision) -> ArticleChange:
        at = self._visit.visited_at
        return ArticleChange(
            status=decision.status or stored.status,
            visited_at=max(stored.last_visited_at or at, at),
            seen_at=at if decision.placement else None,
            missing_since=decision.missing_since,
            gone_at=decision.gone_at,
            next_check_at=next_check(
                decision,
                first_seen_at=min(stored.first_seen_at, at),
                at=at,
                confirm_after=self._means.confirm_after,
            ),
        )

    def _write_version(self, article_id: int, decision: Decision) -> int | None:
        if decision.placement is None:
            self._link(self._capture_ids, article_id)
            return None
        capture_id = self._capture_ids[-1]
        version_id = self._place(article_id, decision.placement)
        read = self._prepared.read
        if read is not None:
            keep_text = self._writer.version_content(version_id) != (read.title, read.text)
            self._add_extraction(read, keep_text=keep_text)
        self._link(self._capture_ids[:-1], article_id)
        self._writer.link_capture(capture_id, article_id=article_id, version_id=version_id)
        return version_id

    def _add_extraction(self, read: Extraction, *, keep_text: bool) -> None:
        digests = (self._marks.title_digest, self._marks.text_digest) if self._marks else None
        self._writer.add_extraction(self._capture_ids[-1], read, chosen=True, keep_text=keep_text, digests=digests)

    def _link(self, capture_ids: list[int], article_id: int) -> None:
        for capture_id in capture_ids:
            self._writer.link_capture(capture_id, article_id=article_id, version_id=None)

    def _place(self, article_id: int, placement: Placement) -> int:
        captured_at, read, marks = self._visit.captures[-1].captured_at, self._prepared.read, self._marks
        if placement.kind is PlacementKind.WITHIN and placement.version_id is not None:
            self._writer.extend_version(placement.version_id, captured_at)
            return placement.version_id
        if read is None or marks is None:
            raise ValueError("a version begins with an extraction")
        if placement.kind is PlacementKind.SPLIT and placement.version_id is not None:
            self._writer.split_version(placement.version_id, captured_at)
        return self._writer.add_version(
            article_id,
            read,
            VersionMarks(captured_at, self._capture_ids[-1], marks.title_digest, marks.text_digest),
        )

    def _write_visit(self, decision: Decision, article_id: int | None, version_id: int | None) -> None:
        read = self._prepared.read
        if read is not None and decision.placement is None:
            self._add_extraction(read, keep_text=False)
        self._writer.add_visit(
            visit=VisitRow(
                visit_id=self._visit.visit_id,
                crawl_id=self._visit.crawl_id,
                source_key=self._visit.source.key,
                requested_url=self._visit.requested_url,
                visited_at=self._visit.visited_at,
                outcome=decision.outcome,
                reason=decision.reason,
                article_id=article_id,
                version_id=version_id,
            )
        )

    def _write_discovery(self, decision: Decision) -> None:
        key, url, at = self._visit.source.key, self._visit.requested_url, self._visit.visited_at
        attempts = 0 if decision.settles else self._writer.discovery_attempts(key, url)
        if decision.settles or attempts + 1 >= MOST_ATTEMPTS:
            self._writer.settle_discovery(key, url, decision.outcome, at)
        else:
            self._writer.postpone_discovery(key, url, next_try_at=next_try(attempts, at), outcome=decision.outcome)
