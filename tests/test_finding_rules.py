"""The rules behind the ways of finding, one by one: limits, names, archives by month, the WordPress API."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.discovery import wordpress
from crawler.discovery.archives import monthly_archive, months
from crawler.discovery.listing import Child, Document, earliest_possible, latest_possible
from crawler.discovery.recency import within
from crawler.discovery.site_names import site_name
from crawler.discovery.sitemaps import may_hold_articles, newest_first
from pipeline.branches import branch_of
from pipeline.budgets import DayLimits, allot
from storage.records import Listing

SINCE, UNTIL = datetime(2024, 6, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)
HOME = "https://news.example/"

urls = st.builds(
    lambda branch, number: f"https://a.example/{branch}/{number}",
    st.sampled_from(["news", "copy", "x/y"]),
    st.integers(0, 50),
)


@settings(deadline=None)
@given(
    st.lists(urls, unique=True), st.lists(urls, unique=True), st.integers(1, 30), st.integers(1, 20), st.integers(1, 10)
)
def test_a_day_never_brings_more_than_its_limits(
    new: list[str], today: list[str], source: int, feed: int, branch: int
) -> None:
    limits = DayLimits(source, feed, branch)
    before = [(url, "feed" if place % 2 else "other") for place, url in enumerate(today)]
    allotment = allot([Listing(url) for url in new], "feed", before, limits)
    granted = [listing.url for listing in allotment.granted]
    assert len(granted) + allotment.left_out.total() == len(new)
    assert granted == [url for url in new if url in set(granted)]
    assert not granted or len(granted) + len(before) <= source
    assert not granted or len(granted) + sum(1 for _, by in before if by == "feed") <= feed
    counts = Counter(map(branch_of, granted))
    earlier = Counter(branch_of(url) for url, _ in before)
    assert all(counts[each] + earlier[each] <= branch for each in counts)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("/copy/2026/11/03/vote", "/copy/2019/02/17/another-long-story", True),
        ("/copy/2026/11/03/vote", "/2026/11/03/vote", False),
        ("/calendar/2031/05/07", "/calendar/2044/12/30", True),
        ("/shop?color=1&size=2", "/shop?color=7&size=9", True),
        ("/world/a", "/sport/a", False),
    ],
)
def test_branch_leaves_numbers_and_slugs_open(one: str, other: str, is_same: bool) -> None:  # noqa: FBT001 - the case
    assert (branch_of(f"https://a.example{one}") == branch_of(f"https://a.example{other}")) == is_same


@pytest.mark.parametrize(
    ("head", "feed", "name"),
    [
        ("<title>The Estuary – News of the estuary, daily</title>", "", "The Estuary"),
        ("<title>Latest news and comment | The Estuary</title>", "The Estuary", "The Estuary"),
        ("<title>News and comment from here | Estuary</title>", "", "Estuary"),
        ("<title>الرئيسية - مرصد الساحل</title>", "", "مرصد الساحل"),
        ("<title>مرصد الساحل: أخبار الساحل كما هي</title>", "", "مرصد الساحل"),
        ('<meta property="og:site_name" content="Estuary"><title>Home</title>', "", "Estuary"),
        ("<title>Estuary</title>", "", "Estuary"),
        ("<title>Home</title>", "", "Home"),
        ("", "The Estuary", "The Estuary"),
        (
            (
                '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "Estuary"}]}</script>'
                "<title>x | y</title>"
            ),
            "",
            "Estuary",
        ),
    ],
)
def test_site_name_is_without_its_tagline(head: str, feed: str, name: str) -> None:
    page = html.document_fromstring(f"<html><head>{head}</head><body>x</body></html>")
    assert site_name(page, "https://www.estuary.example/", [feed] if feed else []) == name


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("/post-sitemap12.xml", True),
        ("/sitemap-page-2.xml", True),
        ("/sitemap.xml?page=3", True),
        ("/?sitemap=posts&sitemap-subtype=post&paged=1", True),
        ("/wp-sitemap-posts-page-1.xml", False),
        ("/category-sitemap.xml", False),
        ("/page-sitemap.xml", False),
        ("/?sitemap=taxonomies&sitemap-subtype=post_tag&paged=1", False),
        ("/?sitemap=users&paged=1", False),
    ],
)
def test_sitemap_tells_by_its_name_whether_it_holds_articles(url: str, holds: bool) -> None:  # noqa: FBT001 - the case
    assert may_hold_articles(f"https://a.example{url}") == holds


def test_sitemaps_are_read_newest_first_by_date_or_by_number() -> None:
    dated = [Child(f"https://a.example/{n}.xml", raw) for n, raw in enumerate(("2026-01", "2026-03-02", "2025-12-31"))]
    assert [child.url[-5] for child in newest_first(dated)] == ["1", "0", "2"]
    named = [Child(f"https://a.example/map-{name}.xml") for name in ("2025-12", "2026-1", "2026-11", "2026-2")]
    assert [child.url.partition("map-")[2] for child in newest_first(named)] == [
        "2026-11.xml",
        "2026-2.xml",
        "2026-1.xml",
        "2025-12.xml",
    ]


def test_date_without_a_time_may_mean_any_moment_of_it() -> None:
    assert earliest_possible("2026-02") == datetime(2026, 2, 1, tzinfo=UTC)
    assert latest_possible("2026-02") == datetime(2026, 3, 1, tzinfo=UTC)
    assert latest_possible("2026-02-03") == datetime(2026, 2, 4, tzinfo=UTC)
    assert latest_possible("2026-02-03T10:00:00+03:00") == datetime(2026, 2, 3, 7, tzinfo=UTC)
    assert latest_possible("soon") is latest_possible("0000-00-00") is latest_possible("9999-12") is None


@given(st.text(max_size=30))
def test_reading_any_date_never_raises(raw: str) -> None:
    assert latest_possible(raw) is None or earliest_possible(raw) is not None


@pytest.mark.parametrize(
    ("link", "month"),
    [
        ("/2026/11/", "/2016/03/"),
        ("/archives/2026/11", "/archives/2016/03"),
        ("/archive/2026-11.html", "/archive/2016-03.html"),
        ("/news/2026/9/", "/news/2016/3/"),
        ("/?m=202611", "/?m=201603"),
    ],
)
def test_archive_by_month_is_known_by_one_link_to_it(link: str, month: str) -> None:
    page = html.document_fromstring(f'<a href="/about">x</a><a href="{link}">November</a>')
    archive = monthly_archive(page, HOME, [])
    assert archive
    assert archive.of(2016, 3) == f"https://news.example{month}"


def test_archive_by_month_is_guessed_from_article_addresses_and_from_nothing_else() -> None:
    page = html.document_fromstring('<a href="/2026/">x</a><a href="/2026/11/03/">y</a>')
    assert monthly_archive(page, HOME, ["https://news.example/politics/vote"]) is None
    archive = monthly_archive(page, HOME, ["https://news.example/ar/2026/11/03/vote"])
    assert archive
    assert archive.of(2016, 3) == "https://news.example/ar/2016/03/"


def test_months_of_a_time_come_last_first() -> None:
    assert list(months(datetime(2025, 11, 9, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))) == [
        (2026, 2),
        (2026, 1),
        (2025, 12),
        (2025, 11),
    ]


@pytest.mark.parametrize(
    ("listing", "is_wanted"),
    [
        (Listing(f"{HOME}a"), True),
        (Listing(f"{HOME}2024/05/a"), False),
        (Listing(f"{HOME}2024/06/a"), True),
        (Listing(f"{HOME}2025/03/a"), False),
        (Listing(f"{HOME}a", published_raw="2024-05-31"), False),
        (Listing(f"{HOME}a", published_raw="2023-01-01", modified_raw="2024-07-01"), True),
        (Listing(f"{HOME}a", published_raw="2025-04-01"), False),
    ],
)
def test_backfill_wants_what_may_be_of_its_time(listing: Listing, is_wanted: bool) -> None:  # noqa: FBT001 - the case
    assert within(listing, SINCE, UNTIL) == is_wanted


@pytest.mark.parametrize(
    ("root", "posts"),
    [
        ("https://a.example/wp-json/", "https://a.example/wp-json/wp/v2/posts?per_page=100"),
        ("https://a.example/ar/wp-json", "https://a.example/ar/wp-json/wp/v2/posts?per_page=100"),
        (
            "https://a.example/index.php?rest_route=/",
            "https://a.example/index.php?rest_route=/wp/v2/posts&per_page=100",
        ),
    ],
)
def test_posts_are_at_the_api_s_root_with_and_without_pretty_addresses(root: str, posts: str) -> None:
    url = wordpress.posts_url(root)
    assert url.startswith(posts)
    between = wordpress.published_between(url, SINCE, UNTIL)
    assert "after=2024-06-01T00%3A00%3A00" in between.replace(":", "%3A")
    assert "orderby=date" in between
    assert "orderby=modified" not in between


def test_api_is_known_by_its_link_or_by_the_signs_of_wordpress() -> None:
    plain = html.document_fromstring("<p>x</p>")
    said = Document(HOME, b"<p>x</p>", headers=(("Link", '</api/>; rel="https://api.w.org/"'),))
    assert wordpress.api_root(plain, said) == "https://news.example/api/"
    assert (
        wordpress.api_root(plain, Document(HOME, b'<img src="/wp-content/x.png">')) == "https://news.example/wp-json/"
    )
    assert wordpress.api_root(plain, Document(HOME, b"<p>x</p>")) is None
