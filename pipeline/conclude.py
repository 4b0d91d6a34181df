"""Writes down what one visit means, inside one transaction. The decision itself is made in ``pipeline.decide``."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.absence import is_empty_everywhere, notice_of_site, what_is_left
from pipeline.copies import CopyFinder
from pipeline.decide import EMPTIED, Decision, Observation, Sighting, decide
from pipeline.fingerprint import Fingerprint, fingerprint
from pipeline.identify import Identity, identify, requested_article
from pipeline.indexing import index_article
from pipeline.lesson import Manner, PageReading
from pipeline.listed_dates import with_listed_date
from pipeline.listed_topics import with_listed_topics
from pipeline.measure import Content
from pipeline.observe import observe, page_of
from pipeline.page_lines import PageLines
from pipeline.placement import Placement, arranged, latest_run, neighbours
from pipeline.rechecks import MOST_ATTEMPTS, next_try
from pipeline.reckoning import Reckoning
from pipeline.site_blocks import without_figures, without_site_blocks
from pipeline.steps import measure_steps
from pipeline.twins import find_twins
from pipeline.urls import address_key, identity_url
from pipeline.workers import AS_FIRST, ExtractionFailure, How
from storage.errors import ArchiveError
from storage.records import Address, ArticleStatus, NotArticle, Outcome, Role
from storage.records_stored import ArticleChange, VersionMarks, VisitRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from pipeline.page import Page
    from pipeline.visits import Visit
    from storage.archive import Writer
    from storage.records import CanonicalUrl, Capture, Extraction, WarcLocation
    from storage.records_stored import StoredArticle, StoredRun

_TELLS_NOTHING = frozenset({Outcome.FAILED, Outcome.REFUSED})
_MAY_HAVE_MOVED = frozenset({Outcome.NEW, Outcome.MISSING, Outcome.GONE})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A visit whose captures are on disk and whose page, where it has one, is extracted.

    ``is_full`` is false where the text was found through the site's profile; ``how`` it was read names that profile.
    """

    visit: Visit
    locations: tuple[WarcLocation, ...]
    extraction: Extraction | ExtractionFailure | None
    is_full: bool = True
    how: How = AS_FIRST

    @property
    def read(self) -> Extraction | None:
        """The extraction, where there is one."""
        return None if isinstance(self.extraction, ExtractionFailure) else self.extraction


@dataclass(frozen=True, slots=True)
class Means:
    """What concluding a visit may draw on besides the archive's rows.

    ``extract`` runs today's extractor; ``read_capture`` gives a stored capture back; ``copies`` finds copies;
    ``reckoning`` says when an article is due again.
    ``read`` reads a page of a source by what is known of its site today; ``knows`` says whether anything is. ``pages``
    remembers the lines of stored pages.
    """

    confirm_after: timedelta
    extract: Callable[[Page], Extraction | ExtractionFailure]
    read_capture: Callable[[WarcLocation], Capture]
    copies: CopyFinder = field(default_factory=CopyFinder)
    read: Callable[[Page, How], PageReading | ExtractionFailure] | None = None
    knows: Callable[[str, str], bool] | None = None
    reckoning: Reckoning = field(default_factory=Reckoning)
    pages: PageLines = field(default_factory=PageLines)


def _with_what_feeds_say(writer: Writer, prepared: Prepared) -> Prepared:
    """The visit with date and topics of any feed of the source, where neither page nor the feed that sent us has them.

    A sitemap is often read in the same moment as the feed and lists the same address without a date: which of the two
    sends the crawl there is chance.
    """
    read = prepared.read
    if read is None or (read.published_on is not None and (read.section or read.tags)):
        return prepared
    listing = writer.listed(prepared.visit.source.key, prepared.visit.requested_url)
    visit = replace(prepared.visit, listing=listing)
    return (
        replace(prepared, extraction=with_listed_topics(with_listed_date(read, visit), visit)) if listing else prepared
    )


class Conclusion:
    """One visit on its way into the rows of one transaction."""

    def __init__(self, writer: Writer, prepared: Prepared, means: Means) -> None:
        self._writer = writer
        self._prepared = prepared = _with_what_feeds_say(writer, prepared)
        self._visit = prepared.visit
        self._means = means
        self._capture_ids: list[int] = []
        self._is_late = False
        self._retold: set[int] = set()
        self._read_today: dict[int, Content] = {}
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
        if (instead := self._instead(identity, seen, decision)) is not None:
            seen = instead
            decision = decide(identity.stored, seen, confirm_after=self._means.confirm_after)
        if decision.status is ArticleStatus.WITHHELD and identity.stored is not None:
            return self._refuse(decision, identity.stored.id)
        if _is_edit(identity, decision):
            identity, decision = self._compare_like_with_like(identity, seen, decision)
        if _is_edit(identity, decision):
            decision = self._less_what_the_site_does(identity, seen, decision)
        article_id = self._write_article(identity, decision)
        version_id = self._write_version(article_id, decision) if article_id else None
        if article_id is not None and (moved := self._moved(article_id, decision)) is not None:
            article_id, version_id, decision = moved
        self._keep_reading(decision)
        self._write_visit(decision, article_id, version_id)
        self._write_discovery(decision)
        return decision.outcome

    def _refuse(self, decision: Decision, article_id: int) -> Outcome:
        """A visit to an article that was taken down while it was under way, or that was met under another address.

        Its captures are the article's, so that their records are erased like the others; nothing else is kept.
        """
        self._link(self._capture_ids, article_id)
        self._write_visit(decision, article_id, None)
        self._write_discovery(decision)
        return decision.outcome

    def _identity(self) -> tuple[Identity, Observation]:
        asked = requested_article(self._writer, self._visit)
        seen = observe(self._visit, self._prepared.extraction, self._marks, is_known=asked is not None)
        read = self._prepared.read
        if seen.reason == EMPTIED and asked is not None and is_empty_everywhere(self._writer, asked, seen.seen_at):
            return Identity(asked), replace(seen, sighting=Sighting.NOT_AN_ARTICLE, reason=f"{EMPTIED}, like others")
        if seen.sighting is not Sighting.ARTICLE or read is None or self._marks is None:
            return Identity(asked), seen
        identity = identify(self._writer, self._visit, read, self._marks, asked)
        if identity.led_elsewhere:
            return identity, Observation(seen.seen_at, Sighting.ABSENT, identity.led_elsewhere)
        identity = self._settled(identity)
        if identity.is_elsewhere:
            reason = "the same article, seen at another of its addresses"
            return identity, replace(seen, sighting=Sighting.ELSEWHERE, reason=reason)
        return self._with_captures(identity, seen.seen_at), replace(seen, has_moved=identity.has_moved)

    def _instead(self, identity: Identity, seen: Observation, decision: Decision) -> Observation | None:
        """What was seen where the page at a known article's address is not the article, or None where it is."""
        stored, read, placement = identity.stored, self._prepared.read, decision.placement
        if stored is None or not stored.runs or read is None or placement is None or placement.version_id is not None:
            return None
        if self._marks and (notice := notice_of_site(self._writer, stored, read, self._marks, seen.seen_at)):
            return Observation(seen.seen_at, Sighting.NOT_AN_ARTICLE, notice)
        _, before = self._writer.version_content(latest_run(stored.runs).version_id)
        absence = what_is_left(before, read)
        return None if absence is None else Observation(seen.seen_at, Sighting.ABSENT, absence)

    def _with_captures(self, identity: Identity, at: datetime) -> Identity:
        """The identity with all capture times of its versions, where the visit is older than some of them."""
        stored = identity.stored
        if stored is None or all(run.last_captured_at <= at for run in stored.runs):
            return identity
        self._is_late = True
        times = self._writer.capture_times(stored.id)
        runs = tuple(replace(run, captured_at=times.get(run.version_id, ())) for run in stored.runs)
        return replace(identity, stored=replace(stored, runs=runs))

    def _settled(self, identity: Identity) -> Identity:
        """The identity with one row of its own: others that are the same article are merged into it."""
        for url in identity.disowned:
            # Where this page is at that address it is this page's now; where it only declares it, it is nobody's.
            self._writer.release_url(url, keep_row=url != identity_url(self._visit.final_url))
        stored, other = identity.stored, identity.same_as
        if stored is not None and other is not None:
            self._merge(stored.id, other.id)
            return replace(identity, stored=self._writer.find_article([stored.canonical_url]), same_as=None)
        return self._with_row(identity) if stored is None else identity

    def _merge(self, kept: int, merged: int) -> None:
        self._writer.merge_articles(kept, merged, self._visit.visited_at, arranged)
        measure_steps(self._writer, kept)
        self._index(kept)
        self._find_copies(kept)

    def _moved(self, article_id: int, decision: Decision) -> tuple[int, int | None, Decision] | None:
        """Article, version and decision of a visit that shows an article to have moved without a redirect, or None."""
        twins = find_twins(self._writer, article_id) if decision.outcome in _MAY_HAVE_MOVED else None
        if twins is None:
            return None
        kept, merged = twins.by_age
        self._merge(kept.id, merged.id)
        self._writer.set_canonical_url(kept.id, twins.alive.canonical_url)
        stored = self._writer.article(kept.id)
        if stored is None:
            raise ValueError("an article that was merged into goes on")
        reason = f"{twins.absent.canonical_url} is now at {twins.alive.canonical_url}"
        moved = replace(decision, outcome=Outcome.MOVED, reason=reason, status=ArticleStatus.MOVED)
        moved = replace(moved, missing_since=None, gone_at=None, settles=True)
        self._writer.update_article(stored.id, self._change(stored, moved))
        shown = {capture.capture_id: capture.version_id for capture in self._writer.shown_captures(stored.id)}
        return stored.id, shown.get(self._capture_ids[-1]), moved

    def _with_row(self, identity: Identity) -> Identity:
        """The identity with a row of its own, which another process may have begun a moment ago."""
        canonical = identity.canonical
        if canonical is None:
            raise ValueError("an article that was seen has a canonical URL")
        is_declared = canonical != identity_url(self._visit.final_url)
        key, at = self._visit.source.key, self._visit.visited_at
        self._writer.create_article(key, canonical, at, is_declared=is_declared)
        return replace(identity, stored=self._writer.find_article([canonical]))

    def _compare_like_with_like(
        self, identity: Identity, seen: Observation, decision: Decision
    ) -> tuple[Identity, Decision]:
        """Looks again at an edit that another release of the extractor, or rendering the page, may have made.

        The earlier capture is extracted by today's rule and the two results are compared; of pages of which only one
        was rendered, the raw answers behind both are.
        """
        stored, read = identity.stored, self._prepared.read
        if stored is None or read is None:
            return identity, decision
        compared = {run.version_id for run in neighbours(stored.runs, seen.seen_at)}
        runs = tuple(self._as_read_today(run, read) if run.version_id in compared else run for run in stored.runs)
        if runs == stored.runs:
            return identity, decision
        today = replace(identity, stored=replace(stored, runs=runs))
        return today, decide(today.stored, seen, confirm_after=self._means.confirm_after)

    def _less_what_the_site_does(self, identity: Identity, seen: Observation, decision: Decision) -> Decision:
        """The decision, where nothing changed but lines that the site puts into its articles."""
        stored, read = identity.stored, self._prepared.read
        if stored is None or read is None or self._marks is None or self._is_late:
            return decision
        latest = latest_run(stored.runs).version_id
        told = self._read_today.get(latest) or Content(*self._writer.version_content(latest))
        found = without_site_blocks(
            self._writer, stored, told, (read, self._marks), (seen.seen_at, self._lines_of_page)
        )
        if found is None:
            return decision
        for article_id in found.taken_back:
            self._index(article_id)
        again = decide(found.stored, seen, confirm_after=self._means.confirm_after)
        if again.outcome is not Outcome.NOISE:
            return again  # it moved, or came back; that its text is the same otherwise is no news beside it
        return replace(again, reason="only lines that the site puts into its articles came or went")

    def _lines_of_page(self, place: WarcLocation) -> frozenset[int]:
        return self._means.pages.of(place, self._stored_page, without_figures)

    def _stored_page(self, place: WarcLocation) -> Page:
        return page_of(self._means.read_capture(place), self._visit.source)

    def _as_read_today(self, run: StoredRun, read: Extraction) -> StoredRun:
        raw, was_rendered = self._writer.latest_raw_capture(run.version_id)
        if was_rendered != self._is_rendered:
            return self._as_if_rendered_alike(run, read, raw)
        if (run.extractor, run.release) == (read.extractor, read.release) and not self._has_profile():
            return run
        location = self._writer.latest_capture(run.version_id)
        if location is None:
            return run
        earlier = page_of(self._means.read_capture(location), self._visit.source)
        again = self._read_again(earlier, in_full=self._prepared.is_full)
        if isinstance(again, ExtractionFailure) or again.extraction.not_article is not None:
            return run
        told = again.extraction
        self._read_today[run.version_id] = Content(told.title, told.text, told.language)
        marks = fingerprint(told.title, told.text)
        if again.is_full != self._prepared.is_full and self._marks_in_full() == marks:
            marks = self._marks or marks
        return replace(run, title_digest=marks.title_digest, text_digest=marks.text_digest, release=told.release)

    def _has_profile(self) -> bool:
        """Whether what is known of the site may differ from what was known when the earlier capture was read."""
        return self._means.knows is not None and self._means.knows(self._visit.source.key, self._visit.final_url)

    def _read_again(self, page: Page, *, in_full: bool) -> PageReading | ExtractionFailure:
        if self._means.read is None:
            found = self._means.extract(page)
            return found if isinstance(found, ExtractionFailure) else PageReading(found)
        # By the profile that read this visit's page: the site's pages under way meanwhile may have taught another one,
        # and what that one takes for furniture would look like an edit.
        return self._means.read(page, replace(self._prepared.how, manner=Manner(in_full=in_full)))

    def _marks_in_full(self) -> Fingerprint | None:
        """What the page of this visit comes to in full, for an earlier one that its site's profile does not fit."""
        page = page_of(self._visit.captures[-1], self._visit.source)
        found = self._read_again(page, in_full=True)
        if isinstance(found, ExtractionFailure):
            return None
        return fingerprint(found.extraction.title, found.extraction.text)

    @property
    def _is_rendered(self) -> bool:
        return self._visit.captures[-1].role is Role.RENDERED

    def _as_if_rendered_alike(self, run: StoredRun, read: Extraction, raw: WarcLocation | None) -> StoredRun:
        """The run with the text seen now, where the raw answers say that only the rendering was switched on or off."""
        answer = next((each for each in reversed(self._visit.captures) if each.role is Role.ARTICLE), None)
        if raw is None or answer is None or self._marks is None:
            return run
        then, now = (self._marks_of(capture) for capture in (self._means.read_capture(raw), answer))
        if then is None or then != now:
            return run
        if self._is_rendered:
            self._retold.add(run.version_id)
        marks = self._marks
        return replace(run, title_digest=marks.title_digest, text_digest=marks.text_digest, release=read.release)

    def _marks_of(self, capture: Capture) -> Fingerprint | None:
        read = self._means.extract(page_of(capture, self._visit.source))
        if isinstance(read, ExtractionFailure) or read.not_article is not None:
            return None
        return fingerprint(read.title, read.text)

    def _write_article(self, identity: Identity, decision: Decision) -> int | None:
        stored = identity.stored
        if stored is None:
            return None
        if decision.was_seen:
            self._write_urls(stored, identity.canonical)
        self._writer.update_article(stored.id, self._change(stored, decision))
        return stored.id

    def _write_urls(self, stored: StoredArticle, canonical: CanonicalUrl | None) -> None:
        seen = dict.fromkeys((self._visit.requested_url, *(capture.url for capture in self._visit.captures)))
        addresses = [Address(url, address_key(url)) for url in seen]
        if canonical is not None and canonical not in seen:
            is_declared = canonical not in map(identity_url, seen)
            addresses.append(Address(canonical, address_key(canonical), is_declared))
        self._writer.add_article_urls(stored.id, addresses, self._visit.visited_at)
        if canonical is not None and canonical != stored.canonical_url:
            self._writer.set_canonical_url(stored.id, canonical)

    def _change(self, stored: StoredArticle, decision: Decision) -> ArticleChange:
        at = self._visit.visited_at
        told, confirm_after = (stored, self._prepared.read), self._means.confirm_after
        reckoned = self._means.reckoning.reckon(self._writer, self._visit, told, decision, confirm_after)
        return ArticleChange(
            status=decision.status or stored.status,
            visited_at=max(stored.last_visited_at or at, at),
            seen_at=at if decision.was_seen else None,
            missing_since=decision.missing_since,
            gone_at=decision.gone_at,
            next_check_at=reckoned.next_check_at,
            edits_weighed=reckoned.record.edits,
            edits_expected=reckoned.record.expected,
            hinted_at=stored.hinted_at if decision.outcome in _TELLS_NOTHING else None,
        )

    def _write_version(self, article_id: int, decision: Decision) -> int | None:
        if decision.placement is None:
            self._link(self._capture_ids, article_id)
            return None
        capture_id = self._capture_ids[-1]
        version_id = self._place(article_id, decision.placement)
        read = self._prepared.read
        if read is not None:
            self._retell(version_id, read)
            keep_text = self._writer.version_content(version_id) != (read.title, read.text)
            self._add_extraction(read, keep_text=keep_text)
        self._link(self._capture_ids[:-1], article_id)
        self._writer.link_capture(capture_id, article_id=article_id, version_id=version_id)
        if decision.outcome is not Outcome.NEW and (decision.placement.version_id is None or self._is_late):
            measure_steps(self._writer, article_id, self._read_today)
        if decision.placement.version_id is None or self._is_late or version_id in self._retold:
            self._index(article_id)
        if decision.placement.version_id is None:
            self._find_copies(article_id)
        return version_id

    def _retell(self, version_id: int, read: Extraction) -> None:
        if version_id in self._retold and self._marks is not None:
            digests = (self._marks.title_digest, self._marks.text_digest)
            self._writer.retell(version_id, self._capture_ids[-1], read, digests)

    def _index(self, article_id: int) -> None:
        with self._apart("article could not be indexed for the search: run warraq db reindex"):
            index_article(self._writer, article_id)

    def _find_copies(self, article_id: int) -> None:
        with self._apart("copies could not be looked for"):
            self._means.copies.note(self._writer, article_id, self._visit.visited_at)

    @contextmanager
    def _apart(self, failure: str) -> Iterator[None]:
        """What was received and read must not be lost with what is derived from it: that is undone alone, and told."""
        try:
            with self._writer.savepoint():
                yield
        except ArchiveError:
            raise
        except Exception:  # noqa: BLE001 - logged below with its traceback
            _log.exception(failure, extra={"url": self._visit.requested_url})

    def _add_extraction(self, read: Extraction, *, keep_text: bool) -> None:
        digests = (self._marks.title_digest, self._marks.text_digest) if self._marks else None
        self._writer.add_extraction(self._capture_ids[-1], read, chosen=True, keep_text=keep_text, digests=digests)

    def _link(self, capture_ids: list[int], article_id: int) -> None:
        for capture_id in capture_ids:
            self._writer.link_capture(capture_id, article_id=article_id, version_id=None)

    def _place(self, article_id: int, placement: Placement) -> int:
        captured_at, read, marks = self._visit.captures[-1].captured_at, self._prepared.read, self._marks
        for version_id in placement.cut:
            self._writer.split_version(version_id, captured_at)
        if placement.version_id is not None:
            self._writer.extend_version(placement.version_id, captured_at)
            return placement.version_id
        if read is None or marks is None:
            raise ValueError("a version begins with an extraction")
        return self._writer.add_version(
            article_id,
            read,
            VersionMarks(captured_at, self._capture_ids[-1], marks.title_digest, marks.text_digest),
        )

    def _keep_reading(self, decision: Decision) -> None:
        read = self._prepared.read
        if read is not None and decision.placement is None:
            # No version holds what a stub or another form of an article says, so it is kept here.
            keep_text = decision.is_elsewhere or read.not_article is NotArticle.PAYWALL
            self._add_extraction(read, keep_text=keep_text)

    def _write_visit(self, decision: Decision, article_id: int | None, version_id: int | None) -> None:
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


def _is_edit(identity: Identity, decision: Decision) -> bool:
    """Whether a version of a known article would begin, be it where it was, at a new address or back again."""
    stored, placement = identity.stored, decision.placement
    return stored is not None and bool(stored.runs) and placement is not None and placement.version_id is None
