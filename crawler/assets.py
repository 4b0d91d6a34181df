"""The assets of the articles that a crawl brought: fetched when the visits are done, within budgets.

They are captures of their own, never visits: what goes wrong with one is counted, and harms no article. One that is
kept already is not fetched again but where an article that shows it was edited, and then conditionally.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrapy import Request, Spider
from scrapy.exceptions import DownloadCancelledError
from scrapy.http.request import NO_CALLBACK

from crawler.failures import failure_of
from crawler.fetching import conditional
from crawler.run import Run, StoppedError
from crawler.trail import Trail, start_trail
from pipeline.assets import AssetKind, WantedAsset, find_styles, is_asset, wanted_assets
from storage.asset_queries import known_assets, pages_of_crawl
from storage.errors import WarcError
from storage.records import Role, Validators
from storage.records_assets import Assets, FetchedAsset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from crawler.config import AssetSettings
    from storage.archive import Archive
    from storage.records_assets import AssetPage, KnownAsset

_log = logging.getLogger(__name__)
_AT_A_TIME = 8  # each waits for its host's turn, so that one slow host holds up its own
_ACCEPT = {
    AssetKind.IMAGE: "image/avif,image/webp,image/*,*/*;q=0.8",
    AssetKind.STYLE: "text/css,*/*;q=0.1",
}


@dataclass(slots=True)
class Errand:
    """One asset to be fetched, for all pages that show it; ``known`` where it is kept already and may have changed."""

    asset: WantedAsset
    pages: list[str]
    known: KnownAsset | None = None


@dataclass(slots=True)
class AssetPlan:
    """What a crawl's pages want, and what of it is kept: links by page, URL and capture."""

    errands: dict[str, Errand] = field(default_factory=dict)
    links: list[tuple[str, str, int]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, page: AssetPage, asset: WantedAsset, known: KnownAsset | None, most: int) -> None:
        """Takes up one asset of a page; past ``most`` errands it is left out."""
        errand = self.errands.get(asset.url)
        if errand is not None:
            errand.pages.append(page.record_id)
        elif known is not None and not (page.is_edit and conditional(known.validators)):
            self.links += [(page.record_id, asset.url, capture_id) for capture_id in known.capture_ids]
        elif len(self.errands) >= most:
            self.left_out["assets.crawl_count"] += 1
        else:
            self.errands[asset.url] = Errand(asset, [page.record_id], known)


def plan_assets(archive: Archive, run: Run, wanted: Assets, settings: AssetSettings) -> AssetPlan:
    """What is to be fetched for the pages of the crawl, and what is linked as it is; runs in a thread.

    Raises:
        ArchiveError: The archive cannot be read.
    """
    plan = AssetPlan()
    if wanted is Assets.NONE or run.crawl_id is None:
        return plan
    for page in pages_of_crawl(archive, run.source, run.crawl_id):
        styles = _styles(archive, page) if wanted is Assets.ALL else ()
        assets = wanted_assets(page, wanted, styles)
        plan.left_out["assets.article_count"] += max(0, len(assets) - settings.article_count)
        assets = assets[: settings.article_count]
        known = known_assets(archive, [asset.url for asset in assets])
        for asset in assets:
            plan.add(page, asset, known.get(asset.url), settings.crawl_count)
    return plan


def _styles(archive: Archive, page: AssetPage) -> tuple[str, ...]:
    try:
        return find_styles(archive.read_capture(page.location), page)
    except WarcError as error:
        _log.warning("style sheets are not known: %s", error, extra={"url": page.url})
        return ()


@dataclass(slots=True)
class _Budget:
    """Bytes that may still be taken: of the crawl, and of each article."""

    settings: AssetSettings
    crawl_left: int
    taken: Counter[str] = field(default_factory=Counter)

    def reserve(self, page: str) -> int:
        """How large the next asset of the page may be; it is taken until it is settled."""
        room = min(self.settings.max_asset, self.crawl_left, self.settings.article_bytes - self.taken[page])
        self.settle(page, 0, room)
        return room

    def settle(self, page: str, reserved: int, used: int) -> None:
        """Gives back what was reserved and takes what was used."""
        self.crawl_left += reserved - used
        self.taken[page] += used - reserved


class AssetSpider(Spider):
    """Carries out one plan; it makes its own requests, through all of Scrapy's middlewares."""

    name = "assets"

    def __init__(self, run: Run, plan: AssetPlan, settings: AssetSettings) -> None:
        super().__init__()
        self.run = run
        self._queue = deque(plan.errands.values())
        self._budget = _Budget(settings, settings.crawl_bytes)

    async def start(self) -> AsyncIterator[Request]:
        """Nothing to be queued."""
        await asyncio.gather(*(self._work() for _ in range(_AT_A_TIME)))
        queued: tuple[Request, ...] = ()
        for request in queued:
            yield request

    async def _work(self) -> None:
        while self._queue and not self.run.stopped.is_set():
            errand = self._queue.popleft()
            room = self._budget.reserve(errand.pages[0])
            if room <= 0:
                self.run.left_out["assets.bytes"] += 1
                self._budget.settle(errand.pages[0], room, 0)
                continue
            try:
                used = await self._fetch(errand, room)
            except StoppedError:
                return
            self._budget.settle(errand.pages[0], room, used)

    async def _fetch(self, errand: Errand, room: int) -> int:
        """The bytes that it took.

        Raises:
            StoppedError: The crawl was stopped.
        """
        url, kind = errand.asset.url, errand.asset.kind
        trail = Trail(Role.ASSET, url, belongs_to=errand.pages[0])
        headers = {"Accept": _ACCEPT[kind], **conditional(errand.known.validators if errand.known else Validators())}
        meta = {"download_maxsize": room, "dont_retry": True}
        try:
            request = Request(url, headers=headers, callback=NO_CALLBACK, meta=meta)
            await self.crawler.engine.download_async(start_trail(request, trail))
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 - one asset is the unit of isolation; failure_of logs the unforeseen
            self._note_failure(url, failure_of(error, url, self.run.settings).reason)
            return room if isinstance(error, DownloadCancelledError) else 0
        captures = tuple(trail.captures)
        if is_asset(captures[-1], kind):
            await self.run.hand_over(self.run.receiver.asset(FetchedAsset(captures, tuple(errand.pages))))
            self.run.assets += 1
        else:
            self._note_failure(url, f"answered {captures[-1].status} {captures[-1].header('Content-Type')}")
        return sum(len(capture.body) for capture in captures)

    def _note_failure(self, url: str, reason: str) -> None:
        self.run.assets_failed += 1
        _log.info("asset is not kept: %s", reason, extra={"url": url, "source": self.run.source.key})
