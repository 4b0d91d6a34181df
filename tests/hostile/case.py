"""One hostile or odd case as a row: what the server does, and what a crawl of it must come to."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tests.publisher.replies import Reply

ROBOTS = "/robots.txt"
FEED = "/feed"
_SECONDS = 20.0
_SENT_BYTES = 12_000_000


class Exchange(Protocol):
    """One request under way, for an answer that is more than a reply."""

    @property
    def path(self) -> str:
        """The path asked for, with its query."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's header fields; names in lower case."""

    @property
    def number(self) -> int:
        """How many requests for this path came before, this one included."""

    @property
    def crawls(self) -> int:
        """1 in the first crawl, 2 in the second."""

    def fill(self, text: str) -> str:
        """The text with `{base}`, `{host}` and `{port}` put in."""

    async def send(self, data: bytes) -> None:
        """Bytes as they are, with nothing before them."""

    async def reply(self, reply: Reply) -> None:
        """A whole proper reply."""

    async def wait(self, seconds: float) -> bool:
        """Nothing for so long; whether the client is still there then."""

    def reset(self) -> None:
        """Ends the connection with a TCP reset."""


Raw = Callable[[Exchange], Awaitable[None]]
Answer = Reply | Raw


@dataclass(frozen=True, slots=True)
class Case:
    """A case. Its server has a loopback address to itself, and answers 404 to what `pages` does not name.

    Attributes:
        name: `theme/case`; unique.
        does: What the server does, for a person.
        pages: Answers by path (with query where it matters).
        expects: The outcomes of its visits in alphabetical order; empty where nothing may be visited.
        why: A pattern that the reason of every visit must hold.
        listed: What the feed of all cases lists of it: paths, or whole URLs with `{port}`. Without effect with `feed`.
        feed: The path of its own feed; it is a source of its own then.
        lists: How many URLs its feed must bring up.
        problem: A pattern that the crawl report must hold; empty where it must hold nothing.
        then: Outcomes of the second crawl, in which known articles are looked at again.
        articles: How many articles must be archived; None for as many as were `new`.
        title: The article's headline.
        text: What its text must hold.
        never: What its text must not hold.
        requests: How many requests it may cost, robots.txt and feed left out.
        seconds: How long one answer may keep us.
        sent_bytes: How much the server may be able to send us.
        tls: Served by https.
        names: Host names (under .test) that lead to it, beside its address; cases with some need root.
        backfill: Crawled by ``--backfill --since 2016-01-01`` in place of a usual crawl; takes a `feed`.
        settings: Keys of its own `[[sources]]` table.
        fails: Why we do not pass it; empty where we do.
        slow: Left out of the quick tests.
    """

    name: str
    does: str
    pages: Mapping[str, Answer] = field(default_factory=dict)
    expects: str = "new"
    why: str = ""
    listed: tuple[str, ...] = ("/story",)
    feed: str = ""
    lists: int | None = None
    problem: str = ""
    then: str = ""
    articles: int | None = None
    title: str = ""
    text: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    requests: int = 1
    seconds: float = _SECONDS
    sent_bytes: int = _SENT_BYTES
    tls: bool = False
    names: tuple[str, ...] = ()
    backfill: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    fails: str = ""
    slow: bool = False

    @property
    def outcomes(self) -> list[str]:
        """The expected outcomes."""
        return self.expects.split()

    @property
    def expected_articles(self) -> int:
        """How many articles must be archived."""
        return self.outcomes.count("new") if self.articles is None else self.articles

    @property
    def slug(self) -> str:
        """The name as a part of a URL or key."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())
