"""The same article in ten languages and three layouts: no line of its theme stays in the text."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.made_pages import read

if TYPE_CHECKING:
    from storage.records import Extraction

ARTICLES: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("articles_by_language.toml").read_text(encoding="utf-8")
)
BOXES = (
    "<div class=a1><h1>{title}</h1><div>{byline}</div><div>{published}</div><div>{updated}</div>"
    "<div>{reading_time}</div><figure><img src=/a.jpg><figcaption>{caption}</figcaption></figure><div class=a2>"
    "<p>{dateline}{0}</p><p>{1}</p><p><a href=/x>{see_also}</a></p><p>{2}</p><p>{3}</p>"
    "<p>{source}</p><p>{closing}</p><p>{appeal}</p><p>{tags}</p></div></div>"
)
CAPTIONED = (
    "<article><h1>{title}</h1><p>{byline}</p><p>{published}</p><div class=post-body><p>{title}</p><p>{0}</p>"
    "<div class=caption><img src=/b.jpg width=500><span>{caption}</span></div><p>{1}</p><p>{photo}</p><p>{2}</p>"
    "<p>{see_also}</p><p>{3}</p><p>({source})</p></div></article>"
)
BROKEN_LINES = (
    "<table><tr><td><h1>{title}</h1>{published}<br>{byline}<br><br>{dateline}{0}<br><br>{1}<br><br>{see_also}<br>{2}"
    "<br><br>{3}<br>{source}</td></tr></table>"
)


def extraction(language: str, layout: str) -> Extraction:
    article = ARTICLES[language]
    body = layout.format(*article["paragraphs"], **article)
    head = f"<meta charset=utf-8><title>{article['title']} - {article['site']}</title>"
    page = f"<html lang={language}><head>{head}</head><body>{body}<footer>© {article['site']}</footer></body></html>"
    return read(page, url=f"https://{language}.example/news/1", content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("layout", [BOXES, CAPTIONED, BROKEN_LINES], ids=["boxes", "captioned", "broken lines"])
@pytest.mark.parametrize("language", ARTICLES)
def test_extract_article_in_any_language_gives_its_own_lines_and_their_makers(language: str, layout: str) -> None:
    article, found = ARTICLES[language], extraction(language, layout)
    first, *others = article["paragraphs"]
    start = article["dateline"] if "{dateline}" in layout else ""
    assert found.text.split("\n") == [start + first, *others]
    assert (found.title, found.language) == (article["title"], language)
    assert found.authors == tuple(article["authors"])
    assert found.published_on == date(2023, 3, 14)
    assert found.agency_credit is not None


@pytest.mark.parametrize("language", ARTICLES)
def test_extract_change_shown_after_the_publication_is_kept(language: str) -> None:
    assert extraction(language, BOXES).modified_on == date(2023, 3, 15)


@pytest.mark.parametrize("layout", [BOXES, CAPTIONED], ids=["figure", "named box"])
@pytest.mark.parametrize("language", ARTICLES)
def test_extract_caption_is_kept_with_its_picture(language: str, layout: str) -> None:
    article = ARTICLES[language]
    (image,) = extraction(language, layout).images
    assert image.caption is not None
    assert article["caption"].startswith(image.caption)
