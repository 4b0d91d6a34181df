"""What other people's tools make of an export: pywb replays it, py-wacz checks it, cdxj-indexer indexes it.

They live in .venv-replay, which ``make test-all`` makes.
"""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import time
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from storage.surt import surt
from tests.cli_process import ROOT
from tests.desk import Desk
from tests.newsroom import Newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOOLS = ROOT / ".venv-replay" / "bin"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (TOOLS / "wayback").exists(), reason="there is no .venv-replay: make test-all makes it"),
]
SITE = "courier"
ADDRESSES = (
    *("http://www.Example.com/Path/?b=1&a=2", "https://www.example.com:443/", "http://www2.example.com:8080/a/b/"),
    *("http://example.com", "http://example.com?x=1", "http://127.0.0.1:35671/articles/1", "http://example.com/?"),
    *("https://example.com/الخبر-الأول/", "https://example.com/%D8%A7%D9%84/?p=%D8%A7", "http://مثال.com/a"),
    *("http://a.com/%25D8", "http://a.com/%25%32%35", "http://a.com/%ff", "http://a.com/é?Ü=É", "http://a.com/a b"),
    *("http://a.com/b//c/../d/./e", "http://a.com/..", "http://a.com/%2e%2e/x", "http://a.com//", "http://a.com/x//"),
    *("http://a.com/?b&a&a=1&a=0", "http://a.com/a?b=1&&c=2&", "http://a.com/x?a=b=c&a=b", "http://a.com/?&&"),
    *("http://a.com/x?z=1&PHPSESSID=0123456789abcdef0123456789ABCDEF", "http://a.com/x?CFID=1&CFTOKEN=2&b=2"),
    *("http://a.com/a%2Fb", "http://a.com/a%3Fb", "http://a.com/a%23b", "http://a.com/x/#!/y", "http://u:p@a.com/"),
    *("http://a.com/index.php?option=com_content&id=5&Itemid=3&lang=AR", "http://[::1]:8080/x", "http://1.2.3.4:9/x"),
)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A site with all its pictures and style sheets; one of its articles was edited."""
    with Newsroom() as newsroom:
        desk = Desk(newsroom, tmp_path_factory.mktemp("archived"))
        desk.configure(SITE)
        with (desk.directory / "warraq.toml").open("a", encoding="utf-8") as file:
            file.write('assets = "all"\n')
        desk.crawl()
        slug = next(iter(newsroom.site(SITE).standings))
        newsroom.set_title(slug, "A headline that was changed")
        desk.recheck()
        yield desk


@pytest.fixture(scope="module")
def package(archived: Desk) -> Path:
    archived.warraq("export", "--format", "wacz", "--output", "site.wacz")
    return archived.directory / "site.wacz"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def wayback(directory: Path) -> Iterator[str]:
    """The address of pywb, serving the collections of a directory on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = directory / "wayback.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [TOOLS / "wayback", "-p", str(port), "-b", "127.0.0.1"], cwd=directory, stdout=out, stderr=out
        )
    try:
        for _ in range(150):
            try:
                urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            except URLError:
                assert server.poll() is None, log.read_text(encoding="utf-8")
                time.sleep(0.2)
            else:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def body_of(address: str) -> tuple[int, bytes]:
    """Status and body, less its content coding."""
    with urlopen(Request(address, headers={"Accept-Encoding": "gzip"}), timeout=30) as answer:
        body = answer.read()
        return answer.status, gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


def shown_pages(desk: Desk) -> list[tuple[str, str, str]]:
    """URL, time (14 digits) and headline of the capture that began each version."""
    return [
        (str(url), str(at).translate(str.maketrans("", "", "-:TZ"))[:14], str(title))
        for url, at, title in desk.rows(
            "SELECT c.url, c.captured_at, v.title FROM versions v JOIN captures c ON c.id = v.first_capture_id"
        )
    ]


def shown_assets(desk: Desk) -> list[str]:
    rows = desk.rows(
        "SELECT DISTINCT a.url FROM capture_assets l JOIN captures a ON a.id = l.asset_id WHERE a.status = 200"
    )
    return [str(url) for (url,) in rows]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["wacz", "warc.gz"])
def test_pywb_replays_every_version_and_picture_byte_for_byte(
    archived: Desk, package: Path, tmp_path: Path, kind: str
) -> None:
    run(TOOLS / "wb-manager", "init", "news", cwd=tmp_path)
    if kind == "wacz":
        run(TOOLS / "wb-manager", "add", "--unpack-wacz", "news", package, cwd=tmp_path)
    else:
        archived.warraq("export", "--format", "warc", "--output", "site.warc.gz")
        run(TOOLS / "wb-manager", "add", "news", archived.directory / "site.warc.gz", cwd=tmp_path)
    pages, assets = shown_pages(archived), shown_assets(archived)
    assert len(pages) > 10
    assert len(assets) > 10
    with wayback(tmp_path) as address:
        for url, stamp, title in pages:
            status, body = body_of(f"{address}/news/{stamp}id_/{url}")
            assert (status, title in body.decode()) == (200, True)
        for url in assets:
            assert body_of(f"{address}/news/{pages[0][1]}id_/{url}") == body_of(url)
        # As a browser gets it: pictures and links lead back into the archive.
        _, framed = body_of(f"{address}/news/{pages[0][1]}mp_/{pages[0][0]}")
    assert f"/news/{pages[0][1]}".encode() in framed


def test_py_wacz_finds_the_package_valid(package: Path, tmp_path: Path) -> None:
    assert "is valid" in run(TOOLS / "wacz", "validate", "-f", package, cwd=tmp_path)


def test_index_is_that_of_cdxj_indexer(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extract("archive/site.warc.gz", tmp_path)
        ours = gzip.decompress(archive.read("indexes/index.cdx.gz")).decode().splitlines()
    theirs = run(TOOLS / "cdxj-indexer", "--sort", tmp_path / "archive" / "site.warc.gz", cwd=tmp_path).splitlines()
    assert [told(line) for line in ours] == [told(line) for line in theirs]


def told(line: str) -> tuple[str, str, dict[str, Any]]:
    key, stamp, fields = line.split(" ", 2)
    entry = json.loads(fields)
    if entry["mime"] == "warc/revisit":
        entry.pop("digest", None)  # theirs has none for a 304, ours that of the body it stands for
    return key, stamp, entry


def test_keys_are_those_of_surt(tmp_path: Path) -> None:
    script = "import json, sys, surt; print(json.dumps([surt.surt(url) for url in json.loads(sys.argv[1])]))"
    theirs = json.loads(run(TOOLS / "python", "-c", script, json.dumps(ADDRESSES), cwd=tmp_path))
    assert [surt(url) for url in ADDRESSES] == theirs
