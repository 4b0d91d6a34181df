"""Has every kind of change done at the newsroom, looks at it through Warraq, and tells what the archive then says.

`python -m tests.edit_kinds` writes docs/outcomes.md from it; `tests/test_edit_kinds.py` holds each kind to what it must
come to, and the document to the crawl.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.changes import FLAG_COLUMNS
from tests.desk import Desk
from tests.edit_acts import SITES
from tests.edit_catalogue import KINDS, article_of, editor_of, open_live, place_of
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.edit_acts import Editor, Kind

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "outcomes.md"


@dataclass(frozen=True)
class Seen:
    """What the archive says of one article after three looks."""

    outcomes: tuple[tuple[str, str], ...]
    status: str
    versions: tuple[str, ...]
    edits: tuple[dict[str, Any], ...]


def tell(desk: Desk, *, is_redesigned: bool) -> dict[tuple[str, str], Seen]:
    """Has everything done between three crawls; what the archive then says, by kind and language."""
    newsroom = desk.newsroom
    newsroom.keep_only()
    every = [(kind, editor_of(newsroom, kind, language)) for kind in KINDS for language in SITES]
    for kind, editor in every:
        newsroom.publish(editor.site, article_of(kind, editor.language))
        if kind.key == "live_entry":
            open_live(editor)
    for site in newsroom.sites.values():
        site.feed_length = len(KINDS)
    urls = {editor.slug: newsroom.url(editor.slug) for _, editor in every}
    desk.crawl()
    for kind, editor in every:
        kind.act(editor)
    if is_redesigned:
        for key in newsroom.sites:
            newsroom.retheme(key)
    desk.recheck()
    _have_done(every, looks=2)
    desk.recheck()
    _have_done(every, looks=3)
    desk.crawl(*(urls[editor.slug] for kind, editor in every if len(kind.outcomes) > 2))
    return {(kind.key, editor.language): _seen(desk, urls[editor.slug]) for kind, editor in every}


def _have_done(every: Sequence[tuple[Kind, Editor]], *, looks: int) -> None:
    """What comes before the last look, of the kinds that are looked at so often after the first."""
    for kind, editor in every:
        if kind.then is not None and len(kind.outcomes) == looks:
            kind.then(editor)


def _seen(desk: Desk, url: str) -> Seen:
    asked = (
        "SELECT v.outcome, v.reason FROM visits v JOIN article_urls u ON u.article_id = v.article_id "
        "WHERE u.url = ? ORDER BY v.visited_at, v.id"
    )
    outcomes = tuple((str(outcome), str(reason)) for outcome, reason in desk.rows(asked, url))
    found = desk.rows(
        "SELECT public_id, status FROM articles a JOIN article_urls u ON u.article_id = a.id WHERE u.url = ?", url
    )
    ((article, status),) = found
    versions = desk.rows("SELECT text FROM article_history WHERE article_id = ? ORDER BY version", article)
    columns = [name for _, name, *_ in desk.rows("SELECT cid, name FROM pragma_table_info('edits')")]
    edits = desk.rows("SELECT * FROM edits WHERE article_id = ? ORDER BY to_version", article)
    return Seen(
        outcomes,
        str(status),
        tuple(str(text) for (text,) in versions),
        tuple(dict(zip(columns, row, strict=True)) for row in edits),
    )


_HEAD = """\
# Outcomes

What publishers do to articles, and what Warraq makes of it: every outcome of a visit and every class of edit, each with
an example in English and in Arabic. Made by `python -m tests.edit_kinds`, which publishes an article for each on a
newsroom, crawls it, has the thing done, and crawls twice more; `tests/test_edit_kinds.py` holds this page to that
crawl. Both sites change their theme between the first look, which always comes to `new`, and the second; the looks
shown are those after the first. An article that is absent has to stay so for `[gone] confirm_after` before it is gone.

A class says how much an edit changes: `typo` spelling and punctuation that can be nothing else, `minor` up to eight
words, `substantive` more than that, or a number, a negation, a notice, most of a headline. Flags say what it touches.
"""


def document(seen: dict[tuple[str, str], Seen]) -> str:
    """The page that tells all of it."""
    sections = [
        ("Not an edit", [kind for kind in KINDS if {"noise", "unchanged"} >= set(kind.outcomes)]),
        ("Edits", [kind for kind in KINDS if kind.is_edit]),
        (
            "Gone, moved, or nothing said",
            [kind for kind in KINDS if not kind.is_edit and not {"noise", "unchanged"} >= set(kind.outcomes)],
        ),
    ]
    parts = [_HEAD]
    for title, kinds in sections:
        parts.append(f"\n## {title}\n")
        parts += [_section(kind, seen) for kind in kinds]
    return "".join(parts)


def _section(kind: Kind, seen: dict[tuple[str, str], Seen]) -> str:
    first = seen[kind.key, "en"]
    looks = [f"`{outcome}` ({_shown(reason)})" for outcome, reason in first.outcomes[1 : 1 + len(kind.outcomes)]]
    lines = [f"\n### {kind.key.replace('_', ' ').capitalize()}\n\n{kind.what} Then: {', then '.join(looks)}.\n"]
    lines += [f"The article is then `{first.status}`.\n"] if first.status != "live" else []
    for language, (old, new) in kind.examples.items():
        place = place_of(kind, language) if "{place}" in old + new else ""
        shown = [f"**{each.format(place=place)}**" if each else "nothing" for each in (old, new)]
        lines.append(f"\n- {shown[0]} → {shown[1]}{_told(seen[kind.key, language])}\n")
    if kind.is_edit and not kind.examples:
        lines.append(f"\n- {_told(first).removeprefix('<br>')}\n")
    return "".join(lines)


def _shown(reason: str) -> str:
    """The reason without the moment, which is another one at every crawl."""
    return re.sub(r"since [-0-9]+ [:0-9]+ UTC", "since then", re.sub(r":\d{4,5}/", "/", reason))


def _told(seen: Seen) -> str:
    if not seen.edits:
        return ""
    edit = seen.edits[0]
    flags = [flag.value.replace("_", " ") for flag, column in FLAG_COLUMNS.items() if edit[column]]
    also = [name for name, holds in (("headline test", edit["headline_test"]),) if holds]
    touched = f", touches {', '.join(flags + also)}" if flags or also else ""
    words = f"{edit['words_removed']} words removed, {edit['words_added']} added"
    back = ", then a revert" if any(each["reverts_to"] for each in seen.edits) else ""
    return f"<br>`{edit['edit_class']}`: {words}, similarity {edit['similarity']}{touched}{back}"


def main() -> None:
    """Writes docs/outcomes.md."""
    with Newsroom() as newsroom, tempfile.TemporaryDirectory() as folder:
        desk = Desk(newsroom, Path(folder))
        desk.configure()
        DOCUMENT.write_text(document(tell(desk, is_redesigned=True)), encoding="utf-8")


if __name__ == "__main__":
    main()
