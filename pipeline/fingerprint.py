"""The digests by which two captures' headlines and texts are found equal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pipeline.normalize import compare_form


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256, in hex, of the compared form of a headline and of a text."""

    title_digest: str
    text_digest: str


def fingerprint(title: str, text: str) -> Fingerprint:
    """The fingerprint of an article's headline and text; equal for texts that a reader would call the same."""
    return Fingerprint(_digest(title), _digest(text))


def _digest(text: str) -> str:
    return hashlib.sha256(compare_form(text).encode()).hexdigest()
