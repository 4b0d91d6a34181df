"""The key under which a web archive's index finds a URL: SURT, the 'Sort-friendly URI Reordering Transform'.

``https://www.Example.com:443/b/?z=1&a=2`` is ``com,example)/b?a=2&z=1``: what names one page in several ways gets one
key, and the pages of a site stand together. The rules are those that the replay tools apply to what is asked for
(IA's canonicalization, http://crawler.archive.org/articles/user_manual/glossary.html#surt), so that they find what
we wrote; the only Python package of them, surt, is under the AGPL and a test compares with it.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_WWW = re.compile(r"www\d*\.")
_KEPT = "".join(map(chr, range(0x21, 0x7F))).replace("#", "").replace("%", "")
"""Every other byte is percent-encoded, and no letter that need not be."""
_QUERY_SESSION = re.compile(
    r"(?<![^&])(?:jsessionid=[0-9a-z]{32}|phpsessid=[0-9a-z]{32}|sid=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}"
    r"|cfid=[^&]+&cftoken=[^&]+)(?:&|$)"
)


def surt(url: str) -> str:
    """The key of an http or https URL; of what is none, the text itself without its spaces."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in _DEFAULT_PORTS:
        return re.sub(r"\s", "%20", url)
    place = ",".join(reversed(_host(host).split(".")))
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        place += f":{port}"
    query = _query(parts.query)
    return f"{place}){_path(parts.path)}" + (f"?{query}" if query else "")


def _host(host: str) -> str:
    host = host.rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = quote_from_bytes(host.encode(), safe="")
    return _WWW.sub("", host.lower(), count=1) if _WWW.match(host) else host.lower()


def _path(path: str) -> str:
    """The path without dots, doubled slashes and the slash at its end."""
    kept: list[str] = []
    for step in _plain(path).split("/"):
        if step == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif step not in ("", "."):
            kept.append(step)
    return _escaped("/" + "/".join(kept)).lower()


def _query(query: str) -> str:
    """The query's parameters in order, without a session's number."""
    left = _QUERY_SESSION.sub("", _escaped(_plain(query)).lower())
    return "&".join(sorted(left.split("&"), key=lambda parameter: parameter.split("=", 1)))


def _plain(part: str) -> str:
    """Percent-encoding undone as often as it was done; bytes that are no UTF-8 stay in their place as surrogates."""
    before, text = None, part.encode("utf-8", "surrogateescape")
    while text != before:
        before, text = text, unquote_to_bytes(text)
    return text.decode("utf-8", "surrogateescape")


def _escaped(part: str) -> str:
    return quote_from_bytes(part.encode("utf-8", "surrogateescape"), safe=_KEPT)
