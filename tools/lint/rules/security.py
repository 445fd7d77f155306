"""Rules of security definitions and of the requirements that name them."""

from __future__ import annotations

from collections.abc import Iterator

from tools.lint.document import Node, Path, mapping, sequence, texts
from tools.lint.rule import Check, Rule, Severity, wrong

_SCHEME_KEYS = {
    "basic": ((), ()),
    "apiKey": (("name", "in"), ()),
    "oauth2": (("flow", "scopes"), ("authorizationUrl", "tokenUrl")),
}


def _requirements(node: Node) -> Iterator[tuple[Path, str, object, dict[str, object]]]:
    """Each security requirement: place, name, scopes, and its definition (empty if there is none)."""
    defined = mapping(node.document.root.get("securityDefinitions"))
    for index, requirement in enumerate(node.array("security")):
        for name, scopes in mapping(requirement).items():
            yield ("security", index, name), name, scopes, mapping(defined.get(name))


def _undefined_security(node: Node) -> Iterator[Path]:
    yield from (path for path, _, _, definition in _requirements(node) if not definition)


def _requirement_without_value(node: Node) -> Iterator[Path]:
    yield from (path for path, _, scopes, _ in _requirements(node) if not isinstance(scopes, list))


def _scopes_without_oauth(node: Node) -> Iterator[Path]:
    yield from (
        path
        for path, _, scopes, definition in _requirements(node)
        if definition.get("type") != "oauth2" and definition and sequence(scopes)
    )


def _unknown_scope(node: Node) -> Iterator[Path]:
    for path, _, scopes, definition in _requirements(node):
        if definition.get("type") == "oauth2" and not set(texts(scopes)) <= mapping(definition.get("scopes")).keys():
            yield path


def _several(key: str) -> Check:
    def check(node: Node) -> Iterator[Path]:
        value = node.value.get(key)
        if isinstance(value, list | dict) and len(value) > 1:
            yield (key,)

    return check


def _scheme_incomplete(node: Node) -> Iterator[Path]:
    needed, urls = _SCHEME_KEYS.get(node.text("type"), ((), ()))
    wanted = needed + (urls if node.text("flow") == "accessCode" else ())
    if any(key not in node.value for key in wanted):
        yield ()


def _scheme_surplus(node: Node) -> Iterator[Path]:
    rows = _SCHEME_KEYS.get(node.text("type"))
    if rows is not None:
        allowed = {"type", "description", *rows[0], *rows[1]}
        others = {key for needed, urls in _SCHEME_KEYS.values() for key in (*needed, *urls)}
        yield from ((key,) for key in node.value if key in others - allowed)


RULES = (
    Rule(
        "SecurityRequirementMustBeDefined",
        Severity.ERROR,
        "document operation",
        _undefined_security,
        "Define this name under securityDefinitions.",
    ),
    Rule(
        "SecurityRequirementMustHaveValue",
        Severity.ERROR,
        "document operation",
        _requirement_without_value,
        "Give a list of scopes; an empty list if there are none.",
    ),
    Rule(
        "SecurityRequirementMustHaveEmptyValue",
        Severity.ERROR,
        "document operation",
        _scopes_without_oauth,
        "Only oauth2 has scopes; give an empty list here.",
    ),
    Rule(
        "OAuthSecurityRequirementValueMustBeScopeName",
        Severity.ERROR,
        "document operation",
        _unknown_scope,
        "Use scopes that the security definition lists.",
    ),
    Rule(
        "SecuritySchemePropertyRequired",
        Severity.ERROR,
        "security",
        _scheme_incomplete,
        "Complete it: apiKey needs name and in; oauth2 needs flow, scopes, authorizationUrl and tokenUrl.",
    ),
    Rule(
        "SecuritySchemePropertyNotValid",
        Severity.ERROR,
        "security",
        _scheme_surplus,
        "Remove the key; it belongs to another type of security definition.",
    ),
    Rule(
        "OAuthFlowNotSupported",
        Severity.ERROR,
        "security",
        wrong("flow", lambda flow: flow != "accessCode"),
        'Only the authorization code flow is supported: set flow to "accessCode".',
    ),
    Rule(
        "SecurityDefinitionsMany",
        Severity.WARNING,
        "document",
        _several("securityDefinitions"),
        "Keep one security definition: the import takes the first and drops the others.",
    ),
    Rule(
        "SecurityRequirementsMany",
        Severity.WARNING,
        "document operation",
        _several("security"),
        "Keep one security requirement: only the first is used.",
    ),
)
