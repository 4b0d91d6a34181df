"""What an article is called: normalised URLs, and which declared canonical URL can be believed.

w3lib does the percent-encoding, host and query work. courlan was tried first: its strip list takes ``cid``, ``uid``,
``source`` and whatever contains ``ref`` for trackers, and with them the identity of every article on sites that
number theirs that way. The list here holds only names that are never an article's identity.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

from storage.records import CanonicalUrl

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Campaign and click identifiers: utm (Google Analytics), at_ (AT Internet), mc_ (Mailchimp), pk_/mtm_ (Matomo),
# hsa_ (HubSpot), wt_ (Webtrekk), and the click ids that ad networks and their like append.
_TRACKER = re.compile(
    r"(?:utm|at|mc|pk|mtm|hsa|itm|stm|vero|oly|wt|fb_action|gad)_\w+"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id|igshid|igsh|mkt_tok"
    r"|_hs(?:enc|mi)|__hs\w+|_g[al]|_openstat|srsltid|mibextid|epik|wickedid|tblci|dicbo|obOrigUrl|ref_src|ref_url"
    r"|fb_(?:ref|source|comment_id)|xtor|cmpid|ns_(?:campaign|mchannel|source|linkname)|smid|__twitter_impression|s_cid"
    r"|replytocom|spm",
    re.IGNORECASE,
)
# Session identifiers of PHP, Java and ASP; only with a value that looks drawn by lot, since `sid=57` is the number of
# the story in PHP-Nuke and its kin.
_SESSION = re.compile(
    r"(?:phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|sessid|oscsid|zenid|cftoken|sid|s)"
    r"=(?=.*\d)[0-9a-z.!_-]{20,}",
    re.IGNORECASE,
)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*|/\((?:[A-Z]\([^()/]*\))+\)(?=/)", re.IGNORECASE)
_FRONT_PATH = re.compile(r"/?(?:index|default|home)?(?:\.\w{2,5})?/?|/[a-z]{2}(?:-[a-z]{2})?/?", re.IGNORECASE)
_PLAIN_HOST = re.compile(r"^(?:www\d?|m|mobile|mobi|amp|wap|touch)\.(?=[^.]+\.)", re.IGNORECASE)
_WWW = re.compile(r"^www\d?\.(?=[^.]+\.)", re.IGNORECASE)
# A letter and the marks that follow it may be written in two ways in Unicode: https://www.w3.org/TR/charmod-norm/
_ENCODED_LETTERS = re.compile(r"[A-Za-z]?(?:%[89A-Fa-f][0-9A-Fa-f])+")
# The forms in which one publisher serves one article: AMP, for telephones, for paper.
_FORM = "amp|amphtml|m|mobile|print|printable|printer"
_FORM_AT_END = re.compile(rf"(?:/(?:{_FORM})|\.(?:amp|print))(?=(?:\.html?)?/?$)", re.IGNORECASE)
_FORM_AT_START = re.compile(rf"^/(?:{_FORM})(?=/)", re.IGNORECASE)
_FORM_FIELD = re.compile(
    rf"(?:{_FORM}|noamp|nomobile)(?:=(?:1|true|yes|on|amp)?)?|(?:view|output|outputtype|format|layout|device|version|type|tmpl)"
    rf"=(?:{_FORM})",
    re.IGNORECASE,
)
_INDEX_AT_END = re.compile(r"/(?:index|default)\.\w{2,5}$", re.IGNORECASE)
# Where a list of articles stands, in the words that publishing software puts into addresses. Words under which some
# sites keep their articles too (archives, section, topics) are not among them, nor are numbers.
_LISTING_PATH = re.compile(
    r"/(?:category|categories|tags?|authors?|search|label|rubrique|kategorie|kategori|kategoria|kategorija|categoria|"
    r"etiqueta|etiket|yazar|auteur|autor|autoren|schlagwort|mot-cle|suche|recherche|buscar)/(?!\d+/?$)[^/]+/?$",
    re.IGNORECASE,
)


def normalize_url(url: str, base: str = "") -> str:
    """The URL as it is requested and remembered: absolute, percent-encoded, without fragment, trackers and sessions.

    The order of the query's fields is kept, since some servers read it. Idempotent.

    Raises:
        ValueError: it is not an http or https URL with a host.
    """
    parts = urlsplit(safe_url_string(urljoin(base, url.strip())))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http(s) URL: {url}")
    default_port = {"http": 80, "https": 443}[parts.scheme]
    host = parts.netloc.rpartition("@")[2].lower()
    host = host.removesuffix(f":{default_port}").removesuffix(".")
    path = _without_dots(_SESSION_PATH.sub("", parts.path) or "/")
    return urlunsplit((parts.scheme, host, path, _without_trackers(parts.query), ""))


def _without_dots(path: str) -> str:
    """The path with its dot segments resolved (RFC 3986 section 5.2.4); one with doubled slashes stays as it is."""
    return urlsplit(urljoin("http://host/", path)).path if "/." in path and "//" not in path else path


def _without_trackers(query: str) -> str:
    """The query's fields in order and as written, less the trackers."""
    fields = (field for field in query.split("&") if field and not _SESSION.fullmatch(field))
    return "&".join(field for field in fields if not _TRACKER.fullmatch(field.partition("=")[0]))


@lru_cache(maxsize=4096)
def identity_url(url: str) -> CanonicalUrl:
    """The form under which a URL identifies an article: normalised, its letters in NFC, its query's fields sorted.

    Raises:
        ValueError: it is not an http or https URL with a host.
    """
    return CanonicalUrl(_composed(canonicalize_url(normalize_url(url))))


def _composed(url: str) -> str:
    """The URL with its percent-encoded letters in Unicode NFC; what is not UTF-8 stays as it is."""
    return _ENCODED_LETTERS.sub(_compose, url) if "%" in url else url


def _compose(found: re.Match[str]) -> str:
    try:
        text = unquote_to_bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]
    composed = unicodedata.normalize("NFC", text)
    return found[0] if composed == text else quote(composed)


def canonical_url(final_url: str, declared_url: str | None) -> CanonicalUrl:
    """The article's identity: what the page declares (``rel=canonical``) where that can be, else where it was found.

    A declared URL is believed when it is on the same site and is neither its front page, nor a list, nor the section
    that the page stands in (common template faults). Whether several different pages declare it is known only to the
    archive, and asked there.
    """
    found = identity_url(final_url)
    if not declared_url:
        return found
    try:
        declared = identity_url(urljoin(final_url, declared_url))
    except ValueError:
        return found
    return declared if _is_believable(found, declared) else found


def _is_believable(found: str, declared: str) -> bool:
    if not same_site(found, declared) or is_front_page(declared):
        return False
    return address_key(found) == address_key(declared) or not (is_listing(declared) or _is_section_of(declared, found))


def _is_section_of(declared: str, found: str) -> bool:
    """Whether one address is a folder above the other, as a section's is; ``/story`` above ``/story/2`` is none."""
    folder, page = urlsplit(declared), urlsplit(found)
    rest = page.path.removeprefix(folder.path.rstrip("/") + "/")
    return not folder.query and rest != page.path and re.search(r"[^\W\d]{3}", unquote(rest)) is not None


def is_listing(url: str) -> bool:
    """Whether the URL is that of a tag, author, section, search or archive page, by the names of its folders."""
    return _LISTING_PATH.search(urlsplit(url).path) is not None


@lru_cache(maxsize=4096)
def address_key(url: str) -> str:
    """The form in which an article's spellings are alike: AMP, mobile and print forms, ``www.``, scheme, case.

    It identifies nothing by itself: two addresses of one form are one article where they also tell the same.

    Raises:
        ValueError: it is not an http or https URL with a host.
    """
    parts = urlsplit(identity_url(url))
    path = _INDEX_AT_END.sub("", _FORM_AT_START.sub("", _FORM_AT_END.sub("", parts.path)))
    fields = "&".join(field for field in parts.query.split("&") if not _FORM_FIELD.fullmatch(field))
    return f"{_PLAIN_HOST.sub('', parts.netloc)}{unquote(path).rstrip('/')}?{fields}".casefold()


def same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one registrable domain (for IP addresses and local names: one host and port)."""
    return urlsplit(one).netloc == urlsplit(other).netloc or _site(one) == _site(other)


def is_front_page(url: str) -> bool:
    """Whether the URL is a site's root, with or without an index file or a language folder."""
    parts = urlsplit(url)
    return _FRONT_PATH.fullmatch(parts.path) is not None and not parse_qsl(parts.query)


def absolute(address: str, base: str) -> str | None:
    """An address that a page holds, made absolute; None for what is not http."""
    try:
        joined = urljoin(base, address.strip())
        parts = urlsplit(joined)
    except ValueError:  # an unclosed bracket, a port that is no number
        return None
    return joined if parts.scheme in {"http", "https"} and parts.hostname else None


def is_same_address(one: str, other: str) -> bool:
    """Whether two URLs differ in nothing but scheme, ``www.``/``m.``, a final slash or the order of their query."""
    return _address(one, _PLAIN_HOST) == _address(other, _PLAIN_HOST)


def is_same_page(one: str, other: str) -> bool:
    """As ``is_same_address``, but a site for telephones has pages of its own."""
    return _address(one, _WWW) == _address(other, _WWW)


def _address(url: str, ignored: re.Pattern[str]) -> tuple[str, str, str]:
    parts = urlsplit(identity_url(url))
    return ignored.sub("", parts.netloc), parts.path.rstrip("/"), parts.query


def _site(url: str) -> str:
    parts = urlsplit(url)
    return _suffixes()(parts.hostname or "").top_domain_under_public_suffix or parts.netloc


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list that the package ships: no network, no files."""
    from tldextract import TLDExtract  # noqa: PLC0415 - a quarter second to import, and few pages need it

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
