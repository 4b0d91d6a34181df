"""Verdicts: pages that are no articles, and articles that look a little like them."""

from __future__ import annotations

import pytest

from storage.records import NotArticle
from tests.made_pages import PROSE, article_page, paragraphs, read

SITE = "https://islander.example"


def page(title: str, body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def teasers(count: int) -> str:
    return "".join(f'<div><h3><a href="/n/{n}">Headline number {n} of the day</a></h3></div>' for n in range(count))


@pytest.mark.parametrize(
    "title",
    [
        "Page not found | The Islander",
        "404",
        "الصفحة غير موجودة - صوت الميناء",
        "Page introuvable – Le Courrier",
        "Страница не найдена",
        "Sayfa bulunamadı | Kıyı Postası",
    ],
)
def test_verdict_error_message_with_status_200_is_a_soft_404(title: str) -> None:
    found = read(page(title, "<h1>Sorry</h1><p>We could not find what you were looking for. Try the search.</p>"))
    assert found.not_article is NotArticle.SOFT_404


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Just a moment...", '<div id="cf-challenge"></div><p>Enable JavaScript and cookies to continue</p>'),
        ("Attention Required! | Cloudflare", "<p>Please complete the security check to access the site.</p>"),
        (
            "islander.example",
            '<p>Checking your browser before accessing the site.</p><script src="/ddos-guard/check.js"></script>',
        ),
    ],
)
def test_verdict_bot_challenge_is_named(title: str, body: str) -> None:
    assert read(page(title, body)).not_article is NotArticle.CHALLENGE


def test_verdict_consent_wall_is_named() -> None:
    wall = '<div class="consent"><h1>Before you continue</h1><p>We and our partners store data on a device.</p></div>'
    assert read(page("The Islander", wall)).not_article is NotArticle.CONSENT_WALL


def test_verdict_front_page_of_headlines_is_named() -> None:
    assert read(page("The Islander", teasers(30)), url="https://islander.example/").not_article is NotArticle.FRONT_PAGE


def test_verdict_category_page_is_a_listing() -> None:
    found = read(page("Sport | The Islander", teasers(30)), url="https://islander.example/category/sport/")
    assert found.not_article is NotArticle.LISTING


def test_verdict_page_without_text_is_empty() -> None:
    assert read(page("The Islander", '<div id="app"></div>')).not_article is NotArticle.EMPTY


def test_verdict_article_without_text_above_a_comment_form_is_empty() -> None:
    form = (
        "<div class='respond'><form method='post'><p><label>Comment</label><textarea></textarea></p>"
        "<p><label>Save my name and address in this browser for the next time I comment.</label></p></form></div>"
    )
    assert read(article_page("", after=form)).not_article is NotArticle.EMPTY


@pytest.mark.parametrize("content_type", ["application/pdf", "image/jpeg", "application/json"])
def test_verdict_other_media_is_not_html(content_type: str) -> None:
    assert read(b"\x89PNG and so on", content_type=content_type).not_article is NotArticle.NOT_HTML


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Why ‘page not found’ became the most famous error of the web", "https://islander.example/tech/404"),
        ("Just a moment, says the minister", "https://islander.example/a"),
        ("Access denied: how the island lost its beach", "https://islander.example/a"),
        ("We value your privacy, says the company that sold it", "https://islander.example/a"),
        ("Harbour news", "https://islander.example/"),
        ("Harbour news", "https://islander.example/category/harbour/"),
    ],
)
def test_verdict_article_with_a_suspicious_title_or_address_is_an_article(title: str, url: str) -> None:
    found = read(article_page(paragraphs(*PROSE), title=title), url=url)
    assert found.not_article is None
    assert found.text.split("\n") == list(PROSE)


def test_verdict_one_line_of_breaking_news_is_an_article() -> None:
    assert read(article_page("<p>A ferry has run aground off the harbour; more follows.</p>")).not_article is None


def test_verdict_article_among_many_teasers_is_an_article() -> None:
    assert read(article_page(paragraphs(*PROSE), after=f"<section>{teasers(40)}</section>")).not_article is None


def test_verdict_deep_page_says_why_it_was_not_read() -> None:
    found = read(b"<html><body>" + b"<div>" * 5000)
    assert (found.not_article, found.refused) == (NotArticle.NOT_HTML, "too_deep")


WEAK_CLAIM = '<meta property="og:type" content="article">'


def test_verdict_list_that_a_theme_calls_an_article_is_a_listing() -> None:
    found = read(
        page("Sport | The Islander", f"<p>All of the week.</p>{teasers(30)}", WEAK_CLAIM), url=f"{SITE}/topics/sport"
    )
    assert found.not_article is NotArticle.LISTING


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("/2023/ferry", WEAK_CLAIM),
        ("/topics/ferry", WEAK_CLAIM + '<meta property="article:published_time" content="2023-11-30T08:00:00Z">'),
        ("/topics/ferry", WEAK_CLAIM + '<script type="application/ld+json">{"@type": "NewsArticle"}</script>'),
    ],
)
def test_verdict_short_article_among_teasers_is_an_article_where_anything_else_says_so(path: str, head: str) -> None:
    found = read(page("A ferry has run aground", f"<p>{PROSE[0]}</p>{teasers(30)}", head), url=SITE + path)
    assert found.not_article is None


@pytest.mark.parametrize("path", ["/index-2.html", "/page-3/", "/2026/11/", "/blog/", "/%D8%B5%D9%81%D8%AD%D8%A9-2"])
def test_verdict_posts_in_full_one_below_the_other_are_a_listing(path: str) -> None:
    posts = "".join(
        f"<article><h1><a href='/part-{number}'>Harbour, part {number}</a></h1>{paragraphs(text)}</article>"
        for number, text in enumerate(PROSE[:3])
    )
    assert read(page("Old posts, page 2", posts), url=SITE + path).not_article is NotArticle.LISTING
    assert read(article_page(paragraphs(*PROSE)), url=SITE + path).not_article is None
