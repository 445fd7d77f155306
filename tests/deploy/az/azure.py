"""Azure's side of the stand-in: resources, Key Vault, the function app."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

from tests.deploy.az.core import SUBSCRIPTION, TENANT, Json, Refused, command


def add(cloud: Json, options: dict[str, list[str]], kind: str, name: str, **extra: Any) -> Json:
    group = options["resource-group"][0]
    if group not in cloud["groups"]:
        raise Refused(f"ResourceGroupNotFound: {group}")
    key = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}"
    tags = dict(tag.split("=", 1) for tag in options.get("tags", []))
    cloud["resources"][key] = {"id": key, "type": kind, "name": name, "group": group, "tags": tags, **extra}
    resource: Json = cloud["resources"][key]
    return resource


@command("account show")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return {"id": SUBSCRIPTION, "tenantId": TENANT, "user": {"type": "user"}}


@command("cloud show")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    graph, login = "https://graph.microsoft.com/", "https://login.microsoftonline.com"
    return {"endpoints": {"microsoftGraphResourceId": graph, "activeDirectory": login}}


@command("group exists")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return options["name"][0] in cloud["groups"]


@command("group create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    tags = dict(tag.split("=", 1) for tag in options["tags"])
    cloud["groups"][options["name"][0]] = {"name": options["name"][0], "tags": tags}
    return cloud["groups"][options["name"][0]]


@command("group show")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return cloud["groups"][options["name"][0]]


@command("group delete")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    del cloud["groups"][options["name"][0]]


@command("resource list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    group, kind, name = (options.get(option, [None])[0] for option in ("resource-group", "resource-type", "name"))
    if group not in cloud["groups"]:
        raise Refused(f"ResourceGroupNotFound: {group}")
    return [
        resource
        for resource in cloud["resources"].values()
        if resource["group"] == group and kind in (None, resource["type"]) and name in (None, resource["name"])
    ]


@command("resource delete")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    for key in options["ids"]:
        gone = cloud["resources"].pop(key)
        if gone["type"] == "Microsoft.KeyVault/vaults":
            cloud["deleted"].append({"name": gone["name"], "properties": {"tags": gone["tags"]}, "vault": gone})


@command("identity create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    ids = {"clientId": str(uuid.uuid4()), "principalId": str(uuid.uuid4())}
    return add(cloud, options, "Microsoft.ManagedIdentity/userAssignedIdentities", options["name"][0], **ids)


@command("identity show")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return cloud["resources"][options["ids"][0]]


@command("storage account create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return add(cloud, options, "Microsoft.Storage/storageAccounts", options["name"][0], sharedKeys=True)


@command("storage account update")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    [account] = [r for r in cloud["resources"].values() if r["name"] == options["name"][0] and "sharedKeys" in r]
    account["sharedKeys"] = options["allow-shared-key-access"] == ["true"]
    return account


@command("storage container-rm create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return {"name": options["name"][0]}


@command("monitor log-analytics workspace create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return add(cloud, options, "Microsoft.OperationalInsights/workspaces", options["workspace-name"][0])


@command("monitor diagnostic-settings list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return cloud["resources"][options["resource"][0]].get("diagnostics", [])


@command("monitor diagnostic-settings create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    entry = {"name": options["name"][0], "workspace": options["workspace"][0]}
    cloud["resources"][options["resource"][0]]["diagnostics"] = [entry]
    return entry


@command("role assignment list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    wanted = [options[name][0] for name in ("assignee-object-id", "role", "scope")]
    return [role for role in cloud["roles"] if [role["principalId"], role["role"], role["scope"]] == wanted]


@command("role assignment create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    principal, role, scope = (options[name][0] for name in ("assignee-object-id", "role", "scope"))
    if re.sub(r"/keys/[^/]+$", "", scope) not in cloud["resources"]:
        raise Refused(f"no such scope: {scope}")
    entry = {"id": str(uuid.uuid4()), "principalId": principal, "role": role, "scope": scope}
    cloud["roles"].append(entry)
    return entry


# ---- Key Vault ------------------------------------------------------------------------------------------------------


@command("keyvault create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    if any(vault["name"] == options["name"][0] for vault in cloud["deleted"]):
        raise Refused("ConflictError: a vault with the same name already exists in deleted state")
    return add(cloud, options, "Microsoft.KeyVault/vaults", options["name"][0])


@command("keyvault list-deleted")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return cloud["deleted"]


@command("keyvault recover")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    [vault] = [entry["vault"] for entry in cloud["deleted"] if entry["name"] == options["name"][0]]
    cloud["deleted"] = []
    cloud["resources"][vault["id"]] = vault
    return vault


def may_write_vault(cloud: Json) -> None:
    if not any(role["role"].startswith(("b86a8fe4", "a4417e6f")) for role in cloud["roles"]):
        raise Refused("Forbidden: caller is not authorized on the vault")


@command("keyvault secret list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return [{"name": name} for name in cloud["secrets"]]


@command("keyvault secret set")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    may_write_vault(cloud)
    file = Path(options["file"][0])
    if file.stat().st_mode & 0o077:
        raise Refused("others could read the secret's file")
    cloud["secrets"][options["name"][0]] = file.read_text()
    return {"name": options["name"][0]}


@command("keyvault certificate list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return [{"name": name} for name in cloud["certificates"]]


@command("keyvault certificate create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    may_write_vault(cloud)
    name, vault = options["name"][0], options["vault-name"][0]
    kid = f"https://{vault}.vault.azure.net/keys/{name}/{uuid.uuid4().hex}"
    cloud["certificates"][name] = {
        "kid": kid,
        "cer": "MIIC+cer==",
        "policy": json.loads(Path(options["policy"][0].removeprefix("@")).read_text()),
    }
    return {"name": name}


@command("keyvault certificate show")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return cloud["certificates"][options["name"][0]]


# ---- Function app ---------------------------------------------------------------------------------------------------


@command("functionapp create")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    cloud["settings"]["AzureWebJobsStorage"] = "DefaultEndpointsProtocol=https;AccountKey=k3y"
    return add(cloud, options, "Microsoft.Web/sites", options["name"][0])


@command("functionapp delete")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    [key] = [r["id"] for r in cloud["resources"].values() if r["name"] == options["name"][0]]
    del cloud["resources"][key]
    cloud["settings"].clear()


@command("functionapp config appsettings list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return [{"name": name, "value": value} for name, value in cloud["settings"].items()]


@command("functionapp config appsettings set")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    cloud["settings"] |= dict(setting.split("=", 1) for setting in options["settings"])
    return [{"name": name} for name in cloud["settings"]]


@command("functionapp config appsettings delete")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    for name in options["setting-names"]:
        del cloud["settings"][name]
    return []


@command("functionapp scale config set")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    cloud["scale"]["http"] = options["trigger-settings"][0]


@command("functionapp scale config show")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return {"alwaysReady": cloud["scale"].get("always", [])}


@command("functionapp scale config always-ready set")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    name, count = options["settings"][0].split("=")
    cloud["scale"]["always"] = [{"name": name, "instanceCount": int(count)}]


@command("functionapp scale config always-ready delete")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    cloud["scale"]["always"] = []


@command("functionapp identity assign")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    cloud["sites"]["identity"] = options["identities"]


@command("functionapp deployment source config-zip")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    cloud["sites"]["published"] = Path(options["src"][0]).read_text()


@command("functionapp keys list")
def _(cloud: Json, options: dict[str, list[str]]) -> Any:
    return {"functionKeys": {"default": "the-function-key"}}
