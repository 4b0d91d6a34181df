"""What an article is called: normalised URLs, and which declared canonical URL can be believed.

w3lib does the percent-encoding, host and query work. courlan was tried first: its strip list takes ``cid``, ``uid``,
``source`` and whatever contains ``ref`` for trackers, and with them the identity of every article on sites that
number theirs that way. The list here holds only names that are never an article's identity.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

from storage.records import CanonicalUrl

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Campaign and click identifiers: utm (Google Analytics), at_ (AT Internet), mc_ (Mailchimp), pk_/mtm_ (Matomo),
# hsa_ (HubSpot), and the click ids that ad networks append.
_TRACKER = re.compile(
    r"(?:utm|at|mc|pk|mtm|hsa|itm|stm|vero|oly)_\w+"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|mkt_tok|_hs(?:enc|mi)"
    r"|xtor|cmpid|ns_(?:campaign|mchannel|source|linkname)|smid|__twitter_impression",
    re.IGNORECASE,
)
# Session identifiers of PHP, Java and ASP; only with a value that looks drawn by lot, since `sid=57` is the number of
# the story in PHP-Nuke and its kin.
_SESSION = re.compile(
    r"(?:phpsessid|jsessionid|aspsessionid\w*|sessionid|sid|s)=(?=.*\d)[0-9a-z.!_-]{20,}", re.IGNORECASE
)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_FRONT_PATH = re.compile(r"/?(?:index|default|home)?(?:\.\w{2,5})?/?|/[a-z]{2}(?:-[a-z]{2})?/?", re.IGNORECASE)
_PLAIN_HOST = re.compile(r"^(?:www|m|mobile|amp)\.", re.IGNORECASE)


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
    host = host.removesuffix(f":{default_port}")
    path = _SESSION_PATH.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, host, path, _without_trackers(parts.query), ""))


def _without_trackers(query: str) -> str:
    """The query's fields in order and as written, less the trackers."""
    fields = (field for field in query.split("&") if field and not _SESSION.fullmatch(field))
    return "&".join(field for field in fields if not _TRACKER.fullmatch(field.partition("=")[0]))


@lru_cache(maxsize=4096)
def identity_url(url: str) -> CanonicalUrl:
    """The form under which a URL identifies an article: normalised, and its query's fields sorted.

    Raises:
        ValueError: it is not an http or https URL with a host.
    """
    return CanonicalUrl(canonicalize_url(normalize_url(url)))


def canonical_url(final_url: str, declared_url: str | None) -> CanonicalUrl:
    """The article's identity: what the page declares (``rel=canonical``) where that can be, else where it was found.

    A declared URL is believed when it is on the same site and is not that site's front page (a common template
    fault). Whether several different pages declare it is known only to the archive, and asked there.
    """
    found = identity_url(final_url)
    if not declared_url:
        return found
    try:
        declared = identity_url(urljoin(final_url, declared_url))
    except ValueError:
        return found
    believable = same_site(found, declared) and not is_front_page(declared)
    return declared if believable else found


def same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one registrable domain (for IP addresses and local names: one host and port)."""
    return urlsplit(one).netloc == urlsplit(other).netloc or _site(one) == _site(other)


def is_front_page(url: str) -> bool:
    """Whether the URL is a site's root, with or without an index file or a language folder."""
    parts = urlsplit(url)
    bare = re.fullmatch(
        r"/?(?:index|default|home)?(?:\.\w{2,5})?/?|/[a-z]{2}(?:-[a-z]{2})?/?", parts.path, re.IGNORECASE
    )
    return bool(bare) and not parse_qsl(parts.query)


def is_same_address(one: str, other: str) -> bool:
    """Whether two URLs differ in nothing but scheme, ``www.``/``m.``, a final slash or the order of their query."""
    return _address(one) == _address(other)


def _address(url: str) -> tuple[str, str, str]:
    parts = urlsplit(identity_url(url))
    return _PLAIN_HOST.sub("", parts.netloc), parts.path.rstrip("/"), parts.query


def _site(url: str) -> str:
    parts = urlsplit(url)
    return _suffixes()(parts.hostname or "").top_domain_under_public_suffix or parts.netloc


@cache
def _suffixes() -> TLDExtract:
    """The public suffix list that the package ships: no network, no files."""
    from tldextract import TLDExtract  # noqa: PLC0415 - a quarter second to import, and few pages need it

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
