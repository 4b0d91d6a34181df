"""A real local publisher: two sites, one Arabic and one English, that publish, edit, retract and misbehave on demand.

In tests::

    with Newsroom() as newsroom:
        newsroom.edit("water-pumps-idlib", "14 قرية", "15 قرية")
        newsroom.fail(newsroom.url("school-exams-date"), 503, times=1, retry_after=1)
        assert newsroom.hits(path="/feed", status=304)

Servers that mean harm are in `tests.hostile`: `python -m tests.hostile serve`.

By hand, from the repository's folder (a second shell may edit and delete while it serves)::

    python -m tests.newsroom serve
    python -m tests.newsroom call delete school-exams-date
"""

from __future__ import annotations

import argparse
import json
import threading
import urllib.request
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.publisher import replies
from tests.publisher.feeds import Entry
from tests.publisher.replies import Fault, Reply, Request
from tests.publisher.server import Listener
from tests.publisher.site import PUBLICATIONS, Publication, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from tests.publisher.articles import Article, Block

CONTROL_PORT = 8800
_FOREVER = 1_000_000_000
_CALLS = frozenset({"edit", "set_title", "delete", "restore", "redirect", "touch_furniture", "retheme", "fail", "hang"})


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that the newsroom answered; `path` keeps the query, header names are lower case."""

    at: datetime
    site: str
    method: str
    path: str
    status: int
    headers: dict[str, str]
    body_bytes: int


@dataclass(slots=True)
class _Planned:
    """A fault that waits for requests."""

    fault: Fault
    times: int


class Newsroom:
    """The sites and what was asked of them; a context manager that serves while it is open.

    Articles are named by slug (their file's name), pages by URL. Every method may be called while requests are being
    answered.

    Args:
        ports: By site key, where a free port will not do.
        clock: Gives the present moment, aware; pages show how long ago they were written.
    """

    def __init__(
        self, ports: dict[str, int] | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.sites: dict[str, Site] = {}
        self._clock = clock
        self._lock = threading.RLock()
        self._log: list[Hit] = []
        self._faults: dict[tuple[str, str], list[_Planned]] = {}
        self._listeners: dict[str, Listener] = {}
        for publication in PUBLICATIONS:
            self.add_site(publication, (ports or {}).get(publication.key, 0))

    def add_site(self, publication: Publication, port: int = 0) -> Site:
        """Another publication on a port of its own, with the articles written for its key (there may be none)."""
        site = Site.of(publication, self._clock)
        listener = Listener(lambda request: self._answer(site, request), port)
        site.base_url = listener.url
        self.sites[publication.key] = site
        self._listeners[publication.key] = listener
        return site

    def __enter__(self) -> Self:
        for listener in self._listeners.values():
            listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners.values():
            listener.stop()

    # What was published

    def site(self, key: str) -> Site:
        """A site by its key."""
        return self.sites[key]

    def site_of(self, slug: str) -> Site:
        """The site that publishes an article.

        Raises:
            KeyError: None does.
        """
        for site in self.sites.values():
            if slug in site.standings:
                return site
        raise KeyError(f"no site publishes {slug!r}")

    def article(self, slug: str) -> Article:
        """An article as it reads now."""
        return self.site_of(slug).standings[slug].article

    def url(self, slug: str) -> str:
        """Where an article is now."""
        return self.site_of(slug).url(slug)

    # What the publisher does

    def publish(self, site_key: str, article: Article) -> str:
        """A new article; its URL."""
        with self._lock:
            self.sites[site_key].publish(article)
            return self.url(article.slug)

    def publish_series(self, site_key: str, count: int, *, latest: datetime, every: timedelta) -> list[str]:
        """So many articles, each so much older than the one before it; their URLs, the latest first."""
        with self._lock:
            pattern = next(iter(self.sites[site_key].standings.values())).article
            words = (f"Report {place} of the harbour office was read out in the hall." for place in range(count))
            made = [
                replace(
                    pattern,
                    slug=f"harbour-office-report-{place}",
                    number=700_000 - place,
                    title=f"The harbour office reports for the {place}th time",
                    published_at=latest - place * every,
                    blocks=(*pattern.blocks, replace(pattern.blocks[0], text=text)),
                )
                for place, text in enumerate(words)
            ]
            return [self.publish(site_key, article) for article in made]

    def keep_only(self, *slugs: str) -> None:
        """Forget every other article, as if it had never been written: small tests are quick tests."""
        with self._lock:
            for site in self.sites.values():
                site.standings = {slug: standing for slug, standing in site.standings.items() if slug in slugs}

    def edit(self, slug: str, old: str, new: str) -> None:
        """Replace words in the body.

        Raises:
            ValueError: The body does not hold `old`.
        """
        self._rewrite(slug, lambda article: article.edited(old, new))

    def set_title(self, slug: str, title: str) -> None:
        """Another headline over the same text."""
        self._rewrite(slug, lambda article: replace(article, title=title))

    def set_blocks(self, slug: str, blocks: tuple[Block, ...]) -> None:
        """Another body under the same headline."""
        self._rewrite(slug, lambda article: replace(article, blocks=blocks))

    def _rewrite(self, slug: str, rewrite: Callable[[Article], Article]) -> None:
        with self._lock:
            site = self.site_of(slug)
            site.change(slug, rewrite(site.standings[slug].article))

    def delete(self, slug: str, status: int = 404) -> None:
        """Take an article down: it answers 404 (or 410, 451) and leaves the feed."""
        self._stand(slug, status=status, listed=False)

    def restore(self, slug: str) -> None:
        """Bring a deleted article back as it was."""
        self._stand(slug, status=200, listed=True)

    def unlist(self, slug: str) -> None:
        """Drop an article off the feed; its page stays."""
        self._stand(slug, status=200, listed=False)

    def list_only(self, *slugs: str) -> None:
        """Leave every other article off the feeds; they stay online, and on the front page."""
        with self._lock:
            for site in self.sites.values():
                for slug, standing in site.standings.items():
                    standing.listed = slug in slugs

    def _stand(self, slug: str, *, status: int, listed: bool) -> None:
        with self._lock:
            site = self.site_of(slug)
            site.standings[slug].status = status
            site.standings[slug].listed = listed
            site.change(slug)

    def redirect(self, slug: str, new_slug: str) -> None:
        """Move an article to a new address; the old one answers 301."""
        with self._lock:
            self.site_of(slug).rename(slug, new_slug)

    def touch_furniture(self, slug: str | None = None) -> None:
        """Change what surrounds one article (or all): other bytes, another ETag, the same article."""
        with self._lock:
            for site in [self.site_of(slug)] if slug else self.sites.values():
                for known in [slug] if slug else list(site.standings):
                    site.standings[known].furniture += 1
                    site.change(known)

    def retheme(self, site_key: str, theme: str | None = None) -> None:
        """Redesign a site; without a name, in the theme that it does not wear."""
        with self._lock:
            site = self.sites[site_key]
            site.theme = theme or next(name for name in site.publication.themes if name != site.theme)
            site.design += 1
            for slug in site.standings:
                site.change(slug)

    def serve(self, site_key: str, path: str, reply: Reply, *, title: str = "") -> str:
        """Answer a path with anything at all; listed in the feed where it has a title. Its URL."""
        with self._lock:
            site = self.sites[site_key]
            site.pages[path] = reply
            if title:
                self.list_url(site_key, site.base_url + path, title)
            return site.base_url + path

    def list_url(self, site_key: str, url: str, title: str) -> None:
        """Put any URL at the head of a site's feed."""
        now = self._clock()
        with self._lock:
            self.sites[site_key].entries.insert(0, Entry(url, title, now, now))

    # How the publisher fails

    def spoil(self, url: str, fault: Fault, times: int = _FOREVER) -> None:
        """Let a fault have the next so many requests for a URL; faults take their turns in order."""
        with self._lock:
            self._faults.setdefault(self._place(url), []).append(_Planned(fault, times))

    def heal(self, url: str) -> None:
        """Forget the faults of a URL."""
        with self._lock:
            self._faults.pop(self._place(url), None)

    def fail(self, url: str, status: int, times: int = _FOREVER, retry_after: str | int | None = None) -> None:
        """Answer with an error, `Retry-After` with it where given."""
        self.spoil(url, replies.failing(status, retry_after), times)

    def lie(self, url: str) -> None:
        """Keep ETag and Last-Modified whatever is edited, and answer 304 to whoever sends them."""
        self.spoil(url, replies.lying)

    def hang(self, url: str, seconds: float = 3600, times: int = _FOREVER) -> None:
        """Say nothing for so long."""
        self.spoil(url, replies.hanging(seconds), times)

    def truncate(self, url: str, kept_bytes: int = 500, times: int = _FOREVER) -> None:
        """Close the connection in the middle of the body."""
        self.spoil(url, replies.truncated(kept_bytes), times)

    def drip(self, url: str, chunk_bytes: int = 10, pause_seconds: float = 1, times: int = _FOREVER) -> None:
        """Send the body a few bytes at a time."""
        self.spoil(url, replies.dripping(chunk_bytes, pause_seconds), times)

    def charset(self, url: str, encoding: str, *, header: str | None = None, meta: str | None = None) -> None:
        """Send a page in another charset, declared as told."""
        self.spoil(url, replies.encoded(encoding, header=header, meta=meta))

    def _place(self, url: str) -> tuple[str, str]:
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        key = next(key for key, site in self.sites.items() if site.base_url == base or parts.hostname in site.hosts)
        return key, parts.path or "/"

    # What was asked

    def hits(self, *, site: str = "", path: str = "", url: str = "", status: int = 0) -> list[Hit]:
        """The requests so far, oldest first, that fit what is given."""
        wanted_site, wanted_path = self._place(url) if url else (site, path)
        with self._lock:
            return [
                hit
                for hit in self._log
                if wanted_site in {"", hit.site}
                and (not wanted_path or urlsplit(hit.path).path == wanted_path)
                and status in {0, hit.status}
            ]

    def forget_hits(self) -> None:
        """Begin the log anew."""
        with self._lock:
            self._log.clear()

    def _answer(self, listening: Site, request: Request) -> Reply:
        site = self._named(request) or listening
        path, query = urlsplit(request.path).path, urlsplit(request.path).query
        with self._lock:
            reply = site.reply(path, query)
            if fault := self._due_fault(site, path):
                reply = fault(request, reply)
            reply = replies.compressed(request, replies.conditioned(request, reply))
            at = self._clock()
            hit = Hit(
                at, site.publication.key, request.method, request.path, reply.status, request.headers, len(reply.body)
            )
            self._log.append(hit)
            return reply

    def _named(self, request: Request) -> Site | None:
        host = urlsplit("//" + request.headers.get("host", "")).hostname
        return next((site for site in self.sites.values() if host in site.hosts), None)

    def _due_fault(self, site: Site, path: str) -> Fault | None:
        planned = self._faults.get((site.publication.key, path), [])
        if not planned:
            return None
        planned[0].times -= 1
        return planned.pop(0).fault if planned[0].times <= 0 else planned[0].fault


def _control(newsroom: Newsroom) -> Callable[[Request], Reply]:
    """The control port's answers: a JSON object `{"call": name, "args": […]}` is one call of the newsroom."""

    def answer(request: Request) -> Reply:
        asked = json.loads(request.headers.get("x-body", "{}"))
        if asked.get("call") not in _CALLS:
            return Reply.text(json.dumps({"error": f"calls: {', '.join(sorted(_CALLS))}"}))
        try:
            getattr(newsroom, asked["call"])(*asked["args"])
        except (KeyError, ValueError, TypeError) as error:
            return Reply.text(json.dumps({"error": str(error)}))
        return Reply.text(json.dumps({"done": asked["call"]}))

    return answer


def call(control_url: str, name: str, *args: str | int) -> None:
    """One call of a newsroom that serves in another process.

    Raises:
        ValueError: The newsroom could not do it.
    """
    body = json.dumps({"call": name, "args": args}).encode()
    with urllib.request.urlopen(urllib.request.Request(control_url, data=body), timeout=10) as reply:
        answer = json.load(reply)
    if "error" in answer:
        raise ValueError(answer["error"])


def _serve(ports: dict[str, int], control_port: int) -> None:
    with Newsroom(ports) as newsroom:
        control = Listener(_control(newsroom), control_port)
        control.start()
        addresses = {key: site.base_url for key, site in newsroom.sites.items()}
        print(json.dumps({**addresses, "control": control.url}), flush=True)  # noqa: T201 - a command's answer
        threading.Event().wait()


def main(argv: Sequence[str] | None = None) -> None:
    """The command line that the module's docstring shows."""
    parser = argparse.ArgumentParser(prog="python -m tests.newsroom", description="A local publisher to crawl.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve both sites, print their addresses as one line of JSON")
    for publication in PUBLICATIONS:
        serve.add_argument(f"--{publication.key}-port", type=int, default=0)
    serve.add_argument("--control-port", type=int, default=CONTROL_PORT)
    asking = commands.add_parser("call", help="have the serving newsroom do something")
    asking.add_argument("name", choices=sorted(_CALLS))
    asking.add_argument("args", nargs="*")
    asking.add_argument("--control", default=f"http://127.0.0.1:{CONTROL_PORT}")
    given = parser.parse_args(argv)
    if given.command == "call":
        call(given.control, given.name, *(int(arg) if arg.isdigit() else arg for arg in given.args))
        return
    _serve(
        {publication.key: getattr(given, f"{publication.key}_port") for publication in PUBLICATIONS}, given.control_port
    )


if __name__ == "__main__":
    main()
