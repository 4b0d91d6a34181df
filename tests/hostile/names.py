"""A name server for `.test` on loopback, which answers what its table says, and the next time something else."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_ADDRESSES = tuple(f"127.1.255.{number}" for number in range(53, 250))
_HEADER = struct.Struct(">6H")
_ANSWER = 0x8180
_NOT_FOUND = 0x8183
_A = 1
_COMPRESSED = 0xC00C


class NameServer:
    """Answers while it is open.

    Args:
        names: Addresses by name, a list for each time that it is asked; the last list is for all times after.
    """

    def __init__(self, names: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.asked: Counter[str] = Counter()
        self.address = ""
        self._names = names
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self.address = self._free_address()
        self._socket.settimeout(0.2)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._thread.join()

    def _free_address(self) -> str:
        """One on whose port 53 nobody listens, such as another run of the tests beside this one."""
        for address in _ADDRESSES:
            try:
                self._socket.bind((address, 53))
            except OSError:
                continue
            return address
        self._socket.close()
        raise OSError("no loopback address has its port 53 free")

    def _serve(self) -> None:
        while True:
            try:
                query, client = self._socket.recvfrom(512)
                self._socket.sendto(self._answer(query), client)
            except TimeoutError:
                continue
            except OSError:
                return

    def _answer(self, query: bytes) -> bytes:
        labels, position = [], _HEADER.size
        while length := query[position]:
            labels.append(query[position + 1 : position + 1 + length].decode("ascii", "replace"))
            position += length + 1
        question = query[_HEADER.size : position + 5]
        kind = struct.unpack(">H", query[position + 1 : position + 3])[0]
        name = ".".join(labels).lower()
        known = self._names.get(name)
        addresses = self._next(name, known) if known and kind == _A else []
        flags = _ANSWER if known else _NOT_FOUND
        head = struct.pack(">6H", struct.unpack(">H", query[:2])[0], flags, 1, len(addresses), 0, 0)
        return head + question + b"".join(_record(address) for address in addresses)

    def _next(self, name: str, known: Sequence[Sequence[str]]) -> Sequence[str]:
        self.asked[name] += 1
        return known[min(self.asked[name], len(known)) - 1]


def _record(address: str) -> bytes:
    return struct.pack(">HHHIH", _COMPRESSED, _A, 1, 0, 4) + IPv4Address(address).packed
