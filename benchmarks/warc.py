"""Bytes and CPU a capture in WARC files, on a fixed mix of exchanges, beside warcio.

Usage: ``python -m benchmarks.warc [--data FILE] [--captures 400] [--sites 4] [--encoded] [--format table|json]``

The mix: 40 % first fetches, 30 % answered 304, 10 % answered 200 with the same body, 20 % changed; few sites. Pages
come from a file of ``../shared/data/extraction`` with ``--data`` (several of a site), else they are made up.
``--encoded`` sends bodies gzipped, as most servers do: they can hardly be made smaller, by anyone.

Two peers, both warcio with its own gzip and a request record for every response, as our files have it: ``warcio``
stores the very same exchanges, the 304s as answered; ``warcio, 200s`` stores what the same crawl costs without
conditional requests, as no peer sends any (``../shared/anchors.md``): each 304 is the page again.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import random
import tempfile
import time
import uuid
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.archive import Archive
from storage.records import Capture, PayloadDigest, Role, SourceRecord
from storage.repack import repack
from storage.statements import captures as captures_table
from storage.warc import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("first", "not modified", "identical", "changed")
_WORDS = ("the", "of", "minister", "said", "people", "city", "water", "court", "report", "after", "before", "while")


@dataclass(frozen=True)
class Page:
    """One page of a site."""

    site: str
    url: str
    body: bytes


@dataclass(frozen=True)
class Exchange:
    """One capture of the mix, and of which kind it is."""

    kind: str
    capture: Capture
    full: Capture  # what a crawl without conditional requests would have received


@dataclass
class Row:
    """Bytes and CPU milliseconds a capture of one way of storing; by kind, and over the mix."""

    way: str
    bytes_a_capture: dict[str, float]
    cpu_ms_a_capture: dict[str, float]


def read_pages(data: Path | None, sites: int) -> list[Page]:
    """Pages of as many sites, those with the most pages."""
    if data is None:
        return [Page(f"site{number % sites}", f"http://site{number % sites}.example/{number}", made_up(number, sites))
                for number in range(60)]  # fmt: skip
    by_site = defaultdict(list)
    with gzip.open(data, "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            by_site[line["site"]].append(Page(line["site"], line["url"], base64.b64decode(line["html_base64"])))
    largest = sorted(by_site.values(), key=len, reverse=True)[:sites]
    return [page for pages in largest for page in pages]


def made_up(number: int, sites: int) -> bytes:
    """Some 100 KB: a template of the site's, and an article of its own."""
    template, own = _chance(number % sites), _chance(number)
    head = "".join(f"<link href=/t{template.random()}.css>" for _ in range(900))
    menu = "".join(f"<li><a href=/s/{template.randrange(10**9)}>{template.choice(_WORDS)}</a></li>" for _ in range(900))
    body = "".join(f"<p>{' '.join(own.choices(_WORDS, k=60))} {own.random()}</p>" for _ in range(30))
    return f"<html><head>{head}</head><ul>{menu}</ul><article>{body}</article></html>".encode()


def _chance(seed: int) -> random.Random:
    """The same course of things in every run."""
    return random.Random(seed)  # noqa: S311 - no secrets here


def edited(body: bytes, chance: random.Random) -> bytes:
    """The page after an edit: one place has other words, and a counter and a clock have moved on."""
    at = chance.randrange(len(body) // 3, 2 * len(body) // 3)
    words = " ".join(chance.choices(_WORDS, k=25)).encode()
    return body[:at] + words + body[at + 80 :] + f"<!-- served {chance.random()} -->".encode()


def mix(pages: Sequence[Page], count: int, *, encoded: bool) -> list[Exchange]:
    """The exchanges in an order in which they could happen."""
    chance = _chance(5)
    kinds = [kind for kind, share in zip(KINDS, (4, 3, 1, 2), strict=True) for _ in range(count * share // 10)]
    firsts = [kind for kind in kinds if kind == "first"]
    later = [kind for kind in kinds if kind != "first"]
    chance.shuffle(later)
    seen: list[Capture] = []
    found = []
    for number, kind in enumerate([*firsts, *later]):
        if kind == "first":
            page = pages[len(seen) % len(pages)]
            again = len(seen) // len(pages)  # a small data set goes round: each round is another day's page
            body = edited(page.body, chance) if again else page.body
            full = a_capture(number, page.site, f"{page.url}?{again}", body, encoded=encoded)
            seen.append(full)
        else:
            before = chance.choice(seen)
            plain = gzip.decompress(before.body) if encoded else before.body
            body = edited(plain, chance) if kind == "changed" else plain
            full = a_capture(number, before.source_key, before.url, body, encoded=encoded)
        capture = not_modified(full) if kind == "not modified" else full
        found.append(Exchange(kind, capture, full))
    return found


def a_capture(number: int, site: str, url: str, body: bytes, *, encoded: bool) -> Capture:
    """A page as a server sends it, with the headers of a usual one."""
    headers = [
        ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("Content-Type", "text/html; charset=UTF-8"), ("Server", "nginx"),
        ("Vary", "Accept-Encoding"), ("Cache-Control", "max-age=60, public"), ("X-Frame-Options", "SAMEORIGIN"),
        ("Etag", f'"{hashlib.sha256(body).hexdigest()[:20]}"'), ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("X-Request-Id", uuid.uuid5(uuid.NAMESPACE_URL, f"{url} {number}").hex),
    ]  # fmt: skip
    if encoded:
        body = gzip.compress(body, 6, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    request = (
        ("Accept", "text/html,application/xhtml+xml;q=0.9"), ("Accept-Encoding", "gzip, br"), ("Accept-Language", "en"),
        ("User-Agent", "Warraq/0.1 (+you@example.org)"), ("Host", site),
    )  # fmt: skip
    digest = PayloadDigest("sha256:" + hashlib.sha256(body).hexdigest())
    return Capture(
        uuid.uuid4().hex, site, Role.ARTICLE, url, url, START + timedelta(seconds=number), 200, "OK", request,
        tuple(headers), body, digest, "192.0.2.1", uuid.uuid4().hex,
    )  # fmt: skip


def not_modified(full: Capture) -> Capture:
    """What a server answers to a conditional request for it."""
    kept = {"Date", "Server", "Etag", "Cache-Control", "Last-Modified", "X-Request-Id"}
    return replace(
        full, status=304, reason="Not Modified", body=b"",
        payload_digest=PayloadDigest("sha256:" + hashlib.sha256(b"").hexdigest()),
        response_headers=tuple(header for header in full.response_headers if header[0] in kept),
        request_headers=(*full.request_headers, ("If-None-Match", full.header("Etag") or "")),
    )  # fmt: skip


def timed(exchanges: Sequence[Exchange], way: str, store: Callable[[Exchange], int]) -> Row:
    """Stores each and adds up bytes and CPU time by kind."""
    sizes: defaultdict[str, float] = defaultdict(float)
    spent: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    for exchange in exchanges:
        started = time.process_time()
        size = store(exchange)
        cpu = (time.process_time() - started) * 1000
        for kind in (exchange.kind, "mix"):
            sizes[kind] += size
            spent[kind] += cpu
            counts[kind] += 1
    return Row(
        way, {k: round(sizes[k] / counts[k]) for k in counts}, {k: round(spent[k] / counts[k], 2) for k in counts}
    )


def warcio(exchanges: Sequence[Exchange], way: str, *, conditional: bool) -> Row:
    """The peer, writing to memory."""
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=True)

    def store(exchange: Exchange) -> int:
        capture, before = exchange.capture if conditional else exchange.full, stream.tell()
        answer = StatusAndHeaders(
            f"{capture.status} {capture.reason}", list(capture.response_headers), protocol="HTTP/1.1"
        )
        response = writer.create_warc_record(
            capture.url, "response", payload=io.BytesIO(capture.body), http_headers=answer
        )
        path = "/" + capture.url.partition("://")[2].partition("/")[2]
        asked = StatusAndHeaders(f"GET {path} HTTP/1.1", list(capture.request_headers), is_http_request=True)
        request = writer.create_warc_record(capture.url, "request", http_headers=asked)
        writer.write_request_response_pair(request, response)
        return stream.tell() - before

    return timed(exchanges, way, store)


def ours(exchanges: Sequence[Exchange], folder: Path) -> list[Row]:
    """Our WARC files as they are written, and repacked."""
    archive = Archive.open(str(folder / "bench.db"), folder / "warc", clock=lambda: START)
    writer = WarcWriter(folder / "warc", clock=lambda: START, software="bench", originals=archive)
    locations = []

    def store(exchange: Exchange) -> int:
        locations.append(writer.append(exchange.capture))
        return locations[-1].length

    live = timed(exchanges, "ours, gzip", store)
    writer.sync()
    with archive.writing() as rows:
        for site in {exchange.capture.source_key for exchange in exchanges}:
            rows.upsert_source(SourceRecord(site, site, "http://bench.example/"))
        for exchange, location in zip(exchanges, locations, strict=True):
            rows.add_capture(exchange.capture, location)
    writer.confirm(locations)
    writer.close()
    return [live, repacked(archive, exchanges)]


def repacked(archive: Archive, exchanges: Sequence[Exchange]) -> Row:
    """Bytes by kind from the rows; the dictionaries' bytes are shared out evenly. CPU time is only known for all."""
    started = time.process_time()
    done = repack(archive, before=START + timedelta(days=1))
    cpu = round((time.process_time() - started) * 1000 / done.captures, 2)
    kinds = {exchange.capture.record_id: exchange.kind for exchange in exchanges}
    sizes: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    with archive.reading() as connection:
        for row in connection.execute(captures_table.select()):
            sizes[kinds[row.record_id]] += row.warc_length
            counts[kinds[row.record_id]] += 1
    files = sum(path.stat().st_size for path in archive.warc_dir.glob("warraq*"))
    extra = (files - sum(sizes.values())) / len(exchanges)
    sizes_by_kind = {kind: round(sizes[kind] / counts[kind] + extra) for kind in counts}
    archive.close()
    return Row("ours, repacked", {**sizes_by_kind, "mix": round(files / len(exchanges))}, {"mix": cpu})


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--captures", type=int, default=400)
    parser.add_argument("--sites", type=int, default=4)
    parser.add_argument("--encoded", action="store_true", help="bodies gzipped by the server")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    exchanges = mix(read_pages(options.data, options.sites), options.captures, encoded=options.encoded)
    rows = [warcio(exchanges, "warcio", conditional=True), warcio(exchanges, "warcio, 200s", conditional=False)]
    with tempfile.TemporaryDirectory() as folder:
        rows += ours(exchanges, Path(folder))
    print_rows(rows, options.format)


def print_rows(rows: Sequence[Row], how: str) -> None:
    """One line a way of storing, or JSON."""
    if how == "json":
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    names = (*KINDS, "mix")
    print(
        f"{'bytes a capture':16}" + "".join(f"{name:>14}" for name in names) + f"{'of warcio':>12}{'of its 200s':>12}"
    )
    for row in rows:
        shares = (row.bytes_a_capture["mix"] / other.bytes_a_capture["mix"] for other in rows[:2])
        sizes = "".join(f"{row.bytes_a_capture[name]:>14.0f}" for name in names)
        print(f"{row.way:16}{sizes}" + "".join(f"{share:>12.1%}" for share in shares))
    print("CPU ms a capture")
    for row in rows:
        print(f"{row.way:16}" + "".join(f"{row.cpu_ms_a_capture.get(name, float('nan')):>14.2f}" for name in names))


if __name__ == "__main__":
    main()
