"""What is added to an object of Microsoft Graph: only what is missing, and nothing of others is lost."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from deploy import missing

WANTED: list[Any] = [
    {"identifierUris": ["api://app"], "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [
        {"id": "our-scope", "value": "access_as_user", "type": "Admin"},
    ]}},
    {"optionalClaims": {"accessToken": [{"name": "upn"}, {"name": "acct"}]}},
    {"requiredResourceAccess": [{"resourceAppId": "graph", "resourceAccess": [{"id": "scope-1", "type": "Scope"}]}]},
    {"requiredResourceAccess": [{"resourceAppId": "graph", "resourceAccess": [{"id": "scope-2", "type": "Scope"}]}]},
    {"web": {"redirectUris": ["https://new.example/r"]}},
    {"api": {"preAuthorizedApplications": [{"appId": "client", "delegatedPermissionIds": ["our-scope"]}]}},
]  # fmt: skip
THEIRS: Any = {
    "identifierUris": ["https://bridge.contoso.com"],
    "web": {"redirectUris": ["https://old.example/r"], "logoutUrl": None},
    "optionalClaims": {
        "idToken": [{"name": "email"}],
        "accessToken": [{"name": "upn", "essential": True}, {"name": "ipaddr"}],
    },
    "requiredResourceAccess": [{"resourceAppId": "graph", "resourceAccess": [{"id": "scope-0", "type": "Scope"}]}],
    "api": {
        "requestedAccessTokenVersion": None,
        "knownClientApplications": ["their-client"],
        "oauth2PermissionScopes": [{"id": "their-scope", "value": "other"}],
        "preAuthorizedApplications": [
            {"appId": "their-client", "delegatedPermissionIds": ["their-scope"]},
            {"appId": "client", "delegatedPermissionIds": ["their-scope"]},
        ],
    },
}


def patched(current: Any, body: Any) -> Any:
    """As Graph applies it: `api` and `web` are merged, the rest is replaced."""
    merged = {name: current.get(name, {}) | body[name] for name in body.keys() & missing.MERGED}
    return current | body | merged


@pytest.mark.parametrize("start", [{}, THEIRS], ids=["a new one", "one that others have worked on"])
def test_once_applied_nothing_is_missing(start: Any) -> None:
    one_by_one = functools.reduce(lambda app, each: patched(app, missing.body(app, each)), WANTED, start)
    assert patched(start, missing.body(start, *WANTED)) == one_by_one
    assert missing.body(one_by_one, *WANTED) == {}


def test_what_others_have_put_there_stays() -> None:
    body = missing.body(THEIRS, *WANTED)
    assert "logoutUrl" not in body["web"], "only what changes is in the body"
    assert "knownClientApplications" not in body["api"]
    assert body["identifierUris"] == ["https://bridge.contoso.com", "api://app"]
    assert body["web"]["redirectUris"] == ["https://old.example/r", "https://new.example/r"]
    assert body["optionalClaims"] == {
        "idToken": [{"name": "email"}],
        "accessToken": [{"name": "upn", "essential": True}, {"name": "ipaddr"}, {"name": "acct"}],
    }
    assert body["api"]["requestedAccessTokenVersion"] == 2
    assert [scope["value"] for scope in body["api"]["oauth2PermissionScopes"]] == ["other", "access_as_user"]
    clients = {each["appId"]: each["delegatedPermissionIds"] for each in body["api"]["preAuthorizedApplications"]}
    assert clients == {"their-client": ["their-scope"], "client": ["their-scope", "our-scope"]}
    [graph] = body["requiredResourceAccess"]
    assert [access["id"] for access in graph["resourceAccess"]] == ["scope-0", "scope-1", "scope-2"]


def test_a_scope_that_exists_keeps_its_id_and_its_texts() -> None:
    scope = {"id": "older", "value": "access_as_user", "type": "User", "adminConsentDescription": "Ours."}
    body = missing.body({"api": {"oauth2PermissionScopes": [scope]}}, *WANTED)
    assert "oauth2PermissionScopes" not in body["api"]


def test_other_objects() -> None:
    grant = {"scope": " User.Read  Mail.Read", "consentType": "AllPrincipals"}
    assert missing.body(grant, {"scope": "Mail.Read User.Read"}) == {}
    assert missing.body(grant, {"scope": "openid User.Read"}) == {"scope": " User.Read  Mail.Read openid"}
    assert missing.body({"appRoleAssignmentRequired": False}, {"appRoleAssignmentRequired": True})
    assert missing.body({"subject": "old", "name": "x"}, {"subject": "new", "name": "x"}) == {"subject": "new"}
