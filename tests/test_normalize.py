"""The stored and the compared form of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fingerprint import fingerprint
from pipeline.normalize import clean_text, compare_blocks, compare_form
from pipeline.similarity import containment, is_same_article


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“قال”  إن", '"قال" إن'),
        ("٢٠٢٤", "2024"),
        ("ســـوريا", "سوريا"),
        ("\u200fحلب\u200e", "حلب"),
        ("ﷲ", "الله"),
        ("1990–1995", "1990-1995"),
        ("it’s", "it's"),
        ("e\u0301", "é"),
        ("a\u00a0b", "a b"),
        ("« Non », dit-il !", '"Non", dit-il!'),
        ("er sagte »nein« und ging", "er sagte „nein“ und ging"),
        ("''said''", '"said"'),
        ("so -- he said", "so — he said"),
        ("٪٥٫٢", "%5.2"),
        ("☀\ufe0f", "☀"),
    ],
)
def test_compare_form_of_two_spellings_of_one_text_is_equal(one: str, other: str) -> None:
    assert compare_form(one) == compare_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("قُتل", "قَتل"), ("علي", "على"), ("كره", "كرة"), ("50", "51"), ("was", "was not"), ("Kerry", "kerry"), ("أ", "ا")],
)
def test_compare_form_of_two_texts_that_a_reader_tells_apart_differs(one: str, other: str) -> None:
    assert compare_form(one) != compare_form(other)


def test_clean_text_keeps_paragraphs_and_folds_white_space() -> None:
    assert clean_text("  one \t two\n\n \u00a0three\r\n") == "one two\nthree"


def test_compare_blocks_gives_the_paragraphs() -> None:
    assert compare_blocks("a\n\n b ") == ("a", "b")


@given(st.text())
def test_compare_form_is_idempotent(text: str) -> None:
    assert compare_form(compare_form(text)) == compare_form(text)


@given(st.text())
def test_clean_text_is_idempotent(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    "noise",
    [
        "1,204 views",
        "5 min read",
        "Watch the minister on the evening programme for more",
        "شاهد المزيد من الصور",
    ],
)
def test_fingerprint_of_a_text_with_a_line_of_furniture_is_that_of_the_text(noise: str) -> None:
    assert fingerprint("t", f"One thing.\n{noise}\nAnother.") == fingerprint("t", "One thing.\nAnother.")


def test_fingerprint_of_a_text_with_a_pull_quote_is_that_of_the_text_unless_it_says_something_else() -> None:
    text = "He said: “Nobody told us that the bridge was closed.” Then he left.\nThe end."
    quoted = f"Nobody told us that the bridge was closed.\n{text}"
    assert fingerprint("t", quoted) == fingerprint("t", text)
    assert fingerprint("t", quoted.replace("Nobody", "Somebody", 1)) != fingerprint("t", text)


def test_fingerprint_of_a_text_parted_otherwise_is_the_same() -> None:
    assert fingerprint("t", "One thing.\nAnother.") == fingerprint("t", "One thing. Another.")


@pytest.mark.parametrize(
    "line",
    [
        "Correction: the vote was on Monday.",
        "Watch out for ice, the police said.",
        "Not so.",
        "12 March 2011",
        "Five dead",
        "تصحيح: وقع الحادث يوم الاثنين",
        "Read the small print",
        "شاهد عيان يروي المزيد عن ليلة القصف",
    ],
)
def test_fingerprint_of_a_text_with_a_line_of_its_own_differs(line: str) -> None:
    assert fingerprint("t", f"One thing.\n{line}\nAnother.") != fingerprint("t", "One thing.\nAnother.")


def test_fingerprint_tells_headline_from_text() -> None:
    assert fingerprint("a", "b") != fingerprint("b", "a")


def test_is_same_article_of_an_edited_text_is_true() -> None:
    text = "The council voted on Tuesday to close the bridge until the spring for repairs that will cost two million."
    assert is_same_article(text, text.replace("two million", "three million"))
    assert not is_same_article(text, "The match ended without a goal, and both teams left the field in the rain.")


@given(st.text(min_size=1), st.text(min_size=1))
def test_containment_is_symmetric_and_a_share(one: str, other: str) -> None:
    assert containment(one, other) == containment(other, one)
    assert 0 <= containment(one, other) <= 1
