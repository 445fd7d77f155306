"""Azure's side of the stand-in: template deployments, Key Vault, the function app. It refuses what Azure refuses."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from tests.deploy import bicep
from tests.deploy.az.core import COMMANDS, SUBSCRIPTION, TENANT, Handler, Json, Refused, command

Options = dict[str, list[str]]


def found(cloud: Json, kind: str, name: str) -> Json:
    """The resource of that kind with that name."""
    for one in cloud["resources"].values():
        if one["type"] == kind and one["name"] == name:
            return dict(one)
    raise Refused(f"ResourceNotFound: {kind} {name}")


def names_in_vault(cloud: Json, kind: str) -> list[Json]:
    vault_access(cloud)
    return [{"name": name} for name in cloud[kind]]


def roles_of(cloud: Json, options: Options) -> list[Json]:
    wanted = {"principalId": options["assignee-object-id"], "scope": options["scope"], "role": options.get("role")}
    return [one for one in cloud["roles"] if all(each is None or one[key] == each[0] for key, each in wanted.items())]


READS: dict[str, Handler] = {
    "account show": lambda cloud, options: {"id": SUBSCRIPTION, "tenantId": TENANT},
    "cloud show": lambda cloud, options: {"endpoints": {"microsoftGraphResourceId": cloud["graph"]}},
    "group exists": lambda cloud, options: options["name"][0] in cloud["groups"],
    "deployment group what-if": lambda cloud, options: {"status": "Succeeded"},
    "provider show": lambda cloud, options: {
        "registrationState": "Registered" if options["namespace"][0] in cloud["providers"] else "NotRegistered"
    },
    "resource show": lambda cloud, options: {
        "tags": (one := cloud["resources"][options["ids"][0]])["tags"],
        "properties": {"sku": one.get("sku", "FlexConsumption")},
    },
    "role assignment list": roles_of,
    "keyvault show": lambda cloud, options: {
        "id": (one := found(cloud, "Microsoft.KeyVault/vaults", options["name"][0]))["id"],
        "properties": one["body"]["properties"],
    },
    "keyvault secret list": lambda cloud, options: names_in_vault(cloud, "secrets"),
    "keyvault certificate list": lambda cloud, options: names_in_vault(cloud, "certificates"),
    "keyvault certificate show": lambda cloud, options: cloud["certificates"][options["name"][0]],
    "functionapp config appsettings list": lambda cloud, options: [
        {"name": name}
        for name in found(cloud, "Microsoft.Web/sites/config", f"{options['name'][0]}/appsettings")["body"][
            "properties"
        ]
    ],
    "functionapp keys list": lambda cloud, options: {"functionKeys": {"default": "the-function-key"}},
}
COMMANDS.update(READS)


@command("group create")
def _(cloud: Json, options: Options) -> Any:
    if "tags" in cloud["policies"] and "tags" not in options:
        raise Refused("RequestDisallowedByPolicy: require a tag on resource groups")
    cloud["groups"][options["name"][0]] = {"name": options["name"][0]}


# ---- Template deployments -------------------------------------------------------------------------------------------


@command("deployment group create")
def _(cloud: Json, options: Options) -> Any:
    """Makes what the template says, or nothing: providers, policies and names are looked at first."""
    group, name = options["resource-group"][0], options["name"][0]
    if group not in cloud["groups"]:
        raise Refused(f"ResourceGroupNotFound: {group}")
    file = Path(options["parameters"][0])
    deployment = bicep.deploy(file.parent / "main.bicep", bicep.parameters_of(file), group)
    made = {one.id: one for one in deployment.resources if not one.existing}
    for one in made.values():
        check_provider(cloud, one.type.partition("/")[0])
        check_policies(cloud, one)
        check_role(cloud, one)
    if deployment.of("Microsoft.Network/virtualNetworks") and "Microsoft.App" not in cloud["providers"]:
        raise Refused("InternalServerError")  # a delegation names it, no resource does: Azure does not register it
    keys = [one for one in deployment.resources if one.existing and one.type.endswith("/vaults/keys")]
    if missing := [one.id for one in keys if one.name.rpartition("/")[2] not in cloud["certificates"]]:
        raise Refused(f"ResourceNotFound: {missing}")
    if any(one["name"] in {each.name for each in made.values()} for one in cloud["deleted"]):
        raise Refused("ConflictError: a vault with the same name already exists in deleted state")
    changed = {key for key, one in made.items() if cloud["resources"].get(key, {}).get("body") != one.body}
    cloud["changed"] = len(changed)
    for key, one in made.items():
        tags = one.body.get("tags", {})
        cloud["resources"][key] = {"id": key, "type": one.type, "name": one.name, "tags": tags, "body": one.body}
    cloud["outputs"][name] = {key: {"value": value} for key, value in deployment.outputs.items()}
    return {"properties": {"provisioningState": "Succeeded"}}


def check_provider(cloud: Json, namespace: str) -> None:
    """ARM registers what a template names, if the deployer may."""
    if namespace not in cloud["providers"]:
        if not cloud["may_register"]:
            raise Refused(f"MissingSubscriptionRegistration: the subscription is not registered to use {namespace}")
        cloud["providers"].append(namespace)


ROLE = "Microsoft.Authorization/roleAssignments"


def check_role(cloud: Json, one: bicep.Resource) -> None:
    """The same role, for the same principal, at the same place, has one name."""
    for there in cloud["resources"].values() if one.type == ROLE else ():
        same = there["type"] == ROLE and there["body"]["properties"] == one.body["properties"]
        if same and there["id"].split("/providers/" + ROLE)[0] == one.scope and there["name"] != one.name:
            raise Refused("RoleAssignmentExists: The role assignment already exists.")


def check_policies(cloud: Json, one: bicep.Resource) -> None:
    keys = one.type == "Microsoft.Storage/storageAccounts" and one.body["properties"].get("allowSharedKeyAccess", True)
    if "no shared keys" in cloud["policies"] and keys:
        raise Refused("RequestDisallowedByPolicy: Storage accounts should prevent shared key access")
    if "tags" in cloud["policies"] and one.type.count("/") == 1 and "location" in one.body and not one.body.get("tags"):
        raise Refused(f"RequestDisallowedByPolicy: require a tag on resources: {one.id}")


@command("deployment group list")
def _(cloud: Json, options: Options) -> Any:
    if options["resource-group"][0] not in cloud["groups"]:
        raise Refused(f"ResourceGroupNotFound: {options['resource-group'][0]}")
    found = [{"name": name, "outputs": outputs} for name, outputs in cloud["outputs"].items()]
    return [{"name": one["name"], "properties": {**one, "timestamp": str(n)}} for n, one in enumerate(found)]


@command("provider register")
def _(cloud: Json, options: Options) -> Any:
    if not cloud["may_register"]:
        raise Refused("AuthorizationFailed: no authorization to perform action 'Microsoft.App/register/action'")
    cloud["providers"].append(options["namespace"][0])


def listed(one: Json) -> bool:
    """Whether `az resource list` has it: what has a location and tags of its own."""
    return ("/" not in one["name"] and ROLE not in one["id"]) or one["type"].endswith("/virtualNetworkLinks")


@command("resource list")
def _(cloud: Json, options: Options) -> Any:
    group, kind = options["resource-group"][0], options.get("resource-type", [""])[0]
    if group not in cloud["groups"]:
        raise Refused(f"ResourceGroupNotFound: {group}")
    return [
        {**{key: one[key] for key in ("id", "name", "tags")}, "type": shown_type(one["type"])}
        for one in cloud["resources"].values()
        if listed(one) and f"/resourceGroups/{group}/" in one["id"] and kind.lower() in one["type"].lower()
    ]


def shown_type(kind: str) -> str:
    """Azure shows the types of some providers in lower case, however they were written."""
    return kind.lower() if kind.startswith("Microsoft.Insights/") else kind


NEEDED_BY = {
    "Microsoft.Network/privateDnsZones": "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
    "Microsoft.Network/virtualNetworks": "Microsoft.Network/privateEndpoints",
    "Microsoft.Network/natGateways": "Microsoft.Network/virtualNetworks",
    "Microsoft.Network/publicIPAddresses": "Microsoft.Network/natGateways",
    "Microsoft.Web/serverfarms": "Microsoft.Web/sites",
}
"""Azure refuses to delete the first as long as the second uses it."""


@command("resource delete")
def _(cloud: Json, options: Options) -> Any:
    """The Azure CLI tries those that Azure refused again, as long as one succeeds (its function delete_resource)."""
    left = options["ids"]
    while refused := [key for key in left if not deleted(cloud, key)]:
        if refused == left:
            raise Refused("Some resources failed to be deleted:\n" + "\n".join(refused))
        left = refused


def deleted(cloud: Json, key: str) -> bool:
    """Deletes a resource with its children, unless Azure refuses because it is in use."""
    kind, tags = (cloud["resources"][key][name] for name in ("type", "tags"))
    if NEEDED_BY.get(kind) in {one["type"] for one in cloud["resources"].values() if one["tags"] == tags}:
        return False
    if kind == "Microsoft.Network/virtualNetworks" and cloud["network_lag"] > 0:
        cloud["network_lag"] -= 1  # its subnet is in use by a service association link
        return False
    for each in [each for each in cloud["resources"] if each.startswith(f"{key}/")]:
        del cloud["resources"][each]
    gone = cloud["resources"].pop(key)
    if gone["type"] == "Microsoft.KeyVault/vaults":
        cloud["deleted"].append(gone)
    return True


# ---- Key Vault, function app -----------------------------------------------------------------------------------------


@command("role assignment create")
def _(cloud: Json, options: Options) -> Any:
    entry = {name: options[name][0] for name in ("role", "scope", "description")}
    entry |= {"id": str(uuid.uuid4()), "principalId": options["assignee-object-id"][0]}
    cloud["roles"].append(entry)
    return entry


@command("role assignment delete")
def _(cloud: Json, options: Options) -> Any:
    cloud["roles"] = [role for role in cloud["roles"] if role["id"] not in options["ids"]]
    for key in options["ids"]:
        cloud["resources"].pop(key, None)


def vault_access(cloud: Json) -> None:
    """A role on the vault holds after a while."""
    if not cloud["roles"] or cloud["role_lag"] > 0:
        cloud["role_lag"] -= 1
        raise Refused("ForbiddenByRbac: caller is not authorized to perform action on resource")


@command("keyvault secret set")
def _(cloud: Json, options: Options) -> Any:
    vault_access(cloud)
    value = options["file"][0]
    if not value.startswith("/dev/fd "):
        raise Refused("the secret was in a file")
    cloud["secrets"][options["name"][0]] = value.removeprefix("/dev/fd ")
    return {"name": options["name"][0]}


@command("keyvault certificate create")
def _(cloud: Json, options: Options) -> Any:
    vault_access(cloud)
    name, vault = options["name"][0], options["vault-name"][0]
    cloud["certificates"][name] = {
        "kid": f"https://{vault}.vault.azure.net/keys/{name}/{uuid.uuid4().hex}",
        "cer": "MIIC+cer==",
        "attributes": {"expires": "2099-01-01T00:00:00+00:00"},
        "policy": json.loads(Path(options["policy"][0].removeprefix("@")).read_text()),
    }
    return {"name": name}


@command("keyvault certificate contact list")
def _(cloud: Json, options: Options) -> Any:
    if not cloud["contacts"]:
        raise Refused("(ContactsNotFound) Contacts not found")
    return {"contactList": [{"email": email} for email in cloud["contacts"]]}


@command("keyvault certificate contact add")
def _(cloud: Json, options: Options) -> Any:
    cloud["contacts"].append(options["email"][0])


@command("functionapp deployment source config-zip")
def _(cloud: Json, options: Options) -> Any:
    cloud["builds"] += 1
    if cloud["build_fails"]:
        raise Refused(cloud["build_fails"].pop(0))
    cloud["published"] = Path(options["src"][0]).read_bytes()
