"""What an edit amounts to: its class, its words, what it touches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.measure import Content, measure
from storage.records import EditClass, EditFlag

TYPO, MINOR, SUBSTANTIVE = EditClass
LEAD = (
    "The council voted on Tuesday to close the old bridge until the spring, after engineers found deep cracks in it.\n"
)
ARABIC = "أعلنت بلدية الساحل يوم الثلاثاء إغلاق الجسر القديم حتى الربيع بعد العثور على شقوق عميقة فيه.\n"


@pytest.mark.parametrize(
    ("language", "before", "after", "expected", "flags"),
    [
        ("en", "They recieved the money.", "They received the money.", TYPO, ""),
        ("en", "They went on on foot.", "They went on foot.", TYPO, ""),
        ("en", "It ended, they said.", "It ended they said.", TYPO, ""),
        ("en", "The run off is near.", "The runoff is near.", TYPO, ""),
        ("en", "They cautiously agreed.", "They agreed.", MINOR, ""),
        ("en", "It was a big farm.", "It was a big form.", MINOR, ""),
        ("en", "Everyone is safe.", "Not everyone is safe.", SUBSTANTIVE, "negation"),
        ("en", "He does agree.", "He doesn’t agree.", SUBSTANTIVE, "negation"),
        ("en", "It was lawful then.", "It was unlawful then.", SUBSTANTIVE, "negation"),
        ("en", "It cost £1.2m.", "It cost £900,000.", SUBSTANTIVE, "number"),
        ("en", "Three people were hurt.", "Four people were hurt.", SUBSTANTIVE, "number"),
        ("en", "It was run by Stavros Lenn.", "It was run by Stavros Lenk.", MINOR, "name"),
        ("en", "He came on Monday.", "He came on Tuesday.", MINOR, ""),
        ("en", "She said “we like it”.", "She said “we love it”.", MINOR, "quote"),
        ("en", "It ended.", "It ended.\nCorrection: the vote was on Tuesday.", SUBSTANTIVE, "correction"),
        ("en", "It ended.", "It ended.\nWe have withdrawn this article.", SUBSTANTIVE, "retraction"),
        ("en", "Troops came.", "Troops came and were withdrawn.", MINOR, ""),
        ("ar", "وقال إن عددهم ١٢ شخصا", "وقال إن عددهم ١٣ شخصا", SUBSTANTIVE, "number"),
        ("ar", "وقال إن عددهم ١٢ شخصا", "وقال إن عددهم 12 شخصا.", TYPO, ""),
        ("ar", "مقتل ثلاثة منهم", "مقتل أربعة منهم", SUBSTANTIVE, "number"),
        ("ar", "أكد أن الاتفاق يشمل المدينة", "أكد أن الاتفاق لا يشمل المدينة", SUBSTANTIVE, "negation"),
        ("ar", "الذي قُتل في الغارة", "الذي قَتل في الغارة", MINOR, ""),
        ("ar", "وصلوا الى البلدة", "وصلوا إلى البلدة", TYPO, ""),
        ("ar", "والتقى الوزير سامر هناك", "والتقى الوزير ياسر هناك", MINOR, "name"),
        ("ar", "وقال: «نعم للحوار»", "وقال: «لا للحوار»", SUBSTANTIVE, "quote negation"),
        ("ar", "انتهى", "انتهى\nتصويب: عقدت الجلسة يوم الاثنين", SUBSTANTIVE, "correction"),
        ("ar", "انتهى", "انتهى\nتم سحب هذا التقرير بعد اعتراض", SUBSTANTIVE, "retraction"),
        ("fr", "Il est venu hier.", "Il n’est pas venu hier.", SUBSTANTIVE, "negation"),
        ("de", "Er hat zugestimmt.", "Er hat nicht zugestimmt.", SUBSTANTIVE, "negation"),
        ("es", "Hubo dos heridos.", "Hubo tres heridos.", SUBSTANTIVE, "number"),
        ("tr", "Bakan dün geldi.", "Bakan dün gelmedi.", SUBSTANTIVE, "negation"),
        ("fa", "او دیروز رفت", "او دیروز نرفت", SUBSTANTIVE, "negation"),
        ("ckb", "ئەو دوێنێ چوو", "ئەو دوێنێ نەچوو", SUBSTANTIVE, "negation"),
        ("ku", "Ew duh hat.", "Ew duh nehat.", SUBSTANTIVE, "negation"),
        ("ru", "Суд признал его виновным.", "Суд признал его невиновным.", SUBSTANTIVE, "negation"),
        (None, "Суд признал вину.", "Суд не признал вину.", SUBSTANTIVE, "negation"),
    ],
)
def test_measure_of_an_edit_below_the_lead_tells_its_class_and_what_it_touches(
    language: str | None, before: str, after: str, expected: EditClass, flags: str
) -> None:
    lead = ARABIC if language == "ar" else LEAD
    measured = measure(Content("T", lead + before, language), Content("T", lead + after, language))
    assert measured.edit_class is expected
    assert set(flags.split()) <= measured.flags
    assert {EditFlag.NEGATION, EditFlag.NUMBER, EditFlag.NAME, EditFlag.LEAD}.isdisjoint(
        measured.flags - set(flags.split()) - ({EditFlag.NAME} if "Correction" in after else set())
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Bridge closed until spring", "Bridge closed untill spring", TYPO),
        ("Latest polls in the swing states today", "Latest polls in swing states today", MINOR),
        ("Old bridge is closed", "Ferry to run until midnight", SUBSTANTIVE),
        ("Old bridge is closed", "RETRACTED: Old bridge is closed", SUBSTANTIVE),
    ],
)
def test_measure_of_a_headline_alone_is_told_by_how_much_of_it_stays(
    before: str, after: str, expected: EditClass
) -> None:
    measured = measure(Content(before, LEAD), Content(after, LEAD))
    assert (measured.edit_class, measured.similarity) == (expected, 1.0)
    assert EditFlag.HEADLINE in measured.flags
    assert (EditFlag.RETRACTION in measured.flags) == ("RETRACTED" in after)


def test_measure_of_a_new_first_paragraph_changes_the_lead_and_a_new_last_one_does_not() -> None:
    other = "A second bridge further up the river had been closed two years before for the same reason."
    first = measure(Content("T", LEAD), Content("T", f"{other}\n{LEAD}"))
    last = measure(Content("T", LEAD), Content("T", f"{LEAD}{other}"))
    assert (EditFlag.LEAD in first.flags, EditFlag.LEAD in last.flags) == (True, False)
    assert first.words_added == last.words_added == len(other.split())


@pytest.mark.parametrize("title", ["Live: storm reaches the coast", "لحظة بلحظة: العاصفة تصل الساحل", "Storm"])
def test_measure_of_a_new_entry_in_a_live_blog_is_told(title: str) -> None:
    entries = ["10:05 The wind is rising.", "10:20 The first ferry is cancelled.", "10:40 Schools are closed."]
    before, after = "\n".join(entries), "\n".join(["11:00 The power is out.", *entries])
    assert EditFlag.LIVE_UPDATE in measure(Content(title, before), Content(title, after)).flags


def test_measure_of_a_moved_paragraph_touches_no_number_and_no_negation() -> None:
    moved = "The mayor said that 12 people had not been told, and that the state would pay half of the sum to them."
    measured = measure(Content("T", f"{LEAD}{moved}\nEnd."), Content("T", f"{LEAD}End.\n{moved}"))
    assert {EditFlag.NUMBER, EditFlag.NEGATION}.isdisjoint(measured.flags)


TEXTS = st.lists(st.sampled_from(["قُتل", "12", "not", "لا", "Sara", "“yes”", "the", ".", "\n"]), max_size=12).map(
    " ".join
)


@given(TEXTS, TEXTS, st.sampled_from([None, "ar", "en", "de", "xx"]))
def test_measure_of_any_two_texts_adds_up(before: str, after: str, language: str | None) -> None:
    there = measure(Content("T", before, language), Content("T", after, language))
    back = measure(Content("T", after, language), Content("T", before, language))
    assert 0 <= there.similarity <= 1
    assert (there.words_added, there.words_removed) == (back.words_removed, back.words_added)
    assert there.similarity == back.similarity


@given(TEXTS)
def test_measure_of_the_same_text_is_nothing(text: str) -> None:
    measured = measure(Content("T", text), Content("T", text))
    assert (measured.edit_class, measured.words_added, measured.flags) == (EditClass.TYPO, 0, frozenset())
