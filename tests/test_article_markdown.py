"""An article's Markdown: every kind of line, and what stands between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from commands.article_markdown import article_markdown
from storage.article_views import ArticleView
from storage.records import ArticleStatus, Embed, Image, Link

_AT = datetime(2026, 5, 1, tzinfo=UTC)
ARTICLE = ArticleView(
    public_id="a1",
    url="https://paper.example/1",
    urls=(),
    source="paper",
    status=ArticleStatus.LIVE,
    title="Floods * again",
    authors=("Ann Lee",),
    language="en",
    direction="ltr",
    published_at=None,
    published_on=date(2026, 5, 1),
    published_raw=None,
    published_from=None,
    published_zone=None,
    modified_at=None,
    modified_on=None,
    modified_raw=None,
    modified_from=None,
    modified_zone=None,
    image_url=None,
    image_caption=None,
    image_credit=None,
    agency_credit=None,
    agencies=("Agency",),
    paywalled=None,
    section=None,
    tags=(),
    topics_from=None,
    description=None,
    structure="",
    images=(),
    links=(),
    embeds=(),
    word_count=0,
    country=None,
    first_seen_at=_AT,
    last_seen_at=_AT,
    gone_at=None,
    missing_since=None,
    version=1,
    text="",
)
HEAD = "# Floods \\* again\n\nAnn Lee, Agency · 2026-05-01 · <https://paper.example/1>\n\n"


def markdown(structure: str, *lines: str, **also: object) -> str:
    article = replace(ARTICLE, structure=structure, text="\n".join(lines), **also)  # type: ignore[arg-type]
    return article_markdown(article).removeprefix(HEAD)


def test_markdown_of_each_kind_of_line() -> None:
    lines = ("One.", "Damage", "a", "b", "first", "Said so.", "x | 1", "y | 2", "if a:", "    b")
    assert markdown("p3iinqrrcc", *lines) == (
        "One.\n\n### Damage\n\n- a\n- b\n\n1. first\n\n> Said so.\n\n| x | 1 |\n| --- | --- |\n| y | 2 |\n\n"
        "```\nif a:\n    b\n```\n"
    )


def test_markdown_puts_links_on_their_words_and_signs_of_its_own_out_of_force() -> None:
    links = (Link("https://e.example/(a)", "one", 0), Link("https://e.example/b", "one", 0))
    assert markdown("pp", "one_ and one", "1. not a list", links=links) == (
        "[one](<https://e.example/(a)>)\\_ and [one](<https://e.example/b>)\n\n\\1. not a list\n"
    )


def test_markdown_shows_pictures_and_posts_where_they_stand() -> None:
    images = (Image("https://e.example/1.jpg", "A road", "Ann", "road", 1),)
    embeds = (Embed("https://x.com/a/status/1", "x", 1, 1), Embed("https://youtu.be/1", "youtube", 2))
    assert markdown("pq", "One.", "Rain again.", images=images, embeds=embeds) == (
        "One.\n\n![road](<https://e.example/1.jpg>)\n*A road (Ann)*\n\n> Rain again.\n\n"
        "> x: <https://x.com/a/status/1>\n\n> youtube: <https://youtu.be/1>\n"
    )


def test_markdown_of_a_version_read_before_structure_was_kept_is_its_paragraphs() -> None:
    assert article_markdown(replace(ARTICLE, structure=None, text="One.\nTwo.")) == f"{HEAD}One.\n\nTwo.\n"
