"""An article, and the list of its versions, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from commands.bidi import isolated, printable
from commands.table import print_table
from commands.times import shown, shown_exactly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from storage.article_views import ArticleView, VersionView

_LABEL_WIDTH = 12


def print_article(console: Console, article: ArticleView) -> None:
    """Prints what is known of the article, then its text, a blank line between paragraphs."""
    for label, value in _facts(article):
        line = Text.assemble((f"{label:<{_LABEL_WIDTH}}", "dim"), isolated(printable(value)))
        console.print(line, soft_wrap=not console.is_terminal)
    for paragraph in filter(None, (article.text or "").split("\n")):
        console.print()
        console.print(Text(printable(paragraph)), soft_wrap=not console.is_terminal)


def print_articles(articles: Iterable[ArticleView]) -> None:
    """Prints one row an article."""
    rows = (
        (a.public_id, a.source, published(a), a.status.value, str(a.version or "-"), _title(a), a.url) for a in articles
    )
    print_table(("id", "source", "published", "status", "version", "title", "url"), rows)


def _title(article: ArticleView) -> str:
    if article.taken_down_reason is not None:
        return f"taken down: {article.taken_down_reason}"
    return article.title or "-"


def print_versions(versions: Iterable[VersionView]) -> None:
    """Prints one row a version, oldest first."""
    rows = (
        (
            str(version.number),
            shown_exactly(version.captured_at),
            shown_exactly(version.last_captured_at),
            version.change,
            str(version.word_count),
            version.title or "-",
        )
        for version in versions
    )
    print_table(("version", "captured", "last captured", "change", "words", "title"), rows)


def published(article: ArticleView) -> str:
    """When the article was published: the instant, else the publisher's calendar day, else a dash."""
    if article.published_at:
        return shown(article.published_at)
    return article.published_on.isoformat() if article.published_on else "-"


def _facts(article: ArticleView) -> Iterator[tuple[str, str]]:
    numbers = f"{article.version} of {len(article.versions)}" if article.version else ""
    facts = {
        "title": article.title,
        "url": article.url,
        "id": article.public_id,
        "source": article.source,
        "status": _standing(article),
        "reason": article.taken_down_reason or "",
        "authors": ", ".join(article.authors),
        "published": published(article),
        "language": article.language,
        "image": article.image_url,
        "caption": article.image_caption,
        "seen": f"{shown(article.first_seen_at)} to {shown(article.last_seen_at)}",
        "version": numbers,
    }
    return ((label, value) for label, value in facts.items() if value and value != "-")


def _standing(article: ArticleView) -> str:
    since = article.taken_down_at or article.gone_at or article.missing_since
    return f"{article.status.value} since {shown(since)}" if since else article.status.value
