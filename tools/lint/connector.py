"""A connector as a whole: its two files, found in a folder or given one by one, and what only both together show."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from bridge.clouds import CLOUDS
from tools.lint.check import Result, check_file
from tools.lint.document import Document, Object, mapping, string, texts
from tools.lint.reading import MAX_READ_BYTES
from tools.lint.rule import Finding, found
from tools.lint.rules.properties import custom, on_behalf_of

MAX_FILES = 5000
_UNWRAPPED = "_connectionparameters.json"
"""What an unpacked solution calls the connection parameters, which stand there without anything around them."""
_PREFIX = "/properties/connectionParameters"
_NAMED = re.compile(r"apidefinition|apiproperties|swagger|openapi", re.IGNORECASE)
_OPERATIONS = "x-ms-apimTemplate-operationName"
_LOGIN_HOSTS = frozenset(cloud.login_host for cloud in CLOUDS.values())
_TENANT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class Connector:
    """The files of one connector. `definition` and `properties` are None where there is no such file."""

    folder: Path
    files: list[str] = field(default_factory=list)
    definition: Document | None = None
    properties: Document | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def oauth(self) -> Object:
        """The settings of the first OAuth connection parameter; empty if there is none."""
        connections = list(self._connector("connectionParameters").values())
        sets = mapping(self._connector("connectionParameterSets")).get("values")
        for one in sets if isinstance(sets, list) else ():
            connections += mapping(mapping(one).get("parameters")).values()
        rows = [mapping(one) for one in connections]
        return next((mapping(one["oAuthSettings"]) for one in rows if "oAuthSettings" in one), {})

    def _connector(self, key: str) -> Object:
        root = self.properties.root if self.properties else {}
        return mapping(mapping(root.get("properties")).get(key))

    def listed(self, key: str) -> list[object]:
        """A list of apiProperties.json."""
        root = self.properties.root if self.properties else {}
        value = mapping(root.get("properties")).get(key)
        return value if isinstance(value, list) else []

    def statement(self) -> str:
        """One sentence: whether on-behalf-of is on, and for whom; or that a file is missing to tell."""
        if self.properties is None:
            return "apiProperties.json was not given: sign-in, on-behalf-of and policies are not checked."
        oauth = self.oauth
        if "entra" not in string(oauth.get("identityProvider")) and not string(
            oauth.get("identityProvider")
        ).startswith("aad"):
            return ""
        who = f"resource {custom(oauth, 'resourceUri')}, client {string(oauth.get('clientId')) or 'not set'}"
        where = f"tenant {custom(oauth, 'tenantId') or 'not set'}"
        return f"On-behalf-of is {'on' if on_behalf_of(oauth) else 'OFF'}: {who}, {where}."


def lint(paths: Iterable[Path]) -> tuple[Result, list[Connector], list[OSError]]:
    """Lint files and folders. A folder may hold one connector, or many in its subfolders.

    The errors are those of paths that cannot be read; the others are linted all the same.
    """
    result, connectors, errors = Result(), defaultdict[Path, Connector](lambda: Connector(Path())), list[OSError]()
    for path in paths:
        is_folder = path.is_dir()
        files = sorted(path.rglob("*.json"))[:MAX_FILES] if is_folder else [path]
        for file in files:
            connector = connectors[file.parent]
            connector.folder = file.parent
            try:
                with file.open("rb") as stream:
                    _add(connector, file, stream.read(MAX_READ_BYTES + 1), result, is_given=not is_folder)
            except OSError as error:
                errors.append(error)
    pairs = list(_pairs([one for one in connectors.values() if one.files]))
    for connector in pairs:
        result.add(_together(connector))
    return result, pairs, errors


def _add(connector: Connector, file: Path, data: bytes, result: Result, *, is_given: bool) -> None:
    """In a folder, files of another kind (settings.json) are left alone."""
    if is_unwrapped := file.name.endswith(_UNWRAPPED):
        data = b'{"properties": {"iconBrandColor": "#000000", "connectionParameters": %b}}' % data
    checked, parsed = check_file(data, str(file))
    if is_unwrapped:
        checked.findings = [replace(one, place=one.place.removeprefix(_PREFIX)) for one in checked.findings]
    if parsed is None and not (is_given or (_NAMED.search(file.name) and "JsonNotValid" in checked.counts)):
        return
    connector.files.append(str(file))
    result.findings += checked.findings
    result.counts += checked.counts
    if parsed is not None and parsed.kind == "document":
        connector.definition, connector.names["definition"] = parsed, str(file)
    elif parsed is not None:
        connector.properties, connector.names["properties"] = parsed, str(file)


def _pairs(connectors: list[Connector]) -> Iterator[Connector]:
    """Two files from two folders are one connector, if there is nothing else."""
    definitions = [one for one in connectors if one.definition]
    properties = [one for one in connectors if one.properties]
    if len(connectors) == 2 and len(definitions) == len(properties) == 1 and definitions[0] is not properties[0]:
        one, two = definitions[0], properties[0]
        yield Connector(one.folder, one.files + two.files, one.definition, two.properties, one.names | two.names)
    else:
        yield from connectors


def _together(connector: Connector) -> Iterator[Finding]:
    definition, properties = connector.definition, connector.properties
    if definition is None or properties is None:
        return
    for file, check in _CHECKS:
        yield from (_at(connector, file, one) for one in check(connector, definition))


def _at(connector: Connector, file: str, finding: Finding) -> Finding:
    return Finding(finding.rule, finding.place, finding.found, connector.names[file])


def _policies(connector: Connector, definition: Document) -> Iterator[Finding]:
    for index, policy in enumerate(connector.listed("policyTemplateInstances")):
        parameters = mapping(mapping(policy).get("parameters"))
        for at, name in enumerate(texts(parameters.get(_OPERATIONS))):
            if name not in definition.operation_by_id:
                path = ("properties", "policyTemplateInstances", index, "parameters", _OPERATIONS, at)
                yield found("PolicyOperationNotFound", path, name)


def _scripts(connector: Connector, definition: Document) -> Iterator[Finding]:
    operations = connector.listed("scriptOperations")
    for at, name in enumerate(operations):
        if string(name) not in definition.operation_by_id:
            yield found("ScriptOperationNotFound", ("properties", "scriptOperations", at), name)
    if operations and not any(connector.folder.glob("*.csx")):
        yield found("ScriptMissing", ("properties", "scriptOperations"))


def _security(definition: Document) -> tuple[tuple[str, str], Object]:
    """The security definition that the import takes: the first one, and its place."""
    rows = mapping(definition.root.get("securityDefinitions"))
    name = next(iter(rows), "")
    return ("securityDefinitions", name), mapping(rows.get(name))


def _types(connector: Connector, definition: Document) -> Iterator[Finding]:
    path, security = _security(definition)
    types = {string(mapping(one).get("type")) for one in connector._connector("connectionParameters").values()}
    is_oauth = security.get("type") == "oauth2"
    if security and types and is_oauth != ("oauthSetting" in types):
        yield found("SecurityTypesDiffer", (*path, "type"), security.get("type"))


def _urls(connector: Connector, definition: Document) -> Iterator[Finding]:
    path, security = _security(definition)
    tenant, login = custom(connector.oauth, "tenantId"), urlsplit(custom(connector.oauth, "loginUri")).hostname
    for key in ("authorizationUrl", "tokenUrl"):
        parts = urlsplit(string(security.get(key)))
        given = _TENANT.search(parts.path)
        if given and _TENANT.fullmatch(tenant) and given[0].lower() != tenant.lower():
            yield found("TenantsDiffer", (*path, key), string(security.get(key)))
        if {login, parts.hostname} <= _LOGIN_HOSTS and parts.hostname != login:
            yield found("LoginHostsDiffer", (*path, key), parts.hostname)


def _scopes(connector: Connector, definition: Document) -> Iterator[Finding]:
    path, security = _security(definition)
    resource = custom(connector.oauth, "resourceUri")
    is_known = on_behalf_of(connector.oauth) and not resource.startswith("@")
    for scope in mapping(security.get("scopes")) if is_known else ():
        if "/" in scope and resource and not scope.startswith(f"{resource.rstrip('/')}/"):
            yield found("ScopesDiffer", (*path, "scopes", scope), scope)


_CHECKS: tuple[tuple[str, Callable[[Connector, Document], Iterator[Finding]]], ...] = (
    ("properties", _policies),
    ("properties", _scripts),
    ("definition", _types),
    ("definition", _urls),
    ("definition", _scopes),
)
"""The file in which a finding stands, and the check of both."""
