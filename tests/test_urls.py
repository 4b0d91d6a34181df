"""What an article is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.urls import canonical_url, identity_url, is_front_page, is_same_address, normalize_url, same_site


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://News.Example.ORG:80/a#top", "http://news.example.org/a"),
        ("https://news.example.org:443/a?utm_source=rss&id=7", "https://news.example.org/a?id=7"),
        ("https://news.example.org/a?fbclid=abc", "https://news.example.org/a"),
        ("https://news.example.org", "https://news.example.org/"),
        ("http://news.example.org/أخبار", "http://news.example.org/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1"),
        ("http://user:secret@news.example.org/a", "http://news.example.org/a"),
        ("http://news.example.org/a;jsessionid=A1B2?x=1", "http://news.example.org/a?x=1"),
        ("http://news.example.org/a?PHPSESSID=0123456789abcdef0123456789&x=1", "http://news.example.org/a?x=1"),
        ("http://127.0.0.1:8080/a b", "http://127.0.0.1:8080/a%20b"),
    ],
)
def test_normalize_url_of_a_spelling_gives_the_plain_form(url: str, expected: str) -> None:
    assert normalize_url(url) == expected


@pytest.mark.parametrize("query", ["cid=12", "sid=345", "uid=9", "source=4", "ref=88", "p=1", "s=77", "article=3"])
def test_normalize_url_with_a_number_that_names_the_article_keeps_it(query: str) -> None:
    assert normalize_url(f"http://news.example.org/article.php?{query}").endswith(query)


@pytest.mark.parametrize("url", ["ftp://x.org/a", "javascript:alert(1)", "mailto:a@b.org", "//", "", "http://", "/a"])
def test_normalize_url_of_anything_but_http_raises(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        normalize_url(url)


def test_normalize_url_relative_resolves_against_its_base() -> None:
    assert normalize_url("../b?x=1", "http://x.org/feeds/a/") == "http://x.org/feeds/b?x=1"


def test_identity_url_with_fields_in_another_order_is_the_same() -> None:
    assert identity_url("http://x.org/?b=2&a=1") == identity_url("http://x.org/?a=1&b=2")


def test_identity_url_encoded_and_raw_arabic_is_the_same() -> None:
    assert identity_url("http://x.org/%d8%a3") == identity_url("http://x.org/أ")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("https://www.news.example.co.uk/story", "https://www.news.example.co.uk/story"),
        ("/story", "http://news.example.co.uk/story"),
        ("https://elsewhere.example.org/story", "http://news.example.co.uk/a"),
        ("https://news.example.co.uk/", "http://news.example.co.uk/a"),
        ("https://news.example.co.uk/en/", "http://news.example.co.uk/a"),
        ("javascript:void(0)", "http://news.example.co.uk/a"),
        ("http://[broken", "http://news.example.co.uk/a"),
        (None, "http://news.example.co.uk/a"),
    ],
)
def test_canonical_url_declared_is_believed_only_where_it_can_be(declared: str | None, expected: str) -> None:
    assert canonical_url("http://news.example.co.uk/a", declared) == expected


def test_same_site_of_local_servers_tells_ports_apart() -> None:
    assert not same_site("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a")


@pytest.mark.parametrize("path", ["/", "", "/index.html", "/index.php", "/ar/", "/en", "/home"])
def test_is_front_page_of_a_root_is_true(path: str) -> None:
    assert is_front_page(f"http://x.org{path}")


@pytest.mark.parametrize("path", ["/?p=12", "/news", "/2024/05/01/story", "/index.php?id=4"])
def test_is_front_page_of_an_article_address_is_false(path: str) -> None:
    assert not is_front_page(f"http://x.org{path}")


def test_is_same_address_ignores_scheme_www_and_final_slash() -> None:
    assert is_same_address("http://www.x.org/a/", "https://x.org/a")
    assert not is_same_address("http://x.org/a", "http://x.org/b")


@given(st.from_regex(r"https?://[a-z]{1,8}\.(org|com)(:[1-9][0-9]{1,3})?/[^\s\\#]{0,20}", fullmatch=True))
def test_normalize_url_is_idempotent(url: str) -> None:
    once = normalize_url(url)
    assert normalize_url(once) == once


def test_normalize_url_doubled_slashes_at_the_head_of_the_path_stay() -> None:
    assert normalize_url("http://a.example//news//story") == "http://a.example//news//story"
