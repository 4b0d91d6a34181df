"""All writing to the archive's database, inside one transaction."""

from __future__ import annotations

from storage.writer_extractions import ExtractionWrites
from storage.writer_feeds import FeedWrites


class Writer(FeedWrites, ExtractionWrites):
    """What can be written in one transaction; ``Archive.writing`` gives it out.

    Its parts are ``FeedWrites`` (sources, feeds, discoveries, crawls), ``CaptureWrites`` (captures, visits,
    extractions), ``ArticleWrites`` (articles, their URLs, versions) and ``ExtractionWrites`` (re-extraction). Every
    method raises an ``ArchiveError`` where the database cannot be used and a ``RecordRefusedError`` where it refuses
    one row.
    """
