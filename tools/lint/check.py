"""Checks one file offline: `apiDefinition.swagger.json` or `apiProperties.json`, recognised by its content."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from tools.lint.condition import Check
from tools.lint.document import Document, Node, Path, mapping
from tools.lint.grammar import KINDS
from tools.lint.reading import Reading, Unreadable, read
from tools.lint.rule import RULES, Finding, Rule, Severity, found, pointer, shown
from tools.lint.rules import (
    document,
    dynamic,
    operations,
    parameters,
    paths,
    properties,
    schemas,
    shape,
    text,
    values,
    webhooks,
)

MAX_FILE_BYTES = 1024 * 1024
MAX_PLACES = 100
"""How many findings of one rule in one file are kept; the others are only counted."""
_MODULES = (shape, document, paths, operations, webhooks, parameters, values, schemas, dynamic, text, properties)
CHECKS: tuple[tuple[str, Check], ...] = (
    *((name, rule.check) for name, rule in RULES.items() if rule.check),
    *(row for module in _MODULES for row in module.CHECKS),
)


@dataclass(slots=True)
class Result:
    """The findings of files, at most `MAX_PLACES` a rule and file, and the count of all findings of each rule."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, findings: Iterable[Finding]) -> None:
        """Count each finding and keep the first ones of its rule."""
        for finding in findings:
            self.counts[finding.rule.name] += 1
            if self.counts[finding.rule.name] <= MAX_PLACES:
                self.findings.append(finding)

    def merge(self, other: Result, without: Collection[str] = ()) -> None:
        """Add another result, without the findings of the rules `without`."""
        self.findings += [one for one in other.findings if one.rule.name not in without]
        self.counts += Counter({name: count for name, count in other.counts.items() if name not in without})

    def total(self, level: Severity, certify: bool = False) -> int:
        """The number of findings of one severity, with those that were not kept."""
        return sum(count for name, count in self.counts.items() if RULES[name].level(certify) is level)


def check(data: bytes) -> list[Finding]:
    """The findings of one file, errors first; at most `MAX_PLACES` of a rule. Never raises for its content."""
    return sorted(check_file(data)[0].findings, key=lambda one: order(one.rule))


def order(rule: Rule, certify: bool = False) -> int:
    """The position of a rule in a report: errors first."""
    return list(Severity).index(rule.level(certify))


def check_file(data: bytes, name: str = "") -> tuple[Result, Document | None]:
    """The findings of one file, each with that name, and the parsed file; None if it is no connector file."""
    result, parsed = Result(), None
    try:
        reading = read(data)
    except Unreadable as error:
        findings: Iterable[Finding] = [found("JsonNotValid", text=str(error))]
    else:
        kind = kind_of(reading.value)
        parsed = Document(mapping(reading.value), kind, name) if kind else None
        findings = _findings(reading, parsed)
    result.add(replace(one, file=name) for one in findings)
    return result, parsed


def kind_of(value: object) -> str | None:
    """`document` for a definition, `apiProperties`, or None for anything else."""
    keys = mapping(value).keys()
    if {"swagger", "openapi", "paths"} & keys:
        return "document"
    known = KINDS["connector"].keys() & mapping(mapping(value).get("properties")).keys()
    return "apiProperties" if "properties" in keys and (known or keys <= {"properties", "$schema"}) else None


def _findings(reading: Reading, parsed: Document | None) -> Iterator[Finding]:
    if parsed is None:
        yield found("NotAConnectorFile")
        return
    if parsed.kind == "document":
        yield from _of_definition(reading)
    yield from (found("PropertyRepeated", value=name) for name in reading.repeated)
    if parsed.kind == "document" and parsed.root.get("swagger") != "2.0":
        yield found("SpecificationVersionIncorrect", ("swagger",), parsed.root.get("swagger"))
        return
    for node in parsed.nodes:
        yield from _of_node(node)


def _of_definition(reading: Reading) -> Iterator[Finding]:
    is_large = reading.size > MAX_FILE_BYTES
    compact = json.dumps(reading.value, separators=(",", ":"), ensure_ascii=False) if is_large else ""
    if len(compact.encode(errors="replace")) > MAX_FILE_BYTES:
        yield found("FileTooLarge", text=f"{reading.size:,} bytes")
    if reading.has_comments:
        yield found("CommentInDefinition")


@cache
def _by_kind() -> dict[str, list[tuple[str, Check]]]:
    by_kind: dict[str, list[tuple[str, Check]]] = defaultdict(list)
    for name, one in CHECKS:
        for kind in RULES[name].kinds:
            by_kind[kind].append((name, one))
    return by_kind


def _of_node(node: Node) -> Iterator[Finding]:
    for name, one in _by_kind()[node.kind]:
        for relative in one(node):
            path: Path = (*node.path, *relative)
            yield Finding(RULES[name], pointer(path), shown(node.document.at(path)))
