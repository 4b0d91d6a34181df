"""Sends finished WARC files to their store while crawls run. What cannot be sent stays in the WARC directory."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.warc_store import WarcStore

_log = logging.getLogger(__name__)
_ROUND_SECONDS = 600.0


@asynccontextmanager
async def uploading(store: WarcStore | None, directory: Path) -> AsyncIterator[None]:
    """Uploads what is finished now, every ten minutes, and once more where the block comes to its own end.

    A block that is cut short by an exception is not held up: its files are uploaded by the next process.
    """
    if store is None:
        yield
        return
    done = asyncio.Event()
    rounds = asyncio.create_task(_rounds(store, directory, done))
    try:
        yield
    except BaseException:
        rounds.cancel()
        raise
    done.set()
    await rounds


async def _rounds(store: WarcStore, directory: Path, done: asyncio.Event) -> None:
    is_last = False
    while True:
        await asyncio.to_thread(_upload, store, directory)
        if is_last:
            return
        try:
            await asyncio.wait_for(done.wait(), _ROUND_SECONDS)
            is_last = True
        except TimeoutError:
            continue


def _upload(store: WarcStore, directory: Path) -> None:
    uploaded = store.upload_finished(directory)
    if uploaded.problem:
        _log.error("WARC files wait in the spool: %s", uploaded.problem, extra={"waiting": uploaded.waiting})
