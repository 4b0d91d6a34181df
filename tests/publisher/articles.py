"""The newsroom's articles: text files of our own writing, read into frozen values.

A file is `key: value` lines, an empty line, then blocks parted by empty lines. A block that begins with `## ` is
a heading, with `> ` a pulled quote, and `- ` lines are a list; every other block is a paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

ARTICLES = Path(__file__).resolve().parent.parent / "newsroom_articles"


class BlockKind(StrEnum):
    """What a block of an article's body is."""

    PARAGRAPH = "p"
    HEADING = "h2"
    QUOTE = "blockquote"
    ITEM = "li"


_MARKS = {"## ": BlockKind.HEADING, "> ": BlockKind.QUOTE, "- ": BlockKind.ITEM}


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, quote or list item."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """An article as its newsroom wrote it; `published_at` carries the publisher's own UTC offset.

    `language` is None where it is the site's. Empty strings mean that the page shows nothing of the kind.
    """

    slug: str
    number: int
    title: str
    published_at: datetime
    blocks: tuple[Block, ...]
    language: str | None = None
    author: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    caption: str = ""
    credit: str = ""

    @property
    def text(self) -> str:
        """The body as the archive must hold it: a block a line."""
        return "\n".join(block.text for block in self.blocks)

    def edited(self, old: str, new: str) -> Article:
        """The article with `old` replaced in its body.

        Raises:
            ValueError: No block holds `old`: a test that edits nothing proves nothing.
        """
        blocks = tuple(replace(block, text=block.text.replace(old, new)) for block in self.blocks)
        if blocks == self.blocks:
            raise ValueError(f"{self.slug} does not hold {old!r}, or the edit changes nothing")
        return replace(self, blocks=blocks)


def blocks_of(body: str) -> tuple[Block, ...]:
    """The blocks of a body in the notation that the module's docstring tells."""
    return tuple(block for part in re.split(r"\n{2,}", body.strip()) for block in _blocks_of_part(part))


def _blocks_of_part(part: str) -> list[Block]:
    kind = next((kind for mark, kind in _MARKS.items() if part.startswith(mark)), BlockKind.PARAGRAPH)
    if kind is BlockKind.PARAGRAPH:
        return [Block(kind, " ".join(part.split()))]
    return [Block(kind, line.split(" ", 1)[1].strip()) for line in part.splitlines()]


def read_article(path: Path) -> Article:
    """The article of one file; its slug is the file's name."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Article(
        slug=path.stem,
        number=int(fields.pop("id")),
        title=fields.pop("title"),
        published_at=datetime.fromisoformat(fields.pop("published")),
        blocks=blocks_of(body),
        language=fields.pop("lang", None),
        tags=tuple(tag.strip() for tag in fields.pop("tags", "").split(",") if tag.strip()),
        **fields,
    )


def articles_of(site_key: str) -> list[Article]:
    """All articles written for one site, newest first."""
    found = [read_article(path) for path in (ARTICLES / site_key).glob("*.txt")]
    return sorted(found, key=lambda article: article.published_at, reverse=True)
