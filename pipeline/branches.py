"""Branches of a site: which URLs are under one path, with numbers and slugs left open."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

_DEPTH = 6
_WORD = re.compile(r"[^\W_]+")
_SLUG_WORDS = 3  # "middle-east" is a section


def branch_of(url: str) -> str:
    """The branch of a site that a URL is on, such as ``a.example/mirror/N/*``.

    Names are kept as they are, numbers and slugs are not: where a whole site is copied under another path, or a
    calendar never ends, the URLs are of one branch.
    """
    parts = urlsplit(url)
    segments = segments_of(url)[:_DEPTH]
    named = [_open(segment, is_last=place == len(segments) - 1) for place, segment in enumerate(segments)]
    names = ",".join(sorted({name for name, _ in parse_qsl(parts.query)}))
    return f"{parts.netloc}/{'/'.join(named)}" + (f"?{names}" if names else "")


def segments_of(url: str) -> list[str]:
    """The parts of the path, decoded and in lower case."""
    return [segment for segment in unquote(urlsplit(url).path).lower().split("/") if segment]


def is_slug(segment: str) -> bool:
    """Whether a part of a path is made for one page, rather than the name of a section."""
    return len(_WORD.findall(segment)) >= _SLUG_WORDS or any(letter.isdigit() for letter in segment)


def _open(segment: str, *, is_last: bool) -> str:
    if segment.isdecimal():
        return "N"
    return "*" if is_last or is_slug(segment) else segment
