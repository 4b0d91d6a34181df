"""Tree heads: what the log held at a moment, signed, and kept in a file outside the database.

The text that is signed is a checkpoint as tiles and witnesses of transparency logs read it (https://c2sp.org/tlog-
checkpoint, https://c2sp.org/signed-note, Ed25519): origin, number of leaves, root in base64, and a line with the time.
The file holds a JSON object a line: a head, a stamp of one, or that one was posted.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from storage.columns import stored_time
from storage.errors import LedgerError
from storage.faults import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_ED25519 = b"\x01"  # the signature type of a signed note
_KEY_ID_BYTES = 4
_NOTE_LINES = 4
_ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Head:
    """A tree head: how many leaves, their root, when it was made (UTC), and the signed note that says so.

    ``public_key`` is the raw Ed25519 key that came with it; whether it signed the note says ``is_signed``.
    """

    origin: str
    size: int
    root: bytes
    made_at: datetime
    note: str
    public_key: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the note, in hex: what an authority stamps."""
        return hashlib.sha256(self.note.encode()).hexdigest()

    @property
    def is_signed(self) -> bool:
        """Whether the key signed this very note."""
        body, _, line = self.note.partition("\n\n")
        try:
            signature = base64.b64decode(line.split()[2], validate=True)
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature[_KEY_ID_BYTES:], f"{body}\n".encode())
        except (InvalidSignature, ValueError, IndexError):
            return False
        return signature[:_KEY_ID_BYTES] == _key_id(self.origin, self.public_key)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an RFC 3161 authority answered for a head (a TimeStampResp in DER), and when that came (UTC)."""

    response: bytes
    authority: str
    received_at: datetime


@dataclass(slots=True)
class HeadLog:
    """What a file of heads holds, in its order; stamps and the times of posting by the heads' digests.

    ``faults`` are the numbers of lines that cannot be read.
    """

    heads: list[Head] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    posted: dict[str, datetime] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)


def made_head(size: int, root: bytes, made_at: datetime, key: Ed25519PrivateKey) -> Head:
    """A head, signed."""
    public = raw_public_key(key)
    origin = f"warraq/{hashlib.sha256(public).hexdigest()[:16]}"
    body = f"{origin}\n{size}\n{_base64(root)}\nmade at {stored_time(made_at)}\n"
    signature = _key_id(origin, public) + key.sign(body.encode())
    return Head(origin, size, root, made_at, f"{body}\n\u2014 {origin} {_base64(signature)}\n", public)


def parse_head(note: str, public_key: bytes) -> Head:
    """The head that a signed note tells of; its signature is not checked.

    Raises:
        ValueError: it is none.
    """
    lines = note.partition("\n\n")[0].split("\n")
    if len(lines) != _NOTE_LINES or not lines[3].startswith("made at "):
        raise ValueError("not a tree head")
    root = base64.b64decode(lines[2], validate=True)
    size = int(lines[1])
    if len(root) != _ROOT_BYTES or size < 1:
        raise ValueError("not a tree head")
    made_at = datetime.fromisoformat(lines[3].removeprefix("made at ")).astimezone(UTC)
    return Head(lines[0], size, root, made_at, note, public_key)


def _key_id(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n".encode() + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]


def raw_public_key(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of its public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_pem(public_key: bytes) -> str:
    """A raw public key as other programs read it."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in that file, which is made, readable by its owner only, where there is none.

    Raises:
        LedgerError: the file holds no such key.
        ArchiveUnavailableError: it cannot be read or written.
    """
    found = known_key(path)
    if found is not None:
        return found
    key = Ed25519PrivateKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return signing_key(path)
    except OSError as error:
        raise unwritable(error, str(path)) from error
    return key


def known_key(path: Path) -> Ed25519PrivateKey | None:
    """The key in that file, or None where there is no file.

    Raises:
        LedgerError: the file holds no such key.
        ArchiveUnavailableError: it cannot be read.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unwritable(error, str(path)) from error
    except (ValueError, TypeError) as error:
        raise LedgerError(f"{path} holds no key", remedy="restore it from a backup", subject=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"{path} holds no Ed25519 key", remedy="restore it from a backup", subject=str(path))
    return key


def append_head(path: Path, head: Head) -> None:
    """Adds a head to the file; it is on the disk on return.

    Raises:
        ArchiveUnavailableError: the file cannot be written.
    """
    _append(path, {"head": head.note, "public_key": _base64(head.public_key)})


def append_stamp(path: Path, head: Head, stamp: Stamp) -> None:
    """Adds a stamp; as ``append_head``."""
    told = {"stamp": _base64(stamp.response), "of": head.digest, "authority": stamp.authority}
    _append(path, told | {"received_at": stored_time(stamp.received_at)})


def append_posted(path: Path, head: Head, url: str, at: datetime) -> None:
    """Adds that a head was posted; as ``append_head``."""
    _append(path, {"posted": url, "of": head.digest, "at": stored_time(at)})


def read_heads(path: Path) -> HeadLog:
    """What the file holds; nothing where there is none. A line that a crash cut off at the end is passed over.

    The file may also be a single signed note, without its key, as ``warraq ledger head --note`` prints it.

    Raises:
        ArchiveUnavailableError: the file cannot be read.
    """
    log = HeadLog()
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n") and not _take(log, line):
                    log.faults.append(number)
    except FileNotFoundError:
        return log
    except OSError as error:
        raise unwritable(error, str(path)) from error
    return log


def _take(log: HeadLog, line: bytes) -> bool:
    try:
        told: dict[str, Any] = json.loads(line)
        if "head" in told:
            log.heads.append(parse_head(told["head"], base64.b64decode(told["public_key"], validate=True)))
        elif "stamp" in told:
            received_at = datetime.fromisoformat(told["received_at"])
            response = base64.b64decode(told["stamp"], validate=True)
            log.stamps.setdefault(told["of"], Stamp(response, told["authority"], received_at))
        else:
            log.posted.setdefault(told["of"], datetime.fromisoformat(told["at"]))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return False
    return True


def _append(path: Path, told: Mapping[str, str]) -> None:
    line = (json.dumps(told, ensure_ascii=False) + "\n").encode()
    try:
        with _locked(path) as descriptor:
            _cut_torn_line(descriptor)
            os.write(descriptor, line)
            os.fsync(descriptor)
    except OSError as error:
        raise unwritable(error, str(path)) from error


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _cut_torn_line(descriptor: int) -> None:
    """What a crash left after the last whole line goes: nobody has been told of it."""
    end = os.fstat(descriptor).st_size
    if end == 0 or os.pread(descriptor, 1, end - 1) == b"\n":
        return
    tail = os.pread(descriptor, min(end, 1 << 20), max(0, end - (1 << 20)))
    os.ftruncate(descriptor, end - len(tail) + tail.rfind(b"\n") + 1)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
