from __future__ import annotations

import itertools
import random
import time

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment import common_blocks, heaviest_chain
from pipeline.diff import Change, TextDiff, diff_paragraph, diff_texts

WORDS = st.sampled_from(["مقتل", "قُتل", "قَتل", "12", "شخصًا", "the", "The", "end.", "", "a\tb", "غزة،"])
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=6).map("\n".join)


def marks(before: str, after: str) -> str:
    shape = {Change.EQUAL: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "{{+{}+}}"}
    lines = (
        " ".join(shape[run.change].format(run.text) for run in paragraph.runs)
        for paragraph in diff_texts(before, after).paragraphs
    )
    return "\n".join(lines)


@given(TEXTS, TEXTS)
def test_diff_applied_gives_back_both_texts(before: str, after: str) -> None:
    diff = diff_texts(before, after)
    assert (diff.before, diff.after) == (before, after)
    assert diff.is_equal == (before == after)


@given(TEXTS, TEXTS)
def test_diff_runs_are_never_empty_and_never_alike_twice(before: str, after: str) -> None:
    for paragraph in diff_texts(before, after).paragraphs:
        changes = [run.change for run in paragraph.runs]
        assert all(run.words for run in paragraph.runs)
        assert all(one is not other for one, other in itertools.pairwise(changes))


@given(st.text(), st.text())
def test_diff_of_any_text_counts_the_words_by_which_they_differ(before: str, after: str) -> None:
    diff = diff_texts(before, after)
    words = [sum(1 for line in text.split("\n") for word in line.split(" ") if word) for text in (before, after)]
    assert words[1] - words[0] == diff.words_added - diff.words_removed
    assert (diff.before, diff.after) == (before, after)


def test_diff_one_changed_word_is_one_removed_and_one_added() -> None:
    assert marks("قُتل 12 شخصًا في غزة.", "قُتل 13 شخصًا في غزة.") == "قُتل [-12-] {+13+} شخصًا في غزة."
    diff = diff_texts("a b c", "a x c")
    assert (diff.words_removed, diff.words_added) == (1, 1)


def test_diff_punctuation_stays_with_its_word() -> None:
    assert marks("killed on Monday", "killed, on Monday") == "[-killed-] {+killed,+} on Monday"


def test_diff_two_changed_words_around_a_kept_one_stay_two_changes() -> None:
    assert marks("a b c d e", "a x c y e") == "a [-b-] {+x+} c [-d-] {+y+} e"


def test_diff_chance_match_in_a_rewritten_sentence_is_given_up() -> None:
    assert marks("x one two the three four y", "x five six the seven eight y") == (
        "x [-one two the three four-] {+five six the seven eight+} y"
    )


def test_diff_inserted_sentence_begins_where_the_sentence_begins() -> None:
    assert marks("It began. The end.", "It began. The war went on. The end.") == (
        "It began. {+The war went on.+} The end."
    )


def test_diff_inserted_first_sentence_begins_the_paragraph() -> None:
    assert marks("The end.", "The war went on. The end.") == "{+The war went on.+} The end."


def test_diff_new_paragraph_leaves_the_others_equal() -> None:
    assert marks("one two\nthree four", "one two\nfive six seven\nthree four") == (
        "one two\n{+five six seven+}\nthree four"
    )


def test_diff_unrelated_paragraphs_are_shown_whole() -> None:
    assert marks("one two three", "four five six") == "[-one two three-]\n{+four five six+}"


def test_diff_related_paragraphs_pair_up_beside_a_new_one() -> None:
    before = "rain is expected in the north\nend"
    after = "the minister resigned today\nrain is expected in the south\nend"
    assert marks(before, after) == "{+the minister resigned today+}\nrain is expected in the [-north-] {+south+}\nend"


def test_diff_headline_is_one_paragraph() -> None:
    assert diff_paragraph("a b", "a c").before == "a b"


def test_diff_of_unrelated_long_texts_is_bounded() -> None:
    source = random.Random(7)  # noqa: S311  made-up text, no secret
    vocabulary = [f"w{int(source.paretovariate(0.7)) % 5000}" for _ in range(20_000)]
    texts = [" ".join(source.choice(vocabulary) for _ in range(50_000)) for _ in range(2)]
    started = time.process_time()
    for text in (texts[1], texts[0].replace("w3", "x"), texts[0]):
        assert diff_texts(texts[0], text).after == text
    assert time.process_time() - started < 10


def test_diff_of_repeated_words_is_bounded() -> None:
    before, after = "a b " * 25_000, "b a c " * 20_000
    started = time.process_time()
    assert diff_texts(before, after).after == after
    assert time.process_time() - started < 10


def test_diff_of_nothing_is_equal() -> None:
    assert diff_texts("", "").is_equal
    assert isinstance(diff_texts("", "a"), TextDiff)


@given(st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 4), max_size=30), st.integers(1, 50))
def test_common_blocks_however_small_the_budget_are_common_and_in_order(
    left: list[int], right: list[int], cells: int
) -> None:
    at_left = at_right = 0
    for block in common_blocks(left, right, cells=cells):
        assert block.before >= at_left
        assert block.after >= at_right
        at_left, at_right = block.before + block.size, block.after + block.size
        assert left[block.before : at_left] == right[block.after : at_right]


@given(st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 6)), st.integers(1, 9), max_size=9))
def test_heaviest_chain_is_as_heavy_as_any(weights: dict[tuple[int, int], float]) -> None:
    def best(a: int, b: int) -> float:
        return max((w + best(x, y) for (x, y), w in weights.items() if x > a and y > b), default=0)

    chain = heaviest_chain(weights)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in itertools.pairwise(chain))
    assert sum(weights[pair] for pair in chain) == best(-1, -1)
