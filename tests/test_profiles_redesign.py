"""Paragraphs that stand in many articles, learned as furniture while the site is redesigned, make no version.

Over real HTTP: what two captures of an article are read by differs in the profile, in the furniture known and in the
theme at once. A helper's crawl of the kinds of change once had such articles come to ``edited``.
"""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from tests.desk import Desk
from tests.newsroom import Newsroom
from tests.publisher.articles import Article, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_PUBLISHED = datetime(2025, 3, 4, 9, tzinfo=timezone(timedelta(hours=3)))
_ARTICLES = 16
_STANDING = {
    "courier": [
        f"Standing paragraph number {word} tells the readers of this paper what it thinks of the harbour and its works."
        for word in ("one", "two", "three", "four", "five", "six")
    ],
    "marsad": [
        f"تقول الفقرة {word} من فقرات الصحيفة الدائمة لقرائها ما تراه الصحيفة في شأن المرفأ وأعماله وما يحيط به."
        for word in ("الأولى", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة")
    ],
}
_OWN = {
    "courier": (
        "The council of {place} voted on Monday to repair its quay, and no one in the room had expected it to do so.",
        "Those who fish from {place} had asked for a decision since spring, in letters that went unanswered so far.",
        "A first estimate puts the cost for {place} at more than the town collects in a year from all of its visitors.",
    ),
    "marsad": (
        "صوّت مجلس {place} يوم الاثنين على إصلاح الرصيف القديم، ولم يكن أحد من الحاضرين في القاعة يتوقع ذلك منه.",
        "وكان صيادو {place} قد طالبوا بقرار منذ الربيع الماضي في رسائل كثيرة لم يجب عنها أحد من المسؤولين حتى الآن.",
        "وتشير التقديرات الأولى إلى أن كلفة إصلاح رصيف {place} تفوق ما تجبيه البلدة في عام كامل من زوارها جميعًا.",
    ),
}
_PLACES = {
    "courier": ("Harmouth", "Selwick", "Dunness", "Kilport", "Torholm", "Branford", "Elham", "Ostow"),
    "marsad": (
        "عين الزيتون",
        "تل السمك",
        "بير الرمان",
        "كفر الحجر",
        "مرج القمح",
        "دير النسيم",
        "عين الغزال",
        "تل الملح",
    ),
}
_TITLES = {"courier": "{place} to repair its quay, part {part}", "marsad": "{place} تصلح رصيفها، الجزء {part}"}


def _article(site: str, number: int) -> Article:
    lots = random.Random(f"{site} {number}")  # noqa: S311 - nothing secret
    place = f"{_PLACES[site][number % 8]} {chr(65 + number)}"
    paragraphs = [paragraph.format(place=place) for paragraph in _OWN[site]]
    for paragraph in lots.sample(_STANDING[site], 3):
        paragraphs.insert(lots.randrange(1, len(paragraphs) + 1), paragraph)
    return Article(
        slug=f"{site}-quay-{number}",
        number=9000 + number,
        title=_TITLES[site].format(place=place, part=number + 1),
        published_at=_PUBLISHED + timedelta(minutes=number),
        blocks=blocks_of("\n\n".join(paragraphs)),
        author="Edwin Marsh",
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Newsroom() as newsroom:
        newsroom.keep_only()
        for site in _OWN:
            for number in range(_ARTICLES):
                newsroom.publish(site, _article(site, number))
        for known in newsroom.sites.values():
            known.feed_length = _ARTICLES
        found = Desk(newsroom, tmp_path)
        found.configure(workers={"count": "2"})
        yield found


def _redesign(desk: Desk) -> None:
    for key in desk.newsroom.sites:
        desk.newsroom.retheme(key)


@pytest.mark.slow
def test_standing_paragraphs_learned_over_redesigns_make_no_version_and_hide_no_edit(desk: Desk) -> None:
    assert desk.crawl() == {"new": 2 * _ARTICLES}
    _redesign(desk)
    assert "edited" not in desk.recheck()
    newsroom = desk.newsroom
    newsroom.edit("courier-quay-3", "voted on Monday", "voted on Sunday")
    newsroom.edit("marsad-quay-3", "يوم الاثنين", "يوم الأحد")
    _redesign(desk)
    assert desk.recheck()["edited"] == 2
    _redesign(desk)
    assert "edited" not in desk.recheck()
    versions = desk.rows("SELECT url, count(*) FROM article_history GROUP BY url HAVING count(*) > 1")
    assert sorted(url for url, _ in versions) == sorted(newsroom.url(f"{site}-quay-3") for site in _OWN)
    for site, standing in {"courier": "Standing paragraph", "marsad": "تقول الفقرة"}.items():
        ((held,),) = desk.rows("SELECT profile FROM site_profiles WHERE source_key = ? AND retired_at IS NULL", site)
        examples = [str(example) for _, _, example in json.loads(held)["repeats"]]
        assert any(example.startswith(standing) for example in examples), "nothing was learned, so nothing was shown"
