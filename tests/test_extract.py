"""Extraction of whole pages: folders of pages in several languages, the shared seed, and purity."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from pipeline.extract import EXTRACTOR, RELEASE, extract, warm
from pipeline.page import Page
from tests.made_pages import PROSE, SEEN_AT, article_page, paragraphs, read

PAGES = sorted((Path(__file__).parent / "pages").iterdir())
SEED = Path(os.environ.get("WARRAQ_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "seed"


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_extract_page_with_furniture_gives_exactly_its_article(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    found = read((folder / "page.html").read_bytes(), url=expected["url"])
    assert found.text.split("\n") == expected["text"]
    assert (found.title, found.not_article) == (expected["title"], None)
    assert (found.image_caption, found.image_credit) == (expected.get("image_caption"), expected.get("image_credit"))


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="the shared seed is not beside this repository")
@pytest.mark.parametrize("name", ["page-2016.html", "page-redesign.html"])
def test_extract_seed_page_gives_what_the_archive_must_hold(name: str) -> None:
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    found = extract(Page(expected["url"], (SEED / name).read_bytes(), "text/html; charset=utf-8", None, SEEN_AT))
    assert found.text.split("\n") == expected["paragraphs"]
    assert (found.title, found.image_caption) == (expected["title"], expected["image_caption"])
    assert str(found.published_on) == expected["published_date"]
    assert not [words for words in expected["never_in_text"] if words in found.text]


def test_extract_same_page_after_others_gives_the_same_result() -> None:
    warm()
    page = article_page(paragraphs(*PROSE))
    first = read(page)
    for folder in PAGES:
        read((folder / "page.html").read_bytes())
    assert all(read(page) == first for _ in range(5))


def test_extract_names_itself_and_its_engine() -> None:
    found = read(article_page(paragraphs(*PROSE)))
    assert (found.extractor, found.release) == (EXTRACTOR, RELEASE)
    assert "trafilatura" in RELEASE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 100,
        b"<html>" + b"<div>" * 5000,
        b"<html><body>" + b"<p>a" * 200_000,
        b"%PDF-1.7 binary",
        b"<html><body><p>\xff\xfe\x80",
        b"<!doctype html><html><head></head></html>",
        b'<html><body><a href="http://[bad">x</a><img src="http://[bad"></body></html>',
    ],
    ids=["empty", "nul", "deep", "many", "pdf", "bytes", "headless", "urls"],
)
def test_extract_hostile_page_is_refused_without_raising(body: bytes) -> None:
    assert read(body).not_article is not None


@pytest.mark.parametrize(("start", "end"), [("<ul><li>", "</li></ul>"), ("<figcaption><b>", "</b></figcaption>")])
def test_extract_hundreds_of_nested_elements_are_refused_without_raising(start: str, end: str) -> None:
    nested = f'<figure><img src="/a.jpg">{start * 900}words{end * 900}</figure>'
    assert read(article_page(paragraphs(*PROSE) + nested)).refused in {None, "too_deep"}


@pytest.mark.parametrize("unit", ["[", "[a b=", "(", "<br>", "&#1;", "\u0640"])
def test_extract_page_of_one_repeated_token_ends_in_time(unit: str) -> None:
    read(article_page(f"<p>{unit * 10_000}</p>"))


@pytest.mark.slow
def test_extract_page_of_very_many_elements_costs_time_in_proportion_to_them() -> None:
    """What trafilatura takes quadratic time for: 5 times as many elements cost it 25 times as much."""
    sentence = "<span>The council voted on Tuesday to close the old bridge. </span>"

    def cost(count: int) -> float:
        began = time.process_time()
        assert "old bridge" in read(article_page(f"<p>{sentence * count}</p>")).text
        return time.process_time() - began

    assert cost(50_000) < 12 * cost(10_000)
