"""What an article is filed under, who shares its byline, and whether only subscribers may read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import html

from pipeline.metadata import Metadata, read_metadata

_STORY = "<p>The council said on Tuesday that the bridge stays closed until the spring, when the deck arrives.</p>" * 4
_OTHERS = (
    "<div class='related'><a rel='category tag' href='/c/sport'>Sport</a> <a rel='tag' href='/t/cup'>Cup</a></div>"
)


def read(body: str, head: str = "") -> Metadata:
    page = f"<html><head><title>Bridge closed</title>{head}</head><body>{body}{_OTHERS}</body></html>"
    tree = html.document_fromstring(page)
    return read_metadata(tree, url="https://nahr.example/1", seen_at=datetime(2025, 6, 18, tzinfo=UTC), zone=UTC)


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_section_and_tags_that_are_only_links_are_read_beside_the_headline() -> None:
    found = read(
        "<article><a rel='category tag' href='/c/local'>Local</a><h1>Bridge closed</h1>"
        f"{_STORY}<a rel='tag' href='/t/bridge'>#bridge</a> <a rel='tag' href='/t/river'>river</a></article>"
    )
    assert (found.section, found.tags) == ("Local", ("bridge", "river"))


def test_tags_of_a_list_that_its_class_names_are_read() -> None:
    links = "<a href='/x/bridge'>جسر</a>، <a href='/x/river'>نهر</a>"
    found = read(f"<main><h1>Bridge closed</h1>{_STORY}<ul class='article-tags'>{links}</ul></main>")
    assert found.tags == ("جسر", "نهر")


def test_stated_tags_come_before_linked_ones() -> None:
    head = "<meta name='keywords' content='one, two'>"
    found = read(f"<article><h1>Bridge closed</h1>{_STORY}<a rel='tag' href='/t/x'>x</a></article>", head)
    assert found.tags == ("one", "two")


def test_section_and_tags_of_wordpress_block_themes_are_told_by_their_boxes() -> None:
    found = read(
        f"<main><h1>Bridge closed</h1>{_STORY}"
        "<div class='taxonomy-category wp-block-post-terms'><a rel='tag' href='/category/local'>Local</a></div>"
        "<div class='taxonomy-post_tag wp-block-post-terms'><a rel='tag' href='/tag/river'>river</a></div></main>"
    )
    assert (found.section, found.tags) == ("Local", ("river",))


_FILED = (
    "<p>In <a href='/category/local.html'>local</a>.</p>"
    "<p>tags: <a href='/tag/bridge.html'>bridge</a> <a href='/tag/river.html'>river</a></p>"
)
_HEXO = (
    "<article class='article'><div class='article-meta'><div class='article-category'>"
    "<a class='article-category-link' href='/c/local/'>local</a></div></div>"
    f"<header class='article-header'><h1>Bridge closed</h1></header>{_STORY}<footer class='article-footer'>"
    "<ul class='article-tag-list'><li><a class='article-tag-list-link' href='/t/b'>bridge</a></li>"
    "<li><a class='article-tag-list-link' href='/t/r'>river</a></li></ul></footer></article>"
)
_ARABIC = (
    f"<div class='post'><h1>Bridge closed</h1><p><a href='/%D9%82%D8%B3%D9%85/x'>local</a></p>{_STORY}"
    "<p><a href='/وسم/1'>bridge</a>، <a href='/وسم/2'>#river</a></p></div>"
)
_MENU = (
    "<div class='top'><ul><li><a href='/category/sea'>Sea</a></li><li><a href='/category/sky'>Sky</a></li></ul></div>"
)


@pytest.mark.parametrize(
    "body",
    [
        # Pelican's two themes, Hexo's, and a site that writes its addresses in Arabic.
        f"{_MENU}<article><header><h1>Bridge closed</h1></header><footer>{_FILED}</footer>{_STORY}</article>",
        f"<h1><a href='/'>Nahr</a></h1><article><h2><a href='/1'>Bridge closed</a></h2>{_STORY}{_FILED}</article>",
        _HEXO,
        _ARABIC,
    ],
)
def test_links_are_told_by_address_or_class_where_nothing_else_files_an_article(body: str) -> None:
    found = read(body, "<title>Bridge closed - Nahr</title>")
    assert (found.section, found.tags) == ("local", ("bridge", "river"))


@pytest.mark.parametrize(
    "elsewhere",
    [
        _MENU,
        f"<nav>{_FILED}</nav>",
        f"<aside>{_FILED}</aside>",
        f"<div class='sidebar'>{_FILED}</div>",
        f"<div class='box'><h3><a href='/2'>Goats on the roof</a></h3>{_FILED}</div>",
        "<ul><li><a href='/tag/sea'>Sea</a> <a href='/2'>Two goats are found on top of the cannery today</a></li></ul>",
        f"<p>{'The minister of the time opened it. ' * 3}<a href='/tag/bridge'>bridge</a></p>",
        "<p><a href='/category/local/2024/bridge'>The bridge then</a></p>",
        "<p><a href='https://other.example/category/local'>local</a></p>",
    ],
)
def test_links_of_menus_other_stories_and_the_text_itself_file_nothing(elsewhere: str) -> None:
    inside = "" if elsewhere == _MENU else elsewhere
    found = read(f"{_MENU}<article><h1>Bridge closed</h1>{_STORY}{inside}</article>")
    assert (found.section, found.tags) == (None, ())


def test_cloud_of_tags_beside_an_article_files_nothing() -> None:
    cloud = "".join(f"<a href='/tag/{n}'>Tag {chr(97 + n)}</a> " for n in range(20))
    assert read(f"<article><h1>Bridge closed</h1>{_STORY}<p>{cloud}</p></article>").tags == ()


def test_tags_in_meta_elements_of_their_own_are_all_read() -> None:
    head = "<meta name='tags' content='bridge'><meta name='tags' content='river'>"
    assert read(f"<h1>Bridge closed</h1>{_STORY}", head).tags == ("bridge", "river")


@pytest.mark.parametrize(
    ("crumbs", "section"),
    [
        (["Home", "World", "Bridge closed"], "World"),
        (["Home", "World", "Syria"], "World"),
        (["Home", "World"], "World"),
        (["Home"], None),
    ],
)
def test_section_of_breadcrumbs_is_the_last_step_before_the_article(crumbs: list[str], section: str | None) -> None:
    steps = ",".join(f'{{"@type":"ListItem","name":"{name}"}}' for name in crumbs)
    head = ld(f'{{"@type":"BreadcrumbList","itemListElement":[{steps}]}}')
    assert read(f"<h1>Bridge closed</h1>{_STORY}", head).section == section


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (ld('{"@type":"NewsArticle","isAccessibleForFree":false}'), True),
        (ld('{"@type":"NewsArticle","isAccessibleForFree":"False"}'), True),
        (ld('{"@type":"NewsArticle","isAccessibleForFree":"http://schema.org/True"}'), False),
        ("<meta property='article:content_tier' content='locked'>", True),
        ("<meta property='article:content_tier' content='metered'>", None),
        ("", None),
    ],
)
def test_paywall_is_what_the_page_says(head: str, paywalled: object) -> None:
    assert read(f"<h1>Bridge closed</h1>{_STORY}", head).paywalled is paywalled


@pytest.mark.parametrize("agency", ["Reuters", "أ.ف.ب", "وكالة الأنباء", "Nordic News Agency", "Anadolu Ajansı"])
def test_agency_in_a_byline_stands_apart_from_authors(agency: str) -> None:
    head = ld(f'{{"@type":"NewsArticle","author":[{{"name":"Sara Omar"}},{{"name":"{agency}"}}]}}')
    found = read(f"<h1>Bridge closed</h1>{_STORY}", head)
    assert (found.authors, found.agencies) == (("Sara Omar",), (agency,))


def test_byline_that_names_more_authors_than_the_metadata_is_believed() -> None:
    head = "<meta name='author' content='Sara Omar'>"
    byline = "<div class='byline'>By Dr Sara Omar, Ann Lee and Jon Bey</div>"
    assert read(f"<h1>Bridge closed</h1>{byline}{_STORY}", head).authors == ("Dr Sara Omar", "Ann Lee", "Jon Bey")
    alone = "<div class='byline'>By Ann Lee and Jon Bey</div>"
    assert read(f"<h1>Bridge closed</h1>{alone}{_STORY}", head).authors == ("Sara Omar",)


def test_dates_of_json_that_cannot_be_mended_are_taken_one_by_one() -> None:
    broken = '{"@type":"NewsArticle","name":"He said "no"","datePublished":"2024-05-01T23:30:00+03:00","x":}'
    published = read(f"<h1>Bridge closed</h1>{_STORY}", ld(broken)).published
    assert published is not None
    assert (published.on.isoformat(), published.origin, published.offset) == ("2024-05-01", "json-ld", "+03:00")


def test_date_without_a_zone_of_its_own_names_none() -> None:
    published = read(
        f"<h1>Bridge closed</h1>{_STORY}", ld('{"@type":"NewsArticle","datePublished":"2024-05-01T23:30"}')
    )
    assert published.published is not None
    assert published.published.offset is None
