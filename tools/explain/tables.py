"""The tables of `explain`: text files in `tables/`, each read when it is first needed.

A table is a list of entries, separated by an empty line. An entry has lines `name: value`; a name may occur several
times (`says`, `fix`). A line that begins with # is a comment. There are no escapes.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bridge.tokens.verdicts import VERDICTS
from tools.explain.entry import Entry

MESSAGE_TABLES = ("libraries", "gateways", "power_platform", "mcp", "microsoft", "saml", "systems")
"""The tables whose entries are recognised by words in a message."""


@dataclass(frozen=True, slots=True)
class Group:
    """Advice for all AADSTS codes of one kind."""

    name: str
    title: str
    why: str
    fix: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """One AADSTS code of the list. `fix` is empty where the steps of the group are enough."""

    number: int
    group: str
    sentence: str
    fix: str


def read(name: str) -> str:
    """The text of a table."""
    return (pkgutil.get_data("tools.explain", f"tables/{name}.txt") or b"").decode("utf-8")


def stanzas(text: str) -> Iterator[dict[str, list[str]]]:
    """Name → values, for each entry. Raises ValueError for a line without a name."""
    entry: dict[str, list[str]] = {}
    for line in (*text.splitlines(), ""):
        if line.startswith("#"):
            continue
        if not line.strip():
            if entry:
                yield entry
            entry = {}
            continue
        name, colon, value = line.partition(": ")
        if not colon:
            raise ValueError(f"no name: {line[:80]!r}")
        entry.setdefault(name, []).append(value.strip())


@cache
def entries(name: str) -> tuple[Entry, ...]:
    """The entries of a table, in its order. Raises ValueError for a name that entries do not have."""
    return tuple(map(_entry, stanzas(read(name))))


def _entry(fields: dict[str, list[str]]) -> Entry:
    """An entry from its lines. What the entry of a verdict leaves out is taken from the verdict."""
    own = VERDICTS.get(fields["code"][0])

    def one(name: str, otherwise: str = "") -> str:
        values = fields.pop(name, [otherwise])
        if len(values) > 1:
            raise ValueError(f"{fields}: {name} occurs twice")
        return values[0]

    def many(name: str) -> tuple[str, ...]:
        return tuple(fields.pop(name, ()))

    rank = one("rank")
    entry = Entry(
        code=one("code"),
        title=one("title", own.title if own else ""),
        sentence=one("sentence", own.sentence if own else ""),
        cause=one("why", own.cause if own else ""),
        fix=many("fix"),
        az=one("az", (own.az if own else "") or "") or None,
        bridge=many("bridge"),
        message=one("message"),
        says=many("says"),
        unless=many("unless"),
        when=many("when"),
        over=frozenset(one("over").split()),
        codes=tuple(map(int, one("aadsts").split())),
        errors=tuple(one("error").split()),
        entra=one("entra") == "yes",
        general=rank in {"general", "last"},
        last=rank == "last",
        problem=one("problem", "yes") == "yes",
    )
    if fields:
        raise ValueError(f"{entry.code}: unknown names {sorted(fields)}")
    return entry


@cache
def by_code(name: str) -> Mapping[str, Entry]:
    """Code → entry, for one table."""
    return {entry.code: entry for entry in entries(name)}


def messages() -> Iterator[Entry]:
    """All entries that are recognised by words in a message."""
    for name in MESSAGE_TABLES:
        yield from entries(name)


def sentences() -> Iterator[Entry]:
    """The entries of AADSTS codes that are also recognised by Entra's sentence: people leave the number out."""
    return (entry for entry in entries("entra") if entry.says)


@cache
def codes() -> Mapping[int, Code]:
    """Number → AADSTS code, for every code of the list."""
    rows = (line.split("|") for line in read("aadsts").splitlines() if line and not line.startswith("#"))
    parsed = ((int(row[0]), row[1].strip(), row[2].strip(), row[3].strip() if len(row) > 3 else "") for row in rows)
    return {row[0]: Code(*row) for row in parsed}


@cache
def entra_entries() -> Mapping[int, tuple[Entry, ...]]:
    """AADSTS number → its entries, in the order of the table."""
    found: dict[int, tuple[Entry, ...]] = {}
    for entry in entries("entra"):
        for number in entry.codes:
            found[number] = (*found.get(number, ()), entry)
    return found


@cache
def groups() -> Mapping[str, Group]:
    """Name → group."""
    found = (fields for fields in stanzas(read("groups")) if "group" in fields)
    return {
        fields["group"][0]: Group(fields["group"][0], fields["title"][0], fields["why"][0], tuple(fields["fix"]))
        for fields in found
    }


@cache
def prefixes() -> tuple[tuple[str, str], ...]:
    """(first digits of a number, group), the longest first."""
    lines = (line for fields in stanzas(read("groups")) for line in fields.get("prefix", ()))
    pairs = [(line.split()[0], line.split()[1]) for line in lines]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def token_entry(code: str) -> Entry:
    """The entry of a verdict, or of another finding on a token, a scope or an assertion. Raises KeyError if none."""
    return by_code("verdicts").get(code) or by_code("scopes").get(code) or Entry.of(VERDICTS[code])
