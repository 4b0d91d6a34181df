"""An article as Markdown (CommonMark, tables as GitHub has them): made on demand from its text and its structure.

The stored text stays plain, so that people can search and compare it; what each line is, links, pictures and posts of
other sites stand beside it in the archive, and are put together here. Line order and direction are the publisher's.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from storage.article_views import ArticleView
    from storage.records import Embed, Image, Link

_SPECIAL = re.compile(r"([\\`*_\[\]<])")
_OPENING = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[>+-](?=\s|$)|(?:\d{1,9})(?=[.)](?:\s|$)))")
_FENCE = re.compile(r"`{3,}")
_UNKNOWN_LEVEL = 2
_CELLS = " | "
_TIGHT = frozenset("inrc")
"""Letters of lines that belong to the line before them without a blank line between."""


def article_markdown(article: ArticleView) -> str:
    """The article: its headline as the only heading of the first level, its byline, then the text."""
    parts = [f"# {escaped(article.title)}"] if article.title else []
    if byline := _byline(article):
        parts.append(byline)
    return "\n\n".join([*parts, *_body(article)]) + "\n"


def _byline(article: ArticleView) -> str:
    day = article.published_at or article.published_on
    facts = [*article.authors, *(name for name in article.agencies if name not in article.authors)]
    stated = [escaped(", ".join(facts)), day.isoformat()[:10] if day else "", f"<{article.url}>"]
    return " · ".join(filter(None, stated))


def _body(article: ArticleView) -> Iterator[str]:
    """The parts of the text, to be set apart by blank lines."""
    lines = (article.text or "").split("\n") if article.text else []
    letters = article.structure or ""
    letters = letters if len(letters) == len(lines) else "p" * len(lines)
    quoted = {number for embed in article.embeds for number in range(embed.line, embed.line + embed.lines)}
    for (letter, is_post), group in groupby(enumerate(lines), lambda pair: (letters[pair[0]], pair[0] in quoted)):
        numbers = [number for number, _ in group]
        for run in [numbers] if letter in _TIGHT and not is_post else [[number] for number in numbers]:
            yield from _between(article, run[0])
            texts = [lines[n] if letter == "c" else _linked(lines[n], article.links, n) for n in run]
            yield _post(texts[0]) if is_post else _block(letter, texts)
    yield from _between(article, len(lines))


def _between(article: ArticleView, line: int) -> Iterator[str]:
    """What stands right above a line: pictures, and the sources of posts that end there."""
    for embed in article.embeds:
        if embed.line + embed.lines == line:
            yield _source(embed)
    for image in article.images:
        if image.line == line:
            yield _picture(image)


def _block(letter: str, texts: list[str]) -> str:
    """One block of some kind; ``texts`` are its lines."""
    draw = _DRAWN.get(letter)
    if draw is not None:
        return draw(texts)
    return f"{'#' * max(2, int(letter) if letter.isdecimal() else _UNKNOWN_LEVEL)} {texts[0]}"


def _post(text: str) -> str:
    return f"> {text}"


def _source(embed: Embed) -> str:
    return f"> {embed.provider}: <{embed.url}>"


def _picture(image: Image) -> str:
    picture = f"![{escaped(image.alt or '')}](<{image.url}>)"
    caption = escaped(" ".join(filter(None, (image.caption, f"({image.credit})" if image.credit else ""))))
    return f"{picture}\n*{caption}*" if caption else picture


def _code(texts: Iterable[str]) -> str:
    code = "\n".join(texts)
    fence = "`" * max(3, *(len(run) + 1 for run in _FENCE.findall(code)), 3)
    return f"{fence}\n{code}\n{fence}"


def _table(texts: list[str]) -> str:
    """Rows as a table, the first as its head: Markdown knows no other, and pages put theirs there."""
    rows = [text.split(_CELLS) for text in texts]
    width = max(map(len, rows))
    drawn = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
    return "\n".join([drawn[0], f"|{' --- |' * width}", *drawn[1:]])


def _linked(text: str, links: Iterable[Link], number: int) -> str:
    """A line with its links, each put on the first of its words that stand behind the link before it."""
    parts: list[str] = []
    rest = text
    for link in links:
        if link.line == number and (at := rest.find(link.text)) >= 0:
            parts += [escaped(rest[:at]), f"[{escaped(link.text)}](<{link.url}>)"]
            rest = rest[at + len(link.text) :]
    return _OPENING.sub(r"\1\\\2", "".join([*parts, escaped(rest)]))


def escaped(text: str) -> str:
    """Text whose own signs mean nothing in Markdown."""
    return _SPECIAL.sub(r"\\\1", text)


_DRAWN: dict[str, Callable[[list[str]], str]] = {
    "p": "\n".join,
    "q": lambda texts: "\n".join(map(_post, texts)),
    "i": lambda texts: "\n".join(f"- {text}" for text in texts),
    "n": lambda texts: "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1)),
    "r": _table,
    "c": _code,
}
