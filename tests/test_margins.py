"""What stands behind an article in boxes of its own, told by place and links alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.html import HtmlElement, document_fromstring

from pipeline.margins import without_end
from pipeline.reading import read_lines

if TYPE_CHECKING:
    from pipeline.blocks import Block

_STORY = "<div>" + "<p>The council voted on Tuesday to close the bridge for the whole of the coming winter.</p>" * 5
_OTHERS = "".join(
    f"<div><h3><a href=/{n}>Another headline of the day, as long as newspapers like them, number {n}</a></h3>"
    "<i>05/04, 12:30</i>"
    "<p>A teaser of that other story, which says in one full sentence what a reader will find there.</p></div>"
    for n in range(4)
)


def _blocks(page: str) -> list[Block]:
    tree = document_fromstring(page)
    assert isinstance(tree, HtmlElement)
    return [line.block for line in read_lines(tree)]


def test_end_of_linked_headlines_in_other_boxes_goes() -> None:
    blocks = _blocks(f"<body>{_STORY}</div>{_OTHERS}</body>")
    assert without_end(blocks) == blocks[:5]


def test_end_within_the_own_box_stays() -> None:
    blocks = _blocks(f"<body>{_STORY}{_OTHERS}</div></body>")
    assert without_end(blocks) == blocks


def test_last_paragraph_in_another_box_stays() -> None:
    paragraph = "The engineers expect it to open to traffic again in the spring, if the <a href=/w>weather</a> allows."
    last = f"<div><p>{paragraph}</p></div>"
    blocks = _blocks(f"<body>{_STORY}</div>{last}{_OTHERS}</body>")
    assert without_end(blocks) == blocks[:6]


def test_unlinked_list_in_another_box_stays() -> None:
    dates = "<ul><li>July 2, Uncasville</li><li>July 3, Boston</li><li>July 5, Saratoga</li></ul>"
    blocks = _blocks(f"<body>{_STORY}</div>{dates}</body>")
    assert without_end(blocks) == blocks
