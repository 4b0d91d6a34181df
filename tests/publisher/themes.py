"""Themes: folders of HTML templates that dress the same article in different furniture.

`page.html` and `home.html` are whole pages; `early`, `middle` and `end.html` are furniture put among the article's
paragraphs (after the second, halfway, after the last). A template line that names an empty value is left out, so
that an article without a caption has no caption box. A redesign is a change of theme.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from tests.publisher.articles import Block, BlockKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

THEMES = Path(__file__).resolve().parent.parent / "newsroom_themes"
_NAMES = re.compile(r"\$\{?([a-z_0-9]+)")


@dataclass(frozen=True, slots=True)
class Theme:
    """The templates of one design."""

    name: str
    page: str
    home: str
    early: str
    middle: str
    end: str

    def article(self, blocks: Sequence[Block], values: Mapping[str, str]) -> str:
        """The page of one article; every value of `values` is HTML already."""
        body = _pieces(blocks)
        body.insert(max(len(body) // 2, 3), fill(self.middle, values))
        body.insert(2, fill(self.early, values))
        body.append(fill(self.end, values))
        return fill(self.page, {**values, "body": "\n".join(body)})

    def front(self, values: Mapping[str, str]) -> str:
        """The home page or a section's list."""
        return fill(self.home, values)


def _pieces(blocks: Sequence[Block]) -> list[str]:
    """The blocks as HTML; neighbouring list items become one list."""
    runs = groupby(enumerate(blocks), key=lambda pair: -1 if pair[1].kind is BlockKind.ITEM else pair[0])
    return [_html([block for _, block in run]) for _, run in runs]


def _html(run: Sequence[Block]) -> str:
    texts = [escape(block.text, quote=False) for block in run]
    match run[0].kind:
        case BlockKind.ITEM:
            return "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>"
        case BlockKind.QUOTE:
            return f"<blockquote><p>{texts[0]}</p></blockquote>"
        case kind:
            return f"<{kind}>{texts[0]}</{kind}>"


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its values put in, without the lines whose value is empty."""
    kept = [line for line in template.splitlines() if all(values[name] for name in _NAMES.findall(line))]
    return Template("\n".join(kept)).substitute(values)


@cache
def theme(name: str) -> Theme:
    """The theme of that name."""
    folder = THEMES / name
    parts = {part: folder / f"{part}.html" for part in ("page", "home", "early", "middle", "end")}
    return Theme(name, **{part: path.read_text(encoding="utf-8") for part, path in parts.items()})
