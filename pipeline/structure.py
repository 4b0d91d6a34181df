"""An article as it is stored: its text, one block a line, and beside it what each line is, links, pictures, posts."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.blocks import Kind
from pipeline.captions import split_text
from pipeline.embeds import recognise_bare
from pipeline.normalize import clean_text
from pipeline.pictures import beginning, text_holder
from pipeline.urls import absolute
from storage.records import Embed, Image, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.blocks import Block
    from pipeline.embeds import Post
    from pipeline.outline import Outline
    from pipeline.pictures import Picture

_MOST_LINKS = 1000
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Structured:
    """The text, a letter for each of its lines (:attr:`Block.letter`), and what stands in and between them."""

    text: str
    structure: str
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    embeds: tuple[Embed, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside text: its outline as parsed, the article's own pictures, the posts of other sites.

    ``base`` is what relative addresses resolve against; ``captions`` are lines of the text that were said of pictures.
    """

    outline: Outline
    base: str
    pictures: Sequence[Picture]
    posts: Sequence[Post] = ()
    captions: Sequence[Block] = ()


def compose(blocks: Sequence[Block], shown: Shown) -> Structured:
    """Lay an article out, whose blocks come in order; one that names no element stands behind the one before it."""
    lines: list[tuple[Block, str]] = []
    bare: list[Embed] = []
    for block in blocks:
        known = recognise_bare(block.text) if block.kind is Kind.PARAGRAPH else None
        if known:
            bare.append(Embed(known[1], known[0], len(lines)))
        else:
            lines += [(block, text) for text in clean_text(block.text).split("\n") if text]
    places = _places([block for block, _ in lines], shown.outline)
    return Structured(
        "\n".join(text for _, text in lines),
        "".join(block.letter for block, _ in lines),
        _images(shown, places),
        _links(lines, shown.base),
        _embeds(blocks, shown, places, bare),
    )


def _places(blocks: Sequence[Block], outline: Outline) -> list[int]:
    """For each line the position of the block it stands in, never before that of the line above it."""
    places: list[int] = []
    last = -1
    for block in blocks:
        if block.element is not None:
            last = max(last, outline.position.get(block.element, last))
        places.append(last)
    return places


def _with_captions(shown: Shown) -> list[Picture]:
    """The pictures; one of which nothing is said gets the caption right behind it that was taken out of the text."""
    if not shown.captions:
        return list(shown.pictures)
    positions = [shown.outline.position[picture.element] for picture in shown.pictures]
    said: dict[int, tuple[str | None, str | None]] = {}
    for block in shown.captions:
        place = shown.outline.position.get(block.element, -1) if block.element is not None else -1
        if (n := bisect_left(positions, place) - 1) >= 0 and not shown.pictures[n].caption:
            said.setdefault(n, split_text(block.text))
    return [
        replace(picture, caption=said[n][0], credit=said[n][1] or picture.credit) if n in said else picture
        for n, picture in enumerate(shown.pictures)
    ]


def _images(shown: Shown, places: list[int]) -> tuple[Image, ...]:
    found: list[Image] = []
    for picture in _with_captions(shown):
        position = shown.outline.position[picture.element]
        if image := image_of(picture, shown.base, sum(place < position for place in places)):
            found.append(image)
    return tuple(found)


def image_of(picture: Picture, base: str, line: int = 0) -> Image | None:
    """A picture as it is kept, behind that many lines; None where its address is none."""
    caption, credit, alt = (text and clean_text(text) for text in (picture.caption, picture.credit, picture.alt))
    url = absolute(picture.address, base)
    return Image(url, caption, credit, alt, line) if url else None


def _links(lines: Sequence[tuple[Block, str]], base: str) -> tuple[Link, ...]:
    found: list[Link] = []
    before: Block | None = None
    for number, (block, _) in enumerate(lines):
        if block is not before:
            for anchor in block.links:
                url = absolute(anchor.href, base)
                if url and len(url) <= _LONGEST_URL:
                    found.append(Link(url, clean_text(anchor.text), number))
        before = block
    return tuple(found[:_MOST_LINKS])


def _embeds(blocks: Sequence[Block], shown: Shown, places: list[int], bare: list[Embed]) -> tuple[Embed, ...]:
    """The posts that stand between the article's beginning and the end of what holds its text."""
    outline, holder = shown.outline, text_holder(blocks, shown.outline)
    if holder is None:
        return tuple(bare)
    known = {embed.url for embed in bare}
    bounds = range(beginning(outline, holder), outline.end[holder])
    posts = [post for post in shown.posts if post.url not in known and outline.position[post.element] in bounds]
    return tuple(sorted([*bare, *(_embed(post, outline, places) for post in posts)], key=lambda embed: embed.line))


def _embed(post: Post, outline: Outline, places: list[int]) -> Embed:
    start = outline.position[post.element]
    end = outline.end[start]
    within = [number for number, place in enumerate(places) if start <= place < end]
    first = within[0] if within else sum(place < start for place in places)
    return Embed(post.url, post.provider, first, len(within))
