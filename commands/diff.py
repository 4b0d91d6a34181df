"""``warraq diff``: what changed between two versions of an article, word by word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from commands.finding import find, pick_two
from commands.html_diff import html_page
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import opened
from commands.output import Format, Record, format_option, say, write_record
from commands.render_diff import print_diff, print_paragraph
from commands.side_by_side import NARROWEST, print_beside, rows_of
from commands.times import shown_exactly
from pipeline.diff import diff_paragraph, diff_texts
from pipeline.measure import Content, measure
from storage.changes import read_edit
from storage.queries import Queries

if TYPE_CHECKING:
    from pipeline.diff import ParagraphDiff, TextDiff
    from storage.article_views import ArticleView, VersionView
    from storage.changes import EditView

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
    with opened(invocation) as archive:
        article = find(Queries(archive), url_or_id)
        versions = pick_two(article, first, second)
        before, after = versions
        edit = read_edit(archive, before.public_id, after.public_id)
    note = _differs_by_reading(edit, before, after) if edit else ""
    if note:
        say(note)
    title, text = diff_paragraph(before.title, after.title), diff_texts(before.text, after.text)
    if page is not None:
        page.write_text(html_page(article, versions, title, text, note), encoding="utf-8")
        say(f"wrote {page}")
    elif answer_format is Format.TABLE:
        _print(versions, title, text, is_beside=is_beside)
    else:
        write_record(_record(article, before, after, title, text), answer_format)


def _differs_by_reading(edit: EditView, before: VersionView, after: VersionView) -> str:
    """What is said where two texts differ by more than the edit; empty where they do not.

    An edit is measured with both pages read by one rule; the texts of the versions are as each was read in its time.
    """
    stored = measure(*(Content(version.title, version.text, version.language) for version in (before, after)))
    if edit.words_added is None or (stored.words_added, stored.words_removed) == (edit.words_added, edit.words_removed):
        return ""
    return (
        f"the publisher's edit is +{edit.words_added} -{edit.words_removed} words, with both pages read by one rule; "
        "the other lines differ only by the rules that read these pages in their time"
    )


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
