"""Articles come out whole, and alone, from the markup of publishing systems that no data set of ours has."""

from __future__ import annotations

from datetime import date
from html import escape

import pytest

from tests.made_pages import PROSE, TITLE, read
from tests.publishing_systems import SYSTEMS

AUTHOR = "Ann Lee"
CAPTION = "The ferry on the day before it broke down"
HEADING = "A second report"
DAY = date(2023, 11, 28)


def page(system: str) -> str:
    texts = [escape(text, quote=False) for text in PROSE]
    body = SYSTEMS[system].format(*texts, title=TITLE, author=AUTHOR, caption=CAPTION, heading=HEADING)
    name = '<meta property="og:site_name" content="The Islander">'
    head = f'<meta charset="utf-8"><title>{TITLE} – The Islander</title>{name}'
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize("system", SYSTEMS)
def test_text_is_the_article_and_nothing_else(system: str) -> None:
    assert read(page(system)).text.split("\n") == [*PROSE[:2], HEADING, *PROSE[2:]]


@pytest.mark.parametrize("system", SYSTEMS)
def test_fields_are_those_that_readers_see(system: str) -> None:
    found = read(page(system))
    assert (found.title, found.authors, found.published_on) == (TITLE, (AUTHOR,), DAY)


@pytest.mark.parametrize("system", SYSTEMS)
def test_caption_is_kept_with_its_picture(system: str) -> None:
    assert CAPTION in {image.caption for image in read(page(system)).images}
