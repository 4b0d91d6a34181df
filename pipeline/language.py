"""What language a text is in, by its own words: the page's ``lang`` attribute is often the theme's and is not asked.

py3langid decides between the languages news is written in. Its model knows Sorani Kurdish under the code of a
sister language (``sdh``); the letters ە ێ ۆ ڕ ڵ, which neither Arabic nor Persian has, confirm it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_LETTERS = re.compile(r"[^\W\d_]")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LEAST_LETTERS = 20
_SAMPLE_CHARACTERS = 4000
"""Past this the decision no longer changes, only its cost."""
_SORANI = re.compile("[ەێۆڕڵ]")
_ARABIC_SCRIPT = re.compile("[\u0621-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
_RTL_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SORANI_SHARE = 0.02
"""Running Sorani has one letter in eight of these; Arabic and Persian none, Uyghur one in ten but others too."""
_RTL_LANGUAGES = frozenset({"ar", "ckb", "fa", "he", "ps", "sd", "ug", "ur", "yi", "dv", "syr"})
_KNOWN_AS = {"sdh": "ckb", "nn": "no"}
_LANGUAGES = [  # those news is written in, of the model's 140
    *("af", "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "en", "eo", "es", "et", "eu"),
    *("fa", "fi", "fr", "ga", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "ig", "is", "it", "ja", "jv"),
    *("ka", "kk", "km", "kn", "ko", "ku", "ky", "lb", "lo", "lt", "lv", "mg", "mk", "ml", "mn", "mr", "ms", "mt"),
    *("my", "ne", "nl", "nn", "no", "or", "pa", "pl", "ps", "pt", "ro", "ru", "rw", "sdh", "si", "sk", "sl", "sn"),
    *("so", "sq", "sr", "st", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl", "tr", "tt", "ug", "uk", "ur", "uz"),
    *("vi", "xh", "yo", "zh", "zu"),
]


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES)
    # A text asks for some hundred features' rows; as loaded, each lies scattered over as many places as languages.
    identifier.nb_ptc = identifier.nb_ptc.copy(order="C")
    return identifier


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of a text's language, ``ckb`` for Sorani Kurdish; None where it is too short to know."""
    sample = text[:_SAMPLE_CHARACTERS]
    # An ideograph says as much as a few letters.
    if len(_LETTERS.findall(sample)) + 3 * len(_IDEOGRAPHS.findall(sample)) < _LEAST_LETTERS:
        return None
    code, _ = _identifier().classify(sample)
    found = str(code)
    if found in {"sdh", "ug", "ku", "fa", "ar", "ur", "ps"} and _is_sorani(sample) and not _is_uyghur(sample):
        return "ckb"
    return _KNOWN_AS.get(found, found)


def _is_sorani(text: str) -> bool:
    return len(_SORANI.findall(text)) > _SORANI_SHARE * len(_ARABIC_SCRIPT.findall(text)) > 0


def _is_uyghur(text: str) -> bool:
    # ې, ۈ and ۋ are as common in Uyghur as vowels are, and foreign to Sorani.
    return sum(map(text.count, "ېۈۋ")) > sum(map(text.count, "ێۆڕڵ"))


def text_direction(language: str | None, text: str) -> Literal["rtl", "ltr"]:
    """The direction a text reads in: its script decides, the language where there is no letter to see."""
    sample = text[:_SAMPLE_CHARACTERS]
    if not _RTL_LETTERS.search(sample) and _LETTERS.search(sample):
        return "ltr"
    letters = len(_LETTERS.findall(sample))
    if not letters:
        return "rtl" if language in _RTL_LANGUAGES else "ltr"
    return "rtl" if 2 * len(_RTL_LETTERS.findall(sample)) > letters else "ltr"


def warm() -> None:
    """Load the model (a second of CPU time in each process)."""
    _identifier()
