"""``warraq verify``: recomputes everything that the archive can be held to, and names what is not as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.findings import Finding, Tally, What
from storage.ledger_heads import HeadLog
from storage.ledger_stamps import stamp_problem
from storage.ledger_tree import LedgerTree
from storage.merkle import consistency_proof, is_consistent
from storage.statements import captures, ledger
from storage.verify_ledger import LedgerCheck
from storage.verify_warc import WarcCheck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from storage.archive import Archive
    from storage.ledger_heads import Head


@dataclass(frozen=True, slots=True)
class Against:
    """What the archive is held against besides itself.

    Args:
        log: The heads of the archive's own file.
        kept: Heads that were kept elsewhere.
        public_key: The key that is to have signed them all (raw Ed25519), or None where it is not known.
        roots: Certificates (PEM) of the authorities whose stamps are believed; none leaves stamps unchecked.
    """

    log: HeadLog = field(default_factory=HeadLog)
    kept: Sequence[Head] = ()
    public_key: bytes | None = None
    roots: bytes = b""


def steps(archive: Archive, *, warc: bool) -> int:
    """How many steps ``verify`` will tell of: leaves, and captures where their WARC records are read."""
    with archive.reading() as connection:
        count = int(connection.execute(select(func.count()).select_from(ledger)).scalar_one())
        if warc:
            count += int(connection.execute(select(func.count()).select_from(captures)).scalar_one())
    return count


def verify(
    archive: Archive,
    against: Against,
    tally: Tally,
    *,
    warc: bool = True,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[Finding]:
    """What was changed, removed or added, as it is found; memory does not grow with the archive.

    Only ``against.kept`` shows that the whole log was not made anew: what is left in the archive's own directory,
    whoever rewrites the one can rewrite too.

    Args:
        archive: Open.
        against: Tree heads, and what is known of who made them.
        tally: Is told what was looked at.
        warc: Reads every capture's WARC records too.
        advance: Is told how many of ``steps`` were done.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    heads = (*against.log.heads, *against.kept)
    check = LedgerCheck(archive, (head.size for head in heads), tally, advance)
    yield from check.findings()
    yield from _own_heads(against, check, tally)
    yield from _kept_heads(archive, against, check, tally)
    if warc:
        yield from WarcCheck(archive, tally, advance).findings()


def _own_heads(against: Against, check: LedgerCheck, tally: Tally) -> Iterator[Finding]:
    for number in against.log.faults:
        yield Finding(What.CHANGED, f"line {number} of the heads", "it is no tree head, stamp or posting")
    size = 0
    for head in against.log.heads:
        tally.heads += 1
        if head.size < size:
            yield Finding(What.CHANGED, named(head), "it comes after a larger one in the file of heads")
        size = max(size, head.size)
        yield from _head(head, against, check, tally)
        stamp = against.log.stamps.get(head.digest)
        if stamp is None:
            continue
        tally.stamps += 1
        if not against.roots:
            tally.unchecked_stamps += 1
        problem = stamp_problem(head.note.encode(), stamp.response, against.roots)
        if problem is not None:
            yield Finding(What.CHANGED, f"stamp of the {named(head)}", problem)


def _kept_heads(archive: Archive, against: Against, check: LedgerCheck, tally: Tally) -> Iterator[Finding]:
    for head in against.kept:
        problems = list(_head(head, against, check, tally))
        yield from problems
        if problems:
            continue
        with archive.reading() as connection:
            tree = LedgerTree(connection)
            new = tree.size()
            proof = consistency_proof(head.size, new, tree.root_of)
            is_proven = is_consistent((head.size, head.root), (new, tree.root_of(0, new)), proof)
        if is_proven:
            tally.notes.append(f"consistent with the {named(head)}: proven with {len(proof)} hashes up to {new} leaves")
        else:
            yield Finding(What.CHANGED, named(head), "the log of today is no continuation of it")


def _head(head: Head, against: Against, check: LedgerCheck, tally: Tally) -> Iterator[Finding]:
    if not head.is_signed:
        yield Finding(What.CHANGED, named(head), "its signature is not that of its key")
    elif against.public_key is not None and head.public_key != against.public_key:
        yield Finding(What.CHANGED, named(head), "it was signed with another key than this archive's")
    root = check.roots.get(head.size)
    if root is None:
        problem = f"the log has {tally.leaves} leaves only"
        yield Finding(What.REMOVED, f"ledger leaves up to {head.size - 1}", f"{problem}; the {named(head)} saw them")
    elif root != head.root:
        problem = "the first leaves of the log are not those it was made of"
        yield Finding(What.CHANGED, named(head), problem)


def named(head: Head) -> str:
    """A head as messages call it."""
    return f"head of {head.made_at:%Y-%m-%d %H:%M:%S} UTC over {head.size} leaves"
