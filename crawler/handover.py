"""The item pipeline that hands visits to the archive, and waits until each is committed.

Scrapy counts a response as being worked on until its items are through here, and takes up no new requests while more
than ``SCRAPER_SLOT_MAX_ACTIVE_SIZE`` bytes are: that is the crawl's backpressure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

from crawler.run import StoppedError, run_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.run import Run
    from pipeline.visits import Visit


class HandoverPipeline:
    """Hands over one visit at a time for each response, and counts what they came to."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> HandoverPipeline:
        """Called by Scrapy."""
        return cls(run_of(crawler))

    async def process_item(self, item: Visit) -> Visit:
        """Called by Scrapy for every visit.

        Raises:
            DropItem: The crawl is being stopped.
        """
        run = self._run
        try:
            outcome = await run.hand_over(run.receiver.visit(item))
        except StoppedError:
            raise DropItem("the crawl was stopped") from None
        run.note_visit(item, outcome)
        return item
