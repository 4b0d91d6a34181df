"""All writing to the archive's database, inside one transaction."""

from __future__ import annotations

from storage.writer_articles import ArticleWrites
from storage.writer_feeds import FeedWrites


class Writer(FeedWrites, ArticleWrites):
    """What can be written in one transaction; ``Archive.writing`` gives it out.

    Its parts are ``FeedWrites`` (sources, feeds, discoveries, crawls), ``CaptureWrites`` (captures, visits,
    extractions) and ``ArticleWrites`` (articles, their URLs, versions). Every method raises an ``ArchiveError`` where
    the database cannot be used and a ``RecordRefusedError`` where it refuses one row.
    """
