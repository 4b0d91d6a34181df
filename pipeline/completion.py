"""What our own reading of a page knows of the blocks that trafilatura found, and puts back between and behind them.

Every line of the page is known with where it stands; which found block holds it tells the article's container, and
with that the paragraphs inside it that were lost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import accumulate, islice, takewhile
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.blocks import CELLS, ITEMS, Block, Kind
from pipeline.furniture import is_hidden
from pipeline.reading import chain, smallest_around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from pipeline.reading import Line

_CONTAINER_SHARE = 0.8
"""Share of the found text that its container must hold: a stray line elsewhere must not widen it to the page."""
_MATCHED = 80
_WHOLE = 25
_START, _MOST_ALIKE = 10, 20
_LEAST_ITEMS = 2


def match_lines(found: Sequence[Block], lines: Sequence[Line]) -> list[int | None]:
    """For each of our lines the index of the block that holds it, found in order; None where none does.

    A table's cell is a line of ours; a row that was found is one block. A site's tables would else count as furniture.
    """
    compact = [compact_form(block.text) for block in found]
    exact = {text: n for n, text in reversed(list(enumerate(compact)))}
    joined = "".join(compact)
    starts = [0, *accumulate(map(len, compact))]
    rows = reversed([(n, block.text) for n, block in enumerate(found) if block.kind is Kind.ROW])
    cells = {compact_form(cell): n for n, row in rows for cell in row.split(CELLS)} | exact
    kept = [
        _match(compact_form(line.text), cells if line.kind is Kind.ROW else exact, joined, starts) for line in lines
    ]
    unknown = [n for n in sorted(set(range(len(found))).difference(kept)) if len(compact[n]) >= _WHOLE]
    if unknown:
        _match_torn(found, unknown, lines, kept)
    return kept


def _match_torn(found: Sequence[Block], unknown: Sequence[int], lines: Sequence[Line], kept: list[int | None]) -> None:
    """Gives blocks that hold no line the line, held by none, of which they are what is left; both begin alike."""
    by_start: defaultdict[str, list[int]] = defaultdict(list)
    for at, (line, match) in enumerate(zip(lines, kept, strict=True)):
        if match is None:
            by_start[compact_form(line.text[: 2 * _START])[:_START]].append(at)
    for n in unknown:
        alike = by_start[compact_form(found[n].text[: 2 * _START])[:_START]]
        for at in alike[:_MOST_ALIKE]:
            if kept[at] is None and has_lost_words(found[n], lines[at]):
                kept[at] = n
                break


def has_lost_words(block: Block, line: Line) -> bool:
    """Whether a block is a sentence of the page, or an item without links, with words missing at an end or within.

    In its precise mode trafilatura loses what follows an empty element within a paragraph, as WordPress leaves one
    where a teaser ends, and links and code in the middle of sentences.
    """
    is_plain_item = line.kind in ITEMS and not line.link_characters
    if block.kind in {Kind.CODE, Kind.ROW} or not (line.is_sentence or is_plain_item):
        return False
    part, whole = compact_form(block.text), compact_form(line.text)
    further = iter(whole)
    return len(part) < len(whole) and all(letter in further for letter in part)


def _match(text: str, exact: dict[str, int], joined: str, starts: list[int]) -> int | None:
    if text in exact:
        return exact[text]
    # A short label may stand inside any sentence; only a longer stretch proves that a block holds this line.
    if len(text) < _WHOLE:
        return None
    at = joined.find(text[:_MATCHED])
    if at < 0:
        at = joined.find(text[-_MATCHED:])
    if at < 0:
        return None
    return bisect_right(starts, at) - 1


def rejoined(found: list[Block], lines: Sequence[Line]) -> list[Block]:
    """The found blocks, those put together again that are one line of the page: its source has line breaks within."""
    if len(found) < 2:  # noqa: PLR2004 -- nothing to put together
        return found
    compact = [compact_form(block.text) for block in found]
    starts = {start: n for n, start in enumerate(accumulate(map(len, compact), initial=0))}
    whole, joined = set(compact), "".join(compact)
    spans: dict[int, tuple[int, str]] = {}
    for line in lines:
        text = "" if line.kind is Kind.CODE else compact_form(line.text)
        if len(text) < _MATCHED or text in whole or (at := joined.find(text)) < 0:
            continue
        first, end = starts.get(at), starts.get(at + len(text))
        if first is not None and end is not None and found[first].kind is not Kind.CODE:
            spans[first] = (end, line.text)
    whole_lines: list[Block] = []
    n = 0
    while n < len(found):
        end, text = spans.get(n, (n + 1, found[n].text))
        whole_lines.append(replace(found[n], text=text))
        n = end
    return whole_lines


def container_of(lines: Sequence[Line], kept: Sequence[int | None]) -> HtmlElement | None:
    """The smallest element that holds nearly all of the text that was found."""
    found = (line for line, match in zip(lines, kept, strict=True) if match is not None)
    return smallest_around(((line.element, len(line.text)) for line in found), _CONTAINER_SHARE)


def completed(
    found: list[Block], lines: Sequence[Line], kept: Sequence[int | None], container: HtmlElement | None
) -> list[Block]:
    """The found blocks with the paragraphs put back that stand among them in the same container."""
    known = [n for n, match in enumerate(kept) if match is not None]
    homes = {lines[n].element for n in known} | {lines[n].element.getparent() for n in known if lines[n].is_prose}
    additions: dict[int, list[Block]] = {}
    after = -1
    for n in range(_opening(lines, known[0]), known[-1]) if known else ():
        match, line = kept[n], lines[n]
        if match is not None:
            after = max(after, match)
        elif _belongs(line, homes) and any(element is container for element in chain(line.element)):
            additions.setdefault(after, []).append(line.block)
    put_back = [block for n, whole in enumerate(found) for block in (whole, *additions.get(n, ()))]
    ways = (_continued, _folded, _headed, _closing_list)
    behind = next(filter(None, (way(lines, known) for way in ways)), []) if known else []
    return additions.get(-1, []) + put_back + behind


def _closing_list(lines: Sequence[Line], known: Sequence[int]) -> list[Block]:
    """A list right behind the last line that was found, with its heading: figures, the names of the dead.

    It must be written as editors write, without a class, beside the last paragraph and without a link; menus and
    shares that follow an article are none of that.
    """
    box, further = lines[known[-1]].element.getparent(), lines[known[-1] + 1 :]
    heading = [line for line in further[:1] if line.level > 1]
    first = next(iter(further[len(heading) :]), None)
    held = first.element.getparent() if first is not None and first.kind in ITEMS else None
    items = list(takewhile(lambda line: line.element.getparent() is held, further[len(heading) :]))
    if held is None or len(items) < _LEAST_ITEMS or any(line.link_characters for line in (*heading, *items)):
        return []
    plain = [held, *(line.element for line in (*heading, *items))]
    is_beside = all(element.getparent() is box for element in (held, *(line.element for line in heading)))
    return [] if any(map(_is_named, plain)) or not is_beside else [line.block for line in (*heading, *items)]


def _continued(lines: Sequence[Line], known: Sequence[int]) -> list[Block]:
    """The sentences behind the found ones that stand in further boxes of the same make.

    Publishers cut a story into pieces, with advertisements between, and all but the first may be missed. The boxes must
    be of the make that holds most of the story, stand in the same ``article`` or ``main``, and follow before another
    headline of the first rank does.
    """
    sentences = Counter({_make(lines[n].element): 0 for n in known})
    for n in known:
        if lines[n].is_sentence:
            sentences[_make(lines[n].element)] += lines[n].weight
    make, weight = max(sentences.items(), key=lambda item: item[1])
    if make is None or 2 * weight < sentences.total():
        return []
    further: list[Block] = []
    for line in lines[known[-1] + 1 :]:
        if line.level == 1:
            break
        if line.is_sentence and _make(line.element) == make and not wording.has_call(line.text):
            further.append(line.block)
    return further


def _folded(lines: Sequence[Line], known: Sequence[int]) -> list[Block]:
    """The rest of a story in a box beside its last paragraph: what a click unfolds, or what an advertisement parts off.

    The box must hold more prose than was found, in paragraphs of its own. Comments stand in a box each.
    """
    last = lines[known[-1]].element
    behind = lines[known[-1] + 1 :]
    box = behind[0].element.getparent() if behind else None
    if box is None or box is last or box.getparent() is not last.getparent() or box.tag not in {"div", "section"}:
        return []
    inside = list(takewhile(lambda line: any(outer is box for outer in chain(line.element)), behind))
    sentences = [line for line in inside if line.is_sentence and line.element.getparent() is box]
    found = sum(lines[n].weight for n in known if lines[n].is_sentence)
    if sum(line.weight for line in sentences) < found:
        return []
    return [line.block for line in inside if _belongs(line, {box})]


def _headed(lines: Sequence[Line], known: Sequence[int]) -> list[Block]:
    """A heading right behind the last line that was found, or that line itself, and the sentence right below it.

    Text in no paragraph of its own is often missed there. Neither may have a name or a link, as for a list.
    """
    last, behind = lines[known[-1]], lines[known[-1] + 1 : known[-1] + 3]
    heading = [line for line in behind[:1] if line.level > 1 and not wording.is_heading(line.text)]
    head, below = (heading or [last])[0], next(iter(behind[len(heading) :]), None)
    if below is None or not head.level or below.element.getprevious() is not head.element or not below.is_sentence:
        return []
    is_plain = not any(line.link_characters or _is_named(line.element) for line in (*heading, below))
    is_beside = head is last or head.element.getparent() is last.element.getparent()
    return [line.block for line in (*heading, below)] if is_plain and is_beside else []


def _is_named(element: HtmlElement) -> bool:
    return bool(element.get("class") or element.get("id"))


def _make(element: HtmlElement) -> tuple[object, ...] | None:
    """What the box of a paragraph looks like, and the article around it; None for one without name or article."""
    box = element.getparent()
    whole = next((outer for outer in element.iterancestors() if outer.tag in {"article", "main"}), None)
    if box is None or whole is None or not box.get("class"):
        return None
    above = box.getparent()
    return (box.tag, box.get("class"), above.get("class") if above is not None else None, whole)


def _opening(lines: Sequence[Line], first: int) -> int:
    """The first of the unlinked sentences that stand right above a line, as its neighbours in the same box."""
    box = lines[first].element.getparent()
    while first and (line := lines[first - 1]).is_sentence and line.element.getparent() is box:
        if line.link_characters or line.kind is not Kind.PARAGRAPH or is_hidden(line.element):
            break
        first -= 1
    return first


def _belongs(line: Line, homes: set[HtmlElement | None]) -> bool:
    """Whether a lost line among found ones is the article's: a sentence, or an unlinked line of the same block."""
    if line.is_sentence:
        return not wording.has_call(line.text)
    if line.link_characters or line.kind in {Kind.CODE, Kind.ROW}:
        return False
    if any(is_hidden(element) for element in chain(line.element)):
        return False
    levels = list(islice(chain(line.element), 3 if line.kind in ITEMS or line.kind is Kind.QUOTE else 2))
    return line.kind is Kind.HEADING or any(level in homes for level in levels)


def compact_form(text: str) -> str:
    """A text without its white space, in which trafilatura's and ours differ."""
    return "".join(text.split())
