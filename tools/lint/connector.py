"""A connector as a whole: its two files, in a folder or given one by one, and the rules that need both."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.clouds import CLOUDS
from tools.lint.check import Result, check_file
from tools.lint.document import Document, Object, mapping, sequence, string, texts
from tools.lint.document import Path as Trail
from tools.lint.reading import MAX_READ_BYTES
from tools.lint.rule import Finding, found, shown
from tools.lint.rules.document import host_of, is_reserved
from tools.lint.rules.properties import custom, on_behalf_of

MAX_FILES = 5000
_UNWRAPPED = "_connectionparameters.json"
"""The ending of a file of an unpacked solution that holds the connection parameters alone."""
_PREFIX = "/properties/connectionParameters"
_NAMED = re.compile(r"apidefinition|apiproperties|swagger|openapi", re.IGNORECASE)
_OPERATIONS = "x-ms-apimTemplate-operationName"
_LOGIN_HOSTS = frozenset(cloud.login_host for cloud in CLOUDS.values())
_HOST_RULES = ("HostMissing", "HostNotQualified", "HostUnreachable")
_TENANT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class Connector:
    """The files of one connector. `definition` and `properties` are None if there is no such file."""

    folder: Path
    files: list[str] = field(default_factory=list)
    definition: Document | None = None
    properties: Document | None = None
    result: Result = field(default_factory=Result)

    @property
    def oauth(self) -> Object:
        """The settings of the first OAuth connection parameter; empty if there is none."""
        return next((mapping(one["oAuthSettings"]) for one in self.connections if "oAuthSettings" in one), {})

    @property
    def connections(self) -> list[Object]:
        """The connection parameters, those of parameter sets included."""
        found = list(mapping(self.property("connectionParameters")).values())
        for one in sequence(mapping(self.property("connectionParameterSets")).get("values")):
            found += mapping(mapping(one).get("parameters")).values()
        return [mapping(one) for one in found]

    @property
    def security(self) -> tuple[Trail, Object]:
        """The path and the value of the security definition that the import takes: the first one."""
        rows = mapping(self.definition.root.get("securityDefinitions")) if self.definition else {}
        name = next(iter(rows), "")
        return ("securityDefinitions", name), mapping(rows.get(name))

    @property
    def replaces_host(self) -> bool:
        """Whether the host of the definition is never called: a policy or an on-premises gateway decides."""
        policies = (mapping(one).get("templateId") for one in sequence(self.property("policyTemplateInstances")))
        is_gateway = any(one.get("type") == "gatewaySetting" for one in self.connections)
        return is_gateway or "dynamichosturl" in {string(one).lower() for one in policies}

    @property
    def placeholders(self) -> dict[Trail, str]:
        """Reserved names and ids in the definition: path → value."""
        path, security = self.security
        found: dict[Trail, str] = {(*path, "authorizationUrl"): string(security.get("authorizationUrl"))}
        if self.definition and not self.replaces_host:
            found = {("host",): string(self.definition.root.get("host")), **found}
        return {place: value for place, value in found.items() if is_reserved(value)}

    def property(self, key: str) -> object:
        """A member of apiProperties.json; None if there is none."""
        return mapping(self.properties.root.get("properties")).get(key) if self.properties else None

    def notes(self) -> Iterator[str]:
        """Remarks that are no findings: whether on-behalf-of is on, and the placeholders of a definition alone."""
        if self.properties is None:
            yield "apiProperties.json was not given: sign-in, on-behalf-of and policies are not checked."
            if self.placeholders:
                values = ", ".join(shown(value) for value in self.placeholders.values())
                yield f"Placeholders to replace before the import, errors once both files are given: {values}."
        elif string(self.oauth.get("identityProvider")).startswith("aad"):
            oauth = self.oauth
            who = f"resource {custom(oauth, 'resourceUri')}, client {string(oauth.get('clientId')) or 'not set'}"
            where = f"tenant {custom(oauth, 'tenantId') or 'not set'}"
            yield f"On-behalf-of is {'on' if on_behalf_of(oauth) else 'OFF'}: {who}, {where}."


def lint(paths: Iterable[Path]) -> tuple[Result, list[Connector], list[OSError]]:
    """Lint files and folders. A folder may hold one connector, or many in its subfolders.

    The errors are those of paths that cannot be read; all other files are linted.
    """
    result, connectors, errors = Result(), dict[Path, Connector](), list[OSError]()
    for path in paths:
        is_folder = path.is_dir()
        for file in sorted(path.rglob("*.json"))[:MAX_FILES] if is_folder else [path]:
            try:
                with file.open("rb") as stream:
                    data = stream.read(MAX_READ_BYTES + 1)
            except OSError as error:
                errors.append(error)
            else:
                connector = connectors.setdefault(file.parent, Connector(file.parent))
                _add(connector, file, data, is_given=not is_folder)
    pairs = list(_pairs([one for one in connectors.values() if one.files]))
    for connector in pairs:
        connector.result.add(_together(connector))
        result.merge(connector.result, without=_HOST_RULES if connector.replaces_host else ())
    return result, pairs, errors


def _add(connector: Connector, file: Path, data: bytes, *, is_given: bool) -> None:
    """Check a file and add it, unless it is a file of another kind in a folder (settings.json)."""
    if is_unwrapped := file.name.endswith(_UNWRAPPED):
        data = b'{"properties": {"iconBrandColor": "#000000", "connectionParameters": %b}}' % data
    checked, parsed = check_file(data, str(file))
    if is_unwrapped:
        checked.findings = [replace(one, place=one.place.removeprefix(_PREFIX)) for one in checked.findings]
    if parsed is None and not (is_given or (_NAMED.search(file.name) and "JsonNotValid" in checked.counts)):
        return
    connector.files.append(str(file))
    connector.result.merge(checked)
    if parsed is not None and parsed.kind == "document":
        connector.definition = parsed
    elif parsed is not None:
        connector.properties = parsed


def _pairs(connectors: list[Connector]) -> Iterator[Connector]:
    """Two files from two folders are one connector, if no other file was given."""
    definitions = [one for one in connectors if one.definition]
    properties = [one for one in connectors if one.properties]
    if len(connectors) == 2 and len(definitions) == len(properties) == 1 and definitions[0] is not properties[0]:
        one, two = definitions[0], properties[0]
        one.result.merge(two.result)
        yield replace(one, files=one.files + two.files, properties=two.properties)
    else:
        yield from connectors


def _together(connector: Connector) -> Iterator[Finding]:
    definition, properties = connector.definition, connector.properties
    if definition is not None and properties is not None:
        for check in (_placeholders, _types, _urls, _scopes):
            yield from (replace(one, file=definition.file) for one in check(connector))
        for find in (_policies, _scripts):
            yield from (replace(one, file=properties.file) for one in find(connector, definition.operation_by_id))


def _placeholders(connector: Connector) -> Iterator[Finding]:
    yield from (found("PlaceholderInFile", path, value) for path, value in connector.placeholders.items())


def _types(connector: Connector) -> Iterator[Finding]:
    path, security = connector.security
    types = {string(one.get("type")) for one in connector.connections}
    is_oauth = security.get("type") == "oauth2"
    if security and types and is_oauth != ("oauthSetting" in types):
        yield found("SecurityTypesDiffer", (*path, "type"), security.get("type"))


def _urls(connector: Connector) -> Iterator[Finding]:
    path, security = connector.security
    tenant, login = custom(connector.oauth, "tenantId"), host_of(custom(connector.oauth, "loginUri"))
    for key in ("authorizationUrl", "tokenUrl"):
        url = string(security.get(key))
        given = _TENANT.search(url.partition("?")[0])
        if given and _TENANT.fullmatch(tenant) and given[0].lower() != tenant.lower():
            yield found("TenantsDiffer", (*path, key), url)
        if {login, host_of(url)} <= _LOGIN_HOSTS and host_of(url) != login:
            yield found("LoginHostsDiffer", (*path, key), host_of(url))


def _scopes(connector: Connector) -> Iterator[Finding]:
    path, security = connector.security
    resource = custom(connector.oauth, "resourceUri")
    is_known = on_behalf_of(connector.oauth) and resource and not resource.startswith("@")
    for scope in mapping(security.get("scopes")) if is_known else ():
        if "/" in scope and not scope.startswith(f"{resource.rstrip('/')}/"):
            yield found("ScopesDiffer", (*path, "scopes", scope), scope)


def _policies(connector: Connector, known: Container[str]) -> Iterator[Finding]:
    for index, policy in enumerate(sequence(connector.property("policyTemplateInstances"))):
        for at, name in enumerate(texts(mapping(mapping(policy).get("parameters")).get(_OPERATIONS))):
            if name not in known:
                path = ("properties", "policyTemplateInstances", index, "parameters", _OPERATIONS, at)
                yield found("PolicyOperationNotFound", path, name)


def _scripts(connector: Connector, known: Container[str]) -> Iterator[Finding]:
    operations = sequence(connector.property("scriptOperations"))
    for at, name in enumerate(operations):
        if string(name) not in known:
            yield found("ScriptOperationNotFound", ("properties", "scriptOperations", at), name)
    if operations and not any(connector.folder.glob("*.csx")):
        yield found("ScriptMissing", ("properties", "scriptOperations"))
