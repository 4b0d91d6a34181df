"""Site profiles: what pages teach, how later pages are read by it, and that it never costs an article its text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.blocks import Block, Kind
from pipeline.extract import extract, read_page
from pipeline.knowledge import Growth, Knowledge, grow
from pipeline.learning import MOST_LESSONS, Study, has_drifted, take
from pipeline.lesson import Lesson, Manner, PageReading
from pipeline.page import Page
from pipeline.repeats import form_of, without_repeats
from pipeline.selectors import BadSelectorError, compiled
from pipeline.site_profile import Pins, SiteProfile, from_json, to_json
from pipeline.study_json import from_bytes, to_bytes
from tests.made_pages import SEEN_AT, paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable

_DONATION = "Our paper has no owner but its readers: {} of them gave this month."
_SUBJECTS = ("ferry", "bakery", "school", "harbour", "bridge", "library", "orchard", "stadium", "mill", "theatre")


def _story(number: int) -> tuple[str, ...]:
    subject = f"{_SUBJECTS[number % len(_SUBJECTS)]} of street {chr(97 + number % 26) * 3}"
    return (
        f"The council spoke at length about the {subject} on Monday, and no one in the room had expected it to do so.",
        f"Those who live beside the {subject} had asked for a decision since spring, in letters that went unanswered.",
        f"A first estimate puts the cost of the {subject} at more than the town collects in a year from its visitors.",
        f"Nobody would say when the work on the {subject} is to begin, or whether it will begin before the election.",
        f"Both sides said that they would meet again, and that the {subject} would be the only matter on their list.",
        f"Older people remember that the {subject} was closed once before, for a winter, after a storm had flooded it.",
    )


def _page(number: int, *, root: str = 'div class="story-text"') -> Page:
    title = f"Council speaks about {_SUBJECTS[number % len(_SUBJECTS)]} {chr(97 + number % 26) * 3}"
    story = _story(number)
    html = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title} | The Islander</title></head><body>"
        f"<header><a href=/>Home</a></header><div class=page><h1>{title}</h1><{root}>{paragraphs(*story[:3])}"
        f"<p>{_DONATION.format(100 + 7 * number)}</p>{paragraphs(*story[3:])}</{root.partition(' ')[0]}>"
        "<div class=more><h3>More</h3><ul><li><a href=/x>Other news</a></ul></div></div></body></html>"
    )
    return Page(f"https://islander.example/news/{number}", html.encode(), "text/html", None, SEEN_AT)


def _read(page: Page, known: Knowledge) -> tuple[PageReading, Growth]:
    reading = read_page(page, known.profile, Manner(teaches=True))
    assert reading.lesson is not None
    number = known.profile.number + 1 if known.profile else 1
    return reading, grow(known, reading.lesson, next_number=number)


def _after(pages: int, page_of: Callable[..., Page] = _page, **kind: str) -> Knowledge:
    known = Knowledge(Study("islander.example"))
    for number in range(pages):
        known = _read(page_of(number, **kind), known)[1].knowledge
    return known


@pytest.fixture(scope="module")
def learned() -> Knowledge:
    return _after(12)


def test_profile_after_a_dozen_pages_reads_the_next_one_through_it(learned: Knowledge) -> None:
    reading, _ = _read(_page(20), learned)
    assert not reading.is_full
    assert reading.extraction.text.split("\n") == list(_story(20))
    assert reading.extraction.profile == learned.profile.number  # type: ignore[union-attr]


def _with(number: int, inserted: str) -> Page:
    body = _page(number).body.decode().replace(f"<p>{_story(number)[3]}", f"{inserted}<p>{_story(number)[3]}")
    return replace(_page(number), body=body.encode())


def _with_table(number: int, *rows: str) -> Page:
    return _with(
        number, "<table>{}</table>".format("".join(f"<tr><td>{row.replace('|', '<td>')}</tr>" for row in rows))
    )


def _rows(text: str) -> list[str]:
    return [line for line in text.split("\n") if "|" in line]


def test_tables_of_a_site_are_text_through_its_profile() -> None:
    def with_table(number: int) -> Page:
        return _with_table(number, "2025|2026", f"{number} 204|<p>9{number} 415</p>")

    reading, _ = _read(with_table(20), _after(6, with_table))
    assert not reading.is_full
    assert _rows(reading.extraction.text) == ["2025 | 2026", "20 204 | 920 415"]


def test_rows_with_words_are_text_where_their_figures_differ_from_article_to_article() -> None:
    def with_table(number: int) -> Page:
        return _with_table(number, "Goals|Points", f"Home|{number * 7 % 5}", f"Away|{10 + number}")

    known = _after(20, with_table)
    assert known.profile is not None
    assert _rows(extract(with_table(20), known.profile).text) == ["Goals | Points", "Home | 0", "Away | 30"]


def test_lists_with_figures_are_text_where_their_figures_differ_from_article_to_article() -> None:
    def with_list(number: int) -> Page:
        items = f"<li>Killed: {number}</li><li>Wounded: {number * 7 % 5}</li>"
        return _with(number, f"<h3>In figures</h3><ul>{items}</ul>")

    known = _after(20, with_list)
    assert extract(with_list(20), known.profile).text.split("\n")[3:6] == ["In figures", "Killed: 20", "Wounded: 0"]


def test_rates_of_the_day_are_furniture_also_on_the_day_on_which_they_change() -> None:
    def with_rates(number: int) -> Page:
        return _with_table(number, "Dollar|Euro", f"Buys|13{number // 4:02}", f"Sells|14{number // 4:02}")

    known = _after(12, with_rates)
    known = replace(known, study=from_bytes(to_bytes(known.study)))
    for number in range(12, 40):
        assert _rows(extract(with_rates(number), known.profile).text) == []
        known = _read(with_rates(number), known)[1].knowledge


def test_root_without_class_or_id_is_found_by_where_it_stands() -> None:
    reading, _ = _read(_page(20, root="div"), _after(8, root="div"))
    assert not reading.is_full
    assert reading.extraction.text.split("\n") == list(_story(20))


def test_repeated_box_with_a_counter_inside_is_furniture_on_later_pages(learned: Knowledge) -> None:
    assert "no owner but its readers" in extract(_page(20)).text
    assert "no owner but its readers" not in extract(_page(20), learned.profile).text
    assert "no owner but its readers" not in extract(_page(20), learned.profile, in_full=True).text


def test_repeated_box_that_the_site_drops_is_forgotten(learned: Knowledge) -> None:
    known = learned
    for number in range(100, 200):
        lesson = Lesson(f"https://islander.example/{number}", str(number), "en", 900, ())
        known = grow(known, lesson, next_number=99).knowledge
    assert known.profile is not None
    assert not known.profile.repeats


def test_article_under_several_addresses_counts_once() -> None:
    study = Study("islander.example")
    lesson = read_page(_page(1), None, Manner(teaches=True)).lesson
    assert lesson is not None
    for number in range(6):
        study = take(study, Lesson(f"https://islander.example/copy/{number}", lesson.title, marks=lesson.marks))
    assert len(study.articles) == 1


def test_page_of_another_template_is_read_in_full(learned: Knowledge) -> None:
    reading, growth = _read(_page(20, root='section class="essay"'), learned)
    assert reading.is_full
    assert reading.lesson is not None
    assert reading.lesson.has_misfitted
    assert not growth.has_drifted
    assert _story(20)[0] in reading.extraction.text


@pytest.mark.parametrize(
    ("opening", "closing", "fits"), [("ul><li", "ul", True), ("div class='poll'><p", "div", False)]
)
def test_text_in_plain_markup_fits_though_no_page_had_it_and_in_a_new_box_does_not(
    learned: Knowledge, opening: str, closing: str, *, fits: bool
) -> None:
    html = _page(20).body.decode()
    for sentence in _story(20):
        html = html.replace(f"<p>{sentence}</p>", f"<{opening}>{sentence}</{closing}>")
    reading, _ = _read(replace(_page(20), body=html.encode()), learned)
    assert reading.is_full is not fits
    assert reading.extraction.text.split("\n") == list(_story(20))


def test_prose_that_stands_beside_every_text_tells_nothing_of_a_short_one() -> None:
    notice = paragraphs(
        *(f"Terms, part {n}: " + "whoever sends us letters agrees that we print them. " * 6 for n in "abcd")
    )

    def with_notice(page: Page) -> Page:
        return replace(page, body=page.body.replace(b"</body>", f"<div class=terms>{notice}</div></body>".encode()))

    known = Knowledge(Study("islander.example"))
    for number in range(8):
        known = _read(with_notice(_page(number)), known)[1].knowledge
    short = _page(20).body.decode()
    for sentence in _story(20)[2:]:
        short = short.replace(f"<p>{sentence}</p>", "")
    reading, _ = _read(with_notice(replace(_page(20), body=short.encode())), known)
    assert not reading.is_full
    assert reading.extraction.text.split("\n") == list(_story(20)[:2])


def test_redesign_drops_the_profile_and_learns_another(learned: Knowledge) -> None:
    known, drifts = learned, 0
    for number in range(30, 60):
        reading, growth = _read(_page(number, root='section class="essay"'), known)
        known, drifts = growth.knowledge, drifts + growth.has_drifted
    assert drifts <= 1
    assert not reading.is_full
    assert len(known.study.lessons) <= MOST_LESSONS


def test_audits_that_disagree_are_a_drift() -> None:
    study = Study("islander.example")
    for number, agreement in enumerate((0.99, 0.9, 0.5)):
        assert not has_drifted(study)
        study = take(study, Lesson(str(number), str(number), agreement=agreement))
    assert has_drifted(study)


def test_audited_page_says_how_far_both_ways_agree(learned: Knowledge) -> None:
    audited = read_page(_page(20), learned.profile, Manner(teaches=True, is_audited=True))
    assert audited.lesson is not None
    assert audited.lesson.agreement == pytest.approx(1.0)
    assert audited.extraction == extract(_page(20), learned.profile)


def test_pinned_root_and_excluded_element_decide() -> None:
    pinned = SiteProfile(1, "islander.example", 0, pins=Pins(("div.story-text > p:nth-of-type(2)",), ()))
    assert extract(_page(20), pinned).text == _story(20)[1]
    excluded = SiteProfile(1, "islander.example", 0, pins=Pins((), ("div.story-text > p:nth-of-type(1)",)))
    assert _story(20)[0] not in extract(_page(20), excluded).text
    assert _story(20)[1] in extract(_page(20), excluded).text


def test_profile_as_json_comes_back_the_same(learned: Knowledge) -> None:
    profile = learned.profile
    assert profile is not None
    assert from_json(profile.number, profile.host, json.loads(json.dumps(to_json(profile)))) == profile


def test_learning_twice_from_the_same_pages_gives_the_same_profile(learned: Knowledge) -> None:
    assert _after(12).profile == learned.profile


def test_selector_that_is_no_css_says_so() -> None:
    with pytest.raises(BadSelectorError, match="div\\["):
        compiled("div[")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=12), st.sets(st.integers(0, 11)))
def test_blocks_less_repeats_are_all_others_in_their_order_or_everything(texts: list[str], repeated: set[int]) -> None:
    blocks = [Block(Kind.PARAGRAPH, text) for text in texts]
    repeats = {form: None for n in repeated if n < len(texts) and (form := form_of(texts[n]))}
    assert without_repeats(blocks, repeats) in (blocks, [one for one in blocks if form_of(one.text) not in repeats])


def test_heading_that_repeats_stays_above_a_paragraph_of_the_article_only() -> None:
    story, appeal = _story(1)[0], "Give what you can to the only paper without an owner in the whole of this region."
    heading, prompt = Block(Kind.HEADING, "What comes next"), Block(Kind.HEADING, "Stand with us")
    blocks = [heading, Block(Kind.PARAGRAPH, story), prompt, Block(Kind.PARAGRAPH, appeal), Block(Kind.HEADING, "More")]
    repeats = dict.fromkeys(map(form_of, ("What comes next", "Stand with us", appeal, "More")), appeal)
    assert [block.text for block in without_repeats(blocks, repeats)] == ["What comes next", story]


def test_picture_above_the_part_that_is_read_is_the_articles(learned: Knowledge) -> None:
    page = _page(21)
    lead = b"<figure><img src=/media/quay-1200x800.jpg><figcaption>The quay at dawn</figcaption></figure>"
    head = b"<meta property=og:image content=https://islander.example/media/quay.jpg>"
    filler = b"".join(b"<div><span>%d</span></div>" % number for number in range(400))
    body = page.body.replace(b"</header>", b"</header><section>" + lead + b"</section>" + b"<ul>" + filler + b"</ul>")
    page = replace(page, body=body.replace(b"<meta charset=utf-8>", b"<meta charset=utf-8>" + head))
    reading = read_page(page, learned.profile, Manner(teaches=True))
    assert not reading.is_full
    found = reading.extraction
    assert [(image.url, image.caption, image.line) for image in found.images] == [
        ("https://islander.example/media/quay-1200x800.jpg", "The quay at dawn", 0)
    ]
    assert found.image_caption == "The quay at dawn"
    assert found.text == extract(_page(21), learned.profile).text
