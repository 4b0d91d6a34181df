"""What publishers do to articles, each kind once in English and once in Arabic, and what must come of it.

Every kind has an article of its own, so that one crawl shows them all; `tests.edit_kinds` has them done.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import TYPE_CHECKING

from tests.edit_absences import ABSENCES
from tests.edit_acts import Editor, Kind, appended, edited, noise, replaced, retitled
from tests.edit_furniture import FURNITURE
from tests.publisher.articles import Article, blocks_of

if TYPE_CHECKING:
    from tests.newsroom import Newsroom

_PUBLISHED = datetime(2025, 3, 4, 9, tzinfo=timezone(timedelta(hours=3)))
_NEVER_LISTED_AGAIN = 9000
_PLACES = {
    "en": [
        head + tail
        for head, tail in product(
            ("Har", "Sel", "Dun", "Kil", "Tor", "Bran", "Wen", "Ash", "Pel", "Cor"),
            ("mouth", "wick", "ness", "port", "holm", "ford", "ham", "stow"),
        )
    ],
    "ar": [
        f"{head} {tail}"
        for head, tail in product(
            ("عين", "تل", "بير", "كفر", "مرج", "دير", "وادي", "جسر", "خان", "رأس"),
            ("الزيتون", "السمك", "الرمان", "الحجر", "القمح", "النسيم", "الغزال", "الملح"),
        )
    ],
}
_TITLES = {"en": "Ferry to {place} returns after the storm", "ar": "عودة العبّارة إلى {place} بعد العاصفة"}
_TEXTS = {
    "en": """\
The ferry to {place} sailed again on Tuesday for the first time since the storm, the harbour office of {place} said.

Engineer Hana Mallory said that 12 passengers and four sailors had waited in {place} for three days, in two cold rooms.

“We were told nothing until the morning,” she said, adding that the company had agreed to pay for the rooms in {place}.

The council of {place} will meet on Friday to vote on a second boat – which it had rejected two years ago.

Fishermen in {place} recieved some help, they say, and a few of them have sold their nets to pay the rent.

The storm closed the only road between {place} and the cape, and the army is still carrying bread over the pass.
""",
    "ar": """\
أبحرت العبّارة إلى {place} يوم الثلاثاء للمرة الأولى منذ العاصفة، بحسب ما أعلنه مكتب ميناء {place} في بيان له.

وقالت المهندسة هناء ملوري إن ١٢ راكبًا وأربعة بحارة انتظروا في {place} ثلاثة أيام كاملة داخل غرفتين باردتين.

وأضافت: “علمنا بالأمر في الصباح من الإذاعة”، مشيرة إلى أن الشركة وافقت على دفع أجرة الغرف التي نزلوا فيها في {place}.

ويجتمع مجلس {place} يوم الجمعة للتصويت على قارب ثان – كان المجلس قد رفضه قبل عامين بسبب كلفته العالية.

ويقول صيادو {place} إنهم تلقوا بعض المساعدة، وقد باع بعضهم شباكهم ودفعوا ثمنها الى أصحاب البيوت أجرةً لها.

وكانت العاصفة قد قُتل فيها بحار من {place} عند الرأس، وأغلقت الطريق الوحيد، ولا يزال الجيش ينقل الخبز عبر الممر.
""",
}


def _repart(editor: Editor) -> None:
    first, second, *rest = editor.paragraphs()
    editor.set_paragraphs([f"{first} {second}", *rest])


def _move(editor: Editor) -> None:
    *start, fifth, sixth = editor.paragraphs()
    editor.set_paragraphs([*start, sixth, fifth])


def _drop_fourth(editor: Editor) -> None:
    paragraphs = editor.paragraphs()
    editor.set_paragraphs([*paragraphs[:3], *paragraphs[4:]])


_HEADLINES = {
    "en": (_TITLES["en"], "Storm over, {place} has its boat back"),
    "ar": (_TITLES["ar"], "ميناء {place} يستأنف الرحلات"),
}
_ENTRIES = {
    "en": (
        "Live: the storm at {place}, hour by hour",
        "The wind has dropped to a breeze, and the lamps are lit again in the harbour.",
    ),
    "ar": (
        "لحظة بلحظة: العاصفة في {place} ساعة بساعة",
        "خفتت الريح حتى صارت نسيمًا، وأضيئت المصابيح في الميناء من جديد.",
    ),
}


def open_live(editor: Editor) -> None:
    """Gives an article the headline of a live blog."""
    editor.newsroom.set_title(editor.slug, _ENTRIES[editor.language][0].format(place=editor.place))


def _live_entry(editor: Editor) -> None:
    editor.set_paragraphs([_ENTRIES[editor.language][1], *editor.paragraphs()])


_WORD = {"en": ("some help", "much help"), "ar": ("بعض المساعدة", "كل المساعدة")}
_REVERTED = {"en": ("on Friday", "on Saturday"), "ar": ("يوم الجمعة", "يوم السبت")}

KINDS = (
    # Not an edit
    noise("redesign", "The site has another theme, and this article is the same.", lambda _editor: None),
    noise(
        "republished",
        "The site is published anew: other ETags and dates, the same articles.",
        lambda e: e.newsroom.site(e.site).change(e.slug),
    ),
    noise(
        "donation_box",
        "Another donation box, other related articles, other counters.",
        lambda e: e.newsroom.touch_furniture(e.slug),
    ),
    replaced(
        "quotes",
        "Quotation marks are encoded otherwise.",
        {
            "en": ("“We were told nothing until the morning,”", '"We were told nothing until the morning,"'),
            "ar": ("“علمنا بالأمر في الصباح من الإذاعة”", "« علمنا بالأمر في الصباح من الإذاعة »"),
        },
    ),
    replaced(
        "dashes", "Dashes become hyphens.", {"en": ("boat – which", "boat -- which"), "ar": ("ثان – كان", "ثان — كان")}
    ),
    replaced(
        "digits",
        "Digits of another script; spaces that do not break.",
        {"en": ("12 passengers", "12\u00a0passengers"), "ar": ("١٢ راكبًا", "12 راكبًا")},
    ),
    replaced(
        "marks",
        "Marks that are not seen: direction, soft hyphen, tatweel.",
        {"en": ("harbour office", "har\u00adbour office"), "ar": ("مكتب ميناء", "\u200fمكتب مينـــاء")},
    ),
    noise("paragraphs", "Two paragraphs become one.", _repart),
    appended(
        "pull_quote",
        "A pull quote that says again what the text says.",
        "",
        {"en": "the company had agreed to pay for the rooms", "ar": "الشركة وافقت على دفع أجرة الغرف التي نزلوا فيها"},
        is_noise=True,
    ),
    appended(
        "pointer",
        "A line that points to a video.",
        "",
        {"en": "Watch the full video of the ferry at sea here", "ar": "شاهد هنا فيديو العبّارة في عرض البحر"},
        is_noise=True,
    ),
    # Edits
    edited(
        "typo",
        "A slip of the pen is put right.",
        "typo",
        "",
        {"en": ("recieved", "received"), "ar": ("الى أصحاب", "إلى أصحاب")},
    ),
    edited("word", "One word is another.", "minor", "", _WORD),
    edited(
        "diacritic",
        "One letter is another, or its vowel.",
        "minor",
        "",
        {"en": ("cold rooms", "old rooms"), "ar": ("قُتل", "قَتل")},
    ),
    edited(
        "digit",
        "A digit is another.",
        "substantive",
        "number",
        {"en": ("12 passengers", "13 passengers"), "ar": ("١٢ راكبًا", "١٣ راكبًا")},
    ),
    edited(
        "number_word",
        "A number in words is another.",
        "substantive",
        "number",
        {"en": ("four sailors", "seven sailors"), "ar": ("وأربعة بحارة", "وسبعة بحارة")},
    ),
    edited(
        "name",
        "A name is another.",
        "minor",
        "name",
        {"en": ("Hana Mallory", "Hana Mallard"), "ar": ("المهندسة هناء", "المهندسة هيفاء")},
    ),
    edited(
        "negation",
        "A negation comes in.",
        "substantive",
        "negation",
        {"en": ("had agreed to pay", "had not agreed to pay"), "ar": ("أن الشركة وافقت", "أن الشركة ما وافقت")},
    ),
    edited(
        "quote",
        "What somebody said is another thing.",
        "minor",
        "quote",
        {"en": ("until the morning,”", "until the evening,”"), "ar": ("من الإذاعة”", "من الجيران”")},
    ),
    Kind(
        "headline",
        "Another headline over the same text.",
        lambda e: retitled(e, _HEADLINES),
        edit_class="substantive",
        flags=frozenset({"headline"}),
        versions=2,
        examples=_HEADLINES,
    ),
    edited(
        "lead",
        "The first paragraph is told otherwise.",
        "substantive",
        "lead",
        {
            "en": (
                "sailed again on Tuesday for the first time since the storm, the harbour office of {place} said.",
                "is back at sea, and its captain says that nobody who waited on the quay was left behind this week.",
            ),
            "ar": (
                "يوم الثلاثاء للمرة الأولى منذ العاصفة، بحسب ما أعلنه مكتب ميناء {place} في بيان له.",
                "بعد غياب طويل، وأكد قبطانها أن جميع المنتظرين على الرصيف وصلوا إلى بيوتهم سالمين مساء أمس.",
            ),
        },
    ),
    appended(
        "paragraph_added",
        "A paragraph is added.",
        "",
        {
            "en": "The company that runs the boat will publish its new timetable soon, and asks passengers about it.",
            "ar": "وستنشر الشركة المشغلة للقارب جدول رحلاتها الجديد قريبًا، وستسأل الركاب عن رأيهم في مواعيدها.",
        },
    ),
    Kind("paragraph_removed", "A paragraph is taken out.", _drop_fourth, edit_class="substantive", versions=2),
    Kind("paragraph_moved", "Two paragraphs change places.", _move, edit_class="substantive", versions=2),
    appended(
        "correction",
        "A notice of correction is added.",
        "correction",
        {
            "en": "Correction: an earlier version of this article gave another day for the meeting of the council.",
            "ar": "تصويب: ذكرت نسخة سابقة من هذا المقال يومًا آخر لاجتماع المجلس.",
        },
    ),
    appended(
        "retraction",
        "The publisher withdraws the article, and leaves it online.",
        "retraction",
        {
            "en": "We have withdrawn this article, because we could not confirm what it says of the company.",
            "ar": "تم سحب هذا المقال لأننا لم نتمكن من تأكيد ما جاء فيه عن الشركة.",
        },
    ),
    Kind(
        "live_entry",
        "An entry is added to a live blog.",
        _live_entry,
        edit_class="substantive",
        flags=frozenset({"live_update", "lead"}),
        versions=2,
        examples={language: ("", entry) for language, (_, entry) in _ENTRIES.items()},
    ),
    Kind(
        "headline_test",
        "Two headlines take turns over the same text (an A/B test).",
        lambda e: retitled(e, _HEADLINES),
        ("edited", "noise"),
        "substantive",
        frozenset({"headline"}),
        lambda e: retitled(e, {e.language: ("", _TITLES[e.language])}),
        2,
        _HEADLINES,
    ),
    Kind(
        "revert",
        "An edit, and its taking back.",
        lambda e: e.edit(_REVERTED),
        ("edited", "edited"),
        "minor",
        frozenset(),
        lambda e: e.edit({e.language: (_REVERTED[e.language][1], _REVERTED[e.language][0])}),
        3,
        _REVERTED,
    ),
    *FURNITURE,
    *ABSENCES,
)


def place_of(kind: Kind, language: str) -> str:
    """The place that a kind's article tells of; each has one of its own."""
    return _PLACES[language][[each.key for each in KINDS].index(kind.key)]


def article_of(kind: Kind, language: str) -> Article:
    """The article that a kind is done to, in a language."""
    number = [each.key for each in KINDS].index(kind.key)
    place = place_of(kind, language)
    article = Article(
        slug=kind.key.replace("_", "-"),
        number=_NEVER_LISTED_AGAIN + number,
        title=_TITLES[language].format(place=place),
        published_at=_PUBLISHED + timedelta(minutes=number),
        blocks=blocks_of(_TEXTS[language].format(place=place)),
        author={"en": "Edwin Marsh", "ar": "رنا الخوري"}[language],
        image="ferry.jpg",
        caption={"en": "The ferry at its quay", "ar": "العبّارة على رصيفها"}[language],
    )
    return replace(article, slug=f"{language}-{article.slug}")


def editor_of(newsroom: Newsroom, kind: Kind, language: str) -> Editor:
    """Who does that kind of thing to its article."""
    return Editor(newsroom, article_of(kind, language).slug, language, place_of(kind, language))
