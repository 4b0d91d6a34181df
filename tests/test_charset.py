"""Charsets: sentences of many languages in each of their charsets, under every kind of declaration."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.charset import decode_text
from pipeline.double_encoding import is_perhaps_double_encoded, undo_double_encoding

SENTENCES = {
    "ar": "قال الوزير إن الحكومة ستعمل على تحسين الخدمات في البلاد خلال العام المقبل وأكد أن العمل جار منذ أشهر طويلة",
    "fa": "وزير کشور گفت که دولت براي بهبود خدمات در سال آينده برنامه دارد و پژوهشگران چند گزارش به مجلس دادند",
    "ur": "وزير نے کہا کہ حکومت آئندہ سال ملک ميں خدمات بہتر بنانے کے ليے کام کرے گي اور ٹرينيں چلائي جائيں گي",
    "ru": "Министр сообщил, что правительство в следующем году улучшит работу больниц и школ, а пока просит подождать",
    "uk": "Міністр повідомив, що уряд наступного року поліпшить роботу лікарень і шкіл, а поки що просить зачекати",
    "el": "Ο υπουργός δήλωσε ότι η κυβέρνηση θα βελτιώσει τις υπηρεσίες της χώρας τον επόμενο χρόνο και ζήτησε υπομονή",
    "he": "השר אמר כי הממשלה תפעל לשיפור השירותים במדינה בשנה הקרובה והוסיף כי העבודה נמשכת כבר חודשים רבים",
    "tr": "Bakan, hükümetin gelecek yıl ülkedeki hizmetleri iyileştirmek için çalışacağını ve işin sürdüğünü söyledi",
    "pl": "Minister powiedział, że rząd poprawi usługi w całym kraju w przyszłym roku; żąda się więcej cierpliwości",
    "cs": "Ministr řekl, že vláda příští rok zlepší služby v celé zemi, a dodal, že práce trvají už řadu měsíců",
    "fr": "Le ministre a déclaré que l'État améliorera les services dès l'année prochaine; les travaux ont commencé",
    "de": "Der Minister erklärte, die Regierung werde die Dienste im nächsten Jahr für alle Bürger überall verbessern",
    "es": "El ministro señaló que el próximo año mejorarán los servicios públicos del país; además pidió más paciencia",
    "zh": "部长说，政府明年将改善全国的公共服务，并且表示这项工作已经进行了几个月，请大家再等一等。",
    "zh-tw": "部長說，政府明年將改善全國的公共服務，並且表示這項工作已經進行了幾個月，請大家再等一等。",
    "ja": "大臣は、政府が来年に全国の公共サービスを改善すると述べ、作業はすでに数か月前から続いていると説明した。",
    "ko": "장관은 정부가 내년에 전국의 공공 서비스를 개선할 것이라고 말하고 이 작업은 이미 진행되고 있다고 했다",
    "th": "รัฐมนตรีกล่าวว่ารัฐบาลจะปรับปรุงบริการทั่วประเทศในปีหน้าและงานนี้ดำเนินมาหลายเดือนแล้ว",
}
LEGACY = {
    "ar": ["cp1256", "iso8859-6"],
    "fa": ["cp1256"],
    "ur": ["cp1256"],
    "ru": ["cp1251", "koi8-r", "iso8859-5", "cp866"],
    "uk": ["cp1251", "koi8-u"],
    "el": ["cp1253", "iso8859-7"],
    "he": ["cp1255"],
    "tr": ["cp1254", "iso8859-9"],
    "pl": ["cp1250", "iso8859-2"],
    "cs": ["cp1250", "iso8859-2"],
    "fr": ["cp1252"],
    "de": ["cp1252"],
    "es": ["cp1252"],
    "zh": ["gb18030"],
    "zh-tw": ["big5hkscs"],
    "ja": ["cp932", "euc_jp"],
    "ko": ["cp949"],
    "th": ["cp874"],
}
ENCODED = [(language, charset) for language, charsets in LEGACY.items() for charset in charsets]
DECLARED = [
    *(None, "utf-8", "iso-8859-1", "windows-1252", "windows-1256", "iso-8859-6", "windows-1251", "koi8-r"),
    *("iso-8859-7", "windows-1254", "gb2312", "shift_jis", "utf-16", "no-such-charset"),
]


def page(sentence: str, meta: str | None) -> str:
    declaration = f'<meta charset="{meta}">' if meta else ""
    paragraph = f"<p>{sentence}.</p>"
    return f"<html><head>{declaration}<title>{sentence[:40]}</title></head><body class='entry'>{paragraph * 3}</body>"


def content_type(charset: str | None) -> str:
    return f"text/html; charset={charset}" if charset else "text/html"


@pytest.mark.parametrize(("language", "charset"), ENCODED)
def test_legacy_charset_is_read_whatever_is_declared(language: str, charset: str) -> None:
    for header in DECLARED:
        for meta in (None, "utf-8", "windows-1252"):
            html = page(SENTENCES[language], meta)
            text, found = decode_text(html.encode(charset, "xmlcharrefreplace"), content_type(header))
            assert SENTENCES[language] in text, (header, meta, found)


@pytest.mark.parametrize("language", SENTENCES)
def test_unicode_is_read_whatever_is_declared(language: str) -> None:
    for header in DECLARED:
        html = page(SENTENCES[language], header)
        for charset in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
            assert SENTENCES[language] in decode_text(html.encode(charset), content_type(header))[0], (header, charset)


@pytest.mark.parametrize("misread", ["latin-1", "cp1252"])
@pytest.mark.parametrize("language", ["ar", "fa", "ru", "el", "pl", "fr", "tr", "zh"])
@pytest.mark.parametrize("times", [1, 2])
def test_utf8_encoded_twice_or_thrice_is_put_right(language: str, misread: str, times: int) -> None:
    html = page(SENTENCES[language], None)
    body = html.encode()
    for _ in range(times):
        # As servers do: bytes that windows-1252 leaves open become control characters.
        mangled = "".join(bytes([byte]).decode(misread, "ignore") or chr(byte) for byte in body)
        body = mangled.encode()
    assert SENTENCES[language] in decode_text(body, content_type("utf-8"))[0]


@pytest.mark.parametrize(
    "text", ["LIBERTÉ» ÉGALITÉ» FRATERNITÉ» " * 5, "Ä° Ö² Å½ ", "Ça coûte 5 € à Nîmes «là»", "Ξ Æ Ø Å é"]
)
def test_text_that_looks_encoded_twice_here_and_there_stays(text: str) -> None:
    html = page(text + " déjà vu, naïveté, préféré, où, même, être, élève, àèùéçâêîôû ïëü", None)
    assert decode_text(html.encode(), None)[0] == html


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([chr(code) for code in range(0x80, 0x100)] + list("€ŠŸƒˆ˜“’™ aż\n")), max_size=40))
def test_what_is_not_looked_through_holds_nothing_encoded_twice(letters: list[str]) -> None:
    text = "".join(letters)
    assert is_perhaps_double_encoded(text.encode()) or undo_double_encoding(text) == text


def test_utf8_with_letters_cut_in_two_is_still_utf8() -> None:
    body = page(SENTENCES["ar"], None).encode().replace("الحكومة".encode(), "الحكومة".encode()[:-1] + b"...", 1)
    text, charset = decode_text(body, content_type("windows-1256"))
    assert (charset, "ستعمل على تحسين" in text) == ("utf-8", True)


WORDS = {language: sentence.split() for language, sentence in SENTENCES.items() if language in ("ar", "ru", "el")}


@settings(max_examples=60, deadline=None)
@given(
    encoded=st.sampled_from([pair for pair in ENCODED if pair[0] in WORDS]),
    header=st.sampled_from(DECLARED),
    picked=st.lists(st.integers(0, 12), min_size=12, max_size=40),
)
@example(encoded=("ar", "iso8859-6"), header="windows-1256", picked=[0] * 10 + [2, 7, 9])
def test_words_in_any_order_are_read_in_any_charset(
    encoded: tuple[str, str], header: str | None, picked: list[int]
) -> None:
    language, charset = encoded
    chosen = {WORDS[language][number % len(WORDS[language])] for number in picked}
    sentence = " ".join([*sorted(chosen), *WORDS[language][:8]])
    body = page(sentence, None).encode(charset)
    assert sentence in decode_text(body, content_type(header))[0]
