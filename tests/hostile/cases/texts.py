"""Text that is odd in itself: what is archived is the text, without what no reader sees."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from tests.hostile.case import Case
from tests.hostile.stories import story
from tests.publisher.replies import Reply


def _told(name: str, does: str, old: str, new: str, language: str = "ar") -> Case:
    """A story with something in its paragraphs replaced."""
    told = story(name, language)
    odd = replace(told, paragraphs=tuple(each.replace(old, new) for each in told.paragraphs))
    return Case(f"texts/{name}", does, {"/story": odd.reply()}, title=told.title)


_LATIN = "قال Dr. O'Neill من (WHO) إن 3,5 مليون شخص — أي 12% — بحاجة إلى H₂O نظيفة."
_MIXED = replace(story("mixed", "ar"), paragraphs=(*story("mixed", "ar").paragraphs, _LATIN))
_DECOMPOSED = replace(
    story("decomposed"), paragraphs=(*story("decomposed").paragraphs, "Café Müller reopened in Ålesund on Friday.")
)
_EMOJI = replace(story("emoji"), paragraphs=(*story("emoji").paragraphs, "They sent 👩‍👩‍👧 and 🇸🇾 and 👍🏽 in reply."))
_LONG = replace(
    story("long"),
    paragraphs=tuple(f"{paragraph} Part {n}." for n in range(1500) for paragraph in story("long").paragraphs),
)
CASES = (
    _told("tatweel", "stretches its words with tatweel", "ا", "ـا"),
    _told("zero-width spaces", "has zero-width spaces between its words", " ", " \u200b"),
    _told("soft hyphens", "has soft hyphens in its words", "th", "t\u00adh", "en"),
    _told("no-break spaces", "has no-break spaces between its words", " ", "\u00a0"),
    _told("bidi marks", "has marks of direction around its words", " ", "\u200f \u200e"),
    _told("bidi overrides", "turns its words round with overrides", ". ", ".\u202e \u202c"),
    _told("bidi isolates", "isolates its words", ". ", ".\u2066 \u2069"),
    _told("byte order marks inside", "has byte order marks in its text", " ", " \ufeff"),
    _told("presentation forms", "writes lam-alef in presentation forms", "لا", "\ufefb"),
    _told("private use", "has letters of private use", ". ", ". \ue000", "en"),
    _told("line separators", "has line and paragraph separators in its text", ". ", ".\u2028\u2029", "en"),
    Case(
        "texts/mixed direction",
        "mixes Arabic, English, figures and units",
        {"/story": _MIXED.reply()},
        text=_MIXED.paragraphs,
    ),
    Case(
        "texts/decomposed",
        "writes its accents as separate characters: they are kept composed",
        {"/story": Reply.html(unicodedata.normalize("NFD", _DECOMPOSED.html()))},
        text=("Café Müller reopened in Ålesund on Friday.",),
    ),
    Case("texts/emoji", "has joined emoji", {"/story": _EMOJI.reply()}, text=("👩‍👩‍👧", "🇸🇾", "👍🏽")),
    Case(
        "texts/long", "has an article of 350 kB", {"/story": _LONG.reply()}, text=("Part 0.", "Part 1499."), slow=True
    ),
    Case(
        "texts/one sentence",
        "has an article of one sentence",
        {"/story": replace(story("one sentence"), paragraphs=("The prime minister has resigned.",)).reply()},
        text=("The prime minister has resigned.",),
    ),
    Case(
        "texts/surrogates",
        "has surrogate code points as references",
        {"/story": story("surrogates").reply(after="&#xD800;&#xDFFF;")},
        title=story("surrogates").title,
    ),
    Case(
        "texts/title of 10 kB",
        "has a headline of 10 kB",
        {"/story": replace(story("long title"), title="Very " * 2000 + "long").reply()},
        text=story("long title").paragraphs,
    ),
    Case(
        "texts/title with markup",
        "has markup in its headline",
        {
            "/story": Reply.html(
                story("markup title").html().replace("<h1>", "<h1><em>").replace("</h1>", "</em><br></h1>")
            )
        },
        title=story("markup title").title,
    ),
    Case(
        "texts/no title",
        "has neither title nor heading",
        {"/story": Reply.html("<!DOCTYPE html><article>" + story("no title").body + "</article>")},
        text=story("no title").paragraphs,
    ),
)
