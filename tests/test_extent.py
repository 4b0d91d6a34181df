"""How far back a way of finding goes, by the dates that it gives or that stand in its URLs."""

from __future__ import annotations

import pytest

from crawler.discovery.extent import _extent
from storage.records import Listing


@pytest.mark.parametrize(
    ("paths", "newest", "oldest"),
    [
        (("2026/11/24/ferry", "2026/11/03/bridge"), "2026-11-24", "2026-11-03"),
        (("2026/11/ferry", "2026/9/bridge"), "2026-11-01", "2026-09-01"),
        (("2026/11/3/ferry", "2025/2/31/bridge"), "2026-11-03", "2025-02-01"),
        (("2026/11/24", "2025/2/3/bridge"), "2026-11-01", "2025-02-03"),
    ],
)
def test_dates_in_urls_are_read_as_finely_as_they_stand_there(paths: tuple[str, ...], newest: str, oldest: str) -> None:
    extent = _extent(Listing(f"http://gazette.example/{path}") for path in paths)
    assert [moment and f"{moment:%Y-%m-%d}" for moment in (extent.newest, extent.oldest)] == [newest, oldest]
