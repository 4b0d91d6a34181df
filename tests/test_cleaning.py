"""Cleaning line by line, and the phrases it goes by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import wording
from pipeline.blocks import Block, Kind
from pipeline.body import with_declared
from pipeline.captions import split_text
from pipeline.cleaning import About, clean
from tests.made_pages import PROSE, TITLE, article_page, lines_of, paragraphs


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
        "Comments (12)",
        "التعليقات: ٣",
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


@pytest.mark.parametrize(
    "line",
    [
        "Ministers want the country to become a member of the union before the end of the decade.",
        "She does not subscribe to the view that the harbour can wait for another engineer.",
        "The mayor called it the last chance to save the ferry before winter.",
        "The party does not endorse any candidate in the second round.",
        "Residents can download the app from the town's page and report broken lamps.",
        "A new fund is to support independent journalism in the three countries.",
        "The agency gives a free trial of the medicine to every patient who asks.",
        "Brokers earn commission on every berth that they sell.",
        "Yetkililer, olayla ilgili yorum yapmak için henüz erken olduğunu söyledi.",
        "Kanal, ana haber bülteni sırasında yayını iki kez kesti.",
        "او در کانال تلگرام خود نوشت که جلسه به هفته آینده موکول شده است.",
        "Ученые нашли ошибку в расчетах, которую никто не замечал сорок лет.",
        "Представитель порта сказал, что еще рано, чтобы комментировать доклад.",
        "El ministro pidió que la empresa siga a disposición de los jueces.",
        "发言人表示，未经授权任何人不得进入港口。",
    ],
)
def test_clean_sentence_of_a_report_is_no_appeal(line: str) -> None:
    assert cleaned(*PROSE[:2], line, *PROSE[2:]) == [*PROSE[:2], line, *PROSE[2:]]


def test_clean_closing_credit_is_kept_apart() -> None:
    credit = "(Reporting by June Abara; editing by Tomas Reyes)"
    result = clean([Block(Kind.PARAGRAPH, line) for line in (*PROSE, credit)], About())
    assert [block.text for block in result.blocks] == list(PROSE)
    assert result.agency_credit == "Reporting by June Abara; editing by Tomas Reyes"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("The deal “give[s] us hope”, she said.", "The deal “give[s] us hope”, she said."),
        ("He grew “shrubs [that] had always been wild” [sic].", "He grew “shrubs [that] had always been wild” [sic]."),
        ('The bridge [gallery ids="1,2"] is shut. [contact_form]', "The bridge  is shut."),
        ("The bridge [quote]is shut[/quote].", "The bridge is shut."),
        ("[embed]https://video.example/1[/embed] The bridge is shut.", "The bridge is shut."),
    ],
)
def test_clean_shortcodes_go_and_what_editors_put_in_brackets_stays(line: str, kept: str) -> None:
    result = clean([Block(Kind.PARAGRAPH, text) for text in (PROSE[0], line, *PROSE[1:])], About())
    assert [block.text for block in result.blocks] == [PROSE[0], kept, *PROSE[1:]]


@pytest.mark.parametrize(
    "line",
    [
        "(1 comment)",
        "( 0 comments )",
        "(12 commentaires)",
        "(3 Kommentare)",
        "Read 4,711 times",
        "Lu 4 711 fois",
        "قرئ 120 مرة",
    ],
)
def test_clean_counter_goes_in_whatever_brackets_and_groups_of_figures(line: str) -> None:
    result = clean([Block(Kind.PARAGRAPH, text) for text in (line, *PROSE)], About())
    assert [block.text for block in result.blocks] == list(PROSE)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("The ferry in March. Photo: Ann Lee", ("The ferry in March.", "Ann Lee")),
        ("Le pont. Crédit photo : Jean Petit / AFP.", ("Le pont.", "Jean Petit / AFP")),
        ("العبّارة في الميناء. تصوير: رضا", ("العبّارة في الميناء.", "رضا")),
        ("Too big? (Photo: Getty Images) Getty", ("Too big? (Photo: Getty Images) Getty", None)),
        ("He held up a picture. Ann said: it was my photo", ("He held up a picture. Ann said: it was my photo", None)),
    ],
)
def test_caption_that_ends_with_its_photographer_gives_both(line: str, parts: tuple[str, str | None]) -> None:
    assert split_text(line) == parts


def test_clean_captions_are_not_text() -> None:
    about = About(captions=("A ferry in the harbour",))
    assert cleaned(PROSE[0], "A ferry in the harbour", *PROSE[1:], about=about) == list(PROSE)


def test_clean_other_stories_under_their_heading_are_removed() -> None:
    assert cleaned(*PROSE, "Most read", "Harbour wall to be painted", "Two goats found") == list(PROSE)


def test_clean_code_and_rows_are_left_alone() -> None:
    prose = [Block(Kind.PARAGRAPH, line) for line in PROSE]
    blocks = [Block(Kind.CODE, "share"), *prose[:2], Block(Kind.ROW, "Share | 14"), *prose[2:]]
    assert clean(blocks, About()).blocks == blocks


@pytest.mark.parametrize("at", [1, len(PROSE)])
@pytest.mark.parametrize(
    "lines", [("2024 | 2025 | 2026", "1 204 | 1 377 | 1 415"), ("درعا | 12 أيار", "حلب | 14 أيار | 3")]
)
def test_clean_table_keeps_its_rows(at: int, lines: tuple[str, ...]) -> None:
    rows = [Block(Kind.ROW, line) for line in lines]
    blocks = [Block(Kind.PARAGRAPH, line) for line in PROSE]
    blocks[at:at] = rows
    assert list(clean(blocks, About()).blocks) == blocks


def test_clean_list_of_the_dead_stays_at_the_end() -> None:
    names = [Block(Kind.ITEM, name) for name in ("عمر سعيد، 24", "سارة حسن، 31", "Omar Said, 24")]
    blocks = [*(Block(Kind.PARAGRAPH, line) for line in PROSE), Block(Kind.HEADING, "The victims"), *names]
    assert list(clean(blocks, About()).blocks) == blocks


@pytest.mark.parametrize("prose", [PROSE, PROSE[:2]])
def test_clean_list_of_hours_stays_at_the_end(prose: tuple[str, ...]) -> None:
    hours = [Block(Kind.ITEM, line) for line in ("القصور: 8:00 - 10:00", "Old town: 10:00 - 12:00")]
    blocks = [*(Block(Kind.PARAGRAPH, line) for line in (*prose, "جدول القطع:")), *hours]
    assert list(clean(blocks, About()).blocks) == blocks


@pytest.mark.parametrize("name", ["(رويترز)", "AFP"])
def test_clean_agency_alone_on_the_last_line_is_its_credit(name: str) -> None:
    found = clean([Block(Kind.PARAGRAPH, line) for line in (*PROSE, name)], About())
    assert [block.text for block in found.blocks] == list(PROSE)
    assert found.agency_credit == name.strip("()")


def test_clean_byline_behind_the_date_goes_with_the_counter_beside_it() -> None:
    line = "November 25, 2026, 8:30 a.m. by Anna Petrov 7872 views"
    assert cleaned(line, *PROSE) == list(PROSE)


def test_clean_byline_in_the_last_rows_goes() -> None:
    rows = [Block(Kind.ROW, "Автор: | Денис Дорошенко"), Block(Kind.ROW, "Redaktion | 3")]
    blocks = [Block(Kind.PARAGRAPH, line) for line in PROSE]
    assert list(clean([*blocks, *reversed(rows)], About()).blocks) == [*blocks, rows[1]]


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


@pytest.mark.parametrize(
    "line",
    [
        "Follow The Islander on Facebook and Instagram.",
        "تابعونا على صفحتنا في فيسبوك",
        "Folgen Sie dem Inselboten auf Instagram",
        "Retrouvez-nous chaque jour sur Facebook",
        "Haberler için Telegram kanalımızı takip edin",
        "Читайте нас каждый день в Telegram",
        "Ann Lee is a reporter at The Islander, where she writes about the sea.",
        "Written content may not be reproduced without the consent of the publisher.",
        "Все права защищены. Любое использование материалов допускается с согласия редакции.",
        "Редакция не несет ответственности за достоверность информации в рекламных объявлениях.",
        "Свидетельство о регистрации СМИ № 12-3456 выдано Федеральной службой 10 марта 2007 года.",
        "本站所有文章均为转载，版权归原作者。",
        "Hemû maf parastî ne",
        "_____",
    ],
)
def test_clean_line_below_the_text_is_removed(line: str) -> None:
    assert cleaned(*PROSE, line, about=About(authors=("Ann Lee",))) == list(PROSE)


@pytest.mark.parametrize(
    "line",
    [
        "Police asked people to follow the rescue on Facebook, where the crew posted its new position, he said.",
        "Ann Lee, who owns the vessel, told the council that she had been waiting for the report since the spring.",
        "The council said that all rights reserved to the island under the old treaty hold for its three villages.",
        "A photo of the wreck hangs in the council chamber (the second from the left).",
        "Contributions to this report came late, the engineers wrote.",
    ],
)
def test_clean_sentence_that_holds_such_words_stays_in_its_place(line: str) -> None:
    text = [PROSE[0], line, *PROSE[1:], *PROSE, *PROSE]
    assert cleaned(*text, about=About(authors=("Ann Lee",))) == text


BIOGRAPHY = (
    "Ann Lee has sailed on every ferry line of the coast, and lives on the island.",
    "When she is not writing she repairs clocks.",
    "Help us to stay independent.",
)


def test_clean_biography_of_several_lines_goes_whole() -> None:
    assert cleaned(*PROSE, *PROSE, *BIOGRAPHY, about=About(authors=("Ann Lee",))) == [*PROSE, *PROSE]


@pytest.mark.parametrize(
    "text",
    [
        [PROSE[0], "Ann Lee: Why did it break down?", *PROSE, *PROSE, "Ann Lee: Who repairs it?", *PROSE[2:]],
        [BIOGRAPHY[0], *PROSE],
        [*PROSE, *PROSE, BIOGRAPHY[0], *PROSE, *PROSE],
    ],
    ids=["speaks in the story", "begins it", "in the middle"],
)
def test_clean_lines_that_begin_with_the_name_of_the_author_stay_in_the_story(text: list[str]) -> None:
    assert cleaned(*text, about=About(authors=("Ann Lee",))) == text


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("Source: Reuters", "Source: Reuters"),
        ("المصدر: وكالات", "المصدر: وكالات"),
        ("2011年12月09日 08:20 来源：每经网", "来源：每经网"),
        ("Источник: ТАСС", "Источник: ТАСС"),
    ],
)
def test_clean_source_above_the_text_is_kept_apart(line: str, credit: str) -> None:
    result = clean([Block(Kind.PARAGRAPH, text) for text in (line, *PROSE)], About())
    assert [block.text for block in result.blocks] == list(PROSE)
    assert result.agency_credit == credit


def test_clean_caption_with_its_credit_in_brackets_is_kept_apart() -> None:
    caption = "The only vessel in the harbour last week (Photo: Jon Bey)"
    result = clean([Block(Kind.PARAGRAPH, line) for line in (PROSE[0], caption, *PROSE[1:])], About())
    assert [block.text for block in result.blocks] == list(PROSE)
    assert [block.text for block in result.captions] == [caption]


@pytest.mark.parametrize(
    ("line", "is_menu"),
    [
        ("Home | News | Sport | Weather", True),
        ("Ειδήσεις | Τιμές | Μετοχές | Αγορές", True),
        ("Arsenal | 3 | 1 | 9", False),
        ("The vote | what it means for the island and its people | who decides | when", False),
    ],
)
def test_is_menu_knows_rows_of_labels(line: str, is_menu: object) -> None:
    assert wording.is_menu(line) is is_menu


@pytest.mark.parametrize(
    "line",
    [
        'Readers like you pay for our reporting. <a href="/donate">Donate today</a>, and support us.',
        'لا مالك لنا ولا اشتراكات: قراؤنا هم من يموّل تقاريرنا. ادعموا استمرارنا <a href="/donate">من هنا</a>.',
    ],
)
def test_sentences_of_the_publication_around_a_link_to_give_are_no_text(line: str) -> None:
    assert lines_of(article_page(f"<p>{PROSE[0]}</p><p>{line}</p>{paragraphs(*PROSE[1:])}")) == list(PROSE)


def test_sentences_of_a_report_around_a_link_to_give_are_text() -> None:
    line = 'The hospital asks its visitors to <a href="https://hospital.example/donate">donate</a> blood this week.'
    quoted = (
        '“Help us to support our nurses,” she said, and named <a href="https://hospital.example/donate">the page</a>.'
    )
    found = lines_of(article_page(f"<p>{PROSE[0]}</p><p>{line}</p><p>{quoted}</p>{paragraphs(*PROSE[1:])}"))
    assert len(found) == len(PROSE) + 2
