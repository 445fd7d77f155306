"""Reads decoded claims: JSON, the output of jwt.ms and jwt.io, `name: value` lines, and the response of WhoAmI."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_NAMES = (
    *("iss", "aud", "exp", "iat", "nbf", "tid", "oid", "sub", "azp", "appid", "scp", "scope", "roles", "ver", "idtyp"),
    *("client_id", "upn", "preferred_username", "unique_name", "acr", "tfp", "idp", "acct", "nonce", "azpacr"),
    *("appidacr", "wids", "email", "name"),
)
_WHOAMI = {
    **{"audience": "aud", "issuer": "iss", "tenantId": "tid", "objectId": "oid", "clientId": "azp", "scopes": "scp"},
    "version": "ver",
}
_ENOUGH = frozenset({"iss", "aud"})
_TIMES = frozenset({"exp", "iat", "nbf"})
_PAIR = re.compile(
    rf"(?:^|[\s{{,(\[;\"'])[\"']?({'|'.join(_NAMES)})[\"']?(?:\s*(?:=>|[:=])\s*|\t+|[ ]{{2,}})"
    r"(?:\"([^\"\r\n]{0,400})\"|'([^'\r\n]{0,400})'|(\[[^\]\r\n]{0,400}\])|([^\s,;\"'}\]]{1,400}))"
)
_MOST_OBJECTS = 50


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded claims. `whole`: they seem to be all claims of the token."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    whole: bool


def decoded(text: str) -> Decoded | None:
    """The claims of a text that begins with claims, and names an issuer or an audience; None if it does not."""
    if not text.startswith(("{", "[", '"', "'")) and not _PAIR.match(f"\n{text[:600]}"):
        return None
    return _of_json(text) or within(text)


def within(text: str) -> Decoded | None:
    """The claims anywhere in a text; None unless there are at least two, one of them the issuer or the audience."""
    found: dict[str, object] = {}
    for match in _PAIR.finditer(text[:100_000]):
        value = next(group for group in match.groups()[1:] if group is not None)
        found.setdefault(match[1], _value(match[1], value, listed=match[4] is not None))
    return Decoded({}, found, whole=False) if len(found) > 1 and _ENOUGH & set(found) else None


def of_cut_token(token: str) -> Decoded | None:
    """The claims that can be read in a token whose end is missing."""
    payload = token.split(".")[1] if "." in token else ""
    text = urlsafe_b64decode(payload[: len(payload) // 4 * 4]).decode("utf-8", "replace")
    whole_lines = text.rpartition(",")[0]
    return within(whole_lines) if whole_lines.startswith("{") else None


def _value(name: str, value: str, *, listed: bool) -> object:
    if name in _TIMES and value.isdecimal():
        return int(value[:12])
    if listed:
        return re.findall(r"[^\s,\"'\[\]]+", value)
    return value


def _of_json(text: str) -> Decoded | None:
    header: Mapping[str, object] = {}
    for document in _objects(text):
        if "alg" in document and not _ENOUGH & set(document):
            header = document
        elif {"audience", "issuer"} <= set(document):
            return Decoded({}, {_WHOAMI[name]: document[name] for name in _WHOAMI if name in document}, whole=False)
        elif (_ENOUGH & set(document) and len(set(_NAMES) & set(document)) > 1) or set(document) == {"aud"}:
            return Decoded(header, document, whole=set(document) >= _ENOUGH and "exp" in document)
    return None


def _objects(text: str) -> Iterator[Mapping[str, object]]:
    """The JSON objects in a text, one after the other, each followed by those one level inside it."""
    decoder, place = json.JSONDecoder(), text.find("{")
    for _ in range(_MOST_OBJECTS):
        if place < 0:
            return
        try:
            document, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        if isinstance(document, dict):
            yield document
            yield from (value for value in list(document.values())[:20] if isinstance(value, dict))
        place = text.find("{", end)
