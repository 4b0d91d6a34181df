"""The text of a page's bytes: what header, byte order mark, markup and the bytes themselves say of their charset.

They are asked in this order of trust, and none is believed against the bytes: UTF-8 that is whole is UTF-8, whatever
is declared, since no other charset's prose passes for it; what is declared must give words of a language that is
written in that charset. Only where nothing is declared, or what is declared reads as no language, is the charset looked
for among all those that ``lexicon/charsets.toml`` knows.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from pipeline.double_encoding import is_perhaps_double_encoded, undo_double_encoding

_LEXICON = Path(__file__).parent / "lexicon" / "charsets.toml"
_TOLERATED_FAULTS = 0.05
"""Share of the non-ASCII characters that may be undecodable: pages are cut in the middle of a letter now and then."""
_FEWEST_LETTERS = 8
_READS_WELL = 0.1
"""Mean fitness of letters from which on a declared charset is believed."""
_CLEARLY_BETTER = 0.2
"""The right charset of a language exceeds a wrong one in fitness by more than this (seen: 0.4 and more)."""
_FALL = 4.0
_UNFIT = -3.0
_RARE = -0.25
_CAPITAL = 0.5
_SNIFFED_BYTES = 200_000
_SAMPLE_BYTES = 6_000
_BEGINNING_BYTES = 30_000
_BEGINNING_WORDS = 400
"""Bytes of words beyond ASCII at a page's beginning that are enough to believe what it declares."""
_WIDE_SNIFFED = 24
_RUN = 4
"""So many letters beyond ASCII in a row are no word of a language that is written with ASCII letters."""

# Names that pages use and Python does not know, and charsets that the web reads as their supersets (WHATWG).
_ALIASES = {
    "windows1256": "cp1256",
    "win-1256": "cp1256",
    "arabic": "iso8859-6",
    "asmo-708": "iso8859-6",
    "utf8mb4": "utf-8",
    "unicode": "utf-8",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "windows-949": "cp949",
    "x-gbk": "gb18030",
    "windows1251": "cp1251",
    "win-1251": "cp1251",
    "x-mac-cyrillic": "mac-cyrillic",
    "dos-866": "cp866",
}
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "latin_1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "koi8-r": "koi8-u",
}
_NAMED = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_NAMED_IN_MARKUP = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_MARKUP = re.compile(rb"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>")
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_PARTS = 8
_NON_ASCII_WORD = re.compile(rb"\S*[\x80-\xff]\S*")
_NON_ASCII_TEXT = re.compile("[^\x00-\x7f]")
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
# What stands beside the words of any language, and says nothing of it.
_PUNCTUATION = frozenset(
    "\u00a0«»·°©®‐‑‒–—‘’‚“”„•…′‹›€№™،؛؟ـ\u200c\u200d\u200e\u200f"
    + "".join(map(chr, (*range(0x3000, 0x3040), *range(0xFF01, 0xFF66))))
)
_SIGNS = frozenset("£¢¥§½¼¾²³¹ºª±×÷´¨¿¡¬µ¶†‡‰ˆ˜")


def decode_text(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """The text of a decoded body and the charset it was read with. Never fails: what no charset reads is U+FFFD.

    Args:
        body: Without its content encodings.
        content_type: The header field as sent.
    """
    mark, offset = read_bom(body)
    if mark and offset:
        return body.removeprefix(offset).decode(mark, "replace"), mark
    if wide := _wide_charset(body):
        return body.decode(wide, "replace"), wide
    declared = _declared(body, content_type)
    if (utf8 := _as_utf8(body, declared)) is not None:
        return undo_double_encoding(utf8) if is_perhaps_double_encoded(body) else utf8, "utf-8"
    if declared is None or declared == "utf-8":
        charset = detect_charset(body) or declared or "utf-8"
    else:
        charset = _believed(body, declared)
    return undo_double_encoding(body.decode(charset, "replace")), charset


def _believed(body: bytes, declared: str) -> str:
    beginning = _sample(body[:_BEGINNING_BYTES])
    if len(beginning) >= _BEGINNING_WORDS and fitness(beginning, declared) >= _READS_WELL:
        return _among_kin(beginning, declared)
    sample = _sample(body)
    if len(sample) < _FEWEST_LETTERS or declared not in _charsets():
        return declared
    if fitness(sample, declared) >= _READS_WELL:
        return _among_kin(sample, declared)
    found = detect_charset(body)
    return declared if found is None or fitness(sample, found) <= fitness(sample, declared) else found


def _among_kin(sample: bytes, declared: str) -> str:
    """The declared charset, or another one of the same languages in which the words read clearly better.

    ISO-8859-6 and windows-1256 share half of the Arabic letters: either passes, at a low fitness, for the other.
    """
    words = sample[:_BEGINNING_WORDS]
    scores = {charset: fitness(words, charset) for charset in (declared, *_kin(declared))}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= scores[declared] + _CLEARLY_BETTER else declared


@cache
def _kin(charset: str) -> tuple[str, ...]:
    languages = _charsets().get(charset, ())
    kin = (name for name, others in _charsets().items() if any(language in others for language in languages))
    return tuple(name for name in kin if name != charset)


def _wide_charset(body: bytes) -> str | None:
    """UTF-16 without a byte order mark, by the zero bytes beside the markup's ASCII letters."""
    start = body[:_WIDE_SNIFFED]
    zeros = start.count(0)
    if 3 * zeros < len(start):
        return None
    return "utf-16-be" if 2 * start[::2].count(0) > zeros else "utf-16-le"


def _declared(body: bytes, content_type: str | None) -> str | None:
    header = http_content_type_encoding(content_type) or _resolved(_NAMED.search(content_type or ""))
    markup = html_body_declared_encoding(body) or _resolved(_NAMED_IN_MARKUP.search(body, 0, 4096))
    # Latin-1 in the header is a server's default that its writers never saw; what the page says of itself is meant.
    named = markup if markup and header in {None, "cp1252", "ascii"} else header
    # Who declares UTF-16 in ASCII letters means something else (WHATWG: UTF-8).
    named = "utf-8" if named and named.startswith("utf-16") else named
    return _SUPERSETS.get(named, named) if named else None


def _resolved(found: re.Match[str] | re.Match[bytes] | None) -> str | None:
    if found is None:
        return None
    name = found[1].decode("ascii", "ignore") if isinstance(found[1], bytes) else found[1]
    return _ALIASES.get(name.lower()) or resolve_encoding(name)


def _as_utf8(body: bytes, declared: str | None) -> str | None:
    """The text of what is UTF-8, perhaps with a letter cut in two here and there; else None."""
    # Pure ASCII says nothing against charsets that hide in it (ISO-2022-JP, HZ): the declaration decides there.
    if declared and declared not in {"utf-8", "cp1252"} and body.isascii():
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_full_of_faults(body, error.start):
            return None
        text = body.decode("utf-8", "replace")
    letters = len(_NON_ASCII_TEXT.findall(text))
    faults = text.count("\ufffd")
    tolerated = faults <= max(1, _TOLERATED_FAULTS * letters) if letters - faults >= _FEWEST_LETTERS else False
    return text if tolerated else None


def _is_full_of_faults(body: bytes, start: int) -> bool:
    """Whether a part of a body alone has more faults than all of it may have: to replace each of them takes long."""
    beyond_ascii = len(body) - len(body.translate(None, _BEYOND_ASCII))
    part = body[start : start + len(body) // _PARTS].decode("utf-8", "replace")
    return part.count("\ufffd") > 2 + _TOLERATED_FAULTS * beyond_ascii


@dataclass(frozen=True, slots=True)
class Alphabet:
    """How a language is written; ``letters`` holds the fitness of each letter beyond ASCII."""

    script: str
    charsets: tuple[str, ...]
    letters: dict[str, float]

    def fitness(self, text: str) -> float:
        """How well the letters beyond ASCII of a text fit the language; 0 where there are none."""
        score, count, run = 0.0, 0, 0
        before = " "
        for letter in text:
            if letter < "\x80":
                run = 0
            elif letter not in _PUNCTUATION and not (letter in _SIGNS and not before.isalpha()):
                run += 1
                count += 1
                score += self._of_letter(letter, before, run)
            before = letter
        return score / count if count else 0.0

    def _of_letter(self, letter: str, before: str, run: int) -> float:
        known = self.letters.get(letter)
        if self.script == "latin":
            is_odd = run >= _RUN or (letter.isupper() and before.islower())
            return _UNFIT if known is None or is_odd else known
        if known is None and self.script == "own" and not before.islower():
            small = self.letters.get(letter.lower())
            known = None if small is None else small - _CAPITAL
        if known is None:
            return _RARE if self.script == "wide" and letter.isalpha() and letter < "\ud800" else _UNFIT
        return _UNFIT if self.script == "own" and before < "\x80" and before.isalpha() else known


@cache
def _alphabets() -> tuple[Alphabet, ...]:
    with _LEXICON.open("rb") as lexicon:
        languages = tomllib.load(lexicon).values()
    return tuple(_alphabet(language) for language in languages)


def _alphabet(language: dict[str, object]) -> Alphabet:
    letters, script = str(language["letters"]), str(language["script"])
    fits = {letter: _fit(place / len(letters), script) for place, letter in reversed(list(enumerate(letters)))}
    charsets = language["charsets"]
    names = tuple(str(name) for name in charsets) if isinstance(charsets, list) else ()
    return Alphabet(script, names, fits)


def _fit(rank: float, script: str) -> float:
    """The fitness of the letter of a rank (0 the most frequent, 1 the rarest): how much likelier than one by chance.

    Letters of an alphabet fall off about exponentially with their rank. The few letters that a Latin alphabet adds to
    ASCII tell by being there; of the letters of wide scripts only the frequent ones are listed.
    """
    return log(_FALL) - _FALL * rank if script == "own" else 1.0


@cache
def _charsets() -> dict[str, tuple[Alphabet, ...]]:
    """The alphabets of each charset, by the name that Python gives it."""
    found: dict[str, tuple[Alphabet, ...]] = {}
    for alphabet in _alphabets():
        for charset in alphabet.charsets:
            name = codecs.lookup(charset).name
            found[name] = (*found.get(name, ()), alphabet)
    return found


def fitness(sample: bytes, charset: str) -> float:
    """How well some words read in a charset, in the best of its languages, as ``Alphabet.fitness``."""
    try:
        text = sample.decode(charset, "replace")
    except LookupError:
        return _UNFIT
    faults = text.count("\ufffd") / max(1, len(_NON_ASCII_TEXT.findall(text)))
    return max((alphabet.fitness(text) for alphabet in _charsets().get(charset, ())), default=0.0) - 4 * faults


def detect_charset(body: bytes) -> str | None:
    """The charset in which a page's words read best; None where none reads like a language."""
    sample = _sample(body)
    if not sample:
        return None
    scores = {charset: fitness(sample, charset) for charset in _charsets()}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > 0 else None


def _sample(body: bytes) -> bytes:
    """The page's own words that hold bytes beyond ASCII, each once; markup and scripts left out."""
    words = _MARKUP.sub(b" ", body[:_SNIFFED_BYTES])
    found = dict.fromkeys(match[0] for match in _NON_ASCII_WORD.finditer(words))
    return b" ".join(found)[:_SAMPLE_BYTES]
