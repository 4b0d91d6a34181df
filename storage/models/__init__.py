"""The tables of the archive, with a comment on every column: together they are the public data dictionary.

People query this database with their own tools, so a name here is an interface: it changes only through a migration.
All times are instants in UTC. The views in ``storage/views`` are the part that is easiest to read.
"""

from __future__ import annotations

from storage.models.articles import Article, ArticleUrl, EditMeasure, FormerId, Version
from storage.models.base import Base
from storage.models.copies import Copy, Shingle
from storage.models.evidence import Capture, Extraction
from storage.models.following import Backfill, BackfillPage, Crawl, Discovery, Feed, FeedListing, Source, Visit
from storage.models.hosts import Host, RobotsFile
from storage.models.ledger import LedgerEntry, LedgerNode, LedgerWaiting
from storage.models.profiles import SiteProfile
from storage.models.rechecks import EditHazard, RecheckStateRow
from storage.models.search import SearchEntry
from storage.models.takedowns import Erasure, TakedownRow

__all__ = [
    "Article",
    "ArticleUrl",
    "Backfill",
    "BackfillPage",
    "Base",
    "Capture",
    "Copy",
    "Crawl",
    "Discovery",
    "EditHazard",
    "EditMeasure",
    "Erasure",
    "Extraction",
    "Feed",
    "FeedListing",
    "FormerId",
    "Host",
    "LedgerEntry",
    "LedgerNode",
    "LedgerWaiting",
    "RecheckStateRow",
    "RobotsFile",
    "SearchEntry",
    "Shingle",
    "SiteProfile",
    "Source",
    "TakedownRow",
    "Version",
    "Visit",
]
