"""Pages: content encodings, charsets, bounds."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.charset import decode_text
from pipeline.page import Page, Refusal, decode_body, parse_page
from pipeline.page_limits import MAX_HTML_BYTES, PageLimits

NOW = datetime(2024, 5, 1, tzinfo=UTC)
ARABIC = "قال الوزير إن الحكومة ستعمل على تحسين الخدمات في البلاد خلال العام المقبل، مؤكدا أن العمل جار منذ أشهر."
HTML = f"<html><head><title>خبر</title></head><body><p>{ARABIC}</p></body></html>"


def page(body: bytes, encoding: str | None = None, content_type: str | None = "text/html") -> Page:
    return Page("https://a.example/1", body, content_type, encoding, NOW)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(HTML.encode())),
        ("gzip", gzip.compress(HTML.encode()[:50]) + gzip.compress(HTML.encode()[50:])),
        ("deflate", zlib.compress(HTML.encode())),
        ("br", brotli.compress(HTML.encode())),
        ("zstd", zstd.compress(HTML.encode())),
        ("gzip, br", brotli.compress(gzip.compress(HTML.encode()))),
        ("gzip", HTML.encode()),
        ("identity", HTML.encode()),
    ],
)
def test_decode_body_content_encoding_is_undone(encoding: str, body: bytes) -> None:
    assert decode_body(page(body, encoding)) == HTML.encode()


def test_decode_body_raw_deflate_stream_is_undone() -> None:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    assert decode_body(page(stream.compress(HTML.encode()) + stream.flush(), "deflate")) == HTML.encode()


def test_decode_body_truncated_gzip_gives_what_it_holds() -> None:
    decoded = decode_body(page(gzip.compress(HTML.encode() * 50)[:-30], "gzip"))
    assert isinstance(decoded, bytes)
    assert decoded.startswith(HTML.encode())


BOMB = b"<html>" + b"a" * (2 * MAX_HTML_BYTES)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(BOMB)), ("br", brotli.compress(BOMB, quality=3)), ("zstd", zstd.compress(BOMB))],
)
def test_parse_page_compression_bomb_is_refused(encoding: str, body: bytes) -> None:
    assert parse_page(page(body, encoding)) is Refusal.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "content_type", "refusal"),
    [
        (b"", "text/html", Refusal.EMPTY),
        (b"  \n ", "text/html", Refusal.EMPTY),
        (b"%PDF-1.7", "application/pdf", Refusal.NOT_HTML),
        (b'{"a": 1}', "application/json", Refusal.NOT_HTML),
        (b"just words", "text/plain", Refusal.NOT_HTML),
        (b"<html><body>" + b"<div>" * 5000, "text/html", Refusal.TOO_DEEP),
        (b"<html><body>" + b"<p>a" * 200_000, "text/html", Refusal.TOO_LARGE),
    ],
)
def test_parse_page_unreadable_body_is_refused(body: bytes, content_type: str, refusal: Refusal) -> None:
    assert parse_page(page(body, content_type=content_type)) is refusal


def test_parse_page_unknown_encoding_of_rubbish_is_refused() -> None:
    assert parse_page(page(b"\x00\x01\x02" * 100, "br")) is Refusal.UNDECODABLE
    assert parse_page(page(b"x" * 100, "rot13")) is Refusal.UNDECODABLE


@pytest.mark.parametrize("charset", ["windows-1256", "iso-8859-6", "utf-8", "utf-16"])
def test_decode_text_declared_charset_is_read(charset: str) -> None:
    body = HTML.replace("،", ",").encode(charset)
    assert "الحكومة ستعمل" in decode_text(body, f"text/html; charset={charset}")[0]


@pytest.mark.parametrize("charset", ["windows-1256", "iso-8859-6"])
@pytest.mark.parametrize("content_type", [None, "text/html", "text/html; charset=utf-8"])
def test_decode_text_undeclared_or_misdeclared_arabic_is_detected(charset: str, content_type: str | None) -> None:
    assert "الحكومة ستعمل" in decode_text(HTML.replace("،", ",").encode(charset), content_type)[0]


def test_decode_text_meta_charset_beats_a_servers_latin_default() -> None:
    body = HTML.replace("<head>", '<head><meta charset="windows-1256">').encode("cp1256")
    assert "الحكومة" in decode_text(body, "text/html; charset=ISO-8859-1")[0]


def test_decode_text_utf8_under_false_declaration_is_utf8() -> None:
    assert decode_text(HTML.encode(), "text/html; charset=windows-1256") == (HTML, "utf-8")


def test_decode_text_utf8_encoded_twice_is_put_right() -> None:
    twice = "Wojciech poszedł na długą przechadzkę, żeby zebrać żółte jabłka. " * 5
    body = twice.encode().decode("latin-1").encode()
    assert decode_text(body, None)[0] == twice


@given(
    st.binary(max_size=400), st.sampled_from([None, "text/html", "text/html; charset=windows-1256", "x; charset=??"])
)
def test_decode_text_any_bytes_give_text(body: bytes, content_type: str | None) -> None:
    text, charset = decode_text(body, content_type)
    assert isinstance(text, str)
    assert charset


@given(st.text(max_size=300))
def test_parse_page_any_text_never_raises(text: str) -> None:
    parse_page(page(f"<html><body>{text}".encode("utf-8", "replace")))


@pytest.mark.parametrize("reference", ["&#0;", "&#1;", "&#x1F", "&#xFFFF;", "&#65535;", "&#xD800;", "\x0b", "\uffff"])
def test_parse_page_forbidden_characters_never_reach_the_tree(reference: str) -> None:
    html = f'<html><body><div class="share">x</div>{reference}tail<p>1&#10;2&#1234;</p></body></html>'
    tree = parse_page(page(html.encode()))
    assert not isinstance(tree, Refusal)
    tree.find_class("share")[0].drop_tree()
    assert "tail" in tree.text_content()
    assert "\u04d2" in tree.text_content()


def test_decode_body_gzip_that_nobody_declares_is_undone() -> None:
    assert decode_body(page(gzip.compress(HTML.encode()))) == HTML.encode()


def test_parse_page_without_head_and_body_tags_keeps_the_text_in_its_body() -> None:
    """Minifiers leave the tags out; libxml2 puts HTML 5's own elements into the head then."""
    tree = parse_page(page(b"<!DOCTYPE html><meta charset=utf-8><title>T</title><header>H</header><p>one<p>two"))
    assert not isinstance(tree, Refusal)
    assert [element.tag for element in tree.xpath("/html/head/*")] == ["meta", "title"]
    assert [element.tag for element in tree.xpath("/html/body/*")] == ["header", "p", "p"]


@pytest.mark.parametrize(
    ("limits", "refusal"),
    [
        (PageLimits(decoded_bytes=100), Refusal.TOO_LARGE),
        (PageLimits(elements=20), Refusal.TOO_LARGE),
        (PageLimits(depth=10), Refusal.TOO_DEEP),
    ],
)
def test_parse_page_past_its_limits_is_refused(limits: PageLimits, refusal: Refusal) -> None:
    nested = page(b"<html><body>" + b"<div>" * 30 + b"words")
    assert parse_page(replace(nested, limits=limits)) is refusal
    assert not isinstance(parse_page(replace(nested, limits=PageLimits(depth=40, elements=40))), Refusal)
