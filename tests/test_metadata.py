"""What a page says of its article, from machines' statements to the line beside the headline."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from pipeline.headline import strip_site
from pipeline.metadata import Metadata, read_metadata
from pipeline.names import split_names

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2025, 6, 18, 9, 0, tzinfo=UTC)
BAGHDAD = ZoneInfo("Asia/Baghdad")
URL = "https://www.nahr-news.example/politics/1234-bridge"
PROSE = (
    "<p>The council said on Tuesday that the bridge stays closed until the spring, when the new deck arrives.</p>" * 6
)


def page(body: str = "", head: str = "", lang: str = "en") -> str:
    return f"<html lang='{lang}'><head>{head}</head><body>{body}</body></html>"


def read(text: str, *, url: str = URL, zone: Any = BAGHDAD) -> Metadata:
    return read_metadata(html.document_fromstring(text), url=url, seen_at=NOW, zone=zone)


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def published(body: str = "", head: str = "", **options: Any) -> str | None:
    moment = read(page(body, head, **options)).published
    return moment.on.isoformat() if moment else None


# Headlines


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<title>Bridge closed - Nahr News</title>", "<h1>Bridge closed</h1>", "Bridge closed"),
        ("<title>إغلاق الجسر | نهر نيوز</title>", "<h1>إغلاق الجسر</h1>", "إغلاق الجسر"),
        ("<title>نهر نيوز » إغلاق الجسر</title>", "<h1>إغلاق الجسر</h1>", "إغلاق الجسر"),
        ("<title>Bridge closed</title>", "<h1>Nahr News</h1><h1>Bridge closed</h1>", "Bridge closed"),
        (
            "<meta property='og:site_name' content='Nahr News'><title>Bridge closed – Nahr News</title>",
            "",
            "Bridge closed",
        ),
        ("<title>Bridge closed for good | Nahr-News</title>", "", "Bridge closed for good"),
        ("<meta property='og:title' content='Old bridge is closed'>", "<h1>Bridge is closed</h1>", "Bridge is closed"),
        ("<title>Talks end in Geneva without a deal | World</title>", "", "Talks end in Geneva without a deal"),
        ("<title>Bridge closed</title>", "<h1>17 July 2023 Bridge closed</h1>", "Bridge closed"),
        ("<title>Q&amp;A: why the bridge &ndash; and not the dam</title>", "", "Q&A: why the bridge – and not the dam"),
        ("", "<h1>Bridge <em>closed</em></h1>", "Bridge closed"),
        (
            "<title>The Bay - Bridge closed</title>",
            "<h1><a href='/'>The Bay</a></h1><h2>Bridge closed</h2>",
            "Bridge closed",
        ),
        (
            "<title>صوت : Council puts off its vote on the new bridge</title>",
            "<h2>Latest</h2><h2>Council puts off its vote on the new bridge</h2>",
            "Council puts off its vote on the new bridge",
        ),
        ("<title>Bridge closed</title>", "<h1><a href='/'>Bridge closed</a></h1>", "Bridge closed"),
        ("", "<h1><a href='http://[::1'>Bridge closed</a></h1>", "Bridge closed"),
        ("", "<nav><h1>Menu</h1></nav>", ""),
        ("", "", ""),
    ],
)
def test_title_is_the_headline_without_the_sites_name(head: str, body: str, expected: str) -> None:
    assert read(page(body, head)).title == expected


def test_title_with_a_dash_of_its_own_keeps_it() -> None:
    head = "<title>Syria – a country between two wars - Nahr News</title>"
    head += "<meta property='og:site_name' content='Nahr News'>"
    assert read(page("", head)).title == "Syria – a country between two wars"


def test_title_that_ends_with_a_quotation_keeps_its_closing_mark() -> None:
    title = "Doctors speak with the living «plants»"
    assert strip_site(title, set(), [title, "Doctors speak with the living «plants"]) == title


def test_title_that_json_ld_confirms_is_preferred_to_a_section_heading() -> None:
    head = ld('{"@type": "NewsArticle", "headline": "Bridge closed"}') + "<title>Bridge closed</title>"
    assert read(page("<h1>Politics</h1><h1>Bridge closed</h1>", head)).title == "Bridge closed"


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_strip_site_gives_a_part_of_the_title(title: str, names: list[str]) -> None:
    assert strip_site(title, set(names), names) in title


# Authors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By Ann Lee", ["Ann Lee"]),
        ("BY ANN LEE AND OMAR SAID", ["ANN LEE", "OMAR SAID"]),
        ("Ann Lee, Omar Said and Mia Berg", ["Ann Lee", "Omar Said", "Mia Berg"]),
        ("Ann Lee & Omar Said", ["Ann Lee", "Omar Said"]),
        ("Ann Lee; Omar Said", ["Ann Lee", "Omar Said"]),
        ("بقلم: سامر الخوري", ["سامر الخوري"]),
        ("كتبت ليلى حداد", ["ليلى حداد"]),
        ("سامر الخوري، ليلى حداد", ["سامر الخوري", "ليلى حداد"]),
        ("سامر الخوري و ليلى حداد", ["سامر الخوري", "ليلى حداد"]),
        ("Par Jeanne Roux", ["Jeanne Roux"]),
        ("Von Karl Maria Stein", ["Karl Maria Stein"]),
        ("Por Ana Ruiz y Luis Gil", ["Ana Ruiz", "Luis Gil"]),
        ("Posted by Ann Lee on July 3, 2023", ["Ann Lee"]),
        ("Ann Lee | Updated July 3, 2023", ["Ann Lee"]),
        ("Ann Lee, MD, PhD", ["Ann Lee, MD, PhD"]),
        ("Ann Lee, editor of the evening news", ["Ann Lee"]),
        ("Ann Lee, MD, and Omar Said, PhD", ["Ann Lee, MD", "Omar Said, PhD"]),
        ("By Ann Lee, Senior Reporter, and Omar Said", ["Ann Lee", "Omar Said"]),
        ("Ann Lee, Head of Sports and Culture", ["Ann Lee"]),
        ("By Ann Lee and Tom Writer", ["Ann Lee", "Tom Writer"]),
        ("By Ann Lee in Cairo and Omar Said in Beirut", ["Ann Lee", "Omar Said"]),
        ("By Ann Lee and Reuters", ["Ann Lee", "Reuters"]),
        ("By Ann Lee, AFP", ["Ann Lee", "AFP"]),
        ("بقلم: سامر الخوري، مراسل الجزيرة في دمشق", ["سامر الخوري"]),
        ("كتب: سامر الخوري في دمشق", ["سامر الخوري"]),
        ("سامر الخوري وليلى حداد", ["سامر الخوري", "ليلى حداد"]),
        ("سامر سعد وليد الخوري", ["سامر سعد وليد الخوري"]),
        ("سعد الله ونوس", ["سعد الله ونوس"]),
        ("Von Karl Stein und Mia Berg, Berlin", ["Karl Stein", "Mia Berg"]),
        ("Par Jeanne Roux, envoyée spéciale à Damas", ["Jeanne Roux"]),
        ("Haber: Ayşe Yılmaz / İstanbul", ["Ayşe Yılmaz"]),
        ("گزارش: مریم احمدی و علی رضایی", ["مریم احمدی", "علی رضایی"]),
        ("نووسینی: ڕێبین حەسەن و شیلان عەلی", ["ڕێبین حەسەن", "شیلان عەلی"]),
        ("Nivîskar: Rojda Ehmed û Baran Xelîl", ["Rojda Ehmed", "Baran Xelîl"]),
        ("Автор: Иван Петров, корреспондент", ["Иван Петров"]),
        ("作者：裴鈺", ["裴鈺"]),
        ("Par Jeanne Roux (avec Marc Petit et Léa Blanc)", ["Jeanne Roux", "Marc Petit", "Léa Blanc"]),
        ("By Ann Lee (with Omar Said)", ["Ann Lee", "Omar Said"]),
        ("他们说：今天没有车了！", []),
        ("By ANN LEE and OMAR SAID, AP Technology Writers", ["ANN LEE", "OMAR SAID"]),
        ("Learn more about our writers", []),
        ("Ann Lee @annlee", ["Ann Lee"]),
        ("Ann Lee ann.lee@nahr-news.example", ["Ann Lee"]),
        ("https://www.facebook.com/nahr", []),
        ("www.facebook.com/nahr", []),
        ("desk@nahr-news.example", []),
        ("admin", []),
        ("By", []),
        ("2023", []),
        ("", []),
    ],
)
def test_split_names_of_a_byline_gives_the_names(text: str, expected: list[str]) -> None:
    assert split_names(text) == expected


@given(st.text(max_size=200))
def test_split_names_of_any_text_never_raises(text: str) -> None:
    assert all(name.strip() == name and name for name in split_names(text))


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (ld('{"@type":"NewsArticle","author":{"@type":"Person","name":"Ann Lee"}}'), "", ("Ann Lee",)),
        (
            ld('{"@type":"NewsArticle","author":[{"name":"Ann Lee"},{"name":"Omar Said"}]}'),
            "",
            ("Ann Lee", "Omar Said"),
        ),
        (ld('{"@type":"NewsArticle","author":"By Ann Lee and Omar Said"}'), "", ("Ann Lee", "Omar Said")),
        (
            ld('{"@graph":[{"@type":"Article","author":{"@id":"#a"}},{"@type":"Person","@id":"#a","name":"Ann Lee"}]}'),
            "",
            ("Ann Lee",),
        ),
        ("<meta name='author' content='Ann Lee'>", "", ("Ann Lee",)),
        ("<meta property='article:author' content='https://www.facebook.com/annlee'>", "", ()),
        (
            "<meta name='twitter:label1' content='Written by'><meta name='twitter:data1' content='Ann Lee'>",
            "",
            ("Ann Lee",),
        ),
        ("", "<h1>Bridge</h1><span class='byline'>By <a rel='author' href='/a'>Ann Lee</a></span>", ("Ann Lee",)),
        ("", "<h1>Bridge</h1><p>By Ann Lee</p>", ("Ann Lee",)),
        ("", "<h1>Bridge</h1><p>Written by</p><p>Ann Lee</p>", ("Ann Lee",)),
        ("", "<h1>الجسر</h1><p>بقلم: ليلى حداد</p>", ("ليلى حداد",)),
        ("", "<h1>Bridge</h1><a href='/authors/ann-lee'>Ann Lee</a>", ("Ann Lee",)),
        ("", f"<h1>Bridge</h1>{PROSE}<div class='comments'><span class='author'>Tom Fox</span></div>", ()),
        ("", "<h1>Bridge</h1><p>By the river</p>", ()),
        ("", "<h1>Bridge</h1><p>Posted on May 5, 2026, 8:30 a.m. by Ann Lee <b>78 views</b></p>", ("Ann Lee",)),
        ("", "<h1>الجسر</h1><p>25 نوفمبر 2026 بقلم ليلى حداد</p>", ("ليلى حداد",)),
        ("", "<h1>Bridge</h1><p>In May 2026 the bridge was closed by Ann Lee</p>", ()),
        (
            "",
            "<h1>Bridge</h1><div class='author'>3 May<div>Written by <b>Ann Lee</b></div><p>Head of News</p></div>",
            ("Ann Lee",),
        ),
        (
            "",
            "<h1>Bridge</h1><div class='byline'><a rel='author'>Ann Lee</a> and <a rel='author'>Omar Said</a></div>",
            ("Ann Lee", "Omar Said"),
        ),
        (
            "",
            "<h1>Bridge</h1><div class='author'><a href='/author/lee'><b>Ann Lee</b><p>Sports desk</p></a></div>",
            ("Ann Lee",),
        ),
    ],
)
def test_authors_are_the_people_of_the_byline(head: str, body: str, expected: tuple[str, ...]) -> None:
    assert read(page(body, head)).authors == expected


def test_authors_that_are_an_organisation_stand_apart() -> None:
    found = read(
        page(head=ld('{"@type":"Article","author":[{"@type":"Organization","name":"AFP"},{"name":"Ann Lee"}]}'))
    )
    assert (found.authors, found.organisations) == (("Ann Lee",), ("AFP",))


def test_authors_of_an_agency_story_are_the_agency() -> None:
    found = read(page(head=ld('{"@type":"NewsArticle","author":{"@type":"Organization","name":"AFP"}}')))
    assert found.authors == ("AFP",)


def test_authors_and_dates_are_not_those_of_a_picture() -> None:
    caption = "<figure><img src='a.jpg'><figcaption>تقرير مصور، 3 أيار 2020</figcaption></figure>"
    found = read(page(f"<h1>إغلاق الجسر</h1>{caption}<p>كتبت ليلى حداد</p><p>17 تموز 2023</p>", lang="ar"))
    assert found.authors == ("ليلى حداد",)
    assert found.published is not None
    assert found.published.on == date(2023, 7, 17)


def test_authors_named_as_the_site_are_the_site_unless_a_byline_names_a_person() -> None:
    head = "<meta property='og:site_name' content='Nahr News'><meta name='author' content='Nahr News'>"
    assert read(page(head=head)).organisations == ("Nahr News",)
    assert read(page("<h1>Bridge</h1><p>By Ann Lee</p>", head)).authors == ("Ann Lee",)


def test_authors_bear_no_name_of_their_site_as_its_address_writes_it() -> None:
    head = "<meta name='author' content='NahrNews'>"
    assert read(
        page("<h1>Bridge</h1><p>By Ann Lee, Nahr News</p>", head), url="https://www.nahrnews.example/bridge"
    ).authors == ("Ann Lee",)
    assert read(page(head=head), url="https://www.nahrnews.example/bridge").authors == ("NahrNews",)
    person = ld('{"@type":"Article","author":{"@type":"Person","name":"Nahr News"}}')
    assert read(
        page("<h1>Bridge</h1><p>By Ann Lee</p>", person), url="https://www.nahrnews.example/bridge"
    ).authors == ("Nahr News",)


# Dates


def test_published_in_json_ld_is_the_day_and_the_instant() -> None:
    moment = read(page(head=ld('{"@type":"NewsArticle","datePublished":"2023-07-17T22:30:00+03:00"}'))).published
    assert moment is not None
    assert (moment.on, moment.origin) == (date(2023, 7, 17), "json-ld")
    assert moment.at == datetime(2023, 7, 17, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<meta property='article:published_time' content='2023-07-17T10:30:00Z'>", "", "2023-07-17"),
        ("<meta itemprop='datePublished' content='2023-07-17'>", "", "2023-07-17"),
        ("<meta name='pubdate' content='1689588000'>", "", "2023-07-17"),
        ("", "<span itemprop='datePublished' content='2023-07-17'>today</span>", "2023-07-17"),
        ("", "<h1>Bridge</h1><time datetime='2023-07-17'>Monday</time>", "2023-07-17"),
        ("", "<h1>Bridge</h1><div>Published on</div><div>17 July 2023</div>", "2023-07-17"),
        ("", "<h1>Bridge</h1><p>By Ann Lee | July 17, 2023 | 5 min read</p>", "2023-07-17"),
        ("", "<h1>Bridge</h1><span>2 days ago</span>", "2025-06-16"),
        ("", "<div>17 July 2023</div><h1>Bridge</h1>", "2023-07-17"),
        ("", f"<h1>Bridge</h1>{PROSE}<p>Posted on 17 July 2023</p>", "2023-07-17"),
        ("", f"<article><h1>Bridge</h1>{PROSE}<footer>Posted 17 July 2023</footer></article>", "2023-07-17"),
        ("", "<form><h1>Bridge</h1><span>17 July 2023</span></form>", "2023-07-17"),
        ("", "<h1><time datetime='2023-07-17'>Jul <b>17</b></time> Bridge</h1><p>3 May 2020</p>", "2023-07-17"),
        (
            '<meta name=\'script:ld+json\' content=\'{"@type":"Article","datePublished":"2023-07-17"}\'>',
            "",
            "2023-07-17",
        ),
        ("", f"<h1>Bridge</h1>{PROSE}<div><time datetime='2023-07-17'>July 17</time></div>", "2023-07-17"),
        # A post that the story quotes has a day of its own, and so has what the story tells.
        (
            "",
            (
                "<article><h1>Bridge</h1><blockquote>Shut. <a href='/p'>November 1, 2022</a></blockquote>"
                f"{PROSE}<footer>Published <time datetime='2023-07-17'>July 17, 2023</time></footer></article>"
            ),
            "2023-07-17",
        ),
        ("", f"<h1>Bridge</h1><p>2022-11-01</p>{PROSE}<div><time datetime='2023-07-17'>1</time></div>", "2023-07-17"),
        (
            "",
            f"<h1>Bridge</h1><div>2023-07-17</div>{PROSE}<div><time datetime='2022-11-01'>1</time></div>",
            "2023-07-17",
        ),
    ],
)
def test_published_is_found_where_publishers_put_it(head: str, body: str, expected: str) -> None:
    assert published(body, head) == expected


@pytest.mark.parametrize("words", ["1 month ago", "1 month, 3 weeks ago", "2 weeks ago", "a year ago"])
def test_published_so_many_weeks_or_months_ago_is_no_day(words: str) -> None:
    assert published(f"<h1>Bridge</h1><h6>Posted by: <a>Ann Lee</a> {words}</h6>{PROSE}") is None


def test_published_in_a_microformat_is_the_instant() -> None:
    body = "<h1>Bridge</h1><p><abbr class='published' title='2023-07-17T22:30:00+03:00'>Mon 17 July 2023</abbr></p>"
    moment = read(page(body)).published
    assert moment is not None
    assert (moment.on, moment.at) == (date(2023, 7, 17), datetime(2023, 7, 17, 19, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>إغلاق الجسر</h1><span class='time'>17/07/2023</span>", "2023-07-17"),
        ("<h1>إغلاق الجسر</h1><div>الاثنين ١٧ تموز ٢٠٢٣ - ١٠:٣٠ ص</div>", "2023-07-17"),
        ("<h1>إغلاق الجسر</h1><div>نشر في: 29 ذو الحجة 1444 هـ</div>", "2023-07-17"),
        ("<h1>إغلاق الجسر</h1><div>منذ 3 أيام</div>", "2025-06-15"),
        ("<h1>إغلاق الجسر</h1><div>أمس</div>", "2025-06-17"),
        (  # "The ministry published today, 19 April 2017, …" is the story, and no label of its date
            (
                "<h1>إغلاق الجسر</h1><p>نشرت وزارة النقل اليوم الأربعاء 19 أفريل 2017، بلاغا حول إغلاق الجسر.</p>"
                "<div><time datetime='2023-07-17T23:30:00+03:00'>يوليو 17, 2023</time></div>"
            ),
            "2023-07-17",
        ),
    ],
)
def test_published_on_an_arabic_page_is_read_in_its_own_language(body: str, expected: str) -> None:
    assert published(body, lang="ar") == expected


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<h1>Bridge</h1>"),
        (ld('{"@type":"NewsArticle","datePublished":"1970-01-01T00:00:00Z"}'), ""),
        (ld('{"@type":"NewsArticle","datePublished":"2031-01-01"}'), ""),
        (ld('{"@type":"NewsArticle","dateModified":"2023-07-17"}'), ""),
        ("", "<h1>Bridge</h1><p>Last updated: 17 July 2023</p>"),
        (  # the label is an element of its own, on a line that more stands on
            "",
            (
                "<h1>Bridge</h1><div><span>By <b>Ann Lee</b>, Home Editor</span> <span><i>Last Updated</i> <i>on</i> "
                "<i>Feb 27, 2023</i></span></div>"
            ),
        ),
        ("", "<header><div>Wednesday, 18 June 2025</div></header><h1>Bridge</h1>"),
        ("", f"<h1>Bridge</h1>{PROSE}<aside><time datetime='2023-07-17'>17 July 2023</time></aside>"),
        ("", f"<h1>Bridge</h1>{PROSE}<ul><li>Dam opens <time datetime='2023-07-17'>17 July</time></li></ul>"),
        ("", f"<h1>Bridge</h1>{PROSE}<p><time datetime='2023-07-17'>1</time><p><time datetime='2023-07-18'>2</time>"),
        ("", "<h1>Bridge</h1><div class='related-posts'><span>17 July 2023</span></div>"),
        ("", f"<h1>Bridge</h1>{PROSE}<p>17 July 2023</p>"),
        ("", "<h1>Bridge</h1><p>The vote is set for 17 July 2023.</p>"),
        ("", "<h1>Bridge</h1><p>03/07/2023</p>"),  # English, and nobody says in which order
    ],
)
def test_published_where_the_page_does_not_say_is_none(head: str, body: str) -> None:
    assert read(page(body, head)).published is None


def test_modified_is_kept_apart_from_published() -> None:
    found = read(page("<h1>Bridge</h1><p>17 July 2023</p><p>Updated: 19 July 2023</p>"))
    assert (found.published and found.published.on, found.modified and found.modified.on) == (
        date(2023, 7, 17),
        date(2023, 7, 19),
    )
    found = read(page("<h1>Bridge</h1><p>Updated: 19 July 2023</p><p>17 July 2023</p>"))
    assert found.modified is not None
    assert (found.published and found.published.on, found.modified.on) == (date(2023, 7, 17), date(2023, 7, 19))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://nahr.example/2023/07/17/bridge", date(2023, 7, 17)),
        ("https://nahr.example/news/2023-07-17-bridge", date(2023, 7, 17)),
        ("https://nahr.example/articles/2023-12-15+bridge", date(2023, 12, 15)),
        ("https://nahr.example/2023/07/bridge", None),
        ("https://nahr.example/2023/13/45/bridge", None),
        ("https://nahr.example/12023/07/17/bridge", None),
    ],
)
def test_published_in_the_address_is_a_last_resort(url: str, expected: date | None) -> None:
    moment = read(page("<h1>Bridge</h1>"), url=url).published
    assert (moment.on if moment else None) == expected
    assert moment is None or moment.origin == "url"


def test_published_in_universal_time_is_the_day_that_the_publisher_shows() -> None:
    head = "<meta property='article:published_time' content='2023-07-18T02:05:00+00:00'>"
    body = "<h1>Bridge</h1><time datetime='2023-07-17T19:05:00-07:00'>July 17</time>"
    moment = read(page(body, head), zone=UTC).published
    assert moment is not None
    assert moment.on == date(2023, 7, 17)
    moment = read(page("<h1>Bridge</h1>", head), url="https://nahr.example/2023/07/17/bridge", zone=UTC).published
    assert moment is not None
    assert moment.on == date(2023, 7, 17)


@pytest.mark.parametrize(
    ("stated", "shown", "expected"),
    [
        ("2023-07-16T21:30:00+00:00", "<p class='meta'>Monday 17 July 2023</p>", date(2023, 7, 17)),
        ("2023-07-16T21:30:00Z", "<div>17 تموز 2023 - 00:30</div>", date(2023, 7, 17)),
        ("2023-07-17T02:30:00Z", "<div>16. Juli 2023</div>", date(2023, 7, 16)),
        ("2023-07-16T21:30:00+00:00", "<p>Updated: 17 July 2023</p>", date(2023, 7, 16)),
        ("2023-07-16T21:30:00+00:00", "<p>15 July 2023</p>", date(2023, 7, 16)),  # no zone is that far west
        ("2023-07-16T21:30:00Z", "<div>17 July 2023, 00:37</div>", date(2023, 7, 16)),  # another minute: another event
        (
            "2023-07-16T00:00:00Z",
            "<div>15 July 2023</div>",
            date(2023, 7, 16),
        ),  # a day without a time
        ("2023-07-16T21:30:00-04:00", "<div>17 July 2023</div>", date(2023, 7, 16)),
    ],
)
def test_published_in_universal_time_is_the_day_beside_the_headline(stated: str, shown: str, expected: date) -> None:
    head = f'<meta property="article:published_time" content="{stated}">'
    found = read(page(f"<h1>The ship came at last</h1>{shown}{PROSE}", head), zone=UTC).published
    assert found is not None
    assert found.on == expected


def test_published_of_an_american_source_reads_the_month_first() -> None:
    moment = read(page("<h1>Bridge</h1><p>03/07/2023</p>", lang="en-US"), zone=ZoneInfo("America/New_York")).published
    assert moment is not None
    assert moment.on == date(2023, 3, 7)


# The rest


def test_metadata_of_a_full_page_is_complete() -> None:
    head = """
    <link rel="canonical" href="/politics/bridge"><meta property="og:type" content="article">
    <meta property="og:image" content="/img/bridge.jpg"><meta name="description" content="The bridge is closed.">
    <meta property="article:section" content="Politics"><meta property="article:tag" content="bridge">
    <meta property="article:tag" content="river"><meta property="og:site_name" content="Nahr News">"""
    found = read(page(head=head + ld('{"@type": "NewsArticle", "articleBody": "The bridge."}')))
    assert found.declared_url == "https://www.nahr-news.example/politics/bridge"
    assert found.image_url == "https://www.nahr-news.example/img/bridge.jpg"
    assert (found.section, found.tags, found.site_name) == ("Politics", ("bridge", "river"), "Nahr News")
    assert (found.description, found.article_body) == ("The bridge is closed.", "The bridge.")
    assert found.kinds == {"article", "newsarticle"}


def test_metadata_of_several_articles_is_that_of_the_page() -> None:
    nodes: Iterable[str] = (
        '{"@type":"NewsArticle","url":"https://nahr.example/other","headline":"Other","datePublished":"2022-01-01"}',
        f'{{"@type":"NewsArticle","url":"{URL}","headline":"Bridge","datePublished":"2023-07-17"}}',
    )
    assert published(head="".join(map(ld, nodes))) == "2023-07-17"


@pytest.mark.parametrize("address", ["javascript:void(0)", "http://[::1", "data:image/png;base64,AA", ""])
def test_declared_url_that_is_none_is_none(address: str) -> None:
    assert read(page(head=f"<link rel='canonical' href='{address}'>")).declared_url is None


def test_read_metadata_leaves_the_tree_as_it_was() -> None:
    tree = html.document_fromstring(page(f"<h1>Bridge</h1><p>By Ann Lee</p>{PROSE}", "<title>Bridge</title>"))
    before = etree.tostring(tree)
    read_metadata(tree, url=URL, seen_at=NOW, zone=UTC)
    assert etree.tostring(tree) == before


def test_read_metadata_of_a_tree_deeper_than_python_recurses_ends() -> None:
    deep = "<div>" * 1500 + "<h1>" + "<font>" * 300 + "Bridge" + "</font>" * 300 + "</h1>"
    parser = html.HTMLParser(huge_tree=True)
    tree = html.document_fromstring(page(deep), parser=parser)
    assert read_metadata(tree, url=URL, seen_at=NOW, zone=UTC).title in {"Bridge", ""}


@given(st.text(alphabet="<>/=\"' abhtimeproletnc1234:-{}[]@,\\", max_size=300))
def test_read_metadata_of_any_markup_never_raises(text: str) -> None:
    tree = html.document_fromstring(f"<html><body><h1>x</h1>{text}</body></html>")
    read_metadata(tree, url=URL, seen_at=NOW, zone=UTC)
