"""The whole job over a set of real pages: served under their own host names with a feed, crawled, compared with gold.

    python benchmarks/crawl.py --data FILE [--format table|json]

Runs as root in a mount namespace of its own, in which the hosts file names this machine for every host of the set; all
URLs are asked for over plain HTTP on port 80. Prints the outcomes and the mean 4-gram F1 of the *stored* text.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.metrics import score_text, summarise

_INSIDE = "WARRAQ_BENCHMARK_NAMESPACE"
_FEED_HOST = "feed.test"


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page of the set: the URL it is served under, its bytes, and the text it should give."""

    url: str
    body: bytes
    text: str


def main() -> int:
    """Serves, crawls and compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--format", choices=["table", "json"], default="table")
    options = parser.parse_args()
    if _INSIDE not in os.environ:
        return _again_in_a_namespace()
    pages = load(options.data)
    with tempfile.TemporaryDirectory() as folder:
        result = crawl(pages, Path(folder))
    print(json.dumps(result) if options.format == "json" else "\n".join(f"{k:>16}  {v}" for k, v in result.items()))
    return 0


def _again_in_a_namespace() -> int:
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid():
        sys.exit("benchmarks/crawl.py needs root and unshare (util-linux), to give the pages their host names")
    command = [unshare, "--mount", sys.executable, *sys.argv]
    return subprocess.run(command, check=False, env=os.environ | {_INSIDE: "1"}).returncode


def load(file: Path) -> list[GoldPage]:
    """The pages of a set, each under its own URL over plain HTTP."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [GoldPage(_plain(row["url"]), base64.b64decode(row["html_base64"]), row["text"]) for row in rows]


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(("http", parts.netloc, parts.path, parts.query, ""))


def crawl(pages: list[GoldPage], folder: Path) -> dict[str, Any]:
    """One crawl of all pages by the real command, into an archive in ``folder``."""
    _name_hosts({urlsplit(page.url).hostname or "" for page in pages} | {_FEED_HOST}, folder)
    server = _serve(pages)
    (folder / "warraq.toml").write_text(
        '[crawler]\ncontact = "benchmark@example.org"\n[guard]\nallow_networks = ["127.0.0.0/8"]\n'
        f'[[sources]]\nkey = "set"\nname = "set"\nurl = "http://{_FEED_HOST}/"\n'
        f'feeds = ["http://{_FEED_HOST}/feed.xml"]\nevery = "1h"\n'
    )
    started = time.monotonic()
    report = _warraq(folder, "crawl", "set")
    seconds = time.monotonic() - started
    server.shutdown()
    exported = [json.loads(line) for line in _warraq(folder, "export", "--format", "jsonl").splitlines()]
    texts = {url: article["text"] for article in exported for url in article["urls"]}
    scores = [score_text(page.text, texts.get(page.url, "")) for page in pages]
    f1, precision, recall = summarise(scores)
    return {
        "pages": len(pages),
        "articles": len(exported),
        "archived": sum(page.url in texts for page in pages),
        "f1": round(f1, 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "seconds": round(seconds, 1),
        "report": report,
    }


def _name_hosts(hosts: set[str], folder: Path) -> None:
    file = folder / "hosts"
    file.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {host}\n" for host in sorted(hosts)))
    subprocess.run(["mount", "--bind", str(file), "/etc/hosts"], check=True)


def _serve(pages: list[GoldPage]) -> ThreadingHTTPServer:
    bodies = {page.url: page.body for page in pages}
    items = "".join(f"<item><link>{html.escape(page.url)}</link></item>" for page in pages)
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>set</title>{items}</channel></rss>'.encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            body = feed if host == _FEED_HOST and self.path == "/feed.xml" else bodies.get(f"http://{host}{self.path}")
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/rss+xml" if body is feed else "text/html")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 80), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _warraq(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "cli", "--config", str(folder / "warraq.toml"), *words]
    home = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, check=False, cwd=home, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main())
