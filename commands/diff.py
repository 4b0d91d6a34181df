"""``warraq diff``: what changed between two versions of an article, word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console

from commands.finding import find, pick_two
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, Record, format_option, write_record
from commands.render_diff import print_diff, print_paragraph
from commands.times import shown_exactly
from pipeline.diff import diff_paragraph, diff_texts

if TYPE_CHECKING:
    from pipeline.diff import ParagraphDiff, TextDiff
    from storage.article_views import ArticleView, VersionView


@click.command(cls=WarraqCommand, example="warraq diff https://news.example/2026/07/a-headline 1 2")
@click.argument("url_or_id", metavar="URL|ID")
@click.argument("first", metavar="[A", type=click.IntRange(min=1), required=False)
@click.argument("second", metavar="B]", type=click.IntRange(min=1), required=False)
@format_option()
@pass_invocation
def diff(invocation: Invocation, url_or_id: str, first: int | None, second: int | None, answer_format: Format) -> None:
    """Compare versions A and B of an article; without B the current one, without both the last two.

    Removed and added words are coloured on a terminal and stand in [-marks-] and {+marks+} elsewhere.
    """
    with reading(invocation) as queries:
        article = find(queries, url_or_id)
    before, after = pick_two(article, first, second)
    title, text = diff_paragraph(before.title, after.title), diff_texts(before.text, after.text)
    if answer_format is Format.TABLE:
        _print(before, after, title, text)
    else:
        write_record(_record(article, before, after, title, text), answer_format)


def _print(before: VersionView, after: VersionView, title: ParagraphDiff, text: TextDiff) -> None:
    console = Console(highlight=False)
    heading = f"{_named(before)} to {_named(after)}: {_words(text)}"
    console.print(heading, style="bold", markup=False, soft_wrap=not console.is_terminal)
    if not title.is_equal:
        print_paragraph(console, title, label="headline: ")
    print_diff(console, text)


def _named(version: VersionView) -> str:
    return f"version {version.number} ({shown_exactly(version.captured_at)})"


def _words(text: TextDiff) -> str:
    removed, added = text.words_removed, text.words_added
    return f"{removed} word{'' if removed == 1 else 's'} removed, {added} added" if removed or added else "same text"


def _record(
    article: ArticleView, before: VersionView, after: VersionView, title: ParagraphDiff, text: TextDiff
) -> Record:
    return {
        "id": article.public_id,
        "url": article.url,
        "from": before.number,
        "to": after.number,
        "words_removed": text.words_removed,
        "words_added": text.words_added,
        "title": _runs(title),
        "paragraphs": [_runs(paragraph) for paragraph in text.paragraphs],
    }


def _runs(paragraph: ParagraphDiff) -> list[Record]:
    return [{"change": run.change.value, "text": run.text} for run in paragraph.runs]
