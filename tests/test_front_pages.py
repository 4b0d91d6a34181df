"""Which links of a front page are articles: judged on layouts of several makes."""

from __future__ import annotations

import pytest

from crawler.discovery.front_pages import KnownUrls, read_front_page
from crawler.discovery.listing import Document, Reading
from crawler.discovery.url_shapes import Shape, shape_of
from tests.front_page_layouts import HOST, Layout, layouts


def read(page: str, known: KnownUrls | None = None) -> Reading:
    document = Document(f"{HOST}/", page.encode(), "text/html; charset=utf-8")
    reading = read_front_page(document, known or KnownUrls())
    assert reading
    return reading


def paths(reading: Reading) -> set[str]:
    return {listing.url.removeprefix(HOST) for listing in reading.listings}


@pytest.mark.parametrize("layout", [pytest.param(each, id=each.name) for each in layouts()])
def test_front_page_lists_its_articles_and_nothing_else(layout: Layout) -> None:
    assert paths(read(layout.page, KnownUrls.of(layout.known))) == layout.articles


@pytest.mark.parametrize("layout", [pytest.param(each, id=each.name) for each in layouts()])
def test_front_page_is_read_alike_where_a_wrapper_is_named_after_its_menu(layout: Layout) -> None:
    wrapped = (
        layout.page.replace('<body class="home blog">', '<body><div class="site has menu open" id="nav">') + "</div>"
    )
    assert paths(read(wrapped, KnownUrls.of(layout.known))) == layout.articles


def test_front_page_gives_the_headline_and_not_the_words_around_it() -> None:
    card = (
        '<article><a href="/2026/11/03/harbour"><img alt="A boat"></a>'
        '<h2><a href="/2026/11/03/harbour">Harbour opens</a></h2>'
        '<a href="/2026/11/03/harbour">Read all about what happened there today</a></article>'
    )
    (listing,) = read(f"<html><body>{card}</body></html>").listings
    assert listing.title == "Harbour opens"


def test_links_elsewhere_and_to_the_page_itself_are_no_articles() -> None:
    links = (
        '<h2><a href="https://other.example/2026/11/03/a-long-headline-elsewhere">A long headline elsewhere</a></h2>'
        f'<h2><a href="{HOST}/#top">Harbour opens after the storm</a></h2><a href="javascript:void(0)">x y z w</a>'
        '<h2><a href="mailto:a@b.example">Write to us about the storm</a></h2>'
    )
    assert paths(read(f"<html><body>{links}</body></html>")) == set()


def test_pattern_that_was_no_article_before_is_not_taken_again() -> None:
    links = "".join(f'<h3><a href="/shop/a-fine-thing-to-buy-{n}">A fine thing to buy</a></h3>' for n in range(3))
    visited = [f"{HOST}/shop/another-fine-thing-{n}" for n in range(5)]
    assert len(paths(read(f"<html><body>{links}</body></html>"))) == 3
    assert paths(read(f"<html><body>{links}</body></html>", KnownUrls.of([], visited))) == set()


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="next" href="/page/2">',
        '<a class="next page-numbers" href="/page/2">2</a>',
        '<a href="/page/2">التالي</a>',
    ],
)
def test_next_page_is_known_by_its_relation_its_class_or_its_words(link: str) -> None:
    assert read(f"<html><body>{link}</body></html>").next_url == f"{HOST}/page/2"


def test_page_of_a_hundred_thousand_links_is_read_to_the_limit() -> None:
    links = "".join(f'<h2><a href="/2026/11/03/story-{n}">A headline of the day</a></h2>' for n in range(100_000))
    document = Document(f"{HOST}/", f"<html><body>{links}</body></html>".encode(), "text/html")
    reading = read_front_page(document, KnownUrls(), most=500)
    assert reading
    assert (len(reading.listings), reading.left_out) == (500, 99_500)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/", Shape.LISTING),
        ("/ar/", Shape.LISTING),
        ("/2026/11/", Shape.LISTING),
        ("/archives/2026/11", Shape.LISTING),
        ("/calendar/2031/05/07", Shape.LISTING),
        ("/politics/page/3", Shape.LISTING),
        ("/category/news/", Shape.LISTING),
        ("/ar/tag/x", Shape.LISTING),
        ("/%D8%AA%D8%B5%D9%86%D9%8A%D9%81/%D8%B3%D9%8A%D8%A7%D8%B3%D8%A9", Shape.LISTING),
        ("/?cat=3", Shape.LISTING),
        ("/index.php?option=com_content&view=category&id=7", Shape.LISTING),
        ("/about", Shape.OTHER),
        ("/feed/", Shape.OTHER),
        ("/wp-content/uploads/2026/11/x.jpg", Shape.OTHER),
        ("/politics", Shape.UNKNOWN),
        ("/world/middle-east", Shape.UNKNOWN),
        ("/archives/123", Shape.UNKNOWN),
        ("/archives/123456", Shape.ARTICLE),
        ("/2026/11/03/vote", Shape.ARTICLE),
        ("/politics/council-votes-down-the-budget", Shape.ARTICLE),
        ("/news/48813/short", Shape.ARTICLE),
        ("/?p=123", Shape.ARTICLE),
        ("/story.aspx?newsid=33&section=4", Shape.ARTICLE),
        ("/index.php?option=com_content&view=article&id=7", Shape.ARTICLE),
        ("/news/articles/c4gl5x8zq2ro", Shape.ARTICLE),
    ],
)
def test_url_alone_tells_lists_from_articles(path: str, shape: Shape) -> None:
    assert shape_of(HOST + path) is shape
