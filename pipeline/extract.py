"""From one page to one extraction: what it is, what it says, when it was published.

Pure and deterministic: the same page gives the same result whatever pages came before it in the process. Neither
the network nor the archive is known here. The order matters: metadata and pictures are read from the tree as
parsed, then furniture is taken out of it, then the text is read.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from importlib.metadata import version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline import body, furniture, language, wording
from pipeline.body import find_blocks, with_declared
from pipeline.captions import is_known
from pipeline.cleaning import About, clean
from pipeline.embeds import find_posts
from pipeline.lesson import PLAINLY, Lesson, Manner, PageReading
from pipeline.metadata import Metadata, read_metadata
from pipeline.outline import measure
from pipeline.page import Page, Refusal, parse_page
from pipeline.pictures import choose_lead, choose_own, find_lead_above, find_pictures, sight_captions
from pipeline.profile_reading import exclude, find_place
from pipeline.reading import read_lines
from pipeline.repeats import mark_blocks, without_repeats
from pipeline.selectors import Directory
from pipeline.similarity import agreed_share
from pipeline.site_profile import NO_SPOTS
from pipeline.spots import sight
from pipeline.structure import Shown, compose, image_of
from pipeline.teaching import find_places, prose_of
from pipeline.verdict import Reading, glance, headings_of, is_plainly_article, judge
from storage.records import Extraction, NotArticle

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from pipeline.blocks import Block
    from pipeline.embeds import Post
    from pipeline.outline import Outline
    from pipeline.pictures import Picture
    from pipeline.site_profile import SiteProfile, Spots
    from pipeline.structure import Structured
    from pipeline.verdict import Glance
    from storage.records import Image

EXTRACTOR = "warraq"
RELEASE = f"16+trafilatura.{version('trafilatura')}"
"""Our own rules' number, raised with every change to what is read or how it is compared, and trafilatura's release."""

_LANGUAGE_SAMPLE = 700
"""Characters of the text that tell its language: on 1,260 longer texts in six languages more change no answer."""

_FAMILIAR_SAMPLE = 150
"""As above for the languages that a site is known to write in: of 1,425 texts this many characters tell the language of
one otherwise than all do, as 300 do."""

# It warns of every page it finds no text in; whether that matters is for the verdict here.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


_WARM_PAGE = Page(
    "https://warm.example/2020/01/01/first",
    b"<html lang=en><head><title>First</title></head><body><div><h1>First</h1><p>1 January 2020</p>"
    b"<aside>Too little text for trafilatura alone, so it compares its fallbacks.</aside></div></body></html>",
    "text/html",
    None,
    datetime(2020, 1, 2, tzinfo=UTC),
)


def extract(page: Page, profile: SiteProfile | None = None, *, in_full: bool = False) -> Extraction:
    """What the page says, or why it is no article. Never raises for what a publisher may send.

    Args:
        page: As it was received.
        profile: What is known of its site.
        in_full: Has trafilatura find the text even where the profile could; what repeats on the site goes all the same.
    """
    return read_page(page, profile, Manner(in_full=in_full)).extraction


def read_page(page: Page, profile: SiteProfile | None = None, manner: Manner = PLAINLY) -> PageReading:
    """The extraction of a page, and what it teaches about its site. Never raises for what a publisher may send."""
    tree = parse_page(page)
    if isinstance(tree, Refusal):
        return PageReading(_refuse(tree))
    try:
        return _read(tree, page, profile, manner)
    except RecursionError:
        # trafilatura walks nested lists and quotes by recursion; hundreds of levels are an attack or a broken template.
        return PageReading(_refuse(Refusal.TOO_DEEP))


def _refuse(refusal: Refusal) -> Extraction:
    if refusal is Refusal.EMPTY:
        return Extraction(EXTRACTOR, RELEASE, NotArticle.EMPTY)
    unread = None if refusal is Refusal.NOT_HTML else refusal.value
    return Extraction(EXTRACTOR, RELEASE, NotArticle.NOT_HTML, refused=unread)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a way of reading found: blocks as yet uncleaned, and what the page shows around them.

    ``seen`` is None where only the article's own part of the page was looked at; ``lead`` is then the picture above
    that part which the page names.
    """

    blocks: list[Block]
    outline: Outline
    pictures: list[Picture]
    posts: list[Post]
    pruned: furniture.Pruned
    headings: tuple[str, ...]
    seen: Glance | None = None
    lead: Picture | None = None


def _read(tree: HtmlElement, page: Page, profile: SiteProfile | None, manner: Manner) -> PageReading:
    through = _read_through(tree, page, profile) if profile and profile.reads and not manner.in_full else None
    if through is not None and not manner.is_audited:
        return through if manner.teaches else PageReading(through.extraction, None, is_full=False)
    if profile is not None and profile.reads and not manner.in_full:
        tree = _parsed_again(page)  # the attempt left its marks
    known = _described_by(tree, page)
    sightings = tuple(sight(tree, sought) for sought in known.sought) if manner.teaches else ()
    if profile is not None:
        exclude(tree, profile)
    full = _read_in_full(tree, page, known, profile, teaches=manner.teaches)
    if through is None:
        has_misfitted = profile is not None and profile.reads
        lesson = full.lesson
        if lesson:
            lesson = replace(lesson, has_misfitted=has_misfitted, sightings=sightings + lesson.sightings)
        return PageReading(full.extraction, lesson)
    return PageReading(through.extraction, _audited(through, full), is_full=False)


def _described_by(tree: HtmlElement, page: Page, spots: Spots = NO_SPOTS) -> Metadata:
    return read_metadata(tree, url=page.url, seen_at=page.seen_at, zone=_zone(page.timezone), spots=spots)


def _parsed_again(page: Page) -> HtmlElement:
    tree = parse_page(page)
    if isinstance(tree, Refusal):
        raise TypeError("a page that was parsed once can be parsed again")
    return tree


def _read_through(tree: HtmlElement, page: Page, profile: SiteProfile) -> PageReading | None:
    """The page read through its profile; None where it does not fit, or is not plainly an article."""
    place = find_place(tree, profile)
    if place is None:
        return None
    spots = place.template.spots if place.template else NO_SPOTS
    known, captions = _described_by(tree, page, spots), frozenset(spots.caption)
    if profile.pins.excluded:
        exclude(tree, profile)
        place = find_place(tree, profile)
        if place is None:
            return None
    outline = measure(place.scope)
    pictures, posts = find_pictures(outline, captions), find_posts(outline)
    seen = glance(tree, outline) if place.scope is tree else None
    lead = None if place.scope is tree else find_lead_above(place.scope, known.image_url, captions)
    said = (picture.said_in for picture in pictures if picture.said_in is not None)
    known_captions = [outline.position[element] for element in said if is_known(element, captions)]
    learned = place.learned_furniture(outline)
    # A box of picture and caption has no text of the article, but is none of the site's.
    boxes = {n: at for n in learned for at in known_captions if n <= at < outline.end[n]}
    gone = [n for n in learned if n not in boxes]
    pruned = furniture.prune(outline, gone, place.inside(outline), boxes.values())
    blocks = place.read_blocks()
    if blocks is None:
        return None
    found = _Found(blocks, outline, pictures, posts, pruned, headings_of(tree), seen, lead)
    told = _tell(page, known, found, profile).extraction
    reading = _reading(page, known, told.title, told.text)
    if told.not_article is not None or not (seen or is_plainly_article(reading)):
        return None
    if profile.languages and told.language not in profile.languages:
        return None
    lesson = Lesson(page.url, known.title, told.language, len(told.text), mark_blocks(blocks))
    return PageReading(replace(told, profile=profile.number), lesson, is_full=False)


def _read_in_full(
    tree: HtmlElement, page: Page, known: Metadata, profile: SiteProfile | None, *, teaches: bool
) -> PageReading:
    directory = Directory(tree) if teaches else None
    prose = prose_of(tree) if teaches else 0
    outline = measure(tree)
    pictures, posts = find_pictures(outline), find_posts(outline)
    sightings = sight_captions(pictures, outline) if teaches else ()
    seen = glance(tree, outline)
    pruned = furniture.prune(outline)
    lines = read_lines(tree)
    blocks = with_declared(find_blocks(tree, lines, (known.title,)), known.article_body)
    told = _tell(page, known, _Found(blocks, outline, pictures, posts, pruned, seen.headings, seen), profile)
    extraction = replace(told.extraction, profile=profile.number if profile else None)
    if directory is None or extraction.not_article is not None:
        return PageReading(extraction)
    places, paths = find_places(lines, told.blocks, directory, prose)
    characters = len(extraction.text)
    marks = mark_blocks(blocks)
    lesson = Lesson(page.url, known.title, extraction.language, characters, marks, places, paths, sightings=sightings)
    return PageReading(extraction, lesson)


def _audited(through: PageReading, full: PageReading) -> Lesson | None:
    """What an audited page teaches: where its text stands, and how far both ways agree on it."""
    if through.lesson is None:
        return None
    agreement = agreed_share(through.extraction.text, full.extraction.text)
    return replace(through.lesson, agreement=min(agreement, _agreed_fields(through.extraction, full.extraction)))


def _agreed_fields(one: Extraction, other: Extraction) -> float:
    """The share of headline, authors and day on which two readings of a page agree."""
    same = (one.title == other.title, one.authors == other.authors, one.published_on == other.published_on)
    return sum(same) / len(same)


@dataclass(frozen=True, slots=True)
class _Told:
    extraction: Extraction
    blocks: list[Block]


def _tell(page: Page, known: Metadata, found: _Found, profile: SiteProfile | None) -> _Told:
    """The extraction that was found: cleaned, laid out, described and judged."""
    about = About(
        titles=(known.title, *found.headings),
        authors=(*known.authors, *known.organisations),
        captions=found.pruned.captions,
        site_name=known.site_name or "",
    )
    own_blocks = without_repeats(found.blocks, profile.repeats) if profile else found.blocks
    cleaned = clean(own_blocks, about)
    own = choose_own(found.pictures, cleaned.blocks, found.outline, found.pruned.gone, known.image_url)
    composed = compose(cleaned.blocks, Shown(found.outline, known.base_url, own, found.posts, cleaned.captions))
    pictures = [found.lead, *found.pictures] if found.lead else found.pictures
    lead, text = choose_lead(pictures, known.image_url, known.base_url), composed.text
    reading = _reading(page, known, known.title, text)
    spoken = _language(text, profile) or language.detect_language(known.title)
    verdict = judge(found.seen, reading) if found.seen else None
    extraction = replace(
        _described(known),
        not_article=verdict,
        paywalled=True if verdict is NotArticle.PAYWALL else known.paywalled,
        text=text,
        language=spoken,
        direction=language.text_direction(spoken, text or known.title),
        image_url=lead.url,
        image_caption=lead.caption,
        image_credit=lead.credit,
        agency_credit=cleaned.agency_credit,
        structure=composed.structure,
        images=_images(composed, found, known),
        links=composed.links,
        embeds=composed.embeds,
    )
    return _Told(extraction, cleaned.blocks)


def _images(composed: Structured, found: _Found, known: Metadata) -> tuple[Image, ...]:
    lead = image_of(found.lead, known.base_url) if found.lead else None
    return (lead, *composed.images) if lead else composed.images


def _language(text: str, profile: SiteProfile | None) -> str | None:
    """The language of a text; a shorter sample of it is enough to find one that the site is known to write in."""
    if profile is not None and profile.languages:
        spoken = language.detect_language(text[:_FAMILIAR_SAMPLE])
        if spoken in profile.languages:
            return spoken
    return language.detect_language(text[:_LANGUAGE_SAMPLE])


def _reading(page: Page, known: Metadata, title: str, text: str) -> Reading:
    has_date = known.published is not None
    return Reading(page.url, title, text, known.kinds, has_date, is_free=not known.paywalled)


def _described(known: Metadata) -> Extraction:
    """What the page says of its article beside the text."""
    published, modified = known.published, known.modified
    return Extraction(
        EXTRACTOR,
        RELEASE,
        None,
        title=known.title,
        authors=known.authors,
        published_at=published.at if published else None,
        published_on=published.on if published else None,
        published_raw=published.raw if published else None,
        published_from=published.origin if published else None,
        published_zone=published.offset if published else None,
        modified_at=modified.at if modified else None,
        modified_on=modified.on if modified else None,
        modified_raw=modified.raw if modified else None,
        modified_from=modified.origin if modified else None,
        modified_zone=modified.offset if modified else None,
        agencies=known.agencies,
        paywalled=known.paywalled,
        section=known.section,
        tags=known.tags,
        description=known.description,
        declared_url=known.declared_url,
        robots=known.robots,
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def warm() -> None:
    """Pay imports and first-use costs before the first page: models, patterns, word lists."""
    wording.warm()
    language.warm()
    tree = parse_page(_WARM_PAGE)
    if not isinstance(tree, Refusal):
        body.warm(tree)
    extract(_WARM_PAGE)
