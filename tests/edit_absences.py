"""What takes an article away, moves it, or says nothing of it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tests.edit_acts import Kind, gone, page
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from tests.edit_acts import Editor

_NOT_FOUND = {
    "en": ("Page not found", "Sorry, the page you are looking for does not exist. It may have been moved or deleted."),
    "ar": ("الصفحة غير موجودة", "عذرًا، الصفحة التي تبحث عنها غير موجودة، وربما نُقلت أو حُذفت."),
}
_BY_ORDER = {
    "en": "This report has been removed from the site by order of a court.",
    "ar": "تمت إزالة هذا التقرير من الموقع بقرار من المحكمة.",
}
_CONSENT = {
    "en": "Before you continue: we and our 214 partners use cookies and process personal data. Accept all or reject.",
    "ar": "قبل المتابعة: نستخدم نحن وشركاؤنا ملفات تعريف الارتباط ونعالج بياناتك الشخصية. اقبل الكل أو ارفض الكل.",
}
_REPAIR = {
    "en": (
        "Site under maintenance",
        "We are doing some maintenance and will be back soon. Thank you for your patience.",
    ),
    "ar": ("الموقع تحت الصيانة", "الموقع قيد الصيانة حاليًا، وسنعود قريبًا. شكرًا لصبركم."),
}
_LOG_IN = {"en": ("Log in", "Password"), "ar": ("تسجيل الدخول", "كلمة المرور")}
_ADDED = {"en": ("some help", "much help"), "ar": ("بعض المساعدة", "كل المساعدة")}


def _move_away(editor: Editor) -> None:
    editor.newsroom.redirect(editor.slug, f"{editor.slug}-again")


def _to_the_front_page(editor: Editor) -> None:
    site = editor.newsroom.site(editor.site)
    site.redirects[site.path(editor.slug)] = "/"


def _to_a_section(editor: Editor) -> None:
    site = editor.newsroom.site(editor.site)
    site.redirects[site.path(editor.slug)] = "/section/news"


def _in_the_theme(editor: Editor) -> None:
    """An error in the site's own dress, its newest articles below it, as a theme shows it whose status is forgotten."""
    site = editor.newsroom.site(editor.site)
    title, text = _NOT_FOUND[editor.language]
    newest = [standing.article for slug, standing in site.standings.items() if slug != editor.slug][:12]
    items = "".join(f'<li><h3><a href="/n/{each.number}">{escape(each.title)}</a></h3></li>' for each in newest)
    menu = '<nav><a href="/">1</a> <a href="/section/news">2</a></nav>'
    editor.serve(
        page(
            f"{title} - {site.publication.name}",
            f"{menu}<main><h1>{title}</h1><p>{text}</p><form><input type='search'></form></main><ul>{items}</ul>",
        )
    )


def _refreshed_away(editor: Editor) -> None:
    editor.serve(
        '<!DOCTYPE html><html><head><meta http-equiv="refresh" content="0; url=/"><title>…</title></head></html>'
    )


def _edit_and_move(editor: Editor) -> None:
    editor.edit(_ADDED)
    _move_away(editor)


def _edit_and_restore(editor: Editor) -> None:
    editor.edit(_ADDED)
    editor.newsroom.restore(editor.slug)


def _log_in(editor: Editor) -> None:
    title, field = _LOG_IN[editor.language]
    editor.serve(page(title, f'<h1>{title}</h1><form><label>{field} <input type="password"></label></form>'))


ABSENCES = (
    gone("not_found", "404.", lambda e: e.newsroom.delete(e.slug, 404)),
    gone("deleted", "410.", lambda e: e.newsroom.delete(e.slug, 410)),
    gone("legal_reasons", "451.", lambda e: e.newsroom.delete(e.slug, 451)),
    gone("front_page", "A redirect to the front page.", _to_the_front_page),
    gone(
        "soft_404",
        "“Page not found”, with status 200.",
        lambda e: e.serve(page(_NOT_FOUND[e.language][0], f"<h1>404</h1><p>{_NOT_FOUND[e.language][0]}</p>")),
    ),
    gone(
        "emptied",
        "The page without its text.",
        lambda e: e.serve(
            page(e.newsroom.article(e.slug).title, f"<article><h1>{e.newsroom.article(e.slug).title}</h1></article>")
        ),
    ),
    gone(
        "notice",
        "A notice in the article's place.",
        lambda e: e.set_text(
            {"en": "This article has been removed from our site.", "ar": "تم حذف هذا المقال من موقعنا."}[e.language]
        ),
    ),
    Kind(
        "back",
        "404 at one look, and back at the next.",
        lambda e: e.newsroom.delete(e.slug, 404),
        ("missing", "noise"),
        then=lambda e: e.newsroom.restore(e.slug),
    ),
    Kind(
        "restored",
        "404, until it is gone, and back again.",
        lambda e: e.newsroom.delete(e.slug, 404),
        ("missing", "gone", "restored"),
        then=lambda e: e.newsroom.restore(e.slug),
    ),
    Kind("moved", "Another address; the old one redirects to it.", _move_away, ("moved", "unchanged")),
    Kind("server_error", "500.", lambda e: e.newsroom.fail(e.newsroom.url(e.slug), 500), ("failed", "failed")),
    Kind(
        "challenge",
        "A challenge for robots in the article's place.",
        lambda e: e.serve(
            page("Just a moment...", '<div id="cf-challenge">Checking your browser before you go on.</div>')
        ),
        ("not_an_article", "not_an_article"),
    ),
    Kind(
        "private_address",
        "A redirect to an address of a private network.",
        lambda e: e.answer(Reply(302, (("Location", "http://10.1.2.3/"),))),
        ("refused", "refused"),
    ),
    gone("section_page", "A redirect to a list of its section.", _to_a_section),
    gone("refresh_to_front", "A page that sends browsers on to the front page.", _refreshed_away),
    gone("error_in_theme", "“Page not found” in the site's dress, above its newest articles.", _in_the_theme),
    gone("by_order", "A notice that names a court.", lambda e: e.set_text(_BY_ORDER[e.language])),
    Kind(
        "restored_edited",
        "404, until it is gone, and back with a word changed.",
        lambda e: e.newsroom.delete(e.slug, 404),
        ("missing", "gone", "restored"),
        then=_edit_and_restore,
        versions=2,
    ),
    Kind(
        "moved_edited", "Another address and another word at once.", _edit_and_move, ("moved", "unchanged"), versions=2
    ),
    Kind("forbidden", "403.", lambda e: e.newsroom.fail(e.newsroom.url(e.slug), 403), ("failed", "failed")),
    Kind("no_body", "200, and not a byte.", lambda e: e.serve(""), ("failed", "failed")),
    Kind(
        "cookie_wall",
        "A wall of consent in the article's place.",
        lambda e: e.serve(page(e.newsroom.site(e.site).publication.name, f"<p>{_CONSENT[e.language]}</p>")),
        ("not_an_article", "not_an_article"),
    ),
    Kind("log_in", "A form to log in with.", _log_in, ("not_an_article", "not_an_article")),
    Kind(
        "repair",
        "A notice that the site is being repaired, with status 200.",
        lambda e: e.serve(
            page(_REPAIR[e.language][0], f"<h1>{_REPAIR[e.language][0]}</h1><p>{_REPAIR[e.language][1]}</p>")
        ),
        ("not_an_article", "not_an_article"),
    ),
)
