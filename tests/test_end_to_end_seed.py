"""The seed: one real article, as two designs of its site show it, through HTTP into the archive."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = Path(os.environ.get("WARRAQ_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "seed"
OLD, NEW = "page-2016.html", "page-redesign.html"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SEED.is_dir(), reason="the seed is in ../shared, which is not here"),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.keep_only()
        desk = Desk(newsroom, tmp_path)
        desk.configure("marsad")
        yield desk


def serve(desk: Desk, page: str) -> str:
    served = Reply.html((SEED / page).read_text(encoding="utf-8"))
    return desk.newsroom.serve("marsad", "/archives/79000", replace(served, headers=(("Content-Type", "text/html"),)))


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize("page", [OLD, NEW])
def test_seed_page_is_archived_to_the_letter(desk: Desk, expected: dict[str, Any], page: str) -> None:
    url = serve(desk, page)
    assert desk.crawl(url) == {"new": 1}
    (article,) = desk.exported()
    assert article["text"].split("\n") == expected["paragraphs"]
    assert article["title"] == expected["title"]
    assert article["published_on"] == expected["published_date"]
    assert article["image_caption"] == expected["image_caption"]
    assert article["language"] == expected["language"]
    assert not [words for words in expected["never_in_text"] if words in article["text"].split("\n")]


@pytest.mark.slow
@pytest.mark.parametrize("pages", [(OLD, NEW), (NEW, OLD)])
def test_seed_redesigned_keeps_one_version(desk: Desk, pages: tuple[str, str]) -> None:
    before, after = pages
    url = serve(desk, before)
    assert desk.crawl(url) == {"new": 1}
    serve(desk, after)
    assert desk.crawl(url) == {"noise": 1}
    (article,) = desk.exported()
    assert len(article["versions"]) == 1
