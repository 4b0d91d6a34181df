"""When an article was published and when it was last changed, as its page says.

In order of trust, the first that gives a believable day: the article's JSON-LD; the meta elements that mean
publication; ``itemprop`` elements; the JSON-LD of the page around the article; the date that the page shows beside
the headline, in a ``time`` element or in words, in its own language and calendar; the day in the address. A day is
believable from 1990 on and until the day after the page was seen. The page's own text is read line by line, never
its sidebars or quotations; a date labelled as an update is none of publication, and one in a paragraph gives way to the
only one that a page marks up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.date_text import fold
from pipeline.date_tokens import kinds_of, split_pieces
from pipeline.date_words import Kind
from pipeline.dates import Label, ParsedDate, parse_date, parse_epoch
from pipeline.json_ld import Node, text_of
from pipeline.own_day import with_own_day
from pipeline.page_signs import Signs, split_address, text_content
from pipeline.site_profile import Shown
from pipeline.spots import Sought

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from pipeline.relative_dates import Reading
    from pipeline.spots import Surroundings
    from pipeline.surroundings import Line

_FIRST_DAY = date(1990, 1, 1)
_LABEL_LENGTH = 40
_MARKED_LENGTH = 80  # a date with its label, a byline beside it
_PARAGRAPHS = frozenset({"p", "li", "td"})
_DIGIT = re.compile(r"\d")
_SLACK = timedelta(days=1)
_PUBLISHED_METAS = (
    *("article:published_time", "og:article:published_time", "og:published_time", "article:published"),
    *("datepublished", "date_published", "publishdate", "publish_date", "publish-date", "published_time"),
    *("pubdate", "pub_date", "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.issued"),
    *("dcterms.created", "dc.date.created", "citation_publication_date", "citation_online_date", "rnews:datepublished"),
    *("originalpublicationdate", "article.published", "article_date_original", "article:date", "dc.date"),
    *(
        "dcterms.date",
        "bt:pubdate",
        "cxenseparse:recs:publishtime",
        "cxenseparse:publishtime",
        "published-date",
        "published",
    ),
    *("article.created", "displaydate", "gentime", "time", "date", "datecreated", "uploaddate"),
)
_MODIFIED_METAS = (
    *("article:modified_time", "og:article:modified_time", "og:updated_time", "og:modified_time", "datemodified"),
    *("dcterms.modified", "dc.date.modified", "lastmod", "last-modified", "article.updated", "article:modified"),
    *("bt:moddate", "updated_time", "revised", "updated"),
)
_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?P<mark>[/_-])(\d{1,2})(?P=mark)(\d{1,2})(?![\d]|(?P=mark)\d{1,2}(?!\d))"
)
_MONTH_FIRST_ZONES = re.compile(
    r"America/(?:New_York|Chicago|Denver|Los_Angeles|Phoenix|Anchorage|Detroit|Boise|Indiana/.*|Kentucky/.*)|US/.*"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of an article: the publisher's day, the instant in UTC if a time was given, the string, its origin.

    ``origin`` is one of ``json-ld``, ``meta``, ``markup``, ``page``, ``url``; ``offset`` the zone that
    was written with the time.
    """

    on: date
    at: datetime | None
    raw: str
    origin: str
    offset: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """When an article was published and last changed; None where the page does not say."""

    published: Moment | None = None
    modified: Moment | None = None


def read_publication(
    signs: Signs, reading: Reading, around: Surroundings, headline: HtmlElement | None = None
) -> tuple[Publication, Sought | None]:
    """The dates of a page, and where its lines gave them; None where metadata did and they were not asked.

    Args:
        signs: What the page says of itself.
        reading: When it was seen, and the zone of its source.
        around: The lines that are searched.
        headline: The element that shows the headline; a ``time`` within it is the article's, as some themes have it.
    """
    believe = _Believer(reading, _order_of_figures(signs, reading), is_english=_language(signs).startswith("en"))
    published = believe.first("json-ld", _json_ld(signs.articles, "datePublished", "dateCreated", "uploadDate"))
    published = published or believe.first("meta", _metas(signs, _PUBLISHED_METAS))
    published = published or believe.first("markup", _marked(signs, "datepublished", "datecreated"))
    published = published or believe.first("json-ld", _json_ld(signs.pages, "datePublished", "dateCreated"))
    modified = believe.first("json-ld", _json_ld(signs.articles, "dateModified"))
    modified = modified or believe.first("meta", _metas(signs, _MODIFIED_METAS))
    modified = modified or believe.first("markup", _marked(signs, "datemodified"))
    published = published or believe.first("markup", _times_within(headline))
    sought = None
    if published is None:
        shown, sought = _search(believe, around)
        published, modified = shown.published, modified or shown.changed
    if published is None:
        return Publication(believe.address(signs), modified), sought
    told = _told(signs, published, believe)
    own = with_own_day(published, reading.zone, told, lambda: _beside_headline(believe, around))
    return Publication(own, modified), sought


def _beside_headline(believe: _Believer, around: Surroundings) -> Moment | None:
    """The date of publication that readers see behind the headline, on a line that is no sentence of the story."""
    lines = [line for line in around.lines() if line.is_near and line.is_behind and len(line.text) <= _MARKED_LENGTH]
    return _shown(believe, lines).published


@dataclass(frozen=True, slots=True)
class _ShownDates:
    """The dates of publication and of the last change that lines show, and the line of the first of them."""

    published: Moment | None = None
    changed: Moment | None = None
    line: Line | None = None


def _search(believe: _Believer, around: Surroundings) -> tuple[_ShownDates, Sought]:
    """The dates that readers see: where the site shows them, else wherever they stand.

    What the site shows at its spot is believed: a spot is learned where it gives what a search of all lines comes to.
    """
    shown = _shown(believe, around.at_spot(Shown.DATE))
    if shown.published is None:
        shown = _shown(believe, around.lines())
        if shown.line is None or _is_of_story(shown):
            shown = _sole(believe, around.lines()) or shown
    line = shown.line

    def gives(spot: HtmlElement) -> bool:
        # What stands in front of a headline may be a clock, which later pages would be dated by.
        return line is not None and line.is_behind and _dates(_shown(believe, around.lines_at(spot))) == _dates(shown)

    return shown, Sought(Shown.DATE, line.block if line else None, gives, line is None or line.is_near)


def _dates(shown: _ShownDates) -> tuple[Moment | None, Moment | None]:
    return shown.published, shown.changed


def _shown(believe: _Believer, lines: list[Line]) -> _ShownDates:
    """The dates of publication and of the last change that lines show; the latter stands before or right after."""
    found = _ShownDates()
    for label, moment, line in believe.shown(lines):
        if label is Label.MODIFIED:
            found = found if found.changed else replace(found, changed=moment, line=found.line or line)
        elif found.published is None:
            found = replace(found, published=moment, line=line)
            continue
        if found.published is not None:
            break
    return found


def _is_of_story(shown: _ShownDates) -> bool:
    """Whether a date may be one that the story tells: words of a paragraph, with no mark-up to say otherwise."""
    if shown.published is None or shown.line is None:
        return False
    return shown.published.origin == "page" and shown.line.block.tag in _PARAGRAPHS


def _sole(believe: _Believer, lines: list[Line]) -> _ShownDates | None:
    """The one date that a page marks up, where it stands behind the story, as some themes have it.

    A page about one article that marks one date marks that article's; of two, one may be a related story's.
    """
    marked = {time: line for line in lines for time in line.times}
    if len(marked) != 1:
        return None
    ((time, line),) = marked.items()
    if not line.is_behind or len(line.text) > _MARKED_LENGTH or _is_listed(line.block):
        return None
    found = believe.first("markup", [time])
    return _ShownDates(found, None, line) if found else None


def _is_listed(element: HtmlElement) -> bool:
    """Whether an element is an entry of a list, or stands in one: a date there is that of another story."""
    return element.tag == "li" or any(element.iterancestors("li"))


def _told(signs: Signs, moment: Moment, believe: _Believer) -> Iterator[Moment | None]:
    """What a page tells to machines of the day of a moment: a ``time`` of the same minute, the address."""
    for element in signs.times:
        told = believe.first("markup", [element.get("datetime") or ""])
        if told and told.offset not in {None, "+00:00"} and _minute(told) == _minute(moment):
            yield told
    yield believe.address(signs)


def _minute(moment: Moment) -> datetime | None:
    return moment.at and moment.at.replace(second=0, microsecond=0)


def _language(signs: Signs) -> str:
    return (signs.language or signs.meta("og:locale", "content-language")).replace("_", "-").lower()


def _order_of_figures(signs: Signs, reading: Reading) -> bool | None:
    """Whether the source writes the day before the month in figures; None where nobody can tell.

    The zone tells American sources. A page's ``en-US`` does not: it is what most software says unless told otherwise.
    """
    zone, declared = getattr(reading.zone, "key", ""), _language(signs)
    if declared and not declared.startswith("en"):
        return True
    if _MONTH_FIRST_ZONES.fullmatch(zone):
        return False
    return True if declared.startswith("en-") and declared != "en-us" else None


def _json_ld(nodes: list[Node], *keys: str) -> Iterator[str]:
    for key in keys:
        yield from filter(None, (text_of(node.get(key)) for node in nodes))


def _metas(signs: Signs, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield from signs.metas.get(name, ())


def _times_within(headline: HtmlElement | None) -> Iterator[str]:
    for time in headline.iter("time") if headline is not None else ():
        yield time.get("datetime") or text_content(time)


def _marked(signs: Signs, *properties: str) -> Iterator[str]:
    """What elements with an item property say, in attributes before words."""
    for name in properties:
        for element in signs.properties.get(name, ()):
            for text in (element.get("content"), element.get("datetime"), text_content(element)):
                if text:
                    yield text


def _label_alone(text: str) -> Label | None:
    """The label that a line is, if it is nothing else: "Published on" above a date."""
    if len(text) > _LABEL_LENGTH:
        return None
    folded = fold(text)
    if Kind.LABEL not in kinds_of(folded):
        return None
    return next((piece.values[Kind.LABEL] for piece in split_pieces(folded) if Kind.LABEL in piece), None)


@dataclass(frozen=True, slots=True)
class _Believer:
    """Reads date strings and keeps those that an article may have."""

    reading: Reading
    day_first: bool | None
    is_english: bool

    def parse(self, text: str) -> ParsedDate | None:
        parsed = self._parse(text, day_first=self.day_first)
        if parsed and self.day_first is None and self.is_english:
            # Neither order can be presumed of English: both must give the same day.
            other = self._parse(text, day_first=False)
            parsed = parsed if other and other.on == parsed.on else None
        # "1 month ago" stands on a page for a month: the day that it would give is another each time it is read.
        return parsed if parsed and parsed.is_exact and self.is_believable(parsed.on) else None

    def _parse(self, text: str, *, day_first: bool | None) -> ParsedDate | None:
        return parse_date(text, seen_at=self.reading.seen_at, zone=self.reading.zone, day_first=day_first)

    def is_believable(self, day: date) -> bool:
        return _FIRST_DAY <= day <= self.reading.today + _SLACK

    def first(self, origin: str, texts: Iterable[str]) -> Moment | None:
        """The first believable date among the strings of one origin."""
        for text in texts:
            parsed = self.parse(text) or parse_epoch(text, seen_at=self.reading.seen_at, zone=self.reading.zone)
            if parsed and self.is_believable(parsed.on):
                return Moment(parsed.on, parsed.at, parsed.raw, origin, parsed.offset)
        return None

    def shown(self, lines: Iterable[Line]) -> Iterator[tuple[Label | None, Moment, Line]]:
        """The dates that lines show, with their labels; a label may stand in the line before its date."""
        label: Label | None = None
        for line in lines:
            written = self._written(line)
            marked = next(filter(None, map(self.parse, line.times)), None)
            parsed = marked or written
            if parsed is None:
                label = _label_alone(line.text)
                continue
            label = (written.label if written else None) or label
            # A header's clock shows the day of reading, and dates within the story are its own; a label tells.
            if label or (line.is_near and (line.is_behind or parsed.on != self.reading.today)):
                origin = "markup" if marked else "page"
                yield label, Moment(parsed.on, parsed.at, parsed.raw, origin, parsed.offset), line
            label = None

    def _written(self, line: Line) -> ParsedDate | None:
        has_digit = _DIGIT.search(line.text) is not None
        if not has_digit and not (line.is_near and len(line.text) <= _LABEL_LENGTH):
            return None  # only relative forms ("yesterday") have no digit, and they stand by themselves
        return self.parse(line.text) or (self._of_pieces(line.pieces) if len(line.pieces) > 1 else None)

    def _of_pieces(self, pieces: tuple[str, ...]) -> ParsedDate | None:
        """The first date of a line's pieces, with the label that an element of its own, or two, says before it."""
        for n, piece in enumerate(pieces):
            if parsed := self.parse(piece):
                ahead = () if parsed.label else (self.parse(" ".join(pieces[max(0, n - k) : n + 1])) for k in (2, 1))
                return next((read for read in ahead if read and read.label), parsed)
        return None

    def address(self, signs: Signs) -> Moment | None:
        """The day that the page's address holds as year, month and day."""
        found = _URL_DAY.search(split_address(signs.links.get("canonical") or signs.url).path)
        if not found:
            return None
        return self.first("url", ["-".join(found.group(1, 3, 4))])
