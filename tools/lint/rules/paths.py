"""Rules of paths: their variables, and which of them a router could confuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from tools.lint.condition import Check
from tools.lint.document import Node, Path
from tools.lint.rule import Checks, whole
from tools.lint.rules.document import MAX_OPERATIONS

_VARIABLE = re.compile(r"\{([^{}/]*)\}")
_ANY = "\0"


def _same_but_for_case(node: Node) -> Iterator[Path]:
    seen: set[str] = set()
    for template in node.child("paths"):
        if template.casefold() in seen:
            yield ("paths", template)
        seen.add(template.casefold())


def _could_match(one: str, two: str) -> bool:
    """Whether some text could be in both segments. A variable stands for any text between the fixed parts."""
    if one == two or _ANY in (one, two):
        return True
    first, second = one.split(_ANY), two.split(_ANY)
    if len(first) > 1 and len(second) > 1:
        starts, ends = (first[0], second[0]), (first[-1], second[-1])
        return (starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])) and (
            ends[0].endswith(ends[1]) or ends[1].endswith(ends[0])
        )
    pattern, fixed = (first, two) if len(first) > 1 else (second, one)
    return len(pattern) > 1 and re.fullmatch(".+".join(map(re.escape, pattern)), fixed) is not None


def _confusable(node: Node) -> Iterator[tuple[Path, bool]]:
    """Operations that could answer the same URL: the later one's place, and whether nothing tells the two apart."""
    known = [
        (operation, _VARIABLE.sub(_ANY, operation.template.casefold()).split("/"))
        for operation in node.document.operations[:MAX_OPERATIONS]
    ]
    for (first, one), (second, two) in combinations(known, 2):
        if first.method != second.method or first.template.casefold() == second.template.casefold():
            continue
        if len(one) == len(two) and all(map(_could_match, one, two)):
            yield second.node.path[:2], one == two


def _duplicates(is_same: bool) -> Check:
    return lambda node: dict.fromkeys(path for path, same in _confusable(node) if same == is_same)


def _undefined_variable(node: Node) -> bool:
    operation = node.operation
    if operation is None or set("{}") & set(_VARIABLE.sub("", operation.template)):
        return False
    given = {item.name for item in operation.inputs if item.place == "path"}
    return not given.issuperset(_VARIABLE.findall(operation.template))


def _unused_variable(node: Node) -> Iterator[Path]:
    operation = node.operation
    for item in operation.inputs if operation else ():
        if operation and item.place == "path" and item.name not in _VARIABLE.findall(operation.template):
            yield item.path[len(node.path) :] if item.path[:3] == node.path else ()


CHECKS: Checks = (
    ("PathRedefined", _same_but_for_case),
    ("DuplicateOperationPath", _duplicates(True)),
    ("PartialDuplicateOperationPath", _duplicates(False)),
    ("OperationMissingPathParameter", whole(_undefined_variable)),
    ("PathParameterNotDefinedInTemplate", _unused_variable),
)
