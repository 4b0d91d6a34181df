"""Reads one date string: finds the dates in it and decides whether they are to be believed.

A date is believed only where what stands around it is understood or set apart (:meth:`Reader._look_around`): in a
byline it is the day of publication, in "until 8 December 2024" it is something else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.calendars import Calendar, Evidence, agree_with_weekday, civil_day, full_year, read_figures
from pipeline.clocks import Clock, named_zone, offset_zone, read_clock, read_offset
from pipeline.date_grammar import CLOCK_MARK, DATE_MARK, PARTIAL_MARK, patterns
from pipeline.date_tokens import GREGORIAN_YEARS, Piece, kinds_of, split_pieces
from pipeline.date_words import Amount, Half, Kind, Label
from pipeline.relative_dates import Reading, days_back, elapsed_back, is_exact, moments_back, units_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo
    from re import Match

_LABEL_REACH = 6
_SECONDS_LENGTH = len("1:00:00")
_UNDERSTOOD = frozenset(
    {Kind.WEEKDAY, Kind.FILLER, Kind.LABEL, Kind.HALF, Kind.GREGORIAN, Kind.HIJRI, Kind.SOLAR, Kind.ZONE, Kind.HOUR}
)
_SEPARATORS = frozenset({Kind.COMMA, Kind.DASH, Kind.PAREN, Kind.DOT, Kind.SLASH, Kind.APOSTROPHE, Kind.BAR})
_NUMBERS = frozenset({Kind.NUMBER, Kind.YEAR, Kind.DECIMAL, Kind.NUMERIC, Kind.QUANTITY, Kind.OFFSET})
_CONTRARY = frozenset(
    {Kind.RANGE, Kind.SINCE, Kind.AGO, Kind.MONTH, Kind.HIJRI_MONTH, Kind.JALALI_MONTH, Kind.ABOUT, Kind.CLOCK}
)
_MARKERS = {Kind.GREGORIAN: Calendar.GREGORIAN, Kind.HIJRI: Calendar.HIJRI, Kind.SOLAR: Calendar.JALALI}
_MONTH_KINDS = {
    Kind.MONTH: Calendar.GREGORIAN,
    Kind.JALALI_MONTH: Calendar.JALALI,
    Kind.HIJRI_MONTH: Calendar.HIJRI,
}
_CONTRADICTS = {
    Calendar.GREGORIAN: {Kind.HIJRI, Kind.SOLAR},
    Calendar.HIJRI: {Kind.SOLAR},
    Calendar.JALALI: set[Kind](),  # "هجری" alone is said of both Hijri calendars
}
# Days by which a date may differ from the one beside it in a more trusted calendar: the moon's sighting; midnight.
_TOLERANCE = {Calendar.GREGORIAN: 0, Calendar.JALALI: 1, Calendar.HIJRI: 2}


@dataclass(frozen=True, slots=True)
class Dated:
    """What a string says: the day, the time of day with its zone where one is given, and the date's label.

    ``is_exact`` is false where the string means any day of a week, month or year.
    """

    day: date
    clock: Clock | None = None
    label: Label | None = None
    is_exact: bool = True


@dataclass(slots=True)
class _Candidate:
    """One date found: its pieces, its day, its calendar, and whether a machine wrote it."""

    start: int
    end: int
    calendar: Calendar
    day: date
    is_machine: bool = False
    label: Label | None = None


_HEADS = frozenset(
    {
        *(Kind.MONTH, Kind.HIJRI_MONTH, Kind.JALALI_MONTH, Kind.NUMERIC),
        *(Kind.SINCE, Kind.AGO, Kind.TODAY, Kind.NOW),
    }
)
"""Kinds of which every form of a date has one: most lines of a page have none and need no further look."""


class _Unbelievable(Exception):  # noqa: N818 - not an error but the decision that the string settles no day
    """The string holds a date that cannot be: no date in it is believed."""


@dataclass(slots=True)
class Reader:
    """Reads one string.

    Args:
        folded: The folded string (:func:`pipeline.date_text.fold`).
        reading: When and where it was read.
        day_first: The source's order of day and month, None where nobody knows.
        persian_digits: Whether the string was written with Persian digits.
    """

    folded: str
    reading: Reading
    day_first: bool | None
    persian_digits: bool
    _pieces: tuple[Piece, ...] = ()
    _shape: str = ""
    _clocks: dict[int, Clock | None] = field(default_factory=dict)

    def read(self) -> Dated | None:
        """The one day the string settles, or None."""
        if _HEADS.isdisjoint(kinds_of(self.folded)):
            return None
        self._pieces = split_pieces(self.folded)
        if any(Kind.OTHER_DATE in piece and not piece.values.keys() & _UNDERSTOOD for piece in self._pieces):
            return None
        self._shape = patterns().shapes.shape(self._pieces)
        try:
            candidates = self._find_dates()
            return self._choose(candidates) if candidates else self._read_relative()
        except _Unbelievable:
            return None

    # Absolute dates

    def _find_dates(self) -> list[_Candidate]:
        found: list[_Candidate] = []
        for pattern in patterns().dates:
            for match in pattern.finditer(self._shape):
                candidate = self._candidate(match)
                if candidate:
                    found.append(candidate)
                    self._strike(match)
        found.sort(key=lambda candidate: candidate.start)
        for place, candidate in enumerate(found):
            before = found[place - 1] if place else None
            candidate.label = self._label(before.end if before else 0, candidate.start)
            if candidate.label is None and before and before.calendar is not candidate.calendar:
                candidate.label = before.label  # the same date, said again in another calendar
        return found

    def _strike(self, match: Match[str]) -> None:
        """Mark the pieces of a date as read, but for a clock within it."""
        start, end = match.span()
        inner = match.span("inner") if "inner" in match.re.groupindex else (-1, -1)
        marks = [self._shape[place] if inner[0] <= place < inner[1] else DATE_MARK for place in range(start, end)]
        self._shape = f"{self._shape[:start]}{''.join(marks)}{self._shape[end:]}"

    def _candidate(self, match: Match[str]) -> _Candidate | None:
        start, end = match.span()
        weekdays = self._weekdays(start, end)
        if "figures" in match.re.groupindex:
            return self._figures(start, weekdays)
        year = self._year(match)
        if year is None:
            return None
        calendar, month = self._month(match, year)
        if _CONTRADICTS[calendar] & self._marker_kinds(end):
            raise _Unbelievable
        day_piece = self._pieces[match.start("day")]
        number = day_piece.values.get(Kind.DAY) or day_piece.values[Kind.ORDINAL]
        day = civil_day(calendar, year, month, number)
        agreed = agree_with_weekday(day, calendar, weekdays) if day else None
        if agreed is None:
            raise _Unbelievable
        return _Candidate(start, end, calendar, agreed)

    def _year(self, match: Match[str]) -> int | None:
        piece = self._pieces[match.start("year")]
        if Kind.YEAR in piece:
            return int(piece.values[Kind.YEAR])
        following = self._pieces[match.end()] if match.end() < len(self._pieces) else None
        in_machine_form = following is not None and Kind.CLOCK in following and len(following.text) >= _SECONDS_LENGTH
        return full_year(piece.values[Kind.SHORT_YEAR]) if match["mark"] or in_machine_form else None

    def _month(self, match: Match[str], year: int) -> tuple[Calendar, int]:
        names = [piece for piece in self._pieces[match.start("month") : match.end("month")] if len(piece.text) > 1]
        for kind, calendar in _MONTH_KINDS.items():
            if kind in names[0] and (calendar is Calendar.GREGORIAN) == (year in GREGORIAN_YEARS):
                numbers = {name.values.get(kind) for name in names}
                if len(numbers) == 1:
                    return calendar, int(names[0].values[kind])
        raise _Unbelievable

    def _figures(self, place: int, weekdays: frozenset[int]) -> _Candidate | None:
        mark, *parts = self._pieces[place].values[Kind.NUMERIC]
        kinds = self._marker_kinds(place + 1)
        calendars = [calendar for kind, calendar in _MARKERS.items() if kind in kinds]
        languages = [piece.languages for piece in self._pieces if piece.languages]
        evidence = Evidence(
            today=self.reading.today,
            calendar=calendars[-1] if calendars else None,
            day_first=self.day_first,
            english=any(known == {"en"} for known in languages) or self._has_latin_half(),
            persian=self.persian_digits or any(known <= {"fa", "prs"} for known in languages),
            weekdays=weekdays,
        )
        if mark == "compact" and len(self._pieces) > 1 and not any(Kind.LABEL in piece for piece in self._pieces):
            return None
        read = read_figures(mark, (parts[0], parts[1], parts[2]), evidence)
        if read is None:
            return None
        return _Candidate(place, place + 1, read[0], read[1], is_machine=len(parts[0]) == len("2024"))

    def _has_latin_half(self) -> bool:
        # "AM" and "PM" come with both orders of day and month in software of English origin.
        return any(Kind.HALF in piece and "en" in piece.languages for piece in self._pieces)

    def _marker_kinds(self, place: int) -> set[Kind]:
        """The eras named right after a date, a bracket apart at most."""
        if place < len(self._pieces) and Kind.PAREN in self._pieces[place]:
            place += 1
        return set(self._pieces[place].values) & set(_MARKERS) if place < len(self._pieces) else set()

    def _weekdays(self, start: int, end: int) -> frozenset[int]:
        """The weekdays that the word nearest to a date may name, before it or else after it."""
        for places in (range(start - 1, -1, -1), range(end, len(self._pieces))):
            for place in places:
                piece = self._pieces[place]
                if Kind.WEEKDAY in piece:
                    return frozenset(piece.values[Kind.WEEKDAY])
                if self._shape[place] == DATE_MARK or not piece.values.keys() & (_UNDERSTOOD | _SEPARATORS):
                    break
        return frozenset()

    def _label(self, start: int, end: int) -> Label | None:
        labels = [piece.values[Kind.LABEL] for piece in self._pieces[start:end] if Kind.LABEL in piece]
        return labels[-1] if labels else None

    # Which date is meant

    def _choose(self, candidates: list[_Candidate]) -> Dated | None:
        self._find_clocks(candidates)
        chosen = _of_one_label(candidates)
        clocks = {place: clock for one in chosen for place, clock in self._look_around(one)}
        best = _agreed(chosen)
        if best is None:
            return None
        clock = next(iter(clocks.values())) if len(clocks) == 1 else None
        if clock and best.is_machine and clock.zone and not clock.zone.utcoffset(None):
            clock = Clock(clock.at, clock.zone, has_zone=True, is_universal=True)
        return Dated(best.day, clock, best.label)

    def _look_around(self, candidate: _Candidate) -> Iterator[tuple[int, Clock | None]]:
        """The clocks beside a date; raises where its surroundings make it another date."""
        yield from self._walk(candidate.start - 1, -1)
        yield from self._walk(candidate.end, 1)

    def _walk(self, place: int, step: int) -> Iterator[tuple[int, Clock | None]]:
        apart = barred = False
        while 0 <= place < len(self._pieces):
            piece, mark = self._pieces[place], self._shape[place]
            kinds = piece.values.keys()
            if mark == DATE_MARK or Kind.BYLINE in piece:
                return
            if mark == CLOCK_MARK:
                if place in self._clocks:
                    yield place, self._clocks[place]
            elif kinds & _SEPARATORS:
                apart, barred = True, barred or Kind.BAR in piece
            elif Kind.COLON in piece:
                # A word before a colon says what the date is; after one, the story begins.
                apart = step > 0
            elif not (mark == PARTIAL_MARK or self._is_understood(piece)):
                if barred or self._is_apart(place, step, apart=apart):
                    return
                raise _Unbelievable
            place += step

    def _is_understood(self, piece: Piece) -> bool:
        known = piece.values.keys() & _UNDERSTOOD or piece.values.get(Kind.TODAY) == 0
        return bool(known) and Kind.RANGE not in piece

    def _is_apart(self, place: int, step: int, *, apart: bool) -> bool:
        """Whether a piece that means nothing to the date may stand there."""
        piece = self._pieces[place]
        kinds = piece.values.keys()
        following = self._pieces[place + 1].values.keys() if place + 1 < len(self._pieces) else frozenset[Kind]()
        if kinds & _NUMBERS:
            counts = step > 0 and bool(following & {Kind.WORD, Kind.UNIT})  # "5 min read"
            return apart and (counts or (step < 0 and Kind.NUMBER in piece and Kind.DAY not in piece))
        if kinds & _CONTRARY and Kind.UNIT not in piece:
            return apart and step > 0 and Kind.SINCE in piece
        if apart:
            return True
        reach = self._pieces[max(0, place - _LABEL_REACH) : place]
        return step < 0 and any(Kind.LABEL in other or Kind.BYLINE in other for other in reach)

    # Times of day

    def _find_clocks(self, candidates: list[_Candidate]) -> None:
        for pattern in patterns().clocks:
            for match in pattern.finditer(self._shape):
                self._note_clock(match)
        if candidates:
            for match in patterns().partial.finditer(self._shape):
                self._shape = _marked(self._shape, match.start(), match.end(), PARTIAL_MARK)

    def _note_clock(self, match: Match[str]) -> None:
        groups = match.groupdict()
        place = match.start("clock")
        text = self._pieces[place].text.replace(".", ":", 1) if Kind.DECIMAL in self._pieces[place] else None
        text = text or self._pieces[place].text
        if groups.get("minute"):
            text = f"{text}:{self._pieces[match.start('minute')].text}"
        start = place if groups.get("before") and Kind.GREGORIAN in self._pieces[match.start()] else match.start()
        at = read_clock(text, self._half(match, start))
        zone, has_zone = self._zone(match)
        is_machine = len(text) >= _SECONDS_LENGTH and zone is not None and not zone.utcoffset(None)
        self._clocks[start] = Clock(at, zone, has_zone, is_machine) if at else None
        self._shape = _marked(self._shape, start, match.end(), CLOCK_MARK)

    def _half(self, match: Match[str], start: int) -> Half | None:
        names = [name for name in ("half", "before") if match.groupdict().get(name) and match.start(name) >= start]
        return self._pieces[match.start(names[0])].values[Kind.HALF] if names else None

    def _zone(self, match: Match[str]) -> tuple[tzinfo | None, bool]:
        """The zone beside a clock and whether one stands there at all; None with True where its name is ambiguous."""
        if not match.groupdict().get("zone"):
            return None, False
        zone: tzinfo | None = None
        for piece in self._pieces[match.start("zone") : match.end("zone")]:
            place = piece.values.get(Kind.PLACE)
            if place == "local":
                return None, False
            if place:
                zone = named_zone(place)
            elif Kind.OFFSET in piece:
                zone = read_offset(piece.text)
            elif isinstance(minutes := piece.values.get(Kind.ZONE), int):
                zone = offset_zone(minutes)
        return zone, True

    # Relative forms

    def _read_relative(self) -> Dated | None:
        label = self._label(0, len(self._pieces))
        known = patterns()
        for pattern in (known.since, known.ago):
            if match := pattern.fullmatch(self._shape):
                first = self._amount(match, "first")
                second = self._amount(match, "second") if match["second"] else None
                day = self._amounts_back(first, second)
                return Dated(day, None, label, is_exact(first, second)) if day else None
        if known.now.fullmatch(self._shape):
            day = moments_back(self.reading)
            return Dated(day, None, label) if day else None
        self._find_clocks([])
        if (match := known.today.fullmatch(self._shape)) is None:
            return None
        day = days_back(self.reading, self._pieces[match.start("today")].values[Kind.TODAY])
        weekdays = self._weekdays(match.start("today"), match.end("today"))
        clock = next(iter(self._clocks.values())) if len(self._clocks) == 1 else None
        return Dated(day, clock, label) if not weekdays or day.weekday() in weekdays else None

    def _amounts_back(self, first: Amount, second: Amount | None) -> date | None:
        if second is None:
            return units_back(self.reading, first.unit, first.count)
        return elapsed_back(self.reading, first, second)

    def _amount(self, match: Match[str], group: str) -> Amount:
        pieces = self._pieces[match.start(group) : match.end(group)]
        named = next(piece for piece in reversed(pieces) if Kind.UNIT in piece)
        amounts: frozenset[Amount] = named.values[Kind.UNIT]
        units = {amount.unit for amount in amounts}
        if len(units) > 1:
            raise _Unbelievable
        counts = [piece.values.get(Kind.NUMBER, piece.values.get(Kind.COUNT)) for piece in pieces if piece is not named]
        counts += [amount.count for amount in amounts if amount.count] if not counts else []
        return Amount(units.pop(), counts[0] if counts else None)


def _marked(shape: str, start: int, end: int, mark: str) -> str:
    return f"{shape[:start]}{mark * (end - start)}{shape[end:]}"


def _of_one_label(candidates: list[_Candidate]) -> list[_Candidate]:
    """The dates of publication among several: those labelled so, else those without a label, else all."""
    for label in (Label.PUBLISHED, None):
        chosen = [candidate for candidate in candidates if candidate.label is label]
        if chosen:
            return chosen
    return candidates


def _agreed(candidates: list[_Candidate]) -> _Candidate | None:
    """The date in the most trusted calendar, where all others mean the same day; None where they differ."""
    best = min(candidates, key=lambda candidate: list(Calendar).index(candidate.calendar))
    for other in candidates:
        if abs((other.day - best.day).days) > _TOLERANCE[other.calendar] * (other.calendar is not best.calendar):
            return None
    return best
