"""What themes, plugins and editors put into and around an article that stays as it is, and edits in odd places.

These are changes of the page's markup, which a publisher's programme makes and no writer: they are done to the page as
it goes out.
"""

from __future__ import annotations

import unicodedata
from html import escape
from typing import TYPE_CHECKING

from tests.edit_acts import Kind, noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.edit_acts import Act, Editor


def put_within(pieces: dict[str, str], after: int = 2) -> Act:
    """Puts markup after a paragraph of the article."""

    def act(editor: Editor) -> None:
        paragraph = f"<p>{escape(editor.paragraphs()[after - 1], quote=False)}</p>"
        editor.dress(lambda html: html.replace(paragraph, paragraph + pieces[editor.language], 1))

    return act


def _at_the_end(pieces: dict[str, str]) -> Act:
    return lambda editor: editor.dress(lambda html: html.replace("</body>", pieces[editor.language] + "</body>", 1))


def _put(key: str, what: str, pieces: dict[str, str], after: int = 2) -> Kind:
    """A kind that puts markup into the article's text and is noise."""
    return noise(
        key, what, put_within(pieces, after), {language: ("", f"`{piece}`") for language, piece in pieces.items()}
    )


def _recoded(change: Callable[[str], str]) -> Act:
    return lambda editor: editor.dress(change)


def _linked(pairs: dict[str, str]) -> Act:
    def act(editor: Editor) -> None:
        words = pairs[editor.language]
        editor.dress(lambda html: html.replace(words, f'<a href="/section/news"><strong>{words}</strong></a>', 1))

    return act


FURNITURE = (
    _put(
        "appeal_block",
        "An appeal for donations within the text, in markup that does not say so.",
        {
            "en": '<div class="wp-block-group has-background">'
            "<p>Support our newsroom. We have no owner and no paywall: "
            'readers like you pay for our reporting. <a href="/donate">Donate today</a></p></div>',
            "ar": '<div class="wp-block-group has-background">'
            "<p>ادعموا عملنا الصحفي. لا مالك لنا ولا اشتراكات: قراؤنا "
            'هم من يموّل تقاريرنا. <a href="/donate">تبرّع الآن</a></p></div>',
        },
    ),
    _put(
        "appeal_line",
        "A plain line that asks for donations.",
        {
            "en": '<p><em>If you value our reporting, please consider <a href="/donate">making a donation'
            "</a>.</em></p>",
            "ar": '<p><em>إذا كنت تقدّر عملنا، فكّر في <a href="/donate">التبرّع لنا</a>.</em></p>',
        },
    ),
    _put(
        "newsletter_form",
        "A form to subscribe to a newsletter, within the text.",
        {
            "en": '<div class="wp-block-jetpack-subscriptions">'
            "<p>Sign up for our daily newsletter and get the news in your "
            'inbox every morning.</p><form><input type="email" placeholder="Email"><button>Subscribe'
            "</button></form></div>",
            "ar": '<div class="wp-block-jetpack-subscriptions">'
            "<p>اشترك في نشرتنا البريدية اليومية لتصلك الأخبار كل صباح."
            '</p><form><input type="email" placeholder="البريد"><button>اشترك</button></form></div>',
        },
    ),
    _put(
        "read_also",
        "A line within the text that leads to another article.",
        {
            "en": '<p><strong>Read also: <a href="/section/sport">Rowers win again on the estuary</a></strong></p>',
            "ar": '<p><strong>اقرأ أيضًا: <a href="/section/sport">مجدفو المصب يفوزون من جديد</a></strong></p>',
        },
    ),
    _put(
        "follow_us",
        "A line that asks readers to follow a channel.",
        {
            "en": '<p>Follow our channel on <a href="https://t.me/courier">Telegram</a></p>',
            "ar": '<p>تابعوا قناتنا على <a href="https://t.me/marsad">تلغرام</a></p>',
        },
    ),
    _put(
        "advertisement",
        "An advertisement's label within the text.",
        {
            "en": '<div class="ad-slot"><p>Advertisement</p><p>Story continues below</p></div>',
            "ar": '<div class="ad-slot"><p>إعلان</p></div>',
        },
        3,
    ),
    _put(
        "updated_line",
        "A line that says when the page was last updated.",
        {
            "en": '<p class="stamp">Last updated: 5 March 2025, 14:20</p>',
            "ar": '<p class="stamp">آخر تحديث: 5 آذار 2025، 14:20</p>',
        },
        6,
    ),
    _put(
        "listen",
        "A player that reads the article aloud.",
        {
            "en": '<div class="audio-player"><button>Play</button><p>Listen to this article: 3 min</p>'
            '<audio src="/a.mp3"></audio></div>',
            "ar": '<div class="audio-player"><button>تشغيل</button><p>استمع إلى هذا المقال: 3 دقائق</p>'
            '<audio src="/a.mp3"></audio></div>',
        },
        1,
    ),
    noise(
        "comments",
        "Readers comment.",
        _at_the_end(
            {
                "en": '<section id="respond-list" class="comments-area"><h2>2 thoughts on this</h2>'
                '<ol class="comment-list">'
                "<li><p>My brother was on that boat, and nobody told us anything until the evening.</p></li>"
                "<li><p>The road over the pass was shut last year too, for nine days I think.</p></li></ol></section>",
                "ar": '<section id="respond-list" class="comments-area"><h2>تعليقان</h2><ol class="comment-list">'
                "<li><p>كان أخي على متن تلك العبارة ولم يخبرنا أحد بشيء حتى المساء.</p></li>"
                "<li><p>أغلق طريق الممر في العام الماضي أيضًا تسعة أيام على ما أذكر.</p></li></ol></section>",
            }
        ),
    ),
    noise(
        "ticker",
        "A breaking line above every page.",
        lambda editor: editor.dress(
            lambda html: html.replace(
                "<h1",
                {
                    "en": '<div class="breaking"><p>Breaking: the ministry calls a meeting tonight over the '
                    "closed pass</p></div><h1",
                    "ar": '<div class="breaking"><p>عاجل: الوزارة تدعو إلى اجتماع الليلة بشأن الممر المغلق'
                    "</p></div><h1",
                }[editor.language],
                1,
            )
        ),
    ),
    noise(
        "words_linked",
        "Words of the text become a link.",
        _linked({"en": "a second boat", "ar": "قارب ثان"}),
    ),
    noise(
        "decomposed",
        "The page is written in decomposed characters.",
        _recoded(lambda html: unicodedata.normalize("NFD", html)),
    ),
    noise(
        "entities",
        "Characters are written as references.",
        _recoded(lambda html: "".join(c if c.isascii() else f"&#{ord(c)};" for c in html)),
    ),
    noise(
        "charset",
        "The page is sent in another charset.",
        lambda editor: editor.newsroom.charset(
            editor.newsroom.url(editor.slug),
            {"en": "windows-1252", "ar": "windows-1256"}[editor.language],
            header={"en": "windows-1252", "ar": "windows-1256"}[editor.language],
        ),
    ),
    noise(
        "lines_broken",
        "Paragraphs become lines parted by breaks.",
        _recoded(lambda html: html.replace("</p>\n<p>", "<br><br>\n")),
    ),
)
