"""Rules of apiProperties.json: connection, on-behalf-of, policies.

Sources: microsoft/PowerPlatformConnectors `schemas/paconn-apiProperties.schema.json`. That schema does not have
on-behalf-of: its rules follow the files that the platform saves and the errors that Entra returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tools.lint.condition import Check
from tools.lint.document import Node, Object, Path, mapping, sequence, string
from tools.lint.grammar import POLICIES
from tools.lint.rule import Checks, text, whole
from tools.lint.rules.document import is_invalid_url, is_marker, is_placeholder

_SHARED_TENANTS = ("common", "organizations", "consumers")
_CUSTOM = "customParameters"
_ENTRA_PROVIDERS = ("aad", "aadcertificate")
_SETTING = re.compile(r"@environmentVariables\(|@@|^\[\[")


def custom(oauth: Object, name: str) -> str:
    """The value of a custom parameter as text. The case of its name does not matter: the portal capitalizes names."""
    rows = {key.casefold(): mapping(value) for key, value in mapping(oauth.get(_CUSTOM)).items()}
    value = rows.get(name.casefold(), {}).get("value")
    return str(value).lower() if isinstance(value, bool) else string(value)


def on_behalf_of(oauth: Object) -> bool:
    """Whether the platform gets tokens on behalf of the user: `enableOnbehalfOfLogin` alone decides it."""
    return custom(oauth, "enableOnbehalfOfLogin").casefold() == "true"


def _is_supported(node: Node) -> bool:
    return node.child("properties").get("IsOnbehalfofLoginSupported") is True


def _is_entra(node: Node) -> bool:
    return node.text("identityProvider") in _ENTRA_PROVIDERS


def _if_on(is_wrong: Callable[[Node], object], *place: str) -> Check:
    """The check for a connection with on-behalf-of."""
    return whole(lambda node: on_behalf_of(node.value) and is_wrong(node), *place)


def _invalid_custom(node: Node) -> Iterator[Path]:
    for name, row in node.child(_CUSTOM).items():
        if not isinstance(row, dict) or not isinstance(row.get("value", ""), str):
            yield (_CUSTOM, name)


def _custom_value(name: str, is_wrong: Callable[[Node, str], object]) -> Check:
    """The check for the value of a custom parameter of Entra's providers, if it is given."""

    def check(node: Node) -> Iterator[Path]:
        value = custom(node.value, name)
        if value and _is_entra(node) and not _SETTING.search(value) and is_wrong(node, value):
            key = next(key for key in node.child(_CUSTOM) if key.casefold() == name.casefold())
            yield (_CUSTOM, key, "value")

    return check


def _is_invalid_login(_: Node, value: str) -> bool:
    return is_invalid_url(value) or urlsplit(value).path.strip("/") != "" or not value.startswith("https://")


def _each_scope(is_wrong: Callable[[str, str], object]) -> Check:
    """The check for each scope of a connection with on-behalf-of: scope, resource."""

    def check(node: Node) -> Iterator[Path]:
        resource = custom(node.value, "resourceUri")
        for index, scope in enumerate(node.array("scopes") if on_behalf_of(node.value) and _is_entra(node) else ()):
            if isinstance(scope, str) and scope and resource and is_wrong(scope, resource):
                yield ("scopes", index)

    return check


def _is_bare(scope: str, resource: str) -> bool:
    """Whether Entra looks for the scope in Graph; the scopes of OpenID Connect belong to no resource."""
    known = scope in ("openid", "profile", "email", "offline_access")
    return "/" not in scope and not known and "graph.microsoft." not in resource


def _is_of_another(scope: str, resource: str) -> bool:
    return "/" in scope and scope.rpartition("/")[0] not in (resource, f"api://{resource}")


def _client_is_resource(node: Node) -> bool:
    client = node.text("clientId").casefold()
    resource = custom(node.value, "resourceUri").casefold()
    return bool(client) and resource.removeprefix("api://").strip("/").split("/")[-1] == client


def _has_no_client(node: Node) -> bool:
    client = string(node.value.get("clientId")) or string(node.value.get("ClientId"))
    return not client or is_marker(client)


def _other_resource(node: Node) -> bool:
    resource = node.child("properties").get("AzureActiveDirectoryResourceId")
    value = custom(node.value, "resourceUri")
    return _is_entra(node) and isinstance(resource, str) and resource.rstrip("/") != value.rstrip("/")


def _has_invalid_redirect(node: Node) -> bool:
    return "redirectUrl" in node.value and is_invalid_url(node.text("redirectUrl"))


def _invalid_tenant_id(node: Node) -> Iterator[Path]:
    tenant = mapping(node.child("connectionParameters").get("token:TenantId"))
    constraints = mapping(mapping(tenant.get("uiDefinition")).get("constraints"))
    is_valid = (
        tenant.get("type") == "string"
        and tenant.get("metadata") == {"sourceType": "AzureActiveDirectoryTenant"}
        and constraints == {"required": "false", "hidden": "true"}
    )
    if "token:TenantId" in node.child("connectionParameters") and not is_valid:
        yield ("connectionParameters", "token:TenantId")


def _has_invalid_sets(node: Node) -> bool:
    values = sequence(node.child("connectionParameterSets").get("values"))
    is_valid = bool(values) and all("name" in mapping(one) for one in values)
    return "connectionParameterSets" in node.value and not is_valid


def _template_parameters(node: Node) -> list[str]:
    return [name for name in node.child("parameters") if name.startswith("x-ms-apimTemplateParameter.")]


def _unknown_parameter(node: Node) -> Iterator[Path]:
    known = POLICIES.get(node.text("templateId").lower())
    for name in _template_parameters(node):
        if known is not None and name.partition(".")[2] not in known:
            yield ("parameters", name)


CHECKS: Checks = (
    ("TenantIdParameterNotValid", _invalid_tenant_id),
    ("ConnectionParameterSetsNotValid", whole(_has_invalid_sets, "connectionParameterSets")),
    ("ClientSecretInFile", text("clientSecret", lambda value: value and not is_placeholder(value))),
    ("ClientIdMissing", whole(lambda node: _is_entra(node) and _has_no_client(node), "clientId")),
    ("PlaceholderInFile", text("clientId", lambda value: is_placeholder(value) and not is_marker(value))),
    *(
        ("PlaceholderInFile", _custom_value(name, lambda _, value: is_placeholder(value)))
        for name in ("tenantId", "resourceUri", "loginUri")
    ),
    ("RedirectUrlNotValid", whole(_has_invalid_redirect, "redirectUrl")),
    ("LoginUriNotValid", _custom_value("loginUri", _is_invalid_login)),
    (
        "ScopeNotText",
        lambda node: [("scopes", at) for at, item in enumerate(node.array("scopes")) if not isinstance(item, str)],
    ),
    ("CustomParameterNotValid", _invalid_custom),
    (
        "ResourceUriMissing",
        whole(lambda node: node.text("identityProvider") == "aad" and not custom(node.value, "resourceUri")),
    ),
    (
        "ResourceIdMismatch",
        lambda node: [("properties", "AzureActiveDirectoryResourceId")] if _other_resource(node) else [],
    ),
    ("OnBehalfOfIncomplete", _if_on(lambda node: not _is_supported(node), "properties")),
    ("OnBehalfOfOff", whole(lambda node: _is_supported(node) and not on_behalf_of(node.value), _CUSTOM)),
    ("OnBehalfOfNeedsEntra", _if_on(lambda node: not _is_entra(node), "identityProvider")),
    (
        "OnBehalfOfTenantShared",
        _custom_value("tenantId", lambda node, value: on_behalf_of(node.value) and value.casefold() in _SHARED_TENANTS),
    ),
    ("OnBehalfOfTenantShared", _if_on(lambda node: _is_entra(node) and not custom(node.value, "tenantId"), _CUSTOM)),
    ("OnBehalfOfClientIsResource", _if_on(_client_is_resource, "clientId")),
    ("OnBehalfOfScopeBare", _each_scope(_is_bare)),
    ("OnBehalfOfScopeOfOtherResource", _each_scope(_is_of_another)),
    ("PolicyTemplateNotKnown", text("templateId", lambda name: name.lower() not in POLICIES)),
    ("PolicyParameterNotKnown", _unknown_parameter),
    ("PolicyEmpty", whole(lambda node: not _template_parameters(node))),
)
