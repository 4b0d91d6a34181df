"""Sites that tell machines nothing of their articles are read better once the places on their pages are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from commands.profile import _rows
from pipeline.extract import extract, read_page
from pipeline.knowledge import Knowledge, grow
from pipeline.learning import Study
from pipeline.lesson import Manner
from pipeline.page import Page
from pipeline.site_profile import SiteProfile, Spots, from_json, to_json
from storage.records import Outcome
from tests.made_pages import SEEN_AT, paragraphs
from tests.test_ingest import T0, Desk, capture, visit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SITE = "The Daily Courier of the North"
_SECTIONS = ("Politics", "Business", "Culture")
_TAGS = ("Water", "Energy", "Traffic", "Schools")


def _body(
    number: int, *, head: str = "", headline: str = "", filed: str | None = None, below: str | None = None
) -> str:
    street = chr(97 + number % 26) * 3
    section, tag, other = _SECTIONS[number % 3], _TAGS[number % 4], _TAGS[(number + 1) % 4]
    story = (f"The council of street {street} said on {chr(97 + n) * 3} that it would meet again." for n in range(7))
    rubric = f"<p class=rubrik><a href=/{section.lower()}/>{section}</a></p>" if filed is None else filed
    links = ", ".join(f"<a href=/thema/{name.lower()}>{name}</a>" for name in (tag, other))
    return (
        f"<!doctype html><html lang=en><head><title>{_SITE}</title><meta property=og:title content='{_SITE}'>"
        f"{head}</head><body><header><a href=/>Home</a></header><main>{rubric}"
        f"<h1>{headline or f'Council speaks about {street}'}</h1><div class=story>"
        f"<div class=vue><img src=/p/{number}.jpg width=600>"
        f"<div class=legende>The town hall near street {street} today</div></div>{paragraphs(*story)}</div>"
        f"{f'<p class=zu>More on: {links}</p>' if below is None else below}</main></body></html>"
    )


def _page(number: int, **said: str) -> Page:
    body = _body(number, **said).encode()
    return Page(f"https://courier.example/artikel/{number}", body, "text/html", None, SEEN_AT, "Europe/London")


def _learn(page: Callable[[int], Page]) -> SiteProfile:
    known = Knowledge(Study("courier.example"))
    for number in range(8):
        lesson = read_page(page(number), known.profile, Manner(teaches=True)).lesson
        assert lesson is not None
        known = grow(known, lesson, next_number=number + 1).knowledge
    assert known.profile is not None
    return known.profile


@pytest.fixture(scope="module")
def learned() -> SiteProfile:
    return _learn(_page)


def _spots(profile: SiteProfile) -> Spots:
    return profile.templates[0].spots


def test_silent_page_is_read_better_through_the_places_of_its_site(learned: SiteProfile) -> None:
    alone, through = extract(_page(20)), extract(_page(20), learned)
    assert (alone.title, alone.section, alone.tags) == (_SITE, None, ())
    assert through.profile == learned.number
    assert (through.title, through.section) == ("Council speaks about uuu", "Culture")
    assert through.tags == ("Water", "Energy")
    assert [image.caption for image in through.images] == ["The town hall near street uuu today"]
    assert through.text == alone.text


def test_places_survive_being_stored_and_profiles_without_them_are_read(learned: SiteProfile) -> None:
    held = to_json(learned)
    assert from_json(learned.number, learned.host, held) == learned
    for what in ("headline", "caption", "section", "tags", "site_titles"):
        del held["templates"][0]["spots"][what]
    earlier = from_json(learned.number, learned.host, held)
    assert _spots(earlier).date == _spots(learned).date
    assert not earlier.says_the_same(learned)
    assert extract(_page(20), earlier).section is None


def test_what_a_page_states_for_machines_comes_before_learned_places(learned: SiteProfile) -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Rain floods the old harbour road",'
        ' "articleSection": "Weather", "keywords": ["Rain"]}</script>'
    )
    found = extract(_page(20, head=head), learned)
    assert found.profile == learned.number
    assert (found.title, found.section, found.tags) == ("Rain floods the old harbour road", "Weather", ("Rain",))


def test_page_without_the_places_is_read_as_if_alone(learned: SiteProfile) -> None:
    page = _page(20, filed="", below="")
    found = extract(page, learned)
    assert (found.section, found.tags) == (None, ())


@pytest.mark.parametrize(
    "filed",
    [
        "<p class=rubrik><a href=/abo/>Subscribe</a></p>",
        "<p class=rubrik><a href=/team/{n}>Writer {s}</a></p>",
        "<p class=rubrik>By <a href=/{s}>{s}</a></p>",
        "<p class=rubrik><a href=/a-story-of-street-{s}>{s}</a></p>",
        "<p class=rubrik><a href=https://elsewhere.example/{s}/>{s}</a></p>",
        "<nav class=rubrik><a href=/{s}/>{s}</a></nav>",
        "<p class=rubrik><a href=/2023/{n}>{n}</a></p>",
        "<p><a href=/{s}/>{s}</a></p>",
    ],
    ids=["the same everywhere", "two words", "writer", "article", "other site", "menu", "figures", "no name"],
)
def test_links_that_file_nothing_are_no_place_of_a_section(filed: str) -> None:
    def page(number: int) -> Page:
        return _page(number, filed=filed.format(n=number, s=f"Ab{chr(97 + number)}"))

    assert _spots(_learn(page)).section == ()


def test_link_behind_the_story_is_no_place_of_a_section() -> None:
    def page(number: int) -> Page:
        section = _SECTIONS[number % 3]
        return _page(number, filed="", below=f"<p class=rubrik><a href=/{section.lower()}/>{section}</a></p>")

    assert _spots(_learn(page)).section == ()


def test_words_beside_a_picture_that_a_full_reading_keeps_stay_in_the_text() -> None:
    def page(number: int) -> Page:
        street = chr(97 + number) * 3
        line = f"The council of {street} wants to know what the harbour costs, and to know it by Monday. " * 2
        body = _body(number).replace(f"The town hall near street {street} today", line)
        return replace(_page(number), body=body.encode())

    profile = _learn(page)
    through = extract(page(20), profile)
    assert (through.profile, through.text) == (profile.number, extract(page(20)).text)


@pytest.mark.parametrize(
    "below",
    [
        "<p class=zu><a href=/artikel/a-{s}>Harbour</a>, <a href=/artikel/b-{s}>Ferry {s}</a></p>",
        "<p class=zu><a href=/team/anna-{s}>Anna {s}</a>, <a href=/team/ben-{s}>Ben {s}</a></p>",
        "<p class=zu><a href=/{s}>{s}</a>, <a href=/more/{s}>Else</a></p>",
        "<p class=zu><a href=/thema/abo>Offer</a>, <a href=/thema/{s}>{s}</a></p>",
    ],
    ids=["articles", "people", "of several kinds", "one everywhere"],
)
def test_links_to_other_things_than_lists_are_no_place_of_tags(below: str) -> None:
    def page(number: int) -> Page:
        return _page(number, below=below.format(s=f"Ab{chr(97 + number)}"))

    assert _spots(_learn(page)).tags == ()


def test_place_that_disagrees_with_the_sections_that_pages_state_is_not_learned() -> None:
    def page(number: int) -> Page:
        return _page(number, head="<meta property=article:section content=Regional>")

    assert _spots(_learn(page)).section == ()


def test_title_that_all_copies_of_one_article_bear_is_not_taken_for_the_site() -> None:
    profile = _learn(lambda number: replace(_page(3), url=f"https://courier.example/artikel/{number}"))
    assert [template.spots.site_titles for template in profile.templates] == [()] * len(profile.templates)


def test_title_of_a_column_that_the_page_shows_is_kept() -> None:
    def page(number: int) -> Page:
        bytes_ = _body(number, headline="A letter from the north").replace(_SITE, "A letter from the north").encode()
        return replace(_page(number), body=bytes_)

    profile = _learn(page)
    found = extract(page(20), profile)
    assert (found.profile, found.title) == (profile.number, "A letter from the north")


def test_headline_that_a_profile_taught_to_read_is_no_edit_and_a_new_one_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    def look(day: int, **said: str) -> list[Outcome]:
        at = T0 + timedelta(days=day)
        told = (
            capture(f"http://bridge.test/artikel/{n}", at=at + timedelta(minutes=n), body=_body(n, **said).encode())
            for n in range(8)
        )
        return desk.run(*map(visit, told))

    assert set(look(0)) == {Outcome.NEW}
    assert desk.queries.find("http://bridge.test/artikel/0").title == _SITE
    assert set(look(1, head="<!-- 2 -->")) == {Outcome.NOISE}
    assert set(look(2, headline="Council will not speak")) == {Outcome.EDITED}
    article = desk.queries.find("http://bridge.test/artikel/7")
    assert len(article.versions) == 2
    assert article.title == "Council will not speak"


def test_profile_tells_a_person_where_things_stand(learned: SiteProfile) -> None:
    told = {(what.strip(), where) for what, _, where in _rows(learned)}
    assert {("section", "p.rubrik"), ("tags", "p.zu"), ("caption", "div.legende")} <= told
    assert ("headline", "never the title that most pages bear: it is the site's name") in told
