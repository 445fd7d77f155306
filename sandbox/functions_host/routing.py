"""Route templates of ASP.NET Core, as far as HTTP triggers use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

CONSTRAINTS = {
    "": r"[^/]+",
    "int": r"-?[0-9]+",
    "long": r"-?[0-9]+",
    "alpha": r"[A-Za-z]+",
    "bool": r"true|false",
    "guid": r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}
PARAMETER = re.compile(
    r"(?P<slash>/?)\{(?P<catch_all>\*{0,2})(?P<name>[A-Za-z_]\w*)(?::(?P<constraint>\w+))?(?P<optional>\??)\}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Route:
    """A template such as `api/{system}/{*path}` and its methods (empty: all of them)."""

    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]

    @classmethod
    def parse(cls, template: str, *, methods: frozenset[str] = frozenset()) -> Route:
        """Raises `ValueError` for a template that this host cannot serve."""
        return cls(template, _compile(template), methods)

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The route values, or None. A wrong method is no match, hence 404 (HttpMethodRouteConstraint)."""
        if self.methods and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return found and {name: value for name, value in found.groupdict().items() if value}


def decode_path(raw: str) -> str:
    """The path as Kestrel passes it on: percent-decoded except for `%2F`; unchanged if it cannot be decoded."""
    try:
        return unquote(re.sub("%2f", "%252F", raw, flags=re.IGNORECASE), errors="strict")
    except UnicodeDecodeError:
        return raw


def _compile(template: str) -> re.Pattern[str]:
    """A pattern for the whole path with its first slash; a slash at the end is allowed."""
    pattern, position, path = "", 0, "/" + template
    for parameter in PARAMETER.finditer(path):
        pattern += _literal(path[position : parameter.start()], template) + _parameter(parameter, template)
        position = parameter.end()
    return re.compile(pattern + _literal(path[position:], template) + "/?", re.IGNORECASE)


def _literal(text: str, template: str) -> str:
    if set(text) & set("{}~") or "//" in text:
        raise ValueError(f"route {template!r} is not a template this host can read")
    return re.escape(text)


def _parameter(found: re.Match[str], template: str) -> str:
    slash, name, constraint = found["slash"], found["name"], found["constraint"] or ""
    if constraint not in CONSTRAINTS:
        raise ValueError(f"route {template!r}: this host does not know the constraint {constraint!r}")
    if found["catch_all"]:
        return f"(?:{slash}(?P<{name}>.*))?"
    value = f"{slash}(?P<{name}>{CONSTRAINTS[constraint]})"
    return f"(?:{value})?" if found["optional"] else value
