"""``warraq search``: articles by their words, with the place that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from commands.bidi import isolated, printable
from commands.choosing import article_options
from commands.finding import refuse_unknown_source
from commands.invocation import Invocation, WarraqCommand, pass_invocation
from commands.opening import opened
from commands.output import Format, Record, answer, format_option, say
from commands.table import print_table
from commands.times import shown
from pipeline.search_query import read_query
from pipeline.snippets import Marked, Marker
from storage.errors import SearchQueryError
from storage.records_search import Search
from storage.search import search as search_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.records_search import Found, Query

_RANKED = 2000


@dataclass(frozen=True, slots=True)
class _Hit:
    """An article that was found, with what shows why."""

    article: Found
    title: Marked
    snippet: Marked


@click.command(cls=WarraqCommand, example="warraq search '\"city council\" budget* -sport' --since 30d")
@click.argument("query", nargs=-1, required=True)
@article_options
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="At most so many."
)
@click.option("--rank", is_flag=True, help=f"The most relevant of the newest {_RANKED:,} first, not the newest.")
@click.option("--exhaustive", is_flag=True, help="With --rank: the most relevant of all.")
@click.option("--all-versions", is_flag=True, help="Also in what publishers have changed or taken out since.")
@format_option()
@pass_invocation
def search(
    invocation: Invocation,
    /,
    *,
    query: tuple[str, ...],
    answer_format: Format,
    rank: bool,
    exhaustive: bool,
    **chosen: Any,
) -> None:
    """Find articles by the words of their headlines and texts, newest first.

    All words must be there, in whatever spelling of the same letters. "…" is a phrase, word* a beginning; AND, OR, NOT
    (or - before a word) and parentheses combine them. Put the query in single quotes, so that the shell leaves it as it
    is; after -- it may begin with -.
    """
    if exhaustive and not rank:
        raise click.UsageError("--exhaustive goes with --rank: without it every match is found already")
    try:
        read = read_query(" ".join(query))
    except SearchQueryError as error:
        raise click.UsageError(str(error)) from error
    wanted = Search(read, rank_newest=(0 if exhaustive else _RANKED) if rank else None, **chosen)
    refuse_unknown_source(invocation, wanted.source)
    with opened(invocation) as archive:
        hits = list(_hits(read, search_archive(archive, wanted)))
    answer(hits, answer_format, record=_record, table=_print_hits)
    if not hits:
        earlier = "" if wanted.all_versions else "; --all-versions looks in earlier versions too"
        say(f"nothing was found{earlier}")


def _hits(query: Query, found: Iterable[Found]) -> Iterator[_Hit]:
    marker = Marker(query)
    for article in found:
        yield _Hit(article, marker.marked(article.title), marker.snippet(article.text))


def _record(hit: _Hit) -> Record:
    article = hit.article
    return {
        "id": article.article_id,
        "version_id": article.version_id,
        "version": article.version_number,
        "is_current": article.is_current,
        "source": article.source,
        "url": article.url,
        "status": article.status.value,
        "language": article.language,
        "published_at": article.published_at,
        "published_on": article.published_on,
        "first_seen_at": article.first_seen_at,
        "title": hit.title.text,
        "title_marks": hit.title.marks,
        "snippet": hit.snippet.text,
        "snippet_marks": hit.snippet.marks,
    }


def _print_hits(hits: Iterable[_Hit]) -> None:
    console = Console(highlight=False)
    if console.is_terminal:
        for hit in hits:
            _print_block(console, hit)
        return
    rows = (
        (
            hit.article.article_id,
            hit.article.source,
            _published(hit.article),
            hit.article.status.value,
            _version(hit.article),
            _starred(hit.title),
            _starred(hit.snippet),
            hit.article.url,
        )
        for hit in hits
    )
    print_table(("id", "source", "published", "status", "version", "title", "text", "url"), rows, console=console)


def _print_block(console: Console, hit: _Hit) -> None:
    article = hit.article
    facts = [article.article_id, article.source, _published(article), article.status.value]
    facts += [] if article.is_current else [f"version {_version(article)}"]
    console.print(Text("  ".join(facts), style="dim"), soft_wrap=True)
    for part, style in ((hit.title, "underline"), (hit.snippet, "")):
        # A line of right-to-left text is isolated for itself, as in tables.
        for line in _styled(part, style).wrap(console, console.width - 2):
            line.rstrip()
            console.print(_isolated(line), soft_wrap=True)
    console.print(Text(printable(article.url), style="dim"), soft_wrap=True)
    console.print()


def _styled(part: Marked, style: str) -> Text:
    shown_text = Text(style=style)
    for piece, is_mark in _pieces(part):
        shown_text.append(printable(piece), "bold" if is_mark else None)
    return shown_text


def _isolated(line: Text) -> Text:
    whole = isolated(line.plain)
    if whole == line.plain:
        return line
    return Text.assemble(whole[0], line, whole[-1])


def _starred(part: Marked) -> str:
    return "".join(f"**{piece}**" if is_mark else piece for piece, is_mark in _pieces(part))


def _pieces(part: Marked) -> Iterator[tuple[str, bool]]:
    at = 0
    for start, end in part.marks:
        yield part.text[at:start], False
        yield part.text[start:end], True
        at = end
    yield part.text[at:], False


def _published(article: Found) -> str:
    if article.published_at:
        return shown(article.published_at)
    return article.published_on.isoformat() if article.published_on else "-"


def _version(article: Found) -> str:
    return str(article.version_number)
