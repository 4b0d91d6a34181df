"""Cleaning line by line, and the phrases it goes by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import wording
from pipeline.body import Block, with_declared
from pipeline.cleaning import About, clean
from pipeline.reading import Kind
from tests.made_pages import PROSE, TITLE


def cleaned(*lines: str, about: About | None = None) -> list[str]:
    return [block.text for block in clean([Block(Kind.PARAGRAPH, line) for line in lines], about or About()).blocks]


@pytest.mark.parametrize(
    "line",
    [
        TITLE,
        f"{TITLE}.",
        "By Ann Lee",
        "Nov. 3, 2023 at 6:12 p.m.",
        "Last updated at 2:07 AM on 14th December 2011",
        "5:45 AM PST 11/19/2019 by Patrick Doe",
        "sexta-feira, 22 de outubro de 2010 às 20:13",
        "Publié le 12 avril 2023 à 08h30",
        "Stand: 14.02.2023, 19:05 Uhr",
        "Giriş: 02 Ekim 2023 - 09:40",
        "تاریخ انتشار: ۱۲ مهر ۱۴۰۲ - ساعت ۱۰:۲۵",
        "نُشر في: ١٧ تشرين الأول ٢٠٢٣",
        "بڵاوکراوەتەوە: 19 ئازار 2023",
        "14:32 | 15.10.2023",
        "2012年01月12日19:13",
        "منذ 8 سنوات · دقيقتان للقراءة",
        "12,345 views",
        "4 min read",
    ],
)
def test_clean_line_above_the_text_is_removed(line: str) -> None:
    assert cleaned(line, *PROSE, about=About(titles=(TITLE,))) == list(PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "Advertisement",
        "ADVERTISEMENT",
        "إعلان",
        "La suite après la publicité",
        "Read more: The night the river came",
        "اقرأ أيضًا: أهالي الحي يشكون",
        "Lesen Sie auch: Was in den Kellern gefunden wurde",
        "Читайте также: Ледокол вернулся в порт",
        "Sign up for our free newsletter and never miss a story.",
        "Подписывайтесь на наш телеграм-канал",
        "[gallery ids='1,2,3']",
        "Photo: Ines Calloway",
        "* * *",
    ],
)
def test_clean_furniture_in_the_middle_is_removed(line: str) -> None:
    assert cleaned(*PROSE[:2], line, *PROSE[2:]) == list(PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "Three years later.",
        "By then it was too late to turn the ship around.",
        "May 4 is the day on which the council will vote again.",
        "Who pays?",
        "Related cases are pending in two other countries.",
        "Comments from the ministry were not available on Monday.",
        "Source after source told us the same story.",
        "The photo shows three men on a pier.",
        "Share prices fell by a tenth.",
        "Today, everything changed.",
        "Yesterday, he resigned.",
        "Today.",
        "الصورة التي التقطها الجار أظهرت السفينة.",
    ],
)
def test_clean_short_line_of_the_text_survives_wherever_it_stands(line: str) -> None:
    for place in range(len(PROSE) + 1):
        lines = [*PROSE[:place], line, *PROSE[place:]]
        assert cleaned(*lines, about=About(titles=(TITLE,))) == lines


def test_clean_closing_credit_is_kept_apart() -> None:
    credit = "(Reporting by June Abara; editing by Tomas Reyes)"
    result = clean([Block(Kind.PARAGRAPH, line) for line in (*PROSE, credit)], About())
    assert [block.text for block in result.blocks] == list(PROSE)
    assert result.agency_credit == "Reporting by June Abara; editing by Tomas Reyes"


def test_clean_captions_are_not_text() -> None:
    about = About(captions=("A ferry in the harbour",))
    assert cleaned(PROSE[0], "A ferry in the harbour", *PROSE[1:], about=about) == list(PROSE)


def test_clean_other_stories_under_their_heading_are_removed() -> None:
    assert cleaned(*PROSE, "Most read", "Harbour wall to be painted", "Two goats found") == list(PROSE)


def test_clean_code_and_rows_are_left_alone() -> None:
    prose = [Block(Kind.PARAGRAPH, line) for line in PROSE]
    blocks = [Block(Kind.CODE, "share"), *prose[:2], Block(Kind.ROW, "Share | 14"), *prose[2:]]
    assert clean(blocks, About()).blocks == blocks


@given(st.lists(st.text(max_size=80), max_size=12))
def test_clean_any_lines_give_some_of_them_in_order(lines: list[str]) -> None:
    kept = iter(lines)
    assert all(any(line in text or text.endswith(line) for text in kept) for line in cleaned(*lines) if "[" not in line)


def test_with_declared_longer_text_that_begins_alike_replaces_a_stub() -> None:
    stub = [Block(Kind.PARAGRAPH, PROSE[0])]
    assert [block.text for block in with_declared(stub, "\n".join(PROSE * 3))] == list(PROSE * 3)


def test_with_declared_other_text_is_not_believed() -> None:
    shown = [Block(Kind.PARAGRAPH, PROSE[0])]
    assert with_declared(shown, "Accept our terms. " * 100) == shown


def test_with_declared_whole_article_is_left_as_shown() -> None:
    shown = [Block(Kind.PARAGRAPH, line) for line in PROSE * 4]
    assert with_declared(shown, "\n".join(PROSE * 20)) == shown


@given(st.text(max_size=60))
def test_key_is_idempotent(text: str) -> None:
    assert wording.key(wording.key(text)) == wording.key(text)
