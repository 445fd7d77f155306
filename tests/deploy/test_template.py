"""The template: judged by the published resource types, and by what it makes once evaluated."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import bicep

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
FILES = sorted([*INFRA.rglob("*.bicep"), *INFRA.glob("*.bicepparam")])

pytestmark = pytest.mark.skipif(
    not bicep.CHECKER.exists() and not os.environ.get("CI"),
    reason="the Bicep checker and the published resource types lie beside the project in CI only",
)
FULL: dict[str, Any] = {
    "name": "contoso-bridge",
    "tags": {"cost": "hr"},
    "zoneRedundant": True,
    "alwaysReady": 2,
    "operatorMail": "operators@contoso.example",
    "privateNetwork": True,
    "serviceAppId": "00000000-0000-0000-0000-000000000001",
    "allowedClients": "00000000-0000-0000-0000-000000000002",
    "bridgeSettings": {"BRIDGE_SYSTEMS__WORKDAY__HOST": "wd2.example"},
    "secretSettings": {"BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET": "workday-secret"},
    "signing": {"workday": {"keyId": "https://kv.example/keys/workday-signing/1", "certificate": "MIIC"}},
}
SMALL: dict[str, Any] = {"name": "contoso-bridge"}


def made(parameters: dict[str, Any]) -> bicep.Deployment:
    return bicep.deploy(INFRA / "main.bicep", parameters)


def only(deployment: bicep.Deployment, kind: str) -> Any:
    [resource] = deployment.of(kind)
    return resource.body


def settings(deployment: bicep.Deployment) -> Any:
    [found] = [one for one in deployment.of("Microsoft.Web/sites/config") if one.name.endswith("/appsettings")]
    return found.body["properties"]


def test_the_checker_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, str(bicep.CHECKER / "check_bicep.py"), *map(str, FILES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


EVERYWHERE = {
    "Microsoft.Authorization/roleAssignments": 3,
    "Microsoft.Insights/components": 1,
    "Microsoft.Insights/diagnosticSettings": 1,
    "Microsoft.Insights/scheduledQueryRules": 7,
    "Microsoft.Insights/workbooks": 1,
    "Microsoft.KeyVault/vaults": 1,
    "Microsoft.ManagedIdentity/userAssignedIdentities": 1,
    "Microsoft.OperationalInsights/workspaces": 1,
    "Microsoft.Storage/storageAccounts": 1,
    "Microsoft.Storage/storageAccounts/blobServices": 1,
    "Microsoft.Storage/storageAccounts/blobServices/containers": 1,
    "Microsoft.Storage/storageAccounts/tableServices": 1,
    "Microsoft.Storage/storageAccounts/tableServices/tables": 1,
    "Microsoft.Web/serverfarms": 1,
    "Microsoft.Web/sites": 1,
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": 2,
    "Microsoft.Web/sites/config": 2,
}
NETWORK = {
    "Microsoft.Network/natGateways": 1,
    "Microsoft.Network/privateDnsZones": 3,
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": 3,
    "Microsoft.Network/privateEndpoints": 3,
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": 3,
    "Microsoft.Network/publicIPAddresses": 1,
    "Microsoft.Network/virtualNetworks": 1,
}


@pytest.mark.parametrize(("file", "kinds"), [("test", EVERYWHERE), ("production", EVERYWHERE | NETWORK)])
def test_a_parameters_file_makes_this_and_nothing_else(file: str, kinds: dict[str, int]) -> None:
    deployment = made(bicep.parameters_of(INFRA / f"{file}.bicepparam"))
    assert Counter(one.type for one in deployment.resources if not one.existing) == kinds
    assert "BRIDGE_ENTRA__CLIENT_ID" not in settings(deployment), "the first deployment knows no app registration"


def test_production_is_zone_redundant_and_private() -> None:
    deployment = made(bicep.parameters_of(INFRA / "production.bicepparam"))
    scale = only(deployment, "Microsoft.Web/sites")["properties"]["functionAppConfig"]["scaleAndConcurrency"]
    storage = only(deployment, "Microsoft.Storage/storageAccounts")
    network = only(deployment, "Microsoft.Network/virtualNetworks")["properties"]
    app, endpoints = network["subnets"]
    assert only(deployment, "Microsoft.Web/serverfarms")["properties"]["zoneRedundant"]
    assert scale["alwaysReady"] == [{"name": "http", "instanceCount": 2}], "Azure wants two instances for two zones"
    assert storage["sku"]["name"] == "Standard_ZRS"
    assert only(deployment, "Microsoft.OperationalInsights/workspaces")["properties"]["retentionInDays"] == 90
    assert (app["properties"]["addressPrefix"], endpoints["properties"]["addressPrefix"]) == (
        "10.40.0.0/26",
        "10.40.0.64/27",
    )
    assert app["properties"]["natGateway"]["id"].endswith("/natGateways/<name>-nat")
    assert app["properties"]["delegations"][0]["properties"]["serviceName"] == "Microsoft.App/environments"
    zones = {one.name for one in deployment.of("Microsoft.Network/privateDnsZones")}
    assert zones == {f"privatelink.{each}" for each in ("blob.core.windows.net", "table.core.windows.net")} | {
        "privatelink.vaultcore.azure.net"
    }
    groups = deployment.of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    assert {one.name.split("/")[0].rpartition("-")[2] for one in groups} == {"blob", "table", "vault"}


def test_what_if_can_expand_every_module() -> None:
    """It skips a module whose parameters need the output of another one, and says nothing of the resources in it."""
    declarations, _ = bicep.parser().parse((INFRA / "main.bicep").read_text("utf-8"))
    modules = {each.name for each in declarations if each.k == "module"}
    assert len(modules) > 8
    for each in declarations:
        if each.k == "module":
            body = each.v.body if each.v.k == "if" else each.v
            known = {part.key.v: part.v for part in body.props}
            used = names_in(known["params"]) | names_in(known.get("scope")) | names_in(known["name"])
            assert not used & modules, f"module {each.name} takes outputs of {used & modules}"


def names_in(node: Any) -> set[str]:
    """The names that an expression refers to."""
    if node is None:
        return set()
    return {node.n} if node.k == "id" else set().union(*(names_in(each) for each in node.kids()))


def test_running_requests_end_before_an_update_replaces_their_instance() -> None:
    for chosen, strategy in (({}, "RollingUpdate"), ({"updateStrategy": "Recreate"}, "Recreate")):
        site = only(made(SMALL | chosen), "Microsoft.Web/sites")
        assert site["properties"]["functionAppConfig"]["siteUpdateStrategy"] == {"type": strategy}


def test_other_clouds_have_their_own_domains() -> None:
    deployment = bicep.deploy(INFRA / "main.bicep", FULL, cloud="usgov")
    zones = {one.name for one in deployment.of("Microsoft.Network/privateDnsZones")}
    assert "privatelink.vaultcore.usgovcloudapi.net" in zones
    found = settings(deployment)
    assert found["AzureWebJobsStorage__blobServiceUri"].endswith(".blob.core.usgovcloudapi.net/")
    assert ".vault.usgovcloudapi.net/secrets/" in found["BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET"]


@pytest.mark.parametrize("parameters", [SMALL, FULL], ids=["small", "full"])
def test_what_hardens(parameters: dict[str, Any]) -> None:
    deployment = made(parameters)
    site, storage = only(deployment, "Microsoft.Web/sites"), only(deployment, "Microsoft.Storage/storageAccounts")
    vault = only(deployment, "Microsoft.KeyVault/vaults")["properties"]
    assert site["properties"]["httpsOnly"]
    assert {site["properties"]["siteConfig"][name] for name in ("minTlsVersion", "scmMinTlsVersion")} == {"1.2"}
    assert not storage["properties"]["allowSharedKeyAccess"]
    assert not storage["properties"]["allowBlobPublicAccess"]
    assert storage["properties"]["minimumTlsVersion"] == "TLS1_2"
    assert vault["enableRbacAuthorization"]
    assert vault["enablePurgeProtection"]
    assert only(deployment, "Microsoft.Insights/components")["properties"]["DisableLocalAuth"]
    policies = deployment.of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert {(one.name, one.body["properties"]["allow"]) for one in policies} == {
        ("contoso-bridge/scm", False),
        ("contoso-bridge/ftp", False),
    }
    assert (
        only(deployment, "Microsoft.Insights/diagnosticSettings")["properties"]["logs"][0]["category"] == "AuditEvent"
    )


def test_no_setting_holds_a_key_or_a_secret() -> None:
    found = settings(made(FULL))
    assert "AzureWebJobsStorage" not in found
    assert not re.search("AccountKey|SharedAccess", json.dumps(found))
    assert found["BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET"].startswith("@Microsoft.KeyVault(SecretUri=https://")
    assert found["BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID"] == found["AzureWebJobsStorage__clientId"]
    assert found["BRIDGE_SYSTEMS__WORKDAY__SAML__KEY_VAULT_KEY_ID"].endswith("/workday-signing/1")


def test_the_worker_has_at_least_as_many_threads_as_requests() -> None:
    deployment = made(SMALL)
    scale = only(deployment, "Microsoft.Web/sites")["properties"]["functionAppConfig"]["scaleAndConcurrency"]
    threads = int(settings(deployment)["PYTHON_THREADPOOL_THREAD_COUNT"])
    assert threads >= scale["triggers"]["http"]["perInstanceConcurrency"]


ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "/storageAccounts/[^/]+",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "/tableServices/default/tables/ledger",
    "3913510d-42f4-4e42-8a64-420c390055eb": "/components/contoso-bridge-insights",
    "4633458b-17de-408a-b874-0445c86b69e6": "/vaults/[^/]+",
    "12338af0-0e69-4776-bea7-57ae8d297424": "/keys/workday-signing",
}


def test_the_identity_has_these_roles_each_on_one_resource() -> None:
    roles = made(FULL).of("Microsoft.Authorization/roleAssignments")
    found = {one.body["properties"]["roleDefinitionId"].rpartition("/")[2]: one.scope for one in roles}
    assert found.keys() == ROLES.keys()
    for role, scope in ROLES.items():
        assert re.search(f"{scope}$", found[role]), (role, found[role])
    assert {one.body["properties"]["principalType"] for one in roles} == {"ServicePrincipal"}


def test_without_secrets_and_keys_the_identity_has_no_role_on_the_vault() -> None:
    scopes = [one.scope for one in made(SMALL).of("Microsoft.Authorization/roleAssignments")]
    assert scopes
    assert not [scope for scope in scopes if "/vaults/" in scope]


def test_the_private_network_closes_storage_and_vault() -> None:
    deployment = made(FULL)
    storage = only(deployment, "Microsoft.Storage/storageAccounts")["properties"]
    assert (storage["publicNetworkAccess"], storage["networkAcls"]["defaultAction"]) == ("Disabled", "Deny")
    assert only(deployment, "Microsoft.KeyVault/vaults")["properties"]["publicNetworkAccess"] == "disabled"
    groups = {one.name.rpartition("-")[2] for one in deployment.of("Microsoft.Network/privateEndpoints")}
    assert groups == {"blob", "table", "vault"}
    assert deployment.outputs["outgoingAddress"]
    assert only(deployment, "Microsoft.Web/sites")["properties"]["virtualNetworkSubnetId"].endswith("/subnets/app")


def test_administrators_addresses_open_a_private_network_for_them_alone() -> None:
    deployment = made(FULL | {"administratorAddresses": ["203.0.113.9"]})
    for kind in ("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"):
        found = only(deployment, kind)["properties"]
        assert found["publicNetworkAccess"].lower() == "enabled"
        assert found["networkAcls"]["defaultAction"] == "Deny"
        assert [rule["value"] for rule in found["networkAcls"]["ipRules"]] == ["203.0.113.9"]


def test_operators_may_write_to_the_ledgers_table_and_nothing_else() -> None:
    group = "00000000-0000-0000-0000-0000000000aa"
    [role] = [
        one
        for one in made(FULL | {"operatorsGroupId": group}).of("Microsoft.Authorization/roleAssignments")
        if one.body["properties"]["principalId"] == group
    ]
    assert role.body["properties"]["principalType"] == "Group"
    assert role.scope.endswith("/tables/ledger")


def test_a_vault_that_exists_gets_roles_and_nothing_else() -> None:
    deployment = made(FULL | {"keyVaultName": "kv-theirs", "existingVaultResourceGroup": "rg-theirs"})
    assert deployment.of("Microsoft.KeyVault/vaults") == []
    assert "/resourceGroups/rg-theirs/" in next(
        one.scope for one in deployment.of("Microsoft.Authorization/roleAssignments") if "/vaults/" in one.scope
    )


def test_every_resource_that_takes_tags_has_them() -> None:
    untagged = {"roleAssignments", "config", "basicPublishingCredentialsPolicies", "diagnosticSettings", "blobServices"}
    untagged |= {"containers", "tableServices", "tables", "privateDnsZoneGroups", "subnets", "keys"}
    for one in made(FULL).resources:
        if not one.existing and one.type.rpartition("/")[2] not in untagged:
            assert one.body["tags"].items() >= {"obo-saml-bridge": "contoso-bridge", "cost": "hr"}.items(), one.id


def test_alerts_mail_the_operators_if_there_is_an_address() -> None:
    [group] = made(FULL).of("Microsoft.Insights/actionGroups")
    alerts = made(FULL).of("Microsoft.Insights/scheduledQueryRules")
    assert len(alerts) == len(list((INFRA / "queries").glob("alert-*.kql")))
    assert all(one.body["properties"]["actions"]["actionGroups"] == [group.id] for one in alerts)
    assert made(SMALL).of("Microsoft.Insights/actionGroups") == []


def test_azd_finds_its_service_and_its_parameters() -> None:
    parameters = json.loads((INFRA / "main.parameters.json").read_text("utf-8"))["parameters"]
    values = {name: each["value"] for name, each in parameters.items()}
    assert "BRIDGE_LEDGER__KEY" in settings(made(values | {"name": "x-y-z"})), "a parameter that is unknown is refused"
    assert only(made(SMALL), "Microsoft.Web/sites")["tags"]["azd-service-name"] == "bridge"
    assert re.search(r"^  bridge:\n.*?host: function$", (ROOT / "azure.yaml").read_text("utf-8"), re.M | re.S)
