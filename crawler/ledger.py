"""The rounds in which the ledger is kept while crawls run."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from storage.errors import WarraqError
from storage.ledger_keeper import LedgerKeeper, LedgerPlan, default_places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from crawler.ledger_settings import LedgerSettings
    from storage.archive import Archive
    from storage.records import Clock

_log = logging.getLogger(__name__)
_ROUND_SECONDS = 60.0
"""How long a capture waits for its leaf at most; what is changed before that, the ledger cannot tell of."""


def plan_of(settings: LedgerSettings, archive: Archive) -> LedgerPlan:
    """Where the heads of that archive go, and when they are made."""
    heads, key = default_places(archive.name, archive.warc_dir)
    return LedgerPlan(
        settings.heads or heads, settings.key or key, settings.every, settings.authority, settings.webhook
    )


@asynccontextmanager
async def keeping_ledger(archive: Archive, settings: LedgerSettings, clock: Clock) -> AsyncIterator[None]:
    """Keeps the ledger every minute, and once more where the block ends, however it does.

    What goes wrong is logged and tried again: it ends no crawl, and what waits for its leaf goes on waiting.
    """
    done = asyncio.Event()
    rounds = asyncio.create_task(_rounds(LedgerKeeper(archive, plan_of(settings, archive), clock), done))
    try:
        yield
    finally:
        done.set()
        await rounds


async def _rounds(keeper: LedgerKeeper, done: asyncio.Event) -> None:
    is_last = False
    while not is_last:
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), _ROUND_SECONDS)
        is_last = done.is_set()
        await asyncio.to_thread(_round, keeper, done, is_last=is_last)


def _round(keeper: LedgerKeeper, done: asyncio.Event, *, is_last: bool) -> None:
    try:
        keeper.round(is_last=is_last, is_stopping=done.is_set)
    except WarraqError as error:
        _log.error("ledger not kept: %s", error)
    except Exception:  # noqa: BLE001 - the unit of isolation is one round; logged with its traceback
        _log.exception("ledger not kept")
