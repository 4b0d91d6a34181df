"""The permanent public ids: the same article or version gets the same id when its archive is rebuilt from its files."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from storage.columns import stored_time

if TYPE_CHECKING:
    from datetime import datetime

    from storage.records_stored import VersionMarks

_ARTICLE_LETTERS = 12  # 60 bits: a collision is to be expected among a thousand million articles
_VERSION_LETTERS = 14


def article_id(canonical_url: str) -> str:
    """``a`` and twelve letters, from the article's canonical URL at first sight."""
    return "a" + _letters(canonical_url, count=_ARTICLE_LETTERS)


def version_id(article: str, marks: VersionMarks) -> str:
    """``v`` and fourteen letters, from the article's public id, the two digests and the first capture's time."""
    return version_id_at(article, marks.title_digest, marks.text_digest, marks.captured_at)


def version_id_at(article: str, title_digest: str, text_digest: str, captured_at: datetime) -> str:
    """As ``version_id``, from its parts."""
    return "v" + _letters(article, title_digest, text_digest, stored_time(captured_at), count=_VERSION_LETTERS)


def _letters(*parts: str, count: int) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.b32encode(digest).decode("ascii").lower()[:count]
