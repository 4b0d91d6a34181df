"""JSON-LD as publishers write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.json_ld import ARTICLE_TYPES, JsonLd, node_types, parse_block, read_json_ld, text_of, url_of


def read(*blocks: str) -> JsonLd:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return read_json_ld(html.document_fromstring(f"<html><head>{scripts}</head><body></body></html>"))


@pytest.mark.parametrize(
    "block",
    [
        '{"headline": "Bridge"}',
        '<!-- {"headline": "Bridge"} -->',
        '<![CDATA[ {"headline": "Bridge"} ]]>',
        '//<![CDATA[\n{"headline": "Bridge"}\n//]]>',
        '/* <![CDATA[ */ {"headline": "Bridge"} /* ]]> */',
        '{"headline": "Bridge",}',
        '{"headline": "Bridge", "tags": ["a", "b",],}',
        '{"text": "one\ntwo\ttabbed", "headline": "Bridge"}',
        '{"text": "it\\\'s", "headline": "Bridge"}',
        "{&quot;headline&quot;: &quot;Bridge&quot;}",
        '{"headline": "Bridge"};',
        '{"headline": "Bridge"}{"headline": "Other"}',
        '\ufeff{"headline": "Bridge"}'.lstrip("\ufeff"),
        '{"headline": "Bridge"} trailing words',
    ],
)
def test_parse_block_of_what_publishers_write_gives_the_object(block: str) -> None:
    assert parse_block(block)[0]["headline"] == "Bridge"


@pytest.mark.parametrize("block", ["", "   ", "{", "not json", '{"a": }', "[" * 100_000, "x" * 3_000_000])
def test_parse_block_of_what_nobody_can_mend_is_empty(block: str) -> None:
    assert parse_block(block) == []


def test_read_json_ld_flattens_graphs_lists_and_nested_entities() -> None:
    found = read(
        '{"@graph": [{"@type": "WebSite"}, {"@type": "WebPage", "mainEntity": {"@type": "NewsArticle"}}]}',
        '[{"@type": ["Article", "BlogPosting"]}]',
    )
    assert [node_types(node) for node in found.of_types(ARTICLE_TYPES)] == [["newsarticle"], ["article", "blogposting"]]


def test_read_json_ld_skips_a_broken_block_and_reads_the_next() -> None:
    assert len(read("{broken", '{"@type": "Article"}').nodes) == 1


def test_resolve_gives_the_node_that_a_reference_stands_for() -> None:
    found = read('{"@graph": [{"@id": "#a", "name": "Ann Lee"}, {"author": {"@id": "#a"}}]}')
    assert found.resolve({"@id": "#a"})["name"] == "Ann Lee"
    assert found.resolve({"@id": "#b"}) == {"@id": "#b"}
    assert found.resolve("Ann Lee") == "Ann Lee"


def test_node_types_with_their_vocabulary_are_read_without_it() -> None:
    assert node_types({"@type": "http://schema.org/NewsArticle"}) == ["newsarticle"]
    assert node_types({"@type": "schema:Article"}) == ["article"]
    assert node_types({"@type": 5}) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Q&amp;A", "Q&A"),
        ("a &lt; b", "a < b"),
        ("<b>Bridge</b> closed", "Bridge closed"),
        (["", "second"], "second"),
        ({"name": "Ann Lee"}, "Ann Lee"),
        ({"@value": "Bridge", "@language": "en"}, "Bridge"),
        (2023, "2023"),
        (True, ""),
        (None, ""),
        ({}, ""),
    ],
)
def test_text_of_a_value_is_one_line(value: Any, expected: str) -> None:
    assert text_of(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/a.jpg", "/a.jpg"),
        ({"url": "/a.jpg"}, "/a.jpg"),
        ([{"contentUrl": "/a.jpg"}], "/a.jpg"),
        ({"@id": "/a"}, "/a"),
        (None, ""),
        (5, ""),
    ],
)
def test_url_of_a_value_is_its_address(value: Any, expected: str) -> None:
    assert url_of(value) == expected


@given(st.text(max_size=300))
def test_parse_block_of_any_text_never_raises(text: str) -> None:
    parse_block(text)


def test_read_json_ld_of_a_node_that_holds_itself_deeply_ends() -> None:
    block = '{"mainEntity":' * 300 + "{}" + "}" * 300
    assert len(read(block).nodes) <= 20
