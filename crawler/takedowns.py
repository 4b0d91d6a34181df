"""Goes on with takedowns while crawls run: with what this machine's WARC files hold of them, and what came in since."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from crawler.rounds import in_rounds
from pipeline.takedown import finish_records
from storage.errors import ArchiveBusyError, ArchiveError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from storage.archive import Archive

_log = logging.getLogger(__name__)


def finishing_takedowns(archive: Archive) -> AbstractAsyncContextManager[None]:
    """Does so now, every ten minutes, and once more where the block comes to its own end."""
    return in_rounds(partial(_finish, archive))


def _finish(archive: Archive) -> None:
    try:
        progress = finish_records(archive)
    except ArchiveBusyError as error:
        _log.info("takedowns wait: %s", error)
    except ArchiveError as error:
        _log.error("takedowns could not be gone on with: %s", error)
    else:
        if progress.erased:
            _log.info("records of withheld articles overwritten", extra={"records": progress.erased})
        for each in progress.left:
            _log.warning("takedown not finished: %s", each)
