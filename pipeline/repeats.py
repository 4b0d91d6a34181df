"""Blocks that repeat over different articles of one site: its furniture, whatever it looks like.

A block is known by the form in which phrases compare (no case, no digits, no edge punctuation), so that a counter or a
clock inside does not hide it; a table's row of nothing but figures by them. Of a row or an item with words and figures
both are remembered: the rates of the day have one figure on page after page, the tables of articles another in each.
Copies of one article count once, or the text of a story published under two addresses would be taken for furniture.
Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from operator import eq
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

from pipeline import wording
from pipeline.blocks import ITEMS, Kind, alike_beside
from pipeline.outline import PROSE_CHARACTERS, weigh
from pipeline.reading import SENTENCE_END

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.blocks import Block

MOST_MARKS = 160
"""Blocks of a page that are counted: furniture stands around the text, so those of the middle are left out."""
_EXAMPLE = 120
_LEAST_FORM = 2
_HEAD, _TAIL = 120, 40
"""Characters of a long block that are compared: as good as all of it, for a fraction of the time."""
_COPIED_SENTENCES = 3
_COPIED_SHARE = 0.75
_MOST_LOST = 0.8
_SETTLED = 0.5
"""Share of the articles with a row whose figures must be those of the article before: rates that were new for every
third article stay furniture, and in a table of scores from nought to four one row in five agrees by chance."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One block of a page as it counts: its form's hash, its weight, whether it is a sentence, how it begins.

    ``figures`` is the hash of a table's row or a list's item together with its figures; 0 of any other block.
    """

    form: int
    weight: int
    is_sentence: bool
    text: str
    figures: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """The blocks of one article of the site, and what tells the article from others.

    ``figures`` are by form the rows of its tables and the items of its lists together with what figures they hold.
    """

    url: int
    title: int
    forms: tuple[int, ...]
    sentences: frozenset[int]
    figures: Mapping[int, int] = field(default_factory=dict)


def form_of(text: str) -> int:
    """The hash of the form in which a block compares; 0 for a block that has none."""
    ends = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"
    form = wording.key(ends)
    return _hash(form) if len(form) >= _LEAST_FORM else 0


def _form(block: Block) -> int:
    """The hash of a block's form. Without its figures a row that holds nothing else is like all others of the site."""
    if block.is_table_row and not any(map(str.isalpha, block.text)):
        return whole_form(block.text)
    return form_of(block.text)


def whole_form(text: str) -> int:
    """The hash of a text as a whole, case and white space aside; 0 for an empty one."""
    return _hash(" ".join(text.casefold().split()))


def mark_blocks(blocks: Sequence[Block]) -> tuple[Mark, ...]:
    """The marks of a page's blocks, those of its beginning and its end where there are many."""
    half = MOST_MARKS // 2
    ends = blocks if len(blocks) <= MOST_MARKS else [*blocks[:half], *blocks[-half:]]
    marks = (_mark(ends, n) for n, block in enumerate(ends) if block.kind is not Kind.CODE)
    return tuple(mark for mark in marks if mark.form)


def _mark(blocks: Sequence[Block], at: int) -> Mark:
    block = blocks[at]
    weight = weigh(block.text)
    is_sentence = weight >= PROSE_CHARACTERS and SENTENCE_END.search(block.text) is not None
    # A row alone is a line whose page is laid out by tables: a day and the number of a page.
    is_listed = (block.is_table_row or (block.kind in ITEMS and not block.links)) and alike_beside(blocks, at)
    figures = whole_form(block.text) if is_listed else 0
    return Mark(_form(block), weight, is_sentence, " ".join(block.text.split())[:_EXAMPLE], figures)


def seen(url: str, title: str, marks: Sequence[Mark]) -> Seen:
    """An article as it is remembered. Digits count in address and headline: bulletins differ in nothing else."""
    sentences = frozenset(mark.form for mark in marks if mark.is_sentence)
    forms = tuple({mark.form: None for mark in marks})
    figures = {mark.form: mark.figures for mark in marks if mark.figures}
    return Seen(_hash(url.partition("#")[0]), whole_form(title), forms, sentences, figures)


def _hash(text: str) -> int:
    return xxh3_64_intdigest(text.encode("utf-8", "replace")) >> 1 if text else 0  # a database's integers have a sign


def is_copy(one: Seen, other: Seen, known: Mapping[int, object]) -> bool:
    """Whether two pages carry one article: the same address or headline, or nearly the same sentences.

    Sentences known for furniture prove nothing; nor do those of a page that has more furniture than text, which is why
    nearly all of them must be shared.
    """
    if one.url == other.url or (one.title and one.title == other.title):
        return True
    if len(one.sentences & other.sentences) < _COPIED_SENTENCES:
        return False
    mine, others = (page.sentences - known.keys() for page in (one, other))
    shared = len(mine & others)
    return shared >= _COPIED_SENTENCES and shared >= _COPIED_SHARE * len(mine | others)


def count(articles: Iterable[Seen]) -> Counter[int]:
    """In how many of some articles each form stands."""
    return Counter(chain.from_iterable(article.forms for article in articles))


def unsettled(articles: Iterable[Seen]) -> set[int]:
    """The forms of rows and items whose figures differ from one article to the next: they are the articles' own.

    Args:
        articles: In the order in which they were read.
    """
    runs: defaultdict[int, list[int]] = defaultdict(list)
    for article in articles:
        for form, figures in article.figures.items():
            runs[form].append(figures)
    return {form for form, run in runs.items() if sum(map(eq, run, run[1:])) < _SETTLED * (len(run) - 1)}


def without_repeats(blocks: Sequence[Block], repeats: Mapping[int, object]) -> list[Block]:
    """The blocks that are not known to repeat. An article that would lose most of itself keeps it all."""
    if not repeats:
        return list(blocks)
    repeat = [block.kind is not Kind.CODE and _form(block) in repeats for block in blocks]
    kept = [
        block
        for n, block in enumerate(blocks)
        if not repeat[n] or _heads_own(blocks, repeat, n) or _is_of_own_table(blocks, repeat, n)
    ]
    lost = sum(len(block.text) for block in blocks) - sum(len(block.text) for block in kept)
    return kept if kept and lost <= _MOST_LOST * (lost + sum(len(block.text) for block in kept)) else list(blocks)


def _heads_own(blocks: Sequence[Block], repeat: Sequence[bool], at: int) -> bool:
    """Whether a block heads a paragraph, list or table of the article's own: "What comes next" stands in many."""
    if blocks[at].kind is not Kind.HEADING or at + 1 == len(blocks) or repeat[at + 1]:
        return False
    below = blocks[at + 1]
    is_prose = weigh(below.text) >= PROSE_CHARACTERS and SENTENCE_END.search(below.text) is not None
    return (below.kind is Kind.PARAGRAPH and is_prose) or (below.kind in {*ITEMS, Kind.ROW} and not below.links)


def _is_of_own_table(blocks: Sequence[Block], repeat: Sequence[bool], at: int) -> bool:
    """Whether a row stands in a table that has rows of the article's own: headings of tables are alike."""
    return blocks[at].kind is Kind.ROW and not all(repeat[n] for n in alike_beside(blocks, at))
