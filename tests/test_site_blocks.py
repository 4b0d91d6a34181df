"""A line that the site puts into its articles is no edit, on both databases, and an edit beside it is one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pipeline.site_blocks import changed_lines
from storage.queries import Queries
from storage.records import Outcome
from tests.desk import Desk
from tests.edit_acts import SITES, Editor
from tests.edit_furniture import put_within
from tests.newsroom import Newsroom
from tests.reporter import BRIDGE, HOME, Reporter
from tests.storage_fixtures import count, rows

if TYPE_CHECKING:
    from pathlib import Path

APPEAL = "Independent journalism is under threat. Be one of the two thousand readers who keep it alive this year."
NOTICE = "من الأول من أيار تنتقل مكاتب الصحيفة إلى شارع الطاحون، ويستقبلكم الموظفون هناك من التاسعة حتى الرابعة."
EDITED, NOISE = Outcome.EDITED, Outcome.NOISE


def text_of(number: int, *more: str) -> str:
    return "\n".join([f"{BRIDGE} It is the {number}th bridge of the district that was closed since the storm.", *more])


def headline(number: int) -> str:
    return f"Bridge number {number} is closed"


def show(reporter: Reporter, number: int, *more: str) -> Outcome:
    return reporter.see(f"/{number}", text_of(number, *more), title=headline(number))


@pytest.fixture
def five(reporter: Reporter) -> Reporter:
    """Five articles, each seen once."""
    for number in range(5):
        show(reporter, number)
    return reporter


@pytest.mark.parametrize("line", [APPEAL, NOTICE, f"Stand with us\n{APPEAL}\nGive now"])
def test_line_put_into_articles_is_noise_from_the_third_on_and_taken_back_from_the_first_two(
    five: Reporter, line: str
) -> None:
    assert [show(five, number, line) for number in range(5)] == [EDITED, EDITED, NOISE, NOISE, NOISE]
    assert [len(Queries(five.archive).find(view.public_id).versions) for view in five.all] == [1] * 5
    assert rows(five.archive, "SELECT * FROM edits") == []
    assert rows(five.archive, "SELECT * FROM article_history WHERE text LIKE '%this year.%'") == []


def test_short_line_put_into_all_articles_is_taken_back_once_ten_show_it(reporter: Reporter) -> None:
    for number in range(14):
        show(reporter, number)
    seen = [show(reporter, number, "Pupils write as well") for number in range(14)]
    assert seen == [EDITED] * 9 + [NOISE] * 5
    assert rows(reporter.archive, "SELECT * FROM edits") == []


@pytest.mark.parametrize(
    "counter", ["{} of our 2,000 readers gave this month; help us to go on until {}.", "{} عضوا معنا"]
)
def test_line_with_a_counter_that_changes_is_one_line(five: Reporter, counter: str) -> None:
    lines = [f"{APPEAL} {counter.format(number * 37, 12 + number)}" for number in range(5)]
    assert [show(five, number, line) for number, line in enumerate(lines)] == [EDITED, EDITED, NOISE, NOISE, NOISE]
    assert [len(Queries(five.archive).find(view.public_id).versions) for view in five.all] == [1] * 5


def test_figures_that_change_in_a_line_that_stays_are_edits(reporter: Reporter) -> None:
    for number in range(5):
        show(reporter, number, f"The state will pay {number} millions of what the repairs of this bridge cost.")
    told = [f"The state will pay {number + 7} millions of what the repairs of this bridge cost." for number in range(5)]
    assert [show(reporter, number, line) for number, line in enumerate(told)] == [EDITED] * 5


def test_ids_and_words_of_versions_that_are_taken_back_stay_good(five: Reporter) -> None:
    show(five, 0, APPEAL)
    (made,) = rows(five.archive, "SELECT new_version_id, old_version_id FROM edits")
    show(five, 1, APPEAL)
    show(five, 2, APPEAL)
    assert Queries(five.archive).find(made.new_version_id).versions[0].public_id == made.old_version_id
    assert count(five.archive, "former_ids") == 2
    kept = rows(five.archive, "SELECT text FROM extractions WHERE text IS NOT NULL")
    assert sum(APPEAL in row.text for row in kept) == 3
    loose = "SELECT id FROM visits WHERE outcome = 'edited' AND version_id NOT IN (SELECT id FROM versions)"
    assert rows(five.archive, loose) == []


def test_line_that_goes_again_makes_no_edit_and_is_found_beside_one(five: Reporter) -> None:
    for number in range(5):
        show(five, number, APPEAL)
    assert [show(five, number) for number in range(4)] == [NOISE] * 4
    added = "The army will build a footbridge of wood and rope within three weeks, the mayor said."
    assert show(five, 4, APPEAL, added) is EDITED
    assert show(five, 4, added) is NOISE
    assert [row.url for row in rows(five.archive, "SELECT url FROM edits")] == [f"{HOME}/4"]


def test_edit_made_after_a_false_one_is_measured_from_the_version_before_both(five: Reporter) -> None:
    show(five, 0, APPEAL)
    five.see("/0", text_of(0, APPEAL).replace("Tuesday", "Monday"), title=headline(0))
    show(five, 1, APPEAL)
    show(five, 2, APPEAL)
    (edit,) = rows(five.archive, "SELECT from_version, to_version, words_added FROM edits")
    assert (edit.from_version, edit.to_version) == (1, 2)
    assert edit.words_added > 1


@pytest.mark.parametrize(
    "line",
    [
        "Correction: an earlier version of this article gave another name for the mayor of the district.",
        "تصويب: ذكرت نسخة سابقة من هذا المقال اسمًا آخر لرئيس بلدية المنطقة.",
        "More follows.",
    ],
)
def test_line_that_speaks_of_its_article_or_is_short_is_an_edit_wherever_it_comes(five: Reporter, line: str) -> None:
    assert [show(five, number, line) for number in range(5)] == [EDITED] * 5


def test_lines_that_stand_in_one_text_only_are_those_that_changed() -> None:
    assert changed_lines(text_of(1), text_of(1, APPEAL)).both == (APPEAL,)
    assert changed_lines(text_of(1), text_of(1)).both == ()


def test_line_that_stood_in_other_articles_from_the_first_is_an_edit_where_it_comes(reporter: Reporter) -> None:
    for number in range(1, 5):
        show(reporter, number, APPEAL)
    show(reporter, 0)
    assert show(reporter, 0, APPEAL) is EDITED


BACKGROUND = "The minister of public works, {}, opened the first of these bridges eleven years ago on a rainy day."
NOTE = "The ministry of public works told this newspaper on Thursday evening that nobody had asked it about the matter."
SERIES = "This is part {} of our series on bridges; the next one will be about the ferries of the islands."


@pytest.mark.parametrize("articles", [3, 9])
def test_name_corrected_in_a_paragraph_that_many_articles_carry_is_an_edit_of_each(
    reporter: Reporter, articles: int
) -> None:
    for number in range(articles):
        show(reporter, number, BACKGROUND.format("Sami Haddad"))
    corrected = BACKGROUND.format("Samir Haddad")
    assert [show(reporter, number, corrected) for number in range(articles)] == [EDITED] * articles


@pytest.mark.parametrize("line", [NOTE, SERIES])
def test_line_that_a_writer_adds_to_some_of_many_articles_is_an_edit_of_each(reporter: Reporter, line: str) -> None:
    for number in range(12):
        show(reporter, number)
    seen = {number: show(reporter, number, *([line.format(number)] if number % 3 == 0 else [])) for number in range(12)}
    assert [seen[number] for number in (0, 3, 6, 9)] == [EDITED] * 4


def test_line_added_to_articles_that_say_they_were_modified_is_an_edit_of_each(five: Reporter) -> None:
    # A feed names just those, so that no other page is seen meanwhile.
    told = [
        five.see(f"/{number}", text_of(number, NOTE), title=headline(number), modified_on=date(2026, 3, 2))
        for number in range(3)
    ]
    assert told == [EDITED] * 3


def test_line_added_to_articles_that_a_feed_names_as_modified_is_an_edit_of_each(five: Reporter) -> None:
    with five.archive.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE articles SET hinted_at = '2026-03-02T00:00:00.000000Z'")
    assert [show(five, number, NOTE) for number in range(3)] == [EDITED] * 3


def test_banner_on_most_pages_is_noise_and_taken_back_although_some_pages_are_late(reporter: Reporter) -> None:
    for number in range(12):
        show(reporter, number)
    for number in range(12):
        show(reporter, number, *([APPEAL] if number % 4 != 1 else []))
    assert rows(reporter.archive, "SELECT * FROM edits") == []


@pytest.mark.parametrize("line", [APPEAL, "Give to the paper today: 1,284 readers of this town have done so."])
def test_banner_that_stands_on_all_pages_and_in_some_of_their_texts_is_noise_and_taken_back(
    reporter: Reporter, line: str
) -> None:
    for number in range(12):
        show(reporter, number)
    told = []
    for number in range(12):
        text, has_it = text_of(number), number % 3 == 0
        count = line.replace("1,284", f"1,{300 + number}")
        page = f"<html><body><div><p>{count}</p></div><p>{text}</p></body></html>".encode()
        text = f"{count}\n{text}" if has_it else text
        told.append(reporter.see(f"/{number}", text, title=headline(number), body=page))
    assert [told[number] for number in range(0, 12, 3)] == [EDITED, EDITED, NOISE, NOISE]
    assert rows(reporter.archive, "SELECT * FROM edits") == []


def test_line_in_some_texts_that_most_pages_do_not_show_is_an_edit_of_each(reporter: Reporter) -> None:
    for number in range(12):
        show(reporter, number)
    told = []
    for number in range(12):
        more = [NOTICE] if number % 3 == 0 else []
        page = (
            f"<html><body><p>{text_of(number)}</p>{''.join(f'<p>{line}</p>' for line in more)}</body></html>".encode()
        )
        told.append(reporter.see(f"/{number}", text_of(number, *more), title=headline(number), body=page))
    assert [told[number] for number in range(0, 12, 3)] == [EDITED] * 4


def test_banner_that_comes_and_goes_at_every_look_leaves_no_edit(reporter: Reporter) -> None:
    for look in range(4):
        for number in range(6):
            show(reporter, number, *([APPEAL] if look and (look + number) % 2 else []))
    assert rows(reporter.archive, "SELECT * FROM edits") == []


def test_banner_that_is_worded_anew_on_all_of_many_pages_is_noise(reporter: Reporter) -> None:
    for number in range(12):
        show(reporter, number, APPEAL)
    for number in range(12):
        show(reporter, number, APPEAL.replace("this year", "until the end of May"))
    assert rows(reporter.archive, "SELECT * FROM edits") == []


def test_line_that_stood_on_all_pages_is_noise_where_it_goes_and_an_edit_where_few_had_it(reporter: Reporter) -> None:
    for number in range(12):
        show(reporter, number, APPEAL, *([NOTE] if number < 3 else []))
    assert [show(reporter, number, APPEAL) for number in range(3)] == [EDITED] * 3
    outcomes = [show(reporter, number) for number in range(3, 12)]
    assert outcomes == [EDITED] * 2 + [NOISE] * 7


@pytest.mark.slow
def test_notice_put_into_every_article_of_two_sites_leaves_no_edit(tmp_path: Path) -> None:
    pieces = {"en": f"<div><h3>Stand with us</h3><p>{APPEAL}</p></div>", "ar": f"<div><p>{NOTICE}</p></div>"}
    with Newsroom() as newsroom:
        wire = Desk(newsroom, tmp_path)
        wire.configure()
        articles = wire.crawl()["new"]
        for language, key in SITES.items():
            for slug in newsroom.site(key).standings:
                put_within(pieces, after=1)(Editor(newsroom, slug, language, ""))
        wire.recheck()
        assert wire.rows("SELECT count(*) FROM versions") == [(articles,)]
        assert wire.rows("SELECT count(*) FROM former_ids") > [(0,)]
        newsroom.edit("water-pumps-idlib", "14 قرية", "15 قرية")
        wire.recheck()
        assert wire.rows("SELECT count(*) FROM edits") == [(1,)]
