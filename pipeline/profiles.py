"""The site profiles of one process: loaded when a source is met, grown page by page, saved with the visits' rows."""

from __future__ import annotations

import logging
import threading
import zlib
from dataclasses import dataclass, replace
from statistics import mean
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.knowledge import Knowledge, grow
from pipeline.learning import Study, learn
from pipeline.lesson import Manner
from pipeline.site_profile import from_json, to_json
from pipeline.study_json import from_bytes, to_bytes
from pipeline.workers import AS_FIRST, How
from storage.errors import ArchiveConflictError
from storage.takedown_queries import TakedownQueries
from storage.writer_profiles import StoredProfile, profiles_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.lesson import Lesson
    from pipeline.page import Page
    from pipeline.site_profile import Pins, SiteProfile
    from pipeline.workers import ExtractionPool
    from storage.archive import Archive, Writer

_log = logging.getLogger(__name__)
AUDITED_ONE_IN = 50
"""From the design: the share of pages that are also read in full, to see whether the profile still holds."""
_SAVED_EVERY = 10
"""Pages after which a study is saved though nothing new came of it; what a crash loses is learned again."""


@dataclass(slots=True)
class _Host:
    knowledge: Knowledge
    path: Path | None = None
    unsaved: int = 0
    is_new: bool = False
    has_drifted: bool = False


class Profiles:
    """What is known of the hosts of every source that this process reads pages of. Safe for several threads.

    Args:
        archive: Open.
        pool: The workers that profiles are handed to.
    """

    def __init__(self, archive: Archive, pool: ExtractionPool) -> None:
        self._archive = archive
        self._pool = pool
        self._lock = threading.RLock()
        self._sources: dict[str, dict[str, _Host]] = {}
        self._numbers: dict[str, int] = {}
        self._stored_numbers: dict[str, int] = {}
        self._crawls: dict[str, int | None] = {}
        self._takedowns: int | None = None

    def is_loaded(self, source_key: str, crawl_id: int | None) -> bool:
        """Whether the archive need not be asked again, which it is once a crawl: other processes learn too."""
        with self._lock:
            return source_key in self._sources and self._crawls.get(source_key) == crawl_id

    def load(self, source_key: str, crawl_id: int | None = None) -> None:
        """Reads what the archive knows of a source's hosts, unless this process knows more.

        Raises:
            ArchiveError: the archive cannot be read.
        """
        takedowns = TakedownQueries(self._archive).emptied()
        stored = profiles_of(self._archive, source_key)
        number = max((each.number for each in stored), default=0)
        with self._lock:
            self._takedowns = takedowns if self._takedowns is None else self._takedowns
            self._crawls[source_key] = crawl_id
            if source_key in self._sources and number <= self._numbers[source_key]:
                return
            self._numbers[source_key] = self._stored_numbers[source_key] = number
            self._sources[source_key] = {
                each.host: _Host(known, self._pool.hand_over(known.profile) if known.profile else None)
                for each in stored
                if each.retired_at is None and (known := knowledge_of(each)) is not None
            }

    def how(self, source_key: str, page: Page, *, teaches: bool = False) -> How:
        """How a page is to be read today. Whether it is audited depends on the page alone."""
        with self._lock:
            host = self._host(source_key, host_of(page.url))
            manner = Manner(teaches=teaches, is_audited=teaches and _is_audited(page))
            return How(host.path, manner) if host else replace(AS_FIRST, manner=manner)

    def reads(self, source_key: str, url: str) -> bool:
        """Whether anything is known of the page's site that changes how it is read."""
        with self._lock:
            host = self._host(source_key, host_of(url))
            return host is not None and host.path is not None

    def learn(self, source_key: str, lesson: Lesson) -> None:
        """Folds in what one page taught."""
        with self._lock:
            name = host_of(lesson.url)
            host = self._host(source_key, name) or _Host(Knowledge(Study(name)))
            self._sources[source_key][name] = host
            growth = grow(host.knowledge, lesson, next_number=self._numbers[source_key] + 1)
            host.knowledge, host.unsaved = growth.knowledge, host.unsaved + 1
            if growth.has_drifted:
                _log.warning("site profile no longer fits: %s of source %s", name, source_key)
                host.has_drifted = True
            if growth.has_new_profile and growth.knowledge.profile is not None:
                self._numbers[source_key] = growth.knowledge.profile.number
                host.path, host.is_new = self._pool.hand_over(growth.knowledge.profile), True

    def save(self, writer: Writer) -> None:
        """Writes what is new, in the caller's transaction; what others wrote meanwhile is taken up first.

        Raises:
            ArchiveConflictError: an article was taken down since these were read, and they may hold its words; they
                were dropped, and are read again when they are needed.
        """
        with self._lock:
            unsaved = [key for key, hosts in self._sources.items() if any(map(_is_due, hosts.values()))]
            for source_key in unsaved:
                if writer.newest_profile(source_key) > self._stored_numbers[source_key]:
                    self._take_up(source_key, writer.profiles(source_key))
                for host in filter(_is_due, self._sources[source_key].values()):
                    writer.save_profile(self._stored(source_key, host, writer), has_drifted=host.has_drifted)
            # Asked after writing, which waits for a takedown under way.
            if unsaved and (takedowns := writer.emptied_takedowns()) != self._takedowns:
                self._sources.clear()
                self._takedowns = takedowns
                raise ArchiveConflictError("an article was taken down since its site's profile was read")

    def _take_up(self, source_key: str, stored: list[StoredProfile]) -> None:
        """Gives new numbers to what this process learned, and to its hosts what a person pinned while it did.

        Numbers of profiles are given out by several processes: a running crawl and ``warraq profile edit``.
        """
        known = self._stored_numbers[source_key]
        others = {each.host: each for each in stored if each.number > known and each.retired_at is None}
        newest = max(each.number for each in stored)
        self._stored_numbers[source_key] = newest
        self._numbers[source_key] = max(newest, self._numbers[source_key])
        for name, host in self._sources[source_key].items():
            theirs = knowledge_of(others[name]) if name in others else None
            if theirs is None and not host.is_new:
                continue
            pins = theirs.study.pins if theirs else host.knowledge.study.pins
            study, profile = replace(host.knowledge.study, pins=pins), host.knowledge.profile
            if profile is not None:
                self._numbers[source_key] += 1
                profile = replace(profile, number=self._numbers[source_key], pins=pins)
                host.path = self._pool.hand_over(profile)
            host.knowledge, host.is_new = Knowledge(study, profile), True

    def saved(self) -> None:
        """Says that what was written last is committed."""
        with self._lock:
            for source_key, hosts in self._sources.items():
                for host in filter(_is_due, hosts.values()):
                    host.is_new, host.has_drifted, host.unsaved = False, False, 0
                    profile = host.knowledge.profile
                    number = profile.number if profile else 0
                    self._stored_numbers[source_key] = max(self._stored_numbers[source_key], number)

    def _host(self, source_key: str, name: str) -> _Host | None:
        if source_key not in self._sources:
            self.load(source_key)
        return self._sources[source_key].get(name)

    def _stored(self, source_key: str, host: _Host, writer: Writer) -> StoredProfile:
        study, profile = host.knowledge.study, host.knowledge.profile
        if profile is None:
            self._numbers[source_key] += 1
            profile = learn(study, self._numbers[source_key])
            host.knowledge = replace(host.knowledge, profile=profile)
        is_learned = bool(profile.reads or profile.repeats)
        return to_row(source_key, profile, study, writer.now() if is_learned else None)


def _is_due(host: _Host) -> bool:
    return host.is_new or host.unsaved >= _SAVED_EVERY


def host_of(url: str) -> str:
    """The host of an address, without the ``www.`` that names no other site."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def knowledge_of(stored: StoredProfile) -> Knowledge | None:
    """What a row knows; None where it cannot be read, so that the host is learned anew."""
    try:
        profile = from_json(stored.number, stored.host, stored.profile)
        study = from_bytes(stored.study) if stored.study else Study(stored.host, pins=profile.pins)
    except (KeyError, TypeError, ValueError) as error:
        _log.warning("site profile %s of %s cannot be read: %s", stored.number, stored.host, error)
        return None
    return Knowledge(study, profile)


def pin(stored: StoredProfile | None, host: str, number: int, pins: Pins) -> tuple[SiteProfile, Study]:
    """The next profile of a host, with a person's pins in the place of earlier ones."""
    known = knowledge_of(stored) if stored else None
    study = replace(known.study if known else Study(host), pins=pins)
    if known is not None and known.profile is not None:
        return replace(known.profile, number=number, pins=pins), study
    return learn(study, number), study


def _is_audited(page: Page) -> bool:
    return zlib.crc32(f"{page.url} {page.seen_at.isoformat()}".encode("utf-8", "replace")) % AUDITED_ONE_IN == 0


def to_row(source_key: str, profile: SiteProfile, study: Study, learned_at: datetime | None) -> StoredProfile:
    """The row that keeps a profile and the study behind it."""
    return StoredProfile(
        source_key=source_key,
        number=profile.number,
        host=profile.host,
        learned_at=learned_at,
        pages=len(study.lessons),
        agreement=round(mean(study.audits), 3) if study.audits else None,
        profile=to_json(profile),
        study=to_bytes(study),
    )
