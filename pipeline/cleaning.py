"""Takes out the lines of furniture that stand among an article's own: headline, dateline, controls, credits, appeals.

Works on lines in their order and on what the page says of itself (headline, captions). A line in the middle of an
article goes only if it can be nothing else; at either end, where furniture gathers, less certain signs are enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import wording
from pipeline.blocks import ITEMS, Block, Kind, alike_beside
from pipeline.margins import without_end
from pipeline.names import dated_byline, is_agency
from pipeline.outline import weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD_LINES = 6
"""Lines from the start among which headline, standfirst marks, dateline and byline stand."""
_TAIL_SHARE = 0.25
_LEAST_HEADINGS, _TAG = 3, 20
_SHORT = 90
_NAME = 40
_APPEAL = 320
"""Characters of the longest appeal to subscribe, follow or give; longer lines are paragraphs that mention it."""
_CAPTION = 300
_NOTICE = 1500
"""Characters of the longest legal notice taken out; longer ones are several paragraphs, each its own line."""
_BIOGRAPHY = 600
_TAIL_LINES = 5
_SENTENCE_SPACES = 9
_LONGEST_SHORTCODE = 2000
_SENTENCE_END = re.compile(r"[.!?…。！？؟۔:;,،؛]['\"»”’)\]]*$")
_SHORTCODE = re.compile(
    r"\[/[a-z][\w-]*\]|"
    r"\[[a-z][\w-]*(?:\s+[\w-]+\s*=\s*(?:\"[^\"]*\"|”[^”]*”|“[^”]*”|'[^']*'|&quot;.*?&quot;|[^\s\]]+))+\s*/?\]"
)
_BARE_SHORTCODE = re.compile(r"\[([a-z][\w-]*)\s*/?\]")
"""Without attributes it looks like a word that an editor put into a quotation: "[that]", "give[s]", "[sic]"."""
_BARE_NAME = re.compile(r"(?:audio|button|caption|embed|gallery|playlist|video|[a-z]+_\w+)")
"""WordPress's own (https://codex.wordpress.org/Shortcode), and names that no word of a text has the form of."""
_CLOSED_SHORTCODE = re.compile(
    r"\[(button|caption|gallery|embed|video|audio|su_\w+|vc_\w+)\b[^\]]*\].*?\[/\1\]", re.DOTALL
)
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the page beside its text: headline in each form, authors, captions, the site's name."""

    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    site_name: str = ""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The article's lines, and what stood among them: its credits, and captions and credits of its pictures."""

    blocks: list[Block]
    agency_credit: str | None = None
    captions: tuple[Block, ...] = ()


def clean(blocks: Sequence[Block], about: About) -> Cleaned:
    """The blocks that are the article."""
    kept = [
        block if text == block.text else replace(block, text=text)
        for block in blocks
        if (text := _strip_shortcodes(block))
    ]
    kept = _without_captions(kept, about)
    kept, credits_above = _without_head(kept, about)
    kept = _without_empty_sections(_without_sections(kept))
    captions: list[Block] = []
    own: list[Block] = []
    for block in kept:
        (captions if _is_said_of_picture(block) else own).append(block)
    own = [block for n, block in enumerate(own) if not _is_furniture(block, n, len(own))]
    own = _without_biography(without_end(_without_appeals(own)), about)
    return replace(_without_tail(own, about, credits_above), captions=tuple(captions))


def _strip_shortcodes(block: Block) -> str:
    # Longer lines are prose, and a line made of brackets would cost its length squared.
    if "[" not in block.text or block.kind is Kind.CODE or len(block.text) > _LONGEST_SHORTCODE:
        return block.text
    text = _CLOSED_SHORTCODE.sub("", block.text)

    def without(found: re.Match[str]) -> str:
        is_code = _BARE_NAME.fullmatch(found[1]) or f"[/{found[1]}]" in text
        return "" if is_code else found[0]

    return _SHORTCODE.sub("", _BARE_SHORTCODE.sub(without, text)).strip()


def _without_captions(blocks: list[Block], about: About) -> list[Block]:
    captions = {wording.key(caption) for caption in about.captions}
    return [block for block in blocks if not captions or wording.key(block.text) not in captions] or blocks


def _without_head(blocks: list[Block], about: About) -> tuple[list[Block], list[str]]:
    """The blocks without headline (also with what stands before it), dateline and byline; the sources named there."""
    authors = [wording.key(author) for author in about.authors]
    start = 0
    for n, block in enumerate(blocks[: 2 * _HEAD_LINES]):
        if wording.is_headline(block.text, about.titles) and _is_light(blocks[:n]):
            start = n + 1
    head: list[Block] = []
    sources: list[str] = []
    for n, block in enumerate(blocks[start : start + _HEAD_LINES], start):
        before = blocks[n - 1] if n > start else None
        is_own = _is_attribution(before, block, authors) or _is_of_list(blocks, n, at_head=True)
        if is_own or not _is_heading_matter(block, authors, about):
            head.append(block)
        else:
            sources += wording.credits_in(block.text)
    return head + blocks[start + _HEAD_LINES :], sources


def _is_attribution(before: Block | None, block: Block, authors: list[str]) -> bool:
    """Whether a line under a quotation says whose words they are, and these are the author's own."""
    is_quoted = before is not None and before.kind is block.kind is Kind.QUOTE
    return is_quoted and wording.key(block.text) in authors


def _is_light(blocks: list[Block]) -> bool:
    """Whether lines are short enough, each and together, to be labels above a headline rather than text."""
    return all(len(block.text) <= _SHORT for block in blocks) and sum(len(block.text) for block in blocks) <= 4 * _SHORT


def _is_heading_matter(block: Block, authors: list[str], about: About) -> bool:
    """Whether one of the first lines says what the headline does, or who wrote the article and when."""
    line = block.text
    if block.kind is Kind.CODE:
        return False
    if wording.is_headline(line, about.titles) or (wording.is_stamp(line) and not block.is_table_row):
        return True
    if block.kind is Kind.ROW:
        # Pages laid out in tables have it in a row; a source among its cells tells it from a table of dates.
        return wording.is_about_page(line) and bool(wording.credits_in(line))
    return len(line) <= 2 * _SHORT and _names_makers(line, authors, about)


def _names_makers(line: str, authors: list[str], about: About) -> bool:
    """Whether a short line is a byline, a dateline or the site's name; a sentence is none."""
    form = wording.key(line)
    if not form or form in authors or form == wording.key(about.site_name):
        return True
    if _SENTENCE_END.search(line.rstrip()):
        return False
    if wording.is_about_page(line):
        return True
    return len(line) <= _SHORT and (wording.is_byline(line) or bool(dated_byline(line)))


def _ends_sentence(line: str) -> bool:
    return _SENTENCE_END.search(line.rstrip()) is not None and line.count(" ") >= _SENTENCE_SPACES


def _without_sections(blocks: list[Block]) -> list[Block]:
    """Everything from the last heading of other stories or comments on, where it is the end and no prose follows."""
    for n in range(len(blocks) - 1, 0, -1):
        if not wording.is_heading(blocks[n].text):
            continue
        rest = blocks[n + 1 :]
        long_lines = sum(len(block.text) > 2 * _SHORT for block in rest)
        if long_lines == 0 and sum(len(b.text) for b in rest) < _TAIL_SHARE * 2 * sum(len(b.text) for b in blocks[:n]):
            blocks = blocks[:n]
    return blocks


def _without_empty_sections(blocks: list[Block]) -> list[Block]:
    """Without headings at the end that head nothing: a sidebar's, whose lists of links are gone ("Archive", "Feeds").

    Of the short lines that close a text the headings must be three, and most. Longer headings are questions and stages.
    """
    start = len(blocks)
    while start and len(blocks[start - 1].text) <= (_NAME if blocks[start - 1].kind is Kind.HEADING else _TAG):
        start -= 1
    while start < len(blocks) and blocks[start].kind is not Kind.HEADING:
        start += 1
    headings = sum(block.kind is Kind.HEADING for block in blocks[start:])
    is_sidebar = headings >= _LEAST_HEADINGS and 2 * headings > len(blocks) - start
    return blocks[:start] if start and is_sidebar else blocks


def _is_furniture(block: Block, n: int, count: int) -> bool:
    """Whether a line can be nothing but furniture where it stands."""
    line = block.text
    if block.kind is Kind.CODE:
        return False
    if len(line) <= 2 * _SHORT and wording.is_path(line):
        return True
    if block.kind is Kind.ROW:
        return _is_notice(line, n, count) or wording.is_control_row(line)
    return not _WORD.search(line) or _is_label(line) or _is_notice(line, n, count)


def _is_label(line: str) -> bool:
    """Whether a line is a control, the heading of a list of links, a pointer elsewhere or a menu."""
    if len(line) <= _SHORT and (wording.is_control(line) or wording.is_heading(line)):
        return True
    if len(line) <= 2 * _SHORT and wording.has_lead_mark(line) and not _ends_sentence(line):
        return True
    return wording.is_menu(line)


def _is_said_of_picture(block: Block) -> bool:
    """Whether a line is a picture's credit, or a caption with the credit in brackets behind it."""
    if block.kind in {Kind.CODE, Kind.ROW}:
        return False
    line = block.text
    if len(line) <= _SHORT and wording.is_photo_credit(line):
        return True
    return weigh(line) <= _CAPTION and wording.ends_in_photo_credit(line)


def _is_notice(line: str, n: int, count: int) -> bool:
    """Whether a line is a legal or technical notice: by how it begins in the second half, by its words at the end."""
    if len(line) <= _APPEAL and wording.is_legal(line) and n > count // 2:
        return True
    return 0 < n >= count - _TAIL_LINES and len(line) <= _NOTICE and wording.is_notice(line)


def _without_appeals(blocks: list[Block]) -> list[Block]:
    """Appeals to subscribe, follow or give: whole lines that make one, and short lines that give one its sequel."""
    calls = [len(block.text) <= _APPEAL and _is_call(block.text) for block in blocks]
    return [block for n, block in enumerate(blocks) if not calls[n]]


def _is_call(line: str) -> bool:
    return wording.has_call(line)


def _without_biography(blocks: list[Block], about: About) -> list[Block]:
    """The lines without those on who wrote the article, of which the first begins with a name of the byline.

    What follows it goes with it: a biography of several paragraphs, an address to write to, the site's own appeal.
    Where a line further up begins with the name too, it is one who speaks or acts in the story.
    """
    names = tuple(f"{wording.key(author)} " for author in about.authors if " " in wording.key(author))
    named = [n for n, block in enumerate(blocks) if names and wording.key(block.text).startswith(names)]
    first = named[0] if named else 0
    is_last = 0 < len(blocks) - first <= _TAIL_LINES < first
    return blocks[:first] if is_last and len(blocks[first].text) <= _BIOGRAPHY else blocks


def _without_tail(blocks: list[Block], about: About, sources: list[str]) -> Cleaned:
    """The lines without what closes a page: credits, stamps, bylines, notices; the credits are kept apart."""
    credit: list[str] = []
    authors = {wording.key(author) for author in about.authors}
    end = len(blocks)
    while end > 1:
        line = blocks[end - 1].text
        is_last = len(blocks) - end < _TAIL_LINES
        is_own = _is_of_table(blocks, end - 1) or _is_of_list(blocks, end - 1)
        closes = (len(line) <= _SHORT and _closes(line, authors)) or (is_last and _is_about_makers(line, authors))
        is_credit = wording.is_agency_credit(line) or (len(line) <= _NAME and is_agency(line.strip("()[]")))
        if len(line) <= _APPEAL and (is_credit or (is_last and wording.is_contribution(line))):
            credit.insert(0, line.strip().strip("()"))
        elif is_own or not closes:
            break
        end -= 1
    return Cleaned(blocks[:end], " ".join(" ".join([*sources, *credit]).split()) or None)


def _is_of_table(blocks: list[Block], at: int) -> bool:
    """Whether a row is of figures alone, or no byline and beside another: "Daraa | 12 May" tells of no page then."""
    if not blocks[at].is_table_row or wording.is_byline(blocks[at].text):
        return False
    return wording.is_stamp(blocks[at].text) or any(blocks[n].is_table_row for n in alike_beside(blocks, at))


def _is_of_list(blocks: list[Block], at: int, *, at_head: bool = False) -> bool:
    """Whether an item, no byline, stands in a list that a colon or a heading announces: hours, days, numbers.

    Under a headline a list may be of those who made the article, and when; there only a colon speaks for it.
    """
    first = at
    while first and blocks[first].kind in ITEMS:
        first -= 1
    if first == at or wording.is_byline(blocks[at].text):
        return False
    above = blocks[first]
    return above.text.endswith((":", "：")) or (above.kind is Kind.HEADING and not at_head)


def _is_about_makers(line: str, authors: set[str]) -> bool:
    """Whether a closing line is about the author or asks to follow: it begins with the byline's name, or is short.

    Columns and blogs end with a sentence on who wrote them. A report seldom ends with one about its own reporter.
    """
    if len(line) <= 2 * _SHORT and wording.asks_to_follow(line):
        return True
    form = wording.key(line)
    return len(line) <= _BIOGRAPHY and any(" " in name and form.startswith(f"{name} ") for name in authors)


def _closes(line: str, authors: set[str]) -> bool:
    if wording.is_stamp(line) or wording.key(line) in authors or wording.is_legal(line):
        return True
    if _SENTENCE_END.search(line.rstrip()) and not wording.is_photo_credit(line):
        return False
    return wording.is_byline(line) or wording.is_about_page(line) or wording.is_photo_credit(line)
