"""Finding an article by what a person has of it, and its versions by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.opening import reading
from commands.settings import config_path, load
from storage.article_views import shown_version
from storage.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from commands.invocation import Invocation
    from storage.article_views import ArticleView, VersionView
    from storage.queries import Queries


def find(queries: Queries, url_or_id: str, *, as_of: datetime | None = None) -> ArticleView:
    """The article with that id or at that URL, which may carry a fragment, tracking parameters and the like.

    Raises:
        NotFoundError: Nothing in the archive answers to it.
    """
    try:
        return queries.find(url_or_id, as_of=as_of)
    except NotFoundError:
        from pipeline.urls import normalize_url  # noqa: PLC0415 - it takes a quarter second that few lookups need

        try:
            normalized = normalize_url(url_or_id)
        except ValueError:
            normalized = url_or_id
        if normalized == url_or_id:
            raise
    return queries.find(normalized, as_of=as_of)


def pick(article: ArticleView, number: int) -> VersionView:
    """The version of that number.

    Raises:
        NotFoundError: The article has no such version.
    """
    for version in article.versions:
        if version.number == number:
            return version
    last = len(article.versions)
    raise NotFoundError(
        f"{article.url} has no version {number}",
        remedy=f"give a number from 1 to {last}" if last else "it has none yet",
        subject=article.url,
    )


def at_version(article: ArticleView, number: int) -> ArticleView:
    """The article with the headline, text and metadata of that version.

    Raises:
        NotFoundError: The article has no such version.
    """
    return shown_version(article, version_id=pick(article, number).public_id, as_of=None)


def pick_two(article: ArticleView, first: int | None, second: int | None) -> tuple[VersionView, VersionView]:
    """The versions to compare: those given, else the current one; and the last two when none is given.

    Raises:
        NotFoundError: The article has no such version, or only one.
    """
    last = len(article.versions)
    if first is None and last == 1:
        raise NotFoundError(
            f"{article.url} has one version", remedy="there is nothing to compare it with yet", subject=article.url
        )
    return pick(article, first or last - 1), pick(article, second or last)


def refuse_unknown_source(invocation: Invocation, source: str | None) -> None:
    """A mistyped key must not look like a source that has nothing to show; None passes.

    Raises:
        NotFoundError: Neither the archive nor the configuration has a source of that key.
    """
    if source is None:
        return
    with reading(invocation) as queries:
        if any(status.key == source for status in queries.source_statuses()):
            return
    if config_path(invocation).exists() and any(known.key == source for known in load(invocation).sources):
        return
    raise NotFoundError(f"there is no source {source}", remedy="`warraq status` lists them", subject=source)
