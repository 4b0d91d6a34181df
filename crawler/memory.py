"""How the process's memory is given back: large bodies come and go all the time, and must not stay as holes."""

from __future__ import annotations

import ctypes
from contextlib import suppress

# glibc's mallopt(3). By itself the library raises the size from which a block is mapped, and so given back when it is
# freed, to that of the largest block freed so far, 32 MB at most: after one such page every body of the day stays on
# the heap. And each thread gets an arena of its own, eight a core.
_M_MMAP_THRESHOLD, _MAPPED_BYTES = -3, 256 * 1024
_M_TRIM_THRESHOLD, _KEPT_BYTES = -1, 1024 * 1024
_M_ARENA_MAX, _ARENAS = -8, 2


def give_back_large_blocks() -> None:
    """Has freed bodies return to the system at once; does nothing where the C library is not glibc."""
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in (
            (_M_MMAP_THRESHOLD, _MAPPED_BYTES),
            (_M_TRIM_THRESHOLD, _KEPT_BYTES),
            (_M_ARENA_MAX, _ARENAS),
        ):
            mallopt(option, value)
