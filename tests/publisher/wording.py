"""What a site says around its articles, by language: dates, counters, relative time, appeals for support."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_LEVANTINE = (
    "كانون الثاني",
    "شباط",
    "آذار",
    "نيسان",
    "أيار",
    "حزيران",
    "تموز",
    "آب",
    "أيلول",
    "تشرين الأول",
    "تشرين الثاني",
    "كانون الأول",
)
_ARABIC_DAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
_ENGLISH_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TO_ARABIC_INDIC = str.maketrans("0123456789,", "٠١٢٣٤٥٦٧٨٩٬")


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's furniture. `appeals` take turns whenever the furniture is touched."""

    direction: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    ago: dict[str, str]
    appeals: tuple[str, ...]

    def long_date(self, moment: datetime) -> str:
        """The day in words, as a page shows it; no time of day."""
        comma = "،" if self.direction == "rtl" else ""
        return f"{self.days[moment.weekday()]}{comma} {moment.day} {self.months[moment.month - 1]} {moment.year}"

    def relative(self, moment: datetime, now: datetime) -> str:
        """How long ago, in the coarsest unit that fits: it changes from one request to the next."""
        passed = now - moment
        units = (("years", 365), ("months", 30), ("days", 1))
        for unit, days in units:
            if passed >= timedelta(days=2 * days):
                return self.ago[unit].format(passed.days // days)
        return self.ago["minutes"].format(max(int(passed.total_seconds() // 60), 3))

    def digits(self, number: int) -> str:
        """A counter with the thousands marked, in the language's own digits."""
        shown = f"{number:,}"
        return shown.translate(_TO_ARABIC_INDIC) if self.direction == "rtl" else shown


ARABIC = Wording(
    direction="rtl",
    months=_LEVANTINE,
    days=_ARABIC_DAYS,
    ago={"years": "منذ {} سنوات", "months": "منذ {} أشهر", "days": "منذ {} أيام", "minutes": "منذ {} دقيقة"},
    appeals=(
        "صحافة الناس لا يمولها إلا الناس، ومساهمتك تبقي بابنا مفتوحًا",
        "لا نبيع خبرًا ولا نشتري صمتًا.. كن شريكًا في استمرارنا",
        "خلف كل خبر ساعات من العمل الميداني، ادعم من يعملها",
    ),
)
ENGLISH = Wording(
    direction="ltr",
    months=_ENGLISH_MONTHS,
    days=_ENGLISH_DAYS,
    ago={"years": "{} years ago", "months": "{} months ago", "days": "{} days ago", "minutes": "{} minutes ago"},
    appeals=(
        "The Courier belongs to its readers. Join them for £4 a month.",
        "No owner tells us what to print. Help us keep it that way.",
        "Local reporting costs more than this page does. Chip in today.",
    ),
)
WORDINGS = {"ar": ARABIC, "en": ENGLISH}
