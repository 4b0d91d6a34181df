"""What an edit amounts to: how many words, which class, and what it touches. Pure.

It describes edits and never decides whether there is one: every flag may err without an edit being lost. A flag says
that something of its kind was changed, added or removed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline import change_words, wording
from pipeline.change_tokens import quotes_in, regions_between, tokens_of
from pipeline.normalize import compare_blocks, compare_form
from pipeline.spelling import is_doubled, is_respelled
from storage.records import EditClass, EditFlag, EditMeasure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.change_tokens import Region, Token

_FEW_WORDS = 8
"""Words on one side that a minor edit may have: less than a short sentence."""
_SAME_HEADLINE = 0.75
"""Share of a headline's words that a minor change of it leaves."""
_LEAD_WORDS = 8
_ENTRIES = 3
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}\b")
_SMALL_REGION = 8
_NO_CAPITALS = frozenset({"ar", "fa", "ckb", "ur", "ps", "he"})
_CAPITAL_NOUNS = frozenset({"de"})


@dataclass(frozen=True, slots=True)
class Content:
    """What one version says."""

    title: str
    text: str
    language: str | None = None


def measure(before: Content, after: Content) -> EditMeasure:
    """The edit from one version to the next; both texts as one rule of reading gives them."""
    return _Comparison(before, after).measured()


class _Comparison:
    """Two versions side by side."""

    def __init__(self, before: Content, after: Content) -> None:
        self._before, self._after = before, after
        self._language = change_words.language_of(after.language, after.text or after.title)
        self._old, self._new = tokens_of(before.text), tokens_of(after.text)
        self._regions = regions_between(self._old, self._new)
        self._old_title, self._new_title = tokens_of(before.title), tokens_of(after.title)
        self._title_regions = regions_between(self._old_title, self._new_title)

    def measured(self) -> EditMeasure:
        flags = frozenset(flag for flag, is_raised in self._checks() if is_raised())
        removed, added = (sum(len(side) for side in sides) for sides in self._sides())
        total = len(self._old) + len(self._new)
        similarity = (total - removed - added) / total if total else 1.0
        return EditMeasure(self._class(flags, max(removed, added)), round(similarity, 4), added, removed, flags)

    def _sides(self) -> tuple[list[tuple[Token, ...]], list[tuple[Token, ...]]]:
        return [region.removed for region in self._regions], [region.added for region in self._regions]

    def _checks(self) -> tuple[tuple[EditFlag, Callable[[], bool]], ...]:
        return (
            (EditFlag.HEADLINE, lambda: compare_form(self._before.title) != compare_form(self._after.title)),
            (EditFlag.LEAD, lambda: _lead(self._old_blocks) != _lead(self._new_blocks)),
            (EditFlag.NUMBER, lambda: self._touches(lambda word: change_words.is_number(word, self._language))),
            (EditFlag.NEGATION, self._touches_negation),
            (EditFlag.NAME, self._touches_name),
            (EditFlag.QUOTE, lambda: Counter(quotes_in(self._before.text)) != Counter(quotes_in(self._after.text))),
            (EditFlag.CORRECTION, lambda: any(map(change_words.is_correction, self._new_lines))),
            (EditFlag.RETRACTION, lambda: any(map(change_words.is_retraction, self._new_lines))),
            (EditFlag.LIVE_UPDATE, self._is_live_update),
        )

    @cached_property
    def _old_blocks(self) -> tuple[str, ...]:
        return compare_blocks(self._before.text)

    @cached_property
    def _new_blocks(self) -> tuple[str, ...]:
        return compare_blocks(self._after.text)

    @cached_property
    def _new_lines(self) -> list[str]:
        """Headline and paragraphs that the older version does not have."""
        known = {compare_form(self._before.title), *self._old_blocks}
        return [line for line in (compare_form(self._after.title), *self._new_blocks) if line not in known]

    @cached_property
    def _all_regions(self) -> list[Region]:
        return [*self._title_regions, *self._regions]

    def _touches(self, is_wanted: Callable[[str], bool]) -> bool:
        """Whether words of a kind were changed, added or removed; that a paragraph was moved does not count."""
        removed, added = Counter[str](), Counter[str]()
        for region in self._all_regions:
            old = Counter(token.word for token in region.removed if is_wanted(token.word))
            new = Counter(token.word for token in region.added if is_wanted(token.word))
            if old != new and max(len(region.removed), len(region.added)) <= _SMALL_REGION and old and new:
                return True
            removed += old
            added += new
        return removed != added

    def _touches_negation(self) -> bool:
        if self._touches(lambda word: change_words.is_negation(word, self._language)):
            return True
        small = (region for region in self._all_regions if max(len(region.removed), len(region.added)) <= _SMALL_REGION)
        return any(
            change_words.is_negated(one.word, other.word, self._language)
            for region in small
            for one in region.removed
            for other in region.added
        )

    def _touches_name(self) -> bool:
        lower = {token.word for token in (*self._old, *self._new)}
        sides = ((self._old_title, self._new_title, self._title_regions), (self._old, self._new, self._regions))
        removed, added = Counter[str](), Counter[str]()
        for old, new, regions in sides:
            for region in regions:
                removed += self._names(old, region.before, len(region.removed), lower)
                added += self._names(new, region.after, len(region.added), lower)
        return removed != added

    def _names(self, tokens: Sequence[Token], start: int, size: int, lower: set[str]) -> Counter[str]:
        places = range(start, start + size)
        return Counter(tokens[place].word for place in places if self._is_name(tokens, place, lower))

    def _is_name(self, tokens: Sequence[Token], place: int, lower: set[str]) -> bool:
        word = tokens[place].word
        if any(letter.isdigit() for letter in word) or wording.is_stamp(f"1 {word}"):
            return False
        if self._language in _NO_CAPITALS:
            if change_words.is_function_word(word, self._language):
                return False
            near = [token.word for token in tokens[max(0, place - 1) : place]]
            near += [token.word for token in tokens[max(0, place - 2) : place - 1] if self._is_given(token.word)]
            return self._is_given(word) or any(change_words.announces_name(one, self._language) for one in near)
        if not _is_capital(word) or word.lower() in lower:
            return False
        beside = [*tokens[max(0, place - 1) : place], *tokens[place + 1 : place + 2]]
        has_company = any(_is_capital(token.word) and not token.is_first for token in beside)
        return has_company or not (tokens[place].is_first or self._language in _CAPITAL_NOUNS)

    def _is_given(self, word: str) -> bool:
        return change_words.is_given_name(word, self._language)

    def _is_live_update(self) -> bool:
        known = set(self._old_blocks)
        fresh = [block for block in self._new_blocks if block not in known]
        if not fresh or known.isdisjoint(self._new_blocks):
            return False
        if any(map(change_words.is_live, (self._before.title, self._after.title))):
            return True
        entries = sum(_CLOCK.match(block) is not None for block in self._new_blocks)
        return entries >= _ENTRIES and any(_CLOCK.match(block) for block in fresh)

    def _class(self, flags: frozenset[EditFlag], changed_words: int) -> EditClass:
        facts = {EditFlag.NUMBER, EditFlag.NEGATION, EditFlag.CORRECTION, EditFlag.RETRACTION}
        if flags & facts or changed_words > _FEW_WORDS:
            return EditClass.SUBSTANTIVE
        if all(self._is_spelling(region, old, new) for region, old, new in self._with_texts()):
            return EditClass.TYPO
        if (
            EditFlag.HEADLINE in flags
            and _share(self._title_regions, self._old_title, self._new_title) < _SAME_HEADLINE
        ):
            return EditClass.SUBSTANTIVE
        return EditClass.MINOR

    def _with_texts(self) -> list[tuple[Region, list[Token], list[Token]]]:
        titles = [(region, self._old_title, self._new_title) for region in self._title_regions]
        return titles + [(region, self._old, self._new) for region in self._regions]

    def _is_spelling(self, region: Region, old: Sequence[Token], new: Sequence[Token]) -> bool:
        removed, added = ([token.word for token in side] for side in (region.removed, region.added))
        if removed and added:
            return is_respelled(removed, added) and not self._is_another_name(region, old)
        words = removed or added
        text, start = (old, region.before) if removed else (new, region.after)
        around = (text[max(0, start - len(words)) : start], text[start + len(words) : start + 2 * len(words)])
        return any(is_doubled(words, [token.word for token in side]) for side in around)

    def _is_another_name(self, region: Region, old: Sequence[Token]) -> bool:
        """A name that is spelled otherwise may be another person's."""
        lower = {token.word for token in (*self._old, *self._new)}
        return bool(self._names(old, region.before, len(region.removed), lower))


def _lead(blocks: Sequence[str]) -> str:
    """The first paragraph; where it is a mere label or dateline, the second with it."""
    first = " ".join(blocks[:1])
    return first if len(first.split()) >= _LEAD_WORDS else " ".join(blocks[:2])


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and word != "I" and not word.startswith("I'")


def _share(regions: Sequence[Region], old: Sequence[Token], new: Sequence[Token]) -> float:
    changed = sum(len(region.removed) + len(region.added) for region in regions)
    total = len(old) + len(new)
    return (total - changed) / total if total else 1.0
