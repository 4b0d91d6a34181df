"""Sends finished WARC files to their store while crawls run. What cannot be sent stays in the WARC directory."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from crawler.rounds import in_rounds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.warc_store import WarcStore

_log = logging.getLogger(__name__)


@asynccontextmanager
async def uploading(store: WarcStore | None, directory: Path) -> AsyncIterator[None]:
    """Uploads what is finished now, every ten minutes, and once more where the block comes to its own end."""
    if store is None:
        yield
        return
    async with in_rounds(partial(_upload, store, directory)):
        yield


def _upload(store: WarcStore, directory: Path) -> None:
    uploaded = store.upload_finished(directory)
    if uploaded.problem:
        _log.error("WARC files wait in the spool: %s", uploaded.problem, extra={"waiting": uploaded.waiting})
