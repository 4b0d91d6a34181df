"""Puts the certificates of a time stamp into the order that DER asks for, where the authority did not.

``openssl ts``, which several public authorities run, writes the certificates of a SignedData (RFC 5652, section 5.1) in
the order in which it was given them; DER wants a SET OF sorted (X.690, section 11.6), and strict readers refuse
anything else. They are not among what is signed, and sorting changes no length.
"""

from __future__ import annotations

from itertools import pairwise

_CONTEXT_0 = 0xA0
_SIGNED_DATA = (1, 1, 0)
"""From a TimeStampResp: its token, that one's content, and the SignedData in it."""
_CERTIFICATES_AFTER = 3  # version, digest algorithms, what is signed
_LONG_LENGTH = 0x80


def with_sorted_certificates(response: bytes) -> bytes:
    """The TimeStampResp with its certificates sorted; as it is where it cannot be read, or has none."""
    try:
        begin, end = _content(response, 0)
        for place in _SIGNED_DATA:
            begin, end = _content(response, _starts(response, begin, end)[place])
        certificates = _starts(response, begin, end)[_CERTIFICATES_AFTER]
        if response[certificates] != _CONTEXT_0:
            return response
        begin, end = _content(response, certificates)
        starts = [*_starts(response, begin, end), end]
    except IndexError:
        return response
    items = sorted(response[one:other] for one, other in pairwise(starts))
    return response[:begin] + b"".join(items) + response[end:]


def _starts(data: bytes, begin: int, end: int) -> list[int]:
    """Where the elements between two places begin."""
    starts = []
    while begin < end:
        starts.append(begin)
        begin = _content(data, begin)[1]
    return starts


def _content(data: bytes, start: int) -> tuple[int, int]:
    """Where the content of the element begins and ends."""
    length, begin = data[start + 1], start + 2
    if length >= _LONG_LENGTH:
        more = length - _LONG_LENGTH
        length = int.from_bytes(data[begin : begin + more])
        begin += more
    if begin + length > len(data):
        raise IndexError
    return begin, begin + length
