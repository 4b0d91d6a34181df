from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from crawler.slots import CrawlSlots

if TYPE_CHECKING:
    from collections.abc import Awaitable


def test_slots_crawl_that_takes_long_makes_room_for_another() -> None:
    async def main() -> list[str]:
        slots, order = CrawlSlots(may_interrupt=False, fresh=1, fresh_seconds=0.05), list[str]()

        async def crawl(name: str, seconds: float) -> None:
            async with slots.slot():
                order.append(f"{name} begins")
                await asyncio.sleep(seconds)
            order.append(f"{name} ends")

        await asyncio.gather(crawl("slow", 1), crawl("quick", 0))
        return order

    assert asyncio.run(main()) == ["slow begins", "quick begins", "quick ends", "slow ends"]


async def begin(event: asyncio.Event) -> None:
    event.set()


def test_slots_never_more_than_the_most_and_the_oldest_is_stopped() -> None:
    async def main() -> tuple[tuple[bool, ...], int]:
        slots = CrawlSlots(may_interrupt=True, fresh=2, fresh_seconds=0.01, most=2, long_seconds=0.05)
        under_way, most = 0, 0

        async def crawl(work: Awaitable[object]) -> bool:
            nonlocal under_way, most
            async with slots.slot():
                under_way += 1
                most = max(most, under_way)
                try:
                    await work
                except asyncio.CancelledError:
                    return True
                finally:
                    under_way -= 1
            return False

        third_began = asyncio.Event()
        stopped = await asyncio.gather(crawl(asyncio.sleep(60)), crawl(third_began.wait()), crawl(begin(third_began)))
        return tuple(stopped), most

    assert asyncio.run(main()) == ((True, False, False), 2)


def test_slots_waiting_crawl_that_is_cancelled_takes_no_slot() -> None:
    async def main() -> None:
        slots = CrawlSlots(may_interrupt=False, fresh=1)
        async with slots.slot():
            waiting = asyncio.create_task(slots.slot().__aenter__())
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.wait({waiting})
        async with asyncio.timeout(20), slots.slot():
            pass

    asyncio.run(main())
