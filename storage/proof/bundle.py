"""Writes the proof of one article: WARC records, texts, leaves with inclusion proofs, heads with stamps, and a script.

``docs/proof.md`` tells a stranger what it shows. A directory holds it, which may be zipped.
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, or_, select

from storage import warc_records
from storage.columns import stored_time
from storage.errors import LedgerError, WarcError
from storage.faults import unwritable
from storage.ledger_heads import public_key_pem
from storage.ledger_records import leaf_entry, records_of, text_digest
from storage.ledger_tree import LedgerTree
from storage.merkle import inclusion_proof
from storage.records import ArticleStatus, LedgerKind
from storage.statements import articles, captures, extractions, former_ids, ledger, location_of, versions
from storage.warc import compressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection

    from storage.archive import Archive
    from storage.ledger_heads import Head, HeadLog

_GZIP_LEVEL = 8
_ARTICLE: BindParameter[Any] = bindparam("article")
_CAPTURES = select(captures).where(captures.c.article_id == _ARTICLE).order_by(captures.c.captured_at, captures.c.id)
_ORIGINALS = select(captures).where(captures.c.record_id.in_(bindparam("wanted", expanding=True)))
_VERSIONS = (
    select(versions.c.public_id, versions.c.text).where(versions.c.article_id == _ARTICLE).order_by(versions.c.id)
)
_FORMER = select(former_ids.c.public_id).where(former_ids.c.article_id == _ARTICLE)
_READINGS = (
    select(extractions.c.text)
    .join(captures, captures.c.id == extractions.c.capture_id)
    .where(captures.c.article_id == _ARTICLE, extractions.c.text.is_not(None))
)
_LEAVES = (
    select(ledger)
    .where(
        or_(
            (ledger.c.kind == LedgerKind.CAPTURE) & ledger.c.subject_id.in_(bindparam("of_captures", expanding=True)),
            (ledger.c.kind == LedgerKind.VERSION) & ledger.c.subject_id.in_(bindparam("of_versions", expanding=True)),
        )
    )
    .order_by(ledger.c.position)
)
_IDENTITY = select(articles).where(articles.c.public_id == bindparam("public"))
_README = """\
Proof of {url}
written {at} by Warraq

Every answer that the publisher's server gave for this article (records.warc.gz), every text of it (texts/), and what
shows that both stood in the archive's ledger when its heads (heads/) were signed and stamped.

    python3 -I check.py --key KEY.pem --authority CERTIFICATES.pem

KEY.pem is the public key that the archive has published, CERTIFICATES.pem the root certificates of the authority that
stamped the heads: get both where you trust them, not from here. Without them the script says what it could not check.
"""


@dataclass(slots=True)
class Proof:
    """What a proof came to: how much is in it, and what is missing from it."""

    captures: int = 0
    versions: int = 0
    leaves: int = 0
    stamped_heads: int = 0
    missing: list[str] = field(default_factory=list)


def write_proof(archive: Archive, public_id: str, log: HeadLog, target: Path, at: datetime) -> Proof:
    """Writes the proof of an article, whole or not at all.

    Args:
        archive: Open; what waits for its leaf is not in the proof.
        public_id: The article's.
        log: The archive's heads.
        target: A directory, or a file that ends in ``.zip``; it does not exist, its parent does.
        at: Now.

    Raises:
        LedgerError: the article was taken down, a row does not answer to its leaf, or leaves do not answer to a head.
        ArchiveError: the archive cannot be read, or the directory not be written.
    """
    try:
        with TemporaryDirectory(dir=target.absolute().parent) as folder:
            directory = Path(folder) / (re.sub(r"[^\w.-]+", "_", target.stem) or "proof")
            directory.mkdir()
            made = _write(archive, public_id, log, directory, at)
            if target.suffix.lower() == ".zip":
                _zip(directory, directory.with_suffix(".zip")).rename(target)
            else:
                directory.rename(target)
    except OSError as error:
        raise unwritable(error, str(target)) from error
    return made


def _zip(directory: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(directory.rglob("*")):
            file.write(path, path.relative_to(directory.parent))
    return target


def _write(archive: Archive, public_id: str, log: HeadLog, directory: Path, at: datetime) -> Proof:
    made = Proof()
    with archive.reading() as connection:
        article = connection.execute(_IDENTITY, {"public": public_id}).one()
        if article.status == ArticleStatus.WITHHELD:
            raise LedgerError(f"{article.canonical_url} was taken down: there is nothing left to prove")
        kept = _captures(connection, article.id)
        leaves = _leaves(connection, article.id, kept, log, made)
        texts = _texts(connection, article.id)
    places = _write_records(archive, kept, directory, at, made)
    _write_texts(texts, leaves, directory)
    heads = _write_heads(log, leaves, directory, made)
    told = {
        "article": {"url": article.canonical_url, "id": article.public_id, "source": article.source_key},
        "made_at": stored_time(at),
        "heads": heads,
        "leaves": leaves,
        "captures": places,
        "missing": made.missing,
    }
    (directory / "proof.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    readme = _README.format(url=article.canonical_url, at=stored_time(at))
    (directory / "README.txt").write_text(readme, encoding="utf-8")
    (directory / "check.py").write_bytes(files("storage.proof").joinpath("check.py").read_bytes())
    made.leaves = len(leaves)
    return made


def _captures(connection: Connection, article_id: int) -> list[Any]:
    """The article's captures, and those of other articles that hold a body of theirs."""
    found = list(connection.execute(_CAPTURES, {"article": article_id}))
    known = {row.record_id for row in found}
    wanted = {row.refers_to for row in found if row.refers_to} - known
    while wanted:
        originals = list(connection.execute(_ORIGINALS, {"wanted": sorted(wanted)}))
        found += originals
        known |= wanted
        wanted = {row.refers_to for row in originals if row.refers_to} - known
    return found


def _texts(connection: Connection, article_id: int) -> dict[str, str]:
    """Every text that was read of the article, by the digest that records name it by."""
    values = {"article": article_id}
    kept = [row.text for row in connection.execute(_VERSIONS, values)]
    kept += connection.execute(_READINGS, values).scalars()
    return {text_digest(text): text for text in kept}


def _leaves(
    connection: Connection, article_id: int, kept: Sequence[Any], log: HeadLog, made: Proof
) -> list[dict[str, Any]]:
    values = {"article": article_id}
    of_captures = [row.record_id for row in kept]
    of_versions = [row.public_id for row in connection.execute(_VERSIONS, values)]
    wanted = {"of_captures": of_captures, "of_versions": [*of_versions, *connection.execute(_FORMER, values).scalars()]}
    rows = connection.execute(_LEAVES, wanted).all()
    current = {
        (kind, subject): record
        for kind, subjects in ((LedgerKind.CAPTURE, of_captures), (LedgerKind.VERSION, of_versions))
        for subject, record in records_of(connection, kind, subjects).items()
    }
    made.captures, made.versions = len(of_captures), len(of_versions)
    with_leaf = {(row.kind, row.subject_id) for row in rows}
    made.missing += [f"{kind} {subject}: no leaf yet" for kind, subject in current if (kind, subject) not in with_leaf]
    tree = LedgerTree(connection)
    return [told for row in rows for told in _leaf(tree, row, current, log, made)]


def _leaf(
    tree: LedgerTree, row: Any, current: dict[tuple[LedgerKind, str], bytes], log: HeadLog, made: Proof
) -> Iterator[dict[str, Any]]:
    subject = f"{row.kind} {row.subject_id}"
    if row.nonce is None:
        made.missing.append(f"{subject}: taken down")
        return
    record = current.get((LedgerKind(row.kind), row.subject_id), b"") if row.record is None else row.record.encode()
    if leaf_entry(bytes.fromhex(row.nonce), record).hex() != row.leaf_hash:
        raise LedgerError(f"{subject} does not answer to its leaf", remedy="see what `warraq verify` finds")
    head = _first_head(log, row.position)
    if head is None:
        made.missing.append(f"{subject}: no head was made since: `warraq ledger head` makes one")
        return
    try:
        is_of_head = tree.root_of(0, head.size) == head.root
        proof = inclusion_proof(row.position, head.size, tree.root_of)
    except LookupError as error:
        raise LedgerError(str(error), remedy="see what `warraq verify` finds") from error
    if not is_of_head:
        raise LedgerError("the ledger does not answer to its heads", remedy="see what `warraq verify` finds")
    yield {
        "position": row.position,
        "nonce": row.nonce,
        "record": record.decode(),
        "head": log.heads.index(head),
        "proof": [item.hex() for item in proof],
    }


def _first_head(log: HeadLog, position: int) -> Head | None:
    """The first stamped head that has the leaf in it; where none is stamped, the first that is signed."""
    having = [head for head in log.heads if head.size > position]
    stamped = (head for head in having if head.digest in log.stamps)
    return next(stamped, having[0] if having else None)


def _write_records(
    archive: Archive, kept: Sequence[Any], directory: Path, at: datetime, made: Proof
) -> list[dict[str, Any]]:
    """One WARC file of all captures' records, byte for byte as they were archived, and where each stands in it."""
    places = []
    with (directory / "records.warc.gz").open("wb") as file:
        file.write(compressed(warc_records.warcinfo("records.warc.gz", "warraq prove", at), _GZIP_LEVEL))
        for row in kept:
            begin = file.tell()
            try:
                data = archive.read_record_bytes(location_of(row))
            except WarcError as error:
                made.missing.append(f"capture {row.record_id}: {error.problem}")
                continue
            for record in warc_records.split_records(data):
                file.write(compressed(record, _GZIP_LEVEL))
            places.append({"id": row.record_id, "offset": begin, "length": file.tell() - begin})
    return places


def _write_texts(texts: dict[str, str], leaves: Sequence[dict[str, Any]], directory: Path) -> None:
    (directory / "texts").mkdir()
    for leaf in leaves:
        digest = json.loads(leaf["record"]).get("text_sha256")
        if digest in texts:
            (directory / "texts" / f"{digest}.txt").write_bytes(texts[digest].encode())


def _write_heads(
    log: HeadLog, leaves: Sequence[dict[str, Any]], directory: Path, made: Proof
) -> list[dict[str, str | None]]:
    """Writes the heads that leaves are proven by, and has the leaves name them by their place among these."""
    (directory / "heads").mkdir()
    used = sorted({leaf["head"] for leaf in leaves})
    for leaf in leaves:
        leaf["head"] = used.index(leaf["head"])
    told: list[dict[str, str | None]] = []
    for number, index in enumerate(used):
        head = log.heads[index]
        stamp = log.stamps.get(head.digest)
        file, stamped = f"heads/{number}.txt", f"heads/{number}.tsr" if stamp else None
        (directory / file).write_text(head.note, encoding="utf-8")
        if stamp is not None and stamped is not None:
            (directory / stamped).write_bytes(stamp.response)
            made.stamped_heads += 1
        told.append({"file": file, "stamp": stamped})
    if used:
        (directory / "key.pem").write_text(public_key_pem(log.heads[used[-1]].public_key))
    return told
