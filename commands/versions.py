"""Picking versions of an article by their numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.errors import NotFoundError

if TYPE_CHECKING:
    from storage.queries import ArticleView, VersionView


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
    version = pick(article, number)
    return replace(article, version=number, title=version.title, text=version.text)


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
