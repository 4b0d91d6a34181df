"""Copies found beside other methods on labelled sets, and what finding them costs as an archive grows.

    python -m benchmarks.copies --data ar.jsonl.gz en.jsonl.gz [--format json]
    python -m benchmarks.copies --scale 10000 100000
    python -m benchmarks.copies --pages portals.jsonl.gz daniel-dev.jsonl.gz

A set has a row a document: ``family`` (documents of one family are copies of each other), ``kind`` and ``text``. A
method says which documents belong together; every pair of one cluster counts as found, every pair of one family as
true. The row ``warraq`` goes through the product: an archive in SQLite, and ``CopyFinder`` as ingest calls it, one
document after the other. ``--pages`` takes pages with their site, and compares the text of their paragraphs, furniture
and all, and then what extraction makes of them: pairs of one site that are taken for copies when the site is known, and
when each page is a site of its own (but for articles published twice, no pair should be). Peers that are not installed
(``pip install datasketch``) are told and left out.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import accumulate, combinations, islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.copies_shelf import Shelf
from pipeline.charset import decode_text
from pipeline.extract import extract
from pipeline.page import Page, Refusal, parse_text
from pipeline.shingles import shingle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_SEEN = datetime(2026, 3, 1, tzinfo=UTC)
_SITES = 300
_MEASURED = 4_400
"""Documents whose cost is taken: twice as many as are sorted in at a time, so that sorting in is in it."""
Pairs = set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """What one method made of one set; ``cpu_ms`` is a document's."""

    data: str
    method: str
    f1: float
    precision: float
    recall: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """The cost of each of the last documents when so many are indexed, and the index's bytes a document."""

    documents: int
    cpu_ms: float
    server_cpu_ms: float
    of_it_shingling_ms: float
    bytes_a_document: float


def read(path: Path) -> list[dict[str, str]]:
    """The documents of a set, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def together(groups: Iterable[Iterable[int]]) -> Pairs:
    """Every pair within a group, smaller number first."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def truth(documents: Sequence[dict[str, str]]) -> Pairs:
    """The pairs of documents of one family."""
    families: dict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        families[str(document["family"])].append(number)
    return together(families.values())


def joined(count: int, pairs: Iterable[tuple[int, int]]) -> Pairs:
    """The pairs of the clusters that the pairs make."""
    parent = list(range(count))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for one, other in pairs:
        parent[root(one)] = root(other)
    groups: dict[int, list[int]] = defaultdict(list)
    for number in range(count):
        groups[root(number)].append(number)
    return together(groups.values())


def by_warraq(documents: Sequence[dict[str, str]]) -> tuple[Pairs, float]:
    """What the product finds, and its CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        seconds = shelf.put(document["text"] for document in documents).here
        found = joined(len(documents), shelf.pairs())
        shelf.archive.close()
    return found, seconds


def by_exact_hash(documents: Sequence[dict[str, str]]) -> tuple[Pairs, float]:
    """Documents whose folded text is the same."""
    begun = time.process_time()
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        groups[shingle(document["text"]).words].append(number)
    return together(groups.values()), time.process_time() - begun


def by_simhash(documents: Sequence[dict[str, str]]) -> tuple[Pairs, float]:
    """SimHash over words, 64 bits, at most 6 of them different (Charikar 2002; Manku et al. 2007 took 3)."""
    begun = time.process_time()
    marks = [_simhash(shingle(document["text"]).words) for document in documents]
    pairs = (
        (one, other)
        for one, other in combinations(range(len(marks)), 2)
        if (marks[one] ^ marks[other]).bit_count() <= 6
    )
    return joined(len(marks), pairs), time.process_time() - begun


def _simhash(words: Sequence[str]) -> int:
    weights = [0] * 64
    for word, count in Counter(words).items():
        digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
        for bit in range(64):
            weights[bit] += count if digest >> bit & 1 else -count
    return sum(1 << bit for bit in range(64) if weights[bit] > 0)


def by_minhash(documents: Sequence[dict[str, str]]) -> tuple[Pairs, float]:
    """MinHash LSH by datasketch, 128 permutations, Jaccard 0.5 over three-word runs.

    Raises:
        ModuleNotFoundError: datasketch is not installed.
    """
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - a peer

    begun = time.process_time()
    index, pairs = MinHashLSH(threshold=0.5, num_perm=128), list[tuple[int, int]]()
    for number, document in enumerate(documents):
        words = shingle(document["text"]).words
        mark = MinHash(num_perm=128)
        mark.update_batch([" ".join(words[place : place + 3]).encode() for place in range(max(1, len(words) - 2))])
        pairs += [(int(other), number) for other in index.query(mark)]
        index.insert(str(number), mark)
    return joined(len(documents), pairs), time.process_time() - begun


METHODS: dict[str, Callable[[Sequence[dict[str, str]]], tuple[Pairs, float]]] = {
    "warraq": by_warraq,
    "minhash-lsh": by_minhash,
    "simhash": by_simhash,
    "exact-hash": by_exact_hash,
}


def measure(path: Path, method: str, documents: Sequence[dict[str, str]]) -> tuple[Row, Pairs]:
    """One method on one set, and the pairs it found.

    Raises:
        ModuleNotFoundError: The peer is not installed.
    """
    found, seconds = METHODS[method](documents)
    wanted = truth(documents)
    right = len(found & wanted)
    precision, recall = right / len(found) if found else 0.0, right / len(wanted) if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    data = path.name.partition(".")[0]
    return Row(data, method, f1, precision, recall, 1000 * seconds / len(documents)), found


def by_kind(documents: Sequence[dict[str, str]], found: Pairs) -> list[tuple[str, int, int]]:
    """For each kind of document: pairs of its family found, of how many; ``false``: pairs that it is wrongly in."""
    wanted, rows = truth(documents), []
    for kind in sorted({document["kind"] for document in documents}):
        with_kind = {pair for pair in wanted if kind in (documents[pair[0]]["kind"], documents[pair[1]]["kind"])}
        wrong = {pair for pair in found - wanted if kind in (documents[pair[0]]["kind"], documents[pair[1]]["kind"])}
        rows.append((kind, len(with_kind & found), len(with_kind)))
        if wrong:
            rows.append((f"{kind} (false)", len(wrong), 0))
    return rows


def by_site(rows: Sequence[dict[str, str]], text_of: Callable[[dict[str, str]], str]) -> tuple[int, int, int]:
    """Texts, and pairs of one site taken for copies: with the site known, and with each page a site of its own."""
    found = [(row["site"], text) for row in rows if (text := text_of(row))]
    sites, texts = [site for site, _ in found], [text for _, text in found]
    counts = []
    for known in (sites, []):
        with tempfile.TemporaryDirectory() as folder:
            shelf = Shelf(Path(folder))
            shelf.put(texts, known)
            pairs = joined(len(texts), shelf.pairs())
            shelf.archive.close()
        counts.append(sum(sites[one] == sites[other] and texts[one] != texts[other] for one, other in pairs))
    return len(texts), counts[0], counts[1]


def extracted(row: dict[str, str]) -> str:
    """What extraction makes of a page without knowing its site; empty where it is no article."""
    page = Page(row.get("url") or f"http://{row['site']}/a", base64.b64decode(row["html_base64"]), None, None, _SEEN)
    read_from_it = extract(page)
    return "" if read_from_it.not_article else read_from_it.text


def paragraphs(row: dict[str, str]) -> str:
    """What stands in a page's paragraphs and list items, furniture and all."""
    tree = parse_text(decode_text(base64.b64decode(row["html_base64"]))[0])
    if isinstance(tree, Refusal):
        return ""
    return "\n".join(" ".join(element.text_content().split()) for element in tree.iter("p", "li"))


def made_texts(seed: int = 1) -> Iterator[str]:
    """Texts of 300 words drawn as words are in real text (Zipf), one in ten an earlier one, a little changed."""
    lots, recent = random.Random(seed), list[list[str]]()  # noqa: S311 - nothing secret
    ranks = list(accumulate(1 / (rank + 2) for rank in range(50_000)))
    words = [f"w{number}" for number in range(len(ranks))]
    while True:
        if recent and lots.random() < 0.1:
            text = [*lots.choice(recent)]
            text[lots.randrange(300)] = lots.choice(words)
        else:
            text = lots.choices(words, cum_weights=ranks, k=300)
            recent = [*recent[-200:], text]
        yield " ".join(text)


def scale(sizes: Sequence[int], database: str | None) -> Iterator[ScaleRow]:
    """The cost of a document when so many are indexed: all but the last were put there in bulk."""
    for size in sizes:
        texts = made_texts()
        with tempfile.TemporaryDirectory() as folder:
            shelf = Shelf(Path(folder), database, sites=_SITES)
            shelf.fill(list(islice(texts, max(0, size - _MEASURED))))
            last = list(islice(texts, _MEASURED))
            spent = shelf.put(last)
            begun = time.process_time()
            for text in last:
                shingle(text)
            alone = time.process_time() - begun
            each = 1000 / len(last)
            size_of_index = shelf.index_bytes() / len(shelf.ids)
            yield ScaleRow(len(shelf.ids), each * spent.here, each * spent.server, each * alone, size_of_index)
            shelf.archive.close()


def _print_table(rows: Sequence[Row]) -> None:
    print(f"{'data':8} {'method':12} {'F1':>6} {'P':>6} {'R':>6} {'CPU ms':>7}")
    for row in rows:
        figures = f"{row.f1:6.4f} {row.precision:6.4f} {row.recall:6.4f} {row.cpu_ms:7.3f}"
        print(f"{row.data:8} {row.method:12} {figures}")


def _tell_pages(path: Path) -> None:
    for text_of in (paragraphs, extracted):
        texts, known, unknown = by_site(read(path), text_of)
        counts = f"pairs of one site taken for copies: {known}; without the site {unknown}"
        print(f"{path.name}: {texts} texts, {text_of.__name__}: {counts}", flush=True)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--scale", type=int, nargs="*", default=[], metavar="N")
    parser.add_argument("--database", metavar="URL", help="an empty one for one --scale (default: SQLite)")
    parser.add_argument("--pages", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    options = parser.parse_args()
    rows: list[Row] = []
    for path in options.data:
        documents = read(path)
        for method in METHODS:
            try:
                row, found = measure(path, method, documents)
            except ModuleNotFoundError as error:
                print(f"{method} is left out: {error}", file=sys.stderr)
                continue
            rows.append(row)
            if method == "warraq" and options.format == "table":
                for kind, right, of in by_kind(documents, found):
                    print(f"{row.data:8} {kind:24} {right:6d}" + (f" of {of}" if of else ""))
    if options.format == "json":
        print(json.dumps([asdict(row) for row in rows]))
    elif rows:
        _print_table(rows)
    for path in options.pages:
        _tell_pages(path)
    for each in scale(options.scale, options.database):
        print(json.dumps(asdict(each)), flush=True)


if __name__ == "__main__":
    main()
