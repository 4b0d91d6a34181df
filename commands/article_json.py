"""An article as JSON: the same keys in ``show``, ``articles`` and ``export``. The keys are an interface."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commands.output import Record
    from storage.article_views import ArticleView, VersionView


def article_record(article: ArticleView, *, with_texts: bool = False) -> Record:
    """The article with all that is known of it.

    Args:
        article: As the archive gives it.
        with_texts: Whether each version carries its text.
    """
    return {
        **summary_record(article),
        "image_url": article.image_url,
        "image_caption": article.image_caption,
        "image_credit": article.image_credit,
        "agency_credit": article.agency_credit,
        "agencies": list(article.agencies),
        "published_from": article.published_from,
        "published_zone": article.published_zone,
        "modified_at": article.modified_at,
        "modified_on": article.modified_on,
        "modified_raw": article.modified_raw,
        "modified_from": article.modified_from,
        "modified_zone": article.modified_zone,
        "paywalled": article.paywalled,
        "country": article.country,
        "words": article.word_count,
        "section": article.section,
        "tags": list(article.tags),
        "topics_from": article.topics_from,
        "description": article.description,
        "text": article.text,
        "structure": article.structure,
        "images": [asdict(image) for image in article.images],
        "links": [asdict(link) for link in article.links],
        "embeds": [asdict(embed) for embed in article.embeds],
        "versions": [version_record(version, with_text=with_texts) for version in article.versions],
    }


def summary_record(article: ArticleView) -> Record:
    """The article without its text and its versions."""
    return {
        "id": article.public_id,
        "url": article.url,
        "urls": list(article.urls),
        "title": article.title,
        "authors": list(article.authors),
        "language": article.language,
        "direction": article.direction,
        "published_at": article.published_at,
        "published_on": article.published_on,
        "published_raw": article.published_raw,
        "source": article.source,
        "status": article.status.value,
        "first_seen_at": article.first_seen_at,
        "last_seen_at": article.last_seen_at,
        "missing_since": article.missing_since,
        "gone_at": article.gone_at,
        "taken_down_at": article.taken_down_at,
        "taken_down_reason": article.taken_down_reason,
        "version": article.version,
    }


def version_record(version: VersionView, *, with_text: bool = False) -> Record:
    """One version; ``captured_at`` is its first capture, ``last_captured_at`` the last one that still showed it."""
    record: Record = {
        "number": version.number,
        "id": version.public_id,
        "captured_at": version.captured_at,
        "last_captured_at": version.last_captured_at,
        "title": version.title,
        "change": version.change,
        "words": version.word_count,
        "extractor": version.extractor,
        "release": version.release,
    }
    if not with_text:
        return record
    return record | {
        "text": version.text,
        "structure": version.structure,
        "images": [asdict(image) for image in version.images],
        "links": [asdict(link) for link in version.links],
        "embeds": [asdict(embed) for embed in version.embeds],
    }
