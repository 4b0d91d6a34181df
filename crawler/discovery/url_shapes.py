"""What a URL looks like: an article's, a list's, or neither; and which URLs look alike.

By the URL alone, in any language and under any publishing software: nothing here knows a site. Percent-encoded paths
are read decoded, so that an Arabic slug is a slug.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from pipeline.branches import is_slug, segments_of
from pipeline.urls import is_front_page


class Shape(StrEnum):
    """What a URL is the address of, as far as it tells."""

    ARTICLE = "article"
    LISTING = "listing"
    OTHER = "other"
    UNKNOWN = "unknown"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The names under which publishing software files its lists: what follows is a tag, an author, a section.
_TAXONOMIES = _words(
    "tag tags category categories cat author authors topic topics keyword keywords writer writers label labels"
    " taxonomy contributor contributors profile profiles user users byline columnist columnists person"
    " etiqueta etiquetas categoria categorias auteur auteurs autor kategorie kategori etiket yazar"
    " وسم وسوم تصنيف تصنيفات قسم أقسام اقسام كاتب كتاب مواضيع وسوم-الموقع برچسب دسته نویسنده"
)
_SECTIONS = _words("section sections rubric rubrique rubriques ressort")
_ARCHIVES = _words("archive archives أرشيف ارشيف calendar events")
_PAGING = _words("page pages paged p seite pagina صفحة")
_STATIC = _words(
    "about about-us aboutus contact contact-us contactus privacy privacy-policy terms terms-of-use terms-of-service"
    " terms-and-conditions cookies cookie-policy imprint impressum legal disclaimer advertise advertising"
    " subscribe subscription subscriptions login log-in signin sign-in signup sign-up register registration account"
    " my-account logout careers jobs help faq faqs support donate donations membership newsletter newsletters rss feeds"
    " sitemap site-map search cart checkout wp-login.php wp-admin xmlrpc.php apps mobile accessibility"
    " من-نحن عن-الموقع اتصل-بنا تواصل-معنا سياسة-الخصوصية الخصوصية شروط-الاستخدام اعلن-معنا أعلن-معنا بحث تبرع اشترك"
)
_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|docx?|xlsx?|pptx?|zip|rar|gz|7z|mp3|mp4|m4a|mov|avi|webm|ogg|wav"
    r"|css|js|json|xml|rss|atom|txt|woff2?|ttf|eot|apk|exe|ics|vcf)$",
    re.IGNORECASE,
)
_FEEDS = _words("feed rss rss2 atom rdf comments trackback embed amp print")
_INTERNAL = re.compile(r"^(?:wp-(?:json|content|includes|admin|login)|cdn-cgi|cgi-bin|ajax|graphql|oembed)$")
_EXTENSION = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cfm|do|ece|amp)$", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?")
_DAY_OR_MONTH = re.compile(r"0?[1-9]|[12]\d|3[01]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{4,}")
_HASH = re.compile(r"(?=[0-9a-f-]*\d)[0-9a-f-]{16,}|[0-9a-z]*\d[0-9a-z]{9,}", re.IGNORECASE)
_IN_SLUG = re.compile(r"[^\W_]+")
_LONG_SLUG = 4
_ARTICLE_FIELDS = _words(
    "p id aid nid sid article articleid article_id art artid story storyid story_id news newsid news_id item itemid"
    " post postid post_id no num newsno contentid docid guid uid tid lid"
)
_LIST_FIELDS = _words(
    "cat category_name tag tags author m s q search query paged page_id attachment_id feed replytocom"
)
# These say something of an article where there is its number too, and choose a list where there is none.
_CHOOSING_FIELDS = _words("cat_id category section sec sort order orderby filter year monthnum month day date page")
_LISTING_VIEWS = re.compile(r"category|categories|section|archive|tag|featured|list", re.IGNORECASE)


@lru_cache(maxsize=8192)
def shape_of(url: str) -> Shape:
    """What the URL is the address of, as far as it alone can tell."""
    if is_front_page(url):
        return Shape.LISTING
    parts = urlsplit(url)
    segments = segments_of(url)
    last = segments[-1] if segments else ""
    if _MEDIA.search(last) or any(_INTERNAL.match(each) for each in segments) or last in _FEEDS:
        return Shape.OTHER
    by_query = _shape_of_query(parts.query)
    if by_query is not None:
        return by_query
    if not segments or (len(segments) <= 2 and _bare(last) in _STATIC):  # noqa: PLR2004 - /about, /ar/about
        return Shape.OTHER
    if _is_list(segments):
        return Shape.LISTING
    return Shape.ARTICLE if _is_article(segments) else Shape.UNKNOWN


def pattern_of(url: str) -> str:
    """What stands for all URLs that look like this one, such as ``/Y/N/slug-slug`` or ``/?p=N``; without the host."""
    parts = urlsplit(url)
    segments = segments_of(url)
    shapes = [_part(each, is_last=place == len(segments) - 1) for place, each in enumerate(segments)]
    fields = sorted(f"{name}={'N' if value.isdecimal() else '*'}" for name, value in parse_qsl(parts.query))
    return "/" + "/".join(shapes) + ("?" + "&".join(fields) if fields else "")


def path_date(url: str) -> tuple[int, ...] | None:
    """Year, month and perhaps day that stand in the path, as in ``/2026/11/03/slug``; None where none do."""
    segments = segments_of(url)
    for place, segment in enumerate(segments[:-1]):
        if _YEAR.fullmatch(segment) and re.fullmatch(r"0?[1-9]|1[0-2]", segments[place + 1]):
            # What the path ends with may be an article's number.
            days = [each for each in segments[place + 2 : -1][:1] if re.fullmatch(r"0?[1-9]|[12]\d|3[01]", each)]
            return tuple(map(int, (segment, segments[place + 1], *days)))
    return None


def words_of(text: str) -> int:
    """How many words a text or a slug has."""
    return len(_IN_SLUG.findall(text))


def _shape_of_query(query: str) -> Shape | None:
    fields = [(name.lower(), value) for name, value in parse_qsl(query, keep_blank_values=True)]
    named = dict(fields)
    if "option" in named and "view" in named:  # Joomla without its pretty URLs
        return Shape.LISTING if _LISTING_VIEWS.search(named["view"]) else Shape.ARTICLE
    if named.keys() & _LIST_FIELDS:
        return Shape.LISTING
    if any(name in _ARTICLE_FIELDS and re.search(r"\d", value) for name, value in fields):
        return Shape.ARTICLE
    return Shape.LISTING if named.keys() & _CHOOSING_FIELDS else None


def _is_list(segments: list[str]) -> bool:
    first = 1 if len(segments[0]) == 2 and len(segments) > 1 else 0  # noqa: PLR2004 - a language's folder: /ar/tag/x
    names, after = segments[first:], len(segments) - first - 1
    if names[0] in _TAXONOMIES | _SECTIONS or (after and names[-2] in _TAXONOMIES):
        return not (after > 1 and _is_article(segments[-1:]))
    if len(names) > 1 and names[-2] in _PAGING and names[-1].isdecimal():
        return True
    dated = names[1:] if names[0] in _ARCHIVES and after else names
    return names[-1] in _ARCHIVES or _are_date(dated) or (names[0] in _ARCHIVES and _are_date(names[-2:]))


def _are_date(segments: list[str]) -> bool:
    """Nothing but a date: the list of a year, a month or a day."""
    if len(segments) == 1:
        return bool(_YEAR.fullmatch(segments[0]) or _DATE.fullmatch(segments[0]))
    return bool(_YEAR.fullmatch(segments[0])) and all(_DAY_OR_MONTH.fullmatch(each) for each in segments[1:])


def _is_article(segments: list[str]) -> bool:
    last = _bare(segments[-1])
    if len(segments) > 1 and any(_DATE.fullmatch(each) or _YEAR.fullmatch(each) for each in segments[:-1]):
        return True
    if _LONG_NUMBER.search(last) and not _YEAR.fullmatch(last):
        return True
    # An article's number may stand before its slug: /news/48813/some-slug.
    if len(segments) > 1 and _LONG_NUMBER.fullmatch(segments[-2]) and not _YEAR.fullmatch(segments[-2]):
        return True
    return words_of(last) >= _LONG_SLUG or bool(_HASH.fullmatch(last))


def _bare(segment: str) -> str:
    return _EXTENSION.sub("", segment)


def _part(segment: str, *, is_last: bool) -> str:
    bare = _bare(segment)
    ending = segment[len(bare) :]
    if _YEAR.fullmatch(bare):
        return "Y" + ending
    if bare.isdecimal():
        return "N" + ending
    if not is_last:
        return "D" if _DATE.fullmatch(bare) else "*" if is_slug(bare) else bare
    number = "N" if _LONG_NUMBER.search(bare) else ""
    return ("slug" if words_of(bare) > 1 else "word") + number + ending
