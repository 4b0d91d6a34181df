"""The frozen records of what belongs to a page: its pictures and style sheets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.records import Capture, SourceRecord, Validators, WarcLocation


class Assets(StrEnum):
    """Which assets of its articles a source keeps: none, the lead image, or all pictures and style sheets."""

    NONE = "none"
    LEAD = "lead"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class AssetPage:
    """The capture that began a version, and the pictures that the version names.

    ``is_edit`` says that the article was known before.
    """

    record_id: str
    url: str
    source: SourceRecord
    location: WarcLocation
    lead_url: str | None
    image_urls: tuple[str, ...]
    is_edit: bool


@dataclass(frozen=True, slots=True)
class KnownAsset:
    """An asset that is kept already: the captures of its last fetch, redirects first, and how to ask for a change."""

    capture_ids: tuple[int, ...]
    validators: Validators


@dataclass(frozen=True, slots=True)
class FetchedAsset:
    """What fetching an asset gave, redirects first, and the captures of the pages that show it."""

    captures: tuple[Capture, ...]
    page_record_ids: tuple[str, ...]
