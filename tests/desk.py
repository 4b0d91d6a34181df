"""A newsroom and an archive of it, driven through the command line as people drive it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.cli_process import Program
from tests.quick_program import QuickProgram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.newsroom import Newsroom

_TABLES: dict[str, dict[str, str]] = {
    "archive": {"database": '"sqlite:///warraq.db"', "warc_dir": '"warc"'},
    "crawler": {"contact": '"tests@newsroom.example"', "delay": '"0s"', "timeout": '"5s"'},
    "guard": {"allow_networks": '["127.0.0.0/8"]'},
    "workers": {"count": "1"},
    "gone": {"confirm_after": '"0s"'},
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The archive in one directory, and the newsroom that it follows.

    Attributes:
        newsroom: The publisher, serving.
        directory: Where warraq.toml, the database and the WARC files are.
    """

    newsroom: Newsroom
    directory: Path

    @property
    def warraq(self) -> QuickProgram:
        """The program, run beside the configuration."""
        return QuickProgram(self.directory)

    @property
    def program(self) -> Program:
        """The program started anew, to be killed or timed."""
        return Program(self.directory)

    def configure(self, *keys: str, **tables: Mapping[str, str]) -> None:
        """Writes warraq.toml for these sources (all when none is named); tables hold TOML values that differ."""
        merged = {name: {**_TABLES.get(name, {}), **tables.get(name, {})} for name in {**_TABLES, **tables}}
        parts = [
            f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in table.items())
            for name, table in merged.items()
        ]
        parts += [self._source(key) for key in keys or self.newsroom.sites]
        (self.directory / "warraq.toml").write_text("\n".join(parts), encoding="utf-8")

    def _source(self, key: str) -> str:
        site = self.newsroom.site(key)
        known = site.publication
        return (
            f'[[sources]]\nkey = "{key}"\nname = "{known.name}"\nurl = "{site.base_url}/"\nevery = "15m"\n'
            f'feeds = ["{site.feed_url}"]\nlanguage = "{known.language}"\ncountry = "{known.country}"\n'
            f'timezone = "{known.timezone}"\n'
        )

    def crawl(self, *arguments: str, code: int = 0) -> dict[str, int]:
        """One crawl (`--all` when nothing is named); how often each outcome occurred, over all sources.

        Every visit has exactly one outcome: a report that does not add up fails here, whatever is tested.
        """
        done = self.warraq("crawl", *(arguments or ("--all",)), "--format", "json", code=code)
        reports = json.loads(done.stdout)
        assert all(report["visits"] == sum(report["outcomes"].values()) for report in reports)
        names = {name for report in reports for name in report["outcomes"]}
        counts = {name: sum(report["outcomes"].get(name, 0) for report in reports) for name in names}
        return {name: count for name, count in counts.items() if count}

    def recheck(self, *arguments: str, code: int = 0) -> dict[str, int]:
        """A crawl that looks at every known article again."""
        return self.crawl("--all", "--recheck", "all", *arguments, code=code)

    def exported(self) -> list[dict[str, Any]]:
        """Every article with all its versions, as `warraq export` gives it."""
        return [json.loads(line) for line in self.warraq("export", "--format", "jsonl").stdout.splitlines()]

    def article(self, slug: str) -> dict[str, Any]:
        """The one article at an address of the newsroom."""
        (article,) = self.at(self.newsroom.url(slug))
        return article

    def at(self, url: str) -> list[dict[str, Any]]:
        """The articles that a URL led to; one or none."""
        return [article for article in self.exported() if url in article["urls"]]

    def rows(self, sql: str, *values: object) -> list[Sequence[Any]]:
        """The answer to a query."""
        with closing(sqlite3.connect(self.directory / "warraq.db")) as archive:
            return archive.execute(sql, values).fetchall()

    def outcomes_of(self, url: str) -> list[tuple[str, str]]:
        """The outcome of every visit to a URL with its reason, oldest first."""
        asked = "SELECT outcome, reason FROM visits WHERE requested_url = ? ORDER BY visited_at, id"
        return [(str(outcome), str(reason)) for outcome, reason in self.rows(asked, url)]

    def rest(self) -> None:
        """Lets the hosts recover as a quiet day would: what they were spared because they showed strain is over."""
        with closing(sqlite3.connect(self.directory / "warraq.db")) as database, database:
            database.execute("DELETE FROM hosts")
