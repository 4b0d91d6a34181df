"""The language of a text by its own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language import detect_language, text_direction

TEXTS = {
    "ar": "افتتحت البلدية صباح الثلاثاء حديقة جديدة على ضفة النهر بعد سنتين من العمل.",
    "ckb": "شارەوانی بەیانی سێشەممە باخچەیەکی نوێی لە کەناری ڕووبارەکە کردەوە دوای دوو ساڵ کارکردن.",
    "fa": "شهرداری صبح سه‌شنبه پس از دو سال کار، بوستان تازه‌ای را در کنار رودخانه گشود.",
    "ur": "بلدیہ نے منگل کی صبح دو سال کے کام کے بعد دریا کے کنارے ایک نیا باغ کھول دیا ہے۔",
    "ps": "ښاروالۍ د سې شنبې په سهار له دوو کلونو کار وروسته د سیند پر غاړه نوی پارک پرانیست.",
    "ku": "Şaredariyê sibeha sêşemê piştî du salan kar, baxçeyekî nû li ber çem vekir.",
    "tr": "Belediye, iki yıllık çalışmanın ardından salı sabahı nehir kıyısında yeni bir park açtı.",
    "en": "The council opened a new park on the river bank on Tuesday morning after two years of work.",
    "fr": "La mairie a ouvert mardi matin un nouveau parc au bord du fleuve après deux ans de travaux.",
    "de": "Die Stadt hat am Dienstagmorgen nach zwei Jahren Arbeit einen neuen Park am Flussufer eröffnet.",
    "ru": "Городские власти открыли во вторник утром новый парк на берегу реки после двух лет работ.",
    "el": "Ο δήμος άνοιξε το πρωί της Τρίτης ένα νέο πάρκο στην όχθη του ποταμού.",
    "zh": "经过两年的施工，市政府周二上午在河边开放了一座新的公园，许多居民前来参观。",
    "he": "העירייה פתחה ביום שלישי בבוקר פארק חדש על גדת הנהר לאחר שנתיים של עבודה.",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_detect_language_of_a_sentence_gives_its_code(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "   ", "12:30 - 2024", "Reuters", "عاجل"])
def test_detect_language_of_too_short_a_text_is_none(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_text_direction_follows_the_script(language: str, text: str) -> None:
    expected = "rtl" if language in {"ar", "ckb", "fa", "ur", "ps", "he"} else "ltr"
    assert text_direction(language, text) == expected


def test_text_direction_without_letters_follows_the_language() -> None:
    assert text_direction("ar", "2024") == "rtl"
    assert text_direction("en", "2024") == "ltr"
    assert text_direction(None, "") == "ltr"


def test_text_direction_of_an_english_text_marked_arabic_is_ltr() -> None:
    assert text_direction("ar", TEXTS["en"]) == "ltr"


@given(st.text(max_size=200))
def test_detect_language_of_any_text_never_raises(text: str) -> None:
    text_direction(detect_language(text), text)
