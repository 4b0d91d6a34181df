"""Pages and feeds for the cases: real prose in Arabic and English, a different story for each name."""

from __future__ import annotations

import html
import random
from dataclasses import dataclass

from tests.publisher.replies import Reply

_ENGLISH = (
    (
        "The council",
        "The ferry company",
        "A teacher from the upper town",
        "The hospital",
        "The ministry of works",
        "Residents of the harbour",
        "The court",
        "The farmers' union",
        "The mayor",
        "Engineers at the pumping station",
        "A fisherman",
        "The library",
        "The bakers",
        "Two deputies",
        "The railway",
        "An inquiry",
    ),
    (
        "said on {day} that the bridge",
        "had promised in {month} that the water",
        "did not know why the road",
        "asked on {day} whether the school",
        "told reporters that the market",
        "confirmed late on {day} that the roof",
        "denied in {month} that the harvest",
        "warned for weeks that the old wall",
        "found that the second pump",
        "explained on {day} how the timetable",
        "wrote in {month} that the archive",
        "doubted that the new harbour",
    ),
    (
        "would stay closed for {number} days",
        "cost {number} million more than planned",
        "had been sold to {number} owners",
        "needed {number} workers and a crane",
        "was smaller than it had been in {number} years",
        "failed {number} times",
        "served {number} families until the flood",
        "would open before the {number} pupils came back",
        "lost {number} of its windows in the storm",
        "lay under {number} centimetres of mud",
    ),
    (
        "and that nobody had been told.",
        "although the rain came late.",
        "while the repairs went on.",
        "as the figures of the office show.",
        "which the other side disputes.",
        "until the end of the month.",
        "according to two people who were there.",
        "and gave no further details.",
        "after a night without power.",
    ),
)
_ARABIC = (
    (
        "قال المجلس المحلي",
        "أوضحت مديرة المدرسة",
        "ذكر مستشفى المدينة",
        "أعلنت وزارة الأشغال",
        "أكد أهالي الميناء",
        "بينت المحكمة",
        "صرح رئيس البلدية",
        "لاحظ المزارعون",
        "كتب مراسلنا",
        "أفادت لجنة التحقيق",
        "قدر المهندسون",
    ),
    (
        "يوم {day} أن الجسر",
        "في شهر {month} أن المياه",
        "بعد الاجتماع أن الطريق",
        "يوم {day} أن السوق القديمة",
        "في بيان أن المكتبة",
        "مساء {day} أن سقف المحطة",
        "أمام الصحفيين أن موسم الزيتون",
        "مطلع {month} أن الفرن",
    ),
    (
        "سيبقى مغلقا {number} يوما",
        "كلف {number} مليونا زيادة على المقرر",
        "يحتاج إلى {number} عاملا ورافعة",
        "خدم {number} عائلة قبل السيول",
        "تضرر للمرة {number} هذا العام",
        "فقد {number} نافذة في العاصفة",
        "وصل إلى {number} قرية في الجبل",
        "غطاه الطين على ارتفاع {number} سنتيمترا",
    ),
    (
        "من دون أن يخبر أحدا.",
        "رغم تأخر المطر.",
        "كما تظهر أرقام المكتب.",
        "وهو ما ينفيه الطرف الآخر.",
        "حتى نهاية الشهر.",
        "بحسب شاهدين من المكان.",
        "بعد ليلة بلا كهرباء.",
        "ولم يعط تفاصيل أخرى.",
    ),
)
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "السبت"),
}
_MONTHS = {"en": ("March", "May", "July", "October"), "ar": ("آذار", "أيار", "تموز", "تشرين")}
_HEADLINES = {
    "en": ("Ferry to run all winter, council says", "Water back in three weeks", "Bridge closed after the flood"),
    "ar": ("عودة المياه بعد ثلاثة أسابيع", "إغلاق الجسر بعد السيول", "تأجيل الجلسة إلى نهاية الشهر"),
}


@dataclass(frozen=True, slots=True)
class Story:
    """An article: its headline and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]
    language: str = "en"

    @property
    def body(self) -> str:
        """The paragraphs as markup."""
        return "".join(f"<p>{html.escape(paragraph)}</p>\n" for paragraph in self.paragraphs)

    @property
    def direction(self) -> str:
        """How it is written."""
        return "rtl" if self.language == "ar" else "ltr"

    def html(self, *, head: str = "", before: str = "", after: str = "", charset: str = "utf-8") -> str:
        """The whole page, as most publishing software writes one."""
        meta = f'<meta charset="{charset}">' if charset else ""
        return (
            f'<!DOCTYPE html>\n<html lang="{self.language}" dir="{self.direction}"><head>{meta}'
            f"<title>{html.escape(self.title)}</title>{head}</head>\n<body>{before}"
            f'<header><a href="/">Home</a></header><main><article><h1>{html.escape(self.title)}</h1>\n'
            f'<time datetime="2026-03-14T09:30:00Z">14 March 2026</time>\n<div class="article-body">{self.body}</div>'
            f"</article></main>{after}<footer><p>About us</p></footer></body></html>"
        )

    def reply(self, *, head: str = "", before: str = "", after: str = "", status: int = 200) -> Reply:
        """The page as it is served."""
        return Reply.html(self.html(head=head, before=before, after=after), status)


def story(name: str, language: str = "en", sentences: int = 6) -> Story:
    """The story of that name: always the same, and another one than that of any other name."""
    chosen = random.Random(f"{name} in {language}")  # noqa: S311 - the same every time is what is wanted
    number = chosen.randrange(1000, 9999)
    lines = [_sentence(chosen, language) for _ in range(sentences)]
    lines.append(f"رقم القضية {number}." if language == "ar" else f"The case has the number {number}.")
    paragraphs = tuple(" ".join(lines[start : start + 2]) for start in range(0, len(lines), 2))
    return Story(f"{chosen.choice(_HEADLINES[language])} ({number})", paragraphs, language)


def _sentence(chosen: random.Random, language: str) -> str:
    words = " ".join(chosen.choice(part) for part in (_ARABIC if language == "ar" else _ENGLISH))
    number, day, month = chosen.randrange(3, 900), chosen.choice(_DAYS[language]), chosen.choice(_MONTHS[language])
    return words.replace("{number}", str(number)).replace("{day}", day).replace("{month}", month)


def rss(*links: str, items: str = "") -> Reply:
    """An ordinary RSS feed of those links."""
    listed = "".join(
        f"<item><title>{html.escape(link)}</title><link>{html.escape(link)}</link></item>" for link in links
    )
    return xml(f'<rss version="2.0"><channel><title>News</title><link>{{base}}/</link>{listed}{items}</channel></rss>')


def xml(text: str, kind: str = "application/rss+xml") -> Reply:
    """A document with an XML declaration before it."""
    return Reply(headers=(("Content-Type", kind),), body=f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode())


def moved(location: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status, (("Location", location),), b"")
