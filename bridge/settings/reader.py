"""Reads typed values from the environment and collects every problem, by setting name, with the fix.

Our own code, because no library reports all problems at once *and* names unknown settings of nested groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from bridge.base.formats import GUID, HOST
from bridge.base.json_reader import json_object

LOOPBACK = frozenset({"localhost", "127.0.0.1"})
LOCAL_URL = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
"""An address on this machine, for the sandbox: without TLS."""

T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix. `setting` is the full name."""

    setting: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.setting}: {_sentence(self.problem)} {_sentence(self.fix)}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


class SettingsError(Exception):
    """All problems of the settings at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Reader:
    """One group of settings, e.g. everything under `BRIDGE_ENTRA__`. `seen`: the names that were read or accepted.

    Groups share the last two members.
    """

    values: Mapping[str, str] = field(repr=False)
    prefix: str
    problems: list[Problem]
    seen: set[str] = field(default_factory=set)

    def group(self, name: str) -> Reader:
        """The group `name` inside this one."""
        return Reader(self.values, f"{self.prefix}{name}__", self.problems, self.seen)

    def skip(self) -> None:
        """Report nothing in this group: its settings have no meaning until another problem is fixed."""
        self.seen.update(name for name in self.values if name.startswith(self.prefix))

    def know(self, *names: str) -> None:
        """Accept settings of this group that are not read now."""
        self.seen.update(self.prefix + name for name in names)

    def fault(self, name: str, problem: str, fix: str) -> None:
        """Add a problem of the setting `name` of this group."""
        self.problems.append(Problem(self.prefix + name, problem, fix))

    def raw(self, name: str) -> str | None:
        """The value unchanged; None if it is absent, empty, or a Key Vault reference that Azure did not resolve."""
        full = self.prefix + name
        self.seen.add(full)
        value = self.values.get(full, "")
        if value.lstrip().casefold().startswith("@microsoft.keyvault("):
            self.fault(
                name,
                "is a Key Vault reference that Azure did not resolve",
                "Check the reference's status under Environment variables in the portal: the identity needs the role "
                "Key Vault Secrets User, and the secret has to exist",
            )
            return None
        return value or None

    def has(self, name: str) -> bool:
        """Whether the setting has a value, resolved or not."""
        self.seen.add(self.prefix + name)
        return bool(self.values.get(self.prefix + name))

    def text(self, name: str, default: str | None = None, *, need: str | None = None, limit: int = 2048) -> str | None:
        """An exact text, required if `need` says where to find it. White space around it is a mistake."""
        if not self.has(name):
            if default is None and need is not None:
                self.fault(name, "is missing", need)
            return default
        value = self.raw(name)
        if value is None:
            return default
        if value != value.strip():
            self.fault(name, "has white space around it", "Remove it: the value is used exactly as written")
        elif len(value) > limit or not value.isprintable():
            self.fault(name, f"is longer than {limit} characters or holds control characters", "Paste it again")
        else:
            return value
        return default

    def matching(self, name: str, pattern: re.Pattern[str], what: str, *, need: str | None = None) -> str | None:
        """A text that must match `pattern` as a whole; `what` describes it."""
        value = self.text(name, need=need)
        if value is not None and not pattern.fullmatch(value):
            self.fault(name, f"is not {what}", f"It has to be {what} and nothing else")
            return None
        return value

    def guid(self, name: str, *, need: str | None = None) -> str | None:
        """A GUID, in lower case as Entra writes it."""
        value = self.matching(name, GUID, "a GUID", need=need)
        return value.lower() if value else None

    def words(self, name: str) -> tuple[str, ...]:
        """A list, separated by spaces. A comma is a mistake, and so is a list without entries."""
        value = self.raw(name) or ""
        if value.isspace():
            self.fault(name, "is empty", "Name at least one entry, or remove the setting")
        if "," in value or ";" in value:
            self.fault(name, "contains a comma or a semicolon", "Separate the entries by spaces")
        return tuple(value.split())

    def choice(self, name: str, choices: tuple[T, ...], default: T) -> T:
        """One of a few words."""
        value = self.text(name, default)
        for choice in choices:
            if choice == value:
                return choice
        self.fault(name, f"is {value!r}", f"It has to be one of: {', '.join(choices)}")
        return default

    def flag(self, name: str) -> bool:
        """true or false; false if absent."""
        return self.choice(name, ("true", "false"), "false") == "true"

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """A decimal number within bounds."""
        value = self.text(name)
        if value is None:
            return default
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", value) and low <= float(value) <= high:
            return float(value)
        self.fault(name, f"is {value!r}", f"It has to be a number from {low:g} to {high:g}")
        return default

    def url(self, name: str, default: str | None = None, *, need: str | None = None) -> str | None:
        """An https URL without user, query or fragment."""
        value = self.text(name, default, need=need)
        if value is None or is_https(value):
            return value
        self.fault(name, "is not an https URL", "It has to be https://host/path, without user, query or fragment")
        return None

    def mapping(self, name: str) -> dict[str, str]:
        """A JSON object whose values are texts."""
        value = self.raw(name)
        if value is None:
            return {}
        parsed = json_object(value.encode("utf-8", "replace"))
        texts = [text for pair in (parsed or {}).items() for text in pair]
        if parsed is not None and all(isinstance(text, str) and text.strip() and text.isprintable() for text in texts):
            return {name: str(text) for name, text in parsed.items()}
        self.fault(name, "is not a JSON object of printable texts, none of them empty", 'Write {"name": "value"}')
        return {}

    def pattern(self, name: str, *, need: str) -> re.Pattern[str] | None:
        """A regular expression that takes no text long to match. Callers use `fullmatch`."""
        value = self.text(name, need=need)
        if value is None:
            return None
        from bridge.base.patterns import compile_pattern

        try:
            return compile_pattern(value, whole=True)
        except ValueError as error:
            self.fault(name, str(error), "Python's syntax of re applies")
            return None


def is_https(value: str) -> bool:
    """Whether `value` is an absolute https URL with nothing but host, port and path."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = not set("@?#\\") & set(value)
    host_ok = bool(parts.hostname and HOST.fullmatch(parts.hostname))
    return parts.scheme == "https" and host_ok and plain and port != 0 and not re.search(r"\s", value)
