"""Whether a page is an article, and if not, what it is.

Losing a real article is far worse than keeping another page, so each verdict needs a sign of its own: a title that
is an error message, a challenge's script, a root address, a page made of links. Where signs disagree it is an
article. The phrases are those of ``lexicon/pages.toml``, the marks those of :mod:`pipeline.page_marks`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipeline import wording
from pipeline.outline import weigh
from pipeline.page_marks import Mark, Teasers, count_teasers, read_marks
from storage.records import NotArticle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from pipeline.outline import Outline

_LEAST_TEXT = 25
"""Characters; a breaking-news line is an article, one word is not."""
_LITTLE_TEXT = 600
"""Characters that error pages, challenges and consent walls stay under, however they are worded."""
_STUB_TEXT = 1200
"""Characters that the free beginning of a paid article stays under."""
_VIDEO_TEXT = 250
_NOTICE_TEXT = 250
"""Characters that the words around a form for logging in stay under, and those of a domain that was let go."""
_PLAIN_TEXT = 250
"""Characters that are enough of a page that calls itself an article and has a date."""
_LISTING_TEASERS = 8
_SUMMARISED = 3
"""So many linked headlines among the prose make it a list of summaries."""
_LISTING_TEXT = 300
_LISTING_LINKS = 0.45
_PAGE_TEXT = 4000
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_TITLE_PARTS = re.compile(r"\s+[|–—»·•:-]\s+")
_INDEX_NAMES = re.compile(
    r"(?:^|/)(?:index(?:\.\w+)?|home(?:\.\w+)?|default\.\w+|main\.\w+|[a-z]{2}(?:[-_][a-z]{2})?)?/?$", re.IGNORECASE
)
_LISTING_PATH = re.compile(
    r"/(?:category|categories|tags?|topics?|sections?|authors?|archives?|search|page/\d+|label|rubric|rubrique|kategorie|"
    r"kategori|categoria|etiqueta|etiket|yazar|thema|themen|schlagwort|auteur|autor|suche|recherche|buscar|ara|feature)"
    r"(?:/[^/]+)?/?$",
    re.IGNORECASE,
)
_LIST_PAGE_PATH = re.compile(
    r"/(?:(?:index|page|seite|sayfa|strona|pagina|página|страница|صفحة)[-_/]?\d{1,3}(?:\.\w+)?|"
    r"(?:19|20)\d\d(?:/\d{1,2}){0,2}|blog|news|posts|articles|stories)/?$",
    re.IGNORECASE,
)
"""One of a list's numbered pages, all of a year, month or day, or a section's own page: static site generators put
whole posts there, one below the other."""
_LISTING_QUERY = re.compile(r"(?:^|&)(?:s|q|query|search|author|cat|tag|category_name)=[^&]+", re.IGNORECASE)
_LOGIN_PATH = re.compile(
    r"/(?:wp-login\.php|log-?in|sign-?in|account/login|users/sign_in|anmelden|connexion)\b", re.IGNORECASE
)
_ARTICLE_TYPES = frozenset(
    {"article", "newsarticle", "reportagenewsarticle", "blogposting", "liveblogposting", "report"}
)
_LIST_TYPES = frozenset({"collectionpage", "searchresultspage", "profilepage"})


@dataclass(frozen=True, slots=True)
class Glance:
    """What a page shows before furniture is taken out of it.

    ``shown`` is its text where there is little enough to be an error, a challenge or a consent wall, else empty.
    """

    headings: tuple[str, ...]
    shown: str
    marks: frozenset[Mark]
    teasers: Teasers
    link_share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a page.

    ``kinds`` are its own words for itself (``og:type``, JSON-LD types), lower case; ``is_free`` is False where it says
    that the article has to be paid for.
    """

    url: str
    title: str
    text: str
    kinds: frozenset[str]
    has_date: bool
    is_free: bool = True

    @property
    def says_article(self) -> bool:
        """Whether the page calls itself an article, and not a list as well (themes call lists articles)."""
        return bool(self.kinds & _ARTICLE_TYPES) and not self.kinds & _LIST_TYPES


def glance(tree: HtmlElement, outline: Outline) -> Glance:
    """Look at a page as parsed; ``outline`` is the tree's own."""
    body = tree.find("body")
    little = outline.text[0] <= _PAGE_TEXT
    shown = " ".join(" ".join(_visible(tree if body is None else body)).split()) if little else ""
    return Glance(
        headings=headings_of(tree),
        shown=shown,
        marks=read_marks(tree),
        teasers=count_teasers(outline),
        link_share=outline.link_share(0),
    )


def headings_of(tree: HtmlElement) -> tuple[str, ...]:
    """The texts of a page's top headings."""
    return tuple(" ".join(heading.text_content().split()) for heading in tree.iter("h1"))


def _visible(body: HtmlElement) -> Iterator[str]:
    for element in body.iter():
        if element.tag not in _UNSEEN:
            yield element.text or ""
        yield element.tail or ""


def judge(seen: Glance, reading: Reading) -> NotArticle | None:
    """Why the page is no article; None when it is one, or may be."""
    if len(reading.text) < _LITTLE_TEXT:
        for verdict, is_so in _INSTEAD:
            if is_so(seen, reading):
                return verdict
    if _is_paywall(seen, reading):
        return NotArticle.PAYWALL
    if _is_front_page(seen, reading):
        return NotArticle.FRONT_PAGE
    if _is_listing(seen, reading):
        return NotArticle.LISTING
    if Mark.PLAYER in seen.marks and _is_video(reading):
        return NotArticle.MEDIA
    return _empty(seen, reading) if len(reading.text) < _LEAST_TEXT else None


def _empty(seen: Glance, reading: Reading) -> NotArticle:
    """What a page without text is: a form for logging in, however it is headed, says nothing of what is behind it."""
    is_form = Mark.PASSWORD_FIELD in seen.marks and not _claims_article(reading)
    return NotArticle.LOGIN if is_form else NotArticle.EMPTY


def is_plainly_article(reading: Reading) -> bool:
    """Whether what was read is an article beyond doubt, so that no look at the rest of its page is needed."""
    length = weigh(reading.text)  # an ideograph says as much as two letters
    is_named_otherwise = any(wording.is_exactly(kind, reading.title) for kind in ("not_found", "maintenance", "login"))
    if is_named_otherwise or (not reading.is_free and length < _STUB_TEXT):
        return False
    if reading.says_article and reading.has_date:
        return length >= _PLAIN_TEXT
    return length >= _LITTLE_TEXT and not _is_root(reading.url) and not _is_list_address(reading.url)


def _names(seen: Glance, reading: Reading) -> list[str]:
    """The page's title and headings, whole and each part beside the site's name."""
    names = [reading.title, *seen.headings, *_TITLE_PARTS.split(reading.title)]
    return [name for name in names if name]


def _is_named(kind: str, seen: Glance, reading: Reading) -> bool:
    return any(wording.is_exactly(kind, name) for name in _names(seen, reading))


def _says(kind: str, seen: Glance, reading: Reading) -> bool:
    return wording.says(kind, reading.title) or (bool(seen.shown) and wording.says(kind, seen.shown))


def _claims_article(reading: Reading) -> bool:
    return reading.says_article or reading.has_date


def _is_challenge(seen: Glance, reading: Reading) -> bool:
    if not seen.shown or (reading.says_article and reading.has_date):
        return False
    if wording.is_exactly("challenges", reading.title):
        return True
    return Mark.CHALLENGE in seen.marks and _says("challenges", seen, reading)


def _is_locked(seen: Glance, reading: Reading) -> bool:
    """A post that asks for its password: by WordPress's form, or by a password field and the words."""
    if Mark.LOCKED_POST in seen.marks:
        return seen.teasers.within_prose < _SUMMARISED
    return Mark.PASSWORD_FIELD in seen.marks and _says("locked", seen, reading)


def _is_login(seen: Glance, reading: Reading) -> bool:
    if Mark.PASSWORD_FIELD not in seen.marks or _claims_article(reading):
        return False
    if _LOGIN_PATH.search(reading.url) or _is_named("login", seen, reading):
        return True
    return len(reading.text) < _NOTICE_TEXT and wording.says("login", reading.text)


def _is_not_found(seen: Glance, reading: Reading) -> bool:
    """An error message as a title or heading, alone or beside the site's name; or a sentence that is all there is."""
    if _is_named("not_found", seen, reading):
        return True
    if _claims_article(reading):
        return False
    return Mark.ERROR in seen.marks or _says("not_found_sentences", seen, reading)


def _is_maintenance(seen: Glance, reading: Reading) -> bool:
    if _claims_article(reading):
        return False
    return _is_named("maintenance", seen, reading) or _says("maintenance_sentences", seen, reading)


def _is_parked(seen: Glance, reading: Reading) -> bool:
    """A registrar's or host's notice: the domain is for sale or has run out, the account is closed."""
    return len(reading.text) < _NOTICE_TEXT and not _claims_article(reading) and _says("parked", seen, reading)


def _is_consent(seen: Glance, reading: Reading) -> bool:
    """A consent text that is all there is to read."""
    return bool(seen.shown) and not _claims_article(reading) and _says("consent", seen, reading)


_INSTEAD = (
    (NotArticle.CHALLENGE, _is_challenge),
    (NotArticle.PASSWORD, _is_locked),
    (NotArticle.SOFT_404, _is_not_found),
    (NotArticle.MAINTENANCE, _is_maintenance),
    (NotArticle.MAINTENANCE, _is_parked),
    (NotArticle.LOGIN, _is_login),
    (NotArticle.CONSENT_WALL, _is_consent),
)
"""What may stand in the place of an article and has little text, the surest first."""


def _is_paywall(seen: Glance, reading: Reading) -> bool:
    """The free beginning of an article that is sold: two signs of three, and little text."""
    if len(reading.text) >= _STUB_TEXT:
        return False
    asks = wording.says("paywall", reading.text[-_LITTLE_TEXT:]) or _says("paywall", seen, reading)
    return (not reading.is_free) + (Mark.PAYWALL in seen.marks) + asks >= 2  # noqa: PLR2004 - two of three


def _is_front_page(seen: Glance, reading: Reading) -> bool:
    """The site's own address, and headlines that lead elsewhere. One-article sites publish at their root too."""
    if not _is_root(reading.url):
        return False
    if Mark.FRONT in seen.marks and seen.teasers.all > 1:
        return True
    if reading.kinds & _ARTICLE_TYPES - {"article"} and seen.teasers.within_prose < _SUMMARISED:
        return False
    if seen.teasers.within_prose >= _SUMMARISED:
        return True
    return _is_mostly_links(seen, reading, _LITTLE_TEXT) and not reading.has_date


def _is_root(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.query and _INDEX_NAMES.fullmatch(parts.path or "/") is not None


def _is_listing(seen: Glance, reading: Reading) -> bool:
    """Linked headlines with summaries between them, or many with little text; and an address or a mark that fits."""
    teasers = seen.teasers
    says_list = bool(reading.kinds & _LIST_TYPES) or not seen.marks.isdisjoint((Mark.LIST, Mark.FRONT))
    is_addressed = _is_list_address(reading.url)
    if reading.says_article and not says_list:
        return is_addressed and not _vouches(reading) and _is_mostly_links(seen, reading, 2 * _LISTING_TEXT)
    if says_list or is_addressed:
        if teasers.within_prose >= _SUMMARISED or (says_list and teasers.all > 1 and len(reading.text) < _LITTLE_TEXT):
            return True
        return teasers.all >= _LISTING_TEASERS and len(reading.text) < 2 * _LISTING_TEXT
    return not reading.has_date and _is_mostly_links(seen, reading, _LISTING_TEXT)


def _vouches(reading: Reading) -> bool:
    """Whether a page that calls itself an article is likely to be one: ``og:type`` alone is set for whole sites."""
    return reading.has_date or reading.kinds & _ARTICLE_TYPES != {"article"}


def _is_mostly_links(seen: Glance, reading: Reading, less_text_than: int) -> bool:
    is_linked = seen.teasers.all >= _LISTING_TEASERS and seen.link_share > _LISTING_LINKS
    return is_linked and len(reading.text) < less_text_than


def _is_list_address(url: str) -> bool:
    address, _, query = url.partition("#")[0].partition("?")
    is_list = _LISTING_PATH.search(address) or _LIST_PAGE_PATH.search(unquote(address))
    return is_list is not None or _LISTING_QUERY.search(query) is not None


def _is_video(reading: Reading) -> bool:
    is_video = any(kind.startswith("video") for kind in reading.kinds) and not reading.says_article
    return len(reading.text) < (_VIDEO_TEXT if is_video else _LEAST_TEXT)
