"""Stamps of RFC 3161 authorities: that a tree head existed at a time which somebody else vouches for."""

from __future__ import annotations

import hashlib
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from storage.der import with_sorted_certificates
from storage.errors import LedgerError

if TYPE_CHECKING:
    from datetime import datetime

    from rfc3161_client import TimeStampResponse

_MAX_RESPONSE_BYTES = 100_000
"""An answer with a chain of certificates is some 6,000 bytes."""


def request_stamp(authority: str, text: bytes, timeout_seconds: float) -> bytes:
    """The authority's answer for the SHA-256 of ``text``: a TimeStampResp in DER, its certificates in it.

    Raises:
        LedgerError: the authority cannot be reached, refuses, or has stamped something else.
    """
    request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = post(authority, request.as_bytes(), "application/timestamp-query", timeout_seconds)
    problem = stamp_problem(text, answer, b"")
    if problem is None and _decoded(answer).tst_info.nonce != request.nonce:
        problem = "it answers another request"
    if problem is not None:
        raise LedgerError(f"the stamp of {authority} cannot be used: {problem}", subject=authority)
    return answer


def post(url: str, body: bytes, content_type: str, timeout_seconds: float) -> bytes:
    """What a server answers to a POST, 100,000 bytes at most.

    Raises:
        LedgerError: it cannot be reached, or answers with an error.
    """
    # The configuration allows no other scheme than http and https.
    request = urllib.request.Request(url, body, {"Content-Type": content_type})  # noqa: S310 - as said above
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:  # noqa: S310 - as said above
            return bytes(answer.read(_MAX_RESPONSE_BYTES))
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error or type(error).__name__
        raise LedgerError(f"{url} cannot be reached: {reason}", remedy="it is tried again", subject=url) from error


def stamp_problem(text: bytes, response: bytes, roots: bytes) -> str | None:
    """What is wrong with a stamp of ``text``, or None.

    Args:
        text: What was stamped.
        response: The authority's answer.
        roots: The certificates (PEM) that authorities are believed by; without any, whose signature it is remains
            unchecked, and only that it stamps this text is.
    """
    try:
        stamp = _decoded(response)
        if PKIStatus(stamp.status) is not PKIStatus.GRANTED:
            return "the authority did not grant it: " + (", ".join(stamp.status_string) or PKIStatus(stamp.status).name)
        if stamp.tst_info.message_imprint.message != hashlib.sha256(text).digest():
            return "it stamps another text"
        if roots:
            _verify(stamp, text, roots)
    except VerificationError as error:
        return f"its signature does not hold: {error}"
    except ValueError as error:
        return f"it cannot be read: {error}"
    return None


def _verify(stamp: TimeStampResponse, text: bytes, roots: bytes) -> None:
    builder = VerifierBuilder()
    for certificate in load_pem_x509_certificates(roots):
        builder = builder.add_root_certificate(certificate)
    builder.build().verify_message(stamp, text)


def _decoded(response: bytes) -> TimeStampResponse:
    return decode_timestamp_response(with_sorted_certificates(response))


def stamp_time(response: bytes) -> datetime:
    """When the authority says that it was (UTC).

    Raises:
        ValueError: it is no stamp.
    """
    return _decoded(response).tst_info.gen_time
