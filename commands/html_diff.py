"""A word diff as one HTML file that needs nothing else: no script, no network, readable with a screen reader.

Removed words are ``del``, added ones ``ins``; they differ by line and by spoken word, not by colour alone. Everything
that came from a publisher is escaped, and the page's own policy forbids it to load or run anything.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from commands.render_diff import unchanged
from commands.side_by_side import rows_of
from commands.times import shown_exactly
from pipeline.diff import Change

if TYPE_CHECKING:
    from pipeline.diff import ParagraphDiff, TextDiff
    from storage.article_views import ArticleView, VersionView

_STYLE = """
:root { color-scheme: light dark; --del: #8a1c1c; --del-back: #fde8e8; --ins: #14532d; --ins-back: #dcfce7; }
@media (prefers-color-scheme: dark) {
  :root { --del: #fca5a5; --del-back: #450a0a; --ins: #86efac; --ins-back: #052e16; }
}
body { font: 1rem/1.7 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; line-height: 1.4; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; }
caption { text-align: start; padding-bottom: .5rem; }
th, td { border: 1px solid #8884; padding: .5rem .75rem; }
th, td { text-align: start; vertical-align: top; overflow-wrap: anywhere; }
td.same { text-align: center; opacity: .8; }
tr.headline td { font-weight: bold; }
del { color: var(--del); background: var(--del-back); text-decoration: line-through; }
ins { color: var(--ins); background: var(--ins-back); text-decoration: underline; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) { td, th { display: block; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SPOKEN = {Change.REMOVED: ("del", "removed:"), Change.ADDED: ("ins", "added:")}


def html_page(
    article: ArticleView,
    versions: tuple[VersionView, VersionView],
    title: ParagraphDiff,
    text: TextDiff,
    note: str = "",
) -> str:
    """The whole file for the step from one version of an article to another, with a note on it in words of ours."""
    older, newer = versions
    language = escape(newer.language or older.language or "und", quote=True)
    direction = newer.direction or older.direction or "auto"
    name = f"{older.number} to {newer.number}: {newer.title or article.url}"
    heads = "".join(
        f'<th scope="col" lang="en" dir="ltr">Version {version.number}<br>'
        f'<time datetime="{version.captured_at.isoformat()}">{shown_exactly(version.captured_at)}</time></th>'
        for version in versions
    )
    changed = f"Words removed from the text: {text.words_removed}, added: {text.words_added}."
    return (
        '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Versions {escape(name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1 lang="{language}" dir="auto">{escape(newer.title or article.url)}</h1>\n'
        f"<p>{_link(article.url)}<br>Article {escape(article.public_id)} of {escape(article.source)}, "
        f"versions {escape(older.public_id)} and {escape(newer.public_id)}.</p>\n"
        f'<table lang="{language}" dir="{escape(direction, quote=True)}">\n'
        f'<caption lang="en" dir="ltr">{changed} Removed words are struck through, added words underlined.'
        f"{note and '<br>'}{escape(note)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{_rows(title, text)}</tbody>\n</table>\n</main>\n</body>\n</html>\n"
    )


def _link(url: str) -> str:
    shown = escape(url, quote=True)
    return f'<a href="{shown}" rel="noreferrer">{shown}</a>' if url.startswith(("https://", "http://")) else shown


def _rows(title: ParagraphDiff, text: TextDiff) -> str:
    parts: list[str] = []
    for is_equal, group in groupby(rows_of(title, text), key=lambda row: row.is_equal):
        rows = list(group)
        if is_equal:
            parts.append(f'<tr><td class="same" colspan="2" lang="en" dir="ltr">{unchanged(len(rows))}</td></tr>\n')
            continue
        parts += (_row(row, "headline" if row is title else "text") for row in rows)
    return "".join(parts)


def _row(row: ParagraphDiff, kind: str) -> str:
    return f'<tr class="{kind}">{_cell(row, Change.REMOVED)}{_cell(row, Change.ADDED)}</tr>\n'


def _cell(paragraph: ParagraphDiff, side: Change) -> str:
    runs = [run for run in paragraph.runs if run.change in {Change.EQUAL, side}]
    return f'<td dir="auto">{" ".join(_run(run.change, escape(run.text)) for run in runs)}</td>'


def _run(change: Change, text: str) -> str:
    if change is Change.EQUAL:
        return text
    tag, spoken = _SPOKEN[change]
    return f'<{tag}><span class="spoken" lang="en" dir="ltr">{spoken} </span>{text}</{tag}>'
