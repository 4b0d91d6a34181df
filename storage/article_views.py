"""What reading the archive gives: articles and versions as people see them, and how sources are doing."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from storage.errors import NotFoundError
from storage.extraction_values import LIST_FIELDS, listed
from storage.records import ArticleStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from storage.records import Embed, Image, Link, Outcome


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of an article. ``number`` follows from capture time and may change when older captures come in.

    ``change`` says what differs from the version before: ``new``, ``headline``, ``text`` or ``headline and text``.
    """

    number: int
    public_id: str
    captured_at: datetime
    last_captured_at: datetime
    change: str
    title: str
    text: str
    authors: tuple[str, ...]
    language: str | None
    direction: str | None
    published_at: datetime | None
    published_on: date | None
    published_raw: str | None
    published_from: str | None
    published_zone: str | None
    modified_at: datetime | None
    modified_on: date | None
    modified_raw: str | None
    modified_from: str | None
    modified_zone: str | None
    section: str | None
    tags: tuple[str, ...]
    topics_from: str | None
    description: str | None
    image_url: str | None
    image_caption: str | None
    image_credit: str | None
    agency_credit: str | None
    agencies: tuple[str, ...]
    paywalled: bool | None
    structure: str | None
    images: tuple[Image, ...]
    links: tuple[Link, ...]
    embeds: tuple[Embed, ...]
    word_count: int
    extractor: str
    release: str


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with one of its versions in full; ``version`` is that version's number.

    ``country`` is that of its source. ``versions`` holds all of them in order of capture. Listings leave them empty,
    and what ``NOT_LISTED`` names. A withheld article keeps its dates and URLs, but shows no headline and no text;
    ``taken_down_at`` and ``taken_down_reason`` say when and why.
    """

    public_id: str
    url: str
    urls: tuple[str, ...]
    source: str
    status: ArticleStatus
    title: str
    authors: tuple[str, ...]
    language: str | None
    direction: str | None
    published_at: datetime | None
    published_on: date | None
    published_raw: str | None
    published_from: str | None
    published_zone: str | None
    modified_at: datetime | None
    modified_on: date | None
    modified_raw: str | None
    modified_from: str | None
    modified_zone: str | None
    image_url: str | None
    image_caption: str | None
    image_credit: str | None
    agency_credit: str | None
    agencies: tuple[str, ...]
    paywalled: bool | None
    section: str | None
    tags: tuple[str, ...]
    topics_from: str | None
    description: str | None
    structure: str | None
    images: tuple[Image, ...]
    links: tuple[Link, ...]
    embeds: tuple[Embed, ...]
    word_count: int
    country: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    missing_since: datetime | None
    version: int
    text: str
    taken_down_at: datetime | None = None
    taken_down_reason: str | None = None
    versions: tuple[VersionView, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing; the times and outcomes of its last crawl, None and empty where there was none.

    ``lied_at`` is when an edit was last found behind an ETag or Last-Modified that had not changed.
    """

    key: str
    name: str
    ad_hoc: bool
    articles: int
    open_discoveries: int
    feeds: int
    failing_feeds: int
    next_due_at: datetime | None
    last_started_at: datetime | None = None
    last_finished_at: datetime | None = None
    last_stopped: bool = False
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    lied_at: datetime | None = None


NOT_LISTED = frozenset(
    {
        *("text", "agency_credit", "published_zone", "modified_on", "modified_from", "modified_zone", "agencies"),
        *("paywalled", "structure", "images", "links", "embeds", "topics_from"),
    }
)
"""What listings leave out of a version: its text, and what SQLite keeps behind it."""
_ARTICLE_FIELDS = (
    *("public_id", "country", "first_seen_at", "last_seen_at", "gone_at", "missing_since"),
    *("taken_down_at", "taken_down_reason"),
)
_SHARED_FIELDS = tuple(
    entry.name
    for entry in fields(ArticleView)
    if entry.name in {other.name for other in fields(VersionView)} and entry.name != "public_id"
)
_STORED_FIELDS = tuple(
    entry.name for entry in fields(VersionView) if entry.name not in {"number", "captured_at", "change", *LIST_FIELDS}
)
_NOTHING_SHOWN: dict[str, Any] = (
    dict.fromkeys(_SHARED_FIELDS) | {"title": "", "text": "", "word_count": 0} | dict.fromkeys(LIST_FIELDS, ())
)


def version_views(rows: Sequence[Any]) -> tuple[VersionView, ...]:
    """An article's versions from its rows in ``versions``, in order of capture."""
    befores = (None, *rows)
    return tuple(
        VersionView(
            number=number,
            captured_at=row.first_captured_at,
            change=_change(before, row),
            **_stored(row),
        )
        for number, (before, row) in enumerate(zip(befores, rows, strict=False), start=1)
    )


def _stored(row: Any) -> dict[str, Any]:
    lists = {name: listed(name, getattr(row, name)) for name in LIST_FIELDS}
    return {name: getattr(row, name) for name in _STORED_FIELDS} | lists


def article_view(row: Any, urls: tuple[str, ...], versions: tuple[VersionView, ...]) -> ArticleView:
    """An article from its row in ``articles``, showing the last of its versions."""
    view = ArticleView(
        url=row.canonical_url,
        urls=urls,
        source=row.source_key,
        status=ArticleStatus(row.status),
        version=0,
        versions=versions,
        **{name: getattr(row, name) for name in _ARTICLE_FIELDS},
        **_NOTHING_SHOWN,
    )
    return _showing(view, versions[-1]) if versions else view


def listed_view(row: Any, urls: tuple[str, ...]) -> ArticleView:
    """An article from a row that has the fields of its current version beside its own, less ``NOT_LISTED``."""
    if ArticleStatus(row.status) is ArticleStatus.WITHHELD:
        return article_view(row, urls, ())
    shown = {name: getattr(row, f"version_{name}") for name in _SHARED_FIELDS if name not in NOT_LISTED}
    shown |= {"authors": tuple(shown["authors"]), "tags": tuple(shown["tags"])}
    return replace(article_view(row, urls, ()), version=row.number, **shown)


def shown_version(view: ArticleView, *, version_id: str | None, as_of: datetime | None) -> ArticleView:
    """The article showing the version of that public id, or the one that was current at a moment.

    Raises:
        NotFoundError: it had no version then.
    """
    if version_id is not None:
        chosen = [version for version in view.versions if version.public_id == version_id]
        return _showing(view, chosen[0]) if chosen else view
    if as_of is None:
        return view
    known = [version for version in view.versions if version.captured_at <= as_of]
    if not known:
        raise NotFoundError(
            f"{view.url} was not in the archive yet on {as_of:%Y-%m-%d %H:%M} UTC",
            remedy="warraq history shows its versions",
            subject=view.url,
        )
    return _showing(view, known[-1])


def _showing(view: ArticleView, version: VersionView) -> ArticleView:
    shown = {name: getattr(version, name) for name in _SHARED_FIELDS}
    return replace(view, version=version.number, **shown)


def _change(before: Any, row: Any) -> str:
    if before is None:
        return "new"
    if before.text_digest == row.text_digest:
        return "headline"
    return "text" if before.title_digest == row.title_digest else "headline and text"
