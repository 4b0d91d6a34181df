"""Writing what is known of sites' pages, and reading it back to learn further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from storage.records import ProfileState
from storage.statements import Transaction, insert_into, site_profiles, sources

if TYPE_CHECKING:
    from datetime import datetime

    from storage.archive import Archive

_OF_SOURCE = (
    select(site_profiles).where(site_profiles.c.source_key == bindparam("key")).order_by(site_profiles.c.number)
)
# Not FOR UPDATE: rows that name the source are written all the time, and need not wait.
_HELD = select(sources.c.key).where(sources.c.key == bindparam("key")).with_for_update(key_share=True)
_NEWEST = select(func.max(site_profiles.c.number)).where(site_profiles.c.source_key == bindparam("key"))
_RETIRE = (
    update(site_profiles)
    .where(
        site_profiles.c.source_key == bindparam("key"),
        site_profiles.c.host == bindparam("of_host"),
        site_profiles.c.number < bindparam("below"),
        site_profiles.c.retired_at.is_(None),
    )
    .values(state=ProfileState.RETIRED, retired_at=bindparam("at"), study=None, has_drifted=bindparam("drifted"))
)


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A row of ``site_profiles``; ``learned_at`` is None while too few pages were seen to read others by it."""

    source_key: str
    number: int
    host: str
    learned_at: datetime | None
    pages: int
    agreement: float | None
    profile: dict[str, Any]
    study: bytes | None = None
    retired_at: datetime | None = None
    has_drifted: bool = False

    @property
    def state(self) -> ProfileState:
        """Where it stands."""
        if self.retired_at is not None:
            return ProfileState.RETIRED
        return ProfileState.IN_USE if self.learned_at is not None else ProfileState.LEARNING


class ProfileWrites(Transaction):
    """The part of the writer that keeps site profiles."""

    def newest_profile(self, source_key: str) -> int:
        """The highest number of a source's profiles, 0 for none; nobody else gives it another until this commits."""
        self._rows(_HELD, key=source_key)
        return self._one(_NEWEST, key=source_key) or 0

    def profiles(self, source_key: str) -> list[StoredProfile]:
        """All profiles of a source, by number, as this transaction sees them."""
        return [_stored_profile(row) for row in self._run(_OF_SOURCE, {"key": source_key})]

    def save_profile(self, stored: StoredProfile, *, has_drifted: bool = False) -> None:
        """Keeps a profile, and retires those of the same host that came before it.

        Args:
            stored: As it is now; written again, only what goes on growing changes (study, agreement, pages).
            has_drifted: Says of those retired that they no longer fitted the site.
        """
        at = self._clock()
        self._rows(_RETIRE, key=stored.source_key, of_host=stored.host, below=stored.number, at=at, drifted=has_drifted)
        insert = insert_into(self._dialect, site_profiles)
        names = ("study", "agreement", "pages")
        changes = {name: insert.excluded[name] for name in names}
        self._rows(
            insert.on_conflict_do_update(
                index_elements=["source_key", "number"], set_=changes, where=site_profiles.c.host == stored.host
            ),
            source_key=stored.source_key,
            number=stored.number,
            host=stored.host,
            state=stored.state,
            learned_at=stored.learned_at,
            retired_at=None,
            pages=stored.pages,
            agreement=stored.agreement,
            profile=stored.profile,
            study=stored.study,
        )

    def now(self) -> datetime:
        """The present moment, as rows of this transaction tell it."""
        return self._clock()


def profiles_of(archive: Archive, source_key: str) -> list[StoredProfile]:
    """All profiles of a source that were ever learned, by number.

    Raises:
        ArchiveError: the database cannot be used.
    """
    with archive.reading() as connection:
        return [_stored_profile(row) for row in connection.execute(_OF_SOURCE, {"key": source_key})]


def _stored_profile(row: Any) -> StoredProfile:
    """A row as its record."""
    return StoredProfile(
        row.source_key,
        row.number,
        row.host,
        row.learned_at,
        row.pages,
        row.agreement,
        row.profile,
        row.study,
        row.retired_at,
        row.has_drifted,
    )
