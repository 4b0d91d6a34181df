"""What is kept of an article beside its plain text: what each line is, links, pictures, posts of other sites."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.embeds import recognise
from pipeline.extract import extract
from pipeline.page import Page
from storage.records import Embed, Image, Link

if TYPE_CHECKING:
    from storage.records import Extraction

PAGE = """<html lang="ar"><head><title>سيول تضرب خمس عشرة قرية - ورقة</title>
<meta property="og:image" content="https://paper.example/img/flood-1200x800.jpg"><base href="/news/"></head><body>
<header><img src="/logo.png"></header><article><h1>سيول تضرب خمس عشرة قرية</h1>
<figure><img src="/img/flood-600x400.jpg" alt="قرية غمرها الماء">
<figcaption>قرية في الريف الشمالي (Photo: Ali Omar)</figcaption></figure>
<p>قال مسؤول <a href="../tag/aid">في المحافظة</a> يوم الاثنين إن خمس عشرة قرية تضررت من السيول في الأيام الماضية.</p>
<h2>الأضرار</h2><ul><li>بيت واحد تهدم بالكامل في القرية الأولى.</li><li>جسر صغير انهار تماما.</li></ul>
<ol><li>أولا مساعدات عاجلة للأهالي.</li></ol>
<blockquote><p>لم نر مثل هذا من قبل، ونحن هنا منذ أربعين عاما كما تعرفون.</p></blockquote>
<figure class="wp-block-embed"><div class="wp-block-embed__wrapper"><blockquote class="twitter-tweet"><p lang="en">
Rain again in the north today, and many of the roads are closed now.</p>&mdash; Somebody (@somebody)
<a href="https://twitter.com/somebody/status/123456?ref_src=x">May 1</a></blockquote></div></figure>
<iframe src="https://www.youtube-nocookie.com/embed/abcdefghijk?rel=0"></iframe>
<p>وأضاف المسؤول أن فرق الإنقاذ وصلت إلى المكان وأن العمل مستمر حتى إعادة فتح الطرق بين القرى كلها.</p>
<img src="data:image/gif;base64,R0" data-src="/img/road.jpg" alt="طريق">
<p>وتوقعت الأرصاد الجوية استمرار الأمطار حتى نهاية الأسبوع الجاري في عموم المناطق الشمالية والغربية.</p>
<script async src="https://telegram.org/js/telegram-widget.js?22" data-telegram-post="paper/77"></script>
</article><aside><a href="/other"><img src="/img/other.jpg"></a></aside></body></html>"""


@pytest.fixture(scope="module")
def found() -> Extraction:
    seen_at = datetime(2026, 5, 1, tzinfo=UTC)
    return extract(Page("https://paper.example/news/1", PAGE.encode(), "text/html; charset=utf-8", None, seen_at))


def test_structure_has_a_letter_for_each_line(found: Extraction) -> None:
    lines = dict(zip(found.text.split("\n"), found.structure or "", strict=True))
    assert lines["الأضرار"] == "2"
    assert lines["جسر صغير انهار تماما."] == "i"
    assert lines["أولا مساعدات عاجلة للأهالي."] == "n"
    assert lines["لم نر مثل هذا من قبل، ونحن هنا منذ أربعين عاما كما تعرفون."] == "q"


def test_pictures_of_the_article_are_kept_in_order_with_what_is_said_of_them(found: Extraction) -> None:
    assert found.images == (
        Image(
            "https://paper.example/img/flood-600x400.jpg",
            "قرية في الريف الشمالي",
            "Ali Omar",
            "قرية غمرها الماء",
            0,
        ),
        Image("https://paper.example/img/road.jpg", None, None, "طريق", found.text.count("\n")),
    )


def test_links_of_the_text_are_kept_absolute(found: Extraction) -> None:
    assert found.links[0] == Link("https://paper.example/tag/aid", "في المحافظة", 0)


def test_embedded_post_is_a_quotation_with_its_link(found: Extraction) -> None:
    post = found.embeds[0]
    assert (post.provider, post.url) == ("x", "https://x.com/somebody/status/123456")
    quoted = found.text.split("\n")[post.line : post.line + post.lines]
    assert quoted[0] == "Rain again in the north today, and many of the roads are closed now."


def test_videos_and_posts_without_words_are_kept_where_they_stand(found: Extraction) -> None:
    lines = found.text.count("\n") + 1
    assert found.embeds[1:] == (
        Embed("https://www.youtube.com/watch?v=abcdefghijk", "youtube", lines - 2),
        Embed("https://t.me/paper/77", "telegram", lines),
    )


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("//www.youtube.com/embed/videoseries?list=PL1", ("youtube", "https://www.youtube.com/playlist?list=PL1")),
        (
            "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fpaper%2Fposts%2F12&width=5",
            ("facebook", "https://www.facebook.com/paper/posts/12"),
        ),
        ("https://www.instagram.com/reel/Ab_1/embed/", ("instagram", "https://www.instagram.com/reel/Ab_1/")),
        ("https://t.me/paper/77?embed=1", ("telegram", "https://t.me/paper/77")),
        ("https://mastodon.example/@a/113/embed", ("mastodon", "https://mastodon.example/@a/113")),
        ("https://www.facebook.com/plugins/like.php?href=https%3A%2F%2Fpaper.example%2F", None),
        ("https://platform.twitter.com/widgets/follow_button.html?screen_name=a", None),
        ("https://www.youtube.com/channel/UC1", None),
        ("https://[", None),
    ],
)
def test_recognise_knows_posts_and_no_buttons(address: str, known: tuple[str, str] | None) -> None:
    assert recognise(address) == known
