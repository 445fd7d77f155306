"""Rules of paths: their variables, and pairs of paths that match the same URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from tools.lint.condition import Check
from tools.lint.document import Input, Node, Operation, Path
from tools.lint.rule import Checks, of_inputs, of_operation
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
    """Whether some text fits both segments. A variable fits any text between the fixed parts."""
    if one == two or _ANY in (one, two):
        return True
    first, second = one.split(_ANY), two.split(_ANY)
    if len(first) > 1 and len(second) > 1:
        start, end = min(first[0], second[0], key=len), min(first[-1], second[-1], key=len)
        return all(parts[0].startswith(start) and parts[-1].endswith(end) for parts in (first, second))
    pattern, fixed = (first, two) if len(first) > 1 else (second, one)
    return len(pattern) > 1 and re.fullmatch(".+".join(map(re.escape, pattern)), fixed) is not None


def _confusable(node: Node) -> Iterator[tuple[Path, bool]]:
    """Operations that match the same URL: the later one's path, and whether both match exactly the same URLs."""
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


def _has_undefined_variable(operation: Operation) -> bool:
    if set("{}") & set(_VARIABLE.sub("", operation.template)):
        return False
    given = {item.name for item in operation.inputs if item.place == "path"}
    return not given.issuperset(_VARIABLE.findall(operation.template))


def _without_variable(operation: Operation) -> list[Input]:
    variables = set(_VARIABLE.findall(operation.template))
    return [item for item in operation.inputs if item.place == "path" and item.name not in variables]


CHECKS: Checks = (
    ("PathRedefined", _same_but_for_case),
    ("DuplicateOperationPath", _duplicates(True)),
    ("PartialDuplicateOperationPath", _duplicates(False)),
    ("OperationMissingPathParameter", of_operation(_has_undefined_variable)),
    ("PathParameterNotDefinedInTemplate", of_inputs(_without_variable)),
)
