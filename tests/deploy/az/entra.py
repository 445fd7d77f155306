"""Entra's side of the stand-in, and `az rest` for Graph and the resource manager."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from tests.deploy.az.core import COMMANDS, Json, Refused, command


def filtered(items: list[Json], expression: str) -> list[Json]:
    if match := re.fullmatch(r"appId eq '([^']+)'", expression):
        return [item for item in items if item["appId"] == match[1]]
    if match := re.fullmatch(r"tags/any\(t:t eq '([^']+)'\)", expression):
        return [item for item in items if match[1] in item["tags"]]
    raise Refused(f"Unsupported filter {expression}")


@command("ad app list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    if cloud["list_lag"] > 0:  # a new app can be read by its id before it is in lists
        cloud["list_lag"] -= 1
        return []
    return filtered(cloud["apps"], options["filter"][0])


@command("ad app delete")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    [key] = options["id"]
    cloud["apps"] = [app for app in cloud["apps"] if app["appId"] != key]
    cloud["sps"] = [sp for sp in cloud["sps"] if sp["appId"] != key]


COMMANDS["ad sp list"] = lambda cloud, options: filtered(cloud["sps"], options["filter"][0])
COMMANDS["ad signed-in-user show"] = lambda cloud, options: {"id": "00000000-0000-0000-0000-0000000000e0"}


@command("rest")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    method, url = options["method"][0].upper(), options["url"][0]
    body = json.loads(options["body"][0]) if "body" in options else {}
    for pattern, handler in ROUTES:
        if match := re.fullmatch(pattern, f"{method} {url}"):
            return handler(cloud, body, *match.groups())
    raise Refused(f"the stand-in does not know {method} {url}")


def app_of(cloud: Json, app_id: str) -> Json:
    """Graph answers from several copies: what was just made is not everywhere."""
    if cloud["graph_lag"] > 0:
        cloud["graph_lag"] -= 1
        raise Refused(
            "Request_ResourceNotFound: Resource does not exist or one of its queried references are not present"
        )
    for app in cloud["apps"]:
        if app["appId"] == app_id:
            found: Json = app
            return found
    raise Refused("Request_ResourceNotFound")


def post_app(cloud: Json, body: Json) -> Json:
    app = {"id": str(uuid.uuid4()), "appId": str(uuid.uuid4()), "identifierUris": [], "api": {}, **body}
    cloud["apps"].append(app)
    return app


def patch_app(cloud: Json, body: Json, app_id: str) -> None:
    app = app_of(cloud, app_id)
    api = app["api"] | body.get("api", {})
    scopes = {scope["id"] for scope in app["api"].get("oauth2PermissionScopes", [])}
    known = {sp["appId"] for sp in cloud["sps"]} | {each["appId"] for each in cloud["apps"]}
    for client in body.get("api", {}).get("preAuthorizedApplications", []):
        if not set(client["delegatedPermissionIds"]) <= scopes:
            raise Refused("a pre-authorised client names a scope that is not there yet")
        if client["appId"] not in known:
            raise Refused("Property PreAuthorizedApplication references applications that cannot be found")
    app |= body
    app["api"] = api


MICROSOFTS = ("fe053c5f-3692-4f14-aef2-ee34fc081cae", "00000003-0000-0000-c000-000000000000")


def post_sp(cloud: Json, body: Json) -> Json:
    if body["appId"] not in MICROSOFTS:
        app_of(cloud, body["appId"])
    if any(sp["appId"] == body["appId"] for sp in cloud["sps"]):
        raise Refused("the service principal exists already")
    sp = {"id": str(uuid.uuid4()), **body}
    cloud["sps"].append(sp)
    return sp


def listed(name: str, key: str) -> Callable[..., Json]:
    """Reads a collection: its entries with this value of `key`."""
    return lambda cloud, body, value: {"value": [entry for entry in cloud[name] if entry[key] == value]}


def post_to(name: str) -> Callable[..., Json]:
    def post(cloud: Json, body: Json, *_: str) -> Json:
        entry = {"id": str(uuid.uuid4()), **body}
        cloud[name].append(entry)
        return entry

    return post


def patch_in(name: str) -> Callable[..., None]:
    def patch(cloud: Json, body: Json, entry_id: str) -> None:
        [entry] = [entry for entry in cloud[name] if entry["id"] == entry_id]
        entry |= body

    return patch


def federation(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same for an app's federated credentials, which are a collection of the app."""

    def call(cloud: Json, body: Json, app_id: str, *more: str) -> Any:
        return work({"fics": cloud["fics"].setdefault(app_id, [])}, body, *more)

    return call


GRAPH = r"https://[^/]+/v1\.0"
SITE = r"/subscriptions/[^?]+/Microsoft\.Web/sites/[^/?]+"
APP = rf"{GRAPH}/applications\(appId='([^']+)'\)"
ROUTES: list[tuple[str, Callable[..., Any]]] = [
    (rf"POST {GRAPH}/applications", post_app),
    (rf"GET {APP}", lambda cloud, body, app_id: app_of(cloud, app_id)),
    (rf"PATCH {APP}", patch_app),
    (rf"GET {APP}/federatedIdentityCredentials", federation(lambda cloud, body: {"value": cloud["fics"]})),
    (rf"POST {APP}/federatedIdentityCredentials", federation(post_to("fics"))),
    (rf"PATCH {APP}/federatedIdentityCredentials/([^/]+)", federation(patch_in("fics"))),
    (rf"GET {GRAPH}/servicePrincipals\?\$filter=appId eq '([^']+)'", listed("sps", "appId")),
    (rf"POST {GRAPH}/servicePrincipals", post_sp),
    (rf"PATCH {GRAPH}/servicePrincipals/([^/]+)", patch_in("sps")),
    (rf"GET {GRAPH}/oauth2PermissionGrants\?\$filter=clientId eq '([^']+)'", listed("grants", "clientId")),
    (rf"POST {GRAPH}/oauth2PermissionGrants", post_to("grants")),
    (rf"PATCH {GRAPH}/oauth2PermissionGrants/([^/]+)", patch_in("grants")),
    (rf"GET {GRAPH}/servicePrincipals/([^/]+)/appRoleAssignedTo\?\$top=999", listed("assigned", "resourceId")),
    (rf"POST {GRAPH}/servicePrincipals/([^/]+)/appRoleAssignedTo", post_to("assigned")),
    (rf"GET {SITE}/config/configreferences/appsettings\?.*", lambda cloud, body: {"value": cloud["vault_ids"]}),
]
