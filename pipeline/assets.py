"""Which assets a page needs to look as it did, and whether what came in their place is one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.observe import page_of
from pipeline.page import Refusal, parse_page
from pipeline.urls import absolute
from storage.records_assets import Assets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records import Capture
    from storage.records_assets import AssetPage

_OK = 200
_NOT_MODIFIED = 304
_SNIFFED_BYTES = 512
_UNTYPED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
# The first bytes of the formats that browsers show (WHATWG MIME Sniffing, section 6.1), and of AVIF and HEIC.
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"\0\0\1\0")
_BOXED = (b"WEBP", b"ftypavif", b"ftypavis", b"ftypmif1", b"ftypheic")
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title")


class AssetKind(StrEnum):
    """What a page wants an asset for."""

    IMAGE = "image"
    STYLE = "style"


@dataclass(frozen=True, slots=True)
class WantedAsset:
    """One asset of a page, by its absolute URL."""

    url: str
    kind: AssetKind


def wanted_assets(page: AssetPage, wanted: Assets, styles: Sequence[str] = ()) -> list[WantedAsset]:
    """What is to be kept of a page, the most telling first, each URL once."""
    if wanted is Assets.NONE:
        return []
    images = [page.lead_url, *(page.image_urls if wanted is Assets.ALL else ())]
    found = {url: WantedAsset(url, AssetKind.IMAGE) for each in images if each and (url := absolute(each, page.url))}
    if wanted is Assets.ALL:
        found |= {url: WantedAsset(url, AssetKind.STYLE) for url in styles if url not in found}
    return list(found.values())


def find_styles(capture: Capture, page: AssetPage) -> tuple[str, ...]:
    """The absolute URLs of the style sheets that a page's document names, in order; those for print are left out."""
    tree = parse_page(page_of(capture, page.source))
    if isinstance(tree, Refusal):
        return ()
    base = next((absolute(each, page.url) for each in tree.xpath("//base/@href")), None) or page.url
    links = tree.xpath(
        "//link[@href and contains(concat(' ', translate(@rel, 'STYLEH', 'styleh'), ' '), ' stylesheet ')]"
    )
    named = (absolute(link.get("href"), base) for link in links if (link.get("media") or "").strip().lower() != "print")
    return tuple(dict.fromkeys(url for url in named if url))


def is_asset(capture: Capture, kind: AssetKind) -> bool:
    """Whether the answer is what was asked for: not an error page, and no document in place of a picture."""
    if capture.status == _NOT_MODIFIED:
        return True
    if capture.status != _OK or not capture.body:
        return False
    declared = (capture.header("Content-Type") or "").partition(";")[0].strip().lower()
    head = b"" if capture.header("Content-Encoding") else capture.body[:_SNIFFED_BYTES].lstrip()
    if head.lower().startswith(_MARKUP):
        return False
    if kind is AssetKind.STYLE:
        return declared in ("text/css", "")
    if declared in _UNTYPED:
        return head.startswith(_SIGNATURES) or any(mark in head[4:16] for mark in _BOXED)
    return declared.startswith("image/")
