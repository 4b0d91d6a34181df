"""Durations and sizes as people write them in the configuration: ``15m``, ``1h30m``, ``20MB``."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_LONGEST = timedelta(days=3650)
# Decimal multiples, as storage and network are sold; the binary ones where the i says so (IEC 80000-13).
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?I?B?)")


def parse_duration(text: object) -> timedelta:
    """The duration that the text names, such as ``500ms``, ``15m`` or ``1h30m``; the number 0 needs no unit.

    Raises:
        ValueError: It names none, or one of more than ten years.
    """
    if isinstance(text, timedelta):
        return text
    if text == 0 and not isinstance(text, bool):
        return timedelta(0)
    written = text.replace(" ", "").lower() if isinstance(text, str) else ""
    if not _DURATION.fullmatch(written):
        raise ValueError(f'{_quoted(text)} is not a duration: write a number with ms, s, m, h or d, such as "15m"')
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(written))
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f'"{text}" is longer than ten years')
    return timedelta(seconds=seconds)


def parse_size(text: object) -> int:
    """The number of bytes that the text names, such as ``500kB``, ``20MB`` or ``1GiB``; whole numbers are bytes.

    Raises:
        ValueError: It names none, or none at all is left of it.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    match = _SIZE.fullmatch(text.strip().upper()) if isinstance(text, str) else None
    if match is None or match[2] not in _BYTES:
        raise ValueError(f'{_quoted(text)} is not a size: write a number with kB, MB or GB, such as "20MB"')
    size = int(float(match[1]) * _BYTES[match[2]])
    if size < 1:
        raise ValueError(f"{_quoted(text)} is no size: it must be one byte at least")
    return size


def format_duration(duration: timedelta) -> str:
    """The duration for a person, in the largest unit that is whole: ``90s`` is 90 s, ``120s`` is 2 min."""
    seconds = duration.total_seconds()
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def format_size(size_bytes: int) -> str:
    """The size for a person, in the largest decimal unit: 20000000 is ``20 MB``."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size_bytes >= size:
            return f"{size_bytes / size:.4g} {unit}"
    return f"{size_bytes} B"


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
