"""Queries as people type them, the terms of a text, and the stretch of it that is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fold import fold, fold_with_offsets
from pipeline.search_query import read_query
from pipeline.snippets import Marked, marked, snippet
from pipeline.terms import placed_words, terms_of, variants_of, words_of
from storage.errors import SearchQueryError
from storage.records_search import Either, Every, Phrase, Term, Without

# Letters that fold otherwise beside each other, or to none or several.
TRICKY = st.text(alphabet="والمدينةلأإئـَّ\u200cﷲ é\u0301ñ각각中がガ\u3099ไทย์नि ´½ﬁßİ_-'\n")
ANY = st.one_of(st.text(), TRICKY)


def shown(part: Marked) -> list[str]:
    return [part.text[start:end] for start, end in part.marks]


@given(ANY)
def test_offset_map_leads_from_the_folded_text_back_into_the_text(text: str) -> None:
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))


@given(ANY)
def test_terms_are_the_same_with_and_without_their_places(text: str) -> None:
    folded = fold(text)
    placed = list(placed_words(folded))
    assert [word for word, _, _ in placed] == words_of(folded)
    assert all(folded[start:end].startswith(word) for word, start, end in placed)


@given(ANY)
def test_terms_hold_nothing_that_a_database_would_take_for_a_sign(text: str) -> None:
    terms = terms_of("", text)
    for term in (*terms.words, *terms.variants):
        assert term
        assert not any(letter.isascii() and not letter.isalnum() for letter in term)
        assert not any(letter.isspace() for letter in term)


@given(ANY)
def test_snippet_is_a_stretch_of_the_publishers_own_text(text: str) -> None:
    words = words_of(fold(text))
    part = snippet(Term(words[len(words) // 2] if words else "none"), text)
    assert part.text.removeprefix("… ").removesuffix(" …") in text.replace("\n", " ")
    assert bool(part.marks) == bool(words)


@pytest.mark.parametrize(
    ("word", "variants"),
    [
        ("والمدينه", ["المدينه", "مدينه"]),
        ("وبالمدينه", ["بالمدينه", "المدينه", "مدينه"]),
        ("للمدينه", ["مدينه", "المدينه", "لمدينه", "اللمدينه"]),
        ("للجنه", ["جنه", "الجنه", "لجنه", "اللجنه"]),
        ("كتاب", ["تاب"]),
        ("حلب", []),
        ("في", []),
        ("bold", []),
    ],
)
def test_words_inside_an_arabic_word_are_found_and_its_own_letters_stay(word: str, variants: list[str]) -> None:
    assert list(variants_of(word)) == variants
    assert word in terms_of("", word).words


def test_mark_covers_the_word_with_its_marks_and_no_more() -> None:
    assert shown(marked(read_query("قتل"), "«قُتِلَ»، ثلاثة")) == ["قُتِلَ"]
    assert shown(marked(read_query("السلام"), "الســـلام عليكم")) == ["الســـلام"]
    assert shown(marked(read_query("مدينة"), "في والمدينة، اليوم")) == ["والمدينة"]
    assert shown(marked(read_query('"经济"'), "中国经济增长")) == ["经济"]
    assert shown(marked(read_query("ete bes*"), "L'été à Besançon.")) == ["été", "Besançon"]
    assert shown(marked(read_query("a -b"), "a b")) == ["a"]
    assert shown(marked(read_query("각"), "\u1100\u1161\u11a8 말")) == ["\u1100\u1161\u11a8"]


def test_snippet_shows_the_place_that_holds_most_of_the_query() -> None:
    filler = "words of no matter at all " * 20
    text = f"river {filler}the river Orontes and its bridge.\nThe end {filler}"
    part = snippet(read_query("river bridge orontes"), text)
    assert shown(part) == ["river", "Orontes", "bridge"]
    assert part.text.startswith("… ")
    assert part.text.endswith(" …")
    assert "bridge. The end" in part.text
    assert len(part.text.split()) < 45


def test_snippet_without_a_hit_is_the_beginning() -> None:
    assert snippet(read_query("headline"), "Short text.") == Marked("Short text.")
    assert snippet(read_query("headline"), "") == Marked("")


READ = {
    "a b": Every((Term("a"), Term("b"))),
    "a a": Term("a"),
    "a OR b c": Either((Term("a"), Every((Term("b"), Term("c"))))),
    "(a OR b) -c": Without(Either((Term("a"), Term("b"))), Term("c")),
    "a NOT b NOT c": Without(Term("a"), Either((Term("b"), Term("c")))),
    "a AND NOT (b c)": Without(Term("a"), Every((Term("b"), Term("c")))),
    "NOT NOT a": Term("a"),
    '"one two"*': Phrase(("one",), ("two",), is_prefix=True),
    "“one two”": Phrase(("one",), ("two",)),
    '"one"': Phrase(("one",)),
    "ÉTÉ*": Term("ete", is_prefix=True),
    "and": Term("and"),
    "covid-19": Phrase(("covid",), ("19",)),
    "中国*": Phrase(("中",), ("国",)),
    "a - b …": Every((Term("a"), Term("b"))),
}


@pytest.mark.parametrize("text", READ)
def test_query_is_read_as_it_is_meant(text: str) -> None:
    assert read_query(text) == READ[text]


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "…", "()", "(a", "a)", '"a', "a OR", "OR a", "a AND", "AND", "NOT", "-a", "a OR -b", "a*"),
        *("(" * 30, "(" * 30 + "a" + ")" * 30, "a " * 101),
    ],
)
def test_query_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(SearchQueryError) as refusal:
        read_query(text)
    assert refusal.value.remedy


@given(st.text(alphabet='ab*"()-« »ORNTAD中م'))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        query = read_query(text)
    except SearchQueryError:
        return
    snippet(query, "a b 中 م")
