"""The forms of a text: as it is stored, and as two captures of one article are compared.

Folding for search is another matter and lives elsewhere: it makes 'was killed' and 'killed' equal in Arabic, so
it must never decide whether an article was edited.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_INVISIBLE = dict.fromkeys(
    # Bidi marks, embeddings and isolates, zero-width space, word joiner, BOM, soft hyphen: they change how a line is
    # drawn and never what it says. ZWNJ and ZWJ stay: they are letters' shapes in Persian and Kurdish spelling.
    # A variation selector only chooses how an emoji is drawn.
    [
        *(0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, 0x00AD),
        *(0xFE0E, 0xFE0F),
    ]
)
_TATWEEL = {0x0640: None}
_QUOTES = dict.fromkeys(map(ord, "“”„‟«»‹›＂〝〞"), '"') | dict.fromkeys(map(ord, "‘’‚‛′´`"), "'")
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-")
_DIGITS = {start + n: str(n) for start in (0x0660, 0x06F0, 0x0966, 0xFF10) for n in range(10)}
_SIGNS = {ord("٪"): "%", ord("٫"): ".", ord("٬"): ","}
WRITING = {
    chr(code): to or ""
    for code, to in (_INVISIBLE | _TATWEEL | _QUOTES | _DASHES | _DIGITS | _SIGNS | {ord("…"): "..."}).items()
}
"""Quotes, dashes, digit shapes, bidi marks and tatweel, and what each is levelled to."""
# What typographers put in and take out: two apostrophes or hyphens for one sign, spaces around quotation marks (French
# guillemets) and before the marks that end a phrase.
_DOUBLED = re.compile(r"''|-{2,3}(?!-)")
_AROUND_QUOTES = re.compile(r'[^\S\n]*"[^\S\n]*')
_BEFORE_MARKS = re.compile(r"[^\S\n]+(?=[,;:!?%،؛؟.])")
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefc\ufb00-\ufb06]+")


def level(text: str, table: Mapping[str, str]) -> str:
    """The text with each character that the table names replaced; no replacement may be named by the table itself.

    ``str.translate`` looks every character of a text that is not ASCII up: five times slower on prose, of which few
    characters are named.
    """
    for character in table.keys() & set(text):
        text = text.replace(character, table[character])
    return text


def clean_text(text: str) -> str:
    """The text as it is stored: NFC, each line's white space folded, one line a paragraph, no empty lines."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line)


def compare_form(text: str) -> str:
    """The text as two captures are compared: equal exactly where a reader would call two texts the same.

    Levels out quotes, dashes, bidi marks, tatweel, presentation forms, digit shapes and white space; keeps every
    letter, diacritic and paragraph break (قُتل and قَتل differ). Idempotent.
    """
    text = _PRESENTATION.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    text = _DOUBLED.sub(lambda run: '"' if run[0] == "''" else "-", clean_text(level(text, WRITING)))
    return clean_text(_BEFORE_MARKS.sub("", _AROUND_QUOTES.sub('"', text)))


def compare_blocks(text: str) -> tuple[str, ...]:
    """The paragraphs of ``compare_form``, in order."""
    form = compare_form(text)
    return tuple(form.split("\n")) if form else ()
