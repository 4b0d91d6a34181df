"""Where a site shows byline and date: learned from pages read in full, read there later with the same result."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline.extract import extract, read_page
from pipeline.knowledge import Knowledge, grow
from pipeline.learning import Study
from pipeline.lesson import Manner
from pipeline.page import Page
from pipeline.site_profile import SiteProfile, from_json, to_json
from pipeline.study_json import from_bytes, to_bytes
from tests.made_pages import SEEN_AT, paragraphs

_NAMES = ("Hana Mallory", "Tomas Verne", "Ida Sorel", "Karim Haddad", "Lena Brandt", "Omar Sayegh", "Ruth Ember")
_SENTENCES = 7


def _page(number: int, *, shown: str = "", clock: str = "") -> Page:
    name, day = _NAMES[number % len(_NAMES)], f"{1 + number % 28} March 2023"
    title = f"Council speaks about street {chr(97 + number % 26) * 3}"
    story = [
        f"The council of street {chr(97 + number % 26) * 3} said on {chr(97 + n) * 3} that it would meet again soon."
        for n in range(_SENTENCES)
    ]
    meta = shown or f"<div class=meta><p class=who>By {name}</p><p class=when>{day}</p></div>"
    html = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head><body>"
        f"<header><a href=/>Home</a><p>{clock}</p></header><main><h1>{title}</h1>"
        f"{meta}<div class=story>{paragraphs(*story)}</div></main></body></html>"
    )
    return Page(f"https://islander.example/news/{number}", html.encode(), "text/html", None, SEEN_AT, "Europe/London")


@pytest.fixture(scope="module")
def learned() -> Knowledge:
    known = Knowledge(Study("islander.example"))
    for number in range(8):
        lesson = read_page(_page(number), known.profile, Manner(teaches=True)).lesson
        assert lesson is not None
        known = grow(known, lesson, next_number=number + 1).knowledge
    return known


def _profile(known: Knowledge) -> SiteProfile:
    assert known.profile is not None
    return known.profile


def test_places_of_byline_and_date_are_learned_and_survive_being_stored(learned: Knowledge) -> None:
    profile = _profile(learned)
    spots = profile.templates[0].spots
    assert "p.when" in spots.date
    assert "p.who" in spots.byline
    assert spots.is_near
    assert from_json(profile.number, profile.host, to_json(profile)) == profile
    assert from_bytes(to_bytes(learned.study)).lessons == learned.study.lessons


def test_profile_stored_before_places_were_learned_is_read(learned: Knowledge) -> None:
    profile = _profile(learned)
    held = to_json(profile)
    del held["templates"][0]["spots"]
    assert from_json(profile.number, profile.host, held).templates[0].roots == profile.templates[0].roots


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "<p>By Nadia Faris</p><p>12 March 2023</p>",
        "<div class=meta><p class=who>By Nadia Faris</p><p class=when>2 March 2023</p></div><p>Updated 3 May 2023</p>",
        "<div class=meta><p class=who></p><p class=when>soon</p></div><p>By Nadia Faris, 12 March 2023</p>",
        "<div class=meta><p class=when>Updated 14 March 2023</p></div><p>Published 12 March 2023</p>",
        " ",
    ],
    ids=["as always", "elsewhere", "updated below", "empty places", "updated there", "nowhere"],
)
def test_byline_and_date_through_a_profile_are_those_of_a_full_reading(learned: Knowledge, shown: str) -> None:
    page = _page(20, shown=shown)
    through = read_page(page, learned.profile, Manner(teaches=True))
    alone = extract(page)
    assert not through.is_full
    found = through.extraction
    assert (found.authors, found.published_on, found.modified_on) == (
        alone.authors,
        alone.published_on,
        alone.modified_on,
    )


def test_clock_in_front_of_the_headline_is_no_place_of_a_date() -> None:
    known = Knowledge(Study("islander.example"))
    for number in range(8):
        page = _page(number, shown=" ", clock=f"{1 + number} March 2023")
        lesson = read_page(page, known.profile, Manner(teaches=True)).lesson
        assert lesson is not None
        known = grow(known, lesson, next_number=number + 1).knowledge
    assert _profile(known).templates[0].spots.date == ()
    today = f"{SEEN_AT.day} {SEEN_AT:%B %Y}"
    assert extract(_page(20, shown=" ", clock=today), known.profile).published_on is None


def test_audit_that_finds_another_date_counts_against_the_profile(learned: Knowledge) -> None:
    profile = _profile(learned)
    template = profile.templates[0]
    wrong = replace(template, spots=replace(template.spots, date=("p.day",)))
    page = _page(20, shown="<p>12 March 2023</p><p>In brief</p><p class=day>3 March 2023</p>")
    assert extract(page).published_on == date(2023, 3, 12)
    audited = Manner(teaches=True, is_audited=True)
    lesson = read_page(page, replace(profile, templates=(wrong,)), audited).lesson
    assert lesson is not None
    assert lesson.agreement is not None
    assert lesson.agreement < 0.85


def test_date_at_a_learned_place_counts_before_one_marked_behind_the_story(learned: Knowledge) -> None:
    page = _page(9)
    other = b"<p>Seen before: <time datetime=2021-05-04>4 May 2021</time></p></main>"
    page = replace(page, body=page.body.replace(b"</main>", other))
    reading = read_page(page, _profile(learned), Manner(teaches=True))
    assert not reading.is_full
    assert reading.extraction.published_on == date(2023, 3, 10)
