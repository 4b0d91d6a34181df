"""Charsets, each with each lie: what was written must be read."""

from __future__ import annotations

from dataclasses import replace

from tests.hostile.case import Case
from tests.hostile.stories import Story, story
from tests.publisher.replies import Reply

_ARABIC = ("windows-1256", "iso-8859-6", "utf-8")
_LIES = (
    # header, meta
    ("header", None),
    (None, "meta"),
    ("header", "meta"),
    (None, None),
)


def _case(name: str, does: str, told: Story, body: bytes, header: str | None) -> Case:
    kind = "text/html" + (f"; charset={header}" if header else "")
    pages = {"/story": Reply(200, (("Content-Type", kind),), body)}
    return Case(f"charsets/{name}", does, pages, title=told.title, text=told.paragraphs)


def _written(name: str, language: str, charset: str, header: str | None, meta: str | None, *, fails: str = "") -> Case:
    told = story(name, language)
    body = told.html(charset=meta or "").encode(charset, "xmlcharrefreplace")
    said = f"says {header or 'nothing'} in its header and {meta or 'nothing'} in the page"
    return replace(_case(name, f"is written in {charset}, and {said}", told, body, header), fails=fails)


def _honest() -> list[Case]:
    return [
        _written(
            f"{charset} {'header' if header else ''}{'meta' if meta else ''}{'' if header or meta else 'undeclared'}",
            "ar",
            charset,
            charset if header else None,
            charset if meta else None,
        )
        for charset in _ARABIC
        for header, meta in _LIES
    ]


def _marked(name: str, charset: str, mark: bytes, header: str | None, meta: str) -> Case:
    told = story(name, "ar")
    body = mark + told.html(charset=meta).encode(charset)
    return _case(
        name, f"begins with a byte order mark of {charset}; header says {header}, page {meta}", told, body, header
    )


def _twice() -> Case:
    told = story("encoded twice", "ar")
    body = told.html().encode().decode("latin-1").encode()
    return _case("encoded twice", "encodes UTF-8 as UTF-8 once more", told, body, "utf-8")


def _cut_letter() -> Case:
    told = story("cut letter", "ar")
    body = told.html().encode() + "ا".encode()[:1]
    return _case("cut letter", "ends in the middle of a letter", told, body, "utf-8")


def _references() -> Case:
    told = story("references", "ar")
    body = told.html(charset="us-ascii").encode("ascii", "xmlcharrefreplace")
    return _case("character references", "writes every Arabic letter as a reference", told, body, "us-ascii")


def _late_meta() -> Case:
    told = story("late meta", "ar")
    head = f"<!-- {'x' * 1500} --><meta charset=windows-1256>"
    body = told.html(charset="", head=head).encode("windows-1256")
    return _case("late meta", "declares its charset after 1,500 bytes", told, body, None)


CASES = (
    *_honest(),
    _written("1256 called utf-8 in header", "ar", "windows-1256", "utf-8", "windows-1256"),
    _written("1256 called utf-8 in page", "ar", "windows-1256", "windows-1256", "utf-8"),
    _written("1256 called utf-8 twice", "ar", "windows-1256", "utf-8", "utf-8"),
    _written("1256 called latin-1", "ar", "windows-1256", "iso-8859-1", None),
    _written("1256 called latin-1 in both", "ar", "windows-1256", "iso-8859-1", "iso-8859-1"),
    _written("1256 called 1252 in page", "ar", "windows-1256", None, "windows-1252"),
    _written("1256 called iso-8859-6", "ar", "windows-1256", "iso-8859-6", None),
    _written("utf-8 called 1256 in header", "ar", "utf-8", "windows-1256", "utf-8"),
    _written("utf-8 called 1256 in page", "ar", "utf-8", None, "windows-1256"),
    _written("utf-8 called latin-1", "ar", "utf-8", "iso-8859-1", None),
    _written("utf-8 called utf-16 in page", "ar", "utf-8", None, "utf-16"),
    _written("utf-8 called utf8", "ar", "utf-8", "utf8", "UTF8"),
    _written("utf-8 called nonsense", "ar", "utf-8", "x-nonsense", "binary"),
    _written("utf-8 called none", "ar", "utf-8", "none", ""),
    _written("utf-7 declared", "en", "ascii", "utf-7", None),
    _marked("utf-8 with mark", "utf-8", b"\xef\xbb\xbf", "windows-1256", "windows-1256"),
    _marked("utf-16le with mark", "utf-16-le", b"\xff\xfe", None, "utf-8"),
    _marked("utf-16be with mark", "utf-16-be", b"\xfe\xff", "utf-8", "utf-16"),
    _written("utf-16le in header only", "ar", "utf-16-le", "utf-16le", None),
    _written("utf-16be in header only", "ar", "utf-16-be", "utf-16be", None),
    _twice(),
    _cut_letter(),
    _references(),
    _late_meta(),
)
