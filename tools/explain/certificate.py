"""Reads thumbprints and dates of an X.509 certificate with the standard library alone."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime

_SEQUENCE, _VERSION = 0x30, 0xA0
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18


@dataclass(frozen=True, slots=True)
class Certificate:
    """`thumbprint` is the SHA-1 hash that Entra shows; times are Unix seconds."""

    thumbprint: str
    sha256: str
    not_before: float
    not_after: float


def read(text: str) -> Certificate | None:
    """A certificate from the base64 of its DER form; None if it cannot be read."""
    try:
        der = b64decode("".join(text.split()), validate=True)
        starts, ends = _validity(der)
    except (ValueError, IndexError):
        return None
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    return Certificate(thumbprint, hashlib.sha256(der).hexdigest().upper(), starts, ends)


def _validity(der: bytes) -> tuple[float, float]:
    """RFC 5280 section 4.1: TBSCertificate is version, serial number, signature, issuer, validity."""
    _, certificate, _ = _value(der, 0)
    _, fields, _ = _value(certificate, 0)
    place, tag = 0, fields[0]
    for _ in range(4 if tag == _VERSION else 3):
        _, _, place = _value(fields, place)
    tag, validity, _ = _value(fields, place)
    if tag != _SEQUENCE:
        raise ValueError
    first, starts, place = _value(validity, 0)
    second, ends, _ = _value(validity, place)
    return _moment(first, starts), _moment(second, ends)


def _value(der: bytes, place: int) -> tuple[int, bytes, int]:
    """(tag, content, offset of the next value)."""
    tag, length, start = der[place], der[place + 1], place + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    if start + length > len(der):
        raise ValueError
    return tag, der[start : start + length], start + length


def _moment(tag: int, content: bytes) -> float:
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
