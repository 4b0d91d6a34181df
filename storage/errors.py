"""Every error that Warraq raises for a person to read.

::

    WarraqError                     one sentence: culprit and remedy
    ├── ConfigError                 warraq.toml cannot be used as it stands
    ├── UnknownSourceError          no source has that key
    ├── NotFoundError               nothing in the archive answers to that URL or id
    ├── SearchQueryError            what is to be searched for cannot be read
    ├── CrawlError                  a crawl could not do its work (host unreachable, no feed readable)
    ├── RecordRefusedError          the database refuses one row; the others are well
    └── ArchiveError                the archive cannot be used
        ├── ArchiveBusyError        another daemon holds it
        ├── ArchiveConflictError    another process wrote the same rows at the same time: try again
        ├── ArchiveCorruptError     the database file is damaged
        ├── ArchiveTooNewError      a later release of Warraq wrote it
        ├── LedgerError             a key, head or stamp of the ledger cannot be used
        ├── ArchiveUnavailableError the database or the WARC directory cannot be reached or written
        └── WarcError               a WARC record is missing or damaged
            └── TakenDownError      it was overwritten by a takedown

Foreign exceptions are translated in the one module that imports the foreign library.
"""


class WarraqError(Exception):
    """Base of every error a user can cause or must act on.

    Args:
        problem: What is wrong, naming the culprit; no full stop at the end.
        remedy: What to do about it, as an imperative; may be empty.
        subject: The URL, source key, file or table it is about.
    """

    def __init__(self, problem: str, *, remedy: str = "", subject: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        self.subject = subject
        super().__init__(f"{problem}: {remedy}" if remedy else problem)


class ConfigError(WarraqError):
    """The configuration cannot be used; ``problems`` lists every fault found, one line each."""

    def __init__(self, problem: str, *, remedy: str = "", subject: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(problem, remedy=remedy, subject=subject)
        self.problems = problems


class UnknownSourceError(WarraqError):
    """No source in the configuration or the archive has that key."""


class NotFoundError(WarraqError):
    """Nothing in the archive answers to that URL or id."""


class SearchQueryError(WarraqError):
    """What is to be searched for cannot be read."""


class CrawlError(WarraqError):
    """A crawl could not do what it was asked to."""


class RecordRefusedError(WarraqError):
    """The database refuses a row for what it holds; the transaction's other savepoints are not touched by it."""


class ArchiveError(WarraqError):
    """The archive cannot be used as it is."""


class ArchiveBusyError(ArchiveError):
    """Another daemon already serves this archive."""


class ArchiveConflictError(ArchiveError):
    """A transaction lost against another process's (deadlock, serialization); it may be tried again as it is."""


class ArchiveCorruptError(ArchiveError):
    """The database file is damaged or is not a database."""


class ArchiveTooNewError(ArchiveError):
    """A later release of Warraq wrote this database."""


class ArchiveUnavailableError(ArchiveError):
    """The database or the WARC directory cannot be reached, is read-only, or is full."""


class LedgerError(ArchiveError):
    """A key, a tree head or a stamp of the ledger cannot be used."""


class WarcError(ArchiveError):
    """A WARC record that the database names is missing or damaged."""


class TakenDownError(WarcError):
    """A WARC record was overwritten by a tombstone, since its article was taken down."""
