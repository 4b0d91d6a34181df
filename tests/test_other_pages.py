"""Pages that stand where an article is looked for, as publishing software and hosts make them, in ten languages."""

from __future__ import annotations

import pytest

from storage.records import NotArticle
from tests.made_pages import PROSE, article_page, paragraphs, read

STORY = "https://islander.example/2026/03/story"
MENU = "<nav>" + "".join(f"<a href='/section/{n}'>Section {n}</a>" for n in range(12)) + "</nav>"


def page(title: str, body: str, head: str = "", classes: str = "") -> str:
    start = f"<html><head><title>{title}</title>{head}</head><body class='{classes}'>{MENU}"
    return f"{start}<main>{body}</main></body></html>"


def summaries(count: int) -> str:
    return "".join(
        f"<li><h2 class='wp-block-post-title'><a href='/2026/03/{n}'>Headline {n} of the day on the island</a></h2>"
        f"<div class='wp-block-post-excerpt'><p>{PROSE[n % len(PROSE)]}</p></div>"
        f"<time datetime='2026-03-0{n + 1}'>{n}</time></li>"
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("محمي: خبر", "هذا المحتوى محمي بكلمة مرور. لإظهار المحتوى يتعين عليك كتابة كلمة المرور في الأدنى:"),
        ("Protected: News", "This content is password protected. To view it please enter your password below:"),
        ("Geschützt: Meldung", "Dieser Inhalt ist passwortgeschützt. Gib dein Passwort ein:"),
        ("Gizli haber", "Bu içerik parola korumalı. Görmek için parolanızı girin:"),
    ],
)
@pytest.mark.parametrize("form_class", ["post-password-form", ""])
def test_post_that_asks_for_its_password_is_named(title: str, sentence: str, form_class: str) -> None:
    form = (
        f"<form class='{form_class}' method='post'><p>{sentence}</p><input type='password'><input type='submit'></form>"
    )
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-01"}</script>'
    found = read(page(title, f"<article><h1>{title}</h1>{form}</article>", head if form_class else ""), url=STORY)
    assert found.not_article is NotArticle.PASSWORD


@pytest.mark.parametrize(
    "heading", ["تسجيل الدخول", "Log in", "Se connecter", "Anmelden", "Iniciar sesión", "Giriş yap", "ورود", "Вход"]
)
def test_login_in_place_of_a_page_is_named(heading: str) -> None:
    form = "<form method='post'><label>E-mail</label><input name='u'><input type='password'><button>OK</button></form>"
    assert read(page("The Islander", f"<h1>{heading}</h1>{form}"), url=STORY).not_article is NotArticle.LOGIN


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("الموقع تحت الصيانة", "نعود إليكم قريبا"),
        ("صوت الميناء", "نقوم حاليا بأعمال صيانة وسنعود بعد ساعات."),
        ("Maintenance", "Briefly unavailable for scheduled maintenance. Check back in a minute."),
        ("Le Courrier", "Le site est en maintenance, merci de revenir plus tard."),
        ("Wartungsarbeiten", "Wir sind bald zurück."),
        ("En mantenimiento", "Volvemos pronto."),
        ("Bakım çalışması", "Kısa süre sonra buradayız."),
        ("در دست تعمیر", "به زودی باز می گردیم"),
        ("Технические работы", "Сайт скоро заработает."),
    ],
)
def test_maintenance_page_is_named(title: str, sentence: str) -> None:
    found = read(
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{sentence}</p></body></html>", url=STORY
    )
    assert found.not_article is NotArticle.MAINTENANCE


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("islander.example", "The domain islander.example is for sale. Make an offer on this domain today."),
        ("islander.example", "This domain has expired. Is this your domain? Renew it now."),
        ("islander.example", "هذا النطاق للبيع، تواصل معنا لتقديم عرضك."),
        ("islander.example", "Diese Domain steht zum Verkauf. Angebote nimmt der Inhaber entgegen."),
        ("Account suspended", "This account has been suspended. Contact your hosting provider for more information."),
    ],
)
def test_page_of_a_domain_that_was_let_go_is_no_article(title: str, text: str) -> None:
    found = read(
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>", url=STORY
    )
    assert found.not_article is NotArticle.MAINTENANCE


def test_article_about_the_sale_of_a_domain_is_one() -> None:
    text = [*PROSE[:2], "The broker wrote that the domain is for sale, and that whoever wants it may buy this domain."]
    assert read(page("Old domain on offer", f"<h1>On offer</h1>{paragraphs(*text)}"), url=STORY).not_article is None


@pytest.mark.parametrize(
    "text", ["Please log in to go on reading with your account.", "", "Anmelden und weiterlesen auf allen Geräten"]
)
def test_form_for_logging_in_under_another_name_is_a_login(text: str) -> None:
    form = f"<p>{text}</p><form method='post'><input name='u'><input type='password'><button>OK</button></form>"
    assert read(page("The Islander", f"<h1>Members</h1>{form}"), url=STORY).not_article is NotArticle.LOGIN


@pytest.mark.parametrize(
    "sentence",
    [
        "اشترك لمتابعة القراءة",
        "Subscribe to continue reading",
        "Cet article est réservé aux abonnés",
        "Jetzt weiterlesen mit unserem Abo",
        "Suscríbete para seguir leyendo",
        "Bu içerik abonelere özeldir",
        "این مطلب ویژه مشترکان است",
        "Материал доступен только подписчикам",
    ],
)
def test_beginning_of_an_article_that_is_sold_is_named_and_keeps_its_words(sentence: str) -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>'
    wall = f"<div class='paywall'><p>{sentence}</p><a href='/subscribe'>OK</a></div>"
    found = read(article_page(f"<p>{PROSE[0]}</p>", head=head, after=wall), url=STORY)
    assert found.not_article is NotArticle.PAYWALL
    assert PROSE[0] in found.text


def test_whole_article_on_a_site_that_sells_others_is_an_article() -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>'
    body = paragraphs(*PROSE, *PROSE[::-1], *PROSE, *PROSE)
    assert read(article_page(body, head=head), url=STORY).not_article is None
    assert read(article_page(f"<p>{PROSE[0]}</p>", head=head), url=STORY).not_article is None


@pytest.mark.parametrize("classes", ["home blog wp-embed-responsive", ""])
@pytest.mark.parametrize("url", ["https://islander.example/", "https://islander.example/ar/"])
def test_front_page_of_a_block_theme_is_no_article(classes: str, url: str) -> None:
    body = f"<h1>The Islander</h1><ul class='wp-block-post-template'>{summaries(6)}</ul>"
    assert (
        read(page("The Islander – News of the island", body, "", classes), url=url).not_article is NotArticle.FRONT_PAGE
    )


@pytest.mark.parametrize(
    ("path", "classes", "head"),
    [
        ("/category/sport/", "archive category category-sport", ""),
        ("/tag/harbour/page/2/", "", ""),
        ("/author/nour/", "archive author", '<meta property="og:type" content="article">'),
        ("/?s=harbour", "search search-results", ""),
        ("/2026/03/", "archive date", ""),
        ("/news", "", '<script type="application/ld+json">{"@type": "CollectionPage"}</script>'),
    ],
)
def test_list_of_summaries_is_a_listing(path: str, classes: str, head: str) -> None:
    body = f"<h1>Harbour</h1><ul>{summaries(6)}</ul>"
    found = read(page("Harbour – The Islander", body, head, classes), url=f"https://islander.example{path}")
    assert found.not_article is NotArticle.LISTING


def test_single_post_among_summaries_of_others_is_an_article() -> None:
    body = f"<article><h1>Ferry runs again</h1>{paragraphs(*PROSE)}</article><ul>{summaries(3)}</ul>"
    found = read(page("Ferry runs again", body, "", "single single-post postid-7 category-sport"), url=STORY)
    assert found.not_article is None


@pytest.mark.parametrize(
    "sentence",
    [
        "عذرا، الصفحة التي تبحث عنها غير موجودة.",
        "The page you are looking for may have been moved or deleted.",
        "La page que vous recherchez n'existe plus.",
        "Die von Ihnen gesuchte Seite gibt es nicht mehr.",
        "La página que buscas no existe o ha cambiado.",
        "Aradığınız sayfa bulunamadı veya taşınmış olabilir.",
        "صفحه‌ای که به دنبال آن هستید وجود ندارد.",
        "ئەو لاپەڕەیەی بەدوایدا دەگەڕێیت بوونی نییە.",
        "Запрашиваемая вами страница не существует.",
    ],
)
def test_error_sentence_under_the_sites_own_title_is_a_soft_404(sentence: str) -> None:
    assert read(page("The Islander", f"<p>{sentence}</p>"), url=STORY).not_article is NotArticle.SOFT_404


def test_video_without_words_is_media() -> None:
    body = "<h1>Watch</h1><iframe src='https://www.youtube.com/embed/x'></iframe>"
    assert read(page("Watch", body), url=STORY).not_article is NotArticle.MEDIA


@pytest.mark.parametrize("body", [b"%PDF-1.7\n<p>x</p>", b"\x89PNG\r\n<p>", b"\xff\xd8\xff\xe0<p>", b"GIF89a<p>"])
def test_file_behind_an_html_address_is_not_html(body: bytes) -> None:
    assert read(body, url=STORY, content_type="text/html").not_article is NotArticle.NOT_HTML


@pytest.mark.parametrize("directives", ["noindex, noarchive", "NOINDEX,NOARCHIVE"])
def test_directives_for_robots_are_recorded(directives: str) -> None:
    found = read(article_page(paragraphs(*PROSE), head=f'<meta name="robots" content="{directives}">'), url=STORY)
    assert (found.not_article, found.robots) == (None, "noindex, noarchive")


def test_og_url_counts_only_where_it_spells_the_same_address() -> None:
    for hinted, expected in (
        ("https://islander.example/2026/03/story", STORY),
        ("https://islander.example/news", None),
    ):
        head = f'<meta property="og:url" content="{hinted}">'
        found = read(article_page(paragraphs(*PROSE), head=head), url="https://m.islander.example/2026/03/story?amp=1")
        assert found.declared_url == expected
