"""When an article was published and when it was last changed, as its page says.

In order of trust, the first that gives a believable day: the article's JSON-LD; the meta elements that mean
publication; ``itemprop`` elements; the JSON-LD of the page around the article; the date that the page shows beside
the headline, in a ``time`` element or in words, in its own language and calendar; the day in the address. A day is
believable from 1990 on and until the day after the page was seen. The page's own text is read line by line, never
its sidebars, and a date that is labelled as an update is none of publication.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.date_text import fold
from pipeline.date_tokens import split_pieces
from pipeline.date_words import Kind
from pipeline.dates import Label, ParsedDate, parse_date, parse_epoch
from pipeline.json_ld import Node, text_of
from pipeline.page_signs import Signs, split_address, text_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.html import HtmlElement

    from pipeline.relative_dates import Reading
    from pipeline.surroundings import Line

_FIRST_DAY = date(1990, 1, 1)
_UNIVERSAL = re.compile(r"(?i)(?:Z|GMT|UTC|[+-]00:?00)$")
_LABEL_LENGTH = 40
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

    ``origin`` is one of ``json-ld``, ``meta``, ``markup``, ``page``, ``url``.
    """

    on: date
    at: datetime | None
    raw: str
    origin: str


@dataclass(frozen=True, slots=True)
class Publication:
    """When an article was published and last changed; None where the page does not say."""

    published: Moment | None = None
    modified: Moment | None = None


def read_publication(signs: Signs, reading: Reading, lines: Callable[[], list[Line]]) -> Publication:
    """The dates of a page.

    Args:
        signs: What the page says of itself.
        reading: When it was seen, and the zone of its source.
        lines: Gives the lines around the headline, nearest first; asked for only where markup is silent.
    """
    believe = _Believer(reading, _order_of_figures(signs, reading), is_english=_language(signs).startswith("en"))
    published = believe.first("json-ld", _json_ld(signs.articles, "datePublished", "dateCreated", "uploadDate"))
    published = published or believe.first("meta", _metas(signs, _PUBLISHED_METAS))
    published = published or believe.first("markup", _marked(signs, "datepublished", "datecreated"))
    published = published or believe.first("json-ld", _json_ld(signs.pages, "datePublished", "dateCreated"))
    modified = believe.first("json-ld", _json_ld(signs.articles, "dateModified"))
    modified = modified or believe.first("meta", _metas(signs, _MODIFIED_METAS))
    modified = modified or believe.first("markup", _marked(signs, "datemodified"))
    if published is None:
        published, changed = _shown(believe, lines())
        modified = modified or changed
    return Publication(_in_own_zone(published, signs, believe) or believe.address(signs), modified)


def _shown(believe: _Believer, lines: list[Line]) -> tuple[Moment | None, Moment | None]:
    """The dates of publication and of the last change that a page shows."""
    published = changed = None
    for label, moment in believe.shown(lines):
        if label is Label.MODIFIED:
            changed = changed or moment
        else:
            published = moment
            break
    return published or (None if changed else _sole(believe, lines)), changed


def _sole(believe: _Believer, lines: list[Line]) -> Moment | None:
    """The one date that a page marks up, where it stands behind the story, as some themes have it.

    A page about one article that marks one date marks that article's; of two, one may be a related story's.
    """
    marked = {time: line for line in lines for time in line.times}
    if len(marked) != 1:
        return None
    ((time, line),) = marked.items()
    if not line.is_behind or len(line.text) > _LABEL_LENGTH or _is_listed(line.block):
        return None
    return believe.first("markup", [time])


def _is_listed(element: HtmlElement) -> bool:
    """Whether an element is an entry of a list, or stands in one: a date there is that of another story."""
    return element.tag == "li" or any(element.iterancestors("li"))


def _in_own_zone(moment: Moment | None, signs: Signs, believe: _Believer) -> Moment | None:
    """A moment with the publisher's own day, where a machine wrote it in universal time.

    The day is the one of a ``time`` element with an offset of its own for the same instant, or the one in the address
    if that is the day before or after: publishers' addresses hold their own day.
    """
    if moment is None or moment.at is None or not _UNIVERSAL.search(moment.raw):
        return moment
    for element in signs.times:
        own = element.get("datetime") or ""
        parsed = None if _UNIVERSAL.search(own) else believe.parse(own)
        if parsed and parsed.at and parsed.at.replace(second=0) == moment.at.replace(second=0, microsecond=0):
            return replace(moment, on=parsed.on)
    address = believe.address(signs)
    if address and abs((address.on - moment.on).days) == 1:
        return replace(moment, on=address.on)
    return moment


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
    labels = [piece.values.get(Kind.LABEL) for piece in split_pieces(fold(text))]
    return next((label for label in labels if label), None)


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
        return parsed if parsed and self.is_believable(parsed.on) else None

    def _parse(self, text: str, *, day_first: bool | None) -> ParsedDate | None:
        return parse_date(text, seen_at=self.reading.seen_at, zone=self.reading.zone, day_first=day_first)

    def is_believable(self, day: date) -> bool:
        return _FIRST_DAY <= day <= self.reading.today + _SLACK

    def first(self, origin: str, texts: Iterable[str]) -> Moment | None:
        """The first believable date among the strings of one origin."""
        for text in texts:
            parsed = self.parse(text) or parse_epoch(text, seen_at=self.reading.seen_at, zone=self.reading.zone)
            if parsed and self.is_believable(parsed.on):
                return Moment(parsed.on, parsed.at, parsed.raw, origin)
        return None

    def shown(self, lines: Iterable[Line]) -> Iterator[tuple[Label | None, Moment]]:
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
                yield label, Moment(parsed.on, parsed.at, parsed.raw, "markup" if marked else "page")
            label = None

    def _written(self, line: Line) -> ParsedDate | None:
        has_digit = _DIGIT.search(line.text) is not None
        if not has_digit and not (line.is_near and len(line.text) <= _LABEL_LENGTH):
            return None  # only relative forms ("yesterday") have no digit, and they stand by themselves
        pieces = line.pieces if len(line.pieces) > 1 else ()
        return next(filter(None, map(self.parse, (line.text, *pieces))), None)

    def address(self, signs: Signs) -> Moment | None:
        """The day that the page's address holds as year, month and day."""
        found = _URL_DAY.search(split_address(signs.links.get("canonical") or signs.url).path)
        if not found:
            return None
        return self.first("url", ["-".join(found.group(1, 3, 4))])
