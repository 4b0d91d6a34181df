"""Numbered pages of a list: which comes next."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def next_numbered(url: str, field: str) -> str:
    """The URL with the number in that query field counted on; what has none is page 1."""
    parts = urlsplit(url)
    fields = parse_qsl(parts.query, keep_blank_values=True)
    number = next((int(value) for name, value in fields if name == field and value.isdecimal()), 1)
    others = [(name, value) for name, value in fields if name != field]
    return urlunsplit(parts._replace(query=urlencode([*others, (field, str(number + 1))]), fragment=""))
