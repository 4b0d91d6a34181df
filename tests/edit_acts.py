"""The words in which the catalogues of changes are written: who does them, and what must come of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.publisher.articles import blocks_of
from tests.publisher.replies import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.newsroom import Newsroom
    from tests.publisher.replies import Request

SITES = {"en": "courier", "ar": "marsad"}
Act = Callable[["Editor"], None]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Editor:
    """Somebody at the newsroom who does one thing to one article."""

    newsroom: Newsroom
    slug: str
    language: str
    place: str

    @property
    def site(self) -> str:
        return SITES[self.language]

    def edit(self, pairs: dict[str, Pair]) -> None:
        old, new = pairs[self.language]
        self.newsroom.edit(self.slug, old.format(place=self.place), new.format(place=self.place))

    def set_text(self, text: str) -> None:
        self.newsroom.set_blocks(self.slug, blocks_of(text))

    def paragraphs(self) -> list[str]:
        return self.newsroom.article(self.slug).text.split("\n")

    def set_paragraphs(self, paragraphs: Sequence[str]) -> None:
        self.set_text("\n\n".join(paragraphs))

    def serve(self, page: str) -> None:
        self.answer(Reply.html(page))

    def dress(self, change: Callable[[str], str]) -> None:
        """Has the page go out changed, with an ETag that says so."""

        def fault(_request: Request, reply: Reply) -> Reply:
            etag = ("ETag", f'{reply.header("ETag").rstrip(chr(34))}-dressed"')
            return replace(reply, body=change(reply.body.decode()).encode()).with_headers(etag)

        self.newsroom.spoil(self.newsroom.url(self.slug), fault)

    def answer(self, reply: Reply) -> None:
        self.newsroom.serve(self.site, urlsplit(self.newsroom.url(self.slug)).path, reply)


@dataclass(frozen=True)
class Kind:
    """One thing that publishers do.

    `outcomes` are those of the second, third and perhaps fourth look; `edit_class` and `flags` those of the first edit
    it makes (the flags named must be raised). `then` happens between the second and the third look, or the third and
    the fourth where there is one.
    """

    key: str
    what: str
    act: Act
    outcomes: tuple[str, ...] = ("edited", "unchanged")
    edit_class: str = ""
    flags: frozenset[str] = frozenset()
    then: Act | None = None
    versions: int = 1
    examples: dict[str, Pair] = field(default_factory=dict)

    @property
    def is_edit(self) -> bool:
        return bool(self.edit_class)


def edited(key: str, what: str, edit_class: str, flags: str, pairs: dict[str, Pair]) -> Kind:
    """A kind that replaces some words and makes a version."""
    return Kind(
        key,
        what,
        lambda editor: editor.edit(pairs),
        edit_class=edit_class,
        flags=frozenset(flags.split()),
        versions=2,
        examples=pairs,
    )


def noise(key: str, what: str, act: Act, examples: dict[str, Pair] | None = None) -> Kind:
    return Kind(key, what, act, ("noise", "unchanged"), examples=examples or {})


def replaced(key: str, what: str, pairs: dict[str, Pair]) -> Kind:
    return noise(key, what, lambda editor: editor.edit(pairs), pairs)


def gone(key: str, what: str, act: Act) -> Kind:
    return Kind(key, what, act, ("missing", "gone"))


def retitled(editor: Editor, pairs: dict[str, Pair]) -> None:
    editor.newsroom.set_title(editor.slug, pairs[editor.language][1].format(place=editor.place))


def appended(key: str, what: str, flags: str, lines: dict[str, str], *, is_noise: bool = False) -> Kind:
    """A kind that adds a paragraph at the end (as noise: before the last)."""

    def act(editor: Editor) -> None:
        paragraphs = editor.paragraphs()
        paragraphs.insert(len(paragraphs) - is_noise, lines[editor.language].format(place=editor.place))
        editor.set_paragraphs(paragraphs)

    examples = {language: ("", line) for language, line in lines.items()}
    if is_noise:
        return noise(key, what, act, examples)
    return Kind(key, what, act, (("edited"), "unchanged"), "substantive", frozenset(flags.split()), None, 2, examples)


def page(title: str, text: str) -> str:
    return f'<!DOCTYPE html><html><head><meta charset="UTF-8"><title>{title}</title></head><body>{text}</body></html>'
