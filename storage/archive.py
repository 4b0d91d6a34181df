"""The archive: a database that says what was received means, beside the WARC files that hold what was received."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import bindparam, exists, select

from storage import migrate
from storage.engine import connect, database_name
from storage.errors import WarcError
from storage.faults import translating
from storage.recovery import Recovery
from storage.statements import PLACE, captures, erasures, location_of
from storage.warc import Originals, has_file, read_records_at, read_stored
from storage.warc_records import Original, with_body_of
from storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Select

    from storage.records import Capture, Clock, PayloadDigest, WarcLocation
    from storage.warc_records import StoredCapture
    from storage.warc_store import WarcStore

__all__ = ["Archive", "Writer"]

_ORIGINAL = select(captures.c.record_id, captures.c.url, captures.c.captured_at).where(
    captures.c.refers_to.is_(None),
    captures.c.payload_bytes > 0,
    # The records of what was taken down are going to be overwritten.
    ~exists().where(erasures.c.capture_id == captures.c.id),
)
_IDENTICAL = _ORIGINAL.where(captures.c.payload_digest == bindparam("digest")).order_by(captures.c.id).limit(1)
_LATEST = (
    _ORIGINAL.where(captures.c.url == bindparam("wanted_url"), captures.c.status.between(200, 299))
    .order_by(captures.c.captured_at.desc(), captures.c.id.desc())
    .limit(1)
)
_LOCATION = select(*PLACE).where(captures.c.record_id == bindparam("record"))

_TAKEN_DOWN = (
    select(erasures.c.capture_id)
    .join(captures, captures.c.id == erasures.c.capture_id)
    .where(captures.c.record_id == bindparam("record"))
)

_READING: dict[str, Any] = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


class Archive(Originals):
    """One archive, open. May be used from several threads; each transaction stays in one."""

    def __init__(self, engine: Engine, warc_dir: Path, clock: Clock, store: WarcStore | None = None) -> None:
        self.engine = engine
        self.warc_dir = warc_dir
        self.store = store
        self.name = database_name(engine.url)
        self._clock = clock
        self._recovery: Recovery | None = None

    @classmethod
    def open(cls, database: str, warc_dir: Path, *, clock: Clock, store: WarcStore | None = None) -> Self:
        """The archive in that database, with tables made if it is empty.

        Args:
            database: ``sqlite:///path``, the path of an SQLite file, or ``postgresql+psycopg://user@host/name``.
            warc_dir: Where the WARC files are; it need not exist before something is written.
            clock: Gives the present.
            store: Where finished WARC files are besides ``warc_dir``.

        Raises:
            ArchiveError: the database is of an earlier release, or not an archive.
            ArchiveTooNewError: a later release wrote it.
            ArchiveCorruptError: the database is damaged, or no database.
            ArchiveUnavailableError: it cannot be reached, read or written.
        """
        engine = connect(database)
        with translating(database_name(engine.url)):
            try:
                with engine.connect() as connection:
                    is_current = migrate.check(connection)
                if not is_current:
                    migrate.migrate(engine)
            except BaseException:
                engine.dispose()
                raise
        return cls(engine, warc_dir, clock, store)

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Writer]:
        """One transaction, committed at its end or, where an exception leaves it, undone.

        Args:
            durable: Whether it must outlive a power cut; without that SQLite need not sync the disk.

        Raises:
            ArchiveError: the database cannot be used; nothing was kept.
            ArchiveConflictError: another process wrote the same rows at the same time; it may be tried again.
        """
        with (
            translating(self.name),
            self.engine.connect().execution_options(writing=True) as connection,
            nullcontext() if durable else _unsynced(connection),
            connection.begin(),
        ):
            writer = Writer(connection, self.name, self._clock)
            yield writer
            writer.write_exposures()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the archive and waits for no writer.

        Raises:
            ArchiveError: the database cannot be used.
        """
        options = _READING if self.engine.dialect.name == "postgresql" else {}
        with translating(self.name), self.engine.connect().execution_options(**options) as connection:
            yield connection

    def close(self) -> None:
        """Lets go of the database and of WARC files that were being recovered."""
        if self._recovery is not None:
            self._recovery.release()
        self.engine.dispose()

    def identical(self, digest: PayloadDigest) -> Original | None:
        """A capture that holds this very body, or None."""
        return self._original(_IDENTICAL, digest=digest)

    def latest(self, url: str) -> Original | None:
        """The capture that last gave a body for this URL, or None."""
        return self._original(_LATEST, wanted_url=url)

    def read_capture(self, location: WarcLocation) -> Capture:
        """The whole capture kept at that place, its body content-encoded as it was received.

        Raises:
            WarcError: its record, or that of the capture which holds its body, is missing or damaged.
        """
        if self.store is not None and not has_file(self.warc_dir, location.file):
            return self.complete(self.store.read_stored(location))
        return self.complete(read_stored(self.warc_dir, location))

    def read_record_bytes(self, location: WarcLocation) -> bytes:
        """The WARC records at that place, uncompressed: response (or revisit) and request.

        Raises:
            WarcError: they are missing or damaged.
        """
        if self.store is not None and not has_file(self.warc_dir, location.file):
            return self.store.read_records_at(location)
        return read_records_at(self.warc_dir, location)

    def complete(self, stored: StoredCapture) -> Capture:
        """The capture with its body, which is another capture's where it is a revisit.

        Raises:
            WarcError: that other capture is missing or damaged.
        """
        if stored.refers_to is None or not stored.lacks_body:
            return stored.capture
        location = self.locate(stored.refers_to)
        if location is None:
            raise WarcError(
                f"capture {stored.capture.record_id} refers to capture {stored.refers_to}, which has no row",
                subject=stored.capture.url,
            )
        return with_body_of(stored.capture, self.read_capture(location))

    def locate(self, record_id: str) -> WarcLocation | None:
        """Where the records of the capture with this record id are by now; None where it has no row."""
        with self.reading() as connection:
            row = connection.execute(_LOCATION, {"record": record_id}).first()
        if row is not None:
            return location_of(row)
        return self._recovery.locate(record_id) if self._recovery else None

    def unfinished(self) -> Iterator[tuple[tuple[Capture, ...], tuple[WarcLocation, ...]]]:
        """The WARC records that an earlier run left without a row, a visit at a time and in order.

        Files that a living process writes are passed over. A torn end is cut off first.

        Raises:
            ArchiveUnavailableError: the WARC directory cannot be read or written.
        """
        if self._recovery is not None:
            self._recovery.release()
        self._recovery = Recovery(self)
        yield from self._recovery.captures()

    def settle_unfinished(self) -> None:
        """Closes the files that ``unfinished`` has walked, once all it gave is committed.

        Raises:
            ArchiveUnavailableError: they cannot be renamed.
        """
        if self._recovery is not None:
            self._recovery.settle()
            self._recovery = None

    def is_taken_down(self, record_id: str) -> bool:
        """Whether that capture's records are overwritten by a tombstone, or going to be."""
        with translating(self.name), self._one_look() as connection:
            return connection.execute(_TAKEN_DOWN, {"record": record_id}).first() is not None

    def _original(self, statement: Select[Any], **values: str) -> Original | None:
        with translating(self.name), self._one_look() as connection:
            row = connection.execute(statement, values).first()
        return Original(row.record_id, row.url, row.captured_at) if row else None

    def _one_look(self) -> Connection:
        """A connection for one query, which needs no transaction: in PostgreSQL that would cost two more trips."""
        options = {"isolation_level": "AUTOCOMMIT"} if self.engine.dialect.name == "postgresql" else {}
        return self.engine.connect().execution_options(**options)


@contextmanager
def _unsynced(connection: Connection) -> Iterator[None]:
    """Lets SQLite commit without a sync of the disk; the next durable commit syncs what this one wrote."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous = FULL")
