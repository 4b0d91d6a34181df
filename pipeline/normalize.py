"""The forms of a text: as it is stored, and as two captures of one article are compared.

Folding for search is another matter and lives elsewhere: it makes 'was killed' and 'killed' equal in Arabic, so
it must never decide whether an article was edited.
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"[^\S\n]+")
_INVISIBLE = dict.fromkeys(
    # Bidi marks, embeddings and isolates, zero-width space, word joiner, BOM, soft hyphen: they change how a line is
    # drawn and never what it says. ZWNJ and ZWJ stay: they are letters' shapes in Persian and Kurdish spelling.
    [0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, 0x00AD]
)
_TATWEEL = {0x0640: None}
_QUOTES = dict.fromkeys(map(ord, "“”„‟«»‹›＂〝〞"), '"') | dict.fromkeys(map(ord, "‘’‚‛′´`"), "'")
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-")
_DIGITS = {start + n: str(n) for start in (0x0660, 0x06F0) for n in range(10)}
_COMPARE = _INVISIBLE | _TATWEEL | _QUOTES | _DASHES | _DIGITS | {ord("…"): "..."}
_PRESENTATION = re.compile("[\ufb50-\ufdff\ufe70-\ufefc\ufb00-\ufb06]+")


def clean_text(text: str) -> str:
    """The text as it is stored: NFC, each line's white space folded, one line a paragraph, no empty lines."""
    lines = (_SPACE.sub(" ", line).strip() for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line)


def compare_form(text: str) -> str:
    """The text as two captures are compared: equal exactly where a reader would call two texts the same.

    Levels out quotes, dashes, bidi marks, tatweel, presentation forms, digit shapes and white space; keeps every
    letter, diacritic and paragraph break (قُتل and قَتل differ). Idempotent.
    """
    text = _PRESENTATION.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    return clean_text(text.translate(_COMPARE))


def compare_blocks(text: str) -> tuple[str, ...]:
    """The paragraphs of ``compare_form``, in order."""
    form = compare_form(text)
    return tuple(form.split("\n")) if form else ()
