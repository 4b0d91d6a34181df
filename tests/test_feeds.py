from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.discovery.listing import MOST_ENTRIES, Document, Reading
from crawler.discovery.reading import Reader, read_listing
from storage.records import FeedKind
from tests.cli_process import ROOT

URL = "https://news.example/section/feed.xml"


def read(body: str | bytes, content_type: str | None = None) -> Reading:
    return read_listing(Document(URL, body if isinstance(body, bytes) else body.encode(), content_type))


def rss(items: str, head: str = '<?xml version="1.0"?>', title: str = "News") -> str:
    return f'{head}<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def urls(reading: Reading) -> list[str]:
    return [listing.url for listing in reading.listings]


def test_rss_lists_absolute_urls_titles_and_dates_in_order() -> None:
    reading = read(
        rss(
            "<item><title>One &amp;amp; &lt;b&gt;only&lt;/b&gt;</title><link>/a?utm_source=rss#top</link>"
            "<pubDate>Tue, 03 Nov 2026 10:00:00 +0300</pubDate></item>"
            "<item><title>\n Two </title><link> https://news.example/b </link></item>"
        )
    )
    first, second = reading.listings
    assert (reading.kind, reading.problem, reading.title) == (FeedKind.RSS, None, "News")
    assert (first.url, first.title) == ("https://news.example/a", "One & only")
    assert first.published_raw == "Tue, 03 Nov 2026 10:00:00 +0300"
    assert first.published_at == datetime(2026, 11, 3, 7, tzinfo=UTC)
    assert (second.url, second.title, second.published_at) == ("https://news.example/b", "Two", None)


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/a"/>{}</entry></feed>'
ODD_CATEGORIES = ("", "  ", "x" * 101, "http://schemas.example/kind#post", "#Ferries", "Ferries")


@pytest.mark.parametrize(
    "text",
    [
        rss(f"<item><link>/a</link>{''.join(f'<category>{name}</category>' for name in ODD_CATEGORIES)}</item>"),
        ATOM.format("".join(f'<category term="{name}"/>' for name in ODD_CATEGORIES)),
        json.dumps(
            {"version": "https://jsonfeed.org/version/1", "items": [{"url": "/a", "tags": [7, *ODD_CATEGORIES]}]}
        ),
    ],
    ids=["rss", "atom", "json"],
)
def test_feed_of_any_kind_gives_the_categories_that_are_names_once(text: str) -> None:
    (listing,) = read(text).listings
    assert listing.categories == ("Ferries",)


def test_atom_category_goes_by_its_label() -> None:
    (listing,) = read(ATOM.format('<category term="7" label="Arts &amp;amp; letters"/>')).listings
    assert listing.categories == ("Arts & letters",)


def test_feed_categories_of_an_entry_are_bounded() -> None:
    names = "".join(f"<category>c{number}</category>" for number in range(60))
    (listing,) = read(rss(f"<item><link>/a</link>{names}</item>")).listings
    assert listing.categories == tuple(f"c{number}" for number in range(50))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FeedKind.RSS, '<rss version="0.91"><channel><item><link>/a</link></item></channel></rss>'),
        (FeedKind.RSS, '<rss version="0.92"><channel><item><link>/a</link></item></channel></rss>'),
        (
            FeedKind.RSS,
            (
                '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
                "<item><title>x</title><link>/a</link></item></rdf:RDF>"
            ),
        ),
        (
            FeedKind.RSS,
            (
                '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
                '<item rdf:about="/a"><link>/a</link></item></rdf:RDF>'
            ),
        ),
        (FeedKind.ATOM, '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/a"/></entry></feed>'),
        (FeedKind.ATOM, '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><link href="/a"/></entry></feed>'),
        (FeedKind.JSON, '{"version": "https://jsonfeed.org/version/1", "items": [{"url": "/a"}]}'),
        (
            FeedKind.SITEMAP,
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/a</loc></url></urlset>',
        ),
    ],
)
def test_feed_of_any_kind_is_read_by_what_it_is(kind: FeedKind, text: str) -> None:
    reading = read(text, "text/html")
    assert (reading.kind, urls(reading)) == (kind, ["https://news.example/a"])


def test_atom_takes_the_alternate_link_and_xml_base() -> None:
    reading = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/x/"><entry xml:base="y/">'
        '<link rel="enclosure" href="sound.mp3"/><link rel="self" href="self"/><link rel="alternate" href="page"/>'
        "<updated>2026-11-03T10:00:00Z</updated></entry></feed>"
    )
    (listing,) = reading.listings
    assert listing.url == "https://other.example/x/y/page"
    assert listing.published_at == datetime(2026, 11, 3, 10, tzinfo=UTC)


def test_rss_missing_link_takes_a_permanent_guid_and_no_other() -> None:
    reading = read(
        rss(
            "<item><guid>https://news.example/1</guid></item>"
            '<item><guid isPermaLink="false">tag:news,1</guid></item>'
            "<item><title>no link at all</title></item>"
        )
    )
    assert urls(reading) == ["https://news.example/1"]


def test_feed_listing_one_url_in_many_ways_lists_it_once() -> None:
    items = "".join(
        f"<item><link>{link}</link></item>"
        for link in (
            "/a",
            "/a#x",
            "/a?utm_medium=x",
            "https://NEWS.example:443/a",
            "javascript:void(0)",
            "mailto:a@b.c",
        )
    )
    assert urls(read(rss(items))) == ["https://news.example/a"]


@pytest.mark.parametrize(
    "content_type", [None, "text/xml", "text/xml; charset=utf-8", "application/rss+xml; charset=windows-1256"]
)
def test_feed_in_windows_1256_is_readable_arabic(content_type: str | None) -> None:
    text = rss(
        "<item><title>عاجل: خبر من دمشق</title><link>/1</link></item>", '<?xml version="1.0" encoding="windows-1256"?>'
    )
    assert read(text.encode("windows-1256"), content_type).listings[0].title == "عاجل: خبر من دمشق"


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-8-sig"])
def test_feed_in_unicode_charsets_is_readable(charset: str) -> None:
    assert read(rss("<item><title>خبر</title><link>/1</link></item>", "").encode(charset)).listings[0].title == "خبر"


def test_feed_after_warnings_of_its_software_is_read() -> None:
    assert len(read("<br /><b>Warning</b>: mysql in /var/www\n" + rss("<item><link>/a</link></item>")).listings) == 1


@pytest.mark.parametrize(
    "fault",
    ["A & B <title>x", "\x0b\x00\x1b", "&nbsp;&raquo;&bogus;", "<b>unclosed", "<![CDATA[ never closed"],
)
def test_feed_malformed_is_read_as_far_as_it_can_be(fault: str) -> None:
    good = "<item><title>good</title><link>/good</link></item>"
    assert "https://news.example/good" in urls(read(rss(f"{good}<item><title>{fault}</title><link>/bad</link></item>")))


def test_feed_cut_in_the_middle_gives_what_came() -> None:
    text = rss("".join(f"<item><link>/{n}</link></item>" for n in range(10)))
    assert len(read(text[: len(text) // 2]).listings) >= 3


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<!DOCTYPE html><html><head><title>x</title></head><body>404</body></html>", "is an HTML page, not a feed"),
        (
            '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
            "is an HTML page, not a feed",
        ),
        ("", "is empty"),
        (" \n ", "is empty"),
        ("%PDF-1.7", "is neither RSS, Atom, JSON Feed nor a sitemap"),
        ('{"a": [1]}', "is neither RSS, Atom, JSON Feed nor a sitemap"),
        ("{broken", "is neither RSS, Atom, JSON Feed nor a sitemap"),
    ],
)
def test_feed_that_is_none_says_what_it_is(body: str, problem: str) -> None:
    assert read(body) == Reading(None, problem=problem)


def test_feed_without_entries_is_a_feed() -> None:
    assert read(rss("")) == Reading(FeedKind.RSS, title="News")


def test_feed_with_entity_bomb_stays_inert() -> None:
    bombs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "AAAAAAAAAA"}">' for n in range(12))
    head = f'<?xml version="1.0"?><!DOCTYPE rss [{bombs}]>'
    reading = read(rss("<item><title>&a11;</title><link>/a</link></item>", head))  # expanded, it would never end
    assert len(reading.listings[0].title) < 100


@pytest.mark.parametrize("root", ["rss", "urlset"])
def test_feed_with_external_entity_reads_no_file(root: str) -> None:
    head = f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    item = "<item><title>&x;</title><link>/a</link></item>"
    text = rss(item, head) if root == "rss" else f"{head}<urlset><url><loc>/a&x;</loc></url></urlset>"
    assert "root:" not in repr(read(text))


def test_feed_entries_are_bounded() -> None:
    items = [{"url": f"/{n}"} for n in range(MOST_ENTRIES + 5)]
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})
    assert len(read(text).listings) == MOST_ENTRIES


def test_feed_date_without_offset_is_no_instant() -> None:
    dates = ("2026-11-03 10:00:00", "2 تشرين الثاني")
    items = "".join(f"<item><link>/{n}</link><pubDate>{date}</pubDate></item>" for n, date in enumerate(dates))
    listings = read(rss(items)).listings
    assert [listing.published_at for listing in listings] == [None, None]
    assert tuple(listing.published_raw for listing in listings) == dates


def test_sitemap_of_news_has_titles_and_dates() -> None:
    reading = read(
        '<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example/1</loc><n:news>'
        "<n:publication_date>2026-11-03T10:00:00+03:00</n:publication_date><n:title>T</n:title></n:news></url></urlset>"
    )
    (listing,) = reading.listings
    assert (reading.kind, listing.title) == (FeedKind.NEWS_SITEMAP, "T")
    assert listing.published_at == datetime(2026, 11, 3, 7, tzinfo=UTC)


def test_sitemap_in_a_gzip_file_is_unpacked() -> None:
    assert urls(read(gzip.compress(b"<urlset><url><loc>/z</loc></url></urlset>"))) == ["https://news.example/z"]


def test_sitemap_index_names_its_sitemaps_once_and_no_articles() -> None:
    named = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in ("/s1.xml", "/s2.xml", "/s1.xml", URL))
    reading = read(f"<sitemapindex>{named}</sitemapindex>")
    assert [child.url for child in reading.children] == ["https://news.example/s1.xml", "https://news.example/s2.xml"]
    assert (reading.listings, reading.problem) == ((), None)


@settings(deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"<rss><channel><item>", b"<urlset>", b"{", b"<feed>", b"\x1f\x8b"])
)
def test_reading_any_bytes_never_raises(body: bytes, start: bytes) -> None:
    assert isinstance(read(start + body), Reading)


def test_sitemap_of_millions_of_empty_elements_is_read_past_in_little_memory() -> None:
    """In a process of its own: what libxml2 takes is no business of Python's own accounts."""
    program = (
        "import resource; from tests.test_feeds import read; body = b'<urlset>' + b'<a/>' * 2_500_000 + b'</urlset>';"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; print(len(read(body).listings));"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed, megabytes = map(int, told.split())
    assert (listed, megabytes < 60) == (0, True), told


def test_sitemap_that_breaks_off_is_read_up_to_there() -> None:
    whole = "".join(f"<url><loc>https://news.example/2026/11/03/story-{n}</loc></url>" for n in range(3))
    assert len(read(f"<urlset>{whole}<url><loc>https://news.exam").listings) == 3


def test_feed_with_more_entries_than_are_read_tells_how_many() -> None:
    text = rss("".join(f"<item><link>/{n}</link></item>" for n in range(57)))
    reading = Reader(most_entries=50).read(Document(URL, text.encode()))
    assert (len(reading.listings), reading.left_out, reading.problem) == (50, 7, None)
