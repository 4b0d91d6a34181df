"""Values of the configuration that need more than a type: header fields, proxies, hours of the day.

Each check returns the value or raises a ``ValueError`` whose text a person reads behind the key's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from crawler.timetable import parse_hours

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# What frames the message, what we promise publishers, and what has a setting of its own.
_OURS = {
    "cookie": "use cookies_file",
    "user-agent": "set crawler.user_agent or crawler.contact",
    **dict.fromkeys(
        ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"),
        "it is set for each request",
    ),
    **dict.fromkeys(("if-none-match", "if-modified-since", "range"), "it is set for each request"),
    **dict.fromkeys(("proxy-authorization",), "write name and password into crawler.proxy"),
}


def parse_headers(table: object) -> tuple[tuple[str, str], ...]:
    """The header fields of a TOML table, all of which may be sent to a source.

    Raises:
        ValueError: One may not, or it is no such table; no value is told, since it may be a secret.
    """
    pairs = tuple(table.items() if isinstance(table, Mapping) else table if isinstance(table, tuple) else (("", None),))
    for name, value in pairs:
        if not isinstance(value, str):
            raise ValueError('must be a table of header fields, as in { Authorization = "Bearer …" }')  # noqa: TRY004 - pydantic's
        if not _FIELD_NAME.fullmatch(name):
            raise ValueError(f'"{name}" is not the name of a header field')
        if remedy := _OURS.get(name.lower()):
            raise ValueError(f'"{name}" cannot be set here: {remedy}')
        if not _FIELD_VALUE.fullmatch(value):
            raise ValueError(f'the value of "{name}" holds characters that a header field cannot')
    return pairs


def check_proxy(proxy: str) -> str:
    """The URL of an HTTP proxy, or nothing.

    Raises:
        ValueError: It is neither; the URL is not told, since it may hold a password.
    """
    try:
        parts = urlsplit(proxy)
        usable = not proxy or bool(parts.scheme == "http" and parts.hostname and parts.port)
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or re.search(r"\s", proxy):
        raise ValueError('must be the URL of an HTTP proxy with its port, such as "http://proxy.example:3128"')
    return proxy


def check_hours(hours: str) -> str:
    """Hours of the day, as in ``23:00-06:00``.

    Raises:
        ValueError: They are written otherwise.
    """
    parse_hours(hours)
    return hours
