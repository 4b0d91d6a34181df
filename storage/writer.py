"""All writing to the archive's database, inside one transaction."""

from __future__ import annotations

from storage.writer_backfills import BackfillWrites
from storage.writer_copies import CopyWrites
from storage.writer_edits import EditWrites
from storage.writer_feeds import FeedWrites
from storage.writer_hosts import HostWrites
from storage.writer_profiles import ProfileWrites
from storage.writer_rechecks import RecheckWrites
from storage.writer_site_blocks import SiteBlockWrites
from storage.writer_takedowns import TakedownWrites


class Writer(
    FeedWrites,
    BackfillWrites,
    CopyWrites,
    EditWrites,
    SiteBlockWrites,
    HostWrites,
    ProfileWrites,
    RecheckWrites,
    TakedownWrites,
):
    """What can be written in one transaction; ``Archive.writing`` gives it out.

    Its parts are ``LedgerWrites`` (the ledger), ``FeedWrites`` (sources, feeds, discoveries, crawls),
    ``BackfillWrites`` (backfills), ``CaptureWrites`` (captures, visits, extractions), ``ArticleWrites`` (articles,
    their URLs, versions), ``SearchWrites`` (the search index), ``ExtractionWrites`` (re-extraction), ``CopyWrites``
    (copies and the index that finds them), ``EditWrites`` (what edits amount to), ``IdentityWrites`` (which article
    is which), ``SiteBlockWrites`` (what a line did to a source's articles), ``HostWrites`` (our manners towards
    hosts), ``ProfileWrites`` (site profiles), ``RecheckWrites`` (what rechecks are planned by) and ``TakedownWrites``
    (what is taken down).
    Every method raises an ``ArchiveError`` where the database cannot be used and a ``RecordRefusedError`` where it
    refuses one row.
    """
