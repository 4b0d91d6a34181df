"""``warraq diff``: what changed between two versions of an article, word by word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from commands.finding import find, pick_two
from commands.html_diff import html_page
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import reading
from commands.output import Format, Record, format_option, say, write_record
from commands.render_diff import print_diff, print_paragraph
from commands.side_by_side import NARROWEST, print_beside, rows_of
from commands.times import shown_exactly
from pipeline.diff import diff_paragraph, diff_texts

if TYPE_CHECKING:
    from pipeline.diff import ParagraphDiff, TextDiff
    from storage.article_views import ArticleView, VersionView

_HTML_HELP = "Write the comparison to FILE, as one page of HTML with nothing outside it and no scripts."


@click.command(cls=WarraqCommand, example="warraq diff https://news.example/2026/07/a-headline 1 2 --html diff.html")
@click.argument("url_or_id", metavar="URL|ID")
@click.argument("first", metavar="[A", type=click.IntRange(min=1), required=False)
@click.argument("second", metavar="B]", type=click.IntRange(min=1), required=False)
@click.option(
    "--side-by-side/--inline",
    "is_beside",
    default=None,
    help=f"Two columns, or one text; left out, two columns on a terminal of {NARROWEST} columns and more.",
)
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=_HTML_HELP)
@format_option()
@pass_invocation
def diff(  # noqa: PLR0913 - one parameter an option
    invocation: Invocation,
    *,
    url_or_id: str,
    first: int | None,
    second: int | None,
    is_beside: bool | None,
    page: Path | None,
    answer_format: Format,
) -> None:
    """Compare versions A and B of an article; without B the current one, without both the last two.

    Removed and added words are coloured on a terminal and stand in [-marks-] and {+marks+} elsewhere.
    """
    with reading(invocation) as queries:
        article = find(queries, url_or_id)
    versions = pick_two(article, first, second)
    before, after = versions
    title, text = diff_paragraph(before.title, after.title), diff_texts(before.text, after.text)
    if page is not None:
        page.write_text(html_page(article, versions, title, text), encoding="utf-8")
        say(f"wrote {page}")
    elif answer_format is Format.TABLE:
        _print(versions, title, text, is_beside=is_beside)
    else:
        write_record(_record(article, before, after, title, text), answer_format)


def _print(
    versions: tuple[VersionView, VersionView], title: ParagraphDiff, text: TextDiff, *, is_beside: bool | None
) -> None:
    console = Console(highlight=False)
    before, after = map(_named, versions)
    if is_beside or (is_beside is None and console.is_terminal and console.width >= NARROWEST):
        is_rtl = "rtl" in (version.direction for version in versions)
        print_beside(console, (before, after), rows_of(title, text), is_rtl=is_rtl)
        console.print(_words(text), style="dim", markup=False)
        return
    heading = f"{before} to {after}: {_words(text)}"
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
