"""Rules of paths: their form, their variables, and which of them a router could confuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from tools.lint.document import Node, Operation, Path, mapping
from tools.lint.rule import Rule, Severity
from tools.lint.rules.document import MAX_OPERATIONS

_VARIABLE = re.compile(r"\{([^{}/]*)\}")


def _is_bare(template: str) -> bool:
    """Whether each brace belongs to a variable within one segment."""
    return not set("{}") & set(_VARIABLE.sub("", template))


def variables(template: str) -> list[str]:
    """The names in braces."""
    return _VARIABLE.findall(template)


def _template(node: Node) -> str:
    return str(node.path[1])


def _same_but_for_case(node: Node) -> Iterator[Path]:
    seen: set[str] = set()
    for template in node.child("paths"):
        if template.casefold() in seen:
            yield ("paths", template)
        seen.add(template.casefold())


def _segments(operation: Operation) -> list[str | None]:
    """The segments of the path; None for one that holds a variable."""
    return [None if "{" in segment else segment.casefold() for segment in operation.template.split("/")]


def _confusable(node: Node) -> Iterator[tuple[Path, bool]]:
    """Operations that could answer the same URL: the later one's place, and whether nothing tells the two apart."""
    known = [(operation, _segments(operation)) for operation in node.document.operations[:MAX_OPERATIONS]]
    for (first, one), (second, two) in combinations(known, 2):
        if first.method != second.method or first.template.casefold() == second.template.casefold():
            continue
        if len(one) == len(two) and all(a == b or None in (a, b) for a, b in zip(one, two, strict=True)):
            yield second.node.path[:2], one == two


def _duplicate(node: Node) -> Iterator[Path]:
    yield from dict.fromkeys(path for path, is_same in _confusable(node) if is_same)


def _partial_duplicate(node: Node) -> Iterator[Path]:
    yield from dict.fromkeys(path for path, is_same in _confusable(node) if not is_same)


def _undefined_variable(node: Node) -> Iterator[Path]:
    operation = node.operation
    if operation and _is_bare(operation.template):
        given = {item.name for item in operation.inputs if item.place == "path"}
        if any(name not in given for name in variables(operation.template)):
            yield ()


def _unused_variable(node: Node) -> Iterator[Path]:
    operation = node.operation
    known = set(variables(operation.template)) if operation else set()
    for item in operation.inputs if operation else ():
        if item.place == "path" and item.name not in known:
            yield item.path[len(node.path) :] if item.path[:3] == node.path else ()


def _agentic(node: Node) -> Iterator[Path]:
    operations = [key for key in node.value if isinstance(node.value[key], dict) and key != "parameters"]
    marked = [key for key in operations if "x-ms-agentic-protocol" in mapping(node.value[key])]
    if marked and operations != ["post"]:
        yield ()


RULES = (
    Rule(
        "OperationPathMustStartWithSlash",
        Severity.ERROR,
        "path",
        lambda node: [] if _template(node).startswith("/") else [()],
        "Let the path begin with a slash.",
    ),
    Rule(
        "OperationPathMayNotContainQueryOrFragment",
        Severity.ERROR,
        "path",
        lambda node: [()] if set("?#") & set(_template(node)) else [],
        "Take ? and # out of the path, and declare query parameters instead.",
    ),
    Rule(
        "OperationPathContainsUnsupportedCharacters",
        Severity.ERROR,
        "path",
        lambda node: [()] if "*" in _template(node) else [],
        "Take the * out of the path.",
    ),
    Rule(
        "OperationPathTemplateNotValid",
        Severity.ERROR,
        "path",
        lambda node: [] if _is_bare(_template(node)) else [()],
        "Close each brace within its own segment of the path.",
    ),
    Rule(
        "OperationPathVariablesContainDefaults",
        Severity.ERROR,
        "path",
        lambda node: [()] if any("=" in name for name in variables(_template(node))) else [],
        "Take the = out of the variable, and give the parameter a default instead.",
    ),
    Rule(
        "PathItemRefNotSuppored",
        Severity.ERROR,
        "path",
        lambda node: [("$ref",)] if "$ref" in node.value else [],
        "Write the operations here in place of the reference.",
    ),
    Rule("PathRedefined", Severity.ERROR, "document", _same_but_for_case, "Let paths differ in more than capitals."),
    Rule(
        "DuplicateOperationPath",
        Severity.ERROR,
        "document",
        _duplicate,
        "Change a fixed segment: nothing tells this path from another one with the same method.",
    ),
    Rule(
        "PartialDuplicateOperationPath",
        Severity.WARNING,
        "document",
        _partial_duplicate,
        "Change a fixed segment: a value in this path, or in a similar one, can lead to the other operation.",
    ),
    Rule(
        "OperationMissingPathParameter",
        Severity.ERROR,
        "operation",
        _undefined_variable,
        "Declare a path parameter for each name in braces.",
    ),
    Rule(
        "PathParameterNotDefinedInTemplate",
        Severity.ERROR,
        "operation",
        _unused_variable,
        "Put the parameter's name in braces into the path, or remove the parameter.",
    ),
    Rule(
        "AgenticProtocolNeedsPostOnly",
        Severity.ERROR,
        "path",
        _agentic,
        "Keep only the POST operation on a path with x-ms-agentic-protocol.",
    ),
)
