"""The request that a function gets and the response that it returns, for both workers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel
from urllib.parse import parse_qsl, quote


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it was received; `path` is decoded, header names are in lower case.

    `url` carries the Host header as sent, as on the real host: an app must not trust it.
    """

    method: str
    url: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """A response before it is written. `cookies` are the values of its Set-Cookie headers."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    cookies: tuple[str, ...] = ()

    @classmethod
    def text(cls, value: str) -> Response:
        """The response of a function that returns a string."""
        return cls(200, {"content-type": "text/plain; charset=utf-8"}, value.encode())


def join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names joined by a comma, empty values left out of the join (StringValues.ToString of .NET).

    Names are compared without case; the first spelling stays.
    """
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return {name: ",".join(filter(None, several)) for name, several in values.items()}


def parse_query(text: str) -> dict[str, str]:
    """The query parameters as the worker gets them: repeated names joined, empty values left out."""
    joined = join(parse_qsl(text, keep_blank_values=True))
    return {name: value for name, value in joined.items() if value}


def set_cookie(name: str, value: str, attributes: Mapping[str, object]) -> str:
    """A Set-Cookie value in the form of ASP.NET Core (ResponseCookies.Append, SetCookieHeaderValue).

    `attributes` in lower case; one without a value is left out, True is written as the name alone.
    """
    parts = [f"{name}={quote(value, safe='')}"]
    for attribute in ("expires", "max-age", "domain", "path", "secure", "samesite", "httponly"):
        given = attributes.get(attribute)
        parts += [attribute if given is True else f"{attribute}={given}"] if given else []
    return "; ".join(parts)


def morsel_cookie(morsel: Morsel[str]) -> str:
    """The Set-Cookie value of a cookie that the programming model has parsed."""
    given = {name.lower(): value for name, value in morsel.items()}
    return set_cookie(morsel.key, morsel.value, {**given, "samesite": given["samesite"].lower()})
