"""What is added to an app registration: only what is missing, and nothing of others is lost."""

from __future__ import annotations

from typing import Any

import pytest

from deploy import manifest

APP, CLIENT, RESOURCE = (f"00000000-0000-0000-0000-00000000000{n}" for n in range(3))
OPTIONS = f"--about Act --claim upn --claim acct --client {CLIENT} --permission {RESOURCE}:scope-1".split()


def bodies(app: Any, *options: str) -> list[Any]:
    """The PATCH bodies for this registration."""
    return manifest.bodies(app, manifest.wanted([APP, *options]))


def patched(app: Any, changes: list[Any]) -> Any:
    """As Graph applies them: `api` is merged, the rest replaced."""
    for body in changes:
        app = app | body | {"api": app.get("api", {}) | body.get("api", {})}
    return app


THEIRS: Any = {
    "identifierUris": ["https://bridge.contoso.com"],
    "web": {"redirectUris": ["https://old.example/r"], "logoutUrl": None},
    "optionalClaims": {"idToken": [{"name": "email"}], "accessToken": [{"name": "upn"}, {"name": "ipaddr"}]},
    "requiredResourceAccess": [{"resourceAppId": RESOURCE, "resourceAccess": [{"id": "scope-0", "type": "Scope"}]}],
    "api": {
        "requestedAccessTokenVersion": None,
        "oauth2PermissionScopes": [{"id": "their-scope", "value": "other"}],
        "preAuthorizedApplications": [
            {"appId": "their-client", "delegatedPermissionIds": ["their-scope"]},
            {"appId": CLIENT, "delegatedPermissionIds": ["their-scope"]},
        ],
    },
}


def test_the_scope_comes_before_the_clients_that_name_it() -> None:
    first, second = bodies({}, *OPTIONS)
    [scope] = first["api"]["oauth2PermissionScopes"]
    assert "preAuthorizedApplications" not in first["api"]
    assert second == {
        "api": {"preAuthorizedApplications": [{"appId": CLIENT, "delegatedPermissionIds": [scope["id"]]}]}
    }


def test_clients_can_come_alone() -> None:
    registered = patched({}, bodies({}, "--about", "It acts."))
    [body] = bodies(registered, "--client", CLIENT)
    assert list(body["api"]) == ["preAuthorizedApplications"]


@pytest.mark.parametrize("start", [{}, THEIRS], ids=["a new one", "one that others have worked on"])
def test_once_applied_nothing_is_missing(start: Any) -> None:
    assert bodies(patched(start, bodies(start, *OPTIONS)), *OPTIONS) == []


def test_what_others_have_put_there_stays() -> None:
    after = patched(THEIRS, bodies(THEIRS, *OPTIONS, "--redirect-uri", "https://new.example/r"))
    clients = {entry["appId"]: entry["delegatedPermissionIds"] for entry in after["api"]["preAuthorizedApplications"]}
    assert after["identifierUris"] == ["https://bridge.contoso.com", f"api://{APP}"]
    assert after["web"]["redirectUris"] == ["https://old.example/r", "https://new.example/r"]
    assert after["optionalClaims"]["idToken"] == [{"name": "email"}]
    assert [claim["name"] for claim in after["optionalClaims"]["accessToken"]] == ["upn", "ipaddr", "acct"]
    assert [scope["value"] for scope in after["api"]["oauth2PermissionScopes"]] == ["other", "access_as_user"]
    assert clients["their-client"] == ["their-scope"]
    assert clients[CLIENT][0] == "their-scope"
    assert [access["id"] for access in after["requiredResourceAccess"][0]["resourceAccess"]] == ["scope-0", "scope-1"]
