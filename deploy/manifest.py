"""What has to be added to an app registration: reads it (Graph's JSON) from standard input, prints PATCH bodies.

Prints one body a line, none if nothing is missing. Only adds: what others have put into the registration stays.
Pre-authorised clients come in a body of their own, because Graph wants the scope that they name to be there before.
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from typing import Any

Json = dict[str, Any]
SCOPE = "access_as_user"
NAMESPACE = uuid.UUID("6f1f9d34-52c8-4b0e-9b6b-0b5f9a1f6f57")


def main() -> None:
    """See the module's text."""
    options = wanted(sys.argv[1:])
    app: Json = json.loads(sys.stdin.read() or "{}")
    if options.scope_id:
        print(scope_id(app, options.app_id))
    else:
        print("".join(f"{json.dumps(body, sort_keys=True)}\n" for body in bodies(app, options)), end="")


def wanted(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id")
    parser.add_argument("--about", default="", help="what the scope allows; without it, clients only")
    parser.add_argument("--claim", action="append", default=[], help="optional claim of the access token")
    parser.add_argument("--permission", action="append", default=[], metavar="APP_ID:SCOPE_ID")
    parser.add_argument("--client", action="append", default=[], help="client to pre-authorise for the scope")
    parser.add_argument("--redirect-uri", action="append", default=[])
    parser.add_argument("--scope-id", action="store_true", help="print the scope's id and nothing else")
    return parser.parse_args(arguments)


def bodies(app: Json, options: argparse.Namespace) -> list[Json]:
    """What to PATCH, in order; nothing if nothing is missing."""
    parts = (registration(app, options) if options.about else {}, preauthorised(app, options))
    return [body for body in parts if body]


def registration(app: Json, wanted: argparse.Namespace) -> Json:
    """Everything but the pre-authorised clients."""
    body: Json = {}
    api: Json = {}
    uri = f"api://{wanted.app_id}"
    if uri not in (uris := app.get("identifierUris", [])):
        body["identifierUris"] = [*uris, uri]
    if _api(app).get("requestedAccessTokenVersion") != 2:
        api["requestedAccessTokenVersion"] = 2
    if not _scope(app):
        api["oauth2PermissionScopes"] = [*_api(app).get("oauth2PermissionScopes", []), _new_scope(wanted)]
    if api:
        body["api"] = api
    body |= _claims(app, wanted.claim) | _permissions(app, wanted.permission)
    web = app.get("web") or {}
    if new := [uri for uri in wanted.redirect_uri if uri not in web.get("redirectUris", [])]:
        body["web"] = {"redirectUris": [*web.get("redirectUris", []), *new]}
    return body


def preauthorised(app: Json, wanted: argparse.Namespace) -> Json:
    """The clients that need no consent page for the scope."""
    clients = list(_api(app).get("preAuthorizedApplications", []))
    scope = scope_id(app, wanted.app_id)
    known = {client["appId"] for client in clients if scope in client["delegatedPermissionIds"]}
    new = [client for client in wanted.client if client not in known]
    if not new:
        return {}
    others = [client for client in clients if client["appId"] not in new]
    kept = {client["appId"]: client["delegatedPermissionIds"] for client in clients}
    added = [{"appId": client, "delegatedPermissionIds": [*kept.get(client, []), scope]} for client in new]
    return {"api": {"preAuthorizedApplications": [*others, *added]}}


def scope_id(app: Json, app_id: str) -> str:
    """The scope's id: the one that is there, else one that follows from the app, so that a second run has the same."""
    scope = _scope(app)
    return str(scope["id"]) if scope else str(uuid.uuid5(NAMESPACE, app_id))


def _new_scope(wanted: argparse.Namespace) -> Json:
    return {
        "id": scope_id({}, wanted.app_id),
        "value": SCOPE,
        "type": "Admin",
        "isEnabled": True,
        "adminConsentDisplayName": "Act as the signed-in user",
        "adminConsentDescription": wanted.about,
    }


def _claims(app: Json, names: list[str]) -> Json:
    claims = dict(app.get("optionalClaims") or {})
    present = claims.get("accessToken") or []
    new = [{"name": name} for name in names if name not in {claim["name"] for claim in present}]
    return {"optionalClaims": claims | {"accessToken": [*present, *new]}} if new else {}


def _permissions(app: Json, wanted: list[str]) -> Json:
    present: list[Json] = [dict(entry) for entry in app.get("requiredResourceAccess", [])]
    granted = {(entry["resourceAppId"], access["id"]) for entry in present for access in entry["resourceAccess"]}
    new = [pair for pair in (tuple(text.split(":")) for text in wanted) if pair not in granted]
    for resource, scope in new:
        entry = next((entry for entry in present if entry["resourceAppId"] == resource), None)
        if entry is None:
            present.append(entry := {"resourceAppId": resource, "resourceAccess": []})
        entry["resourceAccess"] = [*entry["resourceAccess"], {"id": scope, "type": "Scope"}]
    return {"requiredResourceAccess": present} if new else {}


def _api(app: Json) -> Json:
    return app.get("api") or {}


def _scope(app: Json) -> Json | None:
    scopes = _api(app).get("oauth2PermissionScopes", [])
    return next((scope for scope in scopes if scope["value"] == SCOPE), None)


if __name__ == "__main__":
    main()
