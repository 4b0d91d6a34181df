"""`make demo`: Warraq's whole job, once, before your eyes; ends with an error if anything it claims did not happen.

A local newsroom with two sites is the world outside. What it leaves in demo/ (warraq.toml, warraq.db, the WARC
files) is an archive like any other: try the commands and the queries on it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tests.newsroom import call
from tests.publisher.articles import articles_of
from tests.publisher.site import COURIER, MARSAD, PUBLICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.publisher.articles import Article

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo"
WARRAQ = Path(sys.executable).with_name("warraq")
SHOWN, EDITED, TOUCHED, DELETED = (
    "border-talks-resume",
    "ferry-strike-averted",
    "library-roof-fund",
    "bakery-sourdough-court",
)
# Addresses that are the same at every run make the queries of one demo work on the next.
PORTS = {MARSAD.key: 8801, COURIER.key: 8802, "control": 8800}
WIDTH = 110

CONFIG = """\
# The demo's own configuration: `warraq init` writes one with every key explained.
[archive]
database = "sqlite:///warraq.db"
warc_dir = "warc"

[crawler]
contact = "demo@newsroom.example"
delay = "0s"                        # our own newsroom does not mind; the default is a second

[guard]
allow_networks = ["127.0.0.0/8"]    # loopback is refused without this

[gone]
confirm_after = "1s"                # the default is six hours; a demo cannot wait that long
"""
SOURCE = """
[[sources]]
key = "{key}"
name = "{name}"
url = "{url}/"
language = "{language}"
country = "{country}"
timezone = "{timezone}"
every = "15m"
"""


class UnmetClaimError(Exception):
    """The demo claimed something that did not happen."""


@dataclass(frozen=True)
class Question:
    """A question to the archive, in SQL."""

    asks: str
    sql: str


QUESTIONS = (
    Question(
        "What has been rewritten, and how much?",
        "SELECT new_title AS title, words_removed, words_added, number_changed\nFROM edits\nORDER BY edited_at",
    ),
    Question(
        "What has been taken down, and what did it say?",
        "SELECT title, missing_since, substr(text, 1, 40) || '…' AS began\nFROM gone_articles",
    ),
    Question(
        "How much was published in each language, month by month?",
        "SELECT substr(published_on, 1, 7) AS month, language, count(*) AS articles\n"
        "FROM current_articles\nGROUP BY month, language\nORDER BY month, language",
    ),
)


class Demo:
    """One telling of the story."""

    def __init__(self, console: Console, directory: Path) -> None:
        self._console = console
        self._directory = directory
        self._addresses: dict[str, str] = {}
        self._archived: list[dict[str, Any]] = []

    def run(self) -> None:
        """Tells it from beginning to end.

        Raises:
            UnmetClaimError: Something that it tells did not happen.
        """
        with serving() as self._addresses:
            self._prepare()
            self._first_crawl()
            self._publisher_at_work()
            self._second_crawl()
            self._third_crawl()
        self._questions()
        name = self._directory.name
        self._say(f"\nAll of it is in {name}/: cd {name}, and try ../.venv/bin/warraq articles, or SQL on warraq.db.")

    def _prepare(self) -> None:
        self._chapter("A newsroom with two sites is up")
        sources = [self._source(publication.key) for publication in PUBLICATIONS]
        self._directory.mkdir(exist_ok=True)
        for left in (*self._directory.glob("warraq.*"), self._directory / "warc"):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
        (self._directory / "warraq.toml").write_text(CONFIG + "".join(sources), encoding="utf-8")
        for publication, language in zip(PUBLICATIONS, ("Arabic", "English"), strict=True):
            self._say(f"{publication.name}, in {language}, at {self._addresses[publication.key]}/")
        self._say("demo/warraq.toml names them as sources; their feeds Warraq finds by itself.")
        self._warraq("check")

    def _source(self, key: str) -> str:
        publication = next(known for known in PUBLICATIONS if known.key == key)
        return SOURCE.format(
            key=key,
            name=publication.name,
            url=self._addresses[key],
            language=publication.language,
            country=publication.country,
            timezone=publication.timezone,
        )

    def _first_crawl(self) -> None:
        self._chapter("The first crawl archives everything")
        self._crawl()
        self._warraq("articles", "--limit", "12")
        written = {article.title: article.text for key in (MARSAD.key, COURIER.key) for article in articles_of(key)}
        kept = {article["title"]: article["text"] for article in self._archived}
        self._expect(kept.keys() == written.keys(), f"all {len(written)} articles of the newsroom are in the archive")
        differing = [title for title, text in written.items() if kept[title] != text]
        self._expect(
            not differing, "each holds what its author wrote, to the letter, and nothing of the page around it"
        )
        self._say(
            "\nThis is one of them. On its page it stands among menus, share bars, 'read also' links and appeals:"
        )
        self._warraq("show", self._url(SHOWN))

    def _publisher_at_work(self) -> None:
        self._chapter("Meanwhile, at the newsroom …")
        self._tell(EDITED, "edit", "5.4 per cent spread over eighteen months", "4.9 per cent spread over two years")
        self._tell(EDITED, "edit", "£1.2m", "£900,000")
        self._say(f"An editor rewrites two figures in “{self._title(EDITED)}”, without a word about it.")
        self._tell(TOUCHED, "touch_furniture")
        self._say(f"“{self._title(TOUCHED)}” gets a new donation box. Its text stays as it is.")
        self._tell(DELETED, "delete")
        self._say(f"“{self._title(DELETED)}” is taken down.")

    def _second_crawl(self) -> None:
        self._chapter("The second crawl looks at every article again")
        self._crawl("--recheck", "all")
        self._say("\nThe edit made a second version:")
        self._warraq("history", self._url(EDITED))
        self._warraq("diff", self._url(EDITED))
        edited = self._article(EDITED)
        self._expect(len(edited["versions"]) == 2, "the edited article has two versions")
        self._expect("£1.2m" in edited["versions"][0]["text"], "the first keeps the old figures")
        self._expect("£900,000" in edited["text"], "the current one shows the new")
        self._say("\nThe new donation box did not:")
        self._warraq("history", self._url(TOUCHED))
        touched = self._article(TOUCHED)
        self._expect(len(touched["versions"]) == 1, "other bytes around the same words are no version")
        self._expect(self._last_outcome(TOUCHED) == "noise", "the visit is told as noise")
        self._say(f"\n“{self._title(DELETED)}” answers 404: {self._article(DELETED)['status']}.")
        self._expect(self._article(DELETED)["status"] == "missing", "the deleted article is missing, not yet gone")

    def _third_crawl(self) -> None:
        self._chapter("A later crawl confirms what is gone")
        self._say("One 404 may be an accident. The demo waits the second that its configuration asks for.")
        time.sleep(1.5)
        self._crawl("--recheck", "due")
        self._warraq("show", self._url(DELETED))
        deleted = self._article(DELETED)
        self._expect(deleted["status"] == "gone", "the deleted article is now gone")
        self._expect("Marguerite Finch" in deleted["text"], "and its last version is kept")

    def _questions(self) -> None:
        self._chapter("The archive is a database: ask it")
        with closing(sqlite3.connect(self._directory / "warraq.db")) as archive:
            for question in QUESTIONS:
                self._say(f"\n[bold]{question.asks}[/]")
                self._console.print(question.sql, style="cyan", highlight=False, markup=False)
                answer = archive.execute(question.sql)
                rows = answer.fetchall()
                self._console.print(_table([column[0] for column in answer.description], rows))
                self._expect(bool(rows), "the query has an answer")

    # How it is told

    def _chapter(self, title: str) -> None:
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left")

    def _say(self, sentence: str) -> None:
        self._console.print(sentence, highlight=False, soft_wrap=True)

    def _expect(self, is_met: bool, claim: str) -> None:  # noqa: FBT001 - a claim reads best as condition and sentence
        if not is_met:
            raise UnmetClaimError(claim)
        self._console.print(f"[green]✓[/] {claim}", highlight=False)

    def _warraq(self, *arguments: str) -> None:
        """Shows a command and lets it speak for itself."""
        self._console.print(f"\n[dim]demo$[/] [bold]warraq {' '.join(arguments)}[/]", highlight=False, soft_wrap=True)
        self._console.file.flush()
        colours = {} if "NO_COLOR" in os.environ else {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
        # Its progress and its answer are told in the order they come, whatever they are written to.
        done = subprocess.run(
            [WARRAQ, *arguments],
            cwd=self._directory,
            env={**os.environ, **colours, "COLUMNS": str(WIDTH)},
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            raise UnmetClaimError(f"`warraq {' '.join(arguments)}` ends with 0; it ended with {done.returncode}")

    def _crawl(self, *options: str) -> None:
        self._warraq("crawl", "--all", *options)
        export = [str(WARRAQ), "export", "--format", "jsonl"]
        done = subprocess.run(export, cwd=self._directory, stdout=subprocess.PIPE, check=True, text=True)
        self._archived = [json.loads(line) for line in done.stdout.splitlines()]

    # What is asked of the newsroom and of the archive

    def _tell(self, slug: str, name: str, *arguments: str) -> None:
        call(self._addresses["control"], name, slug, *arguments)

    def _title(self, slug: str) -> str:
        return _article_of(slug)[1].title

    def _url(self, slug: str) -> str:
        key, article = _article_of(slug)
        publication = next(known for known in PUBLICATIONS if known.key == key)
        return self._addresses[key] + publication.article_path(article)

    def _article(self, slug: str) -> dict[str, Any]:
        url = self._url(slug)
        return next(article for article in self._archived if url in article["urls"])

    def _last_outcome(self, slug: str) -> str:
        asked = "SELECT outcome FROM visits WHERE requested_url = ? ORDER BY visited_at DESC LIMIT 1"
        with closing(sqlite3.connect(self._directory / "warraq.db")) as archive:
            (outcome,) = archive.execute(asked, (self._url(slug),)).fetchone()
        return str(outcome)


def _article_of(slug: str) -> tuple[str, Article]:
    return next(
        (publication.key, article)
        for publication in PUBLICATIONS
        for article in articles_of(publication.key)
        if article.slug == slug
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(*titles, box=None, header_style="bold", padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    return table


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """The newsroom in a process of its own; gives the address of each site and of its control port."""
    flags = [part for key, port in PORTS.items() for part in (f"--{key}-port", str(port if _is_free(port) else 0))]
    command = [sys.executable, "-m", "tests.newsroom", "serve", *flags]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as newsroom:
        try:
            yield json.loads(newsroom.stdout.readline() if newsroom.stdout else "")
        finally:
            newsroom.terminate()


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def main() -> None:
    """Tells the story on standard output, in demo/ or the directory that is named; exit 1 where it does not hold."""
    for name in [name for name in os.environ if name.startswith("WARRAQ_") or name.lower().endswith("_proxy")]:
        del os.environ[name]  # the demo is about its own archive and a newsroom on this machine
    directory = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else DEMO
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    started_at = time.monotonic()
    try:
        Demo(console, directory).run()
    except UnmetClaimError as error:
        console.print(f"\n[bold red]✗ The demo failed.[/] It claims: {error}", highlight=False, soft_wrap=True)
        sys.exit(1)
    console.print(f"[dim]The demo took {time.monotonic() - started_at:.0f} seconds.[/]", highlight=False)


if __name__ == "__main__":
    main()
