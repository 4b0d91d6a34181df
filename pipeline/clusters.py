"""Clusters of copies: who had a text first, and what the rows about it are. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from pipeline.fold import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from storage.writer_copies import ArticleText

_SHORTEST_NAME = 3


def original_of(members: Collection[ArticleText]) -> int:
    """The article of a cluster that had the text first.

    The earliest published; a member that credits the source of another one is not it, unless all do.
    """
    names = {member.article_id: _name(member.source_name) for member in members}
    candidates = [member for member in members if not _credits_another(member, names)] or [*members]
    return min(candidates, key=lambda member: (published(member), member.article_id)).article_id


def published(article: ArticleText) -> datetime:
    """When the article was published, for putting articles in order; UTC.

    Where the publisher gave only a day, it is when we first saw it that day, else noon: midnight would make everything
    without a time of day the first.
    """
    if article.published_at is not None:
        return article.published_at
    if article.published_on is None or article.published_on == article.first_seen_at.date():
        return article.first_seen_at
    return min(datetime.combine(article.published_on, time(12), UTC), article.first_seen_at)


def cluster_id(members: Collection[int], earlier: Collection[int]) -> int:
    """The number of a cluster: the smallest that any part of it had, else that of its first article."""
    return min(earlier, default=min(members))


def _credits_another(member: ArticleText, names: Mapping[int, str]) -> bool:
    if not member.agency_credit:
        return False
    credit = f" {_name(member.agency_credit)} "
    own = names[member.article_id]
    others = {name for name in names.values() if name != own and len(name) >= _SHORTEST_NAME}
    return any(f" {name} " in credit for name in others)


def _name(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
