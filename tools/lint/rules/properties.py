"""Rules of apiProperties.json: connection, on-behalf-of, policies.

Sources: microsoft/PowerPlatformConnectors `schemas/paconn-apiProperties.schema.json`; for on-behalf-of, which that
schema does not know, what the platform saves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.lint.document import Node, Object, Path, mapping, string
from tools.lint.grammar import words
from tools.lint.rule import Rule, Severity, wrong
from tools.lint.rules.document import is_no_url

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_CONNECTION_NAME = re.compile(r"[0-9A-Za-z_]+(?::[0-9A-Za-z_]+)?")
_POLICY_PARAMETER = re.compile(r"x-ms-apimTemplate(?:Parameter\.\w+|-policySection|-operationName)")
_POLICIES = frozenset(
    words(
        "convertarraytoobject convertobjecttoarray dynamichosturl encodepropertyvalue pollingtrigger "
        "routerequesttoendpoint setheader setproperty setqueryparameter setvaluefromurl stringreplace stringtoarray "
        "updatenextlink"
    )
)
_ENTRA_PARAMETERS = frozenset(words("loginuri tenantid resourceuri enableonbehalfoflogin"))
_TENANT_ID = {
    "type": "string",
    "metadata": {"sourceType": "AzureActiveDirectoryTenant"},
    "uiDefinition": {"constraints": {"required": "false", "hidden": "true"}},
}


def _custom(node: Node, name: str) -> object:
    """The value of a custom parameter; the portal exports names with a capital, files often have none."""
    rows = {key.casefold(): mapping(value) for key, value in node.child("customParameters").items()}
    return rows.get(name.casefold(), {}).get("value")


def _is_entra(node: Node) -> bool:
    return node.text("identityProvider") == "aad"


def _odd_custom(node: Node) -> Iterator[Path]:
    for name, row in node.child("customParameters").items():
        if not isinstance(row, dict) or not isinstance(row.get("value", ""), str):
            yield ("customParameters", name)


def _no_resource(node: Node) -> Iterator[Path]:
    if _is_entra(node) and not _custom(node, "resourceUri"):
        yield ()


def _on_behalf_of(node: Node) -> tuple[bool, str | None]:
    """Whether it is supported, and the switch: `true`, `false`, or None if there is no switch."""
    switch = _custom(node, "enableOnbehalfOfLogin")
    supported = node.child("properties").get("IsOnbehalfofLoginSupported") is True
    return supported, None if switch is None else str(switch).casefold()


def _half_on_behalf_of(node: Node) -> Iterator[Path]:
    """With one place alone the runtime sends no on-behalf-of token, and says nothing."""
    supported, switch = _on_behalf_of(node)
    if switch == "true" and not supported:
        yield ("properties",)
    elif supported and switch is None:
        yield ("customParameters",)


def _on_behalf_of_off(node: Node) -> Iterator[Path]:
    if _on_behalf_of(node) == (True, "false"):
        yield ("customParameters",)


def _unknown_custom(node: Node) -> Iterator[Path]:
    if _is_entra(node):
        names = node.child("customParameters")
        yield from (("customParameters", name) for name in names if name.casefold() not in _ENTRA_PARAMETERS)


def _other_resource(node: Node) -> Iterator[Path]:
    resource = node.child("properties").get("AzureActiveDirectoryResourceId")
    if _is_entra(node) and resource is not None and resource != _custom(node, "resourceUri"):
        yield ("properties", "AzureActiveDirectoryResourceId")


def _no_first_party(node: Node) -> Iterator[Path]:
    if node.child("properties").get("IsFirstParty") not in ("True", "False"):
        yield ("properties",) if "properties" in node.value else ()


def _secret(node: Node) -> Iterator[Path]:
    if node.value.get("clientSecret"):
        yield ("clientSecret",)


def _odd_scope(node: Node) -> Iterator[Path]:
    yield from (("scopes", index) for index, item in enumerate(node.array("scopes")) if not isinstance(item, str))


def _no_settings(node: Node) -> Iterator[Path]:
    if node.text("type") == "oauthSetting" and "oAuthSettings" not in node.value:
        yield ()


def _odd_names(node: Node) -> Iterator[Path]:
    for name in node.child("connectionParameters"):
        if not _CONNECTION_NAME.fullmatch(name):
            yield ("connectionParameters", name)


def _odd_tenant_id(node: Node) -> Iterator[Path]:
    parameters = node.child("connectionParameters")
    if "token:TenantId" in parameters and parameters["token:TenantId"] != _TENANT_ID:
        yield ("connectionParameters", "token:TenantId")


def _constraints(node: Node) -> Object:
    return mapping(node.child("uiDefinition").get("constraints"))


def _odd_constraint(node: Node) -> Iterator[Path]:
    for name, value in _constraints(node).items():
        if isinstance(value, bool) != (name == "clearText") and not isinstance(value, list | dict):
            yield ("uiDefinition", "constraints", name)


def _odd_policy(node: Node) -> Iterator[Path]:
    for name, value in node.child("parameters").items():
        is_section = name == "x-ms-apimTemplate-policySection"
        is_list = name == "x-ms-apimTemplate-operationName"
        if (
            not _POLICY_PARAMETER.fullmatch(name)
            or (is_section and string(value) not in ("Request", "Response", "Failure"))
            or (is_list and not isinstance(value, list))
        ):
            yield ("parameters", name)


RULES = (
    Rule(
        "IconBrandColorNotValid",
        Severity.ERROR,
        "connector",
        wrong("iconBrandColor", lambda text: not _COLOUR.fullmatch(text)),
        "Give a colour as #rrggbb.",
    ),
    Rule(
        "IconBrandColorNotCertifiable",
        Severity.NOTICE,
        "connector",
        wrong("iconBrandColor", lambda text: text.lower() in ("#007ee5", "#ffffff")),
        "Before publishing, choose a colour of your own: this one is refused.",
    ),
    Rule(
        "StackOwnerBreaksUpdate",
        Severity.NOTICE,
        "connector",
        wrong("stackOwner", lambda _: True),
        "Remove stackOwner unless you publish: paconn update fails on it.",
    ),
    Rule(
        "ConnectionParameterNameNotValid",
        Severity.ERROR,
        "connector",
        _odd_names,
        "Use letters, digits and underscores, or NAME:PART.",
    ),
    Rule(
        "TenantIdParameterNotValid",
        Severity.ERROR,
        "connector",
        _odd_tenant_id,
        "Write token:TenantId exactly: type string, metadata sourceType AzureActiveDirectoryTenant, "
        'constraints {"required": "false", "hidden": "true"}.',
    ),
    Rule(
        "ConstraintTypeIncorrect",
        Severity.ERROR,
        "connection",
        _odd_constraint,
        'Write constraints as text ("true", "false"); only clearText is a boolean.',
    ),
    Rule(
        "OAuthSettingsMissing",
        Severity.ERROR,
        "connection",
        _no_settings,
        "Add oAuthSettings to a parameter of type oauthSetting.",
    ),
    Rule(
        "ClientSecretInFile",
        Severity.ERROR,
        "oauth",
        _secret,
        "Take the secret out and renew it: it is entered in the portal only.",
    ),
    Rule(
        "RedirectUrlNotValid",
        Severity.ERROR,
        "oauth",
        wrong("redirectUrl", is_no_url),
        "Give one absolute URL, or leave redirectUrl out.",
    ),
    Rule("ScopeNotText", Severity.ERROR, "oauth", _odd_scope, "Write each scope as text."),
    Rule(
        "IsFirstPartyMissing",
        Severity.ERROR,
        "oauth",
        _no_first_party,
        'Add "IsFirstParty": "False" to properties, as text.',
    ),
    Rule(
        "CustomParameterNotValid",
        Severity.ERROR,
        "oauth",
        _odd_custom,
        'Write a custom parameter as {"value": "text"}.',
    ),
    Rule(
        "ResourceUriMissing",
        Severity.ERROR,
        "oauth",
        _no_resource,
        "Add customParameters/resourceUri: the App ID URI of the API that is called.",
    ),
    Rule(
        "OnBehalfOfIncomplete",
        Severity.ERROR,
        "oauth",
        _half_on_behalf_of,
        'Set both or none: IsOnbehalfofLoginSupported to true, and enableOnbehalfOfLogin to {"value": "true"}.',
    ),
    Rule(
        "OnBehalfOfOff",
        Severity.NOTICE,
        "oauth",
        _on_behalf_of_off,
        'Set enableOnbehalfOfLogin to {"value": "true"} if the API is to be called as the signed-in person.',
    ),
    Rule(
        "CustomParameterNotKnown",
        Severity.WARNING,
        "oauth",
        _unknown_custom,
        "Entra knows only loginUri, tenantId, resourceUri and enableOnbehalfOfLogin.",
    ),
    Rule(
        "ResourceIdMismatch",
        Severity.ERROR,
        "oauth",
        _other_resource,
        "Give AzureActiveDirectoryResourceId the same value as resourceUri.",
    ),
    Rule(
        "PolicyTemplateNotKnown",
        Severity.ERROR,
        "policy",
        wrong("templateId", lambda text: text.lower() not in _POLICIES),
        f"Use one of {', '.join(sorted(_POLICIES))}.",
    ),
    Rule(
        "PolicyParameterNotValid",
        Severity.ERROR,
        "policy",
        _odd_policy,
        "Name it x-ms-apimTemplateParameter.NAME; policySection is Request, Response or Failure; operationName a list.",
    ),
)
